"""What is worked out once for each event class, so that emitting one is little more than encoding it."""

from __future__ import annotations

import ast
import enum
import operator
import re
import string
from collections.abc import Callable
from typing import Any

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.event import Event, HttpRequestFields
from vigil_telemetry.fields import Role, Treatment
from vigil_telemetry.guard import fits
from vigil_telemetry.redaction import REDACTED, Budget, redact_text
from vigil_telemetry.redaction.plain import EXACT, whole
from vigil_telemetry.safe import encode_safe
from vigil_telemetry.schema import EventSchema, FieldSchema

_SPEC = re.compile(r"(?:\.[0-9]{1,2}[fgeE%])?", re.ASCII)
_HEADS = 4096
"""Combinations of method, route and status that are kept; an application has far fewer."""
Wire = Callable[[Any], Any]  # any event to any struct that msgspec encodes


class LargeIntegerError(ValueError):
    """An event holds whole numbers that Cloud Logging cannot keep: they have to be written as text."""

    def __init__(self, message: bytes, body: bytes) -> None:
        super().__init__("an event holds numbers that are too large for a double")
        self.message = message
        """The event's message, encoded."""
        self.body = body
        """The event with these numbers as text, encoded."""


def wire_of(schema: EventSchema) -> Wire | None:
    """Return how an event becomes what is encoded: None where it is encoded as it is.

    Free text is scanned and personal data treated here, and defaults other than None are written out.
    """
    treatments = {place: treat for place, field in enumerate(schema.fields) if (treat := _treatment(field)) is not None}
    dropped = {place for place, field in enumerate(schema.fields) if field.treatment is Treatment.DROP}
    plain = msgspec.structs.fields(schema.cls)
    nones = all(field.default is None or field.required for field in plain)
    optional = {field.encode_name for field in plain if field.default is None and not field.required}
    kept = all(field.required or field.name in optional for field in schema.fields)
    if (
        not treatments
        and not dropped
        and nones
        and kept
        and (not optional or schema.cls.__struct_config__.omit_defaults)
    ):
        return None
    fields = [(field.name, Any, None) for place, field in enumerate(schema.fields) if place not in dropped]
    struct = msgspec.defstruct(
        f"{schema.cls.__name__}Wire",
        fields,
        tag_field="event",
        tag=schema.name,
        omit_defaults=True,
        frozen=True,
        gc=False,
    )
    names = [field.name for field in plain]
    get = _getter(names)
    texts = tuple(place for place, field in enumerate(schema.fields) if field.role is Role.TEXT)
    shared = len(texts) > 1
    steps = tuple((place, treat) for place, treat in treatments.items() if not (shared and place in texts))
    gone = sorted(dropped, reverse=True)

    def wire(event: Event) -> msgspec.Struct:
        values = list(get(event))
        for place, treat in steps:
            value = values[place]
            if value is not None:
                values[place] = treat(value)
        if shared:
            budget = Budget()
            for place in texts:
                if values[place] is not None:
                    values[place] = redact_text(values[place], budget)
        for place in gone:
            del values[place]
        return struct(*values)

    return wire


def message_of(schema: EventSchema, encode: Callable[[object], bytes]) -> Callable[[Any], bytes]:  # of the wire form
    """Return what encodes an event's message, and raises TypeError where a field holds what its type does not allow.

    It is compiled from the template as an f-string would be, of which attribute names and literals are the only
    parts, with one look at the type of
    each field before it: an object that strayed into a label would otherwise be encoded as it is, with all that it
    holds.
    """
    values: list[ast.expr] = []
    for literal, name, spec, conversion in string.Formatter().parse(schema.message):
        values.append(ast.Constant(literal))
        if name is None:
            continue
        if conversion or _SPEC.fullmatch(spec or "") is None:
            raise TypeError(f"message of event {schema.name!r}: {{{name}}} may only set decimals, as in {{{name}:.3f}}")
        values.append(_shown(schema.field(name), spec or ""))
    fixed = all(isinstance(value, ast.Constant) for value in values)
    text = "".join(str(value.value) for value in values if isinstance(value, ast.Constant))
    known: dict[str, object] = {"encode": encode, "fixed": encode(text) if fixed else b"", "type": type}
    message = (
        ast.Name("fixed", ast.Load())
        if fixed
        else ast.Call(ast.Name("encode", ast.Load()), [ast.JoinedStr(values)], [])
    )
    compiled = _compiled(schema, message, known)
    carried = [field for field in schema.fields if field.role is not Role.TEXT and field.treatment is None]
    integers = [field.name for field in carried if field.type is int]

    def strict(wire: object) -> bytes:
        wrong = [field.name for field in carried if not fits(field, getattr(wire, field.name))]
        if wrong:
            raise TypeError(f"event {schema.name!r} holds what its type does not allow in {', '.join(wrong)}")
        large = {name: text for name in integers if isinstance(text := _exact(getattr(wire, name)), str)}
        if large:
            raise LargeIntegerError(compiled(wire), encode_safe(msgspec.to_builtins(wire) | large))
        return compiled(wire)

    known["strict"] = strict
    tests = [test for field in carried for test in [_typed(field, known)]]
    if not tests:
        return compiled
    other = ast.Call(ast.Name("strict", ast.Load()), [ast.Name("wire", ast.Load())], [])
    return _compiled(
        schema, ast.IfExp(ast.BoolOp(ast.And(), tests) if len(tests) > 1 else tests[0], message, other), known
    )


