"""Event types that are proposed for lines which belong to no declared event: what `vigil infer` writes."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from vigil_telemetry.catalog import catalog
from vigil_telemetry.event import Event
from vigil_telemetry.foreign import EVENT as FOREIGN
from vigil_telemetry.live_check import (
    BROKEN,
    LEVELS,
    documents,
    event_of,
    lines_of,
    message_key,
    severity_of,
    template_of,
)
from vigil_telemetry.redaction import redact_text
from vigil_telemetry.reserved import CONTEXT, LABELS, RESERVED

_FEW = 20
"""Values of a field up to which it may be a label."""
_SHORT = 64
"""Characters that a label's value may have."""
_WORDS = 3
"""Words of a line that its tag is made of."""
_FIELDS = 100
"""Fields that a proposal may have."""
_DEPTH = 3
"""Levels of nested objects whose members become fields."""
_WORD = re.compile(r"[A-Za-z]+")
_UNFIT = re.compile(r"[^a-z0-9]+")
_HAS = RESERVED | {"extra"}
_TAKEN = frozenset(dir(Event))
"""Names that a field of an event cannot have."""
_OWN = {*LEVELS, "ts", "@t", "@timestamp", "datetime", "asctime", "time_ms"}
"""What a line of another library says of itself at the top: no fields of its event."""
_UNITS = (
    ("_ms", "Milliseconds"), ("_millis", "Milliseconds"), ("_seconds", "Seconds"), ("_secs", "Seconds"),
    ("_sec", "Seconds"), ("_s", "Seconds"), ("_bytes", "Bytes"), ("_tokens", "Tokens"),
)  # fmt: skip
"""Units by how a field's name ends."""
_WHOLE = frozenset({"Bytes", "Tokens"})
_MARKS = (
    "Bytes", "Label", "Measure", "Milliseconds", "Number", "Pseudonym", "Seconds", "Share", "Text", "Tokens",
)  # fmt: skip
_HEAD = '"""Events that `vigil infer` proposes: their names, units, labels and personal data are yours to decide."""'


@dataclass(slots=True)
class Values:
    """What was seen of one field."""

    count: int = 0
    kinds: set[type] = field(default_factory=set[type])
    texts: set[str] = field(default_factory=set[str])
    """Its values, up to one more than a label may have."""
    personal: bool = False
    """Whether personal data or a secret was among them."""

    def add(self, value: str | float) -> None:
        """Take one more value into account."""
        self.count += 1
        self.kinds.add(type(value))
        if isinstance(value, str):
            self.personal = self.personal or redact_text(value) != value
            if len(self.texts) <= _FEW:
                self.texts.add(value)

    def annotation(self, name: str, count: int) -> str:
        """Return how a field of this name is declared that `count` lines could have had."""
        optional = "" if self.count == count else " | None = None"
        if self.personal:
            return f"Pseudonym[str]{optional}  # personal data was found here: pseudonym, redacted or dropped"
        if self.kinds == {bool}:
            return f"Label[bool]{optional}"
        if self.kinds <= {int, float}:
            unit = next((unit for end, unit in _UNITS if name.endswith(end)), "")
            if unit and (unit not in _WHOLE or self.kinds == {int}):
                return f"Measure[{unit}]{optional}"
            return f"Measure[{'Number' if self.kinds == {int} else 'Share'}]{optional}  # say its unit"
        few = len(self.texts) <= _FEW and count >= 2 * len(self.texts)
        if few and self.kinds == {str} and all(len(one) <= _SHORT and one.isprintable() for one in self.texts):
            return f"Label[Literal[{', '.join(repr(one) for one in sorted(self.texts))}]]{optional}"
        return f"Text{optional}"


