"""Cloud Logging's own metrics, and those made from logs: `logging.googleapis.com`."""

from collections.abc import Sequence

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

_PREFIX = "logging.googleapis.com/"
_PAGE = "https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-logging"
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")


def _metric(
    name: str,
    kind: Kind,
    value_type: ValueType,
    unit: str,
    *labels: str | MetricLabel,
    resources: tuple[str, ...] = (),
    description: str = "",
    delay: int = 0,
    deprecated: str = "",
) -> Metric:
    found = tuple(MetricLabel(label) if isinstance(label, str) else label for label in labels)
    return Metric(
        _PREFIX + name,
        kind,
        value_type,
        unit,
        Source(_PAGE, "2026"),
        found,
        resources,
        description,
        delay=delay,
        deprecated=deprecated,
    )


_SEVERITY = MetricLabel("severity", _SEVERITIES)
_LOG = MetricLabel("log", description="Name of the log")

BYTE_COUNT = _metric(
    "byte_count", Kind.DELTA, ValueType.INT64, "By", _LOG, _SEVERITY, description="Bytes stored in at least one bucket"
)
LOG_ENTRY_COUNT = _metric(
    "log_entry_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    _LOG,
    _SEVERITY,
    description="Entries stored in at least one bucket; excluded ones are not counted",
)
LOGS_BASED_METRICS_ERROR_COUNT = _metric(
    "logs_based_metrics_error_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    _LOG,
    description="Entries stored but left out of metrics: older than 24 hours or more than 10 minutes in the future",
)
DROPPED_LOG_ENTRY_COUNT = _metric(
    "dropped_log_entry_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    _LOG,
    deprecated="use logging.googleapis.com/logs_based_metrics_error_count",
)
EXPORTS_BYTE_COUNT = _metric(
    "exports/byte_count", Kind.DELTA, ValueType.INT64, "By", resources=("logging_sink",), delay=420
)
EXPORTS_LOG_ENTRY_COUNT = _metric(
    "exports/log_entry_count", Kind.DELTA, ValueType.INT64, "1", resources=("logging_sink",), delay=420
)
EXPORTS_ERROR_COUNT = _metric(
    "exports/error_count",
    Kind.DELTA,
    ValueType.INT64,
    "1",
    resources=("logging_sink",),
    description="Entries that a sink could not write: its destination or its permissions are broken",
    delay=420,
)
METRIC_THROTTLED = _metric(
    "metric_throttled",
    Kind.GAUGE,
    ValueType.BOOL,
    "",
    resources=("metric",),
    description="Points or labels are dropped: the metric has too many time series",
    delay=270,
)
METRIC_LABEL_THROTTLED = _metric(
    "metric_label_throttled", Kind.GAUGE, ValueType.BOOL, "", "label", resources=("metric",), delay=270
)
METRIC_LABEL_CARDINALITY = _metric(
    "metric_label_cardinality", Kind.GAUGE, ValueType.INT64, "1", "label", resources=("metric",), delay=270
)
TIME_SERIES_COUNT = _metric(
    "time_series_count",
    Kind.GAUGE,
    ValueType.INT64,
    "1",
    resources=("metric",),
    description="Active time series of a log-based metric, estimated over about 25 hours",
    delay=270,
)
BYTES_INGESTED = _metric(
    "billing/bytes_ingested",
    Kind.DELTA,
    ValueType.INT64,
    "By",
    "resource_type",
    resources=("global",),
    description="Billed bytes, for a budget by resource type",
    delay=300,
)
MONTHLY_BYTES_INGESTED = _metric(
    "billing/monthly_bytes_ingested",
    Kind.GAUGE,
    ValueType.INT64,
    "By",
    "resource_type",
    resources=("global",),
    delay=6_000,
)
LOG_BUCKET_BYTES_INGESTED = _metric(
    "billing/log_bucket_bytes_ingested",
    Kind.DELTA,
    ValueType.INT64,
    "By",
    "log_source",
    "resource_type",
    "log_bucket_location",
    "log_bucket_id",
    resources=("global",),
    delay=300,
)
BYTES_STORED = _metric(
    "billing/bytes_stored",
    Kind.GAUGE,
    ValueType.INT64,
    "By",
    "data_type",
    "log_bucket_location",
    "log_bucket_id",
    resources=("global",),
    delay=300,
)

METRICS = (
    BYTE_COUNT,
    LOG_ENTRY_COUNT,
    LOGS_BASED_METRICS_ERROR_COUNT,
    DROPPED_LOG_ENTRY_COUNT,
    EXPORTS_BYTE_COUNT,
    EXPORTS_LOG_ENTRY_COUNT,
    EXPORTS_ERROR_COUNT,
    METRIC_THROTTLED,
    METRIC_LABEL_THROTTLED,
    METRIC_LABEL_CARDINALITY,
    TIME_SERIES_COUNT,
    BYTES_INGESTED,
    MONTHLY_BYTES_INGESTED,
    LOG_BUCKET_BYTES_INGESTED,
    BYTES_STORED,
)

USER_PREFIX = _PREFIX + "user/"
_USER_SOURCE = Source("https://cloud.google.com/logging/docs/logs-based-metrics/labels", "2026")


def user_metric(
    name: str,
    *,
    value_type: ValueType = ValueType.INT64,
    unit: str = "1",
    labels: Sequence[MetricLabel] = (),
    resources: Sequence[str] = (),
) -> Metric:
    """Return a metric made from logs, by its id: kind DELTA, written against the log entry's resource.

    Besides its own labels it has `log`, the name of the log. Raises ValueError for a value type that metrics from logs
    do not have.
    """
    if value_type not in (ValueType.INT64, ValueType.DISTRIBUTION):
        raise ValueError(f"value_type {value_type}: metrics from logs are INT64 or DISTRIBUTION")
    return Metric(
        USER_PREFIX + name,
        Kind.DELTA,
        value_type,
        unit,
        _USER_SOURCE,
        (*labels, _LOG),
        tuple(resources),
    )
