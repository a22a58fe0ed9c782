"""Uptime checks and the cost of metrics: `monitoring.googleapis.com`. Uptime points are visible within 35 seconds."""

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

_PAGE = "https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-monitoring"
_PREFIX = "monitoring.googleapis.com/"
UPTIME_CHECK = f"{_PREFIX}uptime_check/"
"""What the types of all metrics that checks write begin with."""

_LABELS = (
    MetricLabel("check_id"),
    MetricLabel("checker_location"),
    MetricLabel("checker_project_id"),
    MetricLabel("checker_network"),
    MetricLabel("checker_zone"),
    MetricLabel("checked_resource_id"),
)
_RESOURCES = (
    "aws_ec2_instance",
    "cloud_run_revision",
    "gae_app",
    "gce_instance",
    "k8s_service",
    "servicedirectory_service",
    "uptime_url",
)


def _check(name: str, value_type: ValueType, unit: str, description: str) -> Metric:
    return Metric(
        f"{UPTIME_CHECK}{name}",
        Kind.GAUGE,
        value_type,
        unit,
        Source(_PAGE, "2026"),
        _LABELS,
        _RESOURCES,
        description,
        delay=35,
    )


CHECK_PASSED = _check(
    "check_passed",
    ValueType.BOOL,
    "",
    "Whether the check passed; count failures with ALIGN_NEXT_OLDER, REDUCE_COUNT_FALSE",
)
CONTENT_MISMATCH = _check("content_mismatch", ValueType.BOOL, "", "Whether the required content was missing")
ERROR_CODE = _check("error_code", ValueType.STRING, "", "What prevented contact")
HTTP_STATUS = _check("http_status", ValueType.STRING, "", "The response's status")
REQUEST_LATENCY = _check("request_latency", ValueType.DOUBLE, "ms", "Latency of the check's request")
TIME_UNTIL_SSL_CERT_EXPIRES = _check(
    "time_until_ssl_cert_expires", ValueType.DOUBLE, "d", "Days (not seconds) until the certificate expires"
)
NUM_TIME_SERIES = Metric(
    f"{_PREFIX}stats/num_time_series",
    Kind.GAUGE,
    ValueType.INT64,
    "1",
    Source(_PAGE, "2026"),
    (MetricLabel("prefix", ("custom.googleapis.com", "logging.googleapis.com/user")),),
    ("global",),
    "Active time series of user-defined metrics",
    delay=60,
)
BYTES_INGESTED = Metric(
    f"{_PREFIX}billing/bytes_ingested",
    Kind.DELTA,
    ValueType.INT64,
    "By",
    Source(_PAGE, "2026"),
    (MetricLabel("metric_domain"), MetricLabel("metric_type"), MetricLabel("resource_type")),
    ("global",),
    "Billed bytes of metric data",
    delay=1_020,
)

METRICS = (
    CHECK_PASSED,
    CONTENT_MISMATCH,
    ERROR_CODE,
    HTTP_STATUS,
    REQUEST_LATENCY,
    TIME_UNTIL_SSL_CERT_EXPIRES,
    NUM_TIME_SERIES,
    BYTES_INGESTED,
)
