"""Lines that are too long, and events that hold what they may not: both still become valid lines."""

from __future__ import annotations

import enum
import sys
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import msgspec

from vigil_telemetry._limits import LIMIT
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.fields import Treatment
from vigil_telemetry.redaction import redact
from vigil_telemetry.reserved import LABELS, SPECIAL
from vigil_telemetry.safe import encode_safe, from_value
from vigil_telemetry.schema import EventSchema, FieldSchema

_KEPT = 512
"""Characters that are left of the texts of a line that is cut, at least."""
_MARK = "… [cut]"
_LARGEST = int(sys.float_info.max)
"""The largest whole number that a float holds."""
Treat: TypeAlias = Callable[[Any], object]  # its argument has the field's type
_CUT_SPECIAL = frozenset({"message", "stack_trace", LABELS})


def cut(line: bytes, limit: int = LIMIT) -> bytes:
    """Return the line within the limit, still valid: its longest texts are shortened, then what is nested goes.

    `cut_fields` names them.
    """
    counters.note("truncated")
    entry = msgspec.json.decode(line, type=dict[str, object])
    sizes = {name: len(encode_safe(value)) for name, value in entry.items()}
    long = [name for name, size in sizes.items() if size > _KEPT and (name not in SPECIAL or name in _CUT_SPECIAL)]
    texts = sorted((name for name in long if isinstance(entry[name], str)), key=lambda name: sizes[name])
    names: list[str] = []
    while texts and len(line) > limit:
        name = texts.pop()
        spare = limit - (len(line) - sizes[name]) - 200
        entry[name] = shortened(str(entry[name]), max(spare, _KEPT))
        names.append(name)
        line = _encoded(entry, names)
    for name in long:
        if len(line) > limit and name not in names:
            del entry[name]
            names.append(name)
            line = _encoded(entry, names)
    return line


def shortened(text: str, size: int) -> str:
    """Return the start of a text that takes at most `size` bytes as JSON, and a mark."""
    kept = text[: max(size - 32, 0)]
    while len(encode_safe(kept)) > size - 16 and kept:
        kept = kept[: len(kept) * (size - 16) // len(encode_safe(kept))]
    return kept + _MARK


class Repaired(NamedTuple):
    """What may be written of an event that could not be encoded as declared."""

    body: dict[str, object]
    """Its fields, by their names in the line, with `dropped_fields`."""
    values: list[object] | None
    """The values that its message shows; None where one of its fields was left out."""


def repaired(schema: EventSchema, event: Event, treatment_of: Callable[[FieldSchema], Treat | None]) -> Repaired:
    """Return what may be written of an event: what is wrong is left out and named, the rest is treated or scanned.

    Args:
        schema: of its class.
        event: the event.
        treatment_of: returns what a field's value goes through, where it is not written as it is.
    """
    body: dict[str, object] = {}
    values: list[object] = []
    wrong: list[str] = []
    reason = "a text holds a lone surrogate, which is no Unicode"
    for field, attribute in zip(schema.fields, type(event).__struct_fields__, strict=True):
        if field.treatment is Treatment.DROP:
            continue
        value: object = getattr(event, attribute, None)
        treat = treatment_of(field) if value is not None else None
        try:
            fitting = treat is not None or fits(field, value)
            written = treat(value) if treat is not None else value
        except from_value():
            fitting, written = False, None
        if not fitting:
            wrong.append(field.name)
            reason = f"{field.name} is {_complaint(field, value)}"
            continue
        values.append(written)
        if treat is None and value is not None:
            written = redact(value.value if isinstance(value, enum.Enum) else value)
        if written is not None:
            body[field.name] = written
    counters.note("repaired", f"{schema.name}: {reason}")
    if wrong:
        body["dropped_fields"] = wrong
    return Repaired(body, None if wrong else values)


def _complaint(field: FieldSchema, value: object) -> str:
    """Return why a value does not fit, without the value: it may be personal."""
    if named(field) and type(value) is field.type:
        return f"not one of {', '.join(field.values or ())}"
    return f"of type {type(value).__name__}; give {field.type.__name__}"


def named(field: FieldSchema) -> bool:
    """Return whether a field is a label whose values its declaration names one by one, as a `Literal` does."""
    return field.values is not None and field.type in (str, int)


def fits(field: FieldSchema, value: object) -> bool:
    """Return whether a value is what the field's type allows."""
    if value is None:
        return not field.required
    if named(field) and str(value) not in (field.values or ()):
        return False
    if field.type not in (int, float):
        return isinstance(value, field.type)
    if isinstance(value, int):
        return not isinstance(value, bool) and (field.type is int or -_LARGEST <= value <= _LARGEST)
    return field.type is float and isinstance(value, float)


def _encoded(entry: dict[str, object], names: list[str]) -> bytes:
    return encode_safe(entry | {"cut_fields": names}) + b"\n"
