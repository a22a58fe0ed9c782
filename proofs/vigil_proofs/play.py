"""Cases played on a stage: the cause, unrelated traffic beside it, the recovery, and what the policies did."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator import data_methods
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.calls import Call
from vigil_emulator.times import MINUTE
from vigil_proofs import noise
from vigil_proofs.documents import Case, Emission, Origin, ProvenAlert, Subject
from vigil_proofs.inprocess import Resources
from vigil_proofs.lines import Library
from vigil_proofs.reading import read_by
from vigil_proofs.stage import Stage, before, share
from vigil_proofs.written import written

CHUNK: Final = 720
"""Minutes that are fed and evaluated together, at most; Logging counts no entry that is older than a day."""
HOUR: Final = 60
STRIDES: Final = 720
"""A case has one real line of each event a minute, and at most so many lines in all."""
LONG: Final = 240
"""A case longer than so many minutes has what is beside it in bursts instead of each minute."""
BUCKETS: Final = 190
"""Buckets of a distribution that others emit: so fine that a near miss is not pushed over by interpolation."""
_NOT_STAGED: Final = frozenset({"monitoring.alertPolicies", "monitoring.dashboards"})
"""What a stage is not given: the policies of other alerts, and what only displays the data."""
_RANGE: Final = re.compile(r"(?:\[|offset )(\d+)([smhdw])")
_UNITS: Final = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440, "w": 10080}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A notification: what of, to which channel, with which body."""

    event: str
    channel: str
    payload: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedIncident:
    """An incident; times in minutes from the case's start. `closed` is None while it is open."""

    opened: float
    closed: float | None
    incident: Incident
    notifications: tuple[Notification, ...]


