"""Reading of a PromQL query, within bounds.

The parser (promql-parser) is recursive, and beyond some depth it takes the process with it. Google and Prometheus
publish no such limit; these are far above what people write. Times and durations are bounded too: the parser panics
where Python's types cannot hold them, and a panic is no `Exception`, so that it would end whatever runs.
"""

import re
from collections.abc import Iterator
from typing import Final

import promql_parser as syntax

from vigil_apimodel.promql.diagnosis import ASIDE, explain

MOST_CHARACTERS: Final = 100_000
MOST_OPERATORS: Final = 250
"""Operators, and regular expressions of matchers: each of them is tried on every series."""

DEEPEST: Final = 64
"""Brackets inside brackets."""

LATEST_SECONDS: Final = (2**63 - 1) // 1_000_000_000
"""The last time that `@` may name, in seconds since 1970."""

HOLT_WINTERS: Final = "holt_winters"
SMOOTHING: Final = "double_exponential_smoothing"
"""What Prometheus 3 calls `holt_winters`, the name that Google's PromQL has (at parity with Prometheus 2.44)."""

_PIECES: Final = re.compile(
    r"""(?P<aside>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\#[^\n]*)|(?P<open>[({\[])|(?P<close>[)}\]])"""
    r"""|(?P<operator>==|!=|>=|<=|=~|!~|[-+*/%^<>]|\b(?i:and|or|unless|atan2)\b)|(?P<equal>=)"""
    r"""|(?P<smoothing>\b(?:holt_winters|double_exponential_smoothing)(?=\s*\())""",
    re.DOTALL,
)
_UNITLESS: Final = re.compile(rf"{ASIDE.pattern}|(?:\[\s*|\boffset\s+-?)(?P<number>\d+)(?![\w.])", re.DOTALL)
_MATCHES: Final = frozenset({"=~", "!~"})


class QueryError(ValueError):
    """A query that does not parse, or that is larger than is read; says why."""


def parse(query: str) -> syntax.Expr:
    """Return the syntax tree of a query. Raises QueryError where there is none.

    A tree takes 18 kB, so none is kept here: a caller that reads a query again keeps what it needs of the tree.

    A single `=` between expressions is read as `==`: Google's sample policies have it and are accepted
    (monitoring-dashboard-samples, `google-workload-manager/sap-hana-*-low`), Prometheus refuses it.
    """
    written = _checked(query)
    try:
        return _parsed(written)
    except (ValueError, OverflowError) as error:
        doubled = _doubled(written)
        if doubled != written:
            try:
                return _parsed(doubled)
            except (ValueError, OverflowError):
                pass
        raise QueryError(explain(query, str(error), _parses)) from error


def _parses(query: str) -> bool:
    try:
        _parsed(query)
    except (ValueError, OverflowError):
        return False
    return True


def _checked(query: str) -> str:
    """The query as the parser takes it. Raises QueryError for one that is too long or too deep."""
    if len(query) > MOST_CHARACTERS:
        raise QueryError(f"the query has {len(query)} characters; at most {MOST_CHARACTERS} are taken: split it")
    _check_units(query)
    depth = position = 0
    wide = {"operators": 0, "regular expressions": 0}
    out: list[str] = []
    for piece in _PIECES.finditer(query):
        if piece["operator"]:
            wide["regular expressions" if piece["operator"] in _MATCHES else "operators"] += 1
        elif piece["open"]:
            depth += 1
            if depth > DEEPEST:
                raise QueryError(f"brackets nest deeper than {DEEPEST}; remove those that change nothing")
        elif piece["close"]:
            depth -= 1
        elif piece["smoothing"] == SMOOTHING:
            raise QueryError(f"unknown function with name {SMOOTHING!r}: Google has it as {HOLT_WINTERS}, write that")
        elif piece["smoothing"]:
            out += [query[position : piece.start()], SMOOTHING]
            position = piece.end()
    most = max(wide, key=lambda kind: wide[kind])
    if wide[most] > MOST_OPERATORS:
        raise QueryError(f"the query has {wide[most]} {most}; at most {MOST_OPERATORS} are taken: split it")
    return "".join(out) + query[position:]


def _check_units(query: str) -> None:
    """Raise QueryError for a duration without a unit, which Prometheus takes since version 3."""
    for piece in _UNITLESS.finditer(query):
        if number := piece["number"]:
            raise QueryError(f"missing unit character in duration {number!r}: write {number}s or {number}m")


def _doubled(query: str) -> str:
    """The query with `==` where it compares with `=`, outside of braces."""
    depth = 0
    out: list[str] = []
    position = 0
    for piece in _PIECES.finditer(query):
        depth += (piece["open"] == "{") - (piece["close"] == "}")
        out.append(query[position : piece.start()])
        out.append("==" if piece["equal"] and depth == 0 else piece[0])
        position = piece.end()
    return "".join(out) + query[position:]


def _parsed(query: str) -> syntax.Expr:
    try:
        expr = syntax.parse(query)
        for selector in _timed(expr):
            if selector.at is not None and selector.at.at is not None:
                _check_time(selector.at.at.timestamp())
    except Exception:
        raise
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise QueryError("a time or duration in the query is out of bounds") from None
    return expr


def _check_time(seconds: float) -> None:
    if seconds > LATEST_SECONDS:
        raise QueryError("timestamp out of bounds for @ modifier")


def _timed(expr: object) -> "Iterator[syntax.VectorSelector | syntax.SubqueryExpr]":
    """Selectors and subqueries of an expression; reading their durations raises where these do not fit."""
    match expr:
        case syntax.VectorSelector():
            _ = expr.offset
            yield expr
        case syntax.MatrixSelector():
            _ = expr.range
            yield from _timed(expr.vector_selector)
        case syntax.SubqueryExpr():
            _ = expr.range, expr.step, expr.offset
            yield expr
            yield from _timed(expr.expr)
        case syntax.BinaryExpr():
            yield from _timed(expr.lhs)
            yield from _timed(expr.rhs)
        case syntax.AggregateExpr():
            yield from _timed(expr.expr)
            yield from _timed(expr.param)
        case syntax.Call():
            for argument in expr.args:
                yield from _timed(argument)
        case syntax.ParenExpr() | syntax.UnaryExpr():
            yield from _timed(expr.expr)
        case _:
            return
