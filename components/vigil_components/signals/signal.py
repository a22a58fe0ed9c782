"""The base of all signals, and the condition that one stays above a threshold."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import timedelta

from pulumi_gcp import monitoring

from vigil_components.alertable import Measured
from vigil_components.arguments import Lasting, Window, validated
from vigil_components.conditions import MetricCondition, promql_condition
from vigil_components.durations import minutes, promql_duration, spoken
from vigil_components.logged import Logged, declared
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Proof
from vigil_components.queries import Quantity, in_unit, one_side
from vigil_components.sources import Source
from vigil_telemetry.arguments import offer

EVALUATION = minutes(2)
"""How much longer than window and duration an incident may take: one evaluation, and a minute to be visible."""
SHARE = "10^2.%"
"""Unit of Google's metrics of which 1 means 100 %."""
PERCENT = 2
"""From here on a threshold of a share is meant in percent; a burst may reach a little more than 1."""


@offer("a signal such as rate(OrderRejected)")
@validated
@dataclass(frozen=True, kw_only=True)
class Signal(ABC):
    """A number over time: what an alert watches and a chart shows."""

    window: Window = minutes(5)
    """How far back each point looks, at least a minute. Default: 5 minutes."""

    @property
    def unit(self) -> str:
        """UCUM unit of the value."""
        return "1"

    @property
    def highest(self) -> float | None:
        """The highest value that the number can have, 1 for a part of a whole; None without a limit."""
        return None

    @property
    def share(self) -> bool:
        """Whether 1 means 100 %, as in metrics with the unit `10^2.%`, even where bursts reach more."""
        return False

    @property
    def reach(self) -> float | None:
        """The last bound of the buckets that the number is read from; None where there are none, or nobody knows."""
        return None

    @property
    @abstractmethod
    def title(self) -> str:
        """What the number is, for charts and alerts."""

    @property
    def legend(self) -> str:
        """What the number is in people's words, for the legend of a chart. Default: the title."""
        return self.title

    @abstractmethod
    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the metrics that the query reads."""

    @abstractmethod
    def promql(self, source: Source) -> str:
        """Return the query whose value is the number."""

    @abstractmethod
    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return a case beyond `threshold` for longer than `lasting`, and one just within."""

    def guard(self, source: Source) -> str | None:  # noqa: ARG002 - a signal that needs one reads the source
        """Return a query that is empty where there is too little traffic to judge, or None."""
        return None

    @property
    def minimum(self) -> str:
        """How much traffic the guard asks for, in words for people; empty where there is no guard."""
        return ""

    def condition(self, source: Source, threshold: float, *, below: bool = False) -> str:
        """Return the query that has a value while the signal is beyond `threshold` and there is traffic to judge."""
        text = f"({self.promql(source)}) {'<' if below else '>'} {number(threshold)}"
        guard = self.guard(source)
        return text if guard is None else f"{text} and {guard}"

    @property
    @abstractmethod
    def event(self) -> Logged | None:
        """The event whose log lines explain the number; None where it is a metric of others."""

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels that distinguish the lines; empty for a single line."""
        return ()


@offer("a signal with a number, such as rate(OrderRejected)")
class NumberSignal(Signal, Measured):
    """A signal whose number is compared with a threshold."""

    def beyond(self, threshold: float, lasting: timedelta, *, below: bool) -> "SignalThreshold":
        """Return the condition that the number is beyond `threshold` for `lasting`."""
        return SignalThreshold(signal=self, threshold=threshold, lasting=lasting, below=below)


@offer("a threshold of a signal, such as level(SERIES).beyond(5, minutes(5), below=True)")
@validated
@dataclass(frozen=True, kw_only=True)
class SignalThreshold(MetricCondition):
    """The condition that a signal stays beyond a threshold for a while."""

    signal: Signal
    """What is watched."""
    threshold: float
    """Threshold, in the signal's unit."""
    lasting: Lasting
    """How long it must be beyond the threshold, whole minutes."""
    below: bool = False
    """Whether too little is bad. Default: too much is."""

    def __post_init__(self) -> None:
        """Refuse a threshold that the signal can never pass, or always does. Raises ValueError."""
        if self.threshold < 0 or (self.threshold == 0 and self.below):
            side = "below" if self.below else "above"
            raise ValueError(
                f"threshold is {number(self.threshold)}, and {self.signal.title} is never negative, so that it is "
                f"{'never' if self.below else 'always'} {side} it; give a number that the signal can pass, such as "
                f"{side}={'1' if self.signal.highest is None else '0.05'}"
            )
        highest, reach = self.signal.highest, self.signal.reach
        if self.signal.share and self.threshold >= PERCENT:
            raise ValueError(
                f"threshold is {number(self.threshold)}, but {self.signal.title} is a share, of which 1 is 100 %; "
                f"give {number(self.threshold / 100)} for {number(self.threshold)} %"
            )
        if reach is not None and (self.threshold > reach or (self.threshold == reach and not self.below)):
            never = "is always below" if self.below else "is never above"
            raise ValueError(
                f"threshold is {number(self.threshold)}, but the last bound of the buckets is {number(reach)}: "
                f"{self.signal.title} shows no more, so that it {never} it; give less, or buckets= that reach further"
            )
        if highest is not None and (self.threshold > highest or (self.threshold == highest and not self.below)):
            percent = self.threshold / 100
            example = f"{number(percent)} for {number(self.threshold)} %" if percent < highest else "0.05 for 5 %"
            raise ValueError(
                f"threshold is {number(self.threshold)}, but {self.signal.title} is a part between 0 and "
                f"{number(highest)}, which {'is always below' if self.below else 'can never be above'} it; "
                f"give a part such as {example}"
            )

    @property
    def title(self) -> str:
        """For example `http.request.failed / http.request.completed above 0.05 for 5 minutes`."""
        lasting = f" for {spoken(self.lasting)}" if self.lasting else ""
        return f"{self.signal.title} {'below' if self.below else 'above'} {number(self.threshold)}{lasting}"

    @property
    def minimum(self) -> str:
        """How much traffic the signal needs before it is judged."""
        return self.signal.minimum

    @property
    def event(self) -> Logged | None:
        """The signal's event."""
        return self.signal.event

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels that distinguish the signal's lines."""
        return self.signal.grouped_by

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the signal's metrics."""
        return self.signal.metrics(source)

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """Return a `conditionPrometheusQueryLanguage` evaluated once a minute."""
        query = self.signal.condition(source, self.threshold, below=self.below)
        return promql_condition(source, alert, query, self.lasting)

    def changed(
        self, *, above: float | Quantity | None, below: float | Quantity | None, lasting: timedelta | None
    ) -> "SignalThreshold":
        """Return the condition with another threshold, on the same side, or another duration. Raises ValueError."""
        limit = one_side(above, below, wanted="below" if self.below else "above")
        return replace(
            self,
            threshold=self.threshold if limit is None else in_unit("threshold", limit, self.signal.unit),
            lasting=self.lasting if lasting is None else lasting,
        )

    def proof(self) -> Proof:
        """Return the signal's proof."""
        return self.signal.proof(self.threshold, self.lasting, below=self.below)


