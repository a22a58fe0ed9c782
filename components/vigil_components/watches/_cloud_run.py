"""What Cloud Run says about services, worker pools and jobs, whatever language they are written in."""

from dataclasses import dataclass
from datetime import timedelta

from vigil_apimodel.metrics import cloud_run as metrics
from vigil_components.arguments import NotNegative, Positive, PositiveCount, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.log_lines import Extract, LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, growth, level, series_quantile
from vigil_components.sources import CloudRunJob, CloudRunService, CloudRunWorkerPool
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry
from vigil_components.watches._shared import Share, overdue, series

_SYSTEM = "run.googleapis.com/varlog/system"
_REVISION = "cloud_run_revision"


def _system(text: str, severity: str = "ERROR") -> dict[str, object]:
    return entry(_SYSTEM, _REVISION, severity, text=text)


KILLED_FOR_MEMORY = LogLines(
    name="run.killed.memory",
    doc="Cloud Run killed an instance that used more memory than its limit.",
    filter=rf'log_id("{_SYSTEM}") AND textPayload=~"^Memory limit of [0-9]+ [KMGT]iB exceeded"',
    matching=(
        _system("Memory limit of 512 MiB exceeded with 566 MiB used. Consider increasing the memory limit."),
        _system("Memory limit of 1024 MiB exceeded with 1191 MiB used. Consider increasing the memory limit."),
    ),
    near_misses=(_system("Memory limit of 512 MiB is set", "INFO"), _system("Container called exit(1).", "WARNING")),
)
EXITED = LogLines(
    name="run.exited",
    doc="A container ended by itself with an exit code that is not 0.",
    filter=rf'log_id("{_SYSTEM}") AND textPayload=~"^Container called exit\([1-9][0-9]*\)"',
    matching=(_system("Container called exit(1).", "WARNING"), _system("Container called exit(137).", "WARNING")),
    near_misses=(_system("Container called exit(0).", "INFO"),),
    labels={"code": Extract(path="textPayload", pattern=r"exit\(([0-9]+)\)", at_most=255)},
)
CRASHED = LogLines(
    name="run.crashed",
    doc="A container died of a signal.",
    filter=f'log_id("{_SYSTEM}") AND textPayload=~"^Uncaught signal: [0-9]+"',
    matching=(_system("Uncaught signal: 6, pid=1, tid=1, fault_addr=0."),),
    near_misses=(_system("Signal received", "INFO"),),
    labels={"signal": Extract(path="textPayload", pattern="Uncaught signal: ([0-9]+)", at_most=31)},
)
NOT_STARTED = LogLines(
    name="run.not_started",
    doc="An instance did not pass its startup probe.",
    filter=f'log_id("{_SYSTEM}") AND textPayload=~"STARTUP .* probe failed .* The instance was not started"',
    matching=(
        _system(
            'Default STARTUP TCP probe failed 1 time consecutively for container "app-1" on port 8080. '
            "The instance was not started. Connection failed with status CANCELLED."
        ),
    ),
    near_misses=(
        _system('Default STARTUP TCP probe succeeded after 1 attempt for container "app-1" on port 8080.', "INFO"),
    ),
)
NO_INSTANCE = LogLines(
    name="run.no_instance",
    doc="Cloud Run refused a request because no instance was available.",
    filter='log_id("run.googleapis.com/requests") AND textPayload=~"there was no available instance"',
    matching=(
        entry(
            "run.googleapis.com/requests",
            _REVISION,
            "ERROR",
            text="The request was aborted because there was no available instance.",
            status=429,
        ),
    ),
    near_misses=(entry("run.googleapis.com/requests", _REVISION, "ERROR", text="The request failed.", status=500),),
)


def _rollout(severity: str, message: str | None) -> dict[str, object]:
    status: dict[str, object] = {} if message is None else {"code": 9, "message": message}
    proto = {"serviceName": "run.googleapis.com", "methodName": "/Services.ReplaceService", "status": status}
    return entry("cloudaudit.googleapis.com/system_event", _REVISION, severity, proto=proto)


NOT_READY = LogLines(
    name="run.not_ready",
    doc="A new revision did not become ready; the old one keeps serving.",
    filter='log_id("cloudaudit.googleapis.com/system_event") AND severity>=ERROR AND protoPayload.status.code>0',
    matching=(
        _rollout(
            "ERROR",
            "Ready condition status changed to False for Revision shop-00042 with message: The user-provided container "
            "failed to start and listen on the port defined provided by the PORT=8080 environment variable.",
        ),
    ),
    near_misses=(_rollout("INFO", None), _rollout("ERROR", None), _rollout("WARNING", "Ready condition is unknown")),
)


@validated
@dataclass(frozen=True, kw_only=True)
class CloudRunLimits:
    """What instances may do before somebody is notified."""

    memory: Share = 0.9
    """Part of the memory limit that the fullest instance uses. Default: 90 %; at 100 % it is killed."""
    cpu: Share = 0.9
    """Part of the CPU limit that the busiest instance uses for 15 minutes. Default: 90 %."""
    max_instances: PositiveCount = 100
    """The service's own maximum of instances. Default: 100, what Cloud Run sets."""
    near_maximum: Share = 0.9
    """Part of the maximum from which on the alert opens. Default: 90 %; beyond the maximum requests are refused."""
    startup_milliseconds: Positive = 10_000
    """Milliseconds that one start in twenty may take. Default: 10,000; a request waits that long for an instance."""
    failed_starts: NotNegative = 2
    """Startup probes failed in ten minutes. Default: 2; Cloud Run tries again, and a second try often succeeds."""
    exits: NotNegative = 2
    """Containers that end with an error in ten minutes. Default: 2; Cloud Run starts new ones, a loop makes more."""


