"""Queries compiled to closures over entries.

`compiled(text)` is kept by text, so that 200 metrics with shared filters cost one compilation. What cannot be
evaluated raises FilterError when the filter is compiled; nothing evaluates to "matches everything" for want of
knowledge.
"""

import hashlib
import ipaddress
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonValue
from vigil_apimodel.lql import Operator
from vigil_emulator import regex
from vigil_emulator.logging import casts, search
from vigil_emulator.logging.agent import SEVERITIES
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.paths import (
    MISSING,
    Found,
    Getter,
    Kind,
    canonical,
    elements,
    getter,
    kind_of,
    presence,
    text_of,
)
from vigil_emulator.numerals import count
from vigil_emulator.times import parse_time

Predicate: TypeAlias = Callable[[Entry], bool]
Test: TypeAlias = Callable[[JsonValue], bool]

_ORDER: dict[Operator, Callable[[float | str, float | str], bool]] = {
    Operator.EQUAL: lambda a, b: a == b,
    Operator.NOT_EQUAL: lambda a, b: a != b,
    Operator.GREATER: lambda a, b: a > b,  # type: ignore[operator] # both sides have the type of the field
    Operator.GREATER_OR_EQUAL: lambda a, b: a >= b,  # type: ignore[operator] # as above
    Operator.LESS: lambda a, b: a < b,  # type: ignore[operator] # as above
    Operator.LESS_OR_EQUAL: lambda a, b: a <= b,  # type: ignore[operator] # as above
    Operator.HAS: lambda a, b: a == b,
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


@lru_cache(maxsize=8192)
def parsed(text: str) -> lql.Expr:
    """Return the filter's syntax tree; raise FilterError where it is not legal."""
    try:
        expr = lql.parse(text)
    except lql.QuerySyntaxError as error:
        raise FilterError(f"Unparseable filter: {error.message} at line {error.line}, column {error.column}") from error
    for path in lql.undefined_fields(expr):
        raise FilterError(f"Field not found: '{'.'.join(path.segments)}'.")
    return expr


@lru_cache(maxsize=8192)
def compiled(text: str) -> Predicate:
    """Return the filter as a function of an entry; raise FilterError where it cannot be evaluated."""
    return compile_expression(parsed(text))


@lru_cache(maxsize=32768)
def compile_expression(expr: lql.Expr) -> Predicate:  # noqa: PLR0911 - one line for each kind of expression
    """Return the expression as a function of an entry; raise FilterError where it cannot be evaluated."""
    match expr:
        case lql.Everything():
            return lambda _: True
        case lql.And(terms):
            unwanted = frozenset(text for term in terms if (text := _unwanted_log(term)) is not None)
            parts = [compile_expression(term) for term in terms if _unwanted_log(term) is None]
            if unwanted:
                parts.insert(0, lambda entry: entry.folded_log_id not in unwanted)
            return parts[0] if len(parts) == 1 else _conjunction(parts)
        case lql.Or(terms):
            return _disjunction([compile_expression(term) for term in terms])
        case lql.Not(term):
            inner = compile_expression(term)
            return lambda entry: not inner(entry)
        case lql.Restriction(text):
            return search.restriction(text)
        case lql.Comparison():
            return _comparison(expr)
        case lql.Call():
            return _predicate(expr)
        case lql.Variable(name):
            raise FilterError(f"${{{name}}} is a variable of a dashboard, which has no value here")


def _unwanted_log(term: lql.Expr) -> str | None:
    """The log of `NOT log_id("...")`, of which `_Default` has six."""
    match term:
        case lql.Not(lql.Call("log_id", (lql.Text(text),))):
            return text.lower()
        case _:
            return None


def _conjunction(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:  # noqa: PLR2004 - the usual number, made fast
        first, second = parts
        return lambda entry: first(entry) and second(entry)
    if len(parts) == 3:  # noqa: PLR2004 - likewise
        one, two, three = parts
        return lambda entry: one(entry) and two(entry) and three(entry)
    return lambda entry: all(part(entry) for part in parts)


def _disjunction(parts: list[Predicate]) -> Predicate:
    if len(parts) == 2:  # noqa: PLR2004 - the usual number, made fast
        first, second = parts
        return lambda entry: first(entry) or second(entry)
    return lambda entry: any(part(entry) for part in parts)


def _path(field: lql.FieldPath) -> tuple[str, ...]:
    path = canonical(field)
    if path is None:
        raise FilterError(f"Field not found: '{'.'.join(field.segments)}'.")
    return path


def _comparison(expr: lql.Comparison) -> Predicate:  # noqa: C901 - the ways to compare, the fast ones first
    if isinstance(expr.field, lql.Call):
        get, kind, default = casts.computed(expr.field, _path)
    else:
        path = _path(expr.field)
        if isinstance(expr.value, lql.Present):
            return presence(path)
        get, kind, default = getter(path), kind_of(path), _DEFAULTS.get(kind_of(path), MISSING)
    if isinstance(expr.value, lql.Present):
        return lambda entry: get(entry) is not MISSING
    if isinstance(expr.value, lql.Null):
        return _null(get, expr.operator)
    if isinstance(expr.value, lql.Call):
        raise FilterError(f"{expr.value.name}(...) on the right of a comparison cannot be evaluated by the emulator")
    value = expr.value.text
    if kind is Kind.TEXT and expr.operator is Operator.EQUAL:
        return _text_equals(get, value.lower())
    if kind in {Kind.DYNAMIC, Kind.LABEL} and expr.operator is Operator.EQUAL and _plain_word(value):
        return _plain_equals(get, value.lower())
    test = _test(kind, expr.operator, value, str(lql.render(expr)))

    def holds(entry: Entry) -> bool:
        found: Found = get(entry)
        if found is MISSING:
            found = default
            if found is MISSING:
                return False
        return any(test(item) for item in elements(found)) if isinstance(found, list) else test(found)

    return holds


_DEFAULTS: dict[Kind, JsonValue] = {Kind.TEXT: "", Kind.NUMBER: 0, Kind.FLAG: False, Kind.DURATION: "0s"}


def _plain_word(value: str) -> bool:
    """Whether a value can equal nothing but a text."""
    return casts.number_of(value) is None and value.lower() not in {"true", "false"}


def _text_equals(get: Getter, wanted: str) -> Predicate:
    def holds(entry: Entry) -> bool:
        found = get(entry)
        if type(found) is str:
            return found.lower() == wanted
        return wanted == "" and found is MISSING

    return holds


def _plain_equals(get: Getter, wanted: str) -> Predicate:
    def holds(entry: Entry) -> bool:
        found = get(entry)
        if type(found) is str:
            return found.lower() == wanted
        return isinstance(found, list) and any(isinstance(i, str) and i.lower() == wanted for i in elements(found))

    return holds


def _null(get: Getter, operator: Operator) -> Predicate:
    if operator in {Operator.EQUAL, Operator.HAS, Operator.NOT_EQUAL}:
        null = operator is not Operator.NOT_EQUAL

        def holds(entry: Entry) -> bool:
            found = get(entry)
            if isinstance(found, list):
                return any((item is None) is null for item in elements(found))
            return found is not MISSING and (found is None) is null

        return holds
    raise FilterError(f"NULL_VALUE has no order: use = or != instead of {operator}")


def _test(kind: Kind, operator: Operator, value: str, shown: str) -> Test:  # noqa: PLR0911 - one line for each kind
    if operator in {Operator.MATCHES, Operator.NOT_MATCHES}:
        return _regex_test(kind, operator, value)
    if kind is Kind.SEVERITY:
        return _ordered(operator, float(_severity(value, shown)), casts.number_of)
    if kind is Kind.TIME:
        return _ordered(operator, _time(value, shown), casts.whole_of)
    if kind is Kind.DURATION:
        wanted = casts.seconds_of(value)
        return _ordered(operator, _needed(wanted, "a duration such as 1.5s", value, shown), casts.seconds_of)
    if kind is Kind.NUMBER:
        return _ordered(operator, _needed(casts.number_of(value), "a number", value, shown), casts.number_of)
    if kind is Kind.FLAG:
        wanted = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}.get(value.lower())
        return _ordered(operator, _needed(wanted, "true or false", value, shown), casts.flag_of)
    return _dynamic_test(operator, value)


def _regex_test(kind: Kind, operator: Operator, pattern: str) -> Test:
    if kind in {Kind.TIME, Kind.DURATION}:
        raise FilterError("a regular expression needs a text: use cast(field, STRING)")
    try:
        find = regex.compiled(pattern).search
    except regex.RegexError as error:
        raise FilterError(str(error)) from error
    wanted = operator is Operator.MATCHES
    names = {number: name for name, number in SEVERITIES.items()}

    def test(found: JsonValue) -> bool:
        if isinstance(found, str):
            return (find(found) is not None) is wanted
        if kind is Kind.SEVERITY:
            return (find(names.get(int(str(found)), "")) is not None) is wanted
        return any(find(text) is not None for text in search.scalars(found)) is wanted

    return test


def _ordered(operator: Operator, wanted: float, convert: Callable[[JsonValue], float | None]) -> Test:
    compare = _ORDER[operator]

    def test(found: JsonValue) -> bool:
        value = convert(found)
        return value is not None and compare(value, wanted)

    return test


def _dynamic_test(operator: Operator, value: str) -> Test:
    folded_value = value.lower()
    as_number, as_flag = casts.number_of(value), {"true": 1.0, "false": 0.0}.get(folded_value)
    compare = _ORDER[operator]
    has = operator is Operator.HAS

    def test(found: JsonValue) -> bool:
        if isinstance(found, str):
            return folded_value in found.lower() if has else compare(found.lower(), folded_value)
        if isinstance(found, bool):
            return as_flag is not None and compare(float(found), as_flag)
        if isinstance(found, (int, float)):
            return as_number is not None and (read := casts.number_of(found)) is not None and compare(read, as_number)
        if isinstance(found, dict):
            return has and any(folded_value in text.lower() for text in search.scalars(found))
        return False

    return test


def _severity(value: str, shown: str) -> int:
    name = value.upper()
    if name in SEVERITIES:
        return SEVERITIES[name]
    number = count(value)
    if number is not None:
        return number
    raise FilterError(f"Unknown severity {value[:40]!r} in {shown}: use one of {', '.join(SEVERITIES)}")


def _time(value: str, shown: str) -> int:
    try:
        return parse_time(f"{value}T00:00:00Z" if _DATE.fullmatch(value) else value)
    except ValueError as error:
        raise FilterError(f"Invalid timestamp in {shown}: {error}") from error


def _needed(value: float | None, noun: str, text: str, shown: str) -> float:
    if value is None:
        raise FilterError(f"Invalid value {text!r} in {shown}: {noun} is needed")
    return value


def _predicate(call: lql.Call) -> Predicate:  # noqa: PLR0911 - one line for each function
    match call.name, call.args:
        case "log_id", (lql.Text(text),):
            wanted = text.lower()
            return lambda entry: entry.folded_log_id == wanted
        case "source", (lql.Text(text),):
            return lambda entry: entry.source == text
        case "source", (lql.FieldPath(segments),):
            owner = ".".join(segments)
            return lambda entry: entry.source == owner
        case "sample", (lql.FieldPath() as field, lql.Text(text)):
            return _sample(getter(_path(field)), float(text))
        case "ip_in_net", (lql.FieldPath() as field, lql.Text(text)):
            return _ip_in_net(getter(_path(field)), text)
        case "search", (lql.Text(text),):
            return search.search(text, None)
        case "search", (lql.FieldPath() as field, lql.Text(text)):
            return search.search(text, getter(_path(field)))
        case _:
            raise FilterError(f"Function {call.name} cannot be evaluated here: {lql.render(call)}")


def _sample(get: Getter, fraction: float) -> Predicate:
    def holds(entry: Entry) -> bool:
        found = get(entry)
        if found is MISSING:
            return False
        digest = hashlib.blake2b(text_of(found).encode(), digest_size=8).digest()
        return int.from_bytes(digest) < fraction * 2**64

    return holds


def _ip_in_net(get: Getter, subnet: str) -> Predicate:
    network = ipaddress.ip_network(subnet, strict=False)

    def holds(entry: Entry) -> bool:
        found = get(entry)
        items = elements(found) if isinstance(found, list) else [found]
        for item in items:
            try:
                if isinstance(item, str) and ipaddress.ip_address(item) in network:
                    return True
            except ValueError:
                continue
        return False

    return holds
