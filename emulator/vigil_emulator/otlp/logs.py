"""Log records as entries.

Source: https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/otlp-log-record-to-log-entry. A body that is
text is the entry's text, a body of keys and values its fields; attributes are its labels; what an entry has no field
for stands in `otel`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import quote

from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs

from vigil_apimodel.field_names import camel_case
from vigil_apimodel.json_values import JsonObject, json_map
from vigil_emulator.logging.agent import SEVERITIES
from vigil_emulator.otlp.attributes import attributes_of, texts_of, value_of
from vigil_emulator.otlp.resources import logging_resource
from vigil_emulator.otlp.times import Times
from vigil_emulator.times import format_time

DEFAULT_LOG: Final = "otel"
"""The log of a record that names none:
https://github.com/GoogleCloudPlatform/opentelemetry-operations-python/blob/main/MIGRATION.md.
"""

NAMES: Final = (
    "log.name",
    "gcp.log.name",
    "log_name",
    "gcp.log_name",
    "logging.googleapis.com/logName",
    "service.name",
    "gcp.service.name",
    "service_name",
    "gcp.service_name",
)
"""Attributes of a record that name its log where it has no event name, the first that is set."""
REQUEST: Final = "gcp.http_request"
"""The attribute that becomes `httpRequest`."""
SOURCE: Final = {"code.file.path": "file", "code.line.number": "line", "code.function.name": "function"}

_SEVERITIES: Final = ((8, "DEBUG"), (10, "INFO"), (12, "NOTICE"), (16, "WARNING"), (20, "ERROR"), (22, "CRITICAL"))
_TEXTS: Final = {
    "TRACE": "DEBUG",
    "WARN": "WARNING",
    "FATAL": "CRITICAL",
    "ERR": "ERROR",
}
_ALERT: Final = 23
_HEX32: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")
_HEX16: Final = re.compile(r"(?!0{16})[0-9a-f]{16}")


def severity_of(number: int, text: str) -> str:
    """Return the severity of a record: by its number, or by its text where it has no number."""
    if number <= 0:
        name = text.upper()
        return _TEXTS.get(name, name if name in SEVERITIES else "DEFAULT")
    named = next((name for most, name in _SEVERITIES if number <= most), None)
    return named or ("ALERT" if number == _ALERT else "EMERGENCY")


def entries_of(
    project: str, attributes: Mapping[str, str], resource: ResourceLogs, times: Times, now: int
) -> Iterator[JsonObject]:
    """Yield the entries of one ResourceLogs; `now` (ns) is the time of a record that has none."""
    monitored = logging_resource(project, attributes)
    whole = attributes_of(resource.resource.attributes)
    for scope in resource.scope_logs:
        about = _about(whole, scope)
        for record in scope.log_records:
            written = record.time_unix_nano or record.observed_time_unix_nano
            entry: JsonObject = {
                "resource": monitored,
                "timestamp": format_time(times.of(written) if written else now),
                "otel": _otel(record, about),
            }
            yield _filled(entry, project, record)


def _filled(entry: JsonObject, project: str, record: LogRecord) -> JsonObject:
    attributes = attributes_of(record.attributes)
    request = attributes.pop(REQUEST, None)
    source = {field: attributes.pop(key) for key, field in SOURCE.items() if key in attributes}
    labels = texts_of(attributes)
    entry["logName"] = f"projects/{project}/logs/{quote(_log_id(record, labels), safe='')}"
    entry["severity"] = severity_of(record.severity_number, record.severity_text)
    if labels:
        entry["labels"] = json_map({key: value for key, value in labels.items() if key != "gcp.log_name"})
    if isinstance(request, dict):
        entry["httpRequest"] = {camel_case(key): value for key, value in request.items()}
    if source:
        entry["sourceLocation"] = {name: str(value) for name, value in source.items()}
    _put_payload(entry, record)
    _put_trace(entry, project, record)
    return entry


def _put_payload(entry: JsonObject, record: LogRecord) -> None:
    body = value_of(record.body)
    if isinstance(body, dict):
        entry["jsonPayload"] = body
    elif isinstance(body, str):
        entry["textPayload"] = body
    elif body is not None:
        entry["jsonPayload"] = {"message": body}


def _put_trace(entry: JsonObject, project: str, record: LogRecord) -> None:
    trace, span = record.trace_id.hex(), record.span_id.hex()
    if _HEX32.fullmatch(trace):
        entry["trace"] = f"projects/{project}/traces/{trace}"
        entry["traceSampled"] = bool(record.flags & 1)
    if _HEX16.fullmatch(span):
        entry["spanId"] = span


def _log_id(record: LogRecord, labels: Mapping[str, str]) -> str:
    return record.event_name or next((labels[name] for name in NAMES if labels.get(name)), DEFAULT_LOG)


def _about(resource: JsonObject, scope: ScopeLogs) -> JsonObject:
    about: JsonObject = {"resource": {"attributes": resource}}
    found: JsonObject = {
        name: value for name, value in (("name", scope.scope.name), ("version", scope.scope.version)) if value
    }
    attributes = attributes_of(scope.scope.attributes)
    if attributes:
        found["attributes"] = attributes
    if found:
        about["scope"] = found
    return about


def _otel(record: LogRecord, about: JsonObject) -> JsonObject:
    more: JsonObject = {}
    if record.observed_time_unix_nano:
        more["observedTimeUnixNano"] = str(record.observed_time_unix_nano)
    if record.severity_text:
        more["severityText"] = record.severity_text
    if record.event_name:
        more["eventName"] = record.event_name
    return {**about, **more}
