"""Complaints that quote a value and name its field elsewhere in the line.

`expected int @ data['password']. Got '...'`: no joint ties the two.
"""

from __future__ import annotations

import re

from vigil_telemetry.redaction import prose
from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED
from vigil_telemetry.redaction.judgement import LABELLED, is_data
from vigil_telemetry.redaction.keys import beside
from vigil_telemetry.redaction.letters import holds
from vigil_telemetry.redaction.value import value_at

_SHOWN = re.compile(
    r"(?<![a-z])(?:got|received|found|instance|from string|unmarshal string|given|provided|actual|value|assert|where|invalid)(?:\\{0,7}[\"'])?[ :=\[]{1,4}(?=\\{0,7}[\"'`])"
    r"|(?<![a-z])(?:params|args|regex [\"'][^\"'\n]{1,80}[\"']) ?=?[(\[](?=[\"'])"
)
"""In lower case: what stands before a value that was refused."""
_VERBS = (
    "got",
    "value",
    "given",
    "found",
    "received",
    "string",
    "provided",
    "actual",
    "instance",
    "assert",
    "where",
    "invalid",
    "args",
    "params",
    "regex",
)
_FIELD = re.compile(
    r"[\"'`\[(.]([A-Za-z][\w-]{1,80})[\"'`\]),]|(?:^|[\s.])([A-Za-z][\w-]{1,80})(?=:\s|\sof\stype|\s?$)", re.MULTILINE
)
_SHORTEST = 6
_AROUND = 300
"""Characters that a line is looked through for the name of a field."""


def scan_complaints(text: str, lowered: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find quoted values in lines that name the field of a secret.

    Args:
        text: the whole text.
        lowered: the same in lower case.
        spans: the places to replace; new ones are added.
        steps: what scanning may still take.
    """
    if not holds(lowered, _VERBS):
        return
    for found in _SHOWN.finditer(lowered):
        steps.spend(4)
        value = value_at(text, found.end(), words=False)
        if (
            value is None
            or not value.quoted
            or len(value.text) < _SHORTEST
            or prose.is_kind(value.text)
            or (LABELLED.fullmatch(value.text) and beside(value.text) is not None)
        ):
            continue
        steps.spend(4 + (value.end - value.start) // LENGTH)
        name = _field(text, found.start(), value.end)
        if name is not None and (how := beside(name)) is not None and is_data(value, name, how, loose=True):
            spans.append((value.start, value.end, REDACTED))


def _field(text: str, start: int, end: int) -> str | None:
    """The name of a secret in the line before or after a value."""
    first = text.rfind("\n", max(start - _AROUND, 0), start) + 1 or max(start - _AROUND, 0)
    stop = text.find("\n", end, end + _AROUND)
    for begin, last in ((first, start), (end, stop if stop >= 0 else min(len(text), end + _AROUND))):
        for found in _FIELD.finditer(text, begin, last):
            if beside(name := found[1] or found[2]) is not None:
                return name
    return None
