"""Billing's program: components of Vigil beside a plain resource of the provider."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pulumi
import pulumi_gcp as gcp
from events import InvoiceFailed, InvoiceSent

from vigil_components import (
    AlertSeverity,
    CloudRunService,
    Email,
    MonitoringContext,
    Routing,
    RoutingArgs,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Team,
    minutes,
    ratio,
)

config, project, stack = pulumi.Config(), pulumi.Config("gcp").require("project"), pulumi.get_stack()
team = Team(name="billing", channels={AlertSeverity.TICKET: (Email(address="billing@example.com"),)})
routing = Routing("routing", RoutingArgs(project=project, environment=stack, pages=False, teams=[team]))
ServiceMonitoring(
    "invoices",
    ServiceMonitoringArgs(
        context=MonitoringContext(
            project=project, environment=stack, routing=routing, runbooks_url="https://billing.example/runbooks"
        ),
        source=CloudRunService(name="invoices", location="europe-west1"),
        team="billing",
        alerts=[
            ratio(InvoiceFailed, of=InvoiceSent).alert(
                above=float(config.get("threshold") or "0.02"),
                lasting=minutes(10),
                name="failed",
                severity=AlertSeverity.TICKET,
                summary="Invoices fail",
                runbook="invoices-failed",
            )
        ],
    ),
)
gcp.logging.Metric("audit", name="audit", filter='logName:"cloudaudit.googleapis.com" AND severity>=ERROR')
