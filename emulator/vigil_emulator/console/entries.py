"""Log entries as pages show them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from vigil_apimodel.json_values import JsonObject, JsonValue, child, text
from vigil_apimodel.syntax import quote
from vigil_emulator.charts.model import Level
from vigil_emulator.times import parse_time

LONG = 240
"""Characters of a message in a list."""

_LEVELS: dict[str, Level] = {
    "EMERGENCY": "critical",
    "ALERT": "critical",
    "CRITICAL": "critical",
    "ERROR": "critical",
    "WARNING": "warning",
    "NOTICE": "ok",
    "INFO": "ok",
}
_PARTS = (
    ("llm.", "LLM call"),
    ("agent.", "Agent"),
    ("temporal.activity", "Activity"),
    ("temporal.child", "Workflow"),
    ("temporal.workflow", "Workflow"),
    ("temporal.", "Worker"),
    ("http.", "API"),
    ("call.", "Outbound call"),
    ("db.", "Database"),
    ("frontend.", "Frontend"),
)
_TRACE_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry of a list."""

    body: JsonObject

    @property
    def time(self) -> str:
        """When it was written."""
        return text(self.body, "timestamp") or text(self.body, "receiveTimestamp")

    @property
    def ns(self) -> int:
        """The same in nanoseconds."""
        return parse_time(self.time) if self.time else 0

    @property
    def severity(self) -> str:
        """Its severity's name."""
        return text(self.body, "severity", "DEFAULT")

    @property
    def level(self) -> Level:
        """Its severity as one of the colours."""
        return _LEVELS.get(self.severity, "none")

    @property
    def payload(self) -> JsonObject:
        """The fields that the application wrote."""
        return child(self.body, "jsonPayload")

    @property
    def event(self) -> str:
        """The event's name, empty for other lines."""
        return text(self.payload, "event")

    @property
    def service(self) -> str:
        """Who wrote it."""
        labels = child(child(self.body, "resource"), "labels")
        return (
            text(self.payload, "service")
            or text(labels, "service_name")
            or text(labels, "container_name")
            or text(child(self.body, "resource"), "type")
        )

    @property
    def message(self) -> str:
        """What it says, in full."""
        payload = self.payload
        found = text(payload, "message") or text(self.body, "textPayload") or text(payload, "event")
        if found:
            return found
        proto = child(self.body, "protoPayload")
        if proto:
            return " ".join(part for part in (text(proto, "methodName"), text(proto, "resourceName")) if part)
        request = child(self.body, "httpRequest")
        if request:
            return f"{text(request, 'requestMethod')} {text(request, 'requestUrl')} {request.get('status', '')}".strip()
        return json.dumps(payload, ensure_ascii=False) if payload else "(no message)"

    @property
    def short(self) -> str:
        """The message's beginning, on one line."""
        line = " ".join(self.message.split())
        return line if len(line) <= LONG else line[: LONG - 1] + "…"

    @property
    def correlation(self) -> str:
        """The id that it shares with every other entry of the same request."""
        return text(self.payload, "correlation_id")

    @property
    def trace(self) -> str:
        """The id of its trace, 32 hexadecimal digits; empty where it has none."""
        return text(self.body, "trace").rpartition("/traces/")[2]

    @property
    def part(self) -> str:
        """The part of the system that speaks, as a lane of a trace."""
        name = next((label for start, label in _PARTS if self.event.startswith(start)), "")
        return f"{self.service} · {name}" if name else self.service or "unknown"

    @property
    def took(self) -> int:
        """How long what it reports took, in nanoseconds; 0 where it does not say."""
        value = self.payload.get("duration")
        return round(value * 1e9) if isinstance(value, int | float) and 0 <= value < 1e6 else 0  # noqa: PLR2004 - past ten days it is no duration

    @property
    def json(self) -> str:
        """All of it."""
        return json.dumps(self.body, indent=2, ensure_ascii=False)

    @property
    def stack(self) -> str:
        """The stack trace."""
        return text(self.payload, "stack_trace") or text(self.payload, "exception")

    def key(self) -> dict[str, str]:
        """Return the parameters by which its own page finds it."""
        return {"log": text(self.body, "logName"), "at": self.time, "id": text(self.body, "insertId")}

    def fields(self) -> list[tuple[str, str]]:
        """Return each value with its path, as a query would name it."""
        return list(_flat(self.body))


def _flat(value: JsonObject, path: str = "", depth: int = 0) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, item in value.items():
        segment = name if name.replace("_", "").isalnum() else quote(name)
        full = f"{path}.{segment}" if path else segment
        if isinstance(item, dict) and item and depth < _TRACE_DEPTH:
            found += _flat(item, full, depth + 1)
        else:
            found.append((full, _plain(item)))
    return found


def _plain(value: JsonValue) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


@dataclass(slots=True)
class ErrorGroup:
    """Errors that say the same: how many, from when to when, and the newest."""

    service: str
    title: str
    count: int
    first: str
    newest: Shown


def grouped(entries: Sequence[JsonObject], services: Sequence[str] = ()) -> list[ErrorGroup]:
    """Return the errors by service and text without its numbers, newest first; the most frequent group first."""
    groups: dict[tuple[str, str], ErrorGroup] = {}
    for body in entries:
        shown = Shown(body)
        if services and shown.service not in services:
            continue
        title = _title(shown)
        found = groups.get((shown.service, title))
        if found is None:
            groups[shown.service, title] = ErrorGroup(shown.service, title, 1, shown.time, shown)
        else:
            found.count += 1
            found.first = shown.time
    return sorted(groups.values(), key=lambda group: -group.count)


def _title(shown: Shown) -> str:
    stack = [line for line in shown.stack.splitlines() if line.strip()]
    error = child(shown.payload, "error")
    kind = text(shown.payload, "error_type") or text(error, "type")
    message = stack[-1].strip() if stack else shown.short
    message = "".join("#" if character.isdigit() else character for character in message)
    while "##" in message:
        message = message.replace("##", "#")
    return " · ".join(part for part in (shown.event, kind, message) if part)[:LONG]
