"""Monitoring filters evaluated on series.

Grammar: vigil_apimodel.monitoring_filter; meaning: docs.cloud.google.com/monitoring/api/v3/filters. A filter names
exactly one metric type where time series are listed.
"""

import re
from collections.abc import Callable
from typing import TypeAlias

from vigil_apimodel import monitoring_filter as mf
from vigil_emulator import regex
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.series import Series, SeriesKey
from vigil_emulator.numerals import real

_UNFIT = re.compile(r"[^A-Za-z0-9_]")

Test: TypeAlias = Callable[[SeriesKey], bool]


def parsed(text: str, *, field: str = "filter") -> mf.Expr:
    """Return the filter's tree; raise ApiError where it is not legal."""
    try:
        return mf.parse(text)
    except mf.QuerySyntaxError as error:
        raise ApiError(
            "INVALID_ARGUMENT", f'Field {field} had an invalid value of "{text}": {error.message}'
        ) from error


def metric_type(expr: mf.Expr, text: str, *, field: str = "filter") -> str:
    """Return the one metric type of a filter; raise ApiError where there is not exactly one."""
    found = mf.metric_types(expr)
    if len(found) != 1:
        raise ApiError(
            "INVALID_ARGUMENT",
            f'Field {field} had an invalid value of "{text}": The filter must specify exactly one metric.type by '
            "equality.",
        )
    return found[0]


def predicate(expr: mf.Expr) -> Test:
    """Return the filter as a function of a series key; raise ApiError for what cannot be evaluated."""
    match expr:
        case mf.Everything():
            return lambda _: True
        case mf.And(terms):
            parts = [predicate(term) for term in terms]
            return lambda key: all(part(key) for part in parts)
        case mf.Or(terms):
            parts = [predicate(term) for term in terms]
            return lambda key: any(part(key) for part in parts)
        case mf.Not(term):
            inner = predicate(term)
            return lambda key: not inner(key)
        case mf.Comparison(selector, operator, value):
            return _comparison(selector.segments, operator, value)
        case mf.Selection(name):
            raise ApiError("UNIMPLEMENTED", f"The selector {name} is not evaluated by the emulator.")
        case mf.Variable(name):
            raise ApiError("INVALID_ARGUMENT", f"${{{name}}} is a variable of a dashboard, which has no value here.")


def matching(series: list[Series], test: Test) -> list[Series]:
    """Return the series that a filter selects."""
    return [item for item in series if test(item.key)]


def _comparison(segments: tuple[str, ...], operator: mf.Operator, value: "mf.Text | mf.Function") -> Test:
    get = _getter(segments)
    holds = _function(value) if isinstance(value, mf.Function) else _text(operator, value.text)
    negated = operator is mf.Operator.NOT_EQUAL and isinstance(value, mf.Function)

    def test(key: SeriesKey) -> bool:
        found = get(key)
        if found is None:
            return operator is mf.Operator.NOT_EQUAL
        return holds(found) is not negated

    return test


def _getter(segments: tuple[str, ...]) -> Callable[[SeriesKey], str | None]:  # noqa: PLR0911 - one line for each field
    match segments:
        case ("metric", "type"):
            return lambda key: key.metric
        case ("resource", "type"):
            return lambda key: key.resource
        case ("project",):
            return lambda key: key.project
        case ("metric", "labels", name):
            return lambda key: next((value for label, value in key.metric_labels if label == name), None)
        case ("resource", "labels", name):
            return lambda key: next((value for label, value in key.resource_labels if label == name), None)
        case ("metadata", "system_labels" | "user_labels" as part, *names):
            wanted = metadata_label(part, ".".join(names))
            return lambda key: next(
                (value for label, value in (*key.metric_labels, *key.resource_labels) if label == wanted), None
            )
        case ("metadata", *_):
            return lambda _: None
        case _:
            raise ApiError("UNIMPLEMENTED", f"The emulator does not select series by {'.'.join(segments)}.")


def metadata_label(part: str, name: str) -> str:
    """Return the label of a series for metadata, as PromQL has it: `metadata_system_NAME`, `metadata_user_NAME`.

    Source: docs.cloud.google.com/monitoring/promql/promql-mapping.
    """
    return f"metadata_{part.removesuffix('_labels')}_{_UNFIT.sub('_', name)}"


def _text(operator: mf.Operator, text: str) -> Callable[[str], bool]:
    match operator:
        case mf.Operator.EQUAL:
            return lambda found: found == text
        case mf.Operator.NOT_EQUAL:
            return lambda found: found != text
        case mf.Operator.HAS:
            return lambda found: text in found
        case _:
            return _ordered(operator, text)


def _ordered(operator: mf.Operator, text: str) -> Callable[[str], bool]:
    wanted = real(text)
    if wanted is None:
        raise ApiError("INVALID_ARGUMENT", f"{operator} needs a number, not {text[:40]!r}.")
    compare: dict[mf.Operator, Callable[[float], bool]] = {
        mf.Operator.GREATER: lambda found: found > wanted,
        mf.Operator.GREATER_OR_EQUAL: lambda found: found >= wanted,
        mf.Operator.LESS: lambda found: found < wanted,
        mf.Operator.LESS_OR_EQUAL: lambda found: found <= wanted,
    }

    def test(found: str) -> bool:
        number = real(found)
        return number is not None and compare[operator](number)

    return test


def _function(function: mf.Function) -> Callable[[str], bool]:
    name, args = function.name, function.args
    match name:
        case "starts_with":
            return lambda found: found.startswith(args[0])
        case "ends_with":
            return lambda found: found.endswith(args[0])
        case "has_substring":
            return lambda found: args[0] in found
        case "one_of":
            return lambda found: found in args
        case "monitoring.regex.full_match":
            try:
                compiled = regex.compiled(args[0])
            except regex.RegexError as error:
                raise ApiError("INVALID_ARGUMENT", str(error)) from error
            return lambda found: compiled.fullmatch(found) is not None
        case _:
            raise ApiError("UNIMPLEMENTED", f"The emulator does not evaluate {name}(...) in filters.")
