"""AST to text."""

import re

from vigil_apimodel.lql.ast import Argument, Call, Comparison, Expr, FieldPath, Null, Present, Restriction, Text, Value
from vigil_apimodel.syntax import quote
from vigil_apimodel.terms import And, Everything, Not, Or, Variable

_BARE_SEGMENT = re.compile(r"[A-Za-z_@][A-Za-z0-9_@]*\Z")
_WORDS = frozenset({"AND", "OR", "NOT", "NULL_VALUE"})
_UPPER = frozenset({"search", "timezone", "time_zone"})
_BARE_ARGUMENTS = {
    "source": re.compile(r"\w+/[\w-]+\Z", re.ASCII),
    "sample": re.compile(r"\d+(?:\.\d+)?\Z", re.ASCII),
    "cast": re.compile(r"[A-Z]+(?:64)?\Z"),
}
"""Arguments that Google's examples write without quotes."""


def render(expr: Expr) -> str:
    """Return the query as text; `parse(render(expr)) == expr`.

    Values are always quoted. Alternatives for one field become a value group: `severity=("ERROR" OR "CRITICAL")`.
    Other alternatives within a conjunction stand in parentheses, although OR binds tighter anyway.
    """
    match expr:
        case Everything():
            return ""
        case And(terms):
            return " AND ".join(_parenthesised(term, Or) for term in terms)
        case Or(terms):
            return _group(terms) or " OR ".join(_parenthesised(term, And) for term in terms)
        case _:
            return _term(expr)


def path(field: FieldPath) -> str:
    """Return a field's path, with the segments quoted that need it."""
    first, *rest = field.segments
    return ".".join([_segment(first), *map(_segment, rest)])


def _term(expr: Expr) -> str:
    match expr:
        case And() | Or():
            return render(expr)
        case Not(term):
            return f"NOT {_parenthesised(term, And, Or, Not)}"
        case Comparison(field, operator, value):
            left = _call(field) if isinstance(field, Call) else path(field)
            return f"{left}{operator}{_value(value)}"
        case Restriction(text):
            return quote(text)
        case Call():
            return _call(expr)
        case Variable(name):
            return f"${{{name}}}"
        case Everything():
            raise ValueError("the empty query cannot be part of another; leave it out")


def _parenthesised(expr: Expr, *kinds: type[Expr]) -> str:
    text = render(expr)
    grouped = isinstance(expr, Or) and _group(expr.terms) is not None and Not not in kinds
    return f"({text})" if isinstance(expr, kinds) and not grouped else text


def _group(terms: tuple[Expr, ...]) -> str | None:
    """`field=("a" OR "b")`, where all terms compare one field in one way with literals."""
    comparisons = [term for term in terms if isinstance(term, Comparison) and not isinstance(term.value, Present)]
    first = comparisons[0] if comparisons else None
    if first is None or len(comparisons) != len(terms):
        return None
    if any((other.field, other.operator) != (first.field, first.operator) for other in comparisons):
        return None
    left = _call(first.field) if isinstance(first.field, Call) else path(first.field)
    return f"{left}{first.operator}({' OR '.join(_value(term.value) for term in comparisons)})"


def _value(value: Value) -> str:
    match value:
        case Text(text):
            return quote(text)
        case Null():
            return "NULL_VALUE"
        case Present():
            return "*"
        case Call():
            return _call(value)


def _call(call: Call) -> str:
    name = call.name.upper() if call.name in _UPPER else call.name
    bare = _BARE_ARGUMENTS.get(call.name)
    return f"{name}({', '.join(_argument(argument, bare) for argument in call.args)})"


def _argument(argument: Argument, bare: re.Pattern[str] | None) -> str:
    match argument:
        case Text(text) if bare and bare.match(text):
            return text
        case FieldPath():
            return path(argument)
        case Call():
            return _call(argument)
        case Text(text):
            return quote(text)
        case Null():
            return "NULL_VALUE"


def _segment(segment: str) -> str:
    return segment if _BARE_SEGMENT.match(segment) and segment not in _WORDS else quote(segment)
