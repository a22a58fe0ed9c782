"""What must happen again and again: a nightly job, a backup, a delivery. It is missed even if it has never happened."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from vigil_components.alertable import Occurrence
from vigil_components.arguments import LONGEST_HOLD, validated
from vigil_components.conditions import PromqlCondition
from vigil_components.durations import hours, minutes, promql_duration, spoken
from vigil_components.logged import Logged, declared
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import NEAR_MISS, Case, Emission, ExtraCase, Points, Proof
from vigil_components.signals.series import Series, is_counter
from vigil_components.sources import Source
from vigil_telemetry.arguments import Constraint

Every = Annotated[
    timedelta,
    Constraint(
        lambda value: minutes(30) <= value <= hours(24) and not value % minutes(1),
        "give whole minutes, from minutes(30) to hours(24): a condition holds no longer than 23.5 hours",
    ),
]
"""How often something happens at least."""


@validated
@dataclass(frozen=True, kw_only=True)
class _Expected(PromqlCondition, Occurrence):
    """The condition that nothing happened for `every` and a tenth of it more.

    `absent` conditions of Monitoring open only after something happened once. This one asks whether there was anything
    in the last short while, and opens when the answer stayed no for the rest of the time. So it also opens where
    nothing ever happened, and a new deployment has `every` (at most 23.5 hours) until the first time is due.
    """

    every: Every
    """How often it happens at least: 30 minutes to 24 hours."""

    @property
    def lasting(self) -> timedelta:
        """How long the condition holds before an incident opens."""
        return min(self.every, LONGEST_HOLD)

    @property
    def window(self) -> timedelta:
        """How far back each evaluation looks: what `lasting` leaves of `every` and its tenth, 5 minutes or more."""
        tenth = timedelta(minutes=self.every / minutes(1) // 10)
        return max(self.every + tenth - self.lasting, minutes(5))

    @property
    def title(self) -> str:
        """For example `no backup.finished in 24 hours`."""
        return f"no {self._subject} in {spoken(self.every)}, or never"

    @property
    @abstractmethod
    def _subject(self) -> str:
        """What is expected."""

    @abstractmethod
    def _selector(self, source: Source, window: timedelta) -> str:
        """Return the PromQL selector of the counter over a window."""

    @abstractmethod
    def _case(self, each: timedelta | None, lasting: timedelta, then_silent: timedelta) -> Case:
        """Return a case in which it happens once `each`, or never."""

    def promql(self, source: Source) -> str:
        """Return 1 unless something happened in the window."""
        return f"vector(1) unless (sum(increase({self._selector(source, self.window)})) > 0)"

    def proof(self) -> Proof:
        """Return four cases: it never happens, it happens just in time, it happens once and no more, it is late."""
        late = self.every + self.window + minutes(10)
        once = minutes(30)
        return Proof(
            fires=self._case(None, self.lasting + minutes(10), minutes(0)),
            stays_silent=self._case(self.every * NEAR_MISS, self.every * 3, minutes(0)),
            opens_within=self.lasting + minutes(3),
            extra_cases=(
                ExtraCase(name="once and no more", opens=True, case=self._case(once, once, late)),
                ExtraCase(name="too late", opens=True, case=self._case(self.every * 1.5, self.every * 2, minutes(0))),
            ),
        )


@validated
@dataclass(frozen=True, kw_only=True)
class ExpectedEvent(_Expected):
    """The condition that an event is overdue."""

    of: Logged
    """Event that is expected."""

    @property
    def event(self) -> Logged | None:
        """The expected event."""
        return self.of

    @property
    def _subject(self) -> str:
        return declared(self.of).name

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counter of the event."""
        return (MetricSpec(source=source, event=self.of),)

    def _selector(self, source: Source, window: timedelta) -> str:
        return f"{self.metrics(source)[0].selector()}[{promql_duration(window)}]"

    def _case(self, each: timedelta | None, lasting: timedelta, then_silent: timedelta) -> Case:
        emission = () if each is None else (Emission(event=self.of, per_minute=minutes(1) / each),)
        return Case(emissions=emission, lasting=lasting, then_silent=then_silent)


@validated
@dataclass(frozen=True, kw_only=True)
class ExpectedGrowth(_Expected):
    """The condition that a counter of others should have grown and did not."""

    of: Series
    """Counter that is expected to grow."""

    def __post_init__(self) -> None:
        """Refuse what is no counter. Raises QueryError."""
        is_counter(self.of)

    @property
    def _subject(self) -> str:
        return self.of.metric.type

    def _selector(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        return self.of.text(window=window)

    def _case(self, each: timedelta | None, lasting: timedelta, then_silent: timedelta) -> Case:
        points: tuple[Points, ...] = () if each is None else (self.of.points(minutes(1) / each),)
        return Case(points=points, lasting=lasting, then_silent=then_silent)


@validated
def expected(of: Logged | Series, *, every: timedelta) -> ExpectedEvent | ExpectedGrowth:
    """Return the signal that something did not happen for `every` (30 minutes to 24 hours), even if it never happened.

    For jobs, backups and deliveries, by an event, a line of other software or a counter. It opens a tenth of `every`
    after it was due.
    """
    if isinstance(of, Series):
        return ExpectedGrowth(of=of, every=every)
    return ExpectedEvent(of=of, every=every)
