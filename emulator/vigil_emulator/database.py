"""The data plane's SQLite file: entries, series, incidents, deliveries.

In WAL mode with full synchronisation, so that what was acknowledged survives the death of the process and of the
machine. One transaction holds an entry together with the points that it changed.
"""

import sqlite3
import weakref
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias, cast

from vigil_emulator.resources import StorageError

Cell: TypeAlias = "str | int | float | bytes | None"
Row: TypeAlias = tuple[Cell, ...]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS data_placements (id INTEGER PRIMARY KEY, buckets TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS data_entries (
  seq INTEGER PRIMARY KEY,
  placement INTEGER NOT NULL,
  time INTEGER NOT NULL,
  severity INTEGER NOT NULL,
  log TEXT NOT NULL,
  insert_id TEXT NOT NULL,
  event TEXT,
  body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS data_entries_time ON data_entries (time, insert_id);
CREATE TABLE IF NOT EXISTS data_events (event TEXT NOT NULL, time INTEGER NOT NULL, seq INTEGER NOT NULL,
  PRIMARY KEY (event, time, seq)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_series (
  id INTEGER PRIMARY KEY, project TEXT NOT NULL, metric TEXT NOT NULL, metric_labels TEXT NOT NULL,
  resource TEXT NOT NULL, resource_labels TEXT NOT NULL, kind TEXT NOT NULL, value_type TEXT NOT NULL,
  unit TEXT NOT NULL, filled INTEGER NOT NULL
);
-- a commit changes points of the same minute, of many series: this order has them beside each other
CREATE TABLE IF NOT EXISTS data_points (
  series INTEGER NOT NULL, ended INTEGER NOT NULL, started INTEGER NOT NULL, value, PRIMARY KEY (ended, series)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS data_documents (kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (kind, name)) WITHOUT ROWID;
-- earlier versions make this index and leave data_events as it is, whatever they write and delete: it is read anew
DELETE FROM data_documents WHERE kind = 'index'
  AND EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'data_entries_event');
DROP INDEX IF EXISTS data_entries_event;
"""


class Database:
    """A connection; all methods raise StorageError where SQLite fails, a full disk among it."""

    def __init__(self, path: Path | None) -> None:
        """`path` None keeps everything in memory."""
        self.durable = path is not None
        """Whether the next process finds what is written. Otherwise nothing is written that is in memory anyway."""
        with _translated():
            self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
            weakref.finalize(self, self._connection.close)  # closes a database in memory, or one that could not be read
            self._connection.execute("PRAGMA busy_timeout = 5000")
            self._connection.execute("PRAGMA page_size = 16384")  # of a new file: an entry is about a kilobyte
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute("PRAGMA cache_size = -65536")
            self._connection.executescript(_SCHEMA)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make all of the block's writes durable, or none."""
        with _translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, parameters: Sequence[Cell] = ()) -> Iterable[Row]:
        """Return the rows of a query, as they come."""
        with _translated():
            return cast("Iterable[Row]", self._connection.execute(query, parameters))

    def write(self, statement: str, parameters: Sequence[Cell] = ()) -> tuple[int, int]:
        """Return the rows changed, and the row id of the last insertion."""
        with _translated():
            cursor = self._connection.execute(statement, parameters)
            return cursor.rowcount, cursor.lastrowid or 0

    def write_many(self, statement: str, rows: Iterable[Sequence[Cell]]) -> None:
        """Run one statement for many rows."""
        with _translated():
            self._connection.executemany(statement, rows)

    def close(self) -> None:
        """Release the file."""
        self._connection.close()


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(str(error)) from error
