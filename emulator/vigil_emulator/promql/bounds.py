"""How large a query may be: the parser is recursive, and beyond some depth it takes the process with it.

Google and Prometheus publish no such limit; these are the emulator's own, far above what people write. Times and
durations in a query are bounded too: the parser panics where Python's types cannot hold them, and a panic is no
``Exception``, so that it would end whatever runs.
"""

import re
from collections.abc import Iterator
from typing import Final

import promql_parser as syntax

from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.times import LATEST, SECOND

MOST_CHARACTERS: Final = 100_000
MOST_OPERATORS: Final = 250
DEEPEST: Final = 64
"""Brackets inside brackets."""

_PIECES: Final = re.compile(
    r"""(?P<aside>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\#[^\n]*)|(?P<open>[({\[])|(?P<close>[)}\]])"""
    r"""|(?P<operator>==|!=|>=|<=|[-+*/%^<>]|\b(?i:and|or|unless|atan2)\b)""",
    re.DOTALL,
)


def check_size(query: str) -> None:
    """Raise PromQLError for a query that is longer, deeper or has more operators than the emulator takes."""
    if len(query) > MOST_CHARACTERS:
        raise PromQLError(f"the query has {len(query)} characters; at most {MOST_CHARACTERS} are taken: split it")
    depth = operators = 0
    for piece in _PIECES.finditer(query):
        if piece["operator"]:
            operators += 1
        elif piece["open"]:
            depth += 1
            if depth > DEEPEST:
                raise PromQLError(f"brackets nest deeper than {DEEPEST}; remove those that change nothing")
        elif piece["close"]:
            depth -= 1
    if operators > MOST_OPERATORS:
        raise PromQLError(f"the query has {operators} operators; at most {MOST_OPERATORS} are taken: split it")


def parsed(query: str) -> syntax.Expr:
    """The syntax tree of a query whose size was checked. Raise ValueError or OverflowError where there is none."""
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
        raise PromQLError("a time or duration in the query is out of bounds") from None
    return expr


def _check_time(seconds: float) -> None:
    if seconds * SECOND > LATEST:
        raise PromQLError("timestamp out of bounds for @ modifier")


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
