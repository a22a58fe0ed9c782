"""The catalog: every event that the imported modules declare."""

from __future__ import annotations

import importlib

from vigil_telemetry.arguments import validated
from vigil_telemetry.event import registered
from vigil_telemetry.schema import EventSchema, schema_of


@validated
def catalog() -> tuple[EventSchema, ...]:
    """Return every event known, by name: this library's own, and those of the packages that the caller has imported.

    Raises TypeError where an event is not well-formed.
    """
    importlib.import_module("vigil_telemetry.events")
    return tuple(schema_of(cls) for _, cls in sorted(registered().items()))
