"""Services, worker pools and jobs on Cloud Run: requests, resources, starts."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from vigil_apimodel.metrics import Metric, cloud_run
from vigil_components.arguments import Name, NotNegative, Positive, PositiveCount, validated
from vigil_components.charts import Chart, Plot
from vigil_components.conditions import AlertSpec
from vigil_components.durations import days, minutes
from vigil_components.queries import Query
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, quantile, rate, ratio, silence
from vigil_components.systems.part import Part
from vigil_components.watch import Watch
from vigil_telemetry import HttpRequestCompleted, HttpRequestFailed, ServiceStarted
from vigil_telemetry.arguments import Constraint
from vigil_telemetry.events.process import ServiceHeartbeat


class CloudRunServicePart(Part):
    """A service on Cloud Run that answers requests."""

    TYPE: ClassVar[str] = "vigil:cloudrun:Service"


class WorkerPoolPart(Part):
    """A worker pool on Cloud Run: always on, without requests."""

    TYPE: ClassVar[str] = "vigil:cloudrun:WorkerPool"


class JobPart(Part):
    """A job on Cloud Run."""

    TYPE: ClassVar[str] = "vigil:cloudrun:Job"


Workload: TypeAlias = Literal["cloud_run_revision", "cloud_run_worker_pool", "cloud_run_job"]
WorkloadLabel: TypeAlias = Literal["service_name", "worker_pool_name", "job_name"]

Ratio: TypeAlias = Annotated[
    Decimal | float,
    Constraint(lambda value: 0 < value < 1, "give a part between 0 and 1, such as Decimal('0.05') for 5 %"),
]
"""A part of a whole, exact where it comes from a configuration."""


@validated
@dataclass(frozen=True, kw_only=True)
class HttpLimits:
    """What the requests of a service may do before somebody is notified."""

    error_ratio: Ratio = Decimal("0.05")
    """Part of the requests that may fail, between 0 and 1. Default: 5 %."""
    p95_seconds: Positive = 1.0
    """Seconds that one request in twenty may exceed: a bound of the buckets. Default: 1 s."""
    at_least: NotNegative = 20
    """Requests in five minutes before errors and latency are judged; 0: one is enough. Default: 20.

    A service with less traffic is never judged: give a smaller number, such as 5.
    """
    always_on: bool = False
    """Whether the service never scales to zero, so that its silence means something. Default: no."""


@validated
def http_service(limits: HttpLimits) -> Watch:
    """Return what every service that answers requests is watched for."""
    slow = quantile(0.95, HttpRequestCompleted, "duration", at_least=limits.at_least)
    alerts = [
        ratio(HttpRequestFailed, of=HttpRequestCompleted, at_least=limits.at_least).alert(
            above=float(limits.error_ratio),
            lasting=minutes(1),
            name="error-ratio",
            severity=AlertSeverity.PAGE,
            summary="Requests fail",
            runbook="error-ratio",
        ),
        slow.alert(
            above=limits.p95_seconds,
            lasting=minutes(5),
            name="latency",
            severity=AlertSeverity.TICKET,
            summary="Requests are slow",
            runbook="latency",
        ),
        restarts(),
    ]
    if limits.always_on:
        alerts += [
            silence(HttpRequestCompleted, window=minutes(15), before=minutes(60), at_least=20).alert(
                name="no-traffic",
                severity=AlertSeverity.PAGE,
                summary="No request arrives any more",
                runbook="no-traffic",
            ),
            heartbeat_missing(),
        ]
    charts = (
        Chart(
            title="Requests by status", signals=(rate(HttpRequestCompleted, by=("status_class",)),), plot="STACKED_AREA"
        ),
        Chart(
            title="Latency: p50, p95, p99",
            signals=tuple(quantile(q, HttpRequestCompleted, "duration") for q in (0.5, 0.95, 0.99)),
        ),
    )
    return Watch(alerts=tuple(alerts), charts=charts)


@validated
def restarts(limit: PositiveCount = 6) -> AlertSpec:
    """Return the alert on a process that starts more often in ten minutes than a deployment or scaling explains."""
    return count(ServiceStarted, window=minutes(10)).alert(
        above=limit,
        name="crash-loop",
        severity=AlertSeverity.PAGE,
        summary="The process starts again and again",
        runbook="crash-loop",
    )


@validated
def heartbeat_missing() -> AlertSpec:
    """Return an always-on process that says nothing any more.

    A window of a day keeps the incident open while the process is dead. With half an hour, the incident would close,
    and the channel would report a recovery, as soon as the last heartbeat is older than that.
    """
    return silence(ServiceHeartbeat, window=minutes(10), before=days(1), at_least=3).alert(
        name="heartbeat-missing",
        severity=AlertSeverity.PAGE,
        summary="The process is silent",
        runbook="heartbeat-missing",
    )


@validated
def worker_pool() -> Watch:
    """Return what every always-on process without requests is watched for."""
    return Watch(
        alerts=(restarts(), heartbeat_missing()),
        charts=(Chart(title="Starts", signals=(count(ServiceStarted, window=minutes(10)),)),),
    )


@validated
def job() -> Watch:
    """Return what a job is watched for: it ends by itself, so neither silence nor starts are wrong."""
    return Watch(alerts=(), charts=(Chart(title="Starts", signals=(count(ServiceStarted, window=minutes(60)),)),))


@validated
def resource_plots(resource: Workload, label: WorkloadLabel, name: Name) -> tuple[Plot, ...]:
    """Return CPU, memory and instances as Cloud Run measures them, for a service, a worker pool or a job."""

    def query(metric: Metric, aligner: str, reducer: str) -> Query:
        return Query(metric=metric, resource=resource, aligner=aligner, reducer=reducer, where_resource={label: name})

    plots = [
        Plot(
            title="CPU in use, p99 over instances",
            queries=(query(cloud_run.CPU_UTILIZATIONS, "ALIGN_PERCENTILE_99", "REDUCE_MAX"),),
            axis="part of the limit",
        ),
        Plot(
            title="Memory in use, p99 over instances",
            queries=(query(cloud_run.MEMORY_UTILIZATIONS, "ALIGN_PERCENTILE_99", "REDUCE_MAX"),),
            axis="part of the limit",
        ),
    ]
    if resource == "cloud_run_revision":
        plots += [
            Plot(
                title="Instances",
                queries=(query(cloud_run.INSTANCE_COUNT, "ALIGN_MAX", "REDUCE_SUM"),),
                axis="instances",
            ),
            Plot(
                title="Requests that reached a container, as Cloud Run counts them",
                queries=(query(cloud_run.REQUEST_COUNT, "ALIGN_RATE", "REDUCE_SUM"),),
                axis="1/s",
            ),
        ]
    return tuple(plots)
