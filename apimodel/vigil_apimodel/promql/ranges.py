"""Where the values of a query can lie, as far as its text shows it, and comparisons that none or all of them meet."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import promql_parser as syntax

from vigil_apimodel.promql.compatibility import parts, selectors

_COMPARED: Final = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "==": "=="}
_FILTERS: Final = frozenset({*_COMPARED, "!=", "and", "unless"})
_ABSENCE: Final = frozenset({"absent", "absent_over_time"})
_GROWTH: Final = frozenset({"rate", "irate", "increase"})
_WITHIN: Final = frozenset({"avg", "min", "max"})
"""Aggregations whose result lies where the values lie."""
_MATCHERS: Final = re.compile(r"""\{(?:[^{}"'`]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\}""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Range:
    """The lowest and the highest value; `share` says whether a part of a whole is in it."""

    low: float
    high: float
    share: bool = False


def compares(expr: object) -> bool:
    """Return whether a query leaves out anything: by a comparison, a set operator, or as absent() does."""
    return any(
        (isinstance(part, syntax.BinaryExpr) and str(part.op) in _FILTERS and not yields_bool(part))
        or (isinstance(part, syntax.Call) and part.func.name in _ABSENCE)
        for part in parts(expr)
    )


def yields_bool(expr: object) -> bool:
    """Return whether this is a comparison with `bool`, which gives 0 or 1 and leaves nothing out."""
    return isinstance(expr, syntax.BinaryExpr) and expr.modifier is not None and expr.modifier.return_bool


def unreachable(expr: object) -> Iterator[str]:
    """Yield what is wrong with each comparison of a share that no value meets, or that every value meets."""
    for part in parts(expr):
        if not isinstance(part, syntax.BinaryExpr) or str(part.op) not in _COMPARED or yields_bool(part):
            continue
        left, right, operator = _range(part.lhs), _range(part.rhs), str(part.op)
        if left is not None and right is not None and right.share:
            left, right, operator = right, left, _COMPARED[operator]
        if left is None or right is None or not left.share or right.share:
            continue
        wrong = _wrong(left, operator, right.low)
        if wrong:
            yield wrong


def _wrong(values: Range, operator: str, number: float) -> str:
    low, high = values.low, values.high
    never = {
        ">": number >= high,
        ">=": number > high,
        "<": number <= low,
        "<=": number < low,
        "==": not low <= number <= high,
    }[operator]
    always = {">": number < low, ">=": number <= low, "<": number > high, "<=": number >= high, "==": False}[operator]
    if not never and not always:
        return ""
    what = "cannot be reached" if never else "is met by every value"
    percent = high == 1 < number <= 100  # noqa: PLR2004 - per cent
    remedy = f"write {number / 100:g}" if percent else f"write a number between {low:g} and {high:g}"
    return f"a part of the whole makes this {low:g} to {high:g}, {operator} {number:g} {what}: {remedy}"


def _range(expr: object) -> Range | None:  # noqa: PLR0911 - one for each form
    match expr:
        case syntax.NumberLiteral():
            return Range(expr.val, expr.val)
        case syntax.ParenExpr():
            return _range(expr.expr)
        case syntax.UnaryExpr():
            inner = _range(expr.expr)
            return None if inner is None else Range(-inner.high, -inner.low, inner.share)
        case syntax.AggregateExpr() if str(expr.op) in _WITHIN:
            return _range(expr.expr)
        case syntax.BinaryExpr() if str(expr.op) == "/" and (found := _ratio(expr.lhs, expr.rhs)) is not None:
            return found
        case syntax.BinaryExpr() if str(expr.op) in {"+", "-", "*", "/"}:
            return _calculated(str(expr.op), _range(expr.lhs), _range(expr.rhs))
        case _:
            return None


def _ratio(part: object, whole: object) -> Range | None:
    """The values of a part of a whole, which a number may multiply before it is divided."""
    while isinstance(part, syntax.ParenExpr):
        part = part.expr
    if _is_part(part, whole):
        return Range(0, 1, share=True)
    if isinstance(part, syntax.BinaryExpr) and str(part.op) == "*":
        for factor, rest in ((part.lhs, part.rhs), (part.rhs, part.lhs)):
            if isinstance(factor, syntax.NumberLiteral):
                return _calculated("*", _range(factor), _ratio(rest, whole))
    return None


def _calculated(operator: str, left: Range | None, right: Range | None) -> Range | None:
    if left is None or right is None:
        return None
    if operator == "/" and right.low <= 0 <= right.high:
        return None
    ends = [_value(operator, one, two) for one in (left.low, left.high) for two in (right.low, right.high)]
    return Range(min(ends), max(ends), left.share or right.share)


def _value(operator: str, one: float, two: float) -> float:
    match operator:
        case "+":
            return one + two
        case "-":
            return one - two
        case "*":
            return one * two
        case _:
            return one / two


def _is_part(part: object, whole: object) -> bool:
    """Whether both count the growth of the same series, the first of some of them."""
    one, other = _counted(part), _counted(whole)
    if one is None or other is None or _without_matchers(one) != _without_matchers(other):
        return False
    pairs = [*zip(selectors(one), selectors(other), strict=True)]
    return all(_matchers(some) >= _matchers(every) for some, every in pairs)


def _counted(expr: object) -> syntax.AggregateExpr | None:
    """The sum of a growth of counters, or the number of series."""
    while isinstance(expr, syntax.ParenExpr):
        expr = expr.expr
    if not isinstance(expr, syntax.AggregateExpr):
        return None
    grows = isinstance(expr.expr, syntax.Call) and expr.expr.func.name in _GROWTH
    one = len(selectors(expr)) == 1
    return expr if one and ((str(expr.op) == "sum" and grows) or str(expr.op) == "count") else None


def _without_matchers(expr: object) -> str:
    return _MATCHERS.sub("", str(expr))


def _matchers(selector: syntax.VectorSelector) -> frozenset[tuple[str, str, str]]:
    return frozenset((each.name, str(each.op), each.value) for each in selector.matchers.matchers)
