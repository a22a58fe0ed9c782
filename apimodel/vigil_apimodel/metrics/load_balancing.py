"""Application load balancers: `loadbalancing.googleapis.com/https`, global, regional and internal.

Their `response_code_class` is a number (`500`), not Cloud Run's `5xx`: a filter copied from one to the other matches
nothing.
"""

from dataclasses import dataclass

from vigil_apimodel.metrics.google_table import table
from vigil_apimodel.metrics.model import Metric

_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-loadbalancing"
_CODES = "response_code,response_code_class"
_CLASSES = {"response_code_class": ("0", "100", "200", "300", "400", "500")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerMetrics:
    """The metrics of one kind of application load balancer."""

    resource: str
    """Its type of monitored resource."""
    request_count: Metric
    """Requests that the load balancer answered."""
    request_bytes: Metric
    """Bytes of requests from clients."""
    response_bytes: Metric
    """Bytes of responses to clients."""
    total_latencies: Metric
    """Time from a request to the last byte of its response."""
    backend_request_count: Metric
    """Requests that backends answered."""
    backend_latencies: Metric
    """Time that backends took to answer."""

    @property
    def all(self) -> tuple[Metric, ...]:
        """All of them."""
        return (
            *(self.request_count, self.request_bytes, self.response_bytes, self.total_latencies),
            *(self.backend_request_count, self.backend_latencies),
        )


def _metrics(kind: str, resource: str, client: str, backend: str, *, backends: str, delay: int) -> LoadBalancerMetrics:
    rows = f"""
request_count         delta INT64        1  GA {client} Requests served by the load balancer
request_bytes_count   delta INT64        By GA {client} Bytes of requests from clients
response_bytes_count  delta INT64        By GA {client} Bytes of responses to clients
total_latencies       delta DISTRIBUTION ms GA {client} Time from request to last response byte
backend_request_count delta INT64        1  {backends} {backend} Requests served by backends
backend_latencies     delta DISTRIBUTION ms GA {client} Time that backends took to answer
"""
    prefix = f"loadbalancing.googleapis.com/{kind}"
    whole = _CODES.split(",")
    found = table(prefix, _PAGE, resource, rows, delay=delay, values=_CLASSES, integers=whole)
    return LoadBalancerMetrics(
        resource=resource,
        request_count=found["request_count"],
        request_bytes=found["request_bytes_count"],
        response_bytes=found["response_bytes_count"],
        total_latencies=found["total_latencies"],
        backend_request_count=found["backend_request_count"],
        backend_latencies=found["backend_latencies"],
    )


_GLOBAL = f"load_balancing_scheme,proxy_continent,cache_result,{_CODES}"
GLOBAL = _metrics("https", "https_lb_rule", f"protocol,client_country,{_GLOBAL}", _GLOBAL, backends="GA", delay=210)
"""Global external load balancers, and classic ones."""
REGIONAL = _metrics(
    "https/external/regional",
    "http_external_regional_lb_rule",
    f"protocol,client_country,cache_result,{_CODES}",
    _CODES,
    backends="BETA",
    delay=210,
)
"""Regional external load balancers."""
INTERNAL = _metrics(
    "https/internal",
    "internal_http_lb_rule",
    f"protocol,cache_result,{_CODES}",
    _CODES,
    backends="BETA",
    delay=90,
)
"""Internal load balancers, regional and across regions."""

REQUEST_COUNT = GLOBAL.request_count
REQUEST_BYTES = GLOBAL.request_bytes
RESPONSE_BYTES = GLOBAL.response_bytes
TOTAL_LATENCIES = GLOBAL.total_latencies
BACKEND_REQUEST_COUNT = GLOBAL.backend_request_count
BACKEND_LATENCIES = GLOBAL.backend_latencies

METRICS = (*GLOBAL.all, *REGIONAL.all, *INTERNAL.all)
