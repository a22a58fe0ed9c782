"""How many series a query returns, as far as the labels of its metrics are known."""

from collections.abc import Iterator, Mapping
from typing import Final, cast

import promql_parser as syntax

from vigil_apimodel import promql
from vigil_runner.cost._range import Range, exactly
from vigil_runner.cost._stack import LogMetric

GUESSED: Final = Range(1, 10)
"""Values of a label, or series of a metric, of which nobody says how many there are."""
_SPLITTING: Final = frozenset({">", "<", ">=", "<=", "==", "!=", "and", "or", "unless"})
"""Operators at which Google splits a query into clauses that are paid each
(https://docs.cloud.google.com/monitoring/alerts/cost-control)."""


def clauses(expr: object) -> Iterator[object]:
    """Yield the clauses of a query that have a metric."""
    match expr:
        case syntax.ParenExpr():
            yield from clauses(expr.expr)
        case syntax.BinaryExpr() if str(expr.op).lower() in _SPLITTING:
            yield from clauses(expr.lhs)
            yield from clauses(expr.rhs)
        case _:
            if promql.selectors(expr):
                yield expr


def returned(expr: object, known: Mapping[str, LogMetric]) -> Range:  # noqa: PLR0911 - one return for each part
    """Return how many series an expression returns; `known` are the stack's own metrics by their PromQL name."""
    match expr:
        case syntax.ParenExpr() | syntax.UnaryExpr() | syntax.SubqueryExpr():
            return returned(expr.expr, known)
        case syntax.AggregateExpr():
            return _grouped(expr, known)
        case syntax.BinaryExpr():
            sides = [returned(side, known) for side in (expr.lhs, expr.rhs) if promql.selectors(side)]
            return min(sides, key=lambda one: one.high) if sides else exactly(1)
        case syntax.Call():
            of = [returned(argument, known) for argument in expr.args if promql.selectors(argument)]
            return exactly(1) if expr.func.name in ("absent", "absent_over_time", "scalar") or not of else of[0]
        case syntax.MatrixSelector():
            return _selected(expr.vector_selector, known)
        case syntax.VectorSelector():
            return _selected(expr, known)
        case _:
            return exactly(1)


def _grouped(expr: syntax.AggregateExpr, known: Mapping[str, LogMetric]) -> Range:
    kept = str(expr.op) in ("topk", "bottomk", "count_values")
    modifier = expr.modifier
    if kept:
        return returned(expr.expr, known)
    if modifier is None:
        return exactly(1)
    named = set(modifier.labels)
    without = "without" in str(modifier.type).lower() or "exclude" in str(modifier.type).lower()
    inside = returned(expr.expr, known)
    if without:
        return Range(1, inside.high)
    metrics = [known.get(promql.name_of(one)) for one in promql.selectors(expr.expr)]
    size = exactly(1)
    for label in sorted(named - {"le"}):
        values = next((one.values[label] for one in metrics if one is not None and label in one.values), None)
        size = Range(1, size.high * (values if values is not None else GUESSED.high))
    return Range(min(size.low, inside.high), size.high)


def _selected(selector: syntax.VectorSelector, known: Mapping[str, LogMetric]) -> Range:
    metric = known.get(promql.name_of(selector))
    return series_of(metric) if metric is not None else GUESSED


def series_of(metric: LogMetric) -> Range:
    """Return how many series a metric of one service makes: from one to every combination of its labels' values."""
    high = 1.0
    for label in metric.labels:
        high *= metric.values.get(label, GUESSED.high)
    return Range(1, high)


def filtered(body: Mapping[str, object]) -> Range:
    """Return how many series a condition with a monitoring filter returns: one, unless it keeps labels apart."""
    aggregations = cast("list[dict[str, object]]", body.get("aggregations") or [])
    if not aggregations:
        return GUESSED
    last = aggregations[-1]
    if str(last.get("crossSeriesReducer", "REDUCE_NONE")) == "REDUCE_NONE":
        return GUESSED
    fields = [one for one in cast("list[str]", last.get("groupByFields") or []) if one != "resource.label.project_id"]
    return Range(1, GUESSED.high ** len(fields))
