"""BigQuery: what queries cost, and the slots of a reservation."""

from dataclasses import dataclass

from vigil_apimodel.metrics import bigquery
from vigil_components.arguments import Name, Positive, PositiveCount, validated
from vigil_components.charts import Chart
from vigil_components.durations import hours
from vigil_components.severity import AlertSeverity
from vigil_components.signals import Series, growth, level
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, resource_labels, series


@validated
def bigquery_project(project: Name, *, name: Name = "bigquery") -> MonitoredResource:
    """Return the queries of a project as a source; `name` is what it is called in alerts."""
    return MonitoredResource(name=name, id=id_of(name), type=bigquery.RESOURCE, labels={"project_id": project})


@validated
@dataclass(frozen=True, kw_only=True)
class BigQueryLimits:
    """What the queries of a project may cost before somebody is notified."""

    billed_bytes_a_day: Positive = 1e12
    """Bytes that queries are billed for in a day. Default: a terabyte, about 6 dollars on demand."""


@validated
def bigquery_cost(source: MonitoredResource, limits: BigQueryLimits | None = None) -> Watch:
    """Return what a project's queries are watched for: what they cost."""
    project = resource_labels(source)
    bytes_billed = Series(metric=bigquery.BILLED_BYTES, resource=bigquery.PROJECT, where_resource=project)
    billed = growth(bytes_billed, window=hours(24))
    slots = level(Series(metric=bigquery.SLOTS, resource=bigquery.PROJECT, where_resource=project), reduce="sum")
    return Watch(
        alerts=(
            billed.alert(
                above=(limits or BigQueryLimits()).billed_bytes_a_day,
                name="bigquery-cost",
                severity=AlertSeverity.TICKET,
                summary="Queries cost more in a day than planned",
                runbook="google-cloud/bigquery-cost",
            ),
        ),
        charts=(Chart(title="Slots in use", signals=(slots,)),),
    )


@validated
def bigquery_slots(source: MonitoredResource, *, reservation: Name, slots: PositiveCount, near: Share = 0.95) -> Watch:
    """Return what a reservation is watched for: that its `slots` are in use for an hour, so that queries wait.

    `reservation` is the value of the metric's label, `projects/.../reservations/NAME` in full as Metrics Explorer shows
    it. Default of `near`: 95 %, as Google's sample alert has it. The second alert is Google's too: refreshing caches
    of metadata belongs in a separate reservation.
    """
    labels = {"reservation": reservation}
    used = level(series(source, bigquery.SLOTS_OF_RESERVATION, labels), reduce="sum", smooth=True)
    background = level(
        series(source, bigquery.SLOTS_OF_RESERVATION, labels | {"job_type": "background_metadata_cache"}),
        reduce="sum",
        smooth=True,
    )
    return Watch(
        alerts=(
            used.alert(
                above=slots * near,
                lasting=hours(1),
                name="bigquery-slots",
                severity=AlertSeverity.TICKET,
                summary="Queries wait because the reservation's slots are used up",
                runbook="google-cloud/bigquery-slots",
            ),
            background.alert(
                above=0,
                lasting=hours(6),
                name="bigquery-background",
                severity=AlertSeverity.TICKET,
                summary="Background work takes slots that queries need",
                runbook="google-cloud/bigquery-slots",
            ),
        ),
        charts=(Chart(title="Slots of the reservation in use", signals=(used,)),),
    )
