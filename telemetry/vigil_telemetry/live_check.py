"""What a stream of lines says about the catalog: what appeared, what never did, what fits no declaration.

Takes lines as an application writes them, entries as Cloud Logging serves them, and requests of OTLP in JSON.
`vigil_telemetry.proposals` proposes event types for lines that belong to none.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec

from vigil_telemetry.catalog import catalog
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.reserved import LABELS, RESERVED
from vigil_telemetry.schema import EventSchema
from vigil_telemetry.severity import ALIASES
from vigil_telemetry.validate import problems

_BOM = b"\xef\xbb\xbf"
_WHOLE = re.compile(r"-?[0-9]{1,20}")
_READ = 2000
"""Characters of a message that its template is made of."""
_LONGEST = 100
"""Characters of an event's name."""
_KINDS = 10_000
"""Kinds of foreign lines that are kept apart; the rest is one kind."""
_OTHERS = "(of more kinds)"
_DEEP = "(nested too deeply to be read)"
BROKEN = "(JSON that is broken or cut off)"
"""What a line says that begins as an object and does not end as one."""
_BROKEN_OBJECT = re.compile(rb'\{\s*"')
MESSAGES = ("message", "msg", "@m", "@message", "short_message", "log", "text")
"""Where lines of other libraries have their message: the first that is there."""
LEVELS = ("severity", "level", "lvl", "levelname", "log.level", "@l")
"""Where they have their severity."""
_LEVELS = {
    **ALIASES, "VERBOSE": "DEBUG", "INFORMATION": "INFO", "PANIC": "CRITICAL", "CRIT": "CRITICAL",
    "10": "DEBUG", "20": "DEBUG", "30": "INFO", "40": "WARNING", "50": "ERROR", "60": "CRITICAL",
}  # fmt: skip
"""Other names of severities; the numbers are those of pino and bunyan."""
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_SEVERITIES = ((8, "DEBUG"), (10, "INFO"), (12, "NOTICE"), (16, "WARNING"), (20, "ERROR"), (24, "CRITICAL"))
"""The last number of each: docs.cloud.google.com/stackdriver/docs/reference/telemetry/otlp-log-record-to-log-entry."""
_VARIABLE = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|0x[0-9a-fA-F]+|\b[0-9a-fA-F]{16,}\b|\d+(?:\.\d+)?"
    r"|'[^']*'|\"[^\"]*\"|\S+@\S+|\[[A-Za-z][A-Za-z_ :-]*\]"
)


@dataclass(slots=True)
class Seen:
    """What was seen of one declared event."""

    count: int = 0
    fields: Counter[str] = field(default_factory=Counter[str])
    """How often each of its fields was there."""


@dataclass(slots=True)
class Report:
    """What a stream of lines held."""

    lines: int = 0
    seen: dict[str, Seen] = field(default_factory=dict[str, Seen])
    """Declared events that appeared, by name."""
    never: list[str] = field(default_factory=list[str])
    """Declared events that did not."""
    foreign: Counter[str] = field(default_factory=Counter[str])
    """Lines that belong to no declared event, by what they say without its values."""
    wrong: Counter[str] = field(default_factory=Counter[str])
    """What is wrong with lines of declared events: `event: problem`."""
    personal: Counter[str] = field(default_factory=Counter[str])
    """Fields in which personal data or a secret was found, as `event: field`. The data itself is kept nowhere."""

    def failures(self, *, complete: bool = False) -> list[str]:
        """Return why a check fails: what is wrong, what is personal, and with `complete` what never appeared."""
        found = [f"{problem} ({count} times)" for problem, count in sorted(self.wrong.items())]
        found += [f"personal data in {where} ({count} times)" for where, count in sorted(self.personal.items())]
        return found + [f"{name} never appeared" for name in self.never if complete]

    def document(self) -> dict[str, object]:
        """Return the report as JSON."""
        return {
            "lines": self.lines,
            "seen": {name: {"count": one.count, "fields": dict(one.fields)} for name, one in sorted(self.seen.items())},
            "never": self.never,
            "foreign": dict(self.foreign.most_common()),
            "wrong": dict(sorted(self.wrong.items())),
            "personal": dict(sorted(self.personal.items())),
        }