def _exact(value: object) -> object:
    return whole(value) if isinstance(value, int) else value


def _compiled(
    schema: EventSchema, body: ast.expr, known: dict[str, object]
) -> Callable[[Any], bytes]:  # of the wire form
    wire = ast.arguments(posonlyargs=[], args=[ast.arg("wire")], kwonlyargs=[], kw_defaults=[], defaults=[])
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(wire, body)))
    return eval(compile(tree, f"<message of {schema.name}>", "eval"), known)  # noqa: S307 - built just here, from no text


def _typed(field: FieldSchema, known: dict[str, object]) -> ast.expr:
    """Return whether the field's value is exactly of its type, or None where that is allowed.

    Anything else is looked at more closely.
    """
    known[f"type_{field.name}"] = field.type
    value = ast.Attribute(ast.Name("wire", ast.Load()), field.name, ast.Load())
    kind = ast.Call(ast.Name("type", ast.Load()), [value], [])
    exact: ast.expr = ast.Compare(kind, [ast.Is()], [ast.Name(f"type_{field.name}", ast.Load())])
    if field.type is int:
        limits = ast.Compare(ast.Constant(-EXACT), [ast.LtE(), ast.LtE()], [value, ast.Constant(EXACT)])
        exact = ast.BoolOp(ast.And(), [exact, limits])
    if field.required:
        return exact
    return ast.BoolOp(ast.Or(), [ast.Compare(value, [ast.Is()], [ast.Constant(None)]), exact])


def _shown(field: FieldSchema, spec: str) -> ast.expr:
    """Return a field in the message; an absent value (None) is shown as `-`."""
    value: ast.expr = ast.Attribute(ast.Name("wire", ast.Load()), field.name, ast.Load())
    bare = value
    if _plain_enum(field.type):
        value = ast.Attribute(value, "value", ast.Load())
    form = ast.JoinedStr([ast.Constant(spec)]) if spec else None
    shown = ast.FormattedValue(value, -1, form)
    if field.required:
        return shown
    missing = ast.Compare(bare, [ast.Is()], [ast.Constant(None)])
    return ast.FormattedValue(ast.IfExp(missing, ast.Constant("-"), ast.JoinedStr([shown])), -1, None)


def http_of(
    schema: EventSchema, encode: Callable[[object], bytes]
) -> Callable[[Any], bytes] | None:  # of the wire form
    """Return the member `httpRequest`, built from the fields that the event names.

    The form is that of `google.logging.type.HttpRequest`.
    """
    shape: HttpRequestFields | None = schema.http_request
    if shape is None:
        return None
    labels, latency_of = _getter([shape.method, shape.url, shape.status]), operator.attrgetter(shape.latency)
    sizes = [("requestSize", shape.request_size), ("responseSize", shape.response_size)]
    extra = [(f'","{key}":"', operator.attrgetter(name)) for key, name in sizes if name is not None]
    heads: dict[tuple[object, ...], str] = {}  # by labels, whose values are few: encoded once

    def http(wire: object) -> bytes:
        key = labels(wire)
        head = heads.get(key)
        if head is None:
            method, url, status = key
            if len(heads) >= _HEADS:
                heads.clear()
            request = encode({"requestMethod": method, "requestUrl": url, "status": status})[:-1].decode()
            head = heads[key] = f'"httpRequest":{request},"latency":"'
        text = f"{head}{latency_of(wire):.6f}s"
        for name, size in extra:
            value = size(wire)
            if value is not None:
                text += f"{name}{value}"
        return f'{text}"}},'.encode()

    return http


def _treatment(field: FieldSchema) -> Callable[[Any], object] | None:  # of the field's own type
    if field.role is Role.TEXT:
        return redact_text
    if field.treatment is Treatment.PSEUDONYM:
        return runtime.settings().pseudonym
    if field.treatment is Treatment.REDACT:
        return lambda _: REDACTED
    return None


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:  # of any event
    if not names:
        return lambda _: ()
    if len(names) == 1:
        one = operator.attrgetter(names[0])
        return lambda event: (one(event),)
    return operator.attrgetter(*names)


def _plain_enum(kind: type) -> bool:
    return issubclass(kind, enum.Enum) and not issubclass(kind, enum.ReprEnum)