Deployed = CloudRunService | CloudRunWorkerPool | CloudRunJob


@validated
def instances(source: Deployed, limits: CloudRunLimits | None = None) -> Watch:
    """Return what the instances of a service, worker pool or job are watched for."""
    chosen = limits or CloudRunLimits()
    memory = series_quantile(0.99, series(source, metrics.MEMORY_UTILIZATIONS))
    cpu = series_quantile(0.99, series(source, metrics.CPU_UTILIZATIONS))
    killed, crashed = count(KILLED_FOR_MEMORY, window=minutes(10)), count(CRASHED, window=minutes(10))
    return Watch(
        alerts=(
            killed.alert(
                above=0,
                name="run-out-of-memory",
                severity=AlertSeverity.PAGE,
                summary="Instances are killed because they use too much memory",
                runbook="google-cloud/run-memory",
            ),
            crashed.alert(
                above=0,
                name="run-crashed",
                severity=AlertSeverity.TICKET,
                summary="A container died of a signal",
                runbook="google-cloud/run-crashed",
            ),
            memory.alert(
                above=chosen.memory,
                lasting=minutes(10),
                name="run-memory",
                severity=AlertSeverity.TICKET,
                summary="Instances nearly reach their memory limit",
                runbook="google-cloud/run-memory",
            ),
            cpu.alert(
                above=chosen.cpu,
                lasting=minutes(15),
                name="run-cpu",
                severity=AlertSeverity.TICKET,
                summary="Instances use all the CPU that they may",
                runbook="google-cloud/run-cpu",
            ),
        ),
        charts=(Chart(title="Memory and CPU of the fullest instance", signals=(memory, cpu)),),
    )


@validated
def cloud_run_service(source: CloudRunService, limits: CloudRunLimits | None = None) -> Watch:
    """Return what Cloud Run says about a service: its instances, starts, refusals and roll-outs."""
    chosen = limits or CloudRunLimits()
    running = level(series(source, metrics.INSTANCE_COUNT), reduce="sum")
    start = series_quantile(0.95, series(source, metrics.STARTUP_LATENCIES))
    refused = count(NO_INSTANCE)
    own = Watch(
        alerts=(
            *rollouts(limits).alerts,
            refused.alert(
                above=0,
                name="run-no-instance",
                severity=AlertSeverity.PAGE,
                summary="Requests are refused because no instance is available",
                runbook="google-cloud/run-no-instance",
            ),
            running.alert(
                above=chosen.max_instances * chosen.near_maximum,
                lasting=minutes(5),
                name="run-instances",
                severity=AlertSeverity.TICKET,
                summary="The service nearly has as many instances as it may",
                runbook="google-cloud/run-no-instance",
            ),
            start.alert(
                above=chosen.startup_milliseconds,
                lasting=minutes(10),
                name="run-slow-start",
                severity=AlertSeverity.TICKET,
                summary="Instances start slowly",
                runbook="google-cloud/run-slow-start",
            ),
        ),
        charts=(Chart(title="Instances", signals=(running,)),),
    )
    return own.along_with(instances(source, limits))


@validated
def rollouts(limits: CloudRunLimits | None = None) -> Watch:
    """Return what the roll-outs of a service or worker pool are watched for."""
    chosen = limits or CloudRunLimits()
    not_started, exited = count(NOT_STARTED, window=minutes(10)), count(EXITED, window=minutes(10))
    return Watch(
        alerts=(
            count(NOT_READY, window=minutes(10)).alert(
                above=0,
                name="run-not-ready",
                severity=AlertSeverity.PAGE,
                summary="A new revision does not become ready",
                runbook="google-cloud/run-not-ready",
            ),
            not_started.alert(
                above=chosen.failed_starts,
                lasting=minutes(1),  # a count at the limit shows as a little more every other minute
                name="run-not-started",
                severity=AlertSeverity.PAGE,
                summary="Instances do not pass their startup probe",
                runbook="google-cloud/run-not-ready",
            ),
            exited.alert(
                above=chosen.exits,
                lasting=minutes(1),  # a count at the limit shows as a little more every other minute
                name="run-exited",
                severity=AlertSeverity.PAGE,
                summary="Containers end with an error",
                runbook="google-cloud/run-crashed",
            ),
        ),
    )


@validated
def cloud_run_worker_pool(source: CloudRunWorkerPool, limits: CloudRunLimits | None = None) -> Watch:
    """Return what Cloud Run says about a worker pool."""
    return rollouts(limits).along_with(instances(source, limits))


@validated
def cloud_run_job(
    source: CloudRunJob, limits: CloudRunLimits | None = None, *, every: timedelta | None = None
) -> Watch:
    """Return what Cloud Run says about a job; with `every`, also that it succeeds so often (30 minutes to a day)."""
    done = metrics.COMPLETED_EXECUTIONS
    failed = growth(series(source, done, {"result": "failed"}), window=minutes(10))
    alerts = [
        failed.alert(
            above=0,
            name="job-failed",
            severity=AlertSeverity.PAGE,
            summary="The job failed",
            runbook="google-cloud/job-failed",
        ),
    ]
    if every is not None:
        alerts.append(
            overdue(series(source, done, {"result": "succeeded"}), every, name="job-overdue", subject="The job")
        )
    own = Watch(alerts=tuple(alerts), charts=(Chart(title="Executions", signals=(growth(series(source, done)),)),))
    return own.along_with(instances(source, limits))
