"""The messages of OTLP on the wire: protobuf, and the JSON of OTLP, whose ids are hexadecimal.

Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast

from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message
from google.rpc import status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from vigil_emulator.errors import ApiError, invalid_argument

Signal = Literal["logs", "metrics", "traces"]
PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_IDS: Final = {"traceId": 16, "spanId": 8, "parentSpanId": 8, "trace_id": 16, "span_id": 8, "parent_span_id": 8}

Request = TypeVar("Request", bound=Message)


@dataclass(frozen=True, slots=True)
class Service:
    """One of OTLP's services: its name in gRPC, and its messages."""

    signal: Signal
    grpc: str
    request: type[Message]
    response: type[Message]


SERVICES: Final[dict[Signal, Service]] = {
    "logs": Service(
        "logs",
        "opentelemetry.proto.collector.logs.v1.LogsService",
        ExportLogsServiceRequest,
        ExportLogsServiceResponse,
    ),
    "metrics": Service(
        "metrics",
        "opentelemetry.proto.collector.metrics.v1.MetricsService",
        ExportMetricsServiceRequest,
        ExportMetricsServiceResponse,
    ),
    "traces": Service(
        "traces",
        "opentelemetry.proto.collector.trace.v1.TraceService",
        ExportTraceServiceRequest,
        ExportTraceServiceResponse,
    ),
}


def parsed(kind: type[Request], raw: bytes, media: str) -> Request:
    """Return the message of a request's body. Raises ApiError INVALID_ARGUMENT for another body or media type."""
    message = kind()
    if media == PROTOBUF:
        try:
            message.ParseFromString(raw)
        except DecodeError as error:
            raise invalid_argument(f"The body is no {kind.DESCRIPTOR.full_name} in protobuf: {error}") from error
        return message
    if media != JSON:
        raise invalid_argument(f"Content-Type {media or 'is missing, it'} must be {PROTOBUF} or {JSON}.")
    try:
        value = _with_bytes(_object(raw))
        return json_format.ParseDict(cast("dict[str, Any]", value), message, ignore_unknown_fields=True)
    except (ValueError, TypeError, AttributeError, RecursionError, json_format.ParseError) as error:
        raise invalid_argument(f"The body is no {kind.DESCRIPTOR.full_name} in OTLP's JSON: {error}") from error


def written(message: Message, media: str) -> bytes:
    """Return a response's body in the media type of its request."""
    if media == PROTOBUF:
        return message.SerializeToString()
    return json_format.MessageToJson(message, indent=None).encode()


def refused(error: ApiError, media: str) -> bytes:
    """Return an error's body: `google.rpc.Status` in the media type of the request."""
    code = _CODES.get(error.status, 2)
    return written(status_pb2.Status(code=code, message=error.message), media)


_CODES: Final = {
    "CANCELLED": 1,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}
"""google/rpc/code.proto; 2 is UNKNOWN."""


def _object(raw: bytes) -> object:
    value: object = json.loads(raw)
    if isinstance(value, dict):
        return cast("dict[str, object]", value)
    raise TypeError(f"it is no object, but begins with {raw[:20].decode('utf-8', 'replace')!r}")


def _with_bytes(value: object) -> object:
    """OTLP's JSON as protobuf's: ids are hexadecimal in the one and base64 in the other."""
    if isinstance(value, list):
        return [_with_bytes(each) for each in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    found: dict[str, object] = {}
    for key, each in cast("dict[str, object]", value).items():
        found[key] = _id(key, each) if key in _IDS and isinstance(each, str) else _with_bytes(each)
    return found


def _id(key: str, text: str) -> str:
    if not text:
        return text
    try:
        raw = binascii.unhexlify(text)
    except ValueError as error:
        raise ValueError(f"{key} {text!r} is not hexadecimal") from error
    if len(raw) != _IDS[key]:
        raise ValueError(f"{key} {text!r} has {len(raw)} bytes, not {_IDS[key]}")
    return base64.b64encode(raw).decode("ascii")
