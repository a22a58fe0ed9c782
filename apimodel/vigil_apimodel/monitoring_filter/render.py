"""AST to text, and filters from code."""

import re

from vigil_apimodel.monitoring_filter.ast import Comparison, Expr, Function, Operator, Selection, Selector, Text
from vigil_apimodel.syntax import quote
from vigil_apimodel.terms import And, Everything, Not, Or, Variable, conjunction

_BARE_SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_WORDS = frozenset({"AND", "OR", "NOT"})


def render(expr: Expr) -> str:  # noqa: PLR0911 - one return for each part
    """Return the filter as text; `parse(render(expr)) == expr`."""
    match expr:
        case Everything():
            return ""
        case And(terms):
            return " AND ".join(_within(term, Or) for term in terms)
        case Or(terms):
            return " OR ".join(_within(term, And) for term in terms)
        case Not(term):
            return f"NOT {_within(term, And, Or, Not)}"
        case Comparison(selector, operator, value):
            return f"{path(selector)} {operator} {_value(value)}"
        case Selection(name, args):
            return _call(name, args)
        case Variable(name):
            return f"${{{name}}}"


def path(selector: Selector) -> str:
    """Return a selector's path, with the segments quoted that need it."""
    return ".".join(
        segment if _BARE_SEGMENT.match(segment) and segment not in _WORDS else quote(segment)
        for segment in selector.segments
    )


def metric(metric_type: str) -> Comparison:
    """Return `metric.type = "..."`."""
    return Comparison(Selector(("metric", "type")), Operator.EQUAL, Text(metric_type))


def resource(resource_type: str) -> Comparison:
    """Return `resource.type = "..."`."""
    return Comparison(Selector(("resource", "type")), Operator.EQUAL, Text(resource_type))


def metric_label(key: str, value: "str | Function", operator: Operator = Operator.EQUAL) -> Comparison:
    """Return `metric.labels.KEY = value`."""
    return Comparison(Selector(("metric", "labels", key)), operator, Text(value) if isinstance(value, str) else value)


def resource_label(key: str, value: "str | Function", operator: Operator = Operator.EQUAL) -> Comparison:
    """Return `resource.labels.KEY = value`."""
    return Comparison(Selector(("resource", "labels", key)), operator, Text(value) if isinstance(value, str) else value)


def all_of(*terms: Expr) -> Expr:
    """Return the filter that holds where all terms do: the term itself for one, the empty filter for none."""
    return conjunction(terms)


def _within(expr: Expr, *kinds: type[Expr]) -> str:
    return f"({render(expr)})" if isinstance(expr, kinds) else render(expr)


def _value(value: Text | Function) -> str:
    return quote(value.text) if isinstance(value, Text) else _call(value.name, value.args)


def _call(name: str, args: tuple[str, ...]) -> str:
    return f"{name}({', '.join(quote(argument) for argument in args)})"
