"""What events add up to, and what is missing among them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from vigil_components.alertable import Occurrence
from vigil_components.arguments import NotNegative, Positive, Window, refuse_twice, validated
from vigil_components.conditions import PromqlCondition
from vigil_components.durations import minutes, promql_duration, spoken
from vigil_components.logged import Logged, declared, field_of
from vigil_components.metrics import Buckets, MetricSpec
from vigil_components.proofs import Case, Emission, ExtraCase, Proof, burst, dropping, sides, too_few
from vigil_components.signals.labels import Where, matchers, measure_of, pinned
from vigil_components.signals.signal import (
    EVALUATION,
    NumberSignal,
    enough_events,
    grown_enough,
    number,
    refuse_short_memory,
)
from vigil_components.signals.words import happened, words
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class EventTotal(NumberSignal):
    """The sum of a measure over the events of the window, in the measure's unit: dollars a day, tokens an hour."""

    of: Logged
    """Event that has the measure."""
    measure: str
    """Measure that is added up."""
    where: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Label values that an event must have. Default: every event."""
    buckets: Buckets | None = None
    """Buckets of the distribution. Default: those of the measure's unit."""

    def __post_init__(self) -> None:
        """Refuse a measure, a label or a value that the event does not declare. Raises ValueError."""
        measure_of("total", self.of, self.measure)
        matchers(self.of, self.where)

    @property
    def unit(self) -> str:
        """The unit of the measure."""
        return field_of(declared(self.of), self.measure).unit or "1"

    @property
    def title(self) -> str:
        """For example `cost of llm.call.completed in 1 day`."""
        return f"{self.measure} of {declared(self.of).name} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `cost of LLM calls completed in 1 day`."""
        return f"{words(self.measure)} of {happened(declared(self.of).name)} in {spoken(self.window)}"

    @property
    def event(self) -> Logged | None:
        """The measured event."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the distribution, whose sum is read."""
        return (MetricSpec(source=source, event=self.of, measure=self.measure, buckets=self.buckets),)

    def promql(self, source: Source) -> str:
        """Return the increase of the distribution's sum."""
        selector = self.metrics(source)[0].selector(matchers(self.of, self.where), "_sum")
        return f"sum(increase({selector}[{promql_duration(self.window)}]))"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return events that add up to more than the threshold within a quarter of an hour, or to just less."""
        beyond, within = sides(threshold, below=below)
        feeding = self.window + lasting + EVALUATION + minutes(5) if below else minutes(15) + lasting
        whole = field_of(declared(self.of), self.measure).type is int
        if whole and not below:
            beyond = max(beyond, math.floor(threshold) + 1.0)

        def case(total: float) -> Case:
            per_minute, each = 1.0, total / (min(feeding, self.window) / minutes(1))
            if whole:  # each event has a whole number, and there are as many as add up
                size = max(math.floor(each), 1)
                per_minute, each = each / size, size
            values = {**pinned(self.where), self.measure: each}
            emission = Emission(event=self.of, per_minute=per_minute, fields=values)
            return Case(emissions=(emission,), lasting=feeding)

        if below:
            return dropping(case(beyond), case(within), window=self.window, opens=feeding - minutes(5))
        return Proof(fires=case(beyond), stays_silent=case(within), opens_within=feeding + EVALUATION)


@validated
@dataclass(frozen=True, kw_only=True)
class UnansweredAttempts(NumberSignal):
    """The part of the attempts in the window that no outcome answers, between 0 and 1.

    An attempt without outcome was cut off: a crash, a kill, a hang. The window must be much longer than an attempt may
    take, since those under way have no outcome yet.
    """

    attempts: Logged
    """Event of an attempt."""
    outcomes: tuple[Logged, ...]
    """Events of which one follows each attempt."""
    at_least: NotNegative = 20
    """Attempts that the window must hold before the part means anything. Default: 20."""

    def __post_init__(self) -> None:
        """Refuse attempts without any outcome, which would all count as cut off. Raises ValueError."""
        if not self.outcomes:
            raise ValueError("outcomes is empty; give the events that follow an attempt, such as (Completed, Failed)")
        names = [declared(one).name for one in self.outcomes]
        refuse_twice("outcomes", names)
        if declared(self.attempts).name in names:
            raise ValueError(
                f"outcomes has {declared(self.attempts).name}, which is the attempt itself; give what follows it"
            )

    @property
    def highest(self) -> float:
        """One: the number is a part of a whole."""
        return 1.0

    @property
    def title(self) -> str:
        """For example `llm.call.attempted without outcome`."""
        return f"{declared(self.attempts).name} without outcome"

    @property
    def legend(self) -> str:
        """For example `share of LLM calls attempted without outcome`."""
        return f"share of {happened(declared(self.attempts).name)} without outcome"

    @property
    def event(self) -> Logged | None:
        """The event of an attempt."""
        return self.attempts

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counters of attempts and outcomes."""
        return tuple(MetricSpec(source=source, event=event) for event in (self.attempts, *self.outcomes))

    def promql(self, source: Source) -> str:
        """Return what the outcomes leave of the attempts; an outcome that never happened counts as none."""
        range_ = promql_duration(self.window)
        attempts, *outcomes = (f"sum(increase({spec.selector()}[{range_}]))" for spec in self.metrics(source))
        answered = " + ".join(f"({outcome} or vector(0))" for outcome in outcomes)
        return f"1 - ({answered}) / {attempts}"

    @property
    def minimum(self) -> str:
        """How much the window must hold, in words."""
        return enough_events(self.at_least, self.attempts, self.window)

    def guard(self, source: Source) -> str | None:
        """Return enough attempts in the window."""
        return grown_enough(self.at_least, self.metrics(source)[0].selector(), self.window)

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return attempts of which a part beyond the threshold, or just within, has no outcome."""
        beyond, within = sides(threshold, below=below)
        per_minute = max(4 * self.at_least / (self.window / minutes(1)), 100)

        def case(lost: float, per_minute: float = per_minute) -> Case:
            return Case(
                emissions=(
                    Emission(event=self.attempts, per_minute=per_minute),
                    *(
                        Emission(event=outcome, per_minute=per_minute * (1 - lost) / len(self.outcomes))
                        for outcome in self.outcomes
                    ),
                ),
                lasting=self.window + lasting + EVALUATION + minutes(5),
            )

        return Proof(
            fires=case(min(beyond, (1 + threshold) / 2)),
            stays_silent=case(within),
            opens_within=self.window + lasting + EVALUATION,
            too_little=too_few(partial(case, 1.0), self.at_least, self.window),
        )


@validated
@dataclass(frozen=True, kw_only=True)
class EventSilence(PromqlCondition, Occurrence):
    """The condition that events stopped.

    Only for what is always on, or never stops by itself: a service that is scaled to zero at night falls silent every
    night. An incident closes when events come back, or when `before` holds none any more.
    """

    of: Logged
    """Event that stopped."""
    window: Window = minutes(10)
    """Time without any. Default: 10 minutes."""
    before: Window = minutes(60)
    """Time before the window in which there were some. Default: an hour."""
    at_least: Positive = 10
    """How many there were at least, more than none. Default: 10."""

    def __post_init__(self) -> None:
        """Refuse a time before that is shorter than the window. Raises ValueError."""
        refuse_short_memory(self.window, self.before)

    @property
    def title(self) -> str:
        """For example `no http.request.completed in 10 minutes`."""
        return f"no {declared(self.of).name} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `no HTTP requests completed in 10 minutes`."""
        return f"no {happened(declared(self.of).name)} in {spoken(self.window)}"

    @property
    def event(self) -> Logged | None:
        """The event that stopped."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counter of the event."""
        return (MetricSpec(source=source, event=self.of),)

    def promql(self, source: Source) -> str:
        """Return what there was before, unless there is something now."""
        selector = self.metrics(source)[0].selector()
        window, before = promql_duration(self.window), promql_duration(self.before)
        return (
            f"(sum(increase({selector}[{before}] offset {window})) >= {number(self.at_least)})"
            f" unless (sum(increase({selector}[{window}])) > 0)"
        )

    def proof(self) -> Proof:
        """Return events that stop; and the same events that go on."""
        feeding = minutes(20)
        per_minute = max(self.at_least / 10, 1)
        emission = (Emission(event=self.of, per_minute=per_minute),)
        quiet = self.window + minutes(5)
        few = (Emission(event=self.of, per_minute=burst(self.at_least, feeding)),)
        return Proof(
            fires=Case(emissions=emission, lasting=feeding, then_silent=quiet),
            stays_silent=Case(emissions=emission, lasting=feeding + quiet),
            opens_within=feeding + self.window + minutes(3),
            too_little=Case(emissions=few, lasting=feeding, then_silent=quiet),
            extra_cases=tuple(self._extra_cases(emission, feeding)),
        )

    def _extra_cases(self, emission: tuple[Emission, ...], feeding: timedelta) -> Iterator[ExtraCase]:
        """What stopped so long ago that `before` holds none any more, and so few events that a window holds one."""
        forgotten = Case(emissions=emission, lasting=feeding, then_silent=self.window + self.before + minutes(30))
        yield ExtraCase(name="forgotten", opens=True, case=forgotten)
        single = (Emission(event=self.of, per_minute=1 / max(self.window / minutes(1) - 1, 1)),)
        rare = Case(emissions=single, lasting=self.window * 3, history=emission, history_lasting=feeding)
        yield ExtraCase(name="one at a time", opens=False, case=rare)
