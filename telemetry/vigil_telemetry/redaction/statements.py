"""Secrets in statements of SQL, and in what PostgreSQL says of a row: a column has the name, a literal the value."""

from __future__ import annotations

import re

from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED
from vigil_telemetry.redaction.judgement import is_data
from vigil_telemetry.redaction.keys import beside
from vigil_telemetry.redaction.value import NEXT, value_at

_INTO = re.compile(r"(?i)(?:into|update|copy)\s{1,4}[\"'`\[]?(?:\w{1,40}\.)?([A-Za-z_]\w{1,60})[\"'`\]]?\s{0,4}\Z")
_INTO_VALUES = re.compile(
    r"(?i:into)\s{1,4}[\"'`\[]?(?:\w{1,40}\.)?([A-Za-z_]\w{1,60})[\"'`\]]?\s{1,4}(?i:values)\s{0,4}\("
)
_ROWS = re.compile(r"\(([^()]{1,400}(?:\([^()]{0,80}\)[^()]{0,200}){0,4})\)\s{0,4}(?:=|(?i:values))\s{0,4}\(")
_COMPARED = re.compile(
    r"(\w(?<!\w\w)[\w.]{1,60}+)[\"`\]]?\s{1,4}(?i:(?:not\s{1,4})?(?:i?like|in\s{0,4}\(|r?egexp|rlike|similar\s{1,4}to))\s{0,4}(?=[bnu]?')"
)
"""A column, and what SQL compares it with: `token IN ('...')`, `api_key LIKE '...'`."""
_COMPARING = ("IN (", "in (", "IN(", "in(", "LIKE ", "like ", "EGEXP ", "egexp ", "SIMILAR ", "similar ")
_PLACEHOLDERS = re.compile(
    r"\((?:\s{0,4}(?:\$[0-9]{1,4}|\?|%s|%\(\w{1,60}\)s|:\w{1,60}|@\w{1,60}|NULL|DEFAULT|now\(\)),?){1,200}\s{0,4}\)?"
)


def scan_statements(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find the values of columns whose name says that they are secret."""
    if ")" in text and "(" in text:
        _rows(text, spans, steps)
    if "'" in text and any(word in text for word in _COMPARING):
        _compared(text, spans, steps)


def _rows(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """`Key (a, b)=(1, 2)` of PostgreSQL, `INSERT INTO t (a, b) VALUES (1, 2)`."""
    for found in _INTO_VALUES.finditer(text) if "into " in text or "INTO " in text else ():
        value = value_at(text, found.end() - 1, words=False) if beside(found[1]) is not None else None
        steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
        if value is not None and _PLACEHOLDERS.fullmatch(value.text) is None:
            spans.append((value.start + 1, value.end - (text[value.end - 1] == ")"), REDACTED))
    for found in _ROWS.finditer(text):
        steps.spend(8)
        names = re.findall(r"[A-Za-z_][\w.]*", found[1])
        into = _INTO.search(text, max(found.start() - 80, 0), found.start())
        if any(beside(name) is not None for name in (*names, *([into[1]] if into is not None else ()))):
            value = value_at(text, found.end() - 1, words=False)
            steps.spend(4 if value is None else 4 + (value.end - value.start) // LENGTH)
            if value is not None and _PLACEHOLDERS.fullmatch(value.text) is not None:
                continue
            if value is not None and value.end - value.start > 2:  # noqa: PLR2004 - brackets with nothing between
                spans.append((value.start + 1, value.end - (text[value.end - 1] == ")"), REDACTED))


def _compared(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """The literals that a column of a statement is compared with."""
    for found in _COMPARED.finditer(text):
        steps.spend(3)
        name = found[1].rpartition(".")[2]
        how, place = beside(name), found.end()
        while how is not None and (value := value_at(text, place, words=False)) is not None and value.quoted:
            steps.spend(4 + (value.end - value.start) // LENGTH)
            if is_data(value, name, how, loose=False):
                spans.append((value.start, value.end, REDACTED))
            following = NEXT.match(text, value.end)
            if following is None:
                break
            place = following.end()
