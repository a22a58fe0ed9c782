"""All alerts of a stack, played and judged: one emulator for each case, in several processes where it is worth it."""

import dataclasses
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Generic, TypeVar

from vigil_apimodel.json_values import JsonObject
from vigil_proofs.causes import causes, wrong_units
from vigil_proofs.declarations import Declarations
from vigil_proofs.documents import Case, ProvenAlert, Subject, subject_of
from vigil_proofs.google_project import refuse_another_project
from vigil_proofs.inprocess import Resources, apply, resources_of
from vigil_proofs.judge import Breach, Cases, breaches
from vigil_proofs.play import Player
from vigil_proofs.raw import RawAlert, RawVerdict, raw_alerts
from vigil_proofs.raw import judged as judged_raw
from vigil_proofs.samples import SampleError
from vigil_proofs.timeline import TimeLine, timeline
from vigil_proofs.timetable import Times, timetable
from vigil_runner import stacks
from vigil_runner.stacks import Stack

JOBS: Final = 2
"""Processes that share the work, where there are so many processors."""
WORTH: Final = 24
"""Alerts whose proofs take longer than the start of a further process, which imports all of the library."""

CALMER: Final = 0.5
"""How much of its near miss's traffic there is after a further case."""
PLENTY: Final = 3
"""How much more than its near miss's traffic there is after too few events, where one more or less would decide."""
ENOUGH: Final = 4 / 3
"""How much more than just too little is enough (`vigil_components.proofs.Proof.too_little`)."""

FEW: Final = 2.5
"""Events of a window of which a third more may be none."""
ENOUGH_OF_FEW: Final = 3

QUIET: Final = Case(lasting=0)
"""The first two cases have unrelated traffic beside them; further cases have none."""

