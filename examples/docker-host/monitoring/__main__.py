"""The demo's containers on a Docker host, whose lines the `gcplogs` driver sends: filters, metrics and alerts."""

import pulumi

import vigil_components as vigil
from vigil_telemetry.events.agent import AgentRunFailed
from vigil_telemetry.events.http import HttpRequestCompleted, HttpRequestFailed
from vigil_telemetry.events.temporal import WorkflowFailed

config = pulumi.Config()
project = pulumi.Config("gcp").require("project")
channel = vigil.TokenWebhook(url=config.get("webhook") or "https://shop.example/alerts")
team = vigil.Team(name="shop", channels={vigil.AlertSeverity.TICKET: [channel]})
routing = vigil.Routing(
    "routing", vigil.RoutingArgs(project=project, environment=pulumi.get_stack(), pages=False, teams=[team])
)
context = vigil.MonitoringContext(
    project=project,
    environment=pulumi.get_stack(),
    routing=routing,
    runbooks_url="https://shop.example/runbooks",
)


def watched(name: str, *alerts: vigil.AlertSpec, charts: tuple[vigil.Chart, ...] = ()) -> None:
    """Watch a container: the name is the service's own in each line."""
    source = vigil.DockerHost(name=name, shipper="gcplogs")
    args = vigil.ServiceMonitoringArgs(context=context, source=source, team="shop", alerts=alerts, charts=charts)
    vigil.ServiceMonitoring(name, args)


watched(
    "api",
    vigil.log_match(HttpRequestFailed).alert(
        name="request-failed",
        summary="A request ended with an unexpected error",
        severity=vigil.AlertSeverity.TICKET,
        runbook="request-failed",
    ),
    vigil.count(HttpRequestFailed).alert(
        above=0,
        name="requests-failing",
        summary="Requests end with unexpected errors",
        severity=vigil.AlertSeverity.TICKET,
        runbook="requests-failing",
    ),
    charts=(vigil.Chart(title="Requests", signals=(vigil.rate(HttpRequestCompleted, by=["route", "status_class"]),)),),
)
watched(
    "workers",
    vigil.count(WorkflowFailed).alert(
        above=0,
        name="workflows-failing",
        summary="Workflows fail",
        severity=vigil.AlertSeverity.TICKET,
        runbook="workflows-failing",
    ),
)
watched(
    "agents",
    vigil.count(AgentRunFailed).alert(
        above=0,
        name="runs-failing",
        summary="The agent fails",
        severity=vigil.AlertSeverity.TICKET,
        runbook="runs-failing",
    ),
)
