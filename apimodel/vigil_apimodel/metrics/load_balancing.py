"""External HTTP(S) load balancers: `loadbalancing.googleapis.com/https`.

Their `response_code_class` is a number (`500`), not Cloud Run's `5xx`: a filter copied from one to the other matches
nothing.
"""

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

_LABELS = (
    MetricLabel("protocol"),
    MetricLabel("response_code", value_type=ValueType.INT64),
    MetricLabel("load_balancing_scheme"),
    MetricLabel("response_code_class", ("0", "100", "200", "300", "400", "500"), ValueType.INT64),
    MetricLabel("proxy_continent"),
    MetricLabel("cache_result"),
    MetricLabel("client_country"),
)


def _metric(name: str, value_type: ValueType, unit: str, description: str) -> Metric:
    source = Source(f"https://cloud.google.com/monitoring/api/metrics_gcp_i_o#loadbalancing/https/{name}", "2026")
    return Metric(
        f"loadbalancing.googleapis.com/https/{name}",
        Kind.DELTA,
        value_type,
        unit,
        source,
        _LABELS,
        ("https_lb_rule",),
        description,
    )


REQUEST_COUNT = _metric("request_count", ValueType.INT64, "1", "Requests served by the load balancer")
REQUEST_BYTES = _metric("request_bytes_count", ValueType.INT64, "By", "Bytes of requests from clients")
RESPONSE_BYTES = _metric("response_bytes_count", ValueType.INT64, "By", "Bytes of responses to clients")
TOTAL_LATENCIES = _metric("total_latencies", ValueType.DISTRIBUTION, "ms", "Time from request to last response byte")

BACKEND_REQUEST_COUNT = _metric("backend_request_count", ValueType.INT64, "1", "Requests served by backends")
BACKEND_LATENCIES = _metric("backend_latencies", ValueType.DISTRIBUTION, "ms", "Time that backends took to answer")

METRICS = (
    REQUEST_COUNT,
    REQUEST_BYTES,
    RESPONSE_BYTES,
    TOTAL_LATENCIES,
    BACKEND_REQUEST_COUNT,
    BACKEND_LATENCIES,
)
