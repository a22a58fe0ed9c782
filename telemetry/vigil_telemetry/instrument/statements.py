"""Statements, whatever driver runs them: the events of one, by a name that never holds a value."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from time import perf_counter

from vigil_telemetry.counters import counters
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.database import (
    DatabaseQueryCompleted,
    DatabaseQueryFailed,
    DatabaseQuerySlow,
    System,
    Verb,
)
from vigil_telemetry.exceptions import error_type
from vigil_telemetry.instrument.places import caller_place
from vigil_telemetry.safe import from_value

UNNAMED = "(unnamed)"
VERBS: Mapping[str, Verb] = {
    "select": "select", "with": "select", "insert": "insert", "update": "update", "delete": "delete", "call": "call",
    "begin": "transaction", "commit": "transaction", "rollback": "transaction", "savepoint": "transaction",
    "release": "transaction",
}  # fmt: skip
_NAMED = re.compile(r"\s*(?:--\s*|/\*\s*)name:\s*([A-Za-z0-9_.:-]{1,100})\s*(?:\*/|\n|$)", re.ASCII)
_COMMENT = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*", re.DOTALL)


def name_of(statement: str) -> str:
    """Return the name that a statement gives itself in a comment before it: `-- name: orders.by_customer`."""
    found = _NAMED.match(statement[:300])
    return found[1] if found is not None else UNNAMED


def verb_of(statement: str) -> Verb:
    """Return what a statement does, by its first word."""
    start = _COMMENT.match(statement)
    bare = statement[start.end() if start is not None else 0 :].lstrip("(")
    word = re.split(r"[\s(;]", bare[:20], maxsplit=1)[0].lower()
    return VERBS.get(word, "other")


def ended(
    system: System,
    verb: Verb,
    query: str,
    duration: float,
    *,
    error: BaseException | None = None,
    rows: int | None = None,
    slow_after: float | None = None,
) -> None:
    """Write what became of a statement. Never raises; the driver's message may quote values and is left out."""
    try:
        place, taken = caller_place(), round(max(duration, 0.0), 6)
        if error is not None:
            failed = DatabaseQueryFailed(
                system=system, verb=verb, query=query, error_type=error_type(error), duration=taken
            )
            emit(failed, place=place)
            return
        emit(DatabaseQueryCompleted(system=system, verb=verb, query=query, duration=taken, rows=rows), place=place)
        if slow_after is not None and taken > slow_after:
            slow = DatabaseQuerySlow(system=system, verb=verb, query=query, duration=taken, allowed=slow_after)
            emit(slow, place=place)
    except from_value():  # whatever the driver gave, the application continues
        counters.note("failed")


@contextmanager
def timed(system: System, verb: Verb, query: str, slow_after: float | None) -> Generator[None]:
    """Write what becomes of the statement that the block runs."""
    started = perf_counter()
    try:
        yield
    except Exception as error:
        ended(system, verb, query, perf_counter() - started, error=error)
        raise
    ended(system, verb, query, perf_counter() - started, slow_after=slow_after)
