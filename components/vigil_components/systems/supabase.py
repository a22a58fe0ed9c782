"""A Supabase database: Postgres, its disk, its connections, its pooler, its replicas."""

from dataclasses import dataclass
from typing import ClassVar

from vigil_apimodel.metrics import supabase
from vigil_components.arguments import Fraction, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import days, minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import Series, growth, level, level_ratio, missing, rate
from vigil_components.systems.part import Part
from vigil_components.watch import Watch
from vigil_telemetry.events.drains import DatabaseLogged


class SupabasePart(Part):
    """A Supabase project's database, scraped from its metrics endpoint once a minute."""

    TYPE: ClassVar[str] = "vigil:supabase:Database"


@validated
@dataclass(frozen=True, kw_only=True)
class DatabaseLimits:
    """What a database may do before somebody is notified."""

    disk: Fraction = 0.85
    """Part of the disk that may be in use, between 0 and 1. Default: 85 %."""
    connections: Fraction = 0.8
    """Part of the connections that may be in use, between 0 and 1. Default: 80 %."""
    lag_seconds: Positive = 600
    """Seconds that a read replica may lag behind. Default: 600."""
    replicas: bool = False
    """Whether there are read replicas, whose lag is then watched. Default: no."""
    collected: bool = True
    """Whether a collector scrapes the database, so that no metrics at all are a fault too, not only metrics that stop.

    Default: yes.
    """


@validated
def database(limits: DatabaseLimits) -> Watch:
    """Return what every database is watched for."""

    def series(name: str, **labels: str) -> Series:
        return Series(metric=supabase.get(name), where=labels)

    up = level(series("pg_up"), reduce="min")
    # a short look back and a long patience: a stack that is new, or a collector that starts, has ten minutes as well
    reported = missing(series("pg_up"), window=minutes(2), before=None if limits.collected else days(1))
    disk = level_ratio(
        series("node_filesystem_avail_bytes", mountpoint="/data"),
        of=series("node_filesystem_size_bytes", mountpoint="/data"),
        rest=True,
    )
    connections = level_ratio(series("pg_stat_database_num_backends"), of=series("max_connections_connection_count"))
    read_only = level(series("pg_settings_default_transaction_read_only"), reduce="max")
    waiting = level(series("pgbouncer_pools_client_waiting_connections"), reduce="sum", smooth=True)
    lag = level(series("physical_replication_lag_physical_replication_lag_seconds"), reduce="max")
    alerts = [
        up.alert(
            below=1,
            lasting=minutes(2),
            name="database-down",
            severity=AlertSeverity.PAGE,
            summary="The database does not answer",
            runbook="database-down",
        ),
        reported.alert(
            lasting=minutes(8),
            name="database-unseen",
            severity=AlertSeverity.TICKET,
            summary="No metrics arrive from the database",
            runbook="database-unseen",
        ),
        disk.alert(
            above=limits.disk,
            lasting=minutes(5),
            name="database-disk",
            severity=AlertSeverity.PAGE,
            summary="The database's disk is filling up",
            runbook="database-disk",
        ),
        connections.alert(
            above=limits.connections,
            lasting=minutes(5),
            name="database-connections",
            severity=AlertSeverity.TICKET,
            summary="The database runs out of connections",
            runbook="database-connections",
        ),
        read_only.alert(
            above=0,
            lasting=minutes(2),
            name="database-read-only",
            severity=AlertSeverity.PAGE,
            summary="The database refuses to write",
            runbook="database-read-only",
        ),
        waiting.alert(
            above=5,
            lasting=minutes(5),
            name="pooler-waiting",
            severity=AlertSeverity.TICKET,
            summary="Clients wait for a pooled connection",
            runbook="pooler-waiting",
        ),
    ]
    charts = [
        Chart(title="Postgres answers", signals=(up,)),
        Chart(title="Disk in use", signals=(disk,)),
        Chart(title="Connections in use", signals=(connections,)),
        Chart(title="Clients waiting for the pooler", signals=(waiting,)),
        Chart(
            title="Transactions in 5 minutes",
            signals=(
                growth(series("pg_stat_database_xact_commit_total")),
                growth(series("pg_stat_database_xact_rollback_total")),
            ),
        ),
        Chart(title="Deadlocks in 5 minutes", signals=(growth(series("pg_stat_database_deadlocks_total")),)),
        Chart(title="Load, over 5 minutes", signals=(level(series("node_load5")),)),
        Chart(title="Memory available", signals=(level(series("node_memory_MemAvailable_bytes"), reduce="min"),)),
        Chart(title="Log lines, by part", signals=(rate(DatabaseLogged, by=("part",)),), plot="STACKED_AREA"),
        Chart(title="Log lines, by level", signals=(rate(DatabaseLogged, by=("level",)),)),
    ]
    if limits.replicas:
        alerts.append(
            lag.alert(
                above=limits.lag_seconds,
                lasting=minutes(5),
                name="database-replication",
                severity=AlertSeverity.TICKET,
                summary="A read replica lags behind",
                runbook="database-replication",
            )
        )
        charts.append(Chart(title="Replication lag", signals=(lag,)))
    return Watch(alerts=tuple(alerts), charts=tuple(charts))
