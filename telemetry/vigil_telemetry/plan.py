"""What is worked out once for each event class: how its fields are treated, checked, and shown in its message.

All of it becomes code of the class's writer (`writers`), in which each field is a local variable.
"""

from __future__ import annotations

import enum
import string
import textwrap
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.fields import Role, Treatment
from vigil_telemetry.guard import fits, named
from vigil_telemetry.redaction import REDACTED, Budget, redact_text
from vigil_telemetry.redaction.plain import EXACT, whole
from vigil_telemetry.schema import EventSchema, FieldSchema

_DIGIT = 2**30 - 1
"""The largest number that CPython compares fast."""


def carried_of(schema: EventSchema) -> tuple[FieldSchema, ...]:
    """Return the fields that stand in a line: all but those whose declaration says that they are dropped."""
    return tuple(field for field in schema.fields if field.treatment is not Treatment.DROP)


def variables_of(schema: EventSchema) -> dict[str, str]:
    """Return the writer's variable for each field, by the field's name."""
    return {field.name: f"f{place}" for place, field in enumerate(schema.fields)}


def treatments_of(schema: EventSchema, known: dict[str, object]) -> str:
    """Return the statements that scan free text and treat personal data; what they call is put into `known`."""
    variables = variables_of(schema)
    treated = [(field, treat) for field in carried_of(schema) if (treat := treatment_of(field)) is not None]
    shared = sum(field.role is Role.TEXT for field, _ in treated) > 1
    known["Budget"] = Budget
    lines = ["budget = Budget()"] if shared else []
    for field, treat in treated:
        value = variables[field.name]
        known[f"treat_{value}"] = treat
        budget = ", budget" if shared and field.role is Role.TEXT else ""
        lines.append(f"if {value} is not None: {value} = treat_{value}({value}{budget})")
        if field.required:
            lines.append("else: raise TypeError")  # like a field without treatment: it is left out and named
    return "\n".join(lines)


def treatment_of(field: FieldSchema) -> Callable[..., object] | None:  # its argument has the field's type
    """Return what a field's value goes through before it is written; None where it is written as it is."""
    if field.role is Role.TEXT:
        return redact_text
    if field.treatment is Treatment.PSEUDONYM:
        return runtime.settings().pseudonym
    if field.treatment is Treatment.REDACT:
        return _redacted
    return None


def _redacted(_: object) -> str:
    return REDACTED


def message_of(schema: EventSchema) -> str:
    """Return source text of the event's message over the writer's variables: literals and f-strings, side by side.

    Text that stands in a template is written as its `repr`, so that it is no code.
    """
    variables, parts = variables_of(schema), list[str]()
    for literal, name, spec, _ in string.Formatter().parse(schema.message):
        if literal:
            parts.append(repr(literal))
        if name is not None:
            parts.append(_shown(schema.field(name), variables[name], spec or ""))
    return " ".join(parts) or "''"


def _shown(field: FieldSchema, variable: str, spec: str) -> str:
    """Return a field in the message; an absent value (None) is shown as `-`."""
    value = f"{variable}.value" if _plain_enum(field.type) else variable
    if field.required:
        return f"f'{{{value}:{spec}}}'" if spec else f"f'{{{value}}}'"
    text = f'format({value}, "{spec}")' if spec else value
    return f"f'{{\"-\" if {variable} is None else {text}}}'"


def _plain_enum(kind: type) -> bool:
    return issubclass(kind, enum.Enum) and not issubclass(kind, enum.ReprEnum)


def checks_of(schema: EventSchema, known: dict[str, object]) -> str:
    """Return the condition under which each field that is written as it is holds exactly what its type says.

    An object that strayed into a label would otherwise be encoded as it is, with everything in it. Where the
    condition is false, `checked` looks more closely. Nothing where no field is. The types, and the values of labels
    that name them, are put into `known`.
    """
    variables, conditions = variables_of(schema), list[str]()
    for field in _untreated(schema):
        value = variables[field.name]
        known[f"type_{value}"] = field.type
        exact = f"type({value}) is type_{value}"
        if named(field):
            known[f"values_{value}"] = frozenset(map(field.type, field.values or ()))
            exact = f"{value} in values_{value}" + (f" and {exact}" if field.type is int else "")
        elif field.type is int:
            exact += f" and (0 <= {value} <= {_DIGIT} or {-EXACT} <= {value} <= {EXACT})"
        conditions.append(f"({exact})" if field.required else f"({value} is None or {exact})")
    return " and ".join(conditions)


def checked(schema: EventSchema, values: Sequence[object]) -> list[Any]:  # of any types that msgspec encodes
    """Return the values of the fields that are carried; numbers that Cloud Logging cannot keep become text.

    Raises TypeError where a field holds what its type does not allow.
    """
    fields = carried_of(schema)
    plain = set(_untreated(schema))
    wrong = [
        field.name for field, value in zip(fields, values, strict=True) if field in plain and not fits(field, value)
    ]
    if wrong:
        raise TypeError(f"event {schema.name!r} holds what its type does not allow in {', '.join(wrong)}")
    return [
        _number(field.type, value) if field in plain and isinstance(value, int) else value
        for field, value in zip(fields, values, strict=True)
    ]


def _number(kind: type, value: int) -> object:
    """Return a whole number as Cloud Logging keeps it."""
    if kind is int:
        return whole(value)
    return float(value) if kind is float and not -EXACT <= value <= EXACT else value


def _untreated(schema: EventSchema) -> list[FieldSchema]:
    return [field for field in schema.fields if field.role is not Role.TEXT and field.treatment is None]


class _Request(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The member `httpRequest`, in the form of `google.logging.type.HttpRequest`."""

    method: object = msgspec.field(name="requestMethod")
    url: object = msgspec.field(name="requestUrl")
    status: object
    latency: str
    request_size: str | None = msgspec.field(name="requestSize", default=None)
    response_size: str | None = msgspec.field(name="responseSize", default=None)


def request_of(schema: EventSchema, known: dict[str, object]) -> str:
    """Return the call that makes the member `httpRequest` of the fields that the event names."""
    shape, variables = schema.http_request, variables_of(schema)
    if shape is None:
        return "None"
    known["Request"] = _Request
    values = [variables[name] for name in (shape.method, shape.url, shape.status)]
    values.append(f"f'{{{variables[shape.latency]}:.6f}}s'")
    for name in (shape.request_size, shape.response_size):
        size = variables[name] if name is not None else "None"
        values.append(f"None if {size} is None else str({size})")
    return f"Request({', '.join(values)})"


def filled(template: str, **parts: str) -> str:
    """Return source text with statements or expressions put in, indented as their place is."""
    lines: list[str] = []
    for line in template.splitlines():
        name = line.strip()[1:-1]
        if name in parts:
            lines.append(textwrap.indent(parts[name].strip(), line[: len(line) - len(line.lstrip())]))
        else:
            lines.append(line.format(**parts))
    return "\n".join(lines)
