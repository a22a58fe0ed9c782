"""Metrics of Temporal's SDKs (Core: Python and others), whose name at the destination depends on the route.

Source: temporalio/sdk-core `crates/sdk-core/src/telemetry/metrics.rs`, `crates/client/src/metrics.rs`; names at the
destination from `prometheus_meter.rs`, `telemetry/otel.rs` and opentelemetry-operations-go's `naming_test.go` (2026).
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from vigil_apimodel.metrics.model import Metric, MetricLabel, Source, ValueType
from vigil_apimodel.metrics.prometheus import metric

_SOURCE = Source(
    "https://github.com/temporalio/sdk-core/blob/master/crates/sdk-core/src/telemetry/metrics.rs", "temporalio 1.31.0"
)
_PREFIX = "temporal_"


class Route(StrEnum):
    """How the SDK's metrics get into Cloud Monitoring."""

    SCRAPE = "scrape"
    """`PrometheusConfig()` with its defaults, scraped by a collector: counters get `_total`, histograms nothing."""
    SCRAPE_SECONDS = "scrape-seconds"
    """`PrometheusConfig(unit_suffix=True, durations_as_seconds=True)`, scraped: durations end in `_seconds`."""
    OTLP = "otlp"
    """`OpenTelemetryConfig` to a collector and `googlemanagedprometheus`: durations end in `_milliseconds`."""
    OTLP_SECONDS = "otlp-seconds"
    """The same with `durations_as_seconds=True`: durations end in `_seconds`."""


