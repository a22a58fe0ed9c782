"""What an alert watches: exactly one condition, of one of few kinds, bound to a source when the alert is made."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from pulumi_gcp import monitoring

from vigil_apimodel import lql
from vigil_components.arguments import AutoClose, Id, OneLine, RunbookId, validated
from vigil_components.durations import api_duration, minutes, seconds
from vigil_components.logged import Logged, declared
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Proof
from vigil_components.queries import Quantity
from vigil_components.severity import AlertSeverity
from vigil_components.sources import Source
from vigil_telemetry.arguments import offer

MIN_AUTO_CLOSE = minutes(30)
"""Shortest time after which an incident without data closes by itself; the API refuses a shorter one."""


@offer("a condition such as query_value(QUERY).above(5); for a signal, write rate(OrderRejected).alert(...) instead")
@runtime_checkable
class Condition(Protocol):
    """One kind of condition, not yet bound to a source."""

    @property
    def title(self) -> str:
        """What is watched and when it is too much, in a few words."""
        ...

    @property
    def minimum(self) -> str:
        """How much traffic it needs before it is judged, in words for people; empty where any is enough."""
        ...

    @property
    def event(self) -> Logged | None:
        """The event whose lines explain the alert; None where it watches a metric of others."""
        ...

    @property
    def lasting(self) -> timedelta:
        """How long the condition must hold before an incident opens."""
        ...

    @property
    def matches_logs(self) -> bool:
        """Whether each matching log entry notifies by itself, with the limits that Monitoring sets on that."""
        ...

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels that distinguish incidents, those of a resource with the prefix `resource.`."""
        ...

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the log-based metrics that the condition reads."""
        ...

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """Return the condition for the alert named `alert`."""
        ...

    def changed(
        self, *, above: float | Quantity | None, below: float | Quantity | None, lasting: timedelta | None
    ) -> "Condition":
        """Return the condition with another threshold or duration. Raises ValueError where it has none."""
        ...

    def proof(self) -> Proof:
        """Return a case that opens an incident, and a near miss."""
        ...


class BaseCondition:
    """The base of all conditions; a subclass overrides what differs."""

    @property
    def minimum(self) -> str:
        """Empty: any traffic is enough."""
        return ""

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """Empty: there is one incident at a time."""
        return ()

    def changed(
        self, *, above: float | Quantity | None, below: float | Quantity | None, lasting: timedelta | None
    ) -> "Condition":
        """Refuse to change what the condition does not have. Raises ValueError."""
        changes = {"above": above, "below": below, "lasting": lasting}
        names = ", ".join(name for name, value in changes.items() if value is not None)
        raise ValueError(
            f"{names} cannot be changed: the condition is not a threshold over a duration; change its severity, "
            "summary, runbook or auto_close, or take the alert out (without) and declare your own"
        )


class MetricCondition(BaseCondition):
    """The base of conditions that read metrics, not log entries; a subclass overrides what differs."""

    @property
    def event(self) -> Logged | None:
        """None: the metric is one of others."""
        return None

    @property
    def matches_logs(self) -> bool:
        """False: no log entry notifies by itself."""
        return False

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - a condition over our metrics reads it
        """Return none: the metric exists without the stack."""
        return ()


class PromqlCondition(MetricCondition, ABC):
    """The base of conditions that are a PromQL query without a duration: its windows say how long."""

    @property
    def lasting(self) -> timedelta:
        """Zero: one evaluation is enough."""
        return seconds(0)

    @abstractmethod
    def promql(self, source: Source) -> str:
        """Return the query that has a value while the condition holds."""

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """Return a `conditionPrometheusQueryLanguage` that is evaluated once a minute."""
        return promql_condition(source, alert, self.promql(source), self.lasting)


def explaining_entries(source: Source, condition: Condition) -> str:
    """Return the query for the entries that explain an alert: those of its event, else the source's warnings."""
    if condition.event is None:
        worst = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "WARNING")
        return lql.render(lql.all_of(source.entry_filter, worst))
    return lql.render(declared(condition.event).expression(source))


def promql_condition(source: Source, alert: str, query: str, lasting: timedelta) -> monitoring.AlertPolicyConditionArgs:
    """Return the condition that `query` has a value for `lasting`, evaluated once a minute.

    With `disableMetricValidation`: Monitoring sees a new log-based metric only after up to ten minutes, and refuses
    a condition on one it does not see
    (https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.alertPolicies#PrometheusQueryLanguageCondition).
    """
    return monitoring.AlertPolicyConditionArgs(
        display_name=alert,
        condition_prometheus_query_language=monitoring.AlertPolicyConditionConditionPrometheusQueryLanguageArgs(
            query=query,
            duration=api_duration(lasting),
            evaluation_interval="60s",
            alert_rule=_rule_name(alert),
            rule_group=source.service,
            disable_metric_validation=True,
        ),
    )


def _rule_name(alert: str) -> str:
    """Return an alert's name as a Prometheus rule name: `error-ratio` gives `ErrorRatio`."""
    return "".join(part.capitalize() for part in alert.replace("_", "-").split("-"))


@offer("an alert such as rate(OrderRejected).alert(above=1, ...)")
@validated
@dataclass(frozen=True, kw_only=True)
class AlertSpec:
    """One alert of a service, before it has a source, an owner or channels."""

    name: Id
    """Name, unique within the service. It never changes, since incidents, runbook and proof are found by it."""
    condition: Condition
    """What is watched."""
    severity: AlertSeverity
    """How urgent it is."""
    summary: OneLine
    """What users suffer, in one sentence."""
    runbook: RunbookId
    """Id of the page that says what to do: its path below `runbooks_url`, without `.md`."""
    auto_close: AutoClose = MIN_AUTO_CLOSE
    """How long without data until an incident closes by itself, at least 30 minutes (the default)."""

    def __post_init__(self) -> None:
        """Refuse what the API would refuse, and what would page without saying why."""
        if not self.summary.strip():
            raise ValueError(f"alert {self.name!r} has no summary: say in one sentence what users suffer")
        if not self.runbook.strip():
            raise ValueError(f"alert {self.name!r} has no runbook: give the id of the page that says what to do")
