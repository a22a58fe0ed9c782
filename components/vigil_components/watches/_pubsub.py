"""Pub/Sub subscriptions: how far behind they are, what is given up, what push endpoints refuse."""

from dataclasses import dataclass

from vigil_apimodel.metrics import pubsub as metrics
from vigil_components.arguments import Name, NotNegative, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, growth_ratio, level
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, series


@validated
def subscription(name: Name) -> MonitoredResource:
    """Return a subscription as a source."""
    return MonitoredResource(name=name, id=id_of(name), type=metrics.SUBSCRIPTION, labels={"subscription_id": name})


@validated
@dataclass(frozen=True, kw_only=True)
class SubscriptionLimits:
    """How far behind a subscription may be before somebody is notified."""

    oldest_seconds: Positive = 600
    """Age of the oldest message that nobody acknowledged, in seconds. Default: 600; two retries take that long."""
    backlog: Positive = 10_000
    """Messages that wait. Default: 10,000; give what your subscribers work off in ten minutes."""
    dead_letters: NotNegative = 0
    """Messages given up in ten minutes. Default: 0, because each one is work that was not done."""
    push_errors: Share = 0.1
    """Part of the pushes that the endpoint refuses. Default: 10 %; a deployment refuses a few."""


@validated
def subscription_health(
    source: MonitoredResource, limits: SubscriptionLimits | None = None, *, push: bool = False
) -> Watch:
    """Return what a subscription is watched for; with `push`, also the answers of its endpoint."""
    chosen = limits or SubscriptionLimits()
    oldest = level(series(source, metrics.OLDEST_UNACKED))
    backlog = level(series(source, metrics.UNDELIVERED), reduce="sum")
    dead = growth(series(source, metrics.DEAD_LETTERS), window=minutes(10))
    alerts = [
        oldest.alert(
            above=chosen.oldest_seconds,
            lasting=minutes(5),
            name="pubsub-oldest",
            severity=AlertSeverity.PAGE,
            summary="Messages wait too long",
            runbook="google-cloud/pubsub-oldest",
        ),
        backlog.alert(
            above=chosen.backlog,
            lasting=minutes(10),
            name="pubsub-backlog",
            severity=AlertSeverity.TICKET,
            summary="Messages arrive faster than they are handled",
            runbook="google-cloud/pubsub-backlog",
        ),
        dead.alert(
            above=chosen.dead_letters,
            name="pubsub-dead-letters",
            severity=AlertSeverity.TICKET,
            summary="Messages were given up and sent to the dead-letter topic",
            runbook="google-cloud/pubsub-dead-letters",
        ),
    ]
    charts = [
        Chart(
            title="Messages sent and acknowledged in five minutes",
            signals=(growth(series(source, metrics.SENT)), growth(series(source, metrics.ACKNOWLEDGED))),
        ),
    ]
    if push:
        refused = growth_ratio(
            series(source, metrics.PUSHES, unless={"response_class": "ack"}), of=series(source, metrics.PUSHES)
        )
        alerts.append(
            refused.alert(
                above=chosen.push_errors,
                lasting=minutes(5),
                name="pubsub-push-errors",
                severity=AlertSeverity.PAGE,
                summary="The push endpoint refuses messages",
                runbook="google-cloud/pubsub-push-errors",
            )
        )
    return Watch(alerts=tuple(alerts), charts=tuple(charts))
