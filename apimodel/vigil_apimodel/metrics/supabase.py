"""Supabase's metrics endpoint, scraped into Managed Service for Prometheus once a minute. The endpoint is beta.

Sources: supabase-grafana `docs/metrics.md`, supabase docs `guides/telemetry/metrics.mdx` (2026). `supavisor_*` metrics
have no type at the origin and arrive as `/unknown`, their buckets too: they are not histograms. Three are typed counter
although they are gauges (`MISTYPED`), so that Cloud Monitoring takes differences of them.
"""

from collections.abc import Iterator

from vigil_apimodel.metrics.model import Metric, MetricLabel, Source
from vigil_apimodel.metrics.prometheus import metric

_SOURCE = Source("https://github.com/supabase/supabase-grafana/blob/main/docs/metrics.md", "2026")
_BASE = (
    MetricLabel("supabase_project_ref"),
    MetricLabel("supabase_identifier"),
    MetricLabel("service_type", ("db", "postgresql", "gotrue", "postgrest", "pooler")),
)
MISTYPED = frozenset(
    {
        "pg_ls_archive_statusdir_wal_pending_count",
        "pg_stat_bgwriter_stats_reset",
        "pg_stat_database_most_recent_reset",
    }
)
"""Typed counter at the origin, gauges in truth: do not take their rate."""

_GAUGES: dict[str, tuple[str, ...]] = {
    "node_cpu_online": (),
    "node_load1": (),
    "node_load5": (),
    "node_load15": (),
    "node_memory_MemTotal_bytes": (),
    "node_memory_MemAvailable_bytes": (),
    "node_memory_MemFree_bytes": (),
    "node_memory_Cached_bytes": (),
    "node_memory_Buffers_bytes": (),
    "node_memory_SwapTotal_bytes": (),
    "node_memory_SwapFree_bytes": (),
    "node_filesystem_size_bytes": ("mountpoint",),
    "node_filesystem_avail_bytes": ("mountpoint",),
    "node_filesystem_free_bytes": ("mountpoint",),
    "node_filesystem_readonly": ("mountpoint",),
    "node_filesystem_device_error": ("mountpoint",),
    "node_disk_io_now": (),
    "pg_up": (),
    "pg_database_size_bytes": ("datname",),
    "pg_database_size_mb": (),
    "pg_stat_database_num_backends": (),
    "max_connections_connection_count": (),
    "connection_stats_connection_count": ("username",),
    "pg_stat_activity_xact_runtime": (),
    "pg_settings_default_transaction_read_only": (),
    "pg_status_in_recovery": (),
    "pg_wal_size_mb": (),
    "storage_storage_size_mb": (),
    "auth_users_user_count": (),
    "replication_slots_max_lag_bytes": (),
    "physical_replication_lag_physical_replication_lag_seconds": (),
    "pgbouncer_up": (),
    "pgbouncer_used_clients": (),
    "pgbouncer_config_max_client_connections": (),
    "pgbouncer_databases_pool_size": (),
    "pgbouncer_databases_current_connections": (),
    "pgbouncer_databases_max_connections": (),
    "pgbouncer_pools_client_active_connections": (),
    "pgbouncer_pools_client_waiting_connections": (),
    "pgbouncer_pools_client_maxwait_seconds": (),
    "gotrue_running": (),
    "db_sql_connection_open": (),
    "db_sql_connection_max_open": (),
    "pgrst_db_pool_available": (),
    "pgrst_db_pool_max": (),
    "pgrst_db_pool_waiting": (),
}
_COUNTERS: dict[str, tuple[str, ...]] = {
    "node_cpu_seconds_total": ("mode", "cpu"),
    "node_disk_read_bytes_total": (),
    "node_disk_written_bytes_total": (),
    "node_disk_reads_completed_total": (),
    "node_disk_writes_completed_total": (),
    "node_disk_io_time_seconds_total": (),
    "node_network_receive_bytes_total": (),
    "node_network_transmit_bytes_total": (),
    "pg_stat_database_xact_commit_total": (),
    "pg_stat_database_xact_rollback_total": (),
    "pg_stat_database_blks_hit_total": (),
    "pg_stat_database_blks_read_total": (),
    "pg_stat_database_deadlocks_total": (),
    "pg_stat_database_temp_bytes_total": (),
    "pg_stat_database_temp_files_total": (),
    "postgresql_restarts_total": (),
    "http_status_codes_total": (),
    "pgrst_db_pool_timeouts_total": (),
    "pgrst_schema_cache_loads_total": (),
    **dict.fromkeys(sorted(MISTYPED), ()),
}
_HISTOGRAMS: dict[str, tuple[str, ...]] = {
    "http_server_duration_milliseconds": (),
    "db_sql_latency_milliseconds": (),
}
_UNKNOWN: dict[str, tuple[str, ...]] = {
    "node_vmstat_oom_kill": (),
    "node_vmstat_pgmajfault": (),
    "node_vmstat_pswpin": (),
    "node_vmstat_pswpout": (),
    "supavisor_client_joins_ok": ("region", "host", "user", "mode", "type", "db_name"),
    "supavisor_client_queries_count": ("region", "host", "user", "mode", "type", "db_name"),
    "supavisor_connections_active": ("region", "host", "user", "mode", "type", "db_name"),
    "supavisor_client_query_duration_sum": ("region", "host", "user", "mode", "type", "db_name"),
    "supavisor_client_query_duration_count": ("region", "host", "user", "mode", "type", "db_name"),
}


def get(name: str) -> Metric:
    """Return a metric by its name at the origin: `get("pg_up")`. Raises LookupError for one that is not listed."""
    found = _BY_NAME.get(name)
    if found is None:
        raise LookupError(f"Supabase's listed metrics do not have {name!r}: they are {', '.join(sorted(_BY_NAME))}")
    return found


def _unit(name: str) -> str:
    for ending, unit in (("_milliseconds", "ms"), ("_seconds", "s"), ("_seconds_total", "s"), ("_bytes", "By")):
        if name.endswith(ending):
            return unit
    return "By" if name.endswith("_bytes_total") else "1"


def _all() -> Iterator[tuple[str, Metric]]:
    for shape, names in (
        ("gauge", _GAUGES),
        ("counter", _COUNTERS),
        ("histogram", _HISTOGRAMS),
        ("unknown", _UNKNOWN),
    ):
        for name, labels in names.items():
            yield name, metric(name, shape, _SOURCE, *_BASE, *labels, unit=_unit(name), labels_known=False)


_BY_NAME = dict(_all())
METRICS = tuple(_BY_NAME.values())
