"""The system, put together from components: what is monitored, by which alerts, and who is told."""

from collections.abc import Mapping

import pulumi

from infra.settings import Settings
from vigil_apimodel import lql
from vigil_components import (
    Alarm,
    BucketDestination,
    Chart,
    CloudRunService,
    LogBucket,
    LogBucketArgs,
    Routing,
    RoutingArgs,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Sinks,
    SinksArgs,
    SinkSpec,
    Surroundings,
    minutes,
    rate,
    ratio,
)
from vigil_telemetry import HttpRequestCompleted, HttpRequestFailed, ServiceStarted


class System(pulumi.ComponentResource):
    """The observability of all parts, for one environment."""

    TYPE = "vigil:infra:System"

    links: Mapping[str, pulumi.Input[str]]
    """Where to look, by name: the stack's outputs."""

    def __init__(self, name: str, settings: Settings, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register everything that ``settings`` describes."""
        super().__init__(
            "vigil:infra:System", name, {"environment": settings.stack, "logLevel": settings.log_level}, opts
        )
        child = pulumi.ResourceOptions(parent=self)
        self._store_logs(name, settings)
        routing = Routing(
            f"{name}-routing",
            RoutingArgs(
                project=settings.project,
                environment=settings.stack,
                pages=settings.pages,
                teams=[settings.team(team) for team in sorted(settings.teams)],
            ),
            opts=child,
        )
        surroundings = Surroundings(
            project=settings.project,
            environment=settings.stack,
            routing=routing,
            runbooks_url=settings.runbooks_url,
        )
        api = ServiceMonitoring(f"{name}-api", api_monitoring(settings, surroundings), opts=child)
        self.links = {"apiDashboard": api.dashboard.url, "logLevel": settings.log_level}
        self.register_outputs(dict(self.links))

    def _store_logs(self, name: str, settings: Settings) -> None:
        """One bucket for the application's lines, with this environment's retention, and the sink that fills it."""
        bucket = LogBucket(
            f"{name}-logs",
            LogBucketArgs(
                project=settings.project,
                bucket_id="app-logs",
                location=settings.location,
                retention_days=settings.retention_days,
                indexed_fields=("jsonPayload.event", "jsonPayload.correlation_id", "jsonPayload.request_id"),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=settings.protect_data or None),
        )
        Sinks(
            f"{name}-sinks",
            SinksArgs(
                project=settings.project,
                sinks=[
                    SinkSpec(
                        sink_id="app-logs",
                        destination=BucketDestination(name=bucket.bucket_name, key="app-logs"),
                        filter=lql.all_of(
                            lql.eq("resource.type", "cloud_run_revision"),
                            lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, settings.log_level),
                        ),
                        description="What services write, at the environment's level",
                    )
                ],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def api_monitoring(settings: Settings, surroundings: Surroundings) -> ServiceMonitoringArgs:
    """The API: how many requests, how many fail, when that is too many."""
    return ServiceMonitoringArgs(
        surroundings=surroundings,
        source=CloudRunService(name="api", location=settings.location),
        team="backend",
        alerts=(
            ratio(HttpRequestFailed, of=HttpRequestCompleted, window=minutes(5), at_least=20).above(
                float(settings.api_error_ratio),
                lasting=minutes(1),
                name="error-ratio",
                severity=Alarm.PAGE,
                summary="Requests to the API fail",
                runbook="api-error-ratio",
            ),
        ),
        charts=(
            Chart(
                title="Requests by status",
                signals=(rate(HttpRequestCompleted, by=("status_class",)),),
                plot="STACKED_AREA",
            ),
            Chart(title="Starts of the service", signals=(rate(ServiceStarted),)),
        ),
    )