Change = Callable[[Resources], Resources]
Tell = Callable[[int, int], None]
"""Is called with how many of how many alerts are done."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of one alert.

    `opened` and `closed` are minutes from the start of the firing case, `incidents` the same for each case by its
    name. `breaches` say what does not hold,
    `causes` why, `timelines` show the cases: of a failure, and where an explanation was requested.
    """

    name: str
    alert: str
    service: str
    severity: str
    title: str
    incidents: tuple[tuple[str, Times], ...] = ()
    opened: float | None = None
    closed: float | None = None
    opens_within: int | None = None
    breaches: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()
    timelines: tuple[TimeLine, ...] = ()
    seconds: float = 0.0

    @property
    def proven(self) -> bool:
        """Whether everything holds."""
        return not self.breaches

    def explained(self) -> str:
        """Return the verdict in words, with causes and time lines."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.name} ({self.severity}): {self.title}"
        if self.proven:
            yield f"  proven: opens after {_minutes(self.opened)}, closes after {_minutes(self.closed)}"
        yield from (f"  does not hold: {one}" for one in self.breaches)
        yield from (f"  cause: {one}" for one in self.causes)
        for one in self.timelines:
            yield from (f"  {line}" for line in one.words().splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The verdicts of a stack, by name, and the wall seconds that they took; `applied` of them to apply the stack.

    `raw` are those of policies that somebody else wrote.
    """

    stack: str
    verdicts: tuple[Verdict, ...]
    seconds: float
    applied: float = 0.0
    raw: tuple[RawVerdict, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether all hold, and there are any. A raw policy that cannot be tested is listed, and fails nothing."""
        holds = all(one.proven for one in self.verdicts) and not any(one.breaches for one in self.raw)
        return bool(self.verdicts or self.raw) and holds

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """Those that do not hold."""
        return tuple(one for one in self.verdicts if not one.proven)

    def timetable(self) -> str:
        """Return when each alert opens and closes in its cases, to keep and compare."""
        return timetable(self.verdicts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A stack, applied once, whose alerts can be judged. `changed` gives the same over other resources."""

    player: Player
    applied: float = field(default=0.0)
    declarations: Declarations | None = None
    """What another process must know to judge the alerts."""
    raw: tuple[RawAlert, ...] = ()
    """The policies of the stack that somebody else wrote."""

    @classmethod
    def of(cls, stack: str | Stack, *, root: Path | None = None, change: Change | None = None) -> "Suite":
        """Apply a stack. `change` may alter what was applied. Raises StackError, ProgramError, DeploymentError."""
        began = time.monotonic()
        chosen = stacks.load(stack, root=root) if isinstance(stack, str) else stack
        run, emulator = apply(chosen, root=root)
        resources = resources_of(emulator)
        emulator.store.close()
        subject = subject_of(run, project=chosen.gcp_project or chosen.project)
        refuse_another_project(subject)
        player = Player.of(subject, change(resources) if change else resources)
        declarations = Declarations.of(chosen, subject.alerts)
        folder = chosen.main if chosen.main.is_dir() else chosen.main.parent
        return cls(
            player=player,
            applied=time.monotonic() - began,
            declarations=declarations,
            raw=raw_alerts(run, folder=folder),
        )

    @property
    def subject(self) -> Subject:
        """The stack's alerts."""
        return self.player.subject

    def changed(self, change: Change) -> "Suite":
        """Return the same stack with other resources."""
        player = Player.of(self.subject, change(self.player.resources))
        return dataclasses.replace(self, player=player, applied=0.0)

    def judge(self, alert: ProvenAlert, *, explain: bool = False) -> Verdict:
        """Play an alert's cases and judge them. Never raises for what the alert does wrong."""
        began = time.monotonic()
        plain = Verdict(
            name=alert.name, alert=alert.alert, service=alert.service, severity=alert.severity.value, title=alert.title
        )
        if alert.proof is None:
            return _with(plain, breaches=tuple(f"its proof lacks {one}" for one in alert.missing), seconds=0.0)
        try:
            cases = self.cases(alert)
        except SampleError as error:
            return _with(plain, breaches=(str(error),), seconds=time.monotonic() - began)
        policy = self.player.policy(alert)
        found = (*breaches(alert, policy, cases), *_units(self.player, alert, policy))
        opened = cases.fires.of(alert.policy)
        lines = tuple(_timelines(alert, policy, cases, found, explain=explain))
        explained = causes(self.player, alert, policy, cases, found) if found else ()
        close(cases)
        return _with(
            plain,
            incidents=cases.times(alert.policy),
            opened=opened[0].opened if opened else None,
            closed=opened[0].closed if opened else None,
            opens_within=alert.proof.opens_within,
            breaches=tuple(f"{each.case}: {each.message}" for each in found),
            causes=explained,
            timelines=lines,
            seconds=time.monotonic() - began,
        )

    def cases(
        self, alert: ProvenAlert, policies: Mapping[str, JsonObject] | None = None, more: Resources = ()
    ) -> Cases:
        """Play an alert's cases, for its policy or for these. Raises SampleError for an event that there is not."""
        proof = alert.proof
        assert proof is not None  # noqa: S101 - the caller has looked
        play = partial(self.player.play, alert, policies=policies, more=more)
        little = proof.too_little
        calmer = times(proof.stays_silent, CALMER)  # so that what a window divides by shows when it closes
        fires = play(proof.fires, beside=proof.stays_silent, recovery=proof.stays_silent)
        if sparse(proof.stays_silent) and len(fires.of(alert.policy)) > 1:
            # with few events after the cause, one more or less decides each minute
            fires.stage.close()
            dropped = proof.fires.history_unwatched
            clear = times(proof.stays_silent, PLENTY) if dropped else silent(proof.stays_silent)
            fires = play(proof.fires, beside=proof.stays_silent, recovery=clear)
        return Cases(
            fires=fires,
            stays_silent=play(proof.stays_silent, beside=proof.fires),
            too_little=None if little is None else play(little, beside=little),
            enough=None if little is None else play(more_of(little, self.player.window(alert)), beside=little),
            further=tuple(
                (one, play(one.case, beside=QUIET, recovery=calmer if one.opens else None)) for one in proof.further
            ),
        )

    def run(self, names: Sequence[str] = (), *, jobs: int | None = None, explain: bool = False) -> Report:
        """Judge the alerts of these names (all, where there are none). Raises LookupError for an unknown name."""
        began = time.monotonic()
        raw = tuple(one for one in self.raw if not names or not {one.name, one.title}.isdisjoint(names))
        others = [name for name in names if not any(name in (one.name, one.title) for one in raw)]
        chosen = self.subject.named(others) if others or not names else ()
        verdicts = each(self, _judged_explained if explain else _judged, chosen, jobs=jobs)
        return Report(
            stack=self.subject.stack,
            verdicts=tuple(verdicts),
            seconds=time.monotonic() - began + self.applied,
            applied=self.applied,
            raw=judged_raw(raw, jobs=jobs or JOBS),
        )


def each(
    suite: Suite,
    work: "Callable[[Suite, ProvenAlert], T]",
    alerts: Sequence[ProvenAlert],
    *,
    jobs: int | None,
    worth: int = WORTH,
    tell: Tell | None = None,
) -> list[T]:
    """Return what `work` returns for each alert, done in `jobs` processes, this one among them.

    Where `jobs` is None: as many as there are processors, at most JOBS, and no further one for fewer alerts than
    it is `worth`. `tell` is called whenever this process sees that an alert is done.
    """

    def report(done: int) -> None:
        if tell is not None:
            tell(done, len(alerts))

    count = min(jobs or min(JOBS, os.cpu_count() or 1, 1 + len(alerts) // worth), len(alerts))
    if count <= 1:
        results: list[T] = []
        for alert in alerts:
            results.append(work(suite, alert))
            report(len(results))
        return results
    # the longest first, so that no process is left with them at the end
    order = sorted(alerts, key=lambda alert: -(alert.proof.fires.minutes if alert.proof else 0))
    with ProcessPoolExecutor(count - 1, mp_context=get_context("spawn"), initializer=_begin, initargs=(suite,)) as pool:
        submitted = {alert.name: pool.submit(_Work(work), alert.name) for alert in order}
        try:
            # the others begin with the longest, this process with the shortest: what it takes is cancelled for them
            own: dict[str, T] = {}

            def show() -> None:
                there = sum(one.done() and not one.cancelled() for one in submitted.values())
                report(len(own) + there)

            for alert in reversed(order):
                if submitted[alert.name].cancel():
                    own[alert.name] = work(suite, alert)
                    show()
            for one in as_completed(one for one in submitted.values() if not one.cancelled()):
                one.result()
                show()
            return [own[alert.name] if alert.name in own else submitted[alert.name].result() for alert in alerts]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@dataclass(frozen=True, slots=True)
class _Work(Generic[T]):
    """A function of a suite and an alert, as one of the alert's name."""

    work: "Callable[[Suite, ProvenAlert], T]"

    def __call__(self, name: str) -> T:
        suite = _Process.suite
        assert suite is not None  # noqa: S101 - the process was begun with it
        (alert,) = suite.subject.named([name])
        return self.work(suite, alert)


class _Process:
    suite: Suite | None = None


def _begin(suite: Suite) -> None:
    if suite.declarations is not None:
        suite.declarations.declare()
    _Process.suite = suite


def _judged(suite: Suite, alert: ProvenAlert) -> Verdict:
    return suite.judge(alert)


def _judged_explained(suite: Suite, alert: ProvenAlert) -> Verdict:
    return suite.judge(alert, explain=True)


def more_of(case: Case, window: int) -> Case:
    """Return a case with a third more, of a few events three times as many: enough where there was just too little.

    `window` is how many minutes the alert looks back.
    """
    events = max((one.per_minute * window for one in case.emissions), default=math.inf)
    more = ENOUGH if events >= FEW else ENOUGH_OF_FEW
    return dataclasses.replace(
        times(case, more), points=tuple(dataclasses.replace(one, value=one.value * more) for one in case.points)
    )


def times(case: Case, factor: float) -> Case:
    """Return the case with so many times its events."""
    emissions = tuple(dataclasses.replace(one, per_minute=one.per_minute * factor) for one in case.emissions)
    return dataclasses.replace(case, emissions=emissions)


def silent(case: Case) -> Case:
    """Return the case without events, and with counters that stand still."""
    still = (dataclasses.replace(one, value=0.0) if one.kind != "GAUGE" else one for one in case.points)
    return dataclasses.replace(times(case, 0), points=tuple(still))


def sparse(case: Case) -> bool:
    """Return whether a case has less than an event a minute, or counters that grow by less."""
    rates = [one.per_minute for one in case.emissions]
    rates += [one.value for one in case.points if one.kind != "GAUGE" and one.value_type != "DISTRIBUTION"]
    return any(0 < one < 1 for one in rates)


def close(cases: Cases) -> None:
    """Free the stages of the cases."""
    for _, played in cases.all():
        played.stage.close()


def _units(player: Player, alert: ProvenAlert, policy: JsonObject) -> Iterator[Breach]:
    for sentence in wrong_units(player, alert, policy):
        yield Breach("metrics", "unit", sentence)


def _timelines(
    alert: ProvenAlert, policy: JsonObject, cases: Cases, found: tuple[Breach, ...], *, explain: bool
) -> Iterator[TimeLine]:
    failing = {breach.case for breach in found}
    for label, played in cases.all():
        if explain or label in failing:
            yield timeline(f"{alert.name}, {label}", policy, played, name=alert.policy)


def _with(verdict: Verdict, **changes: object) -> Verdict:
    return dataclasses.replace(verdict, **changes)  # pyright: ignore[reportArgumentType] - the callers give each field its type


def _minutes(value: float | None) -> str:
    return "never" if value is None else f"{value:g} minutes"
