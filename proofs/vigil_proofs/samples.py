"""Valid events of the catalog, generated: the same each time, in variants that differ in every label left free."""

import enum
from collections.abc import Mapping
from functools import cache
from typing import Final

import msgspec

from vigil_proofs.documents import FieldValue
from vigil_runner.errors import EngineError
from vigil_telemetry import Event, EventSchema, FieldSchema, Role, catalog, schema_of
from vigil_telemetry.event import registered

VARIANTS: Final = 2
"""How many variants of an event there are: a query that must add them up is not to be satisfied by one of them."""

_STATUS: Final = {"http.request.failed": (500, 503), "frontend.error.raised": (500, 503)}
"""Status codes of events that report failures; of all others 200 and 404."""
_NUMBER: Final = 0.5


class SampleError(EngineError):
    """An event that is not in the catalog, or that cannot have the fields that a proof gives it."""


def sample(
    event: str, fields: Mapping[str, FieldValue], *, variant: int = 0, fixed: frozenset[str] = frozenset()
) -> Event:
    """Return an event of that name with these fields, all others generated; optional ones are left out.

    Labels named in `fixed` are as in variant 0. Raises SampleError for an unknown event or field, or a value that the
    event does not take.
    """
    schema = schema_named(event)
    known = {one.name for one in schema.fields}
    unknown = sorted(fields.keys() - known)
    if unknown:
        raise SampleError(
            f"the proof sets {', '.join(unknown)} on {event}, which has {', '.join(sorted(known))}. "
            "Remedy: a renamed field is renamed in the alert too"
        )
    needed = _required(schema.cls)
    values: dict[str, object] = {
        one.name: _value(schema, one, 0 if one.name in fixed else variant % VARIANTS)
        for one in schema.fields
        if (one.required or one.name in needed) and one.name not in fields
    }
    values |= fields
    if "status" in values and "status_class" in known and "status_class" not in fields and "status_class" not in fixed:
        values["status_class"] = f"{str(values['status'])[0]}xx"
    try:
        return msgspec.convert({"event": event, **values}, schema.cls, strict=False)
    except msgspec.ValidationError as error:
        raise SampleError(f"{event} cannot be made with {dict(fields)}: {error}") from error


def schema_named(event: str) -> EventSchema:
    """Return the event of that name. Raises SampleError where the catalog has none, naming near ones."""
    found = registered().get(event)
    if found is None:
        import difflib  # noqa: PLC0415 - on this path only

        near = difflib.get_close_matches(event, [schema.name for schema in catalog()], n=3)
        raise SampleError(
            f"no event of the catalog is named {event!r}" + (f"; near it: {', '.join(near)}" if near else "")
        )
    return schema_of(found)


def other_values(schema: EventSchema, name: str, value: FieldValue) -> FieldValue | None:
    """Return another value of a label, or None where it has no other that is known."""
    field = schema.field(name)
    if field.role is not Role.LABEL:
        return None
    if field.values:
        return next((one for one in field.values if one != str(value)), None)
    return "another" if isinstance(value, str) else None


@cache
def _required(cls: type[Event]) -> frozenset[str]:
    """Return the fields that the class must be given, also those that no line shows."""
    return frozenset(one.encode_name for one in msgspec.structs.fields(cls) if one.required)


def _value(schema: EventSchema, field: FieldSchema, variant: int) -> object:
    if field.name == "status":
        return _STATUS.get(schema.name, (200, 404))[variant]
    kind: type[object] = field.type
    if issubclass(kind, enum.Enum):
        members = list(kind)
        return members[min(variant, len(members) - 1)].value
    if field.values:
        return _typed(field.values[min(variant, len(field.values) - 1)], kind)
    return _plain(field, variant)


@cache
def _plain(field: FieldSchema, variant: int) -> object:
    if field.type is bool:
        return bool(variant)
    if field.type is int:
        return 1 + (variant if field.role is Role.LABEL else 0)
    if field.type is float:
        return _NUMBER
    if field.name == "route":
        return ("/orders/{id}", "/carts/{id}")[variant]
    return f"{field.name}-{'ab'[variant]}" if field.role is Role.LABEL else f"a {field.name}"


def _typed(value: str, kind: type[object]) -> object:
    if kind is bool:
        return value == "true"
    return int(value) if kind is int else float(value) if kind is float else value
