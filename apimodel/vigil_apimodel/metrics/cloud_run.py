"""Cloud Run: `run.googleapis.com`. Sampled every 60 seconds, visible up to 120 seconds later."""

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

_CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
_SERVICES = ("cloud_run_revision",)
_ALL = ("cloud_run_job", "cloud_run_revision", "cloud_run_worker_pool")
_PROBED = ("cloud_run_revision", "cloud_run_worker_pool")
_DELAY = 120


def _source(name: str, note: str = "") -> Source:
    return Source(f"https://cloud.google.com/monitoring/api/metrics_gcp_p_z#run/{name}", "2026-04", note)


def _metric(
    name: str,
    kind: Kind,
    value_type: ValueType,
    unit: str,
    *labels: MetricLabel,
    resources: tuple[str, ...] = _SERVICES,
    description: str = "",
    stage: str = "GA",
    note: str = "",
) -> Metric:
    return Metric(
        f"run.googleapis.com/{name}",
        kind,
        value_type,
        unit,
        _source(name, note),
        labels,
        resources,
        description,
        delay=_DELAY,
        stage=stage,
    )


_CODE = MetricLabel("response_code")
_CLASS = MetricLabel("response_code_class", _CLASSES)
_ROUTE = MetricLabel("route")
_STATE = MetricLabel("state", ("active", "idle"))
_CONTAINER = MetricLabel("container_name")
_THROTTLED = (MetricLabel("network"), MetricLabel("transport"), MetricLabel("type"))
_PROBE = (
    MetricLabel("probe_action"),
    MetricLabel("is_healthy", ("true", "false"), ValueType.BOOL),
    _CONTAINER,
    MetricLabel("is_default", ("true", "false"), ValueType.BOOL),
    MetricLabel("probe_type"),
)
REQUEST_COUNT = _metric(
    "request_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    _CODE,
    _CLASS,
    _ROUTE,
    description="Requests that reached a container, counted at their end; not those refused before (auth, no instance)",
)
REQUEST_LATENCIES = _metric(
    "request_latencies",
    Kind.DELTA,
    ValueType.DISTRIBUTION,
    "ms",
    _CODE,
    _CLASS,
    _ROUTE,
    description="Time from a request's arrival at the container to the end of its response, without container start",
)
CPU_UTILIZATIONS = _metric(
    "container/cpu/utilizations",
    Kind.DELTA,
    ValueType.DISTRIBUTION,
    "10^2.%",
    resources=_ALL,
    description="Share of the CPU limit in use (0 to 1), over instances",
)
MEMORY_UTILIZATIONS = _metric(
    "container/memory/utilizations",
    Kind.DELTA,
    ValueType.DISTRIBUTION,
    "10^2.%",
    resources=_ALL,
    description="Share of the memory limit in use (0 to 1), over instances",
)
INSTANCE_COUNT = _metric(
    "container/instance_count",
    Kind.GAUGE,
    ValueType.INT64,
    "1",
    _STATE,
    resources=_PROBED,
    description="Container instances by state",
)
CONTAINERS = _metric(
    "container/containers",
    Kind.GAUGE,
    ValueType.INT64,
    "1",
    _CONTAINER,
    MetricLabel("state"),
    resources=_ALL,
    description="Containers by state",
)
BILLABLE_INSTANCE_TIME = _metric(
    "container/billable_instance_time",
    Kind.DELTA,
    ValueType.DOUBLE,
    "s",
    resources=_ALL,
    description="Billable time of all instances",
)
MAX_REQUEST_CONCURRENCIES = _metric(
    "container/max_request_concurrencies",
    Kind.DELTA,
    ValueType.DISTRIBUTION,
    "1",
    _STATE,
    description="Most concurrent requests that each instance served",
)
STARTUP_LATENCIES = _metric(
    "container/startup_latencies",
    Kind.DELTA,
    ValueType.DISTRIBUTION,
    "ms",
    resources=_ALL,
    description="Time that a new instance took to start",
    stage="BETA",
)
RECEIVED_BYTES = _metric(
    "container/network/received_bytes_count", Kind.DELTA, ValueType.INT64, "By", MetricLabel("kind"), resources=_ALL
)
SENT_BYTES = _metric(
    "container/network/sent_bytes_count", Kind.DELTA, ValueType.INT64, "By", MetricLabel("kind"), resources=_ALL
)
THROTTLED_INBOUND_BYTES = _metric(
    "container/network/throttled_inbound_bytes_count",
    Kind.DELTA,
    ValueType.INT64,
    "By",
    *_THROTTLED,
    resources=_ALL,
    stage="BETA",
)
THROTTLED_OUTBOUND_BYTES = _metric(
    "container/network/throttled_outbound_bytes_count",
    Kind.DELTA,
    ValueType.INT64,
    "By",
    *_THROTTLED,
    resources=_ALL,
    stage="BETA",
)
COMPLETED_PROBES = _metric(
    "container/completed_probe_count", Kind.DELTA, ValueType.INT64, "1", *_PROBE, resources=_PROBED
)
COMPLETED_PROBE_ATTEMPTS = _metric(
    "container/completed_probe_attempt_count", Kind.DELTA, ValueType.INT64, "1", *_PROBE, resources=_PROBED
)
PROBE_LATENCIES = _metric(
    "container/probe_latencies", Kind.DELTA, ValueType.DISTRIBUTION, "ms", *_PROBE, resources=_PROBED
)
PROBE_ATTEMPT_LATENCIES = _metric(
    "container/probe_attempt_latencies", Kind.DELTA, ValueType.DISTRIBUTION, "ms", *_PROBE, resources=_PROBED
)
PENDING_REQUESTS = _metric(
    "pending_queue/pending_requests",
    Kind.GAUGE,
    ValueType.INT64,
    "1",
    description="Requests that wait for an instance",
    stage="ALPHA",
)
CPU_ALLOCATION_TIME = _metric(
    "container/cpu/allocation_time",
    Kind.DELTA,
    ValueType.DOUBLE,
    "s{CPU}",
    resources=_ALL,
    description="CPU time allocated to containers, for cost",
)
MEMORY_ALLOCATION_TIME = _metric(
    "container/memory/allocation_time",
    Kind.DELTA,
    ValueType.DOUBLE,
    "GiBy.s",
    resources=_ALL,
    description="Memory time allocated to containers, for cost",
)
COMPLETED_TASK_ATTEMPTS = _metric(
    "job/completed_task_attempt_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    MetricLabel("result", ("succeeded", "failed")),
    MetricLabel("attempt", value_type=ValueType.INT64),
    resources=("cloud_run_job",),
    description="Task attempts of jobs by result",
    note="the label's values were read from public alert policies",
)
COMPLETED_EXECUTIONS = _metric(
    "job/completed_execution_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    MetricLabel("result", ("succeeded", "failed")),
    resources=("cloud_run_job",),
    description="Executions of jobs by result",
    note="the label's values are those of task attempts",
)

METRICS = (
    CPU_ALLOCATION_TIME,
    MEMORY_ALLOCATION_TIME,
    COMPLETED_TASK_ATTEMPTS,
    COMPLETED_EXECUTIONS,
    REQUEST_COUNT,
    REQUEST_LATENCIES,
    CPU_UTILIZATIONS,
    MEMORY_UTILIZATIONS,
    INSTANCE_COUNT,
    CONTAINERS,
    BILLABLE_INSTANCE_TIME,
    MAX_REQUEST_CONCURRENCIES,
    STARTUP_LATENCIES,
    RECEIVED_BYTES,
    SENT_BYTES,
    THROTTLED_INBOUND_BYTES,
    THROTTLED_OUTBOUND_BYTES,
    COMPLETED_PROBES,
    COMPLETED_PROBE_ATTEMPTS,
    PROBE_LATENCIES,
    PROBE_ATTEMPT_LATENCIES,
    PENDING_REQUESTS,
)
