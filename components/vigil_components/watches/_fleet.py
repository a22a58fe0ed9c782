"""Many Cloud Run services, or one in many regions, under one policy each: what fails gets its own incident."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vigil_apimodel import lql
from vigil_apimodel.metrics import cloud_run as metrics
from vigil_components.arguments import Name, refuse_twice, validated
from vigil_components.charts import Chart
from vigil_components.conditions import AlertSpec
from vigil_components.durations import minutes
from vigil_components.log_lines import LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, growth, growth_ratio, series_quantile
from vigil_components.signals.counters import CounterRatio
from vigil_components.sources import MonitoredResource, Origin
from vigil_components.watch import Watch
from vigil_components.watches import _cloud_run as run
from vigil_components.watches._cloud_run import CloudRunLimits
from vigil_components.watches._shared import Share, id_of, series

_SERVICE = ("service_name",)
"""Label that distinguishes the services."""


@validated
@dataclass(frozen=True, kw_only=True)
class CloudRunFleet(MonitoredResource):
    """Many Cloud Run services of a region as one source."""

    type: Literal["cloud_run_revision"] = "cloud_run_revision"
    """Type of the monitored resource."""
    services: tuple[Name, ...] = ()
    """Names of the services. Default: all services of the region."""

    def __post_init__(self) -> None:
        """Refuse a service that is named twice. Raises ValueError."""
        MonitoredResource.__post_init__(self)
        refuse_twice("services", self.services)

    @property
    def entry_filter(self) -> lql.Expr:
        """Entries of these services."""
        names = [lql.eq(f"resource.labels.{_SERVICE[0]}", name) for name in self.services]
        return lql.all_of(super().entry_filter, *((lql.any_of(names),) if names else ()))

    @property
    def origin(self) -> Origin:
        """A revision of the first service."""
        service = self.services[0] if self.services else "any"
        labels = {**self.labels, _SERVICE[0]: service, "revision_name": f"{service}-00001"}
        return Origin(resource=self.type, labels=labels, writer=service)


@validated
def cloud_run_fleet(name: Name = "fleet", *, location: Name, services: Sequence[Name] = ()) -> CloudRunFleet:
    """Return Cloud Run services of a region as one source; `name` is what it is called in alerts.

    `services` are their names. Default: all services of the region, those of other programs among them.
    """
    return CloudRunFleet(name=name, id=id_of(name), labels={"location": location}, services=tuple(services))


def _failing(source: MonitoredResource, *, by: tuple[str, ...] = ()) -> CounterRatio:
    """Return the part of the requests that are answered with 5xx."""
    failed = series(source, metrics.REQUEST_COUNT, {"response_code_class": "5xx"})
    return growth_ratio(failed, of=series(source, metrics.REQUEST_COUNT), by=by)


@validated
def fleet_health(
    source: MonitoredResource, limits: CloudRunLimits | None = None, *, error_ratio: Share = 0.05
) -> Watch:
    """Return what all services of a fleet are watched for, an incident for each that fails.

    Ten policies with a condition each and six metrics made from logs, however many services there are: a project may
    have 500 policies and 500 such metrics. Default of `error_ratio`: 5 % of the requests answered with 5xx.
    """
    chosen = limits or CloudRunLimits()
    requests = growth(series(source, metrics.REQUEST_COUNT), by=_SERVICE)
    errors = _failing(source, by=_SERVICE).alert(
        above=error_ratio,
        lasting=minutes(2),
        name="fleet-errors",
        severity=AlertSeverity.PAGE,
        summary="A service answers with errors",
        runbook="google-cloud/run-crashed",
    )
    return Watch(
        alerts=(errors, *_of_instances(source, chosen), *_of_lines(chosen)),
        charts=(Chart(title="Requests by service", signals=(requests,)),),
    )


def _of_instances(source: MonitoredResource, limits: CloudRunLimits) -> Iterator[AlertSpec]:
    """Yield the alerts on what Cloud Run measures of each instance."""
    yield series_quantile(0.99, series(source, metrics.MEMORY_UTILIZATIONS), by=_SERVICE).alert(
        above=limits.memory,
        lasting=minutes(10),
        name="fleet-memory",
        severity=AlertSeverity.TICKET,
        summary="Instances of a service nearly reach their memory limit",
        runbook="google-cloud/run-memory",
    )
    yield series_quantile(0.99, series(source, metrics.CPU_UTILIZATIONS), by=_SERVICE).alert(
        above=limits.cpu,
        lasting=minutes(15),
        name="fleet-cpu",
        severity=AlertSeverity.TICKET,
        summary="Instances of a service use all the CPU that they may",
        runbook="google-cloud/run-cpu",
    )
    yield series_quantile(0.95, series(source, metrics.STARTUP_LATENCIES), by=_SERVICE).alert(
        above=limits.startup_milliseconds,
        lasting=minutes(10),
        name="fleet-slow-start",
        severity=AlertSeverity.TICKET,
        summary="Instances of a service start slowly",
        runbook="google-cloud/run-slow-start",
    )


def _of_lines(limits: CloudRunLimits) -> Iterator[AlertSpec]:
    """Yield the alerts on what Cloud Run logs about a service."""
    yield _counted(
        run.NOT_READY, "fleet-not-ready", "A new revision of a service does not become ready", "run-not-ready"
    )
    yield _counted(
        run.NOT_STARTED,
        "fleet-not-started",
        "Instances of a service do not pass their startup probe",
        "run-not-ready",
        above=limits.failed_starts,
    )
    yield _counted(
        run.EXITED, "fleet-exited", "Containers of a service end with an error", "run-crashed", above=limits.exits
    )
    yield _counted(
        run.NO_INSTANCE,
        "fleet-no-instance",
        "Requests to a service are refused because no instance is available",
        "run-no-instance",
    )
    yield _counted(
        run.KILLED_FOR_MEMORY,
        "fleet-out-of-memory",
        "Instances of a service are killed because they use too much memory",
        "run-memory",
    )
    yield _counted(
        run.CRASHED,
        "fleet-crashed",
        "A container of a service died of a signal",
        "run-crashed",
        severity=AlertSeverity.TICKET,
    )


def _counted(
    lines: LogLines,
    name: str,
    summary: str,
    runbook: str,
    *,
    above: float = 0,
    severity: AlertSeverity = AlertSeverity.PAGE,
) -> AlertSpec:
    """Return the alert on entries of one meaning, an incident for each service that writes them."""
    return count(lines, by=_SERVICE, window=minutes(10)).alert(
        above=above,
        lasting=minutes(1 if above else 0),  # a count at the limit shows as a little more every other minute
        name=name,
        severity=severity,
        summary=summary,
        runbook=f"google-cloud/{runbook}",
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
