"""structlog's last processor: its events come out as lines, redacted, on the output that is configured here.

```python
structlog.configure(
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    processors=[structlog.contextvars.merge_contextvars, vigil_telemetry.bridges.structlog.write],
)
```
"""

from __future__ import annotations

import sys
from collections.abc import MutableMapping
from types import FrameType, TracebackType
from typing import Any, NoReturn, cast

import structlog

from vigil_telemetry import foreign
from vigil_telemetry.counters import counters
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.location import place_at
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.safe import from_value
from vigil_telemetry.severity import Severity

_SEVERITIES = {
    "debug": Severity.DEBUG,
    "info": Severity.INFO,
    "msg": Severity.INFO,
    "warning": Severity.WARNING,
    "warn": Severity.WARNING,
    "error": Severity.ERROR,
    "err": Severity.ERROR,
    "exception": Severity.ERROR,
    "critical": Severity.CRITICAL,
    "fatal": Severity.CRITICAL,
}
_OURS = ("structlog", "vigil_telemetry")


def write(logger: object, method: str, event: MutableMapping[str, Any]) -> NoReturn:
    """Write the event as a line and end structlog's chain.

    Raises structlog.DropEvent always: structlog then does nothing more with the event.
    """
    try:
        name = str(event.get("logger") or getattr(logger, "name", None) or "structlog")
        if severity_of(method) >= foreign.level_of(name):
            foreign.write(_line(logger, method, event) + b"\n")
    except from_value():  # whatever the event holds, the application continues
        counters.note("failed")
    raise structlog.DropEvent


def line(logger: object, method: str, event: MutableMapping[str, Any]) -> bytes:
    """Return the line itself, for a chain that ends in `structlog.BytesLogger`. Never raises."""
    try:
        return _line(logger, method, event)
    except from_value():  # whatever the event holds, the application continues
        counters.note("failed")
        return foreign.line_of("structlog", severity_of(method), "an event that could not be rendered").rstrip(b"\n")


def _line(logger: object, method: str, event: MutableMapping[str, Any]) -> bytes:
    rest = dict(event)
    message = rest.pop("event", "")
    name = str(rest.pop("logger", None) or getattr(logger, "name", None) or "structlog")
    for key in ("level", "timestamp", "log_level"):
        rest.pop(key, None)
    trace = _trace(rest.pop("exc_info", None), rest.pop("exception", None))
    return foreign.line_of(name, severity_of(method), message, extra=rest, stack_trace=trace, place=_place()).rstrip(
        b"\n"
    )


def severity_of(method: str) -> Severity:
    """Return the severity of a logging method."""
    return _SEVERITIES.get(method, Severity.INFO)


def _trace(info: object, rendered: object) -> str | None:
    if info is True:
        info = sys.exc_info()
    if isinstance(info, tuple):
        info = cast("tuple[type, BaseException | None, TracebackType | None]", info)[1]
    if isinstance(info, BaseException):
        return stack_trace(info)
    return redact_text(rendered) if isinstance(rendered, str) else None


def _place() -> bytes:
    """Return where the application called structlog."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the documented way to a caller
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        frame = frame.f_back
    return b"" if frame is None else place_at(frame)
