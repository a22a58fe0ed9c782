"""Cloud Tasks queues and Cloud Scheduler jobs."""

from dataclasses import dataclass
from datetime import timedelta

from vigil_apimodel.metrics import cloud_tasks as metrics
from vigil_components.arguments import Name, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.log_lines import Extract, LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, growth, growth_ratio, level, series_quantile
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, overdue, series


@validated
def task_queue(name: Name, *, location: Name) -> MonitoredResource:
    """Return a Cloud Tasks queue as a source."""
    return MonitoredResource(
        name=name, id=id_of(name), type=metrics.RESOURCE, labels={"queue_id": name, "location": location}
    )


@validated
def scheduler_job(name: Name, *, location: Name) -> MonitoredResource:
    """Return a Cloud Scheduler job as a source."""
    return MonitoredResource(
        name=name, id=id_of(name), type="cloud_scheduler_job", labels={"job_id": name, "location": location}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class QueueLimits:
    """What a queue may do before somebody is notified."""

    depth: Positive = 1000
    """Tasks that wait. Default: 1,000, two seconds of the default dispatch rate of 500 a second."""
    failures: Share = 0.2
    """Part of the attempts that fail. Default: 20 %; retries are normal, one in five is not."""
    delay_milliseconds: Positive = 60_000
    """Milliseconds that one attempt in twenty may start late. Default: 60,000, a minute."""


@validated
def task_queue_health(source: MonitoredResource, limits: QueueLimits | None = None) -> Watch:
    """Return what a Cloud Tasks queue is watched for."""
    chosen = limits or QueueLimits()
    depth = level(series(source, metrics.DEPTH), reduce="sum")
    failing = growth_ratio(
        series(source, metrics.ATTEMPTS, unless={"response_code": "ok"}), of=series(source, metrics.ATTEMPTS)
    )
    late = series_quantile(0.95, series(source, metrics.DELAYS))
    return Watch(
        alerts=(
            depth.alert(
                above=chosen.depth,
                lasting=minutes(10),
                name="tasks-depth",
                severity=AlertSeverity.TICKET,
                summary="Tasks pile up in the queue",
                runbook="google-cloud/tasks-depth",
            ),
            failing.alert(
                above=chosen.failures,
                lasting=minutes(5),
                name="tasks-failing",
                severity=AlertSeverity.PAGE,
                summary="Tasks fail",
                runbook="google-cloud/tasks-failing",
            ),
            late.alert(
                above=chosen.delay_milliseconds,
                lasting=minutes(5),
                name="tasks-late",
                severity=AlertSeverity.TICKET,
                summary="Tasks start late",
                runbook="google-cloud/tasks-depth",
            ),
        ),
        charts=(
            Chart(
                title="Attempts by response, in five minutes",
                signals=(growth(series(source, metrics.ATTEMPTS), by=("response_code",)),),
            ),
        ),
    )


def _attempt(severity: str, status: str | None, kind: str) -> dict[str, object]:
    payload = {
        "@type": f"type.googleapis.com/google.cloud.scheduler.logging.{kind}",
        "jobName": "projects/p/locations/europe-west1/jobs/nightly",
        "targetType": "HTTP",
        "url": "https://example.com/nightly",
    }
    return {
        "logName": "projects/p/logs/cloudscheduler.googleapis.com%2Fexecutions",
        "resource": {
            "type": "cloud_scheduler_job",
            "labels": {"project_id": "p", "job_id": "nightly", "location": "europe-west1"},
        },
        "severity": severity,
        "timestamp": "2026-11-02T03:00:01Z",
        "jsonPayload": payload if status is None else payload | {"status": status},
    }


_FINISHED = 'jsonPayload."@type"="type.googleapis.com/google.cloud.scheduler.logging.AttemptFinished"'
ATTEMPT_FAILED = LogLines(
    name="scheduler.attempt.failed",
    doc="An attempt of a Cloud Scheduler job failed.",
    filter=f"{_FINISHED} AND severity>=ERROR",
    matching=(_attempt("ERROR", "UNAVAILABLE", "AttemptFinished"), _attempt("ERROR", "INTERNAL", "AttemptFinished")),
    near_misses=(_attempt("INFO", None, "AttemptFinished"), _attempt("ERROR", "INTERNAL", "AttemptStarted")),
    labels={"status": Extract(path="jsonPayload.status", doc="Status of the attempt")},
)
ATTEMPT_SUCCEEDED = LogLines(
    name="scheduler.attempt.succeeded",
    doc="An attempt of a Cloud Scheduler job succeeded.",
    filter=f"{_FINISHED} AND severity<ERROR",
    matching=(_attempt("INFO", None, "AttemptFinished"),),
    near_misses=(_attempt("ERROR", "INTERNAL", "AttemptFinished"), _attempt("INFO", None, "AttemptStarted")),
)


@validated
def scheduler_health(*, every: timedelta) -> Watch:
    """Return what a Cloud Scheduler job is watched for, which succeeds at least `every` (30 minutes to 24 hours)."""
    failed = count(ATTEMPT_FAILED, window=minutes(10))
    return Watch(
        alerts=(
            failed.alert(
                above=0,
                name="scheduler-failed",
                severity=AlertSeverity.TICKET,
                summary="A scheduled job failed",
                runbook="google-cloud/scheduler-failed",
            ),
            overdue(ATTEMPT_SUCCEEDED, every, name="scheduler-overdue", subject="A scheduled job"),
        ),
    )
