"""Lines as OTLP log records, to the Telemetry API, a Collector, or the emulator.

The record's body holds the same fields as the line, its event name is the event's, and the members that an agent takes
out of a line (severity, time, trace, labels, `httpRequest`, source location) stand where Google's mapping reads them:
https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/otlp-log-record-to-log-entry.
So one filter, one metric and one alert hold for both ways. Nothing of OpenTelemetry has to be installed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from time import sleep
from typing import TYPE_CHECKING, Annotated, TypeAlias, cast
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.arguments import Constraint, validated
from vigil_telemetry.counters import counters
from vigil_telemetry.outputs.google import entry_of

if TYPE_CHECKING:
    from http.client import HTTPConnection

Headers = Mapping[str, str] | Callable[[], Mapping[str, str]]
Positive: TypeAlias = Annotated[float, Constraint(lambda value: value > 0, "give seconds, more than 0")]
"""A number of seconds above 0."""

PATH = "/v1/logs"
ENDPOINT = "http://localhost:4318"
"""Where an OpenTelemetry Collector listens (https://opentelemetry.io/docs/specs/otlp/#otlphttp-default-port)."""
_MOST = 500
"""Records in one request."""
_NOBODY = 0
"""In place of a status: the connection was refused."""
_RETRIED = frozenset({_NOBODY, 429, 502, 503, 504})
"""Answers after which a client may try again (https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes)."""
_PAUSES = (0.2, 1.0)
"""Seconds before each further try."""
_NUMBERS = {
    "DEFAULT": 0, "DEBUG": 5, "INFO": 9, "NOTICE": 11, "WARNING": 13, "ERROR": 17, "CRITICAL": 21, "ALERT": 23,
    "EMERGENCY": 24,
}  # fmt: skip
_SOURCE = {"file": "code.file.path", "line": "code.line.number", "function": "code.function.name"}
_VALUES: Mapping[type, str] = {str: "stringValue", bool: "boolValue", float: "doubleValue"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OK = 200


class OtlpOutput:
    """Sends lines as OTLP log records over HTTP.

    Each write is a network call: put a queue before it, `configure(output=QueueOutput(OtlpOutput()))`.

    Args:
        endpoint: base address; default `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` as it is, `OTEL_EXPORTER_OTLP_ENDPOINT`, else
            a Collector on this host. For Google `https://telemetry.googleapis.com`.
        headers: sent with each request; a function is called each time, as a token ends. Default
            `OTEL_EXPORTER_OTLP_LOGS_HEADERS`, `OTEL_EXPORTER_OTLP_HEADERS`.
        resource: resource attributes, over those that the environment gives (`resource_attributes`).
        timeout: seconds for one request.

    Raises ValueError for an endpoint that is no HTTP address.
    """

    direct = None
    batches = True

    @validated
    def __init__(
        self,
        endpoint: str | None = None,
        *,
        headers: Headers | None = None,
        resource: Mapping[str, str] | None = None,
        timeout: Positive = 5.0,
    ) -> None:
        exact = os.environ.get("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT") if endpoint is None else None
        address = exact or (endpoint if endpoint is not None else os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", ""))
        parts, port = _split(address or (ENDPOINT if endpoint is None else ""))
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname or "", port
        self._path = (parts.path or "/") if exact else parts.path.rstrip("/") + PATH
        self._headers = headers if headers is not None else _headers()
        self._resource_attributes = dict(resource or {})
        self._resource: bytes | None = None
        self._timeout = timeout
        self._connection: HTTPConnection | None = None
        self._away = False
        """Whether nobody answered last time: then one try is enough."""
        self._lock = threading.RLock()  # signal handlers may log
        os.register_at_fork(after_in_child=self._forked)

    def write(self, line: bytes) -> None:
        self.write_many([line])

    def write_many(self, lines: Sequence[bytes]) -> None:
        for start in range(0, len(lines), _MOST):
            part = lines[start : start + _MOST]
            try:
                lost = self._send(part)
            except Exception:  # noqa: BLE001 - the network, credentials, quota: the application continues
                lost = len(part)
            if lost:
                counters.lost(lost)

    def flush(self, deadline: float) -> None:
        """Do nothing: nothing is held."""

    def _send(self, lines: Sequence[bytes]) -> int:
        """Return how many of the lines were not taken."""
        records = b",".join(msgspec.json.encode(record_of(line)) for line in lines)
        if self._resource is None:
            self._resource = msgspec.json.encode(attributes_of({**resource_attributes(), **self._resource_attributes}))
        body = (
            b'{"resourceLogs":[{"resource":{"attributes":'
            + self._resource
            + b'},"scopeLogs":[{"scope":{"name":"vigil_telemetry"},"logRecords":['
            + records
            + b"]}]}]}"
        )
        with self._lock:
            status, answer = self._tried(body)
            for pause in () if self._away else _PAUSES:
                if status not in _RETRIED:
                    break
                sleep(pause)
                status, answer = self._tried(body)
            self._away = status == _NOBODY
        return _rejected(answer) if status == _OK else len(lines)

    def _tried(self, body: bytes) -> tuple[int, bytes]:
        """Return status and body; _NOBODY where the connection is refused, as while a Collector restarts."""
        try:
            return self._post(body)
        except ConnectionRefusedError:
            return _NOBODY, b""

    def _post(self, body: bytes) -> tuple[int, bytes]:
        headers = self._headers() if callable(self._headers) else self._headers
        sent = {"content-type": "application/json", **(headers or {})}
        kept = self._connection is not None
        try:
            return self._request(body, sent)
        except Exception:  # http.client's and the socket's; its module is loaded where it is used alone
            self._connection = None
            if not kept:
                raise
            return self._request(body, sent)  # the server had closed the connection that was kept

    def _request(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            client = import_module("http.client")  # at the first request: importing it takes time
            kind: type[HTTPConnection] = client.HTTPSConnection if self._secure else client.HTTPConnection
            self._connection = kind(self._host, self._port, timeout=self._timeout)
        self._connection.request("POST", self._path, body, dict(headers))
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def _forked(self) -> None:
        """Leave the parent's connection alone; the child is another instance."""
        self._connection = self._resource = None
        self._lock = threading.RLock()


def record_of(line: bytes) -> dict[str, object]:
    """Return a line as a log record in the JSON of OTLP."""
    payload, entry = entry_of(line)
    severity = str(entry.get("severity") or "DEFAULT")
    record: dict[str, object] = {
        "severityNumber": _NUMBERS.get(severity, 0),
        "severityText": severity,
        "body": value_of(payload),
    }
    event, stamp = payload.get("event"), entry.get("timestamp")
    if isinstance(event, str):
        record["eventName"] = event
    if isinstance(stamp, datetime):
        record["timeUnixNano"] = str((stamp - _EPOCH) // timedelta(microseconds=1) * 1000)
    attributes: dict[str, object] = dict(cast("Mapping[str, object]", entry.get("labels") or {}))
    source = cast("Mapping[str, object]", entry.get("source_location") or {})
    attributes.update({name: source[member] for member, name in _SOURCE.items() if member in source})
    if "http_request" in entry:
        attributes["gcp.http_request"] = entry["http_request"]
    if attributes:
        record["attributes"] = attributes_of(attributes)
    trace = entry.get("trace")
    if isinstance(trace, str):
        record["traceId"] = trace.rpartition("/")[2]
        record["flags"] = 1 if entry.get("trace_sampled") else 0
        if entry.get("span_id"):
            record["spanId"] = entry["span_id"]
    return record


def resource_attributes() -> dict[str, str]:
    """Return where this process runs, by the settings, Cloud Run's environment and `OTEL_RESOURCE_ATTRIBUTES`."""
    settings, env = runtime.settings(), os.environ
    found = {
        "gcp.project_id": settings.project or "",
        "service.name": settings.service,
        "service.version": settings.version or "",
        "service.instance.id": f"{os.uname().nodename}-{os.getpid()}",
        "deployment.environment.name": settings.environment or "",
    }
    if "K_SERVICE" in env:
        found |= {
            "cloud.platform": "gcp_cloud_run",
            "faas.name": env["K_SERVICE"],
            "faas.version": env.get("K_REVISION", ""),
        }
    for pair in env.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, equals, value = pair.partition("=")
        if equals:
            found[unquote(key.strip())] = unquote(value.strip())
    return {key: value for key, value in found.items() if key and value}


def _split(address: str) -> tuple[SplitResult, int | None]:
    """Return the parts of an HTTP address, and its port."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"endpoint is {address!r}: {error}; give an address such as {ENDPOINT}") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"endpoint is {address!r}: give an address such as {ENDPOINT}")
    return parts, port


def _headers() -> Headers | None:
    """Return the headers that the environment gives, `a=b,c=d` with percent-encoded values."""
    variable = os.environ.get("OTEL_EXPORTER_OTLP_LOGS_HEADERS") or os.environ.get("OTEL_EXPORTER_OTLP_HEADERS") or ""
    pairs = (pair.partition("=") for pair in variable.split(","))
    return {name.strip(): unquote(value.strip()) for name, equals, value in pairs if equals and name.strip()} or None


def attributes_of(found: Mapping[str, object]) -> list[dict[str, object]]:
    """Return attributes in the JSON of OTLP."""
    return [{"key": key, "value": value_of(value)} for key, value in found.items()]


def value_of(value: object) -> dict[str, object]:
    """Return a JSON value as OTLP's any-value; a whole number of more than 64 bits as text."""
    if isinstance(value, dict):
        return {"kvlistValue": {"values": attributes_of(cast("dict[str, object]", value))}}
    if isinstance(value, list):
        return {"arrayValue": {"values": [value_of(each) for each in cast("list[object]", value)]}}
    if type(value) is int:
        return {"intValue" if -(2**63) <= value < 2**63 else "stringValue": str(value)}
    name = _VALUES.get(type(value))
    return {} if name is None else {name: value}


def _rejected(answer: bytes) -> int:
    """Return how many records a partial success says were rejected."""
    try:
        partial = msgspec.json.decode(answer, type=dict[str, dict[str, object]]).get("partialSuccess", {})
        return int(str(partial.get("rejectedLogRecords") or 0))
    except (msgspec.MsgspecError, ValueError):
        return 0
