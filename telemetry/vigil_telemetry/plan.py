"""What is worked out once for each event class, so that emitting one is little more than encoding it."""

from __future__ import annotations

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
from vigil_telemetry.redaction import REDACTED, redact_text
from vigil_telemetry.schema import EventSchema, FieldSchema

_SPEC = re.compile(r"(?:\.[0-9]{1,2}[fgeE%])?", re.ASCII)
Wire = Callable[[Any], Any]  # any event to any struct that msgspec encodes


def wire_of(schema: EventSchema) -> Wire | None:
    """How an event becomes what is encoded: None where it is encoded as it is.

    Free text is scanned and personal data treated here, and defaults other than None are written out.
    """
    treatments = {place: treat for place, field in enumerate(schema.fields) if (treat := _treatment(field)) is not None}
    dropped = {place for place, field in enumerate(schema.fields) if field.treatment is Treatment.DROP}
    plain = msgspec.structs.fields(schema.cls)
    nones = all(field.default is None or field.required for field in plain)
    optional = {field.encode_name for field in plain if field.default is None and not field.required}
    kept = all(field.required or field.name in optional for field in schema.fields)
    if not treatments and not dropped and nones and kept and (not optional or schema.cls.__struct_config__.omit_defaults):
        return None
    fields = [(field.name, Any, None) for place, field in enumerate(schema.fields) if place not in dropped]
    struct = msgspec.defstruct(
        f"{schema.cls.__name__}Wire", fields, tag_field="event", tag=schema.name, omit_defaults=True, frozen=True, gc=False,
    )  # fmt: skip
    names = [field.name for field in plain]
    get = _getter(names)
    steps = tuple(treatments.items())
    gone = sorted(dropped, reverse=True)

    def wire(event: Event) -> msgspec.Struct:
        values = list(get(event))
        for place, treat in steps:
            value = values[place]
            if value is not None:
                values[place] = treat(value)
        for place in gone:
            del values[place]
        return struct(*values)

    return wire


def message_of(schema: EventSchema, encode: Callable[[object], bytes]) -> bytes | Callable[[Any], bytes]:  # of the wire form
    """The encoded message: fixed bytes where the template has no fields, else a function of the event's wire form."""
    parts = list(string.Formatter().parse(schema.message))
    names = [name for _, name, _, _ in parts if name is not None]
    if not names:
        return encode("".join(literal for literal, *_ in parts))
    for _, name, spec, conversion in parts:
        if name is not None and (conversion or _SPEC.fullmatch(spec or "") is None):
            raise TypeError(f"message of event {schema.name!r}: {{{name}}} may only set decimals, as in {{{name}:.3f}}")
    template = "".join(
        literal.replace("%", "%%") + ("" if name is None else f"%{spec}" if spec else "%s") for literal, name, spec, _ in parts
    )
    get = _getter(names)
    fields = [schema.field(name) for name in names]
    if all(field.required and not _plain_enum(field.type) for field in fields):
        return lambda wire: encode(template % get(wire))
    loose = "".join(literal.replace("%", "%%") + ("" if name is None else "%s") for literal, name, _, _ in parts)
    formats = [f"%{spec}" if spec else "%s" for _, name, spec, _ in parts if name is not None]

    def message(wire: object) -> bytes:
        shown = tuple(
            "-" if value is None else form % (value.value if isinstance(value, enum.Enum) else value)
            for form, value in zip(formats, get(wire), strict=True)
        )
        return encode(loose % shown)

    return message


def http_of(schema: EventSchema, encode: Callable[[object], bytes]) -> Callable[[Any], bytes] | None:  # of the wire form
    """The member `httpRequest`, built from the fields that the event names; the form is that of `google.logging.type.HttpRequest`."""
    shape: HttpRequestFields | None = schema.http_request
    if shape is None:
        return None
    get = _getter([shape.method, shape.url, shape.status, shape.latency])
    sizes = [("requestSize", shape.request_size), ("responseSize", shape.response_size)]
    extra = [(key, operator.attrgetter(name)) for key, name in sizes if name is not None]

    def http(wire: object) -> bytes:
        method, url, status, latency = get(wire)
        request = {"requestMethod": method, "requestUrl": url, "status": status, "latency": f"{latency:.6f}s"}
        for key, size in extra:
            value = size(wire)
            if value is not None:
                request[key] = str(value)
        return b'"httpRequest":' + encode(request) + b","

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


