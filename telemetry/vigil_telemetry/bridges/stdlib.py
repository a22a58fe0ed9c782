"""Lines of the standard library's `logging`.

Uvicorn, SQLAlchemy, httpx, temporalio come out structured and redacted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from typing import Annotated, TypeAlias, cast

from vigil_telemetry.arguments import Constraint, Text, Wanted, validated
from vigil_telemetry.bridges._servers import ACCESS, SERVERS, Captured, Silenced, exception_of, is_access, is_reported
from vigil_telemetry.counters import counters
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.foreign import level_of, line_of, takes_nested, write
from vigil_telemetry.location import encode_place
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.safe import from_value
from vigil_telemetry.severity import Severity

LoggingLevel: TypeAlias = Annotated[
    int,
    Wanted("a level of logging, such as logging.INFO"),
    Constraint(lambda value: value >= 0, "give a level of logging, such as logging.INFO"),
]
"""A level of the standard library's logging."""

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
_OUTPUT_THREAD = "vigil-telemetry"
_DEEPEST = 16
"""Records inside one another: an object whose `__str__` logs itself has no end."""


class _Inside(threading.local):
    """What this thread is doing; a record may come while another one is written."""

    depth = 0
    writing = False


class BridgeHandler(logging.Handler):
    """Writes log records as lines.

    A record that is logged while another one is rendered (by `__str__`, a finalizer, a signal handler) is written, too.
    A record that an output of your own logs while it writes is counted as dropped, since it would feed the output
    with its own lines. Records of the output's own thread are left out.
    """

    def __init__(self, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._inside = _Inside()

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Make no lock: outputs have their own, and one held while an object is rendered may stop other threads."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Write a record that the filters let pass, without the lock, which `logging` takes."""
        passed = cast("bool | logging.LogRecord", self.filter(record))
        if passed:
            self.emit(passed if isinstance(passed, logging.LogRecord) else record)  # from 3.12 a filter may replace it
        return bool(passed)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. Never raises."""
        inside = self._inside
        if record.threadName == _OUTPUT_THREAD:
            return
        if inside.depth >= _DEEPEST or (inside.writing and not takes_nested()):
            counters.lost(1)
            return
        line: bytes | None = None
        inside.depth += 1
        try:
            level: object = record.levelno  # None in some records made by hand
            severity = severity_of(level) if isinstance(level, int) else Severity.INFO  # pyright: ignore[reportUnnecessaryIsInstance] - typed otherwise
            if severity < level_of(record.name) or is_access(record) or is_reported(record):
                return
            line = _line(record, severity)
        except from_value():  # whatever the record holds, the application continues
            counters.note("failed")
        except BaseException:
            counters.note("failed")  # a signal handler of the application raised meanwhile
            raise
        finally:
            inside.depth -= 1
        if line is not None:
            outer, inside.writing = inside.writing, True
            try:
                write(line)
            finally:
                inside.writing = outer


@validated
def capture(level: LoggingLevel = logging.INFO, *, loggers: Iterable[Text] = SERVERS) -> BridgeHandler:
    """Put the bridge in place of all handlers of the root logger, and of the named loggers that bring their own.

    It holds whether uvicorn, gunicorn or hypercorn set up their logging before or after it. Their access lines are left
    out unless `loggers` names them (`uvicorn.access` for WebSockets, too): they have the raw path and query, and
    `http.request.completed` stands for them.
    An exception that `RequestLogging` has written is not written again by the server.

    Args:
        level: what the root logger lets pass at all. The level of each logger's lines is set by
            `configure(levels={"log.sqlalchemy": "WARNING"})`.
        loggers: loggers that have their own handlers.

    Raises TypeError for a single name in place of several, and for the name of a level in place of its number.
    """
    handler = BridgeHandler()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    named = frozenset(loggers)
    for name in named | ACCESS:
        logger = logging.getLogger(name)
        logger.handlers = []  # not emptied: gunicorn's uvicorn worker lets several loggers share one list
        logger.propagate = True
        taking = Captured(logger) if name in named else Silenced()
        logger.filters[:] = [taking, *(other for other in logger.filters if not isinstance(other, Captured | Silenced))]
    return handler


def severity_of(levelno: int) -> Severity:
    """Return the severity of a level of `logging`; levels in between count as the next lower one."""
    for limit, severity in ((50, Severity.CRITICAL), (40, Severity.ERROR), (30, Severity.WARNING), (20, Severity.INFO)):
        if levelno >= limit:
            return severity
    return Severity.DEBUG


def _line(record: logging.LogRecord, severity: Severity) -> bytes:
    extra: dict[str, object] = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
    ids = _temporal_ids(extra)
    if isinstance(record.stack_info, str):  # of `stack_info=True`: where the call came from, which is no error
        extra["stack_info"] = record.stack_info
    return line_of(
        record.name,
        severity,
        _message(record),
        extra=extra,
        stack_trace=_trace(record),
        place=encode_place(record.pathname, record.lineno, f"{record.module}.{record.funcName}"),
        ids=ids,
    )


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except from_value():  # arguments that do not fit the text, or whose __str__ raises
        counters.note("repaired", f"log: arguments do not fit the text {_place(record)}; the line has the text alone")
        return record.msg if isinstance(record.msg, str) else f"<{type(record.msg).__name__}>"


def _place(record: logging.LogRecord) -> str:
    module, line = record.__dict__.get("module"), record.__dict__.get("lineno")
    return f"at {module}:{line}" if type(module) is str and type(line) is int else "of a record"


def _trace(record: logging.LogRecord) -> str | None:
    error = exception_of(record)
    if error is not None:
        return stack_trace(error)
    return redact_text(record.exc_text) if record.exc_text else None


def _temporal_ids(extra: dict[str, object]) -> dict[str, object]:
    """Return the ids that temporalio's logger adapters put into `extra`, which are fields of the context here."""
    ids: dict[str, object] = {}
    for key, run in (("temporal_workflow", "run_id"), ("temporal_activity", "workflow_run_id")):
        info = extra.get(key)
        if isinstance(info, Mapping):
            ids |= {
                "workflow_id": info.get("workflow_id"),
                "run_id": info.get(run),
                "activity_id": info.get("activity_id"),
            }
    return ids
