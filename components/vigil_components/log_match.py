"""The condition that an event is written at all."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from pulumi_gcp import monitoring

from vigil_apimodel import lql
from vigil_components.alertable import Occurrence
from vigil_components.arguments import unknown_name, validated
from vigil_components.conditions import BaseCondition
from vigil_components.durations import minutes, seconds
from vigil_components.logged import Logged, declared, field_of
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Emission, Proof
from vigil_components.sources import Source
from vigil_telemetry import Role


@validated
@dataclass(frozen=True, kw_only=True)
class LogMatch(BaseCondition, Occurrence):
    """An incident for each entry of an event: for what must never happen, even once.

    Monitoring sends at most one notification in five minutes and twenty a day per policy, and never reports that such
    an incident closed (https://docs.cloud.google.com/logging/docs/alerting/log-based-alerts).
    """

    of: Logged
    """Event whose entries open incidents."""
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that fields of the event must have. Default: every entry."""

    def __post_init__(self) -> None:
        """Refuse a field that the event does not have, and a value that it never has. Raises ValueError."""
        _check_fields("log_match", self.of, self.where)

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
        """For example `any workflow.nondeterminism`."""
        return f"any {declared(self.of).name}"

    @property
    def event(self) -> Logged:
        """The matched event."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - it reads entries, no metric
        """Return nothing: the condition reads entries."""
        return ()

    def filter(self, source: Source) -> str:
        """Return the Logging query of the entries that match."""
        event = declared(self.of)
        wanted = [lql.eq(field_of(event, name).path, value) for name, value in sorted(self.where.items())]
        return lql.render(lql.all_of(event.expression(source), *wanted))

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:
        """Return a `conditionMatchedLog` whose incident carries the event's labels."""
        event = declared(self.of)
        return monitoring.AlertPolicyConditionArgs(
            display_name=alert,
            condition_matched_log=monitoring.AlertPolicyConditionConditionMatchedLogArgs(
                filter=self.filter(source),
                label_extractors={one.name: event.extractor(source, one.name) for one in event.metric_labels} or None,
            ),
        )

    def proof(self) -> Proof:
        """Return two cases: one event a minute opens, none stays silent, since one is already too many."""
        return Proof(
            fires=Case(emissions=(Emission(event=self.of, per_minute=1, fields=dict(self.where)),), lasting=minutes(2)),
            stays_silent=Case(emissions=(), lasting=minutes(10)),
            opens_within=minutes(2),
        )


def _check_fields(where: str, event: Logged, wanted: Mapping[str, str]) -> None:
    """Check that an event has the fields and values of a filter. Raises ValueError naming what there is."""
    schema = declared(event)
    if isinstance(event, type) and (bad := [name for name, value in wanted.items() if not value.strip()]):
        raise ValueError(f"{where}: where: {', '.join(bad)} has no value; give one, or leave the field out")
    fields = {one.name: one for one in schema.fields}
    for name, value in wanted.items():
        if name not in fields:
            raise ValueError(unknown_name(f"{where}: {schema.name} has no field", name, fields))
        field = fields[name]
        if field.treatment is not None:
            raise ValueError(
                f"{where}: {schema.name}.{name} is personal data ({field.treatment.value}): its value is in no line; "
                "match another field"
            )
        if field.role is Role.MEASURE and not _is_number(value, whole=field.type is int):
            number = "a whole number" if field.type is int else "a number"
            raise ValueError(f"{where}: {schema.name}.{name} is {number}, never {value!r}; give such as '5'")
        values = field.values
        if values is not None and value not in values:
            raise ValueError(f"{where}: {schema.name}.{name} is never {value!r}; its values: {', '.join(values)}")


def _is_number(text: str, *, whole: bool) -> bool:
    try:
        return math.isfinite(int(text) if whole else float(text))
    except ValueError:
        return False
