"""What a filter says of metric and resource, for those who check or describe it."""

from collections.abc import Iterator

from vigil_apimodel.monitoring_filter.ast import Comparison, Expr, Operator, Selection, Selector, Text
from vigil_apimodel.terms import And, Not, Or

_METRIC = Selector(("metric", "type"))
_RESOURCE = Selector(("resource", "type"))


def comparisons(expr: Expr) -> Iterator[Comparison]:
    """Return all comparisons of the filter, in order."""
    match expr:
        case And(terms) | Or(terms):
            for term in terms:
                yield from comparisons(term)
        case Not(term):
            yield from comparisons(term)
        case Comparison():
            yield expr
        case _:
            return


def selections(expr: Expr) -> Iterator[Selection]:
    """Return all time-series selectors of the filter, in order."""
    match expr:
        case And(terms) | Or(terms):
            for term in terms:
                yield from selections(term)
        case Not(term):
            yield from selections(term)
        case Selection():
            yield expr
        case _:
            return


def metric_types(expr: Expr) -> tuple[str, ...]:
    """Return the metric types that the filter names literally."""
    return _literal(expr, _METRIC)


def resource_types(expr: Expr) -> tuple[str, ...]:
    """Return the resource types that the filter names literally."""
    return _literal(expr, _RESOURCE)


def selects(expr: Expr, *segments: str) -> bool:
    """Return whether the filter compares the selector at all, in whatever way."""
    return any(comparison.selector.segments == segments for comparison in comparisons(expr))


def _literal(expr: Expr, selector: Selector) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            comparison.value.text
            for comparison in comparisons(expr)
            if comparison.selector == selector
            and comparison.operator is Operator.EQUAL
            and isinstance(comparison.value, Text)
        )
    )
