"""A Go service on GKE with Cloud SQL and Pub/Sub. None of them uses Vigil; all of them are watched."""

from pathlib import Path

import vigil_components as vigil
from vigil_components import watches

PROJECT, REGION = "foreign-shop", "europe-west1"
RECORDED = Path(__file__).parent / "recorded"

# What the Go service writes (log/slog), recorded with `gcloud logging read ... --format=json`
refused = vigil.LogLines(
    name="payment.refused",
    doc="The payment provider refused a payment.",
    filter='jsonPayload.msg="payment refused" AND severity>=WARNING',
    matching=vigil.recorded(RECORDED / "payment-refused.json"),
    near_misses=vigil.recorded(RECORDED / "payment-others.json"),
    labels={"code": vigil.Extract(path="jsonPayload.code", values=("card_declined", "provider_down"))},
    measures={"took": vigil.Extract(path="jsonPayload.took_ms", unit="ms")},
)
requested = vigil.LogLines(
    name="payment.asked",
    doc="A payment was requested from the provider.",
    filter='jsonPayload.msg="payment asked"',
    matching=vigil.recorded(RECORDED / "payment-asked.json"),
    near_misses=vigil.recorded(RECORDED / "payment-refused.json"),
)

team = vigil.Team(name="shop", channels={vigil.AlertSeverity.TICKET: [vigil.Email(address="shop@example.com")]})
routing = vigil.Routing("routing", vigil.RoutingArgs(project=PROJECT, environment="prod", pages=False, teams=[team]))
context = vigil.MonitoringContext(
    project=PROJECT, environment="prod", routing=routing, runbooks_url="https://shop.example/runbooks"
)


def watched(source: vigil.Source, watch: vigil.Watch) -> None:
    """Register the monitoring of one part."""
    args = vigil.ServiceMonitoringArgs(context=context, source=source, team="shop", watch=watch)
    vigil.ServiceMonitoring(source.service, args)


checkout = vigil.GkeWorkload(name="checkout", cluster="main", namespace="shop", location=REGION)
refusals = vigil.ratio(refused, of=requested).alert(
    above=0.1,
    name="refused",
    severity=vigil.AlertSeverity.PAGE,
    summary="Payments are refused",
    runbook="payments",
)
outage = vigil.count(refused, where={"code": "provider_down"}).alert(
    above=5,
    name="provider-down",
    severity=vigil.AlertSeverity.PAGE,
    summary="The payment provider is down",
    runbook="payments",
)
vigil.ServiceMonitoring(
    "checkout",
    vigil.ServiceMonitoringArgs(
        context=context,
        source=checkout,
        team="shop",
        watch=watches.gke_workload(checkout),
        alerts=[refusals, outage],
        slos=[vigil.availability(bad=refused, total=requested, at_least_good="99%", runbook="payments")],
        charts=[vigil.Chart(title="Refusals by code", signals=(vigil.rate(refused, by=["code"]),))],
    ),
)
pods = watches.gke_namespace("main", "shop", location=REGION)
watched(pods, watches.gke_pods(pods))
database = watches.sql_instance(PROJECT, "orders")
watched(database, watches.cloud_sql(database, watches.CloudSqlLimits(connections=200)).without("sql-deadlocks"))
settled = watches.subscription("payments-settled")
watched(settled, watches.subscription_health(settled))
watched(vigil.AuditLog(), watches.audit())
