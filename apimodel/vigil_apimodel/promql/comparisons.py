"""What a query compares with a number: the thresholds of an alert."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from promql_parser import BinaryExpr, NumberLiteral, ParenExpr, UnaryExpr

from vigil_apimodel.promql.parser import QueryError, parse

_FLIPPED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A part of a query that is compared with a number."""

    text: str
    """The part, as PromQL."""
    operator: str
    """Such as `>`; the part is on its left."""
    threshold: float


def comparisons(query: str) -> list[Comparison]:
    """Return the comparisons with a number in a query, outermost first; none in a query that does not parse."""
    try:
        return list(_comparisons(parse(query)))
    except QueryError:
        return []


def _comparisons(expr: object) -> Iterator[Comparison]:
    if isinstance(expr, ParenExpr):
        yield from _comparisons(expr.expr)
    elif isinstance(expr, BinaryExpr):
        operator = str(expr.op)
        left, right = _number(expr.lhs), _number(expr.rhs)
        if operator in _FLIPPED and right is not None:
            yield Comparison(str(expr.lhs), operator, right)
        elif operator in _FLIPPED and left is not None:
            yield Comparison(str(expr.rhs), _FLIPPED[operator], left)
        else:
            yield from _comparisons(expr.lhs)
            yield from _comparisons(expr.rhs)


def _number(expr: object) -> float | None:
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    if isinstance(expr, UnaryExpr):
        inner = _number(expr.expr)
        return None if inner is None else -inner
    return float(expr.val) if isinstance(expr, NumberLiteral) else None
