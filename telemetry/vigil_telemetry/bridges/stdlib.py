"""Lines of the standard library's `logging`.

Uvicorn, SQLAlchemy, httpx, temporalio come out structured and redacted.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType

from vigil_telemetry.counters import counters
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.foreign import level_of, line_of, write
from vigil_telemetry.location import encode_place
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.severity import Severity

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName", "color_message"}
_OUTPUT_THREAD = "vigil-telemetry"
_CLEARED = ("uvicorn", "uvicorn.access", "uvicorn.error", "gunicorn.error", "gunicorn.access", "hypercorn.error")


class BridgeHandler(logging.Handler):
    """Writes log records as lines.

    Records of the output's own thread are left out: an output that logs would feed itself.
    """

    def __init__(self, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._inside = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        if record.threadName == _OUTPUT_THREAD or getattr(self._inside, "busy", False):
            return
        self._inside.busy = True
        try:
            severity = severity_of(record.levelno)
            if severity >= level_of(record.name):
                write(_line(record, severity))
        except Exception:  # noqa: BLE001 - whatever the record holds, the application goes on
            counters.note("failed")
        finally:
            self._inside.busy = False


def capture(level: int = logging.INFO, *, loggers: Iterable[str] = _CLEARED) -> BridgeHandler:
    """Puts the bridge in place of all handlers of the root logger, and of the named loggers that bring their own.

    Start uvicorn with `log_config=None`, else it puts its own handlers back. The level of each logger's lines is set by
    `configure(levels={"log.sqlalchemy": "WARNING"})`; `level` is what the root logger lets pass at all.
    """
    handler = BridgeHandler()
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in loggers:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    return handler


def severity_of(levelno: int) -> Severity:
    """The severity of a level of `logging`; levels in between count as the next lower one."""
    for limit, severity in ((50, Severity.CRITICAL), (40, Severity.ERROR), (30, Severity.WARNING), (20, Severity.INFO)):
        if levelno >= limit:
            return severity
    return Severity.DEBUG


def _line(record: logging.LogRecord, severity: Severity) -> bytes:
    extra: dict[str, object] = {name: value for name, value in record.__dict__.items() if name not in _STANDARD}
    ids = _temporal_ids(extra)
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
    except Exception:  # noqa: BLE001 - arguments that do not fit the text, or whose __str__ raises
        return str(record.msg)


def _trace(record: logging.LogRecord) -> str | None:
    info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None] | None = (
        record.exc_info
    )
    if info is not None and info[1] is not None:
        return stack_trace(info[1])
    return redact_text(record.exc_text) if record.exc_text else None


def _temporal_ids(extra: dict[str, object]) -> dict[str, object]:
    """The ids that temporalio's logger adapters put into `extra`, which are fields of the context here."""
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
