"""Workflows, and what Eventarc delivers through Pub/Sub."""

from dataclasses import dataclass
from datetime import timedelta

from vigil_apimodel.metrics import pubsub
from vigil_apimodel.metrics import workflows as metrics
from vigil_components.arguments import Name, NotNegative, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, growth_ratio, level
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, overdue, series


@validated
def workflow(name: Name, *, location: Name) -> MonitoredResource:
    """Return a workflow of Google's Workflows as a source."""
    return MonitoredResource(
        name=name, id=id_of(name), type=metrics.RESOURCE, labels={"workflow_id": name, "location": location}
    )


@validated
def workflow_health(source: MonitoredResource, *, every: timedelta | None = None) -> Watch:
    """Return what a workflow is watched for; with `every`, also that it succeeds so often (30 minutes to 24 hours)."""
    failed = growth(series(source, metrics.FINISHED, {"status": "FAILED"}), window=minutes(10))
    alerts = [
        failed.alert(
            above=0,
            name="workflow-failed",
            severity=AlertSeverity.PAGE,
            summary="A workflow failed",
            runbook="google-cloud/workflow-failed",
        ),
    ]
    if every is not None:
        alerts.append(
            overdue(
                series(source, metrics.FINISHED, {"status": "SUCCEEDED"}),
                every,
                name="workflow-overdue",
                subject="The workflow",
            )
        )
    by_status = growth(series(source, metrics.FINISHED), by=("status",))
    return Watch(alerts=tuple(alerts), charts=(Chart(title="Executions by status", signals=(by_status,)),))


@validated
def eventarc_trigger(name: Name, *, subscription: Name) -> MonitoredResource:
    """Return an Eventarc trigger as a source.

    Eventarc delivers through a Pub/Sub subscription and writes no other metric. `subscription` is its id, which
    `gcloud eventarc triggers describe NAME --format='value(transport.pubsub.subscription)'` prints last.
    """
    return MonitoredResource(
        name=name, id=id_of(name), type=pubsub.SUBSCRIPTION, labels={"subscription_id": subscription}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class TriggerLimits:
    """What a trigger's deliveries may do before somebody is notified."""

    oldest_seconds: Positive = 600
    """Age of the oldest event that was not delivered, in seconds. Default: 600, the longest pause between retries."""
    refused: Share = 0.1
    """Part of the deliveries that the destination refuses. Default: 10 %; a deployment refuses a few."""
    given_up: NotNegative = 0
    """Events given up in ten minutes. Default: 0, because each one is work that was not done."""


@validated
def trigger_health(source: MonitoredResource, limits: TriggerLimits | None = None) -> Watch:
    """Return what an Eventarc trigger is watched for."""
    chosen = limits or TriggerLimits()
    oldest = level(series(source, pubsub.OLDEST_UNACKED))
    pushes = series(source, pubsub.PUSHES)
    refused = growth_ratio(series(source, pubsub.PUSHES, unless={"response_class": "ack"}), of=pushes)
    dead = growth(series(source, pubsub.DEAD_LETTERS), window=minutes(10))
    return Watch(
        alerts=(
            oldest.alert(
                above=chosen.oldest_seconds,
                lasting=minutes(5),
                name="eventarc-late",
                severity=AlertSeverity.PAGE,
                summary="Events are not delivered in time",
                runbook="google-cloud/eventarc-late",
            ),
            refused.alert(
                above=chosen.refused,
                lasting=minutes(5),
                name="eventarc-refused",
                severity=AlertSeverity.PAGE,
                summary="The destination refuses events",
                runbook="google-cloud/eventarc-refused",
            ),
            dead.alert(
                above=chosen.given_up,
                name="eventarc-given-up",
                severity=AlertSeverity.TICKET,
                summary="Events were given up",
                runbook="google-cloud/eventarc-refused",
            ),
        ),
        charts=(Chart(title="Deliveries by response", signals=(growth(pushes, by=("response_class",)),)),),
    )
