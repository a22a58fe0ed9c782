"""What a stream of lines says about the catalog: what appeared, what never did, what fits no declaration.

Takes lines as an application writes them, entries as Cloud Logging serves them, and requests of OTLP in JSON.
`infer` proposes event types for lines that belong to none.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

import msgspec

from vigil_telemetry.catalog import catalog
from vigil_telemetry.foreign import EVENT as FOREIGN
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.reserved import RESERVED
from vigil_telemetry.schema import EventSchema
from vigil_telemetry.validate import problems

_FEW = 20
"""Values of a field up to which it may be a label."""
_EXAMPLES = 3
_VARIABLE = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|0x[0-9a-fA-F]+|\b[0-9a-fA-F]{16,}\b|\d+(?:\.\d+)?"
    r"|'[^']*'|\"[^\"]*\"|\S+@\S+|\[[A-Za-z][A-Za-z_ :-]*\]"
)
_WORD = re.compile(r"[A-Za-z]+")
_HAS = {
    "severity",
    "message",
    "time",
    "event",
    "service",
    "serviceContext",
    "logger",
    "extra",
    "stack_trace",
    "function",
}


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
        found = [f"{what} ({count} times)" for what, count in sorted(self.wrong.items())]
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
    """Read lines and says what they hold.

    Args:
        stream: lines, entries or requests of OTLP, one in each line.
        expected: names of events that should appear; default all that imported packages declare.
    """
    declared: dict[str, EventSchema] = {schema.name: schema for schema in catalog()}
    report = Report()
    for raw in stream:
        for line in lines_of(raw):
            _take(report, line, declared)
    wanted = list(declared) if expected is None else list(expected)
    report.never = sorted(name for name in wanted if name not in report.seen)
    return report


def lines_of(raw: bytes) -> Iterator[dict[str, object]]:
    """Return the lines in one piece of a stream; text that is no JSON is a line with that message."""
    bare = raw.strip()
    if not bare:
        return
    try:
        value = msgspec.json.decode(bare, type=dict[str, object])
    except msgspec.MsgspecError:
        yield {"message": bare.decode("utf-8", "replace")}
        return
    if "resourceLogs" in value:
        yield from _records(value)
    elif "logName" in value or "jsonPayload" in value or "textPayload" in value:
        yield _entry(value)
    else:
        yield value


def _take(report: Report, line: dict[str, object], declared: Mapping[str, EventSchema]) -> None:
    report.lines += 1
    name = line.get("event")
    known = declared.get(name) if isinstance(name, str) else None
    where = known.name if known is not None else "(foreign)"
    for path in _personal(line):
        report.personal[f"{where}: {path}"] += 1
    if known is None:
        report.foreign[template_of(line)] += 1
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
            if path or not key.startswith("logging.googleapis.com/"):
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
    return line


def _records(request: Mapping[str, object]) -> Iterator[dict[str, object]]:
    for resource in _objects(request, "resourceLogs"):
        for scope in _objects(resource, "scopeLogs"):
            for record in _objects(scope, "logRecords"):
                body = _value(record.get("body"))
                line = dict(cast("dict[str, object]", body)) if isinstance(body, dict) else {"message": body}
                line.setdefault("severity", record.get("severityText") or "DEFAULT")
                if record.get("eventName"):
                    line.setdefault("event", record["eventName"])
                yield line


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
    return int(str(inner)) if kind == "intValue" else inner


# -- proposals ------------------------------------------------------------------------------------------------------


def template_of(line: Mapping[str, object]) -> str:
    """Return what a line says, without what differs from line to line, and redacted."""
    message = redact_text(str(line.get("message") or line.get("event") or ""))
    return " ".join(_VARIABLE.sub("…", message).split())[:200]


@dataclass(slots=True)
class Proposal:
    """An event type for lines that say the same."""

    tag: str
    template: str
    count: int = 0
    severities: Counter[str] = field(default_factory=Counter[str])
    values: dict[str, Counter[object]] = field(default_factory=dict[str, "Counter[object]"])
    """By field, the values with how often each was there."""

    def source(self) -> str:
        """Return the class as Python; a person decides about names, labels and personal data."""
        severity = self.severities.most_common(1)[0][0] if self.severities else "INFO"
        known = severity if severity in {"DEBUG", "NOTICE", "WARNING", "ERROR", "CRITICAL"} else "INFO"
        name = "".join(word.capitalize() for word in re.split(r"[._]", self.tag))
        head = [f'class {name}(Event, tag="{self.tag}"):', f'    """{self.template.replace(chr(34), chr(39))}"""', ""]
        head.append(f"    severity: ClassVar = Severity.{known}")
        fields = [
            f"    {field_name}: {_annotation(values, self.count)}" for field_name, values in sorted(self.values.items())
        ]
        return "\n".join([*head, *(["", *fields] if fields else [])]) + "\n"


def infer(stream: Iterable[bytes], *, at_least: int = 2) -> list[Proposal]:
    """Propose event types for the lines that belong to no declared event, the most frequent first.

    Args:
        stream: as for `check`.
        at_least: lines of a kind from which one is proposed.
    """
    declared = {schema.name for schema in catalog()}
    found: dict[str, Proposal] = {}
    tags: Counter[str] = Counter()
    for raw in stream:
        for line in lines_of(raw):
            if line.get("event") in declared and line.get("event") != FOREIGN:
                continue
            template = template_of(line)
            if template not in found:
                tag = _tag(line, template)
                tags[tag] += 1
                found[template] = Proposal(tag if tags[tag] == 1 else f"{tag}_{tags[tag]}", template)
            _learn(found[template], line)
    return sorted((one for one in found.values() if one.count >= at_least), key=lambda one: -one.count)


def _learn(proposal: Proposal, line: Mapping[str, object]) -> None:
    proposal.count += 1
    proposal.severities[str(line.get("severity") or "INFO").upper()] += 1
    extra = line.get("extra")
    own = {key: value for key, value in line.items() if key not in _HAS and key not in RESERVED}
    for key, value in {**own, **(cast("dict[str, object]", extra) if isinstance(extra, dict) else {})}.items():
        name = re.sub(r"\W", "_", key.lower())
        if name.isidentifier() and not keyword.iskeyword(name) and isinstance(value, str | int | float | bool):
            values = proposal.values.setdefault(name, Counter())
            if len(values) <= _FEW:
                values[value] += 1


def _annotation(values: Counter[object], count: int) -> str:
    kinds = {type(value) for value in values}
    optional = "" if sum(values.values()) == count or len(values) > _FEW else " | None = None"
    if any(isinstance(value, str) and redact_text(value) != value for value in values):
        return f"Pseudonym[str]{optional}  # personal data was found here: pseudonym, redacted or dropped"
    if kinds == {bool}:
        return f"Label[bool]{optional}"
    if kinds <= {int, float}:
        return f"Measure[{'Number' if kinds == {int} else 'Share'}]{optional}  # say its unit"
    if len(values) <= _FEW and count >= 2 * len(values) and all(isinstance(value, str) for value in values):
        listed = ", ".join(repr(value) for value in sorted(map(str, values)))
        return f"Label[Literal[{listed}]]{optional}"
    return f"Text{optional}"


def _tag(line: Mapping[str, object], template: str) -> str:
    family = re.sub(r"[^a-z0-9]+", "_", str(line.get("logger") or line.get("service") or "app").lower()).strip("_")
    words = [word.lower() for word in _WORD.findall(template)][:_EXAMPLES]
    return f"{family or 'app'}.{'_'.join(words) or 'line'}"
