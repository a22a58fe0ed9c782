"""Cloud SQL instances: CPU, memory, disk, connections, replication, deadlocks, transaction ids, backups."""

from dataclasses import dataclass
from typing import Literal

from vigil_apimodel.metrics import Metric
from vigil_apimodel.metrics import cloud_sql as metrics
from vigil_components.arguments import Name, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.log_lines import Extract, LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, growth, level
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry
from vigil_components.watches._shared import Share, id_of, series


@validated
def sql_instance(project: Name, instance: Name) -> MonitoredResource:
    """Return a Cloud SQL instance as a source."""
    return MonitoredResource(
        name=instance, id=id_of(instance), type=metrics.RESOURCE, labels={"database_id": f"{project}:{instance}"}
    )


def _backup(status: str) -> dict[str, object]:
    proto = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "serviceName": "cloudsql.googleapis.com",
        "methodName": "cloudsql.instances.automatedBackup",
        "resourceName": "projects/p/instances/orders",
        "metadata": {"@type": "type.googleapis.com/speckle.AutomatedBackupEventLog", "windowStatus": status},
    }
    return entry("cloudaudit.googleapis.com/system_event", metrics.RESOURCE, "INFO", proto=proto)


_FAILED = ("STATUS_FAILED", "STATUS_ATTEMPT_FAILED", "STATUS_SKIPPED")
BACKUP_FAILED = LogLines(
    name="sql.backup.failed",
    doc="An automatic backup failed or was left out.",
    filter=(
        'log_id("cloudaudit.googleapis.com/system_event") AND '
        'protoPayload.methodName="cloudsql.instances.automatedBackup" AND '
        f"protoPayload.metadata.windowStatus=({' OR '.join(_FAILED)})"
    ),
    matching=tuple(_backup(status) for status in _FAILED),
    near_misses=(_backup("STATUS_SUCCEEDED"),),
    labels={"status": Extract(path="protoPayload.metadata.windowStatus", values=_FAILED)},
)

Engine = Literal["postgres", "mysql", "sqlserver"]
"""What runs on an instance."""


@validated
@dataclass(frozen=True, kw_only=True)
class CloudSqlLimits:
    """What an instance may do before somebody is notified."""

    cpu: Share = 0.9
    """Part of the CPU in use for 15 minutes. Default: 90 %; above it queries wait for each other."""
    memory: Share = 0.9
    """Part of the memory in use for 15 minutes. Default: 90 %; the server is killed when it reaches the limit."""
    disk: Share = 0.85
    """Part of the disk in use. Default: 85 %, which leaves days to act; a full disk stops the instance."""
    connections: Positive = 80
    """Open connections. Default: 80, four fifths of the 100 that PostgreSQL allows on small machines."""
    replica_lag_seconds: Positive = 60
    """Seconds that a replica may be behind. Default: 60; reads from it are then older than a minute."""
    deadlocks: Positive = 5
    """Deadlocks in ten minutes. Default: 5; single ones are retried and harmless."""
    transaction_ids: Share = 0.7
    """Part of the transaction ids used up. Default: 70 %; at 100 % PostgreSQL takes no more writes."""


@validated
def cloud_sql(
    source: MonitoredResource,
    limits: CloudSqlLimits | None = None,
    *,
    replicated: bool = False,
    engine: Engine = "postgres",
) -> Watch:
    """Return what an instance is watched for; with `replicated`, also the lag of its replicas.

    Only PostgreSQL, the default of `engine`, has transaction ids; SQL Server does not count deadlocks.
    """
    chosen = limits or CloudSqlLimits()
    connections = metrics.BACKENDS if engine == "postgres" else metrics.CONNECTIONS
    watches = [_availability(source), _capacity(source, connections, chosen), _backups()]
    if engine == "postgres":
        watches += [_deadlocks(source, metrics.DEADLOCKS, chosen), _transaction_ids(source, chosen)]
    elif engine == "mysql":
        watches.append(_deadlocks(source, metrics.MYSQL_DEADLOCKS, chosen))
    if replicated:
        watches.append(_replicas(source, chosen))
    return Watch().along_with(*watches)


