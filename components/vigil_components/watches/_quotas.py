"""Quotas of Google's own APIs: near their limit, and exceeded."""

from dataclasses import dataclass

from vigil_apimodel.metrics import quotas as metrics
from vigil_components.arguments import Name, validated
from vigil_components.charts import Chart
from vigil_components.durations import hours
from vigil_components.severity import AlertSeverity
from vigil_components.signals import level, level_ratio
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, series


@validated
def quota(service: Name) -> MonitoredResource:
    """Return the quotas of one Google API, such as `compute.googleapis.com`, as a source."""
    return MonitoredResource(
        name=f"quota-{service.partition('.')[0]}", type=metrics.RESOURCE, labels={"service": service}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class QuotaLimits:
    """How much of a quota may be used before somebody is notified."""

    near: Share = 0.8
    """Part of an allocation quota in use. Default: 80 %, because Google takes days to raise some quotas."""


@validated
def quota_health(source: MonitoredResource, limits: QuotaLimits | None = None) -> Watch:
    """Return what a Google API's quotas are watched for, an incident for each quota.

    Google writes the use and the limit of an allocation quota about once a day, so the alert looks back a day.
    """
    quotas = ("quota_metric", "location")
    exceeded = level(series(source, metrics.EXCEEDED), by=("quota_metric",))
    used = level_ratio(
        series(source, metrics.ALLOCATED), of=series(source, metrics.LIMIT), by=quotas, worst=True, window=hours(24)
    )
    return Watch(
        alerts=(
            exceeded.alert(
                above=0,
                name="quota-exceeded",
                severity=AlertSeverity.PAGE,
                summary="A quota was exceeded; Google refuses calls",
                runbook="google-cloud/quota-exceeded",
            ),
            used.alert(
                above=(limits or QuotaLimits()).near,
                name="quota-near",
                severity=AlertSeverity.TICKET,
                summary="A quota is nearly used up",
                runbook="google-cloud/quota-near",
            ),
        ),
        charts=(Chart(title="Part of each quota in use", signals=(used,)),),
    )
