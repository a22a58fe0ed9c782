r"""Statements run with asyncpg, through its own query logger.

```python
pool = await asyncpg.create_pool(dsn, init=observing(slow_after=0.5))
await connection.fetch("-- name: orders.by_customer\nSELECT ...", customer)
```
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.statements import ended, name_of, verb_of

C = TypeVar("C")


def observe(connection: C, *, slow_after: float | None = None) -> C:
    """Log every statement of a connection: its name, what it does, how long it took; never its text or its values.

    Args:
        connection: `asyncpg.Connection`; a logger is added to it, and it is given back.
        slow_after: seconds from which a statement is written as slow as well.
    """

    def log_statement(query: Duck) -> None:
        text = str(query.query)
        verb, name = verb_of(text), name_of(text)
        ended("postgresql", verb, name, float(query.elapsed), error=query.exception, slow_after=slow_after)

    inside: Duck = connection
    inside.add_query_logger(log_statement)
    return connection


def observing(*, slow_after: float | None = None) -> Callable[[Duck], Awaitable[None]]:
    """Return what a pool does with each new connection: `asyncpg.create_pool(dsn, init=observing())`."""

    async def init(connection: Duck) -> None:
        observe(connection, slow_after=slow_after)

    return init
