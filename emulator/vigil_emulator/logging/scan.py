r"""Finding candidates in stored entries before they are decoded.

A text that a query looks for stands in the entry's JSON as it is, unless a character of it is escaped there. So a
search through many bodies at once, joined by newlines, tells which few need decoding; bodies with a backslash are
always among them. Assertions (`^`, `$`, `\b`) are left out of the expression that searches, which makes it find
more, never less. The query itself decides on each candidate.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Protocol, cast

from vigil_apimodel import lql
from vigil_apimodel.lql import Operator
from vigil_emulator import regex
from vigil_emulator.database import Row
from vigil_emulator.logging.casts import number_of
from vigil_emulator.logging.paths import Kind, canonical, kind_of

BATCH = 1000
"""Bodies that are searched together."""

_TOKEN = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\\Q|\\.|.", re.DOTALL)
_ASSERTIONS = {"^", "$", r"\b", r"\B", r"\A", r"\z"}
_FOLDS_TO_ASCII = "\u0130"
"""The letter whose small form has an ASCII letter in it, which RE2 does not fold to."""


class _Span(Protocol):
    def span(self) -> tuple[int, int]: ...


class _Finder(Protocol):
    """An expression applied to bytes, of which it gives positions in bytes."""

    def finditer(self, text: bytes) -> Iterator[_Span]: ...


class Needle:
    """What bodies must contain."""

    def __init__(self, pattern: regex.Pattern) -> None:
        self._finder = cast("_Finder", pattern)

    def candidates(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows whose last column, a body, may satisfy the query, in their order."""
        source = iter(rows)
        while batch := list(islice(source, BATCH)):
            bodies = cast("list[bytes]", [row[-1] for row in batch])  # cast once: this is run for every entry
            yield from (batch[line] for line in self.lines(b"\n".join(bodies)))

    def lines(self, bodies: bytes) -> list[int]:
        """Return which of the bodies, one a line, may satisfy the query: their numbers, from 0, sorted."""
        marked: set[int] = set()
        line, reached = 0, 0  # how many lines end before the place that was reached
        for match in self._finder.finditer(bodies):
            first, last = match.span()
            line += bodies.count(b"\n", reached, first)
            reached = first
            # a match across bodies hides those that it crosses
            marked.update(range(line, line + bodies.count(b"\n", first, last) + 1))
        if b"\\" in bodies:
            marked.update(line for line, body in enumerate(bodies.split(b"\n")) if b"\\" in body)
        return sorted(marked)


def needle(expr: lql.Expr) -> Needle | None:
    """Return what every body that satisfies the query contains, if the query determines it."""
    terms = expr.terms if isinstance(expr, lql.And) else (expr,)
    for term in terms:
        pattern = _pattern(term)
        if pattern is None:
            continue
        try:
            compiled = regex.compiled(pattern)
        except regex.RegexError:
            continue
        if compiled.search("") is None:
            return Needle(compiled)
    return None


def _pattern(term: lql.Expr) -> str | None:
    match term:
        case lql.Restriction(text) if text:
            return _literal(text)
        case lql.Comparison(lql.FieldPath() as field, Operator.MATCHES, lql.Text(text)) if _is_text(field):
            return _without_assertions(text)
        case lql.Comparison(lql.FieldPath() as field, Operator.HAS | Operator.EQUAL, lql.Text(text)) if (
            _is_text(field) and text and number_of(text) is None and text.lower() not in {"true", "false"}
        ):
            return _literal(text)
        case _:
            return None


def _is_text(field: lql.FieldPath) -> bool:
    path = canonical(field)
    return path is not None and kind_of(path) in {Kind.TEXT, Kind.DYNAMIC, Kind.LABEL}


def _literal(text: str) -> str:
    return f"(?i){re.escape(text)}|{_FOLDS_TO_ASCII}"


def _without_assertions(pattern: str) -> str | None:
    tokens = _TOKEN.findall(pattern)
    if r"\Q" in tokens:
        return None
    return "".join(token for token in tokens if token not in _ASSERTIONS)
