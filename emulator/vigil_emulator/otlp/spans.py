"""Spans as they are stored, and the limits that refuse some.

Source: https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/v1.traces and the limits of
https://docs.cloud.google.com/stackdriver/quotas.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Message

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.otlp import limits
from vigil_emulator.otlp.attributes import attributes_of, text_of, value_of
from vigil_emulator.otlp.times import Times
from vigil_emulator.times import format_time
from vigil_emulator.tracing.span import Kind, Span, Status

_KINDS: Final[Sequence[Kind]] = ("", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
_STATUS: Final[Sequence[Status]] = ("UNSET", "OK", "ERROR")
_TRACE_BYTES: Final = 16
_SPAN_BYTES: Final = 8


@dataclass(slots=True)
class Mapped:
    """What became of one ResourceSpans."""

    spans: list[Span] = field(default_factory=list[Span])
    rejected: list[str] = field(default_factory=list[str])


def mapped(project: str, resource: ResourceSpans, times: Times) -> Mapped:
    """Return the spans of one ResourceSpans; `times` maps those of the sender."""
    found = Mapped()
    whole = attributes_of(resource.resource.attributes)
    spans = [(scope.scope.name, span) for scope in resource.scope_spans for span in scope.spans]
    wrong = _wrong_resource(resource, [span for _, span in spans])
    for scope, message in spans:
        reason = wrong or _wrong(message)
        if reason:
            found.rejected.append(reason)
        else:
            found.spans.append(_span(project, message, whole, scope, times))
    return found


def _wrong_resource(resource: ResourceSpans, spans: Sequence[Message]) -> str:
    attributes = resource.resource.attributes
    if len(attributes) > limits.ATTRIBUTES:
        return f"the resource has {len(attributes)} attributes, at most {limits.ATTRIBUTES} are taken"
    if len(resource.schema_url.encode()) > limits.SCHEMA_URL:
        return f"the schema's address has more than {limits.SCHEMA_URL} bytes"
    total = len(attributes) + sum(
        len(span.attributes)
        + sum(len(event.attributes) for event in span.events)
        + sum(len(link.attributes) for link in span.links)
        for span in spans
    )
    if total > limits.ATTRIBUTES_OF_RESOURCE_SPANS:
        most = limits.ATTRIBUTES_OF_RESOURCE_SPANS
        return f"a ResourceSpans has {total} attributes, at most {most} are taken: export smaller batches"
    return _wrong_attributes("the resource", attributes)


def _wrong(span: Message) -> str:
    name = f"span {span.name[:64]!r}"
    if len(span.trace_id) != _TRACE_BYTES or not any(span.trace_id):
        return f"{name}: the trace id must have {_TRACE_BYTES} bytes, not all zero"
    if len(span.span_id) != _SPAN_BYTES or not any(span.span_id):
        return f"{name}: the span id must have {_SPAN_BYTES} bytes, not all zero"
    if not span.start_time_unix_nano or span.end_time_unix_nano < span.start_time_unix_nano:
        return f"{name}: the end must not be before the start, and both must be set"
    for noun, count, most in (
        ("attributes", len(span.attributes), limits.ATTRIBUTES),
        ("events", len(span.events), limits.EVENTS),
        ("links", len(span.links), limits.LINKS),
    ):
        if count > most:
            return f"{name} has {count} {noun}, at most {most} are taken"
    for named in (span.name, *(event.name for event in span.events)):
        if len(named.encode()) > limits.NAME:
            return f"{name}: a name has more than {limits.NAME} bytes"
    return next(
        (reason for one in (span, *span.events, *span.links) if (reason := _wrong_attributes(name, one.attributes))),
        "",
    )


def _wrong_attributes(where: str, attributes: Sequence[KeyValue]) -> str:
    for pair in attributes:
        if len(pair.key.encode()) > limits.ATTRIBUTE_KEY:
            return f"{where}: the key {pair.key[:64]!r}... has more than {limits.ATTRIBUTE_KEY} bytes"
        if pair.ByteSize() > limits.ATTRIBUTE_VALUE and len(text_of(value_of(pair.value))) > limits.ATTRIBUTE_VALUE:
            return f"{where}: the value of {pair.key!r} has more than {limits.ATTRIBUTE_VALUE} bytes"
    return ""


def _span(project: str, message: Message, resource: JsonObject, scope: str, times: Times) -> Span:
    return Span(
        project=project,
        trace=message.trace_id.hex(),
        id=message.span_id.hex(),
        parent=message.parent_span_id.hex() if any(message.parent_span_id) else "",
        name=message.name,
        kind=_KINDS[message.kind] if message.kind < len(_KINDS) else "",
        start=times.of(message.start_time_unix_nano),
        end=times.of(message.end_time_unix_nano),
        status=_STATUS[message.status.code] if message.status.code < len(_STATUS) else "UNSET",
        message=message.status.message,
        attributes=attributes_of(message.attributes),
        resource=resource,
        events=tuple(_event(event, times) for event in message.events),
        links=tuple(
            {
                "trace": link.trace_id.hex(),
                "span": link.span_id.hex(),
                "attributes": attributes_of(link.attributes),
            }
            for link in message.links
        ),
        scope=scope,
    )


def _event(event: Message.Event, times: Times) -> JsonObject:
    return {
        "name": event.name,
        "time": format_time(times.of(event.time_unix_nano)),
        "attributes": attributes_of(event.attributes),
    }
