"""The base of all signals, and the condition that one stays above a threshold."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta

from pulumi_gcp import monitoring

from vigil_components.conditions import AlertSpec, promql_condition
from vigil_components.durations import api_duration, minutes, spoken
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Proof
from vigil_components.severity import Alarm
from vigil_components.sources import Source
from vigil_telemetry import Event

EVALUATION = minutes(2)
"""What a condition may take beyond its window and duration: one evaluation, and the visibility of the last minute."""


@dataclass(frozen=True, kw_only=True)
class Signal(ABC):
    """A number over time.

    ``window`` is how far back each point looks: at least a minute, since a log-based metric has one point a minute.
    """

    window: timedelta = minutes(5)

    def __post_init__(self) -> None:
        """Refuse a window that holds less than one point of a log-based metric."""
        if self.window < minutes(1):
            raise ValueError(
                f"window is {spoken(self.window)}; a log-based metric has one point a minute: give at least one minute"
            )

    @property
    def unit(self) -> str:
        """UCUM unit of the value."""
        return "1"

    @property
    @abstractmethod
    def title(self) -> str:
        """What the number is, for charts and alerts."""

    @abstractmethod
    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """The metrics that the query reads."""

    @abstractmethod
    def promql(self, source: Source) -> str:
        """The query whose value is the number."""

    @abstractmethod
    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """A case beyond ``threshold`` for longer than ``lasting``, and one just within."""

    def guard(self, source: Source) -> str | None:  # noqa: ARG002 - a signal that needs one reads the source
        """A query that is empty where there is too little traffic to judge, or None."""
        return None

    def condition(self, source: Source, threshold: float, *, below: bool = False) -> str:
        """The query that has a value only while the signal is beyond ``threshold`` and there is traffic to judge."""
        text = f"({self.promql(source)}) {'<' if below else '>'} {number(threshold)}"
        guard = self.guard(source)
        return text if guard is None else f"{text} and {guard}"

    @property
    @abstractmethod
    def event(self) -> type[Event] | None:
        """The event whose log lines explain the number; None where it is a metric of others."""

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels that tell the lines apart; empty where there is one line."""
        return ()

    def above(
        self,
        threshold: float,
        *,
        name: str,
        summary: str,
        severity: Alarm,
        runbook: str,
        lasting: timedelta = minutes(0),
    ) -> AlertSpec:
        """An alert for when the number is above ``threshold`` (in the signal's unit) for ``lasting``."""
        condition = Beyond(signal=self, threshold=threshold, lasting=lasting)
        return AlertSpec(name=name, condition=condition, severity=severity, summary=summary, runbook=runbook)

    def below(
        self,
        threshold: float,
        *,
        name: str,
        summary: str,
        severity: Alarm,
        runbook: str,
        lasting: timedelta = minutes(0),
    ) -> AlertSpec:
        """An alert for when the number is below ``threshold`` (in the signal's unit) for ``lasting``."""
        condition = Beyond(signal=self, threshold=threshold, lasting=lasting, below=True)
        return AlertSpec(name=name, condition=condition, severity=severity, summary=summary, runbook=runbook)


@dataclass(frozen=True, kw_only=True)
class Beyond:
    """The condition that a signal stays beyond a threshold for a while: above it, or ``below``."""

    signal: Signal
    threshold: float
    lasting: timedelta
    below: bool = False

    def __post_init__(self) -> None:
        """Refuse a duration that Monitoring does not evaluate: it looks once a minute."""
        if self.lasting % minutes(1):
            raise ValueError(
                f"lasting is {api_duration(self.lasting)}; give whole minutes, "
                "since conditions are evaluated once a minute"
            )
        if self.threshold < 0 or (self.threshold == 0 and self.below):
            raise ValueError(
                f"threshold is {number(self.threshold)}; no count, rate, ratio or level of ours is negative: "
                "give a number that the signal can pass"
            )

    @property
    def title(self) -> str:
        """For example ``http.request.failed / http.request.completed above 0.05 for 5 minutes``."""
        lasting = f" for {spoken(self.lasting)}" if self.lasting else ""
        return f"{self.signal.title} {'below' if self.below else 'above'} {number(self.threshold)}{lasting}"

    @property
    def event(self) -> type[Event] | None:
        """The signal's event."""
        return self.signal.event

    @property
    def matches_logs(self) -> bool:
        """It reads metrics."""
        return False

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """The signal's metrics."""
        return self.signal.metrics(source)

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """A ``conditionPrometheusQueryLanguage`` evaluated once a minute."""
        query = self.signal.condition(source, self.threshold, below=self.below)
        return promql_condition(source, alert, query, self.lasting)

    def proof(self) -> Proof:
        """The signal's proof."""
        return self.signal.proof(self.threshold, self.lasting, below=self.below)


def number(value: float) -> str:
    """A threshold without the noise of binary fractions: ``0.05``, ``14.4``, ``20``."""
    return f"{value:.12g}"
