"""Statements run with SQLAlchemy, by name: their text and their values are never written.

```python
engine = instrument_sqlalchemy(create_engine(url), slow_after=0.5)
connection.execute(named_query(select(orders).where(...), "orders.by_customer"))
```
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import TypeVar

from vigil_telemetry.arguments import Seconds, Text, validated
from vigil_telemetry.counters import counters
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.database import (
    DatabasePoolExhausted,
    DatabaseQueryCompleted,
    DatabaseQueryFailed,
    DatabaseQuerySlow,
    System,
    Verb,
)
from vigil_telemetry.exceptions import error_type
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.places import caller_place
from vigil_telemetry.safe import from_value

UNNAMED = "(unnamed)"
_OPTION = "vigil_query"
_STARTED = "vigil_started"
_SYSTEMS: Mapping[str, System] = {
    "postgresql": "postgresql", "mysql": "mysql", "mariadb": "mysql", "sqlite": "sqlite", "bigquery": "bigquery",
}  # fmt: skip
_VERBS: Mapping[str, Verb] = {
    "select": "select", "with": "select", "insert": "insert", "update": "update", "delete": "delete", "call": "call",
    "begin": "transaction", "commit": "transaction", "rollback": "transaction", "savepoint": "transaction",
    "release": "transaction",
}  # fmt: skip

E = TypeVar("E")
S = TypeVar("S")


@validated
def named_query(statement: S, query: Text) -> S:
    """Return the statement with a name, under which it is logged: `orders.by_customer`, never built from values."""
    inside: Duck = statement
    if not hasattr(inside, "execution_options"):
        raise TypeError(
            f"{type(statement).__qualname__} is no statement of SQLAlchemy: name a select, an insert or text"
        )
    return inside.execution_options(**{_OPTION: query})


@validated
def instrument_sqlalchemy(engine: E, *, slow_after: Seconds | None = None) -> E:
    """Log every statement of an engine: its name, what it does, how long it took, how many rows.

    Durations end when the database answered; rows that are fetched later are not waited for.

    Args:
        engine: `Engine` or `AsyncEngine`; listeners are added to it, and it is given back.
        slow_after: seconds from which a statement is written as slow as well.
    """
    sync: Duck = getattr(engine, "sync_engine", engine)
    if not hasattr(sync, "dialect"):
        raise TypeError(
            f"{type(engine).__qualname__} is no engine of SQLAlchemy: instrument what create_engine or "
            "create_async_engine gave"
        )
    listen = importlib.import_module("sqlalchemy.event").listen
    observer = _Observer(_SYSTEMS.get(sync.dialect.name, "other"), slow_after)
    listen(sync, "before_cursor_execute", _harmless(observer.before))
    listen(sync, "after_cursor_execute", _harmless(observer.after))
    listen(sync, "handle_error", _harmless(observer.failed))
    observer.watch_pool(sync)
    listen(sync, "engine_disposed", observer.watch_pool)  # it has a new pool then
    return engine


def _harmless(listener: Callable[..., None]) -> Callable[..., None]:
    """Return the listener, whose own exceptions never reach the statement."""

    def listening(*args: Duck) -> None:
        try:
            listener(*args)
        except from_value():  # whatever the driver passes, the statement continues
            counters.note("failed")

    return listening


class _Observer:
    def __init__(self, system: System, slow_after: float | None) -> None:
        self._system: System = system
        self._slow_after = slow_after

    def before(self, connection: Duck, *_: object) -> None:
        connection.info[_STARTED] = perf_counter()

    def after(self, connection: Duck, cursor: Duck, text: str, *rest: Duck) -> None:
        duration = _since(connection.info.pop(_STARTED, None))
        query, verb, place = _query(rest[1]), _verb(text), caller_place()
        rows = cursor.rowcount if isinstance(cursor.rowcount, int) and cursor.rowcount >= 0 else None
        emit(
            DatabaseQueryCompleted(system=self._system, verb=verb, query=query, duration=duration, rows=rows),
            place=place,
        )
        if self._slow_after is not None and duration > self._slow_after:
            emit(
                DatabaseQuerySlow(
                    system=self._system, verb=verb, query=query, duration=duration, allowed=self._slow_after
                ),
                place=place,
            )

    def failed(self, error: Duck) -> None:
        connection = error.connection
        started = connection.info.pop(_STARTED, None) if connection is not None else None
        if started is None:
            return  # no statement was running
        emit(  # the driver's message may quote values, and SQLAlchemy's quotes the statement: neither is written
            DatabaseQueryFailed(
                system=self._system,
                verb=_verb(error.statement or ""),
                query=_query(error.execution_context),
                error_type=error_type(error.original_exception),
                duration=_since(started),
            ),
            place=caller_place(),
        )

    def watch_pool(self, engine: Duck) -> None:
        """Log when no connection is free in time; the pool has no event for that."""
        pool, inner, system = engine.pool, engine.pool.connect, self._system

        @_harmless
        def exhausted(started: float) -> None:
            emit(
                DatabasePoolExhausted(system=system, waited=_since(started), size=_size(pool)),
                place=caller_place(),
            )

        def connect() -> Duck:
            started = perf_counter()
            try:
                return inner()
            except Exception as error:
                if type(error).__name__ == "TimeoutError":
                    exhausted(started)
                raise

        pool.connect = connect


def _size(pool: Duck) -> int:
    return int(pool.checkedout()) if hasattr(pool, "checkedout") else 0


def _since(started: float | None) -> float:
    return round(perf_counter() - started, 6) if started is not None else 0.0


def _query(context: Duck) -> str:
    options: Mapping[str, object] = getattr(context, "execution_options", None) or {}
    name = options.get(_OPTION)
    return name if isinstance(name, str) else UNNAMED


def _verb(text: str) -> Verb:
    return _VERBS.get(text.lstrip(" \n\t(")[:20].split(" ", 1)[0].split("\n", 1)[0].lower(), "other")
