"""Figures of a real PostgreSQL, read from the server, and of its machine where that is this one."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from demo.stand_ins.database.exposition import Figure

PATIENCE = 5.0
"""Seconds in which a server that is up must have answered everything."""
MEBIBYTE = 1024 * 1024

_TOTALS = """
SELECT sum(numbackends) AS pg_stat_database_num_backends,
       sum(xact_commit) AS pg_stat_database_xact_commit_total,
       sum(xact_rollback) AS pg_stat_database_xact_rollback_total,
       sum(blks_hit) AS pg_stat_database_blks_hit_total,
       sum(blks_read) AS pg_stat_database_blks_read_total,
       sum(deadlocks) AS pg_stat_database_deadlocks_total,
       sum(temp_bytes) AS pg_stat_database_temp_bytes_total,
       sum(temp_files) AS pg_stat_database_temp_files_total,
       current_setting('max_connections')::int AS max_connections_connection_count,
       (current_setting('default_transaction_read_only') = 'on')::int AS pg_settings_default_transaction_read_only,
       pg_is_in_recovery()::int AS pg_status_in_recovery
FROM pg_stat_database
"""
_ACTIVITY = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0) AS pg_stat_activity_xact_runtime
FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_WAL = "SELECT coalesce(sum(size), 0) / 1048576 AS pg_wal_size_mb FROM pg_ls_waldir()"
_LAG = """
SELECT extract(epoch FROM now() - pg_last_xact_replay_timestamp())
       AS physical_replication_lag_physical_replication_lag_seconds
WHERE pg_is_in_recovery()
"""
_SLOTS = """
SELECT max(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
                           restart_lsn)) AS replication_slots_max_lag_bytes
FROM pg_replication_slots
"""
_SIZES = "SELECT datname, pg_database_size(oid) AS bytes FROM pg_database"
_CLIENTS = """
SELECT usename AS username, count(*) AS clients FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1
"""
_PLACE = "SELECT current_setting('data_directory') AS folder, pg_postmaster_start_time() AS started"


class Server:
    """A PostgreSQL whose figures are read, each time with a new connection."""

    def __init__(self, url: str) -> None:
        """`url` is of a role that may read all statistics and connects where others find no free connection."""
        self.up = True
        """Whether it answered the last query."""
        self._url = url
        self._started: datetime | None = None
        self._restarts = 0
        self._data: Path | None = None

    async def figures(self) -> list[Figure]:
        """Return the server's figures now. If it does not answer, that it is down, and its machine's figures."""
        try:
            async with asyncio.timeout(PATIENCE):
                found = await self._read()
        except (psycopg.Error, TimeoutError):
            self.up, found = False, []
        else:
            self.up = True
        return [
            Figure("pg_up", int(self.up)),
            *found,
            Figure("postgresql_restarts_total", self._restarts),
            *machine(self._data),
        ]

    async def _read(self) -> list[Figure]:
        async with (
            await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, connect_timeout=round(PATIENCE)
            ) as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):

            async def rows_of(query: str) -> Sequence[Mapping[str, object]]:
                return await (await cursor.execute(query.encode())).fetchall()

            found: list[Figure] = []
            for query in (_TOTALS, _ACTIVITY, _WAL, _LAG, _SLOTS):
                found += _figures(await rows_of(query))
            sizes = {str(each["datname"]): _number(each["bytes"]) for each in await rows_of(_SIZES)}
            found += [Figure("pg_database_size_bytes", size, {"datname": name}) for name, size in sizes.items()]
            found.append(Figure("pg_database_size_mb", sum(sizes.values()) / MEBIBYTE))
            found += [
                Figure(
                    "connection_stats_connection_count", _number(each["clients"]), {"username": str(each["username"])}
                )
                for each in await rows_of(_CLIENTS)
            ]
            self._place(*await rows_of(_PLACE))
            return found

    def _place(self, figures: Mapping[str, object]) -> None:
        """Remember where the data is, and whether the server was restarted since the last query."""
        started = figures["started"]
        if isinstance(started, datetime):
            self._restarts += self._started not in {None, started}
            self._started = started
        self._data = Path(str(figures["folder"]))


def _figures(rows: Sequence[Mapping[str, object]]) -> list[Figure]:
    """Columns have the metrics' names; what the server does not know is left out."""
    return [Figure(name, _number(value)) for row in rows for name, value in row.items() if value is not None]


def _number(value: object) -> float:
    number = float(str(value))
    return int(number) if number.is_integer() else number


def machine(data: Path | None, *, proc: Path = Path("/proc")) -> list[Figure]:
    """Load, memory and disk where the data is on this machine; nothing where it is not to be seen from here."""
    if data is None:
        return []
    try:
        disk = os.statvfs(data)
        memory = dict(line.split(":") for line in (proc / "meminfo").read_text().splitlines())
    except (OSError, ValueError):
        return []
    names = ("MemTotal", "MemAvailable", "MemFree", "Cached", "Buffers", "SwapTotal", "SwapFree")
    mounted = {"mountpoint": "/data"}
    return [
        *(Figure(f"node_load{minutes}", load) for minutes, load in zip((1, 5, 15), os.getloadavg(), strict=True)),
        *(Figure(f"node_memory_{name}_bytes", int(memory[name].split()[0]) * 1024) for name in names if name in memory),
        Figure("node_filesystem_size_bytes", disk.f_blocks * disk.f_frsize, mounted),
        Figure("node_filesystem_free_bytes", disk.f_bfree * disk.f_frsize, mounted),
        Figure("node_filesystem_avail_bytes", disk.f_bavail * disk.f_frsize, mounted),
    ]
