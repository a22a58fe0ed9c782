"""Exceptions that nobody catches, as one line each.

Python writes them to standard error as a traceback. Cloud Logging stores each line of it as an entry without severity,
and with the personal data that the exception's message has.
"""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from vigil_telemetry.emitter import emit, enabled
from vigil_telemetry.event import Event
from vigil_telemetry.events.process import ServiceFailed, ThreadFailed
from vigil_telemetry.exceptions import error_text
from vigil_telemetry.location import encode_place


def capture() -> None:
    """Write `service.failed` for an exception that ends the process, `service.thread.failed` for one of a thread.

    The line has the traceback, redacted, which Error Reporting groups. Ctrl-C and `sys.exit` are no failures. Where
    the level of these events is off, Python writes its traceback as before.
    """
    process, thread = sys.excepthook, threading.excepthook

    def of_process(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, Exception) or not enabled(ServiceFailed):
            process(kind, error, trace)
            return
        _write(ServiceFailed(error_type=kind.__name__, error=error_text(error)), error, trace)

    def of_thread(ended: threading.ExceptHookArgs) -> None:
        error = ended.exc_value
        if not isinstance(error, Exception) or not enabled(ThreadFailed):
            thread(ended)
            return
        name = ended.thread.name if ended.thread is not None else ""
        failed = ThreadFailed(error_type=type(error).__name__, error=error_text(error), thread=name)
        _write(failed, error, ended.exc_traceback)

    sys.excepthook = of_process
    threading.excepthook = of_thread


def _write(event: Event, error: BaseException, trace: TracebackType | None) -> None:
    """Write the event with the place that raised."""
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        emit(event, exception=error)
        return
    code, module = trace.tb_frame.f_code, trace.tb_frame.f_globals.get("__name__", "")
    emit(event, exception=error, place=encode_place(code.co_filename, trace.tb_lineno, f"{module}.{code.co_qualname}"))