class Shape(StrEnum):
    """What the SDK records."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class SdkMetric:
    """A metric of the SDK by its name there, without prefix; histograms are durations."""

    name: str
    shape: Shape
    labels: tuple[str, ...] = ()
    description: str = ""

    def at(self, route: Route) -> Metric:
        """Return the metric as it arrives in Cloud Monitoring by that route."""
        seconds = route in (Route.SCRAPE_SECONDS, Route.OTLP_SECONDS)
        name = _PREFIX + self.name
        unit = "1"
        if self.shape is Shape.HISTOGRAM:
            unit = "s" if seconds else "ms"
            suffix = {Route.SCRAPE: "", Route.OTLP: "_milliseconds"}.get(route, "_seconds")
            name += suffix
        labels = [_LABELS.get(key, MetricLabel(key)) for key in ("namespace", "service_name", *self.labels)]
        return metric(name, self.shape, _SOURCE, *labels, unit=unit, description=self.description, labels_known=False)


_LABELS = MappingProxyType(
    {
        "poller_type": MetricLabel(
            "poller_type", ("workflow_task", "sticky_workflow_task", "activity_task", "nexus_task")
        ),
        "worker_type": MetricLabel(
            "worker_type", ("WorkflowWorker", "ActivityWorker", "LocalActivityWorker", "NexusWorker")
        ),
        "eager": MetricLabel("eager", ("true", "false"), ValueType.BOOL),
    }
)


def _counter(name: str, *labels: str, description: str = "") -> SdkMetric:
    return SdkMetric(name, Shape.COUNTER, labels, description)


def _histogram(name: str, *labels: str, description: str = "") -> SdkMetric:
    return SdkMetric(name, Shape.HISTOGRAM, labels, description)


def _gauge(name: str, *labels: str, description: str = "") -> SdkMetric:
    return SdkMetric(name, Shape.GAUGE, labels, description)


WORKFLOW_COMPLETED = _counter("workflow_completed", "task_queue", "workflow_type")
WORKFLOW_CANCELED = _counter("workflow_canceled", "task_queue", "workflow_type")
WORKFLOW_FAILED = _counter("workflow_failed", "task_queue", "workflow_type")
WORKFLOW_CONTINUE_AS_NEW = _counter("workflow_continue_as_new", "task_queue", "workflow_type")
WORKFLOW_TASK_EXECUTION_FAILED = _counter(
    "workflow_task_execution_failed",
    "task_queue",
    "workflow_type",
    "failure_reason",
    description="failure_reason NonDeterminismError: the code does not replay its history",
)
WORKFLOW_TASK_QUEUE_POLL_EMPTY = _counter("workflow_task_queue_poll_empty", "task_queue")
WORKFLOW_TASK_QUEUE_POLL_SUCCEED = _counter("workflow_task_queue_poll_succeed", "task_queue")
ACTIVITY_POLL_NO_TASK = _counter("activity_poll_no_task", "task_queue")
ACTIVITY_TASK_RECEIVED = _counter("activity_task_received", "task_queue", "activity_type", "eager")
ACTIVITY_EXECUTION_FAILED = _counter(
    "activity_execution_failed", "task_queue", "activity_type", description="Benign failures are not counted"
)
LOCAL_ACTIVITY_TOTAL = _counter("local_activity_total", "task_queue", "activity_type")
LOCAL_ACTIVITY_EXECUTION_FAILED = _counter("local_activity_execution_failed", "task_queue", "activity_type")
LOCAL_ACTIVITY_EXECUTION_CANCELLED = _counter("local_activity_execution_cancelled", "task_queue", "activity_type")
NEXUS_POLL_NO_TASK = _counter("nexus_poll_no_task", "task_queue")
NEXUS_TASK_EXECUTION_FAILED = _counter("nexus_task_execution_failed", "task_queue", "failure_reason")
WORKER_START = _counter("worker_start", "task_queue")
STICKY_CACHE_HIT = _counter("sticky_cache_hit", "task_queue")
STICKY_CACHE_MISS = _counter("sticky_cache_miss", "task_queue")
STICKY_CACHE_TOTAL_FORCED_EVICTION = _counter("sticky_cache_total_forced_eviction", "task_queue")
REQUEST = _counter("request", "operation")
REQUEST_FAILURE = _counter("request_failure", "operation", "status_code")
LONG_REQUEST = _counter("long_request", "operation")
LONG_REQUEST_FAILURE = _counter("long_request_failure", "operation", "status_code")

WORKFLOW_ENDTOEND_LATENCY = _histogram("workflow_endtoend_latency", "task_queue", "workflow_type")
WORKFLOW_TASK_EXECUTION_LATENCY = _histogram("workflow_task_execution_latency", "task_queue", "workflow_type")
WORKFLOW_TASK_REPLAY_LATENCY = _histogram("workflow_task_replay_latency", "task_queue", "workflow_type")
WORKFLOW_TASK_SCHEDULE_TO_START_LATENCY = _histogram(
    "workflow_task_schedule_to_start_latency", "task_queue", description="How long tasks wait for a worker"
)
ACTIVITY_EXECUTION_LATENCY = _histogram("activity_execution_latency", "task_queue", "activity_type")
ACTIVITY_SCHEDULE_TO_START_LATENCY = _histogram("activity_schedule_to_start_latency", "task_queue")
ACTIVITY_SUCCEED_ENDTOEND_LATENCY = _histogram("activity_succeed_endtoend_latency", "task_queue", "activity_type")
LOCAL_ACTIVITY_EXECUTION_LATENCY = _histogram("local_activity_execution_latency", "task_queue", "activity_type")
REQUEST_LATENCY = _histogram("request_latency", "operation")
LONG_REQUEST_LATENCY = _histogram("long_request_latency", "operation")

NUM_POLLERS = _gauge("num_pollers", "task_queue", "poller_type", description="0: no worker asks for tasks")
WORKER_TASK_SLOTS_AVAILABLE = _gauge("worker_task_slots_available", "task_queue", "worker_type")
WORKER_TASK_SLOTS_USED = _gauge("worker_task_slots_used", "task_queue", "worker_type")
STICKY_CACHE_SIZE = _gauge("sticky_cache_size", "task_queue")

SDK_METRICS = (
    WORKFLOW_COMPLETED,
    WORKFLOW_CANCELED,
    WORKFLOW_FAILED,
    WORKFLOW_CONTINUE_AS_NEW,
    WORKFLOW_TASK_EXECUTION_FAILED,
    WORKFLOW_TASK_QUEUE_POLL_EMPTY,
    WORKFLOW_TASK_QUEUE_POLL_SUCCEED,
    ACTIVITY_POLL_NO_TASK,
    ACTIVITY_TASK_RECEIVED,
    ACTIVITY_EXECUTION_FAILED,
    LOCAL_ACTIVITY_TOTAL,
    LOCAL_ACTIVITY_EXECUTION_FAILED,
    LOCAL_ACTIVITY_EXECUTION_CANCELLED,
    NEXUS_POLL_NO_TASK,
    NEXUS_TASK_EXECUTION_FAILED,
    WORKER_START,
    STICKY_CACHE_HIT,
    STICKY_CACHE_MISS,
    STICKY_CACHE_TOTAL_FORCED_EVICTION,
    REQUEST,
    REQUEST_FAILURE,
    LONG_REQUEST,
    LONG_REQUEST_FAILURE,
    WORKFLOW_ENDTOEND_LATENCY,
    WORKFLOW_TASK_EXECUTION_LATENCY,
    WORKFLOW_TASK_REPLAY_LATENCY,
    WORKFLOW_TASK_SCHEDULE_TO_START_LATENCY,
    ACTIVITY_EXECUTION_LATENCY,
    ACTIVITY_SCHEDULE_TO_START_LATENCY,
    ACTIVITY_SUCCEED_ENDTOEND_LATENCY,
    LOCAL_ACTIVITY_EXECUTION_LATENCY,
    REQUEST_LATENCY,
    LONG_REQUEST_LATENCY,
    NUM_POLLERS,
    WORKER_TASK_SLOTS_AVAILABLE,
    WORKER_TASK_SLOTS_USED,
    STICKY_CACHE_SIZE,
)
METRICS = tuple({known.type: known for sdk in SDK_METRICS for known in (sdk.at(route) for route in Route)}.values())
"""Each metric by each route."""
