"""Compute Engine machines, Cloud Storage buckets, Cloud Functions, Firestore and BigQuery."""

from dataclasses import dataclass
from typing import Literal

from vigil_apimodel import lql
from vigil_apimodel.metrics import bigquery, compute, firestore, functions, ops_agent, storage
from vigil_components.arguments import Name, Positive, PositiveCount, validated
from vigil_components.charts import Chart
from vigil_components.durations import hours, minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import Series, growth, growth_ratio, level, missing, series_quantile
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, resource_labels, series


@validated
def machine(instance_id: Name, *, zone: Name, name: Name) -> MonitoredResource:
    """Return a Compute Engine machine as a source; `instance_id` is its number, `name` what it is called in alerts."""
    return MonitoredResource(
        name=name, id=id_of(name), type=compute.RESOURCE, labels={"instance_id": instance_id, "zone": zone}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class NamedMachine(MonitoredResource):
    """A Compute Engine machine by its name, whatever its number is: it keeps its alerts when it is made anew."""

    type: Literal["gce_instance"] = compute.RESOURCE
    """Type of the monitored resource."""

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries that the Ops Agent wrote on a machine of this name.

        https://docs.cloud.google.com/logging/docs/agent/ops-agent#logs
        """
        return lql.all_of(super().entry_filter, lql.eq('labels."compute.googleapis.com/resource_name"', self.name))


@validated
def named_machine(name: Name, *, zone: Name) -> NamedMachine:
    """Return a Compute Engine machine as a source, by its name."""
    return NamedMachine(name=name, id=id_of(name), labels={"zone": zone})


@validated
def bucket(name: Name) -> MonitoredResource:
    """Return a Cloud Storage bucket as a source."""
    return MonitoredResource(name=name, id=id_of(name), type=storage.RESOURCE, labels={"bucket_name": name})


@validated
def cloud_function(name: Name, *, region: Name) -> MonitoredResource:
    """Return a Cloud Function of the first generation as a source; one of the second is a Cloud Run service."""
    return MonitoredResource(
        name=name, id=id_of(name), type=functions.RESOURCE, labels={"function_name": name, "region": region}
    )


@validated
def firestore_database(database: Name = "(default)", *, name: Name = "firestore") -> MonitoredResource:
    """Return a Firestore database as a source; `name` is what it is called in alerts."""
    return MonitoredResource(name=name, id=id_of(name), type=firestore.RESOURCE, labels={"database_id": database})


@validated
def bigquery_project(project: Name, *, name: Name = "bigquery") -> MonitoredResource:
    """Return the queries of a project as a source; `name` is what it is called in alerts."""
    return MonitoredResource(name=name, id=id_of(name), type=bigquery.RESOURCE, labels={"project_id": project})


@validated
@dataclass(frozen=True, kw_only=True)
class MachineLimits:
    """What these services may do before somebody is notified."""

    cpu: Share = 0.9
    """Part of a machine's CPUs in use for 15 minutes. Default: 90 %; above it everything on it slows down."""
    memory: Share = 0.9
    """Part of a machine's memory in use. Default: 90 %; above it the kernel soon kills a process."""
    disk: Share = 0.85
    """Part of a disk in use. Default: 85 %, so that somebody can enlarge it before writes fail."""
    bucket_errors: Share = 0.05
    """Part of a bucket's calls that end in an error of the server or the client. Default: 5 %."""
    function_errors: Share = 0.05
    """Part of a function's executions that do not end well. Default: 5 %, one in twenty."""
    function_p95_nanoseconds: Positive = 30e9
    """Nanoseconds that one execution in twenty may exceed. Default: 30 s, half of the default time limit."""
    firestore_errors: Share = 0.05
    """Part of the database's calls that fail. Default: 5 %."""
    billed_bytes_a_day: Positive = 1e12
    """Bytes that queries are billed for in a day. Default: a terabyte, about 6 dollars on demand."""


@validated
def machine_health(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a machine that is always on is watched for."""
    where = {"instance_name": source.name} if isinstance(source, NamedMachine) else {}
    cpu = level(series(source, compute.CPU_UTILIZATION, where), smooth=True)
    gone = missing(series(source, compute.UPTIME_TOTAL, where), window=minutes(10))
    return Watch(
        alerts=(
            cpu.alert(
                above=(limits or MachineLimits()).cpu,
                lasting=minutes(15),
                name="machine-cpu",
                severity=AlertSeverity.TICKET,
                summary="The machine's CPUs are used up",
                runbook="google-cloud/machine-cpu",
            ),
            gone.alert(
                name="machine-down",
                severity=AlertSeverity.PAGE,
                summary="The machine does not run",
                runbook="google-cloud/machine-down",
            ),
        ),
        charts=(
            Chart(
                title="Bytes received and sent in five minutes",
                signals=(
                    growth(series(source, compute.RECEIVED_BYTES, where)),
                    growth(series(source, compute.SENT_BYTES, where)),
                ),
            ),
        ),
    )


@validated
def machine_inside(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a machine with the Ops Agent is also watched for: its memory and its disks."""
    chosen = limits or MachineLimits()
    memory = level(series(source, ops_agent.MEMORY, {"state": "used"}), smooth=True)
    disk = level(series(source, ops_agent.DISK, {"state": "used"}), by=("device",))
    return Watch(
        alerts=(
            memory.alert(
                above=100 * chosen.memory,
                lasting=minutes(10),
                name="machine-memory",
                severity=AlertSeverity.TICKET,
                summary="The machine's memory is nearly used up",
                runbook="google-cloud/machine-memory",
            ),
            disk.alert(
                above=100 * chosen.disk,
                lasting=minutes(10),
                name="machine-disk",
                severity=AlertSeverity.PAGE,
                summary="A disk of the machine is filling up",
                runbook="google-cloud/machine-disk",
            ),
        ),
    )


@validated
def bucket_health(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a bucket is watched for."""
    calls = series(source, storage.REQUESTS)
    failing = growth_ratio(series(source, storage.REQUESTS, unless={"response_code": "OK"}), of=calls)
    return Watch(
        alerts=(
            failing.alert(
                above=(limits or MachineLimits()).bucket_errors,
                lasting=minutes(5),
                name="bucket-errors",
                severity=AlertSeverity.TICKET,
                summary="Calls of the bucket fail",
                runbook="google-cloud/bucket-errors",
            ),
        ),
        charts=(Chart(title="Calls by response, in five minutes", signals=(growth(calls, by=("response_code",)),)),),
    )


@validated
def function_health(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a Cloud Function of the first generation is watched for."""
    chosen = limits or MachineLimits()
    all_of_them = series(source, functions.EXECUTIONS)
    failing = growth_ratio(series(source, functions.EXECUTIONS, unless={"status": "ok"}), of=all_of_them)
    slow = series_quantile(0.95, series(source, functions.EXECUTION_TIMES))
    return Watch(
        alerts=(
            failing.alert(
                above=chosen.function_errors,
                lasting=minutes(5),
                name="function-errors",
                severity=AlertSeverity.PAGE,
                summary="The function fails",
                runbook="google-cloud/function-errors",
            ),
            slow.alert(
                above=chosen.function_p95_nanoseconds,
                lasting=minutes(5),
                name="function-slow",
                severity=AlertSeverity.TICKET,
                summary="The function is slow",
                runbook="google-cloud/function-errors",
            ),
        ),
        charts=(Chart(title="Executions by status", signals=(growth(all_of_them, by=("status",)),)),),
    )


@validated
def firestore_health(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a Firestore database is watched for."""
    calls = series(source, firestore.REQUESTS)
    failing = growth_ratio(series(source, firestore.REQUESTS, unless={"response_code": "OK"}), of=calls)
    return Watch(
        alerts=(
            failing.alert(
                above=(limits or MachineLimits()).firestore_errors,
                lasting=minutes(5),
                name="firestore-errors",
                severity=AlertSeverity.PAGE,
                summary="Calls of the database fail",
                runbook="google-cloud/firestore-errors",
            ),
        ),
        charts=(Chart(title="Calls by response, in five minutes", signals=(growth(calls, by=("response_code",)),)),),
    )


@validated
def bigquery_cost(source: MonitoredResource, limits: MachineLimits | None = None) -> Watch:
    """Return what a project's queries are watched for: what they cost."""
    project = resource_labels(source)
    bytes_billed = Series(metric=bigquery.BILLED_BYTES, resource=bigquery.PROJECT, where_resource=project)
    billed = growth(bytes_billed, window=hours(24))
    slots = level(Series(metric=bigquery.SLOTS, resource=bigquery.PROJECT, where_resource=project), reduce="sum")
    return Watch(
        alerts=(
            billed.alert(
                above=(limits or MachineLimits()).billed_bytes_a_day,
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
