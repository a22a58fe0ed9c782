"""Entries in log buckets: stored once, with the set of buckets that hold them, and kept as long as one of them says."""

import json
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.database import Cell, Database
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.event_index import SEVERAL, EventIndex
from vigil_emulator.numerals import number
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import DAY, EARLIEST

Identity: TypeAlias = tuple[int, str, str]
"""An entry's time, insert id and log: what makes it one."""

DEFAULT_RETENTION = 30
REQUIRED_RETENTION = 400
"""Days (docs.cloud.google.com/logging/docs/routing/overview)."""

NEWEST = 100_000
"""Entries whose identity is known without asking the database: the newest that their writers named, by their time."""


class EntryStore:
    """The entries of all buckets."""

    def __init__(self, database: Database, resources: ResourceStore) -> None:
        self._database = database
        self._resources = resources
        self._placements: dict[frozenset[str], int] = {}
        self._retention: dict[str, int] = {}
        self._newest: set[Identity] = set()
        self._since = 0
        self._serial = 0
        self._prefix = ""
        self.events = EventIndex(database)
        self.load()

    def load(self) -> None:
        """Read the placements anew, after a transaction failed."""
        self._placements = {
            frozenset(json.loads(str(buckets))): int(str(identifier))
            for identifier, buckets in self._database.rows("SELECT id, buckets FROM data_placements")
        }
        self._retention.clear()
        self.events.load()
        self._forget_newest()

    def _forget_newest(self) -> None:
        """Know only the entries to come; query the database for those that are not newer than what it has."""
        self._newest.clear()
        ((newest,),) = self._database.rows("SELECT max(time) FROM data_entries")
        self._since = newest + 1 if isinstance(newest, int) else 0

    def count(self) -> int:
        """Return how many entries are stored."""
        return next(int(str(row[0])) for row in self._database.rows("SELECT count(*) FROM data_entries"))

    def new_id(self, now: int) -> str:
        """Return an insert id for an entry that came without one."""
        if not self._prefix:
            self._prefix = f"{now:x}"
        self._serial += 1
        return f"{self._prefix}{self._serial:08x}"

    def contains(self, entry: Entry) -> bool:
        """Return whether an entry with the same log, time and insert id is stored."""
        ours = self._prefix and entry.insert_id.startswith(self._prefix)  # sent back by somebody who read it here
        if entry.time >= self._since and not ours:
            return (entry.time, entry.insert_id, entry.log_name) in self._newest
        if entry.time < EARLIEST:
            return False
        query = "SELECT 1 FROM data_entries WHERE time = ? AND insert_id = ? AND log = ? LIMIT 1"
        return any(True for _ in self._database.rows(query, (entry.time, entry.insert_id, entry.log_name)))

    def exists(self, bucket: str) -> bool:
        """Return whether there is such a bucket; `_Default` and `_Required` are always there."""
        return bucket.endswith(
            ("/locations/global/buckets/_Default", "/locations/global/buckets/_Required")
        ) or self._resources.has("logging.buckets", bucket)

    def retention(self, bucket: str) -> int:
        """Return how long a bucket keeps entries, in nanoseconds."""
        found = self._retention.get(bucket)
        if found is None:
            body = self._resources.get("logging.buckets", bucket) or {}
            fallback = REQUIRED_RETENTION if bucket.endswith("/_Required") else DEFAULT_RETENTION
            found = self._retention[bucket] = int(number(body, "retentionDays") or fallback) * DAY
        return found

    def keeping(self, buckets: frozenset[str], time: int, now: int) -> frozenset[str]:
        """Return those of the buckets that store an entry of this time."""
        return frozenset(bucket for bucket in buckets if now - self.retention(bucket) <= time <= now + DAY)

    def forget_retention(self) -> None:
        """Read retentions anew, after a bucket changed."""
        self._retention.clear()

    def placement(self, buckets: frozenset[str]) -> int:
        """Return the id of a set of buckets; within a transaction."""
        found = self._placements.get(buckets)
        if found is None:
            text = json.dumps(sorted(buckets))
            _, found = self._database.write("INSERT INTO data_placements (buckets) VALUES (?)", (text,))
            self._placements[buckets] = found
        return found

    def add(self, placed: Sequence[tuple[Entry, frozenset[str]]]) -> None:
        """Store entries, each with the buckets that keep it; within a transaction."""
        self._database.write_many(
            "INSERT INTO data_entries (placement, time, severity, log, insert_id, event, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    self.placement(kept),
                    entry.time,
                    entry.severity,
                    entry.log_name,
                    entry.insert_id,
                    event_of(entry.body),
                    entry.encoded,
                )
                for entry, kept in placed
            ],
        )
        self.events.added(len(placed))
        since = self._since
        self._newest.update(
            (entry.time, entry.insert_id, entry.log_name) for entry, _ in placed if entry.named and entry.time >= since
        )
        if len(self._newest) > NEWEST:
            times = sorted(time for time, _, _ in self._newest)
            self._since = times[NEWEST // 2] + 1
            self._newest = {known for known in self._newest if known[0] >= self._since}

    def visible(self, buckets: Sequence[str], now: int) -> list[tuple[int, int, frozenset[str]]]:
        """Return the placements that touch the buckets: id, time before which entries are hidden, buckets touched."""
        wanted = set(buckets)
        return [
            (identifier, now - max(self.retention(bucket) for bucket in touched), touched)
            for placed, identifier in self._placements.items()
            if (touched := placed & wanted)
        ]

    def buckets_of(self, project: str) -> set[str]:
        """Return the buckets of a project (`projects/p`) that hold entries."""
        return {
            bucket for placed in self._placements for bucket in placed if bucket.startswith(f"{project}/locations/")
        }

    def purge(self, now: int) -> None:
        """Delete what no bucket keeps any longer."""
        over = [
            (identifier, now - max(self.retention(bucket) for bucket in placed))
            for placed, identifier in self._placements.items()
        ]
        self._delete("placement = ? AND time < ?", over)

    def logs(self, parent: str) -> list[str]:
        """Return names of the logs of a parent (`projects/p`) that have entries, sorted."""
        query = "SELECT DISTINCT log FROM data_entries WHERE log >= ? AND log < ? ORDER BY log"
        return [str(name) for (name,) in self._database.rows(query, (f"{parent}/logs/", f"{parent}/logs0"))]

    def delete_log(self, log_name: str) -> int:
        """Delete a log's entries; returns how many there were."""
        return self._delete("log = ?", [(log_name,)])

    def _delete(self, condition: str, chosen: Iterable[Sequence[Cell]]) -> int:
        statement = f"DELETE FROM data_entries WHERE {condition}"  # noqa: S608 - ours
        try:
            with self._database.transaction():
                deleted = sum(self._database.write(statement, parameters)[0] for parameters in chosen)
                if deleted:
                    self.events.deleted()
        finally:
            self.events.load()
            self._forget_newest()
        return deleted


def event_of(body: JsonObject) -> str | None:
    """Return the event's name in lower case, by which entries are indexed; SEVERAL where the field is a list."""
    payload = body.get("jsonPayload")
    event = payload.get("event") if isinstance(payload, dict) else None
    if isinstance(event, list):
        return SEVERAL
    return event.lower() if isinstance(event, str) else None
