"""The orders of a shop: events, alerts, an objective, dashboards, where logs are kept, and who is notified."""

from enum import StrEnum

import pulumi

import vigil_components as vigil
from vigil_apimodel import lql
from vigil_telemetry import Event, Label, Measure, Seconds


class Reason(StrEnum):
    OUT_OF_STOCK = "out_of_stock"
    TOO_EXPENSIVE = "too_expensive"


class OrderReceived(Event, tag="order.received"):
    """A customer ordered something."""

    waited: Measure[Seconds]


class OrderRejected(Event, tag="order.rejected"):
    """The order service refused an order."""

    reason: Label[Reason]


config = pulumi.Config()
project, environment = pulumi.Config("gcp").require("project"), pulumi.get_stack()
location, team = config.require("location"), config.require("team")
hook = vigil.Webhook(
    url="https://hooks.example.com/vigil", username="vigil", password=config.require_secret("webhookPassword")
)
email = vigil.Email(address="orders@example.com")
teams = [
    vigil.Team(name=name, channels={vigil.AlertSeverity.PAGE: (hook, email), vigil.AlertSeverity.TICKET: (email,)})
    for name in ("orders", "platform")
]
routing = vigil.Routing("routing", vigil.RoutingArgs(project=project, environment=environment, pages=True, teams=teams))
context = vigil.MonitoringContext(
    project=project, environment=environment, routing=routing, runbooks_url="https://shop.example/runbooks"
)
bucket = vigil.LogBucket(
    "logs",
    vigil.LogBucketArgs(
        project=project, bucket_id="shop-logs", location=location, retention_days=config.require_int("retentionDays")
    ),
    opts=pulumi.ResourceOptions(protect=True),
)
vigil.Sinks(
    "sinks",
    vigil.SinksArgs(
        project=project,
        sinks=[
            vigil.SinkSpec(
                sink_id="shop-logs",
                destination=vigil.BucketDestination(key="logs", name=bucket.bucket_name),
                filter=lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "INFO"),
            )
        ],
    ),
)


def rejected(severity: vigil.AlertSeverity) -> vigil.AlertSpec:
    return vigil.ratio(OrderRejected, of=OrderReceived).alert(
        above=float(config.require("errorRatio")),
        lasting=vigil.minutes(5),
        name="rejected",
        severity=severity,
        summary="Orders are rejected",
        runbook="orders-rejected",
    )


def monitored(service: str, **more: object) -> None:
    vigil.ServiceMonitoring(
        service,
        vigil.ServiceMonitoringArgs(
            context=context,
            source=vigil.CloudRunService(name=service, location=location),
            team=team,
            alerts=[rejected(vigil.AlertSeverity.PAGE)],
            slos=[
                vigil.availability(
                    bad=OrderRejected, total=OrderReceived, at_least_good="99%", runbook="orders-rejected"
                )
            ],
            charts=[vigil.Chart(title="Rejections by reason", signals=(vigil.rate(OrderRejected, by=("reason",)),))],
            **more,
        ),
    )


monitored("orders")
