"""What signals count: an event of ours, or log entries that other software writes, behind one interface."""

from functools import cache
from typing import Protocol, TypeAlias

from vigil_apimodel import lql
from vigil_components.log_lines import LogLines
from vigil_components.sources import Source
from vigil_telemetry import Event, EventSchema, FieldSchema, Role, schema_of
from vigil_telemetry.event import of_the_same_tag

Logged: TypeAlias = type[Event] | LogLines
"""A class of events, or entries of others."""


class Declared(Protocol):
    """What is known of log entries of one meaning."""

    @property
    def name(self) -> str:
        """Its name in metric ids and titles."""
        ...

    @property
    def doc(self) -> str:
        """What it means."""
        ...

    @property
    def metric_labels(self) -> tuple[FieldSchema, ...]:
        """The labels that a metric over it has."""
        ...

    @property
    def fields(self) -> tuple[FieldSchema, ...]:
        """Everything that can be read from an entry."""
        ...

    def expression(self, source: Source) -> lql.Expr:
        """Return the query that selects the entries of a source."""
        ...

    def extractor(self, source: Source, name: str) -> str:
        """Return the extractor of a field."""
        ...

    def document(self) -> dict[str, object] | None:
        """Return what a proof needs beside the name, None where the catalog has it."""
        ...


class _Catalogued:
    """An event of the catalog."""

    def __init__(self, schema: EventSchema) -> None:
        self._schema = schema
        self.name = schema.name
        self.doc = schema.doc
        self.metric_labels = schema.metric_labels
        self.fields = schema.fields

    def expression(self, source: Source) -> lql.Expr:
        return lql.all_of(source.entry_filter, source.event_filter(self.name))

    def extractor(self, source: Source, name: str) -> str:
        return source.extractor(self._schema.field(name).path)

    def document(self) -> dict[str, object] | None:
        return None


def declared(event: Logged) -> Declared:
    """Return what is known of an event, or of other software's entries.

    Raises ValueError where another class has the event's tag.
    """
    if isinstance(event, LogLines):
        return event
    found = _catalogued(event)
    other = of_the_same_tag(event)
    if other is not None:
        raise ValueError(
            f"event {found.name!r} is declared twice, by {event.__module__}.{event.__qualname__} and "
            f"{other.__module__}.{other.__qualname__}: one metric would count both; give one of them another tag"
        )
    return found


@cache
def _catalogued(event: type[Event]) -> _Catalogued:
    """Return what is known of a class of events, which each signal over it asks for many times."""
    return _Catalogued(schema_of(event))


def field_of(event: Declared, name: str) -> FieldSchema:
    """Return a field by its name. Raises KeyError naming those there are."""
    for one in event.fields:
        if one.name == name:
            return one
    raise KeyError(f"{event.name!r} has no field {name!r}; it has {', '.join(one.name for one in event.fields)}")


def measures_of(event: Declared) -> tuple[FieldSchema, ...]:
    """Return the fields that may become distributions."""
    return tuple(one for one in event.fields if one.role is Role.MEASURE)
