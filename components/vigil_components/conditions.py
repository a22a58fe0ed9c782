"""What an alert watches: exactly one condition, of one of few kinds, bound to a source when the alert is made."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from pulumi_gcp import monitoring

from vigil_apimodel import lql
from vigil_components.durations import api_duration, minutes, seconds
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Emission, Proof
from vigil_components.severity import Alarm
from vigil_components.sources import Source
from vigil_telemetry import Event, schema_of

MIN_AUTO_CLOSE = minutes(30)
"""Shortest time after which an incident without data closes by itself; the API refuses a shorter one."""


class Condition(Protocol):
    """One kind of condition, not yet bound to a source."""

    @property
    def title(self) -> str:
        """What is watched and when it is too much, in a few words."""
        ...

    @property
    def event(self) -> type[Event] | None:
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

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """The log-based metrics that the condition reads."""
        ...

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """The condition for the alert named ``alert``."""
        ...

    def proof(self) -> Proof:
        """A case that opens an incident, and a near miss."""
        ...


def explaining_entries(source: Source, condition: Condition) -> str:
    """The Logging query for the entries that explain an alert: those of its event, else the source's warnings."""
    if condition.event is None:
        what: lql.Expr = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "WARNING")
    else:
        what = source.event_filter(schema_of(condition.event).name)
    return lql.render(lql.all_of(source.entry_filter, what))


def promql_condition(source: Source, alert: str, query: str, lasting: timedelta) -> monitoring.AlertPolicyConditionArgs:
    """The condition that ``query`` has a value for ``lasting``, evaluated once a minute.

    With ``disableMetricValidation``: Monitoring sees a new log-based metric only after up to ten minutes, and refuses
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
    """An alert's name as a Prometheus rule name: ``error-ratio`` gives ``ErrorRatio``."""
    return "".join(part.capitalize() for part in alert.replace("_", "-").split("-"))


@dataclass(frozen=True, kw_only=True)
class LogMatch:
    """An incident for each entry of ``event``: for what must never happen, even once.

    Monitoring sends at most one notification in five minutes and twenty a day per policy, and never tells that such
    an incident closed
    (https://docs.cloud.google.com/logging/docs/alerting/log-based-alerts).
    """

    of: type[Event]
    where: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def lasting(self) -> timedelta:
        """None: one entry is enough."""
        return seconds(0)

    @property
    def matches_logs(self) -> bool:
        """Each entry notifies."""
        return True

    @property
    def title(self) -> str:
        """For example ``any workflow.nondeterminism``."""
        return f"any {schema_of(self.of).name}"

    @property
    def event(self) -> type[Event]:
        """The matched event."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - it reads entries, no metric
        """None: the condition reads entries."""
        return ()

    def filter(self, source: Source) -> str:
        """The Logging query of the entries that match."""
        schema = schema_of(self.of)
        wanted = [lql.eq(schema.field(name).path, value) for name, value in sorted(self.where.items())]
        return lql.render(lql.all_of(source.entry_filter, source.event_filter(schema.name), *wanted))

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """A ``conditionMatchedLog`` whose incident carries the event's labels."""
        labels = schema_of(self.of).metric_labels
        return monitoring.AlertPolicyConditionArgs(
            display_name=alert,
            condition_matched_log=monitoring.AlertPolicyConditionConditionMatchedLogArgs(
                filter=self.filter(source),
                label_extractors={label.name: source.extractor(label.path) for label in labels} or None,
            ),
        )

    def proof(self) -> Proof:
        """One event a minute opens; none stays silent, since one is already too many."""
        return Proof(
            fires=Case(emissions=(Emission(event=self.of, per_minute=1, fields=dict(self.where)),), lasting=minutes(2)),
            stays_silent=Case(emissions=(), lasting=minutes(10)),
            opens_within=minutes(2),
        )


@dataclass(frozen=True, kw_only=True)
class AlertSpec:
    """One alert of a service, before it has a source, an owner or channels.

    ``name`` is unique within the service and never changes, since incidents, runbook and proof are found by it.
    ``summary`` says in one sentence what users suffer. ``runbook`` is the id of the page that says what to do.
    ``auto_close`` is after how long without data an incident closes by itself, at least 30 minutes.
    """

    name: str
    condition: Condition
    severity: Alarm
    summary: str
    runbook: str
    auto_close: timedelta = MIN_AUTO_CLOSE

    def __post_init__(self) -> None:
        """Refuse what the API would refuse, and what would page without saying why."""
        if not self.name or not all(part.isalnum() and part == part.lower() for part in self.name.split("-")):
            raise ValueError(f"alert name {self.name!r}: use lower-case words joined by dashes, such as 'error-ratio'")
        if not self.summary.strip():
            raise ValueError(f"alert {self.name!r} has no summary: say in one sentence what users suffer")
        if not self.runbook.strip():
            raise ValueError(
                f"alert {self.name!r} has no runbook: name the page in docs/runbooks/ that says what to do"
            )
        if self.auto_close < MIN_AUTO_CLOSE:
            raise ValueError(
                f"alert {self.name!r}: auto_close is {api_duration(self.auto_close)}; "
                "the API takes 1800s (30 minutes) or more"
            )
