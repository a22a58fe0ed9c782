"""Stories in typed Python: what happens to a whole system, and which of its alerts must fire.

    story = Story.of("prod")
    story.emit(HttpRequestCompleted(...), service="api", per_second=10, lasting="1h")
    story.emit(HttpRequestFailed(...), service="api", per_second=5, starting="20m", lasting="10m")
    story.play("1h")
    story.expect("api/error-ratio").opens(after="20m", within="3m").once().closes()

All alerts of the stack watch at once. Times are from the story's start; durations are written `90s`, `10m`, `2h`,
`1d` and count in whole minutes.
"""

import asyncio
import dataclasses
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.metrics import BY_PROMQL, get
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.alerting.notify import Delivery
from vigil_emulator.times import MINUTE, format_time, nanoseconds
from vigil_proofs.documents import Origin, Points, ProvenAlert, Subject
from vigil_proofs.inprocess import START, Resources
from vigil_proofs.play import revised
from vigil_proofs.stage import Stage, share
from vigil_proofs.suite import Suite
from vigil_runner import stacks
from vigil_runner.entries import lines_of, read
from vigil_telemetry import Event

CHUNK: Final = 30
"""Minutes that are evaluated together where nothing is delivered."""
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(s|m|h|d)")
_MINUTES: Final = {"s": 1 / 60, "m": 1, "h": 60, "d": 1440}

Counts = Callable[[int], int]
"""(minute) -> how many events."""


def minutes_of(text: str) -> int:
    """Return a duration in minutes. Raises ValueError for other text, and for what is no whole number of minutes."""
    found = _DURATION.fullmatch(text.strip())
    value = float(found[1]) * _MINUTES[found[2]] if found else -1.0
    if value < 0 or value != round(value):
        raise ValueError(f"{text!r} is no duration in whole minutes; write it as '90m', '2h' or '1d'")
    return round(value)


@dataclass(frozen=True, slots=True)
class _Emitting:
    event: Event
    origin: Origin
    first: int
    last: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class _Writing:
    points: Points
    first: int
    last: int


