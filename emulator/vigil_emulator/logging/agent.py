"""A container's output, line by line, as the LogEntry that Google's logging agent makes of it.

Rules: structured logging (docs.cloud.google.com/logging/docs/structured-logging) and the agent whose source is public,
fluent-plugin-google-cloud; Cloud Run's own is documented to do the same. Where neither says anything (lines beyond the
size limit), see docs/emulator-evaluation.md.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.numerals import as_stored, count, finite, whole
from vigil_emulator.times import EARLIEST, LATEST, LONGEST, SECOND, bounded, format_time, parse_time

SEVERITIES = {
    "DEFAULT": 0,
    "DEBUG": 100,
    "INFO": 200,
    "NOTICE": 300,
    "WARNING": 400,
    "ERROR": 500,
    "CRITICAL": 600,
    "ALERT": 700,
    "EMERGENCY": 800,
}
"""google/logging/type/log_severity.proto."""

LINE_LIMIT = 250_000
"""Bytes of a line that become one entry; an entry's limit is 256 KiB, its other fields included."""

_log = logging.getLogger(__name__)
_SEVERITY_NAMES = {number: name for name, number in SEVERITIES.items()}
_SEVERITY_ALIASES = {
    "D": "DEBUG", "TRACE": "DEBUG", "TRACE_INT": "DEBUG", "FINE": "DEBUG", "FINER": "DEBUG", "FINEST": "DEBUG",
    "CONFIG": "DEBUG", "I": "INFO", "N": "NOTICE", "W": "WARNING", "WARN": "WARNING", "E": "ERROR", "ERR": "ERROR",
    "SEVERE": "ERROR", "C": "CRITICAL", "F": "CRITICAL", "FATAL": "CRITICAL", "A": "ALERT", "EMERG": "EMERGENCY",
}  # fmt: skip
_PREFIX = "logging.googleapis.com/"
_TEXT_KEYS = ("message", "log", "msg")
_HTTP_TEXT = ("requestMethod", "requestUrl", "userAgent", "remoteIp", "serverIp", "referer", "protocol")
_HTTP_INT64 = ("requestSize", "responseSize", "cacheFillBytes")
_HTTP_FLAGS = ("cacheLookup", "cacheHit", "cacheValidatedWithOriginServer")
_LATENCY = re.compile(r"\s*(\d+)(?:\.(\d+))?\s*s\s*")
_BARE_TRACE = re.compile(r"[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineContext:
    """What the agent knows besides the line: arrival time (ns), project, stream, and how to read the app's clock.

    `clock` maps a time that the application wrote (ns) onto the emulator's, which may run faster than the wall's.
    """

    arrival_ns: int
    project: str
    stderr: bool = False
    clock: Callable[[int], int] | None = None


def entries_of_line(line: str, context: LineContext) -> list[JsonObject]:
    """Return LogEntry bodies of one line, without `logName` and `resource`: none if it is blank, several if too long.

    A line that cannot be read becomes an entry with its text: it is not lost, and the other lines of its batch neither.
    """
    line = line.rstrip("\r\n")
    if not line.strip():
        return []
    try:
        return list(_read(line, context))
    except Exception:  # noqa: BLE001 - whatever a line holds, it costs its batch nothing
        _log.exception("a line of %s characters was taken as text, since reading it failed", len(line))
        return [_text_entry(line[: LINE_LIMIT // 4], context)]


def _read(line: str, context: LineContext) -> Iterator[JsonObject]:
    if len(line) > LINE_LIMIT // 4 and len(line.encode()) > LINE_LIMIT:
        yield from _split(line, context)
        return
    record = _structured(line)
    if record is None:
        yield _text_entry(line, context)
        return
    for key in _TEXT_KEYS:
        inner = record.get(key)
        if len(record) == 1 and isinstance(inner, str):
            record = _structured(inner) or record
            break
    yield _entry(record, context)


def severity_of(value: JsonValue) -> str:
    """Return the severity that a JSON value names: aliases and numbers are understood, all else is DEFAULT."""
    if isinstance(value, bool):
        return "DEFAULT"
    text = str(value).strip().upper()
    if text in SEVERITIES:
        return text
    if text in _SEVERITY_ALIASES:
        return _SEVERITY_ALIASES[text]
    number = count(text)
    return "DEFAULT" if number is None else _SEVERITY_NAMES.get(number // 100 * 100, "DEFAULT")


def _structured(line: str) -> JsonObject | None:
    stripped = line.lstrip()
    if not stripped.startswith("{"):
        return None
    try:
        value: JsonValue = _decode(stripped)
        if isinstance(value, dict):
            as_stored(value)
            return value
    except (ValueError, RecursionError):
        pass
    return None


def _double(digits: str) -> JsonValue:
    read = finite(digits)
    return digits if read is None else read


_decode = json.JSONDecoder(parse_constant=str, parse_float=_double).decode
"""Made once: with options, `json.loads` makes a decoder for each line."""


def _text_entry(line: str, context: LineContext) -> JsonObject:
    entry: JsonObject = {"timestamp": format_time(context.arrival_ns), "textPayload": line}
    if context.stderr:
        entry["severity"] = "ERROR"
    return entry


def _split(line: str, context: LineContext) -> Iterator[JsonObject]:
    raw = line.encode()
    parts: list[str] = []
    start = 0
    while start < len(raw):
        end = min(start + LINE_LIMIT, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:  # noqa: PLR2004 - never cut a UTF-8 sequence
            end -= 1
        parts.append(raw[start:end].decode())
        start = end
    uid = f"{context.arrival_ns:x}"
    for index, part in enumerate(parts):
        entry = _text_entry(part, context)
        entry["split"] = {"uid": uid, "index": index, "totalSplits": len(parts)}
        yield entry


def _entry(record: JsonObject, context: LineContext) -> JsonObject:
    entry: JsonObject = {"timestamp": format_time(_timestamp(record, context))}
    if "severity" in record:
        entry["severity"] = severity_of(record.pop("severity"))
    elif context.stderr:
        entry["severity"] = "ERROR"
    _http_request(record, entry)
    _source_location(record, entry)
    _operation(record, entry)
    labels = record.pop(f"{_PREFIX}labels", None)
    if isinstance(labels, dict) and labels:
        entry["labels"] = {key: value for key, value in labels.items() if isinstance(value, str)}
    trace = record.pop(f"{_PREFIX}trace", None)
    if isinstance(trace, str) and trace:
        entry["trace"] = f"projects/{context.project}/traces/{trace}" if _BARE_TRACE.fullmatch(trace) else trace
    span = record.pop(f"{_PREFIX}spanId", None)
    if isinstance(span, str) and span:
        entry["spanId"] = span
    sampled = record.pop(f"{_PREFIX}trace_sampled", None)
    if sampled is True or (isinstance(sampled, str) and sampled.lower() == "true"):
        entry["traceSampled"] = True
    insert_id = record.pop(f"{_PREFIX}insertId", None)
    if isinstance(insert_id, str) and insert_id:
        entry["insertId"] = insert_id
    message = record.get("message")
    if len(record) == 1 and isinstance(message, str):
        entry["textPayload"] = message
    else:
        entry["jsonPayload"] = record
    return entry


def _timestamp(record: JsonObject, context: LineContext) -> int:
    stamp = record.get("timestamp")
    found: int | None = None
    if isinstance(stamp, dict) and "seconds" in stamp and "nanos" in stamp:
        found = _seconds(stamp["seconds"], stamp["nanos"])
        del record["timestamp"]
    elif "timestampSeconds" in record and "timestampNanos" in record:
        found = _seconds(record.pop("timestampSeconds"), record.pop("timestampNanos"))
    elif "timeNanos" in record:
        found = _seconds(0, record.pop("timeNanos"))
    elif "time" in record:
        written = record.pop("time")
        try:
            found = parse_time(written) if isinstance(written, str) else None
        except (ValueError, OverflowError):
            found = None
    if found is None or not EARLIEST <= found <= LATEST:
        return context.arrival_ns
    return bounded(context.clock(found)) if context.clock else found


def _seconds(seconds: JsonValue, nanos: JsonValue) -> int | None:
    whole_seconds, whole_nanos = whole(str(seconds)), whole(str(nanos))
    return None if whole_seconds is None or whole_nanos is None else whole_seconds * SECOND + whole_nanos


def _http_request(record: JsonObject, entry: JsonObject) -> None:  # noqa: C901 - one step for each group of fields
    source = record.get("httpRequest")
    if not isinstance(source, dict):
        return
    target: JsonObject = {}
    for key in _HTTP_TEXT:
        if isinstance(source.get(key), str):
            target[key] = source.pop(key)
    for key in _HTTP_INT64:
        value = _whole(source.get(key))
        if value is not None:
            target[key] = str(value)
            del source[key]
    status = _whole(source.get("status"))
    if status is not None:
        target["status"] = status
        del source["status"]
    for key in _HTTP_FLAGS:
        if isinstance(source.get(key), bool):
            target[key] = source.pop(key)
    latency = source.get("latency")
    match = _LATENCY.fullmatch(latency) if isinstance(latency, str) else None
    waited = count(match[1]) if match else None
    if match and waited is not None and waited <= LONGEST:
        target["latency"] = f"{waited}{f'.{match[2][:9]}' if match[2] else ''}s"
        del source["latency"]
    if target:
        entry["httpRequest"] = target
    if not source:
        del record["httpRequest"]


def _source_location(record: JsonObject, entry: JsonObject) -> None:
    source = record.get(f"{_PREFIX}sourceLocation")
    if not isinstance(source, dict):
        return
    target: JsonObject = {key: source.pop(key) for key in ("file", "function") if isinstance(source.get(key), str)}
    line = _whole(source.get("line"))
    if line is not None:
        target["line"] = str(line)
        del source["line"]
    if target:
        entry["sourceLocation"] = target
    if not source:
        del record[f"{_PREFIX}sourceLocation"]


def _operation(record: JsonObject, entry: JsonObject) -> None:
    source = record.get(f"{_PREFIX}operation")
    if not isinstance(source, dict):
        return
    target: JsonObject = {key: source.pop(key) for key in ("id", "producer") if isinstance(source.get(key), str)}
    target |= {key: source.pop(key) for key in ("first", "last") if isinstance(source.get(key), bool)}
    if target:
        entry["operation"] = target
    if not source:
        del record[f"{_PREFIX}operation"]


def _whole(value: JsonValue) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return count(value) if isinstance(value, str) else None
