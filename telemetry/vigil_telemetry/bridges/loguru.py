"""loguru's lines: `logger.remove(); logger.add(vigil_telemetry.bridges.loguru.sink, level=0)`, or `capture()`.

Levels, `extra`, what is bound, and exceptions come along; everything is redacted. Needs `loguru` (the extra `loguru`).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from vigil_telemetry.counters import counters
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.foreign import level_of, line_of, write
from vigil_telemetry.location import encode_place
from vigil_telemetry.safe import from_value
from vigil_telemetry.severity import Severity

if TYPE_CHECKING:
    from loguru import Message

_LEVELS = (
    (50, Severity.CRITICAL),
    (40, Severity.ERROR),
    (30, Severity.WARNING),
    (25, Severity.NOTICE),  # SUCCESS
    (20, Severity.INFO),
)


def sink(message: Message) -> None:
    """Write a line of loguru's. Never raises."""
    try:
        record = message.record
        name = record["name"] or "loguru"
        severity = severity_of(record["level"].no)
        if severity < level_of(name):
            return
        found = record["exception"]
        error = found.value if found is not None else None
        line = line_of(
            name,
            severity,
            record["message"],
            extra=cast("Mapping[str, object]", record["extra"]),
            stack_trace=stack_trace(error) if error is not None else None,
            place=encode_place(record["file"].path, record["line"], f"{record['module']}.{record['function']}"),
        )
    except from_value():  # whatever the record holds, the application continues
        counters.note("failed")
        return
    write(line)


def capture() -> int:
    """Replace every sink of loguru by Vigil's; return the handler's id, for `logger.remove`.

    The level of lines is set by `configure(levels={"log.orders": "WARNING"})`.
    """
    logger = import_module("loguru").logger
    logger.remove()
    added: int = logger.add(sink, level=0, format="{message}", catch=True)
    return added


def severity_of(number: int) -> Severity:
    """Return the severity of a level; one in between counts as the next lower."""
    return next((severity for least, severity in _LEVELS if number >= least), Severity.DEBUG)