def check(stream: Iterable[bytes], *, expected: Sequence[str] | None = None) -> Report:
    """Read lines and return what they hold.

    Args:
        stream: lines, entries or requests of OTLP, one in each line.
        expected: names of events that should appear; default every event of the imported packages.
    """
    declared: dict[str, EventSchema] = {schema.name: schema for schema in catalog()}
    report = Report()
    for raw in documents(stream):
        for line in lines_of(raw):
            report.lines += 1
            try:
                _take(report, line, declared)
            except RecursionError:
                report.foreign[_DEEP] += 1
    wanted = list(declared) if expected is None else list(expected)
    report.never = sorted(name for name in wanted if name not in report.seen)
    return report


def documents(stream: Iterable[bytes]) -> Iterator[bytes]:
    """Return the pieces of a stream, one JSON document or one line of text in each.

    A stream that begins with a document over several lines, as `gcloud logging read --format=json` and `jq` write them,
    is read to its end first.
    """
    lines = iter(stream)
    for raw in lines:
        first = raw.removeprefix(_BOM)
        if not first.strip():
            continue
        if first.lstrip()[:1] in {b"[", b"{"} and not _whole(first):
            yield from _apart([first, *lines])
        else:
            yield first
            yield from lines
        return


def lines_of(raw: bytes) -> Iterator[dict[str, object]]:
    """Return the lines in one piece of a stream; text that is no JSON is a line with that message."""
    bare = raw.strip()
    if not bare:
        return
    value = _value_of(bare)
    found = cast("list[object]", value) if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in found):
        text: dict[str, object] = {"message": bare.decode("utf-8", "replace")}
        yield text | {BROKEN: True} if _BROKEN_OBJECT.match(bare) else text
        return
    for one in cast("list[dict[str, object]]", found):
        if "resourceLogs" in one:
            yield from _records(one)
        elif signal := next((name for name in ("resourceSpans", "resourceMetrics") if name in one), None):
            yield {"message": f"an OTLP request of {signal}", "extra": one}
        elif "logName" in one or "jsonPayload" in one or "textPayload" in one:
            yield _entry(one)
        else:
            yield one


