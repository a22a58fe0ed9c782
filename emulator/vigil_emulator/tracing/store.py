"""The store of spans: the data plane's SQLite file."""

import json
from collections.abc import Iterable, Sequence
from typing import Final, cast

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.database import Database, Row
from vigil_emulator.tracing.span import Kind, Span, Status

RETENTION_DAYS: Final = 30
"""Days for which spans are kept (docs.cloud.google.com/stackdriver/quotas: retention of the _Trace bucket)."""

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS data_spans (
  project TEXT NOT NULL, trace TEXT NOT NULL, span TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER NOT NULL,
  parent TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (project, trace, span)
) WITHOUT ROWID
"""
_INDEX: Final = "CREATE INDEX IF NOT EXISTS data_spans_time ON data_spans (project, started)"
_ADD: Final = (
    "INSERT OR REPLACE INTO data_spans (project, trace, span, started, ended, parent, name, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_READ: Final = (
    "SELECT project, trace, span, started, ended, parent, name, body FROM data_spans"
    " WHERE project = ? AND trace = ? ORDER BY started, ended DESC, span"
)


class SpanStore:
    """Spans by project and trace; a span that is sent again replaces itself."""

    def __init__(self, database: Database) -> None:
        """Makes the table where it is missing. Raises StorageError where the file cannot be used."""
        self._database = database
        database.write(_TABLE)
        database.write(_INDEX)

    def add(self, spans: Iterable[Span]) -> None:
        """Store all of them, or none. Raises StorageError."""
        with self._database.transaction():
            self._database.write_many(_ADD, [_row(span) for span in spans])

    def trace(self, project: str, trace: str) -> list[Span]:
        """Return the spans of a trace by their start; empty where there is none."""
        return [_span(row) for row in self._database.rows(_READ, (project, trace))]

    def traces(self, project: str, start: int, end: int) -> list[str]:
        """Return the traces with a span that began in this time (ns), the newest first."""
        query = (
            "SELECT trace, MAX(started) AS latest FROM data_spans WHERE project = ? AND started BETWEEN ? AND ?"
            " GROUP BY trace ORDER BY latest DESC, trace"
        )
        return [str(trace) for trace, _ in self._database.rows(query, (project, start, end))]

    def count(self) -> int:
        """Return how many spans there are."""
        return next((int(str(count)) for (count,) in self._database.rows("SELECT COUNT(*) FROM data_spans")), 0)

    def purge(self, before: int) -> None:
        """Forget spans that ended before a time (ns)."""
        self._database.write("DELETE FROM data_spans WHERE ended < ?", (before,))


def _row(span: Span) -> Sequence[str | int]:
    body: JsonObject = {
        "kind": span.kind,
        "status": span.status,
        "message": span.message,
        "attributes": span.attributes,
        "resource": span.resource,
        "events": list(span.events),
        "links": list(span.links),
        "scope": span.scope,
    }
    text = json.dumps(body, separators=(",", ":"))
    return (span.project, span.trace, span.id, span.start, span.end, span.parent, span.name, text)


def _span(row: Row) -> Span:
    project, trace, identifier, started, ended, parent, name, text = row
    body = cast("JsonObject", json.loads(str(text)))
    return Span(
        project=str(project),
        trace=str(trace),
        id=str(identifier),
        parent=str(parent),
        name=str(name),
        start=int(str(started)),
        end=int(str(ended)),
        kind=cast("Kind", body["kind"]),
        status=cast("Status", body["status"]),
        message=str(body["message"]),
        attributes=cast("JsonObject", body["attributes"]),
        resource=cast("JsonObject", body["resource"]),
        events=tuple(cast("list[JsonObject]", body["events"])),
        links=tuple(cast("list[JsonObject]", body["links"])),
        scope=str(body["scope"]),
    )
