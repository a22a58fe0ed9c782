"""Lines that are too long, and events that hold what they may not: both still become valid lines."""

from __future__ import annotations

import enum

import msgspec

from vigil_telemetry._limits import LIMIT
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.fields import Role
from vigil_telemetry.redaction import redact
from vigil_telemetry.reserved import LABELS, SPECIAL
from vigil_telemetry.safe import encode_safe
from vigil_telemetry.schema import EventSchema, FieldSchema

_KEPT = 512
"""Characters that are left of the texts of a line that is cut, at least."""
_MARK = "… [cut]"
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


def repaired(schema: EventSchema, event: Event) -> tuple[str, bytes]:
    """Return the message of an event that could not be encoded as declared, and its fields as a JSON object.

    What is wrong is left out and named, the rest is scanned.
    """
    counters.note("repaired")
    body: dict[str, object] = {}
    wrong: list[str] = []
    for field, attribute in zip(schema.fields, type(event).__struct_fields__, strict=True):
        value: object = getattr(event, attribute, None)
        if value is None or field.role is Role.PERSONAL:
            continue
        if fits(field, value):
            body[field.name] = redact(value.value if isinstance(value, enum.Enum) else value)
        else:
            wrong.append(field.name)
    if wrong:
        body["dropped_fields"] = wrong
    return schema.name, encode_safe(body)


def fits(field: FieldSchema, value: object) -> bool:
    """Return whether a value is of the field's type."""
    if value is None:
        return not field.required
    if field.type is float:
        return isinstance(value, float | int) and not isinstance(value, bool)
    if field.type is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, field.type)


def _encoded(entry: dict[str, object], names: list[str]) -> bytes:
    return encode_safe(entry | {"cut_fields": names}) + b"\n"
