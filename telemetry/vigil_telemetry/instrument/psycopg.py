r"""Statements run with psycopg 3, by cursors that log.

```python
connection = psycopg.connect(dsn, cursor_factory=ObservedCursor)
connection.execute("-- name: orders.by_customer\nSELECT ...", [customer])
```
"""

from __future__ import annotations

from typing import Any

import psycopg

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.statements import name_of, timed, verb_of


class ObservedCursor(psycopg.Cursor[Any]):
    """A cursor whose statements are logged: their names, what they do, how long they took."""

    def execute(self, query: Duck, *args: Duck, **options: Duck) -> Duck:
        """Run a statement."""
        text = _text(query)
        with timed("postgresql", verb_of(text), name_of(text), None):
            return super().execute(query, *args, **options)

    def executemany(self, query: Duck, *args: Duck, **options: Duck) -> None:
        """Run a statement for each of several sets of values: one line."""
        text = _text(query)
        with timed("postgresql", verb_of(text), name_of(text), None):
            super().executemany(query, *args, **options)


class AsyncObservedCursor(psycopg.AsyncCursor[Any]):
    """The same for `psycopg.AsyncConnection`."""

    async def execute(self, query: Duck, *args: Duck, **options: Duck) -> Duck:
        """Run a statement."""
        text = _text(query)
        with timed("postgresql", verb_of(text), name_of(text), None):
            return await super().execute(query, *args, **options)

    async def executemany(self, query: Duck, *args: Duck, **options: Duck) -> None:
        """Run a statement for each of several sets of values: one line."""
        text = _text(query)
        with timed("postgresql", verb_of(text), name_of(text), None):
            await super().executemany(query, *args, **options)


def _text(query: Duck) -> str:
    if isinstance(query, bytes):
        return query.decode("utf-8", "replace")
    return query if isinstance(query, str) else str(query.as_string(None)) if hasattr(query, "as_string") else ""
