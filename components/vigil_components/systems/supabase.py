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
    watches = [_availability(limits), _disk(limits), _connections(limits), _writes(), _pooler(), _activity()]
    if limits.replicas:
        watches.append(_replicas(limits))
    return Watch().along_with(*watches)


def _series(name: str, **labels: str) -> Series:
    return Series(metric=supabase.get(name), where=labels)


def _availability(limits: DatabaseLimits) -> Watch:
    up = level(_series("pg_up"), reduce="min")
    # a short look back and a long patience: a stack that is new, or a collector that starts, has ten minutes as well
    reported = missing(_series("pg_up"), window=minutes(2), before=None if limits.collected else days(1))
    return Watch(
        alerts=(
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
        ),
        charts=(Chart(title="Postgres answers", signals=(up,)),),
    )


def _disk(limits: DatabaseLimits) -> Watch:
    used = level_ratio(
        _series("node_filesystem_avail_bytes", mountpoint="/data"),
        of=_series("node_filesystem_size_bytes", mountpoint="/data"),
        rest=True,
    )
    full = used.alert(
        above=limits.disk,
        lasting=minutes(5),
        name="database-disk",
        severity=AlertSeverity.PAGE,
        summary="The database's disk is filling up",
        runbook="database-disk",
    )
    return Watch(alerts=(full,), charts=(Chart(title="Disk in use", signals=(used,)),))


def _connections(limits: DatabaseLimits) -> Watch:
    used = level_ratio(_series("pg_stat_database_num_backends"), of=_series("max_connections_connection_count"))
    used_up = used.alert(
        above=limits.connections,
        lasting=minutes(5),
        name="database-connections",
        severity=AlertSeverity.TICKET,
        summary="The database runs out of connections",
        runbook="database-connections",
    )
    return Watch(alerts=(used_up,), charts=(Chart(title="Connections in use", signals=(used,)),))


def _writes() -> Watch:
    refused = level(_series("pg_settings_default_transaction_read_only"), reduce="max").alert(
        above=0,
        lasting=minutes(2),
        name="database-read-only",
        severity=AlertSeverity.PAGE,
        summary="The database refuses to write",
        runbook="database-read-only",
    )
    return Watch(alerts=(refused,))


def _pooler() -> Watch:
    waiting = level(_series("pgbouncer_pools_client_waiting_connections"), reduce="sum", smooth=True)
    many = waiting.alert(
        above=5,
        lasting=minutes(5),
        name="pooler-waiting",
        severity=AlertSeverity.TICKET,
        summary="Clients wait for a pooled connection",
        runbook="pooler-waiting",
    )
    return Watch(alerts=(many,), charts=(Chart(title="Clients waiting for the pooler", signals=(waiting,)),))


def _activity() -> Watch:
    """Return charts of what the database does, which notify nobody."""
    transactions = (
        growth(_series("pg_stat_database_xact_commit_total")),
        growth(_series("pg_stat_database_xact_rollback_total")),
    )
    return Watch(
        charts=(
            Chart(title="Transactions in 5 minutes", signals=transactions),
            Chart(title="Deadlocks in 5 minutes", signals=(growth(_series("pg_stat_database_deadlocks_total")),)),
            Chart(title="Load, over 5 minutes", signals=(level(_series("node_load5")),)),
            Chart(title="Memory available", signals=(level(_series("node_memory_MemAvailable_bytes"), reduce="min"),)),
            Chart(title="Log lines, by part", signals=(rate(DatabaseLogged, by=("part",)),), plot="STACKED_AREA"),
            Chart(title="Log lines, by level", signals=(rate(DatabaseLogged, by=("level",)),)),
        )
    )


def _replicas(limits: DatabaseLimits) -> Watch:
    lag = level(_series("physical_replication_lag_physical_replication_lag_seconds"), reduce="max")
    behind = lag.alert(
        above=limits.lag_seconds,
        lasting=minutes(5),
        name="database-replication",
        severity=AlertSeverity.TICKET,
        summary="A read replica lags behind",
        runbook="database-replication",
    )
    return Watch(alerts=(behind,), charts=(Chart(title="Replication lag", signals=(lag,)),))
