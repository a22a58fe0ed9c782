"""Why nothing noticed a changed policy: found by evaluating both over the same cases, minute by minute.

A survivor is explained where, at every minute of every case, the part that was changed says the same as before, or
where what stands beside it in the condition decides whatever it says. What is not explained so has no reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from promql_parser import BinaryExpr, ParenExpr, parse

from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.promql import Comparison, comparisons
from vigil_emulator.times import MINUTE
from vigil_proofs.judge import Cases
from vigil_proofs.play import PlayedCase, query_of
from vigil_proofs.timeline import beyond, ranges, short, values_of

SHOWN: Final = 3
"""How many cases a reason names, at most."""

Values: TypeAlias = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class _Beside:
    """A part of the condition that decides alone where it `holds` (or does not)."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class _Near:
    value: float
    where: str


def reason(own: JsonObject, changed: JsonObject, cases: Cases) -> str:
    """Return why the changed policy behaves like the original in the cases, with values; empty if unknown."""
    before, after = query_of(own), query_of(changed)
    if not before or before == after:
        return ""
    was, became = comparisons(before), comparisons(after)
    differing = [index for index, (one, other) in enumerate(zip(was, became, strict=False)) if one != other]
    if len(was) == len(became) and len(differing) == 1:
        (index,) = differing
        found = _of_part(was[index], became[index], _beside(before, index), cases)
        if found is not None:
            return found
    return _of_whole(before, after, cases)


def _of_part(was: Comparison, became: Comparison, beside: Sequence[_Beside], cases: Cases) -> str | None:
    """The reason for one changed comparison; None where it makes a difference that nothing beside it undoes."""
    decisions: list[str] = []
    seen: list[_Near] = []
    for label, played in cases.all():
        minutes = _minutes(played)
        values, others = _values(played, was, minutes), _values(played, became, minutes)
        differ = [beyond(was, one) != beyond(became, other) for one, other in zip(values, others, strict=True)]
        seen += [_Near(v, f"{label}, minute {m:g}") for v, m in zip(values, minutes, strict=True) if v is not None]
        if any(differ):
            decided = _decided(played, minutes, differ, beside)
            if decided is None:
                return None
            decisions.append(f"in the case '{label}', minute(s) {ranges(minutes, differ)}, {decided}")
    if decisions:
        more = f"; and so in {len(decisions) - SHOWN} more" if len(decisions) > SHOWN else ""
        return "; ".join(decisions[:SHOWN]) + more
    if was.text == became.text and was.operator == became.operator:
        return _between(was, became, seen)
    return f"both are {was.operator} {was.threshold:.6g} at the same minutes of every case"


def _decided(
    played: PlayedCase, minutes: Sequence[float], differ: Sequence[bool], beside: Sequence[_Beside]
) -> str | None:
    """Which part beside the changed one decided in all the minutes in which it differs, with its values."""
    times = _times(played, minutes)
    for one in beside:
        holds = [value is not None for value in values_of(played.stage, one.text, times)]
        if all(holding is one.holds for holding, differs in zip(holds, differ, strict=True) if differs):
            return "; ".join(_shown(played, minutes, differ, one)) + " whatever it says"
    return None


def _shown(played: PlayedCase, minutes: Sequence[float], differ: Sequence[bool], one: _Beside) -> Iterator[str]:
    """The comparisons of a part that decided, each with its range in those minutes."""
    for compared in comparisons(one.text):
        values = _values(played, compared, minutes)
        inside = [value for value, differs in zip(values, differ, strict=True) if differs and value is not None]
        low, high = (f"{min(inside):.4g}", f"{max(inside):.4g}") if inside else ("nothing", "nothing")
        value = low if low == high else f"{low} to {high}"
        met = all(beyond(compared, each) for each in inside) and bool(inside)
        if met is one.holds:
            required = f"{compared.operator} {compared.threshold:.6g}"
            yield f"{short(compared.text)} is {value}, {'which is' if met else 'not'} {required}, and decides"
            return
    yield f"{short(one.text)} {'holds' if one.holds else 'does not hold'}, and decides"


def _between(was: Comparison, became: Comparison, seen: Sequence[_Near]) -> str:
    """No value lies between the two thresholds: the nearest on either side."""
    low, high = sorted((was.threshold, became.threshold))
    below = max((one for one in seen if one.value <= low), key=lambda one: one.value, default=None)
    above = min((one for one in seen if one.value >= high), key=lambda one: one.value, default=None)
    nearest = " and ".join(f"{one.value:.6g} ({one.where})" for one in (below, above) if one is not None)
    return f"no value of any case lies between {low:.6g} and {high:.6g}: the nearest are {nearest}"


def _of_whole(before: str, after: str, cases: Cases) -> str:
    """That the whole condition holds in the same minutes; empty where it does not."""
    for _, played in cases.all():
        minutes = _minutes(played)
        times = _times(played, minutes)
        one, other = (values_of(played.stage, query, times) for query in (before, after))
        if [value is None for value in one] != [value is None for value in other]:
            return ""
    return "the condition as a whole holds in the same minutes of every case"


def _beside(query: str, index: int) -> tuple[_Beside, ...]:
    """What stands beside the comparison of this number in a query, the nearest first."""
    try:
        return _walk(parse(query), index, [0]) or ()
    except ValueError:
        return ()


def _walk(expr: object, wanted: int, passed: list[int]) -> tuple[_Beside, ...] | None:
    """As `_beside`, below one expression; None where the comparison is not in it. `passed` counts comparisons."""
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    if not isinstance(expr, BinaryExpr):
        return None
    if comparisons(str(expr))[:1] and str(expr.op) not in _JOINING:
        passed[0] += 1
        return () if passed[0] - 1 == wanted else None
    for side, other, left in ((expr.lhs, expr.rhs, True), (expr.rhs, expr.lhs, False)):
        found = _walk(side, wanted, passed)
        if found is not None:
            holds = _JOINING[str(expr.op)] if str(expr.op) != "unless" else left
            return (*found, _Beside(str(other), holds))
    return None


_JOINING: Final = {"and": False, "or": True, "unless": True}
"""Operators between conditions, with how the other side is where it decides; of `unless` the left is the opposite."""


def _minutes(played: PlayedCase) -> tuple[float, ...]:
    return tuple(float(minute) for minute in range(1, played.until + 1))


def _times(played: PlayedCase, minutes: Sequence[float]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return played.stage.began + np.asarray(minutes, dtype=np.int64) * MINUTE


def _values(played: PlayedCase, one: Comparison, minutes: Sequence[float]) -> Values:
    return values_of(played.stage, one.text, _times(played, minutes), lowest=one.operator.startswith("<"))
