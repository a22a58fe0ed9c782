"""Events declared once, as types: the structured logging that applications import.

An event is a class (`Event`, with `Label`, `Measure`, `Text`, `Identifier` and personal data as its fields).
`emit` writes it as one line of JSON as Cloud Logging reads it, and `bind` puts ids on every line below.
`catalog` and `schema_of` list the declared events; metrics, charts and alerts are derived from them.
`asgi` logs requests, `instrument` calls and workflows, and `bridges` brings in `logging`, structlog and OpenTelemetry.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from vigil_telemetry._signals import held
from vigil_telemetry.catalog import catalog
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Emitter, Event, HttpRequestFields, SeverityBy
from vigil_telemetry.events.http import HttpRequestCompleted, HttpRequestFailed
from vigil_telemetry.events.process import ServiceStarted
from vigil_telemetry.fields import (
    Bounded,
    Bytes,
    Dollars,
    Dropped,
    Identifier,
    Label,
    Measure,
    Milliseconds,
    Number,
    Pseudonym,
    Redacted,
    Role,
    Seconds,
    Share,
    Text,
    Tokens,
    Treatment,
    Unit,
)
from vigil_telemetry.schema import EventSchema, FieldSchema, schema_of
from vigil_telemetry.severity import Severity
from vigil_telemetry.trace import TraceContext

if TYPE_CHECKING:
    from vigil_telemetry.configuration import configure, flush, set_level, set_sampling
    from vigil_telemetry.context import add_ids, bind, current_ids, current_trace
    from vigil_telemetry.emitter import emit, emit_lazy, enabled
    from vigil_telemetry.notices import report
    from vigil_telemetry.shutdown import close, flush_at_sigterm

_WRITING = {
    "add_ids": "context",
    "bind": "context",
    "close": "shutdown",
    "configure": "configuration",
    "current_ids": "context",
    "current_trace": "context",
    "emit": "emitter",
    "emit_lazy": "emitter",
    "enabled": "emitter",
    "flush": "configuration",
    "flush_at_sigterm": "shutdown",
    "report": "notices",
    "set_level": "configuration",
    "set_sampling": "configuration",
}
"""The module of each name that has to do with lines. A program that only declares events does without them."""

__all__ = [
    "Bounded",
    "Bytes",
    "Dollars",
    "Dropped",
    "Emitter",
    "Event",
    "EventSchema",
    "FieldSchema",
    "HttpRequestCompleted",
    "HttpRequestFailed",
    "HttpRequestFields",
    "Identifier",
    "Label",
    "Measure",
    "Milliseconds",
    "Number",
    "Pseudonym",
    "Redacted",
    "Role",
    "Seconds",
    "ServiceStarted",
    "Severity",
    "SeverityBy",
    "Share",
    "Text",
    "Tokens",
    "TraceContext",
    "Treatment",
    "Unit",
    "add_ids",
    "bind",
    "catalog",
    "close",
    "configure",
    "counters",
    "current_ids",
    "current_trace",
    "emit",
    "emit_lazy",
    "enabled",
    "flush",
    "flush_at_sigterm",
    "report",
    "schema_of",
    "set_level",
    "set_sampling",
]


if not TYPE_CHECKING:  # a type checker would take every name for one of the module's

    def __getattr__(name: str) -> object:
        """Load what writes lines when it is first named."""
        if name not in _WRITING:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        with held():
            import_module(f"{__name__}.shutdown")  # which reports at the end what could not be written
            found = getattr(import_module(f"{__name__}.{_WRITING[name]}"), name)
            globals()[name] = found
        return found


def __dir__() -> list[str]:
    """Return all names, those that nobody has named yet too."""
    return [*globals(), *_WRITING]