@dataclass(slots=True, kw_only=True)
class PlayedCase:
    """A case after it was played. `ended` is when the cause ended, `until` when the playing did, in minutes.

    `by_policy` are the incidents of each policy; `lines` counts the real lines of each event, `found` the entries
    that the alert's link to the logs shows. `stage` is as it was left.
    """

    case: Case
    ended: int
    until: int
    stage: Stage
    by_policy: Mapping[str, tuple[OpenedIncident, ...]]
    lines: Mapping[str, int]
    found: int
    problems: Mapping[str, str] = field(default_factory=dict[str, str])

    def of(self, policy: str) -> tuple[OpenedIncident, ...]:
        """Return the incidents of a policy."""
        return self.by_policy.get(policy, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """Plays cases of a stack's alerts. `resources` is what the stack declares, as the emulator serves it."""

    subject: Subject
    resources: Resources
    library: Library

    @classmethod
    def of(cls, subject: Subject, resources: Resources) -> "Player":
        """Return a player for a stack."""
        library = Library(project=subject.project, environment=subject.environment, level=subject.level)
        return cls(subject=subject, resources=resources, library=library)

    def stage(self, policies: Mapping[str, JsonObject], more: Resources = (), *, deployed: bool = True) -> Stage:
        """Return the stack with the log-based metrics that these policies read, `more` resources, and the policies.

        Where they are not `deployed`, `Stage.deploy` puts them there later.
        """
        read = read_by(policies)
        kept = tuple(
            (kind, name, body)
            for kind, name, body in self.resources
            if kind not in _NOT_STAGED and (kind != "logging.metrics" or read(name))
        )
        stage = Stage((*kept, *more), project=self.subject.project)
        if deployed:
            stage.deploy(policies)
        return stage

    def policy(self, alert: ProvenAlert) -> JsonObject:
        """Return the alert's policy as the emulator serves it."""
        return next(
            body for kind, name, body in self.resources if (kind, name) == ("monitoring.alertPolicies", alert.policy)
        )

    def play(
        self,
        alert: ProvenAlert,
        case: Case,
        *,
        beside: Case,
        recovery: Case | None = None,
        policies: Mapping[str, JsonObject] | None = None,
        more: Resources = (),
    ) -> PlayedCase:
        """Play a case of an alert, from nothing; with `recovery`, go on until its incidents are closed.

        `beside` is the other side's case, from which the unrelated traffic is made. `policies` (by name; the
        alert's alone where none are given) are all evaluated over the same events. Raises SampleError.
        """
        with self.library.in_force():
            chosen = policies or {alert.policy: self.policy(alert)}
            stage = self.stage(chosen, more, deployed=not case.history_unwatched)
            run = _Playing(self, alert, stage, bounds_of(case, beside, recovery))
            run.remember(case)
            if case.history_unwatched:
                stage.step()
                stage.deploy(chosen)
            run.cause(case, beside)
            ended = run.stage.minute
            if recovery is not None:
                run.recover(recovery, self.patience(alert))
            run.stage.step()
            return run.played(case, ended, chosen)

    def patience(self, alert: ProvenAlert) -> int:
        """Return the minutes until an incident must have closed: twice its longest look back, and auto-close."""
        policy = self.policy(alert)
        back = sum(_ranges(query_of(policy))[:2])
        close = int(text(child(policy, "alertStrategy"), "autoClose", "0s").removesuffix("s")) // 60
        assert alert.proof is not None  # noqa: S101 - only what has a proof is played
        return round(2 * back) + close + 30 + alert.proof.stays_silent.minutes

    def window(self, alert: ProvenAlert) -> int:
        """Return the minutes of the longest range that the alert's query has; 1 where it has none."""
        return max(round(max(_ranges(query_of(self.policy(alert))), default=0)), 1)


def _ranges(query: str) -> list[float]:
    """The ranges of a query in minutes, the longest first."""
    return sorted((int(number) * _UNITS[unit] for number, unit in _RANGE.findall(query)), reverse=True)


class _Playing:
    """One case under way."""

    def __init__(
        self, player: Player, alert: ProvenAlert, stage: Stage, bounds: Mapping[str, tuple[float, ...]]
    ) -> None:
        self.stage = stage
        self._alert = alert
        self._query = query_of(player.policy(alert))
        self._bounds = bounds
        self._library = player.library
        self._lines: dict[str, int] = {}
        self._stride = 1
        # an incident of a log match opens with the entry's receipt, so that entries are handed over minute by minute
        self._chunk = HOUR if self._query or not alert.event else 1

    def remember(self, case: Case) -> None:
        """Write the history before a case, which is only there to be counted."""
        stride = max(1, case.history_lasting // STRIDES)
        for minutes, _ in _chunks(Case(lasting=case.history_lasting), self.stage.minute, CHUNK):
            self.stage.advance(len(minutes))
            for emission in case.history:
                self._emit(emission, self._alert.origin, thinned(emission.per_minute, minutes, stride))
            for points in case.history_points:
                self.stage.put(points, minutes, bounds=self._bounds.get(points.metric, ()))

    def cause(self, case: Case, beside: Case) -> None:
        self._stride = max(1, case.minutes // STRIDES)
        chunk = CHUNK if self._chunk > 1 else 1
        every = max(1, case.minutes // HOUR) if case.minutes > LONG else 1
        unrelated = tuple(noise.emissions(self._alert, beside, self._query))
        others = tuple(noise.points(self._alert, beside))
        for minutes, speaking in _chunks(case, self.stage.minute, chunk):
            self.stage.advance(len(minutes))
            if speaking:
                self._speak(case, minutes)
            for one in unrelated:
                burst = {
                    minute: share(one.emission.per_minute * every, minute // every)
                    for minute in minutes
                    if minute % every == 0
                }
                self._emit(one.emission, one.origin, burst)
            for series, more in others:
                self.stage.put(series, minutes, bounds=self._bounds.get(series.metric, ()), more=more)
            self.stage.step()

    def recover(self, case: Case, patience: int) -> None:
        began = self.stage.minute
        silent = dataclasses.replace(case, then_silent=max(0, patience - case.lasting))
        for minutes, speaking in _chunks(silent, began, self._chunk, growing=CHUNK if self._chunk > 1 else 1):
            if not any(each.open for each in self.stage.incidents(self._alert.policy)):
                return
            self.stage.advance(len(minutes))
            if speaking:
                self._speak(case, minutes)
            self.stage.step()

    def _speak(self, case: Case, minutes: range) -> None:
        for emission in case.emissions:
            counts = thinned(emission.per_minute, minutes, self._stride)
            taken = self._emit(emission, self._alert.origin, counts)
            self._lines[emission.event] = self._lines.get(emission.event, 0) + taken
        for points in case.points:
            self.stage.put(points, minutes, bounds=self._bounds.get(points.metric, ()))

    def _emit(self, emission: Emission, origin: Origin, counts: Mapping[int, int]) -> int:
        fixed = frozenset(self._alert.grouped_by)
        source = written(emission)
        origins = (revised(origin, 0), revised(origin, 1))

        def make(minute: int, at: int) -> list[JsonObject]:
            return source.entries(self._library, origins[minute % 2], at, variant=minute, fixed=fixed)

        return self.stage.emit(make, counts)

    def played(self, case: Case, ended: int, policies: Mapping[str, JsonObject]) -> PlayedCase:
        stage = self.stage
        by_policy = {
            name: tuple(
                OpenedIncident(
                    opened=(each.opened - stage.began) / MINUTE,
                    closed=(each.closed - stage.began) / MINUTE if each.closed else None,
                    incident=each,
                    notifications=tuple(
                        Notification(event=one.event, channel=one.channel, payload=one.payload)
                        for one in stage.deliveries(each)
                    ),
                )
                for each in stage.incidents(name)
            )
            for name in policies
        }
        return PlayedCase(
            case=case,
            ended=ended,
            until=stage.minute,
            stage=stage,
            by_policy=by_policy,
            lines=self._lines,
            found=self._found(),
            problems={name: str(reason) for name, reason in stage.data.problems().items()},
        )

    def _found(self) -> int:
        """How many of the case's entries the alert's link to the logs shows; one page of them."""
        if not self._alert.event or not self._lines:
            return 0
        handler = data_methods.handlers(self.stage.data)["logging.entries.list"]
        answer = handler(
            Call(
                method="logging.entries.list",
                body={"resourceNames": [f"projects/{self.stage.project}"], "filter": self._alert.logs, "pageSize": 5},
            )
        )
        return len(children(answer, "entries")) if isinstance(answer, dict) else 0


def revised(origin: Origin, minute: int) -> Origin:
    """Return the origin as of a minute: revisions alternate, as during a deployment."""
    revision = origin.labels.get("revision_name")
    if revision is None or minute % 2 == 0:
        return origin
    return dataclasses.replace(origin, labels={**origin.labels, "revision_name": f"{revision.removesuffix('1')}2"})


def thinned(per_minute: float, minutes: range, stride: int) -> dict[int, int]:
    """Return how many events fall into each minute, those of `stride` minutes put together in the first of them.

    Events that are rarer than one a minute stay where they are.
    """
    stride = stride if per_minute >= 1 else 1
    firsts = range((minutes.start // stride + 1) * stride, minutes.stop, stride)
    edges = (minutes.start, *firsts, minutes.stop) if minutes else ()
    return {first: before(per_minute, end) - before(per_minute, first) for first, end in pairwise(edges)}


def query_of(policy: JsonObject) -> str:
    """Return the PromQL of a policy's condition; empty where it is of another kind."""
    (condition, *_) = children(policy, "conditions") or [{}]
    return text(child(condition, "conditionPrometheusQueryLanguage"), "query")


def bounds_of(*cases: Case | None) -> dict[str, tuple[float, ...]]:
    """Return the bounds for each distribution that the cases write: its own, or fine ones around their values."""
    values: dict[str, list[float]] = {}
    own: dict[str, tuple[float, ...]] = {}
    for case in cases:
        for points in case.points if case is not None else ():
            if points.bounds:
                own[points.metric] = points.bounds
            elif points.value_type == "DISTRIBUTION":
                values.setdefault(points.metric, []).append(points.value)
    return {metric: _fine(min(some) / 2, max(some) * 2) for metric, some in values.items()} | own


def _fine(low: float, high: float) -> tuple[float, ...]:
    growth = (high / low) ** (1 / BUCKETS)
    return tuple(low * growth**index for index in range(BUCKETS + 1))


def _chunks(case: Case, start: int, size: int, *, growing: int = 0) -> "list[tuple[range, bool]]":
    """Ranges of minutes, and whether something is emitted in them: lasting first, then silence."""
    found: list[tuple[range, bool]] = []
    at = start
    for length, speaking in ((case.lasting, True), (case.then_silent, False)):
        end = at + length
        while at < end:
            step = growing if growing and at - start >= LONG else size
            upper = min(at + step, end)
            found.append((range(at, upper), speaking))
            at = upper
    return found
