"""Entries in log buckets: stored once, with the set of buckets that hold them, and kept as long as one of them says."""

import json
from collections.abc import Sequence

from vigil_emulator.calls import JsonObject
from vigil_emulator.database import Database
from vigil_emulator.jsonvalues import number
from vigil_emulator.logging.entry import Entry
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import DAY

DEFAULT_RETENTION = 30
REQUIRED_RETENTION = 400
"""Days (docs.cloud.google.com/logging/docs/routing/overview)."""


class EntryStore:
    """The entries of all buckets."""

    def __init__(self, database: Database, resources: ResourceStore) -> None:
        self._database = database
        self._resources = resources
        self._placements: dict[frozenset[str], int] = {}
        self._retention: dict[str, int] = {}
        self.load()

    def load(self) -> None:
        """Read the placements anew, after a transaction failed."""
        self._placements = {
            frozenset(json.loads(str(buckets))): int(str(identifier))
            for identifier, buckets in self._database.rows("SELECT id, buckets FROM data_placements")
        }
        self._retention.clear()

    def count(self) -> int:
        """How many entries are stored."""
        return next(int(str(row[0])) for row in self._database.rows("SELECT count(*) FROM data_entries"))

    def contains(self, entry: Entry) -> bool:
        """Whether an entry with the same log, time and insert id is stored."""
        query = "SELECT 1 FROM data_entries WHERE time = ? AND insert_id = ? AND log = ? LIMIT 1"
        return any(True for _ in self._database.rows(query, (entry.time, entry.insert_id, entry.log_name)))

    def exists(self, bucket: str) -> bool:
        """Whether there is such a bucket; ``_Default`` and ``_Required`` are always there."""
        return (
            bucket.endswith(("/locations/global/buckets/_Default", "/locations/global/buckets/_Required"))
            or self._resources.get("logging.buckets", bucket) is not None
        )

    def retention(self, bucket: str) -> int:
        """How long a bucket keeps entries, in nanoseconds."""
        found = self._retention.get(bucket)
        if found is None:
            body = self._resources.get("logging.buckets", bucket) or {}
            fallback = REQUIRED_RETENTION if bucket.endswith("/_Required") else DEFAULT_RETENTION
            found = self._retention[bucket] = int(number(body, "retentionDays") or fallback) * DAY
        return found

    def forget_retention(self) -> None:
        """Read retentions anew, after a bucket changed."""
        self._retention.clear()

    def placement(self, buckets: frozenset[str]) -> int:
        """The id of a set of buckets; within a transaction."""
        found = self._placements.get(buckets)
        if found is None:
            text = json.dumps(sorted(buckets))
            _, found = self._database.write("INSERT INTO data_placements (buckets) VALUES (?)", (text,))
            self._placements[buckets] = found
        return found

    def add(self, rows: Sequence[tuple[Entry, int, bytes]]) -> None:
        """Store entries, each with its placement and its JSON; within a transaction."""
        self._database.write_many(
            "INSERT INTO data_entries (placement, time, severity, log, insert_id, event, body)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (placement, entry.time, entry.severity, entry.log_name, entry.insert_id, event_of(entry.body), text)
                for entry, placement, text in rows
            ],
        )

    def visible(self, buckets: Sequence[str], now: int) -> list[tuple[int, int, frozenset[str]]]:
        """Placements that touch the buckets: id, the time before which retention hides entries, the buckets touched."""
        wanted = set(buckets)
        return [
            (identifier, now - max(self.retention(bucket) for bucket in touched), touched)
            for placed, identifier in self._placements.items()
            if (touched := placed & wanted)
        ]

    def buckets_of(self, project: str) -> set[str]:
        """The buckets of a project (``projects/p``) that hold entries."""
        return {
            bucket for placed in self._placements for bucket in placed if bucket.startswith(f"{project}/locations/")
        }

    def purge(self, now: int) -> None:
        """Delete what no bucket keeps any longer."""
        with self._database.transaction():
            for placed, identifier in self._placements.items():
                cutoff = now - max(self.retention(bucket) for bucket in placed)
                self._database.write("DELETE FROM data_entries WHERE placement = ? AND time < ?", (identifier, cutoff))

    def logs(self, parent: str) -> list[str]:
        """Names of the logs of a parent (``projects/p``) that have entries, sorted."""
        query = "SELECT DISTINCT log FROM data_entries WHERE log >= ? AND log < ? ORDER BY log"
        return [str(name) for (name,) in self._database.rows(query, (f"{parent}/logs/", f"{parent}/logs0"))]

    def delete_log(self, log_name: str) -> int:
        """Delete a log's entries; returns how many there were."""
        with self._database.transaction():
            return self._database.write("DELETE FROM data_entries WHERE log = ?", (log_name,))[0]


def event_of(body: JsonObject) -> str | None:
    """The event's name in lower case, which the database indexes."""
    payload = body.get("jsonPayload")
    event = payload.get("event") if isinstance(payload, dict) else None
    return event.lower() if isinstance(event, str) else None
