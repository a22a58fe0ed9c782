"""Alert, objective and dashboard over what OpenTelemetry measures by itself: no event and no line of Vigil."""

from vigil_apimodel.metrics.opentelemetry import HTTP_CLIENT_REQUEST_DURATION, HTTP_SERVER_REQUEST_DURATION
from vigil_components import (
    AlertSeverity,
    Chart,
    CloudRunService,
    Email,
    MonitoringContext,
    Routing,
    RoutingArgs,
    SampleAvailability,
    Series,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Slo,
    Team,
    minutes,
    series_quantile,
)
from vigil_components.signals import Samples, sample_ratio
from vigil_components.slos import goal

PROJECT, ENVIRONMENT, SERVICE = "otel-shop", "dev", "otel-shop"
team = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
routing = Routing("routing", RoutingArgs(project=PROJECT, environment=ENVIRONMENT, pages=False, teams=[team]))
shared = MonitoringContext(
    project=PROJECT, environment=ENVIRONMENT, routing=routing, runbooks_url="https://shop.example/runbooks"
)

ours = {"job": SERVICE}
served = Series(metric=HTTP_SERVER_REQUEST_DURATION.otlp, where_resource=ours)
called = Series(metric=HTTP_CLIENT_REQUEST_DURATION.otlp, where_resource=ours)
failed = Samples(of=served, bad={"http.response.status_code": ("500", "502", "503", "504")})

ServiceMonitoring(
    "otel-shop",
    ServiceMonitoringArgs(
        context=shared,
        source=CloudRunService(name=SERVICE, location="europe-west1"),
        team="shop",
        alerts=[
            sample_ratio(failed, window=minutes(5)).alert(
                above=0.1, name="errors", summary="Requests fail", severity=AlertSeverity.PAGE, runbook="errors"
            )
        ],
        charts=[
            Chart(title="Slowest requests by route", signals=(series_quantile(0.95, served, by=("http.route",)),)),
            Chart(title="Slowest calls", signals=(series_quantile(0.95, called, by=("server.address",)),)),
        ],
        slos=[
            Slo(
                name="availability",
                indicator=SampleAvailability(samples=failed),
                goal=goal("99%"),
                runbook="availability",
            )
        ],
    ),
)
