"""Temporal: workers by what they log and what the SDK measures, the service by Temporal Cloud's metrics."""

from dataclasses import dataclass
from typing import ClassVar

from vigil_apimodel.metrics import temporal_cloud, temporal_sdk
from vigil_components.arguments import Fraction, Name, NotNegative, Positive, validated
from vigil_components.charts import Chart
from vigil_components.conditions import AlertSpec
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import Series, count, growth, level, log_match, quantile, rate, ratio, series_quantile
from vigil_components.systems.cloud_run import heartbeat_missing, restarts
from vigil_components.systems.part import Part
from vigil_components.watch import Watch
from vigil_telemetry.events.temporal import (
    ActivityFailed,
    WorkflowCompleted,
    WorkflowFailed,
    WorkflowStarted,
    WorkflowTaskFailed,
)


class TemporalWorkersPart(Part):
    """Temporal workers: what they log, and what the SDK measures of them."""

    TYPE: ClassVar[str] = "vigil:temporal:Workers"


class TemporalCloudPart(Part):
    """A namespace of Temporal Cloud, by its own metrics."""

    TYPE: ClassVar[str] = "vigil:temporal:Cloud"


@validated
@dataclass(frozen=True, kw_only=True)
class WorkerLimits:
    """What workers may do before somebody is notified."""

    failed_ratio: Fraction = 0.1
    """Part of the workflows that may fail, between 0 and 1. Default: 10 %."""
    at_least: NotNegative = 10
    """Workflows in ten minutes before failures are judged; 0: one is enough. Default: 10."""
    wait_ms: Positive = 5_000
    """Milliseconds that a task may wait for a worker at the 99th percentile: beyond it, workers are too few.

    Default: 5,000.
    """
    route: temporal_sdk.Route = temporal_sdk.Route.SCRAPE
    """How the SDK's metrics get into Cloud Monitoring, which decides their names. Default: scraped."""
    sdk_metrics: bool = True
    """Whether they do. Default: yes."""


@validated
def workers(limits: WorkerLimits) -> Watch:
    """Return what every Temporal worker is watched for."""
    alerts: list[AlertSpec] = [
        ratio(WorkflowFailed, of=WorkflowStarted, window=minutes(10), at_least=limits.at_least).alert(
            above=limits.failed_ratio,
            lasting=minutes(2),
            name="workflow-failures",
            severity=AlertSeverity.PAGE,
            summary="Workflows fail",
            runbook="workflow-failures",
        ),
        log_match(WorkflowTaskFailed, where={"error_type": "NondeterminismError"}).alert(
            name="non-determinism",
            severity=AlertSeverity.PAGE,
            summary="A workflow's code no longer fits its history",
            runbook="non-determinism",
        ),
        restarts(),
        heartbeat_missing(),
    ]
    charts: list[Chart] = [
        Chart(
            title="Workflows started, by type",
            signals=(rate(WorkflowStarted, by=("workflow_type",)),),
            plot="STACKED_AREA",
        ),
        Chart(title="Workflows failed", signals=(count(WorkflowFailed, window=minutes(10)),)),
        Chart(
            title="Workflow duration: p50, p95",
            signals=tuple(quantile(q, WorkflowCompleted, "duration") for q in (0.5, 0.95)),
        ),
        Chart(title="Activity attempts failed, by consequence", signals=(rate(ActivityFailed, by=("consequence",)),)),
    ]
    if limits.sdk_metrics:
        sdk = _sdk(limits)
        alerts += sdk.alerts
        charts += [chart for chart in sdk.charts if isinstance(chart, Chart)]
    return Watch(alerts=tuple(alerts), charts=tuple(charts))


def _sdk(limits: WorkerLimits) -> Watch:
    """Return by the SDK's own metrics; limits are those that Temporal recommends to start with.

    https://docs.temporal.io/best-practices/worker-alerting
    """
    route = limits.route
    pollers = level(Series(metric=temporal_sdk.NUM_POLLERS.at(route)), reduce="sum")
    waiting = series_quantile(0.99, Series(metric=temporal_sdk.WORKFLOW_TASK_SCHEDULE_TO_START_LATENCY.at(route)))
    slots = level(Series(metric=temporal_sdk.WORKER_TASK_SLOTS_AVAILABLE.at(route)), reduce="min", by=("worker_type",))
    requests = growth(Series(metric=temporal_sdk.REQUEST_FAILURE.at(route)), by=("operation",))
    return Watch(
        alerts=(
            pollers.alert(
                below=1,
                lasting=minutes(5),
                name="no-pollers",
                severity=AlertSeverity.PAGE,
                summary="No worker asks for tasks",
                runbook="no-pollers",
            ),
            waiting.alert(
                above=limits.wait_ms,
                lasting=minutes(5),
                name="backlog",
                severity=AlertSeverity.PAGE,
                summary="Tasks wait too long for a worker",
                runbook="backlog",
            ),
        ),
        charts=(
            Chart(title="Pollers", signals=(pollers,)),
            Chart(title="Wait of workflow tasks, p99", signals=(waiting,)),
            Chart(title="Free task slots, by worker type", signals=(slots,)),
            Chart(title="Failed requests to the service, by operation", signals=(requests,)),
        ),
    )


@validated
def cloud(namespace: Name) -> Watch:
    """Return the watch of a Temporal Cloud namespace, whose gauges hold rates already, never to be rated again."""

    def series(name: str) -> Series:
        return Series(metric=temporal_cloud.get(name), where={"temporal_namespace": namespace})

    backlog = level(series("approximate_backlog_count"), reduce="sum", smooth=True)
    nobody = level(series("no_poller_tasks_count"), reduce="sum", smooth=True)
    throttled = level(series("service_request_throttled_count"), reduce="sum", smooth=True)
    failed = level(series("workflow_failed_count"), reduce="sum", smooth=True)
    latency = level(series("service_latency_p99"), reduce="max", by=("operation",))
    return Watch(
        alerts=(
            backlog.alert(
                above=1000,
                lasting=minutes(10),
                name="cloud-backlog",
                severity=AlertSeverity.TICKET,
                summary="Tasks pile up in Temporal Cloud",
                runbook="cloud-backlog",
            ),
            nobody.alert(
                above=0,
                lasting=minutes(5),
                name="cloud-no-pollers",
                severity=AlertSeverity.PAGE,
                summary="Tasks wait in queues that no worker polls",
                runbook="no-pollers",
            ),
            throttled.alert(
                above=0,
                lasting=minutes(5),
                name="cloud-throttled",
                severity=AlertSeverity.TICKET,
                summary="Temporal Cloud refuses requests over the namespace's limit",
                runbook="cloud-throttled",
            ),
        ),
        charts=(
            Chart(title="Backlog", signals=(backlog,)),
            Chart(title="Workflows failed a second", signals=(failed,)),
            Chart(title="Requests throttled a second", signals=(throttled,)),
            Chart(title="Latency of the service, p99 by operation", signals=(latency,)),
        ),
    )
