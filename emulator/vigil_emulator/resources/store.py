"""The resources of both APIs, durable once acknowledged, with a notice of each change."""

import json
import sqlite3
import weakref
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TypeAlias, cast

from vigil_apimodel.json_values import JsonObject, copied_object
from vigil_emulator.errors import ApiError

Subscriber: TypeAlias = Callable[[str, str, "JsonObject | None"], None]
"""`(kind, name, body)`; `body` is None after a deletion."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (kind, name)
)
"""


class StorageError(ApiError):
    """A write could not be made durable, so nothing of it was kept."""

    def __init__(self, reason: str) -> None:
        """`reason` is SQLite's own text."""
        super().__init__(
            "RESOURCE_EXHAUSTED",
            f"The emulator could not write its state: {reason}. Free space in its state folder and repeat the request.",
        )


class ResourceStore:
    """Resources by kind and name.

    `kind` is the discovery collection (`logging.buckets`, `monitoring.alertPolicies`). `name` is the full
    resource name with the project's *id* (`projects/p/alertPolicies/1`, `projects/p/metrics/ID` for log-based
    metrics), also where the body's own `name` has the project's number (dashboards, services, SLOs) or is an id
    alone (metrics). Bodies are as the API serves them, with two additions that the REST surface takes away: secrets
    are whole (a channel's `labels.password`), and a bucket that is DELETE_REQUESTED is still there.

    Bodies given and returned are copies: changing one changes nothing here. All methods may be called from any thread;
    subscribers run in the thread of the change, after it is durable.
    """

    def __init__(self, database: Path | None = None) -> None:
        """`database` is an SQLite file, made if absent; None keeps everything in memory.

        Raises StorageError when the file cannot be opened or written.
        """
        self._lock = RLock()
        self._subscribers: list[Subscriber] = []
        self._resources: dict[str, dict[str, JsonObject]] = {}
        self._undo: list[tuple[str, str, JsonObject | None]] | None = None
        self._durable = database is not None
        self.failure: str | None = None
        """Why the last write failed; None while writes succeed. The health endpoint shows it."""
        try:
            # Autocommit mode: transactions are begun and ended here, in words.
            self._connection = sqlite3.connect(database or ":memory:", check_same_thread=False, isolation_level=None)
            weakref.finalize(self, self._connection.close)  # closes a database in memory, or one that could not be read
            self._connection.execute("PRAGMA busy_timeout = 5000")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.execute(_SCHEMA)
            rows = self._connection.execute("SELECT kind, name, body FROM resources ORDER BY position")
            for kind, name, body in cast("Iterator[tuple[str, str, str]]", rows):
                self._resources.setdefault(kind, {})[name] = cast("JsonObject", json.loads(body))
        except sqlite3.Error as error:
            raise StorageError(str(error)) from error

    def kinds(self) -> Sequence[str]:
        """Return the kinds that have at least one resource, sorted."""
        with self._lock:
            return sorted(kind for kind, resources in self._resources.items() if resources)

    def names(self, kind: str, parent: str | None = None) -> Sequence[str]:
        """Return names of a kind in the order of creation, all or those below `parent` at any depth."""
        with self._lock:
            names = self._resources.get(kind, {})
            return [name for name in names if parent is None or name.startswith(f"{parent}/")]

    def list(self, kind: str, parent: str | None = None) -> Sequence[JsonObject]:
        """Return the bodies of a kind in the order of creation, all or those below `parent` at any depth."""
        with self._lock:
            resources = self._resources.get(kind, {})
            return [copied_object(resources[name]) for name in self.names(kind, parent)]

    def get(self, kind: str, name: str) -> JsonObject | None:
        """Return the body, or None where there is no such resource."""
        with self._lock:
            body = self._resources.get(kind, {}).get(name)
            return None if body is None else copied_object(body)

    def has(self, kind: str, name: str) -> bool:
        """Return whether there is such a resource."""
        with self._lock:
            return name in self._resources.get(kind, {})

    def put(self, kind: str, name: str, body: JsonObject) -> None:
        """Create or replace. Raises StorageError when it cannot be made durable; then nothing has changed."""
        self._change(kind, name, copied_object(body))

    def delete(self, kind: str, name: str) -> None:
        """Delete a resource; nothing happens where there is none. Raises StorageError like `put`."""
        with self._lock:
            if name in self._resources.get(kind, {}):
                self._change(kind, name, None)

    def subscribe(self, callback: Subscriber) -> None:
        """Have `callback` called after each change, once it is durable."""
        self._subscribers.append(callback)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make the changes inside durable together, or none of them if the block raises.

        A transaction inside another is part of it. Subscribers hear of the changes after the outermost.
        """
        with self._lock:
            if self._undo is not None:
                yield
                return
            self._begin()
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            self._commit()

    def close(self) -> None:
        """Release the file. The store cannot be used after it."""
        with self._lock:
            self._connection.close()

    def _change(self, kind: str, name: str, body: JsonObject | None) -> None:
        with self._lock:
            alone = self._undo is None
            if alone:
                self._begin()
            try:
                self._write(kind, name, body)
            except sqlite3.Error as error:
                self.failure = str(error)
                if alone:
                    self._roll_back()
                raise StorageError(str(error)) from error
            if alone:
                self._commit()

    def _write(self, kind: str, name: str, body: JsonObject | None) -> None:
        resources = self._resources.setdefault(kind, {})
        if self._undo is not None:
            self._undo.append((kind, name, resources.get(name)))
        if self._durable:
            self._save(kind, name, body)
        if body is None:
            del resources[name]
        else:
            resources[name] = body

    def _save(self, kind: str, name: str, body: JsonObject | None) -> None:
        if body is None:
            self._connection.execute("DELETE FROM resources WHERE kind = ? AND name = ?", (kind, name))
            return
        self._connection.execute(
            "INSERT INTO resources (kind, name, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, name) DO UPDATE SET body = excluded.body",
            (kind, name, json.dumps(body, separators=(",", ":"))),
        )

    def _begin(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self.failure = str(error)
            raise StorageError(str(error)) from error
        self._undo = []

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.failure = str(error)
            self._roll_back()
            raise StorageError(str(error)) from error
        changes, self._undo, self.failure = self._undo or [], None, None
        for kind, name, _ in changes if self._subscribers else ():
            body = self.get(kind, name)
            for subscriber in self._subscribers:
                subscriber(kind, name, body)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # SQLite rolls some failures back by itself
            self._connection.execute("ROLLBACK")
        for kind, name, before in reversed(self._undo or []):
            if before is None:
                self._resources[kind].pop(name, None)
            else:
                self._resources[kind][name] = before
        self._undo = None
