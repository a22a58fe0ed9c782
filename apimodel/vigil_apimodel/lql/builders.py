"""Queries from code: fields by their dotted path, values as Python has them."""

import re
from collections.abc import Iterable

from vigil_apimodel.lql.ast import Call, Comparison, Expr, FieldPath, Null, Operator, Present, Text, Value
from vigil_apimodel.lql.grammar import SEGMENT
from vigil_apimodel.syntax import unquote
from vigil_apimodel.terms import Everything, Not, Or, conjunction

Scalar = str | int | float | bool | None

_SEGMENT = re.compile(SEGMENT, re.DOTALL)


def field(dotted: str) -> FieldPath:
    """Return a field by its path as a query writes it: `jsonPayload.status`, `labels."x/y"`.

    Raises ValueError where the text is not a path.
    """
    parts = _SEGMENT.findall(dotted)
    if not parts or ".".join(parts) != dotted:
        raise ValueError(f"{dotted!r} is not a field's path: segments with special characters stand in double quotes")
    return FieldPath(tuple(unquote(part) if part[0] == '"' else part for part in parts))


def eq(dotted: str | FieldPath, value: Scalar) -> Comparison:
    """Return `field = value`; None is NULL_VALUE, booleans are `true` and `false`."""
    return compare(dotted, Operator.EQUAL, value)


def ne(dotted: str | FieldPath, value: Scalar) -> Comparison:
    """Return `field != value`, which is false where the field is missing (NOT field = value is true there)."""
    return compare(dotted, Operator.NOT_EQUAL, value)


def has(dotted: str | FieldPath, text: str) -> Comparison:
    """Return `field : text`: the field contains the text, in any letter case."""
    return compare(dotted, Operator.HAS, text)


def matches(dotted: str | FieldPath, pattern: str) -> Comparison:
    """Return `field =~ pattern`: the regular expression (RE2) is found in the field."""
    return compare(dotted, Operator.MATCHES, pattern)


def present(dotted: str | FieldPath) -> Comparison:
    """Return `field:*`: the field is there."""
    return Comparison(_path(dotted), Operator.HAS, Present())


def compare(dotted: str | FieldPath, operator: Operator, value: Scalar) -> Comparison:
    """Return any comparison of a field with a value."""
    return Comparison(_path(dotted), operator, _value(value))


def log_id(name: str) -> Call:
    """Return `log_id("run.googleapis.com/stdout")`: entries of that log, its name not URL-encoded."""
    return Call("log_id", (Text(name),))


def all_of(*terms: Expr | Iterable[Expr]) -> Expr:
    """Return the query that holds where all terms do: the term itself for one, the empty query for none."""
    return conjunction(_terms(terms))


def any_of(*terms: Expr | Iterable[Expr]) -> Expr:
    """Return the query that holds where at least one term does. Raises ValueError for no term."""
    kept = tuple(_terms(terms))
    if not kept:
        raise ValueError("any_of() needs at least one term: a query that nothing matches cannot be written")
    if any(isinstance(term, Everything) for term in kept):
        return Everything()
    return kept[0] if len(kept) == 1 else Or(kept)


def none_of(*terms: Expr | Iterable[Expr]) -> Expr:
    """Return the query that holds where no term does."""
    return Not(any_of(*terms))


def _terms(terms: Iterable[Expr | Iterable[Expr]]) -> Iterable[Expr]:
    for term in terms:
        if isinstance(term, Iterable):
            yield from term
        else:
            yield term


def _path(dotted: str | FieldPath) -> FieldPath:
    return dotted if isinstance(dotted, FieldPath) else field(dotted)


def _value(value: Scalar) -> Value:
    if value is None:
        return Null()
    if isinstance(value, bool):
        return Text("true" if value else "false")
    return Text(str(value))
