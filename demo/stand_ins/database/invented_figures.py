"""Invented figures of a database that does not exist: plausible ones for each state."""

from enum import StrEnum

from demo.stand_ins.database.exposition import Figure

CONNECTIONS = 60
"""Connections that the database allows: Supabase's smallest instances do
(https://supabase.com/docs/guides/platform/compute-and-disk)."""
DISK = 8 * 1024**3
"""Bytes of the database's disk."""
QUEUE = 9
"""Clients that wait for the pooler of a crowded database."""


class State(StrEnum):
    """How the database is."""

    WELL = "well"
    DOWN = "down"
    CROWDED = "crowded"
    """Nearly all connections are in use, and clients wait for the pooler."""


def pooler(state: State) -> list[Figure]:
    """Return the figures of the pooler before the database, which the demo does not run."""
    waiting = QUEUE if state is State.CROWDED else 0
    return [Figure("pgbouncer_pools_client_waiting_connections", waiting)]


def invented(state: State, *, seconds: float) -> list[Figure]:
    """Return all figures of a database that has run for so many seconds."""
    crowded, down = state is State.CROWDED, state is State.DOWN
    data = {"mountpoint": "/data"}
    return [
        Figure("pg_up", 0 if down else 1),
        Figure("pg_stat_database_num_backends", 0 if down else CONNECTIONS - 1 if crowded else 12),
        Figure("max_connections_connection_count", CONNECTIONS),
        Figure("pg_settings_default_transaction_read_only", 0),
        *pooler(state),
        Figure("node_filesystem_size_bytes", DISK, data),
        Figure("node_filesystem_avail_bytes", DISK * 0.6, data),
        Figure("node_load5", 3.5 if crowded else 0.4),
        Figure("node_memory_MemAvailable_bytes", 700 * 1024**2),
        Figure("pg_stat_database_xact_commit_total", round(seconds * 20)),
        Figure("pg_stat_database_xact_rollback_total", round(seconds / 5)),
        Figure("pg_stat_database_deadlocks_total", 0),
    ]
