"""Differences between Google's PromQL and Prometheus', as far as a query's text shows them.

Source: https://docs.cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences. Its words: at parity with
Prometheus 2.44, functions of later versions "might not be supported", only exact matching of metric names.
"""

from collections.abc import Iterator
from typing import Final

import promql_parser as syntax

NAME: Final = "__name__"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTIONS: Final = _names(
    """
    abs absent absent_over_time acos acosh asin asinh atan atanh avg_over_time ceil changes clamp clamp_max
    clamp_min cos cosh count_over_time day_of_month day_of_week day_of_year days_in_month deg delta deriv exp
    floor histogram_count histogram_fraction histogram_quantile histogram_sum holt_winters hour idelta increase
    irate label_join label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi
    predict_linear present_over_time quantile_over_time rad rate resets round scalar sgn sin sinh sort sort_desc
    sqrt stddev_over_time stdvar_over_time sum_over_time tan tanh time timestamp vector year
    """
)
"""The functions of Prometheus 2.44 (promql/parser/functions.go of that version)."""

AGGREGATIONS: Final = frozenset(
    ["avg", "bottomk", "count", "count_values", "group", "max", "min", "quantile", "stddev", "stdvar", "sum", "topk"]
)
"""The aggregations of Prometheus 2.44."""

LATER: Final = _names(
    """
    double_exponential_smoothing first_over_time histogram_avg histogram_quantiles histogram_stddev
    histogram_stdvar info limit_ratio limitk mad_over_time max_of min_of range sort_by_label sort_by_label_desc
    step ts_of_first_over_time ts_of_last_over_time ts_of_max_over_time ts_of_min_over_time
    """
)
"""Functions and aggregations that Prometheus got after 2.44."""


def incompatibilities(expr: object) -> Iterator[str]:
    """Yield what Google refuses in a query that parses: each with its reason and remedy."""
    for part in parts(expr):
        match part:
            case syntax.Call() if part.func.name not in FUNCTIONS and part.func.name != "double_exponential_smoothing":
                yield _unknown(part.func.name)
            case syntax.AggregateExpr() if str(part.op) not in AGGREGATIONS:
                yield _unknown(str(part.op))
            case syntax.VectorSelector() if not name_of(part):
                yield (
                    "a selector must name one metric exactly: Cloud Monitoring matches metric names by = alone, so"
                    " write the name, or join several selectors with `or`"
                )
            case _:
                pass


def selectors(expr: object) -> list[syntax.VectorSelector]:
    """Return the selectors of an expression, from left to right."""
    return [part for part in parts(expr) if isinstance(part, syntax.VectorSelector)]


def quantiles_of(expr: object) -> list[str]:
    """Return the names of the metrics that `histogram_quantile` is applied to."""
    return [
        name_of(selector)
        for part in parts(expr)
        if isinstance(part, syntax.Call) and part.func.name == "histogram_quantile"
        for selector in selectors(part.args[1])
    ]


def name_of(selector: syntax.VectorSelector) -> str:
    """Return the metric's name in a selector; empty where it has none, or not by equality."""
    if selector.name:
        return selector.name
    return next((m.value for m in selector.matchers.matchers if m.name == NAME and m.op == syntax.MatchOp.Equal), "")


def _unknown(name: str) -> str:
    return (
        f"unknown function with name {name!r}: Google's PromQL is that of Prometheus 2.44, which does not have it;"
        " leave it out"
    )


def parts(expr: object) -> Iterator[object]:
    """Yield an expression and each of its parts, from left to right."""
    yield expr
    match expr:
        case syntax.MatrixSelector():
            yield from parts(expr.vector_selector)
        case syntax.BinaryExpr():
            yield from parts(expr.lhs)
            yield from parts(expr.rhs)
        case syntax.AggregateExpr():
            if expr.param is not None:
                yield from parts(expr.param)
            yield from parts(expr.expr)
        case syntax.Call():
            for argument in expr.args:
                yield from parts(argument)
        case syntax.ParenExpr() | syntax.UnaryExpr() | syntax.SubqueryExpr():
            yield from parts(expr.expr)
        case _:
            return