def _value_of(text: bytes) -> object:
    """Return the JSON value, also with NaN and bytes that are not UTF-8, as some libraries write; None for no JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        pass
    try:
        return cast("object", json.loads(text.decode("utf-8", "replace"), parse_constant=str))
    except (ValueError, RecursionError):
        return None


def _whole(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return True


def _apart(lines: list[bytes]) -> Iterator[bytes]:
    """Return each document of text that holds nothing else; otherwise its lines."""
    decoder = json.JSONDecoder()
    found: list[bytes] = []
    try:
        text = b"".join(lines).decode().strip()
        while text:
            _, end = decoder.raw_decode(text)
            found.append(text[:end].encode())
            text = text[end:].lstrip()
    except (ValueError, RecursionError):
        found = lines
    yield from found


def _take(report: Report, line: dict[str, object], declared: Mapping[str, EventSchema]) -> None:
    name = line.get("event")
    known = declared.get(name) if isinstance(name, str) else None
    where = known.name if known is not None else "(foreign)"
    for path in _personal(line):
        report.personal[f"{where}: {path}"] += 1
    if known is None:
        template = template_of(line)
        report.foreign[template if template in report.foreign or len(report.foreign) < _KINDS else _OTHERS] += 1
        return
    seen = report.seen.setdefault(known.name, Seen())
    seen.count += 1
    seen.fields.update(one.name for one in known.fields if one.name in line)
    for problem in problems(msgspec.json.encode(line)):
        if not problem.startswith(("time: None", "service", "message: missing")):  # what an entry keeps elsewhere
            report.wrong[f"{known.name}: {problem}"] += 1


def _personal(value: object, path: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if path.rpartition(".")[2] != "user" and redact_text(value) != value:
            yield path
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            if path or key == LABELS or not key.startswith("logging.googleapis.com/"):
                yield from _personal(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _personal(inner, path)


def _entry(entry: Mapping[str, object]) -> dict[str, object]:
    payload = entry.get("jsonPayload")
    line = dict(cast("dict[str, object]", payload)) if isinstance(payload, dict) else {}
    if "textPayload" in entry:
        line["message"] = entry["textPayload"]
    line.setdefault("severity", entry.get("severity", "DEFAULT"))
    if "timestamp" in entry:
        line.setdefault("time", entry["timestamp"])
    if isinstance(entry.get("labels"), dict):
        line.setdefault(LABELS, entry["labels"])
    return line


def _records(request: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for resource in _objects(request, "resourceLogs"):
        for scope in _objects(resource, "scopeLogs"):
            for record in _objects(scope, "logRecords"):
                body = _value(record.get("body"))
                line = dict(cast("dict[str, object]", body)) if isinstance(body, dict) else {"message": body}
                line.setdefault("severity", record.get("severityText") or _severity(record.get("severityNumber")))
                if record.get("eventName"):
                    line.setdefault("event", record["eventName"])
                attributes = {str(one.get("key")): _value(one.get("value")) for one in _objects(record, "attributes")}
                if attributes:
                    line.setdefault(LABELS, attributes)
                yield line


def _severity(number: object) -> str:
    if not isinstance(number, int) or number <= 0:
        return "DEFAULT"
    return next((name for most, name in _SEVERITIES if number <= most), "DEFAULT")


def _objects(value: Mapping[str, object], name: str) -> list[dict[str, object]]:
    found = value.get(name)
    return (
        [cast("dict[str, object]", one) for one in cast("list[object]", found) if isinstance(one, dict)]
        if isinstance(found, list)
        else []
    )


def _value(value: object) -> object:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = list(cast("dict[str, object]", value).items())[:1] or [("", None)]
    if kind == "kvlistValue" and isinstance(inner, dict):
        pairs = _objects(cast("dict[str, object]", inner), "values")
        return {str(pair.get("key")): _value(pair.get("value")) for pair in pairs}
    if kind == "arrayValue" and isinstance(inner, dict):
        return [_value(one) for one in _objects(cast("dict[str, object]", inner), "values")]
    if kind == "intValue" and isinstance(inner, str) and _WHOLE.fullmatch(inner):
        return int(inner)
    return inner


def event_of(line: Mapping[str, object]) -> str:
    """Return the name that a line gives its event, where it looks like one, such as `order.rejected`."""
    name = line.get("event")
    return name if isinstance(name, str) and len(name) <= _LONGEST and _NAME.fullmatch(name) else ""


def message_key(line: Mapping[str, object]) -> str:
    """Return which field of a line is its message; `message` where there is none."""
    filled = (name for name in MESSAGES if isinstance(line.get(name), str) and line[name])
    return "message" if line.get("message") else next(filled, "message")


def severity_of(line: Mapping[str, object]) -> str:
    """Return a line's severity in Cloud Logging's names, as far as it is known; `INFO` where there is none."""
    level = next((line[name] for name in LEVELS if isinstance(line.get(name), str | int)), "INFO")
    name = str(level).upper()
    return _LEVELS.get(name, name)


def template_of(line: Mapping[str, object]) -> str:
    """Return what a line says, without what differs from line to line, and redacted; it is safe on a terminal."""
    if line.get(BROKEN) is True:
        return BROKEN
    event = event_of(line)
    words = str(line.get(message_key(line)) or line.get("event") or "")
    if not words:
        words = ", ".join(sorted(key for key in line if key not in RESERVED and key not in LEVELS))
    message = redact_text(f"{event}: {words}" if event and event != words else words)
    plain = "".join(each if each.isprintable() else " " for each in _VARIABLE.sub("…", message[:_READ]))
    return " ".join(plain.split())[:200]
