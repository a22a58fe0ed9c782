"""What writes the events of one class: a closure over everything that they share.

This is the hot path, in two forms: `write` does everything, `write_simple` leaves out what most events have not (a
severity by label, sampling, an exception,
`httpRequest`, a span of OpenTelemetry).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum
from random import random
from time import time_ns
from types import CodeType, FrameType
from typing import Any, TypeAlias

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.clock import THREE, clock
from vigil_telemetry.context import current, encode_span
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.guard import cut, repaired
from vigil_telemetry.location import place_of, places
from vigil_telemetry.outputs.base import Output
from vigil_telemetry.plan import LargeIntegerError, http_of, message_of, wire_of
from vigil_telemetry.safe import encode_safe, from_value
from vigil_telemetry.schema import FieldSchema, shape_of
from vigil_telemetry.severity import Severity

Writer: TypeAlias = Callable[
    [Any, BaseException | None, FrameType, bytes | None], None
]  # any event of the writer's class

_encode = msgspec.json.Encoder().encode
_join = b"".join
_SECOND = 1_000_000  # in microseconds
_REPORTED = b'"@type":"type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent",'


def write_nothing(event: Event, exception: BaseException | None, frame: FrameType, place: bytes | None) -> None:
    """Write nothing, for a class whose level is off."""


def compile_writer(cls: type[Event]) -> Writer:  # noqa: C901, PLR0915 - the hot path: its parts are closures over one frame, not functions to be called
    """Return the writer of a class under the settings in force.

    Raises TypeError where the class is not a well-formed event.
    """
    schema, settings = shape_of(cls), runtime.settings()
    level, rate, by = settings.level_of(schema.name), settings.rate_of(schema.name), schema.severity_by
    heads = {severity: _head(severity, settings, rate) for severity in schema.severities if severity >= level}
    if not heads:
        return write_nothing
    severities = (
        {
            _value(schema.field(by.label), value): (heads.get(severity), severity >= Severity.WARNING)
            for value, severity in by.values.items()
        }
        if by
        else {}
    )
    usual = (heads.get(schema.severity), schema.severity >= Severity.WARNING)
    wire_form, message, http = wire_of(schema), message_of(schema, _encode), http_of(schema, encode_safe)
    write_out, (fd, sink) = settings.output.write, _sink(settings.output)
    label, span, reported = by.label if by else None, settings.span, schema.reported
    encode, join, threes, now, limit = _encode, _join, THREE, time_ns, settings.line_limit
    last: tuple[CodeType | None, int, bytes] = (None, 0, b"")

    def place_at(frame: FrameType) -> bytes:
        nonlocal last
        found = places.get((id(frame.f_code), frame.f_lasti))
        place = found[0] if found is not None else place_of(frame)
        last = (frame.f_code, frame.f_lasti, place)  # most events are written at one place
        return place

    def put(line: bytes) -> None:
        size = len(line)
        if size > limit:
            write_out(cut(line, limit))
            return
        try:
            written = sink(fd, line)
        except OSError:
            write_out(line)  # tries again, and counts
        else:
            if written != size:
                write_out(line[written:])

    def write(event: Any, exception: BaseException | None, frame: FrameType, place: bytes | None) -> None:  # noqa: ANN401 - an event of `cls`
        head, kept = usual if label is None else severities.get(getattr(event, label), usual)
        if head is None or (rate < 1.0 and not kept and random() >= rate):  # noqa: S311 - which lines are kept is no secret
            return
        if place is None:
            place = place_at(frame)
        try:
            wire = event if wire_form is None else wire_form(event)
            text, body = message(wire), encode(wire)
            special = http(wire) if http is not None else b""
        except LargeIntegerError as large:
            text, body, special = large.message, large.body, b""
        except from_value():  # a field holds what its type does not allow
            (text, body), special = repaired(schema, event), b""
        if exception is not None or reported:
            special += _error(exception, place)
        scope = current()
        trace = scope.encoded_trace if span is None else encode_span(span, scope.encoded_trace)
        since, stamp = clock.now
        micros = (now() - since) // 1000
        if not 0 <= micros < _SECOND:
            micros, stamp = clock.tick()
        time = (stamp, threes[micros // 1000], threes[micros % 1000], b'Z",')
        put(join((head, text, *time, place, scope.encoded, trace, special, body[1:], b"\n")))

    if label is not None or rate < 1.0 or reported or http is not None or span is not None:
        return write
    head = heads[schema.severity]

    def write_simple(event: Any, exception: BaseException | None, frame: FrameType, place: bytes | None) -> None:  # noqa: ANN401, C901 - as above
        if exception is not None:
            write(event, exception, frame, place)
            return
        if place is None:
            code, instruction, place = last
            if frame.f_code is not code or frame.f_lasti != instruction:
                place = place_at(frame)
        try:
            wire = event if wire_form is None else wire_form(event)
            text, body = message(wire), encode(wire)
        except LargeIntegerError as large:
            text, body = large.message, large.body
        except from_value():  # as above
            text, body = repaired(schema, event)
        since, stamp = clock.now
        micros = (now() - since) // 1000
        if not 0 <= micros < _SECOND:
            micros, stamp = clock.tick()
        line = join(
            (
                head,
                text,
                stamp,
                threes[micros // 1000],
                threes[micros % 1000],
                b'Z",',
                place,
                current().all,
                body[1:],
                b"\n",
            )
        )
        size = len(line)  # as `put`, whose call would cost a fiftieth of the line
        if size > limit:
            write_out(cut(line, limit))
            return
        try:
            written = sink(fd, line)
        except OSError:
            write_out(line)  # tries again, and counts
        else:
            if written != size:
                write_out(line[written:])

    return write_simple


def _sink(output: Output) -> tuple[int, Callable[[int, bytes], int]]:
    """Return how a line of usual size is written: straight to the descriptor, where the output is no more than that."""
    fd: int | None = getattr(output, "direct", None)
    if fd is not None:
        return fd, os.write
    write = output.write

    def through(_: int, line: bytes) -> int:
        try:
            write(line)
        except Exception:  # noqa: BLE001 - an output of somebody else's may do anything; a second try may write twice
            counters.lost(1)
        return len(line)

    return -1, through


def _value(field: FieldSchema, text: str) -> object:
    """Return what an event holds where the line has this text."""
    if field.type is bool:
        return text == "true"
    if field.type is int:
        return int(text)
    return next(member for member in field.type if str(member.value) == text) if issubclass(field.type, Enum) else text


def _head(severity: Severity, settings: runtime.Settings, rate: float) -> bytes:
    """Return what is the same on every line of an event: all before the message."""
    context = {"service": settings.service}
    if settings.version:
        context["version"] = settings.version
    members: dict[str, object] = {"severity": severity.name, "serviceContext": context, "service": settings.service}
    if settings.environment:
        members["environment"] = settings.environment
    if rate < 1.0 and severity < Severity.WARNING:
        members["sample_rate"] = rate
    return encode_safe(members)[:-1] + b',"message":'


def _error(exception: BaseException | None, place: bytes) -> bytes:
    """Return the members by which Error Reporting finds and groups an error."""
    if exception is not None:
        return b'"stack_trace":' + encode_safe(stack_trace(exception)) + b","
    source: dict[str, str] = next(iter(msgspec.json.decode(b"{" + place[:-1] + b"}").values()))
    where = {"filePath": source["file"], "lineNumber": int(source["line"]), "functionName": source["function"]}
    return _REPORTED + b'"context":' + encode_safe({"reportLocation": where}) + b","