def _availability(source: MonitoredResource) -> Watch:
    down = level(series(source, metrics.UP), reduce="min").alert(
        below=1,
        lasting=minutes(3),
        name="sql-down",
        severity=AlertSeverity.PAGE,
        summary="The database does not run",
        runbook="google-cloud/sql-down",
    )
    return Watch(alerts=(down,))


def _capacity(source: MonitoredResource, connections: Metric, limits: CloudSqlLimits) -> Watch:
    """Return how far the CPU, the memory, the disk and the connections may be used up."""
    used = level(series(source, connections), reduce="sum")
    return Watch(
        alerts=(
            level(series(source, metrics.CPU_UTILIZATION), smooth=True).alert(
                above=limits.cpu,
                lasting=minutes(15),
                name="sql-cpu",
                severity=AlertSeverity.TICKET,
                summary="The database's CPU is nearly used up",
                runbook="google-cloud/sql-cpu",
            ),
            level(series(source, metrics.MEMORY_UTILIZATION), smooth=True).alert(
                above=limits.memory,
                lasting=minutes(15),
                name="sql-memory",
                severity=AlertSeverity.TICKET,
                summary="The database's memory is nearly used up",
                runbook="google-cloud/sql-memory",
            ),
            level(series(source, metrics.DISK_UTILIZATION)).alert(
                above=limits.disk,
                lasting=minutes(10),
                name="sql-disk",
                severity=AlertSeverity.PAGE,
                summary="The database's disk is filling up",
                runbook="google-cloud/sql-disk",
            ),
            used.alert(
                above=limits.connections,
                lasting=minutes(5),
                name="sql-connections",
                severity=AlertSeverity.TICKET,
                summary="The database has nearly as many connections as it allows",
                runbook="google-cloud/sql-connections",
            ),
        ),
        charts=(Chart(title="Connections", signals=(used,)),),
    )


def _backups() -> Watch:
    failed = count(BACKUP_FAILED, window=minutes(10)).alert(
        above=0,
        name="sql-backup",
        severity=AlertSeverity.TICKET,
        summary="An automatic backup of the database failed",
        runbook="google-cloud/sql-backup",
    )
    return Watch(alerts=(failed,))


def _deadlocks(source: MonitoredResource, counter: Metric, limits: CloudSqlLimits) -> Watch:
    deadlocks = growth(series(source, counter), window=minutes(10))
    many = deadlocks.alert(
        above=limits.deadlocks,
        lasting=minutes(1),  # a count at the limit shows as a little more every other minute
        name="sql-deadlocks",
        severity=AlertSeverity.TICKET,
        summary="Transactions lock each other out",
        runbook="google-cloud/sql-deadlocks",
    )
    return Watch(alerts=(many,), charts=(Chart(title="Deadlocks in ten minutes", signals=(deadlocks,)),))


def _transaction_ids(source: MonitoredResource, limits: CloudSqlLimits) -> Watch:
    used_up = level(series(source, metrics.TRANSACTION_IDS)).alert(
        above=limits.transaction_ids,
        lasting=minutes(10),
        name="sql-transaction-ids",
        severity=AlertSeverity.PAGE,
        summary="The database runs out of transaction ids and will refuse writes",
        runbook="google-cloud/sql-transaction-ids",
    )
    return Watch(alerts=(used_up,))


def _replicas(source: MonitoredResource, limits: CloudSqlLimits) -> Watch:
    lag = level(series(source, metrics.REPLICA_LAG))
    behind = lag.alert(
        above=limits.replica_lag_seconds,
        lasting=minutes(5),
        name="sql-replica-lag",
        severity=AlertSeverity.TICKET,
        summary="A replica is behind its primary",
        runbook="google-cloud/sql-replica-lag",
    )
    return Watch(alerts=(behind,), charts=(Chart(title="Lag of replicas", signals=(lag,)),))
