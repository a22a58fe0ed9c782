"""What writes the events of one class: a function made for it, in which each field is a local variable.

This is the hot path. A line is one struct, encoded in one call: the fields that every line has, then those of the
event. What is known before the event (severity, place, service, context) is a `msgspec.Raw`, which is copied as it is:
the value of its key, with further members behind it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from functools import cache
from random import random
from time import time_ns
from types import CodeType, FrameType
from typing import Any, Protocol, cast

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.clock import LAST, SECOND, THREE, clock
from vigil_telemetry.context import bound_now, current
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.guard import cut, repaired
from vigil_telemetry.location import place_at
from vigil_telemetry.plan import (
    carried_of,
    checked,
    checks_of,
    filled,
    message_of,
    request_of,
    treatment_of,
    treatments_of,
    variables_of,
)
from vigil_telemetry.reserved import SOURCE_LOCATION
from vigil_telemetry.safe import encode_safe, from_value, safe_text
from vigil_telemetry.schema import shape_of, value_of
from vigil_telemetry.severity import Severity


class Writer(Protocol):
    """Writes an event of its class."""

    def __call__(
        self,
        event: Any,  # noqa: ANN401 - of the writer's class
        frame: FrameType | None,
        exception: BaseException | None,
        place: bytes | None,
        /,
    ) -> None: ...


_encode = msgspec.json.Encoder().encode_lines
_REPORTED = b'"type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent","context":'

_PLACES = 1000
"""Places of one event whose encoded form is kept."""
_services: dict[bytes, bytes] = {}
"""One object for each encoded service, which scopes compare by identity."""
_OWN = {
    "severity": "head",
    "message": "text",
    "time": 'f"{stamp}{THREE[micros // 1000]}{LAST[micros % 1000]}"',
    "service": "bound",
}
"""Keys of the fields that every line has, with the code of each value."""
_WRITER = """
def write(event, frame, exception, place):
    {chosen}
    if place is None:
        code, instruction, head = heads.last
        if frame.f_code is not code or frame.f_lasti != instruction:
            head = heads.at(frame)
    else:
        head = heads.by_place.get(place) or heads.of(place)
    {bound}
    if exception is not None:
        bound = with_stack_trace(bound, exception)
    try:
        {fields}
        {treated}
        {checked}
        since, stamp = clock.now
        nanos = time_ns() - since
        if nanos >= SECOND or nanos < 0:
            nanos, stamp = clock.tick()
        micros = nanos // 1000
        line = encode([Line({values})])
    except from_value():  # a field holds what its type does not allow
        line = loose(event, head, bound)
    {written}
"""
"""A writer. Names that it does not define are those of its module; braces are statements."""
_BY_LABEL = """
try:
    heads, kept = severities.get(event.{label}, usual)
except from_value():  # no label is hashed like that: it is left out below
    heads, kept = usual
if heads is None:
    return
"""
_SAMPLED = """
if not kept and random() >= rate:
    return
"""
_BOUND = """
scope = current()
of, bound = scope.bound
if of is not service:
    bound = scope.bound_for(service)
"""
_CHECKED = """
if {checks}:
    text = {message}
else:
    text, {names} = careful([{names}])
"""
_DIRECT = """
size = len(line)
if size > limit:
    write_out(cut(line, limit))
    return
try:
    written = direct(fd, line)
except OSError:
    write_out(line)  # tries again, and counts
else:
    if written != size:
        write_out(line[written:])
"""
_OTHER = """
try:
    write_out(line if len(line) <= limit else cut(line, limit))
except Exception:  # an output of somebody else's may do anything; a second try may write twice
    lost(1)
