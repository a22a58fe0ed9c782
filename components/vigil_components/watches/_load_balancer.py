"""Application load balancers: errors and latency as clients see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vigil_apimodel.metrics import load_balancing
from vigil_components.arguments import Name, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, growth_ratio, series_quantile
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, series


@validated
def url_map(name: Name) -> MonitoredResource:
    """Return the URL map of a global external application load balancer, or a classic one, as a source."""
    return MonitoredResource(name=name, id=id_of(name), type="https_lb_rule", labels={"url_map_name": name})


@validated
def regional_url_map(name: Name, *, region: Name, internal: bool = False) -> MonitoredResource:
    """Return the URL map of a regional application load balancer as a source, external or `internal`."""
    kind = load_balancing.INTERNAL if internal else load_balancing.REGIONAL
    return MonitoredResource(
        name=name, id=id_of(name), type=kind.resource, labels={"url_map_name": name, "region": region}
    )


_BY_RESOURCE: Mapping[str, load_balancing.LoadBalancerMetrics] = MappingProxyType(
    {kind.resource: kind for kind in (load_balancing.GLOBAL, load_balancing.REGIONAL, load_balancing.INTERNAL)}
)


@validated
@dataclass(frozen=True, kw_only=True)
class LoadBalancerLimits:
    """What a load balancer's clients may see before somebody is notified."""

    error_ratio: Share = 0.05
    """Part of the requests answered with 5xx. Default: 5 %, one failed click in twenty."""
    backend_error_ratio: Share = 0.05
    """Part of one backend's requests answered with 5xx. Default: 5 %, as in Google's sample for GKE ingress."""
    p95_milliseconds: Positive = 2000
    """Milliseconds that one request in twenty may exceed. Default: 2,000, when people begin to leave."""
    backend_p95_milliseconds: Positive = 1500
    """The same for the backends alone. Default: 1,500, which distinguishes a slow backend from a slow network."""


@validated
def load_balancer(source: MonitoredResource, limits: LoadBalancerLimits | None = None) -> Watch:
    """Return what an application load balancer is watched for: global or regional, external or internal.

    Raises ValueError for any other source.
    """
    metrics = _BY_RESOURCE.get(source.type)
    if metrics is None:
        raise ValueError(f"source is a {source.type}; give url_map(...) or regional_url_map(...)")
    chosen = limits or LoadBalancerLimits()
    bad = {"response_code_class": "500"}
    errors = growth_ratio(series(source, metrics.request_count, bad), of=series(source, metrics.request_count))
    backends = ("backend_target_name",)
    failing = growth_ratio(
        series(source, metrics.backend_request_count, bad),
        of=series(source, metrics.backend_request_count),
        by=backends,
    )
    slow = series_quantile(0.95, series(source, metrics.total_latencies))
    backend = series_quantile(0.95, series(source, metrics.backend_latencies))
    return Watch(
        alerts=(
            errors.alert(
                above=chosen.error_ratio,
                lasting=minutes(2),
                name="lb-errors",
                severity=AlertSeverity.PAGE,
                summary="The load balancer answers with errors",
                runbook="google-cloud/lb-errors",
            ),
            failing.alert(
                above=chosen.backend_error_ratio,
                lasting=minutes(2),
                name="lb-backend-errors",
                severity=AlertSeverity.PAGE,
                summary="A backend of the load balancer answers with errors",
                runbook="google-cloud/lb-errors",
            ),
            slow.alert(
                above=chosen.p95_milliseconds,
                lasting=minutes(5),
                name="lb-latency",
                severity=AlertSeverity.TICKET,
                summary="Answers through the load balancer are slow",
                runbook="google-cloud/lb-latency",
            ),
            backend.alert(
                above=chosen.backend_p95_milliseconds,
                lasting=minutes(5),
                name="lb-backend-latency",
                severity=AlertSeverity.TICKET,
                summary="The backends answer slowly",
                runbook="google-cloud/lb-latency",
            ),
        ),
        charts=(
            Chart(
                title="Requests by backend, in five minutes",
                signals=(growth(series(source, metrics.backend_request_count), by=backends),),
            ),
            Chart(
                title="Requests by class of the answer, in five minutes",
                signals=(growth(series(source, metrics.request_count), by=("response_code_class",)),),
            ),
        ),
    )
