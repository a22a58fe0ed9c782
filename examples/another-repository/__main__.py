"""The shop's Pulumi program: one service, with metrics, an alert with its proof, and a dashboard."""

from components import TEAM
from telemetry import OrderReceived, OrderRejected
from vigil_components import (
    AlertSeverity,
    Chart,
    CloudRunService,
    Email,
    MonitoringContext,
    Routing,
    RoutingArgs,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Team,
    minutes,
    rate,
    ratio,
)

PROJECT, ENVIRONMENT, PAGE = "example-shop", "staging", AlertSeverity.PAGE
team = Team(name=TEAM, channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
routing = Routing("routing", RoutingArgs(project=PROJECT, environment=ENVIRONMENT, pages=False, teams=[team]))
shared = MonitoringContext(
    project=PROJECT, environment=ENVIRONMENT, routing=routing, runbooks_url="https://shop.example/runbooks"
)

# A service, in less than 15 lines:
rejections = ratio(OrderRejected, of=OrderReceived).alert(
    above=0.05, lasting=minutes(5), name="rejected", severity=PAGE, summary="Orders are refused", runbook="rejected"
)
ServiceMonitoring(
    "orders",
    ServiceMonitoringArgs(
        context=shared,
        source=CloudRunService(name="orders", location="europe-west1"),
        team=TEAM,
        alerts=[rejections],
        charts=[Chart(title="Rejections by reason", signals=(rate(OrderRejected, by=("reason",)),))],
    ),
)
