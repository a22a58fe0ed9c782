"""What alerts cost: their conditions, and the points that these read."""

from collections.abc import Mapping
from typing import Final

from vigil_apimodel import promql
from vigil_apimodel.json_values import JsonObject, child, text
from vigil_runner.cost._estimate import Item, Part
from vigil_runner.cost._prices import PRICES
from vigil_runner.cost._range import NOTHING, Range, exactly, total
from vigil_runner.cost._series import clauses, filtered, returned
from vigil_runner.cost._stack import Condition, LogMetric
from vigil_runner.cost._traffic import MONTH

EVERY: Final = 30.0
"""Seconds between two evaluations of a condition that does not say (monitoring/alerts/cost-control)."""


def parts(found: list[Condition], metrics: list[LogMetric]) -> list[Part]:
    """Return what conditions and their points cost."""
    known = {one.promql: one for one in metrics}
    known |= {f"{one.promql}_{ending}": one for one in metrics for ending in ("bucket", "count", "sum")}
    return [
        Part(
            title="Alert conditions",
            price=PRICES["alert-conditions"],
            items=tuple(Item(name=one.policy, quantity=exactly(1), how="") for one in found),
        ),
        Part(
            title="Points that alerts read",
            price=PRICES["alert-points"],
            items=tuple(item for one in found if (item := _points(one, known)).quantity.high),
        ),
    ]


def _points(condition: Condition, known: Mapping[str, LogMetric]) -> Item:
    body = condition.body
    written = child(body, "conditionPrometheusQueryLanguage")
    if written:
        series, how = _of_promql(text(written, "query"), known)
        every = _seconds(written, "evaluationInterval")
    else:
        kind = next((one for one in ("conditionThreshold", "conditionAbsent") if one in body), "")
        series, how = (filtered(child(body, kind)), "of its filter") if kind else (NOTHING, "log match reads none")
        every = EVERY
    return Item(
        name=condition.policy,
        quantity=series * (MONTH / every / 1e6),
        how=f"{_shown(series)} series returned ({how}) every {every:g} s * {MONTH:,.0f} s",
    )


def _of_promql(query: str, known: Mapping[str, LogMetric]) -> tuple[Range, str]:
    try:
        found = list(clauses(promql.parse(query)))
    except promql.QueryError:
        return exactly(1), "a query that cannot be read"
    return total(returned(one, known) for one in found), f"{len(found)} clause{'s' if len(found) != 1 else ''}"


def _seconds(written: JsonObject, key: str) -> float:
    value = text(written, key).removesuffix("s")
    try:
        return max(float(value), 1.0)
    except ValueError:
        return EVERY


def _shown(series: Range) -> str:
    return f"{series.high:,.0f}" if series.low == series.high else f"{series.low:,.0f} to {series.high:,.0f}"
