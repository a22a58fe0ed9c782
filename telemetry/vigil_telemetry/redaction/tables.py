"""Secrets in tables: CSV with a head, tables as psql, MySQL and Markdown draw them, a cell behind its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from vigil_telemetry.redaction.budget import LENGTH, Steps
from vigil_telemetry.redaction.commands import REDACTED, argument_is_secret, unlike_words
from vigil_telemetry.redaction.judgement import is_data
from vigil_telemetry.redaction.keys import Beside, beside
from vigil_telemetry.redaction.value import Value

_HEAD = re.compile(
    r"(?m)^[A-Za-z_][\w ]{0,40}([,;\t|])[ ]?[A-Za-z_][\w ]{0,40}(?:\1[ ]?[A-Za-z_][\w ]{0,40}){0,30}\r?\n(?=[^\n]*\1)"
)
"""The names of columns, with a line of values below."""
_RULE = re.compile(r"\n[ \t]{0,8}(?=[^\n]{0,8}(?:--|==|──|══))[-=:+|─═│┼╪├┤╞╡┌┬┐ ]{2,2000}+\r?\n")
"""The line below the head of a table, as psql, MySQL and Markdown draw it."""
_HEAD_MOST = 2_000
_ROWS_MOST = 50
_PASSWORD = re.compile(r"(?i)pass|pwd|kennwort")
_IN_WORDS = re.compile(r"[A-Za-z]?[a-z]+(?:[A-Z][a-z]{2,})*|[A-Z]+|[0-9]+")
"""What a word, the name of a kind or a count consists of: `production`, `SecretStore`."""
_PIECE = re.compile(r"[-=─═]{2,}")
_CELL = re.compile(r"\|[ \t]{0,8}([A-Za-z][\w.\- ]{1,59}+)\|[ \t]{0,8}(?=([^\s|]{4,200})[ \t]{0,80}(?:[|\r\n]|$))")
_Cells = Callable[[str], list[tuple[int, str]]]
"""Divides a row of a table into its cells, each with its place."""
_Names = list[tuple[str, "Beside | None"]]
"""The names of a table's columns, each with what it says of the values below it."""


def scan_tables(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """Find the values of columns and cells whose name says that they are secret."""
    if "|" in text:
        _cells(text, spans, steps)
    if "\n" in text:
        _columns(text, spans, steps)


def _columns(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """The values of a column whose name says that they are secret: CSV with a head, tables with a rule below it."""
    for found in _HEAD.finditer(text):
        steps.spend(4)
        head = found[0].rstrip("\r\n")
        cells = _split(found[1])
        for value, name, _ in _column(text, _names(head, cells, steps), cells, found.end(), steps):
            steps.spend(3)
            if is_data(value, name, Beside.SECRET, loose=False):
                spans.append((value.start, value.end, REDACTED))
    above: _Names = []
    until = 0
    for found in _RULE.finditer(text):
        start = text.rfind("\n", max(found.start() - _HEAD_MOST, 0), found.start()) + 1
        head = text[start : found.start()]
        steps.spend(2 + len(head) // (4 * LENGTH))
        separator = next((one for one in "|│" if one in head), None)
        cells = _under(found[0][1:]) if separator is None else _split(separator)
        names = _names(head, cells, steps)
        if found.start() < until and names == above:
            continue  # a rule between the rows of the table above
        above = names
        for value, name, how in _column(text, names, cells, found.end(), steps):
            word, until = value.text, value.end
            mixed = how is Beside.SECRET and word.isalnum() and len(word) > 7 and _IN_WORDS.fullmatch(word) is None  # noqa: PLR2004 - secrets are longer
            if mixed or _PASSWORD.search(name) or argument_is_secret(word, name) or unlike_words(word):
                steps.spend(4)
                if " " not in word and is_data(value, name, how, loose=True):
                    spans.append((value.start, value.end, REDACTED))


def _names(head: str, cells_of: _Cells, steps: Steps) -> _Names:
    columns = [(name.strip(), beside(name.strip())) for _, name in cells_of(head)]
    steps.spend(len(columns))
    return columns


def _split(separator: str) -> _Cells:
    def cells(row: str) -> list[tuple[int, str]]:
        found: list[tuple[int, str]] = []
        place = 0
        for cell in row.split(separator):
            found.append((place, cell))
            place += len(cell) + 1
        return found

    return cells


def _under(rule: str) -> _Cells:
    """Columns as wide as the pieces of a rule with blanks: `----  --------`, as sqlcmd, sqlplus and tabulate draw it."""
    starts = [found.start() for found in _PIECE.finditer(rule)]

    def cells(row: str) -> list[tuple[int, str]]:
        if any(row[start - 1 : start].strip() for start in starts[1:]):
            return []  # a text that runs across the columns
        return [(start, row[start:end]) for start, end in zip(starts, [*starts[1:], len(row)], strict=True)]

    return cells


def _column(
    text: str, columns: _Names, cells_of: _Cells, start: int, steps: Steps
) -> Iterator[tuple[Value, str, Beside]]:
    """The values below the names that say something about them, row by row, as long as rows have the head's form."""
    named = sum(how is not None for _, how in columns)
    for _ in range(_ROWS_MOST if named and len(columns) > 1 else 0):
        stop = text.find("\n", start)
        row = text[start : stop if stop >= 0 else len(text)]
        cells = cells_of(row)
        if len(cells) != len(columns):
            return
        steps.spend(2 + named + len(row) // (4 * LENGTH))
        for (name, how), (place, cell) in zip(columns, cells, strict=True):
            if how is not None:
                first = start + place + len(cell) - len(cell.lstrip())
                yield Value(first, first + len(cell.strip()), cell.strip()), name, how
        if stop < 0:
            return
        start = stop + 1


def _cells(text: str, spans: list[tuple[int, int, str]], steps: Steps) -> None:
    """The cell of a table behind one with a name: `| pin | 4815 |`."""
    for found in _CELL.finditer(text):
        steps.spend(3)
        name, word = found[1].rstrip(), found[2]
        if beside(name) is not None and (argument_is_secret(word, name) or unlike_words(word)):
            spans.append((*found.span(2), REDACTED))