def refuse_short_memory(window: timedelta, before: timedelta) -> None:
    """Refuse a time before the window that is shorter than it. Raises ValueError.

    The incident would close by itself soon after it opened, though nothing came back.
    """
    if before < window:
        raise ValueError(
            f"before is {spoken(before)}, less than the window of {spoken(window)}: the incident would close again "
            "though nothing came back; give as much as window, or more"
        )


def enough(at_least: float, noun: str, window: timedelta) -> str:
    """Return a guard in words: `at least 20 events order.received in 5 minutes`; empty where there is none."""
    return f"at least {number(at_least)} {noun} in {spoken(window)}" if at_least > 0 else ""


def enough_events(at_least: float, event: Logged, window: timedelta) -> str:
    """Return a guard on events in words."""
    return enough(at_least, f"events `{declared(event).name}`", window)


def grown_enough(at_least: float, selector: str, window: timedelta) -> str | None:
    """Return the guard's query: how much a counter grew in the window. None where the window may hold nothing."""
    if at_least <= 0:
        return None
    return f"sum(increase({selector}[{promql_duration(window)}])) >= {number(at_least)}"


def number(value: float) -> str:
    """Return a threshold without the noise of binary fractions: `0.05`, `14.4`, `20`."""
    return f"{value:.12g}"
