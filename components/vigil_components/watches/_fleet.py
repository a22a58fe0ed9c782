"""Many Cloud Run services, or one in many regions, under one policy each: what fails gets its own incident."""

from vigil_apimodel.metrics import cloud_run as metrics
from vigil_components.arguments import Name, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, growth_ratio, series_quantile
from vigil_components.signals.counters import CounterRatio
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._cloud_run import CloudRunLimits
from vigil_components.watches._shared import Share, id_of, series


@validated
def cloud_run_fleet(name: Name = "fleet", *, location: Name) -> MonitoredResource:
    """Return all Cloud Run services of a region as one source; `name` is what it is called in alerts."""
    return MonitoredResource(name=name, id=id_of(name), type="cloud_run_revision", labels={"location": location})


def _failing(source: MonitoredResource, *, by: tuple[str, ...] = ()) -> CounterRatio:
    """Return the part of the requests that are answered with 5xx."""
    failed = series(source, metrics.REQUEST_COUNT, {"response_code_class": "5xx"})
    return growth_ratio(failed, of=series(source, metrics.REQUEST_COUNT), by=by)


@validated
def fleet_health(
    source: MonitoredResource, limits: CloudRunLimits | None = None, *, error_ratio: Share = 0.05
) -> Watch:
    """Return what all services of a fleet are watched for, an incident for each that fails.

    Three policies with a condition each, however many services there are: Monitoring bills and limits conditions, and
    allows 500 policies in a project. Default of `error_ratio`: 5 % of the requests answered with 5xx.
    """
    chosen = limits or CloudRunLimits()
    service = ("service_name",)
    failing = _failing(source, by=service)
    memory = series_quantile(0.99, series(source, metrics.MEMORY_UTILIZATIONS), by=service)
    start = series_quantile(0.95, series(source, metrics.STARTUP_LATENCIES), by=service)
    return Watch(
        alerts=(
            failing.alert(
                above=error_ratio,
                lasting=minutes(2),
                name="fleet-errors",
                severity=AlertSeverity.PAGE,
                summary="A service answers with errors",
                runbook="google-cloud/run-crashed",
            ),
            memory.alert(
                above=chosen.memory,
                lasting=minutes(10),
                name="fleet-memory",
                severity=AlertSeverity.TICKET,
                summary="Instances of a service nearly reach their memory limit",
                runbook="google-cloud/run-memory",
            ),
            start.alert(
                above=chosen.startup_milliseconds,
                lasting=minutes(10),
                name="fleet-slow-start",
                severity=AlertSeverity.TICKET,
                summary="Instances of a service start slowly",
                runbook="google-cloud/run-slow-start",
            ),
        ),
        charts=(
            Chart(title="Requests by service", signals=(growth(series(source, metrics.REQUEST_COUNT), by=service),)),
        ),
    )


@validated
def cloud_run_regions(name: Name) -> MonitoredResource:
    """Return one Cloud Run service in all the regions that it runs in, as one source."""
    return MonitoredResource(
        name=name, id=id_of(f"{name}-regions"), type="cloud_run_revision", labels={"service_name": name}
    )


@validated
def regions_health(source: MonitoredResource, *, region_ratio: Share = 0.1, ratio: Share = 0.05) -> Watch:
    """Return what a service in several regions is watched for: each region, and all of them combined.

    A region that fails gets its own incident, by its name. Default of `region_ratio`: 10 % of a region's requests
    answered with 5xx, as users may be sent to another. Default of `ratio`: 5 % of all requests.
    """
    requests = series(source, metrics.REQUEST_COUNT)
    region = ("location",)
    return Watch(
        alerts=(
            _failing(source, by=region).alert(
                above=region_ratio,
                lasting=minutes(2),
                name="region-errors",
                severity=AlertSeverity.TICKET,
                summary="A service answers with errors in a region",
                runbook="google-cloud/run-crashed",
            ),
            _failing(source).alert(
                above=ratio,
                lasting=minutes(2),
                name="all-regions-errors",
                severity=AlertSeverity.PAGE,
                summary="A service answers with errors, all regions together",
                runbook="google-cloud/run-crashed",
            ),
        ),
        charts=(Chart(title="Requests by region", signals=(growth(requests, by=region),)),),
    )