"""


class _Heads:
    """What the lines of one severity begin with: it, the place, and what is the same on every line of an event."""

    __slots__ = ("_common", "by_place", "last")

    def __init__(self, common: bytes) -> None:
        self._common = common
        self.by_place: dict[bytes, msgspec.Raw] = {}
        self.last: tuple[CodeType | None, int, msgspec.Raw] = (None, 0, msgspec.Raw())
        """Code and instruction that the last line was written at, and its beginning: most are written at one."""

    def at(self, frame: FrameType) -> msgspec.Raw:
        """Return the beginning of a line that is written where a frame stands, and keep it for the next one."""
        head = self.of(place_at(frame))
        self.last = (frame.f_code, frame.f_lasti, head)
        return head

    def of(self, place: bytes) -> msgspec.Raw:
        """Return the beginning of a line with an encoded place."""
        head = self.by_place.get(place)
        if head is None:
            if len(self.by_place) >= _PLACES:
                self.by_place.clear()
            head = self.by_place[place] = msgspec.Raw(self._common + b"," + place[:-1])
        return head


def write_nothing(event: Event, frame: FrameType | None, exception: BaseException | None, place: bytes | None) -> None:
    """Write nothing, for a class whose level is off."""


def compile_writer(cls: type[Event]) -> Writer:
    """Return the writer of a class under the settings in force.

    Raises TypeError where the class is not a well-formed event.
    """
    schema, settings = shape_of(cls), runtime.settings()
    level, rate, by = settings.level_of(schema.name), settings.rate_of(schema.name), schema.severity_by
    heads = {
        severity: _Heads(_common(schema.name, severity, settings, rate))
        for severity in schema.severities
        if severity >= level
    }
    if not heads:
        return write_nothing
    usual = (heads.get(schema.severity), schema.severity >= Severity.WARNING)
    known = _shared(settings)
    known |= {"heads": usual[0], "kept": usual[1], "usual": usual, "rate": rate}
    own = dict(_OWN)
    if schema.reported:
        own["@type"] = "None if exception is not None else reported_at(head)"
    if schema.http_request is not None:
        own["httpRequest"] = request_of(schema, known)
    variables = variables_of(schema)
    carried = {field.name: variables[field.name] for field in carried_of(schema)}
    attributes = dict(zip(variables, cls.__struct_fields__, strict=True))
    known["Line"] = _struct(f"{cls.__name__}Line", [*own, *carried])
    chosen = ""
    if by is not None:
        known["severities"] = {
            value_of(schema.field(by.label), value): (heads.get(severity), severity >= Severity.WARNING)
            for value, severity in by.values.items()
        }
        chosen = _BY_LABEL.format(label=attributes[by.label])
    if rate < 1.0:
        chosen += _SAMPLED
    names, checks, message = ", ".join(carried.values()), checks_of(schema, known), message_of(schema)

    @cache
    def shown() -> Callable[..., str]:  # compiled once it is needed: most classes never need it
        return eval(f"lambda {names}: {message}", known)  # noqa: S307 - as below

    def careful(values: list[object]) -> list[object]:
        found: list[object] = checked(schema, values)
        return [shown()(*values), *found]

    def loose(event: Event, head: msgspec.Raw, bound: msgspec.Raw) -> bytes:
        body, values = repaired(schema, event, treatment_of)
        try:
            text = schema.name if values is None else safe_text(shown()(*values))
        except from_value():  # a value of a subclass of str may do anything where it is formatted
            text = schema.name
        line = _encode([_Line(head, text, clock.text(), bound)])
        return line[:-2] + b"," + encode_safe(body)[1:] + b"\n" if body else line

    known |= {"careful": careful, "loose": loose}
    source = filled(
        _WRITER,
        chosen=chosen,
        bound=_BOUND if settings.span is None else "bound = bound_now(span, service)",
        fields="; ".join(f"{variable} = event.{attributes[name]}" for name, variable in carried.items()),
        treated=treatments_of(schema, known),
        checked=_CHECKED.format(checks=checks, message=message, names=f"{names},") if checks else f"text = {message}",
        values=", ".join([*own.values(), *carried.values()]),
        written=_OTHER if known["fd"] is None else _DIRECT,
    )
    exec(source, known)  # noqa: S102 - text of this library, with names of fields in it
    return cast("Writer", known["write"])


def _shared(settings: runtime.Settings) -> dict[str, object]:
    """Return what a writer calls, and the values that stay the same, by the names in its text."""
    output, service = settings.output, encode_safe(settings.service)
    return {
        "random": random,
        "with_stack_trace": _with_stack_trace,
        "current": current,
        "service": _services.setdefault(service, service),
        "span": settings.span,
        "bound_now": bound_now,
        "encode": _encode,
        "clock": clock,
        "time_ns": time_ns,
        "SECOND": SECOND,
        "THREE": THREE,
        "LAST": LAST,
        "reported_at": _reported_at,
        "from_value": from_value,
        "limit": settings.line_limit,
        "cut": cut,
        "fd": getattr(output, "direct", None),
        "direct": os.write,
        "write_out": output.write,
        "lost": counters.lost,
        "len": len,  # found here, it is not looked for in the builtins as well
        "type": type,
    }


def _struct(name: str, keys: Iterable[str]) -> type[msgspec.Struct]:
    """Return a struct with these keys, which leaves out a value that is absent."""
    attributes = {f"a{place}": key for place, key in enumerate(keys)}
    fields = [(attribute, Any, None) for attribute in attributes]
    return msgspec.defstruct(name, fields, rename=attributes, omit_defaults=True, frozen=True, gc=False)


_Line = _struct("_Line", _OWN)


def _common(event: str, severity: Severity, settings: runtime.Settings, rate: float) -> bytes:
    """Return the severity, and what else is the same on every line of an event."""
    context = {"service": settings.service}
    if settings.version:
        context["version"] = settings.version
    members: dict[str, object] = {"event": event, "serviceContext": context}
    if settings.environment:
        members["environment"] = settings.environment
    if rate < 1.0 and severity < Severity.WARNING:
        members["sample_rate"] = rate
    return encode_safe(severity.name) + b"," + encode_safe(members)[1:-1]


def _with_stack_trace(bound: msgspec.Raw, exception: BaseException) -> msgspec.Raw:
    """Return the context with the member `stack_trace` behind it, which few lines have."""
    return msgspec.Raw(bytes(bound) + b',"stack_trace":' + encode_safe(stack_trace(exception)))


def _reported_at(head: msgspec.Raw) -> msgspec.Raw:
    """Return the type by which Error Reporting finds an error without an exception, and where it groups it."""
    source: dict[str, str] = msgspec.json.decode(b'{"severity":' + bytes(head) + b"}")[SOURCE_LOCATION]
    where = {"filePath": source["file"], "lineNumber": int(source["line"]), "functionName": source["function"]}
    return msgspec.Raw(_REPORTED + encode_safe({"reportLocation": where}))
