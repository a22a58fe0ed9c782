"""Emitting: one event becomes one line, and nothing that goes wrong on the way reaches the application."""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import random
from time import gmtime, strftime, time_ns
from types import FrameType
from typing import Any, TypeVar

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.context import current, encode_trace
from vigil_telemetry.counters import counters
from vigil_telemetry.event import Event
from vigil_telemetry.exceptions import stack_trace
from vigil_telemetry.guard import LIMIT, cut, repaired
from vigil_telemetry.location import place_of, places
from vigil_telemetry.plan import http_of, message_of, wire_of
from vigil_telemetry.safe import encode_safe
from vigil_telemetry.schema import shape_of
from vigil_telemetry.severity import Severity

E = TypeVar("E", bound=Event)
Writer = Callable[[Any, BaseException | None, FrameType | None, bytes | None], None]

_getframe = sys._getframe  # noqa: SLF001 - the documented way to a caller, and the only cheap one
_encode = msgspec.json.Encoder().encode
_writers: dict[type[Event], Writer] = {}
_silent: set[type[Event]] = set()
_REPORTED = b'"@type":"type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent",'


def emit(event: Event, *, exception: BaseException | None = None, place: bytes | None = None) -> None:
    """Writes an event as one line. Never raises.

    Args:
        event: what happened.
        exception: the error that made it happen: becomes `stack_trace`, redacted, which Error Reporting groups.
        place: where in the code it happened, as `location` encodes it, where that is not the line of this call.
    """
    try:
        writer = _writers.get(type(event))
        if writer is None:
            writer = _writer(type(event))
        writer(event, exception, _getframe(1), place)
    except Exception:  # noqa: BLE001 - whatever it is, the application goes on
        counters.failed += 1


def emit_lazy(kind: type[E], build: Callable[[], E], *, exception: BaseException | None = None) -> None:
    """Writes the event that `build` makes; where the level of its kind is off, `build` is not called. Never raises.

    ```python
    emit_lazy(CacheMiss, lambda: CacheMiss(key=key, size=len(render(value))))
    ```
    """
    if kind in _silent:
        return
    try:
        writer = _writers.get(kind)
        if writer is None:
            writer = _writer(kind)
            if kind in _silent:
                return
        writer(build(), exception, _getframe(1), None)
    except Exception:  # noqa: BLE001 - as above
        counters.failed += 1


def enabled(kind: type[Event]) -> bool:
    """Whether some event of this kind would be written at the level in force."""
    try:
        if kind not in _writers:
            _writer(kind)
    except Exception:  # noqa: BLE001 - an ill-formed event cannot be written, which is all that is asked here
        return False
    return kind not in _silent


def _forget() -> None:
    _writers.clear()
    _silent.clear()


runtime.on_change(_forget)


def _writer(cls: type[Event]) -> Writer:
    writer = _compile(cls)
    if writer is _nothing:
        _silent.add(cls)
    _writers[cls] = writer
    return writer


def _nothing(event: Event, exception: BaseException | None, frame: FrameType | None, place: bytes | None) -> None:
    """Writes no line: the level is off."""


_second = 0
_stamp = b""


def _stamped(now: int) -> bytes:
    """The time as RFC 3339 with microseconds; the part down to the second is kept for the lines of the same second."""
    global _second, _stamp  # noqa: PLW0603 - a cache: two threads that fill it at once both write what is right for their second
    second, nanos = divmod(now, 1_000_000_000)
    stamp = _stamp
    if second != _second:
        stamp = strftime("%Y-%m-%dT%H:%M:%S.", gmtime(second)).encode()
        _stamp = stamp
        _second = second
    return b"%b%06d" % (stamp, nanos // 1000)


def _compile(cls: type[Event]) -> Writer:  # noqa: C901 - the closure is the hot path, in one piece
    schema = shape_of(cls)
    settings = runtime.settings()
    level, rate = settings.level_of(schema.name), settings.rate_of(schema.name)
    heads = {severity: _head(severity, settings, rate) for severity in schema.severities if severity >= level}
    if not heads:
        return _nothing
    own = heads.get(schema.severity)
    by = schema.severity_by
    label = by.label if by else None
    varied = {value: heads.get(severity) for value, severity in by.values.items()} if by else {}
    loud = {value: severity >= Severity.WARNING for value, severity in by.values.items()} if by else {}
    always = schema.severity >= Severity.WARNING
    wire_form = wire_of(schema)
    message = message_of(schema, encode_safe)
    fixed = message if isinstance(message, bytes) else None
    http = http_of(schema, encode_safe)
    reported = schema.reported
    output = settings.output.write
    span = settings.span

    def write(event: Any, exception: BaseException | None, frame: FrameType | None, place: bytes | None) -> None:  # an event of `cls`
        if label is None:
            head, kept = own, always
        else:
            value = getattr(event, label)
            head, kept = varied.get(value, own), loud.get(value, always)
        if head is None:
            return
        if rate < 1.0 and not kept and random() >= rate:  # noqa: S311 - which lines are kept is no secret
            return
        scope = current()
        if scope.seen != scope.root.revision:
            scope.refresh()
        if place is None:
            assert frame is not None  # noqa: S101 - one of the two is given
            found = places.get((id(frame.f_code), frame.f_lasti))
            place = found[0] if found is not None else place_of(frame)
        try:
            wire = event if wire_form is None else wire_form(event)
            text = fixed if fixed is not None else message(wire)  # pyright: ignore[reportCallIssue] - a function where not fixed
            body = _encode(wire)
            special = http(wire) if http is not None else b""
        except Exception:  # noqa: BLE001 - a field holds what its type does not allow
            text, body, special = repaired(schema, event)
        if exception is not None or reported:
            special += _error(exception, place)
        trace = scope.encoded_trace
        if span is not None:
            spanned = span()
            trace = encode_trace(spanned) if spanned is not None else trace
        line = b"".join(
            (head, text, b',"time":"', _stamped(time_ns()), b'Z",', place, scope.encoded, trace, special, body[1:], b"\n"),
        )
        output(line if len(line) <= LIMIT else cut(line))

    return write


def _head(severity: Severity, settings: runtime.Settings, rate: float) -> bytes:
    """What is the same on every line of an event: all before the message."""
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
    if exception is not None:
        return b'"stack_trace":' + encode_safe(stack_trace(exception)) + b","
    source = msgspec.json.decode(b"{" + place[:-1] + b"}")
    where = next(iter(source.values()))
    report = {"filePath": where["file"], "lineNumber": int(where["line"]), "functionName": where["function"]}
    return _REPORTED + b'"context":' + encode_safe({"reportLocation": report}) + b","
