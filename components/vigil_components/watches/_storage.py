"""Cloud Storage buckets and Firestore databases: calls that fail."""

from dataclasses import dataclass

from vigil_apimodel.metrics import Metric, firestore, storage
from vigil_components.arguments import Name, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, growth_ratio
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, series


@validated
def bucket(name: Name) -> MonitoredResource:
    """Return a Cloud Storage bucket as a source."""
    return MonitoredResource(name=name, id=id_of(name), type=storage.RESOURCE, labels={"bucket_name": name})


@validated
def firestore_database(database: Name = "(default)", *, name: Name = "firestore") -> MonitoredResource:
    """Return a Firestore database as a source; `name` is what it is called in alerts."""
    return MonitoredResource(name=name, id=id_of(name), type=firestore.RESOURCE, labels={"database_id": database})


@validated
@dataclass(frozen=True, kw_only=True)
class StorageLimits:
    """How many calls of a bucket or a database may fail before somebody is notified."""

    errors: Share = 0.05
    """Part of the calls that end in an error of the server or the client. Default: 5 %, one in twenty."""


@validated
def bucket_health(source: MonitoredResource, limits: StorageLimits | None = None) -> Watch:
    """Return what a bucket is watched for."""
    return _calls(source, storage.REQUESTS, limits, called="bucket", name="bucket", severity=AlertSeverity.TICKET)


@validated
def firestore_health(source: MonitoredResource, limits: StorageLimits | None = None) -> Watch:
    """Return what a Firestore database is watched for."""
    return _calls(source, firestore.REQUESTS, limits, called="database", name="firestore", severity=AlertSeverity.PAGE)


def _calls(
    source: MonitoredResource,
    requests: Metric,
    limits: StorageLimits | None,
    *,
    called: str,
    name: str,
    severity: AlertSeverity,
) -> Watch:
    """Return the alert on calls that do not end in OK, and the calls by their response."""
    calls = series(source, requests)
    failing = growth_ratio(series(source, requests, unless={"response_code": "OK"}), of=calls)
    return Watch(
        alerts=(
            failing.alert(
                above=(limits or StorageLimits()).errors,
                lasting=minutes(5),
                name=f"{name}-errors",
                severity=severity,
                summary=f"Calls of the {called} fail",
                runbook=f"google-cloud/{name}-errors",
            ),
        ),
        charts=(Chart(title="Calls by response, in five minutes", signals=(growth(calls, by=("response_code",)),)),),
    )
