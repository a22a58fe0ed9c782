"""Finds stored entries by their event: a separate table, filled with many entries at a time.

The entries of one commit have many events, and each event has its place in the index. If each commit changed the index,
it would write one page for each of these places: with 300,000 entries of 200 events that takes longer than everything
else. So entries wait until there are BEHIND of them, and are then indexed together, in the order of the index. A query
first indexes what still waits.

A query joins each row with its entry: rows of entries that an earlier version, which knows no index, deleted are
not found.
"""

from vigil_emulator.database import Database
from vigil_emulator.resources import StorageError

BEHIND = 10_000
"""Entries that wait to be indexed, at most."""

SEVERAL = "[]"
"""The name under which an entry stands whose event is a list: each query by events looks at these few as well."""

ENTRIES_OF_EVENTS = "data_events CROSS JOIN data_entries USING (event, time, seq)"
"""What a query selects from to read entries by their events: `CROSS JOIN` has SQLite begin with the index."""


class EventIndex:
    """The index, and how far it has come."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reached = 0
        self._behind = 0
        self.load()

    def load(self) -> None:
        """Read how far it has come, after a start, a deletion or a failed transaction."""
        query = "SELECT body FROM data_documents WHERE kind = 'index' AND name = 'events'"
        self._reached = next((int(str(body)) for (body,) in self._database.rows(query)), 0)
        self._behind = max(0, self._last() - self._reached)

    def added(self, entries: int) -> None:
        """Count entries that were stored, and index them with others when there are enough; within a transaction."""
        self._behind += entries
        if self._behind >= BEHIND:
            self._index(2 * BEHIND)  # twice: a store that has never been indexed is so step by step

    def ready(self) -> bool:
        """Bring the index up to date; False where the disk takes nothing, so that a query must do without."""
        if self._behind:
            try:
                with self._database.transaction():
                    self._index(self._behind)
            except StorageError:
                self.load()
                return False
        return True

    def deleted(self) -> None:
        """Forget entries that were deleted; within their transaction."""
        self._database.write("DELETE FROM data_events WHERE seq NOT IN (SELECT seq FROM data_entries)")
        self._save(min(self._reached, self._last()))  # the numbers of deleted entries at the end are given again

    def _last(self) -> int:
        ((last,),) = self._database.rows("SELECT max(seq) FROM data_entries")
        return last if isinstance(last, int) else 0

    def _index(self, entries: int) -> None:
        first, last = self._reached, min(self._reached + entries, self._last())
        self._database.write(
            "INSERT OR IGNORE INTO data_events (event, time, seq) SELECT event, time, seq FROM data_entries"
            " WHERE seq > ? AND seq <= ? AND event IS NOT NULL ORDER BY event, time",
            (first, last),
        )
        self._save(last)
        self._behind -= last - first

    def _save(self, reached: int) -> None:
        statement = "INSERT OR REPLACE INTO data_documents (kind, name, body) VALUES ('index', 'events', ?)"
        self._database.write(statement, (str(reached),))
        self._reached = reached