@dataclass(slots=True)
class Proposal:
    """An event type for lines that say the same."""

    tag: str
    name: str
    """Of the class."""
    template: str
    count: int = 0
    severities: Counter[str] = field(default_factory=Counter[str])
    fields: dict[str, Values] = field(default_factory=dict[str, Values])
    """What was seen of each field, by its name."""
    _keys: dict[str, str] = field(default_factory=dict[str, str])
    """The fields' names, by the keys that the lines have."""

    def learn(self, line: Mapping[str, object]) -> None:
        """Take one more line into account."""
        self.count += 1
        self.severities[severity_of(line)] += 1
        for key, value in _members(line):
            if (name := self._field(key)) is not None:
                self.fields.setdefault(name, Values()).add(value)

    def source(self) -> str:
        """Return the class as Python; a person decides about names, labels and personal data."""
        severity = self.severities.most_common(1)[0][0] if self.severities else "INFO"
        known = severity if severity in {"DEBUG", "NOTICE", "WARNING", "ERROR", "CRITICAL"} else "INFO"
        declared = {name: values.annotation(name, self.count) for name, values in sorted(self.fields.items())}
        loose = ", kw_only=True" if any(" = None" in one for one in declared.values()) else ""
        says = self.template.replace("\\", "\\\\").replace('"', "'") or "A line without a message."
        head = [
            f'class {self.name}(Event, tag="{self.tag}"{loose}):',
            f'    """{says}"""',
            "",
            f"    severity: ClassVar = Severity.{known}",
        ]
        fields = [f"    {name}: {annotation}" for name, annotation in declared.items()]
        return "\n".join([*head, *(["", *fields] if fields else [])]) + "\n"

    def _field(self, key: str) -> str | None:
        """Return the name of the field for a key, None where there are fields enough."""
        if key not in self._keys:
            if len(self._keys) == _FIELDS:
                return None
            plain = _UNFIT.sub("_", key.lower()).strip("_")[:_SHORT]
            name = plain if plain[:1].isalpha() else f"field_{plain}".rstrip("_")
            if name in _HAS or name in _TAKEN or keyword.iskeyword(name):
                name = f"{name}_value"
            self._keys[key] = _free(name, set(self._keys.values()))
        return self._keys[key]


def infer(stream: Iterable[bytes], *, at_least: int = 2) -> list[Proposal]:
    """Propose event types for the lines that belong to no declared event, the most frequent first.

    Args:
        stream: as for `vigil_telemetry.live_check.check`.
        at_least: lines of a kind from which one is proposed.
    """
    declared = {schema.name for schema in catalog()}
    tags, names = set(declared), {"ClassVar", "Event", "Literal", "Severity", *_MARKS}
    found: dict[str, Proposal] = {}
    for raw in documents(stream):
        for line in lines_of(raw):
            event = line.get("event")
            if isinstance(event, str) and event in declared and event != FOREIGN:
                continue
            template = template_of(line)
            if template == BROKEN:
                continue
            name = event_of(line)
            kind = name or template
            if kind not in found:
                tag = _free(name or _tag(line, template), tags)
                tags.add(tag)
                named = _free(_class(tag), names)
                names.add(named)
                found[kind] = Proposal(tag, named, template.removeprefix(f"{kind}: "))
            found[kind].learn(line)
    return sorted((one for one in found.values() if one.count >= at_least), key=lambda one: -one.count)


def module(proposals: Sequence[Proposal]) -> str:
    """Return the proposals as one module of Python, with what it imports; a comment where there are none."""
    if not proposals:
        return "# No kind of line was frequent enough for a proposal.\n"
    classes = [one.source() for one in proposals]
    used = {word for one in classes for word in re.findall(r"\w+", one)}
    typing = "ClassVar, Literal" if any("Label[Literal[" in one for one in classes) else "ClassVar"
    marks = ", ".join(sorted(["Event", "Severity", *(mark for mark in _MARKS if mark in used)]))
    head = f"{_HEAD}\n\nfrom typing import {typing}\n\nfrom vigil_telemetry import {marks}\n"
    return "\n\n".join([head, *classes])


def _members(line: Mapping[str, object]) -> Iterator[tuple[str, str | float]]:
    """The values of a line that an event could have as fields; lists are left out."""
    left = _HAS | _OWN | {message_key(line), BROKEN}
    own: dict[str, object] = {
        key: value for key, value in line.items() if key not in left or (key in CONTEXT and isinstance(value, dict))
    }
    yield from _flat(own, "", _DEPTH)
    for more in ("extra", LABELS):
        inner = line.get(more)
        if isinstance(inner, dict):
            yield from _flat(cast("dict[str, object]", inner), "", _DEPTH)


def _flat(values: Mapping[str, object], above: str, depth: int) -> Iterator[tuple[str, str | float]]:
    for key, value in values.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, str | int | float):
            yield path, value
        elif isinstance(value, dict) and depth > 1:
            yield from _flat(cast("dict[str, object]", value), path, depth - 1)


def _tag(line: Mapping[str, object], template: str) -> str:
    family = _UNFIT.sub("_", str(line.get("logger") or line.get("service") or "app").lower()[:_SHORT]).strip("_")
    words = [word.lower() for word in _WORD.findall(template)][:_WORDS]
    return f"{family or 'app'}.{'_'.join(words) or 'line'}"


def _class(tag: str) -> str:
    name = "".join(word.capitalize() for word in re.split(r"[._]", tag))
    return name if name[:1].isalpha() else f"Line{name}"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number behind it where it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}" if name[:1].islower() else f"{name}{number}"
    return free