class Story:
    """A system on a stage. Nothing happens until `play`, which may be called again to go on."""

    def __init__(self, suite: Suite, *, change: "Callable[[Resources], Resources] | None" = None) -> None:
        """`suite` is the applied stack; `change` may alter its resources, to break something."""
        player = suite.player
        self.subject: Subject = suite.subject
        self._library = player.library
        resources = player.resources if change is None else change(player.resources)
        self.stage = Stage(resources, project=self.subject.project)
        self._emitting: list[_Emitting] = []
        self._writing: list[_Writing] = []
        self._entries: list[tuple[int, JsonObject]] = []

    @classmethod
    def of(cls, stack: str, *, config: Mapping[str, str] | None = None, root: Path | None = None) -> "Story":
        """Return a story of a stack; `config` goes before the stack file's. Raises StackError, ProgramError."""
        chosen = stacks.load(stack, root=root)
        overrides = config or {}
        changed = dataclasses.replace(
            chosen, config={**chosen.config, **overrides}, secrets=chosen.secrets - overrides.keys()
        )
        return cls(Suite.of(changed, root=root))

    # -- what happens -----------------------------------------------------------------------------------------------

    def emit(
        self,
        event: Event,
        *,
        service: str,
        per_second: float | None = None,
        per_minute: float | None = None,
        lasting: str,
        starting: str = "0m",
    ) -> Self:
        """Have a service emit an event at a steady rate. Raises ValueError where not exactly one rate is given."""
        if (per_second is None) == (per_minute is None):
            raise ValueError("give either per_second or per_minute")
        rate = per_minute if per_minute is not None else (per_second or 0) * 60
        return self._add(event, service, starting, lasting, lambda minute: share(rate, minute))

    def noise(
        self,
        event: Event,
        *,
        service: str,
        per_minute: float,
        spread: float,
        seed: int,
        lasting: str,
        starting: str = "0m",
    ) -> Self:
        """Have a service emit an event at a rate that varies by a part `spread` each way; the same for a seed."""
        chance = random.Random(seed)  # noqa: S311 - the same each time is the point
        first, last = minutes_of(starting), minutes_of(starting) + minutes_of(lasting)
        drawn = {minute: round(per_minute * (1 + spread * chance.uniform(-1, 1))) for minute in range(first, last)}
        return self._add(event, service, starting, lasting, lambda minute: drawn[minute])

    def _add(self, event: Event, service: str, starting: str, lasting: str, counts: Counts) -> Self:
        first = minutes_of(starting)
        self._emitting.append(_Emitting(event, self.origin(service), first, first + minutes_of(lasting), counts))
        return self

    def measure(
        self,
        metric: str,
        value: float,
        *,
        lasting: str,
        starting: str = "0m",
        labels: Mapping[str, str] | None = None,
        resource: str = "prometheus_target",
        resource_labels: Mapping[str, str] | None = None,
    ) -> Self:
        """Give a metric that others emit, by its type or PromQL name, a value (`vigil_components.proofs.Points`).

        Raises UnknownMetricError for a metric that is no constant.
        """
        constant = BY_PROMQL.get(metric) or get(metric)
        points = Points(
            metric=constant.type,
            kind=constant.kind.value,
            value_type=constant.value_type.value,
            unit=constant.unit,
            resource=resource,
            labels=labels or {},
            resource_labels=resource_labels or {},
            value=value,
            samples=10,
        )
        first = minutes_of(starting)
        self._writing.append(_Writing(points, first, first + minutes_of(lasting)))
        return self

    def history(self, file: Path, *, starting: str = "0m") -> Self:
        """Let recorded entries (JSON lines of LogEntry) happen again in this project, the first of them at `starting`.

        Raises EntriesError, which names the malformed line.
        """
        recorded = [(one.time, one.entry) for one in read(lines_of(file))]
        if not recorded:
            return self
        shift = nanoseconds(START) + minutes_of(starting) * MINUTE - min(when for when, _ in recorded)
        for when, body in recorded:
            moved = {**body, "timestamp": format_time(when + shift), "logName": self._log_name(body)}
            moved.pop("receiveTimestamp", None)
            self._entries.append(((when + shift - nanoseconds(START)) // MINUTE, moved))
        self._entries.sort(key=lambda pair: pair[0])
        return self

    def _log_name(self, body: JsonObject) -> str:
        log = str(body.get("logName") or "stdout").rpartition("/logs/")[2]
        return f"projects/{self.subject.project}/logs/{log}"

    def origin(self, service: str) -> Origin:
        """Return where a service's entries come from. Raises LookupError naming the services that have alerts."""
        found = next((one.origin for one in self.subject.alerts if one.service == service), None)
        if found is None:
            known = ", ".join(sorted({one.service for one in self.subject.alerts}))
            raise LookupError(f"no alert of {self.subject.stack!r} watches {service!r}; it has {known}")
        return found

    # -- playing ----------------------------------------------------------------------------------------------------

    def play(self, lasting: str, *, evaluated: bool = True, delivered: bool = False) -> Self:
        """Let so much time pass. `evaluated=False` is the evaluation of alerts having stopped.

        `delivered` also sends notifications, minute by minute, to addresses on this machine; Pub/Sub channels have
        a queue in any case.
        """
        end = self.stage.minute + minutes_of(lasting)
        size = 1 if delivered else CHUNK
        with self._library.in_force():
            while (at := self.stage.minute) < end:
                minutes = range(at, min(at + size, end))
                self.stage.advance(len(minutes))
                self._happen(minutes)
                if evaluated:
                    self.stage.step()
                if delivered:
                    asyncio.run(self._deliver())
        return self

    async def _deliver(self) -> None:
        await self.stage.data.deliver()
        await self.stage.data.notifier.close()  # the loop ends with this minute

    def _happen(self, minutes: range) -> None:
        for one in self._emitting:
            counts = {minute: one.counts(minute) for minute in minutes if one.first <= minute < one.last}
            self.stage.emit(
                lambda minute, at, one=one: self._library.entries(one.event, revised(one.origin, minute), at), counts
            )
        for series in self._writing:
            within = [minute for minute in minutes if series.first <= minute < series.last]
            self.stage.put(series.points, within)
        due = [body for minute, body in self._entries if minute in minutes]
        self.stage.take(due)

    # -- the result -------------------------------------------------------------------------------------------------

    def expect(self, alert: str) -> "Expectation":
        """Return the expectation of an alert. Raises LookupError for an unknown or ambiguous name."""
        (found, *others) = self.subject.named([alert])
        if others:
            named = ", ".join(f"{one.service}/{one.alert}" for one in (found, *others))
            raise LookupError(f"{alert!r} is the name of several alerts; say which: {named}")
        return Expectation(self, found)

    def incidents(self, *, severity: str | None = None) -> tuple[Incident, ...]:
        """Return the incidents so far in the order of their opening: all, or those of a severity (`page`, `ticket`)."""
        found = self.stage.incidents()
        return tuple(one for one in found if severity is None or one.user_labels.get("severity") == severity)

    def opened(self) -> tuple[str, ...]:
        """Return the alerts that opened, `service/alert`, each once, in the order of their first opening."""
        names = [f"{one.user_labels.get('service')}/{one.user_labels.get('alert')}" for one in self.stage.incidents()]
        return tuple(dict.fromkeys(names))

    def deliveries(self) -> tuple[Delivery, ...]:
        """Return all notifications so far."""
        return tuple(self.stage.data.notifier.deliveries)


class Expectation:
    """What is expected of one alert. Each method checks one thing, and raises AssertionError where it does not hold."""

    def __init__(self, story: Story, alert: ProvenAlert) -> None:
        self._story = story
        self._alert = alert
        self._after = 0

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """Its incidents in the order of their opening."""
        return tuple(self._story.stage.incidents(self._alert.policy))

    def opens(self, *, within: str, after: str = "0m") -> Self:
        """Check that it opened, not before `after` and not later than `within` from then on."""
        first, last = minutes_of(after), minutes_of(after) + minutes_of(within)
        times = [self._story.stage.minutes_at(one.opened) for one in self.incidents]
        if not any(first <= time <= last for time in times):
            self._fail(f"did not open in minutes {first} to {last}; {_listed('it opened at', times)}")
        self._after = first
        return self

    def stays_silent(self) -> Self:
        """Check that it never opened."""
        times = [self._story.stage.minutes_at(one.opened) for one in self.incidents]
        if times:
            self._fail(f"did not stay silent; {_listed('it opened at', times)}")
        return self

    def once(self) -> Self:
        """Check that it opened one incident, not several."""
        if len(self.incidents) != 1:
            self._fail(f"opened {len(self.incidents)} incidents, not one")
        return self

    def closes(self, *, after: str | None = None, by: str | None = None) -> Self:
        """Check that all its incidents are closed: not before `after` and not after `by`, if these are given."""
        first, limit = (None if each is None else minutes_of(each) for each in (after, by))
        for one in self.incidents:
            when = self._story.stage.minutes_at(one.closed) if one.closed else None
            early = first is not None and when is not None and when < first
            if when is None or early or (limit is not None and when > limit):
                bounds = f"{f' after {after}' if after else ''}{f' by {by}' if by else ''}"
                wanted = f"was to be closed{bounds}"
                self._fail(f"{wanted}; it is {'open' if when is None else f'closed at minute {when:g}'}")
        if not self.incidents:
            self._fail("was to close, and never opened")
        return self

    def _fail(self, failure: str) -> None:
        others = ", ".join(self._story.opened()) or "none"
        raise AssertionError(f"{self._alert.service}/{self._alert.alert} {failure}. Alerts that opened: {others}")


def _listed(words: str, times: Sequence[float]) -> str:
    return f"{words} minute {', '.join(f'{time:g}' for time in times)}" if times else "it never opened"
