"""The series that a monitoring filter selects, and those that a PromQL query reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import promql_parser as syntax

from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel import promql
from vigil_apimodel.metrics import BY_PROMQL, EVERY_LABEL, METRICS, RESOURCES
from vigil_emulator.metrics.filters import metadata_label
from vigil_emulator.metrics.series_list import Aggregation
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.promql.frame import PromQLError
from vigil_proofs.unit.derive._reason import CannotInvertError
from vigil_proofs.unit.derive._text import matching

_GROWING = frozenset({"rate", "increase", "irate", "resets"})
_PARTS = ("_bucket", "_sum", "_count")
_OF_TRUTH = ("_TRUE", "_FALSE")
"""How aligners and reducers end that take what is true or false."""
_OF_CHANGE = frozenset({
    "changes", "delta", "deriv", "double_exponential_smoothing", "holt_winters", "idelta", "mad_over_time", "resets",
    "stddev_over_time", "stdvar_over_time",
})  # fmt: skip
_OF_TIME = frozenset({
    "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "time", "timestamp",
    "year",
})  # fmt: skip
_OF_NUMBER = frozenset({"count", "count_values", "group", "quantile", "stddev", "stdvar"})
LOOKBACK = 300
"""Seconds that a selector without a window looks back."""
OTHER = "other"
"""A value that no filter names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A series that the condition reads."""

    metric: str
    """A metric type, or a name of Prometheus."""
    labels: dict[str, str]
    """Labels; those of the resource begin with `resource.`."""
    resource: str = ""
    kind: str = "GAUGE"
    value_type: str = "DOUBLE"
    group: tuple[str, ...] = ()
    """Labels by which the condition tells series apart."""
    literals: tuple[float, ...] = field(default=())
    """Numbers that the condition compares with."""


def of_filter(text: str, aggregations: Sequence[Aggregation]) -> Wanted:
    """Return a series that a monitoring filter selects. Raises CannotInvertError."""
    try:
        expr = mf.parse(text)
    except mf.QuerySyntaxError as error:
        raise CannotInvertError(f"the filter cannot be read: {error}") from error
    found: dict[tuple[str, ...], str] = {}
    _satisfy(expr, found, holds=True)
    metric, resource = found.pop(("metric", "type"), ""), found.pop(("resource", "type"), "")
    found.pop(("project",), None)
    if not metric:
        raise CannotInvertError("the filter names no metric type by equality")
    labels = {_label(segments): value for segments, value in found.items()}
    kind, value_type = _kind_of(metric, aggregations)
    known = METRICS.get(metric)
    resource = resource or (known.resources[0] if known is not None and known.resources else "")
    return Wanted(
        metric=metric,
        labels=labels,
        resource=resource,
        kind=kind,
        value_type=value_type,
        group=tuple(dict.fromkeys(_groups(aggregations, metric, resource))),
    )


def _label(segments: tuple[str, ...]) -> str:
    match segments:
        case ("metric", "labels", name):
            return name
        case ("resource", "labels", name):
            return f"resource.{name}"
        case ("metadata", "system_labels" | "user_labels" as part, *names):
            return metadata_label(part, ".".join(names))
        case _:
            raise CannotInvertError(f"the emulator's series have no {'.'.join(segments)}")


def _groups(aggregations: Sequence[Aggregation], metric: str, resource: str) -> Iterator[str]:
    """The labels that aggregations keep; those that `*` stands for, as far as the constants know them."""
    of_metric, of_resource = METRICS.get(metric), RESOURCES.get(resource)
    every = {
        "metric": [each.key for each in of_metric.labels] if of_metric is not None else [],
        "resource": list(of_resource.labels) if of_resource is not None else [],
    }
    for one in aggregations:
        if one.reducer == "REDUCE_NONE":
            continue
        for name in one.group_by or ():
            owner, _, label = name.replace('"', "").partition(".")
            key = label.partition(".")[2]
            for each in every.get(owner, []) if key == EVERY_LABEL else [key]:
                if each and owner == "metric":
                    yield each
                elif each and owner == "resource" and each != "project_id":
                    yield f"resource.{each}"


def _satisfy(expr: mf.Expr, found: dict[tuple[str, ...], str], *, holds: bool) -> None:
    """Add what makes the expression hold, or not hold."""
    match expr:
        case mf.And(terms) | mf.Or(terms):
            every = isinstance(expr, mf.And) is holds
            for term in terms if every else terms[:1]:
                _satisfy(term, found, holds=holds)
        case mf.Not(term):
            _satisfy(term, found, holds=not holds)
        case mf.Comparison(selector, operator, value):
            text = _value(operator, value, holds=holds)
            if text is not None:
                found.setdefault(selector.segments, text)
        case mf.Selection(name):
            raise CannotInvertError(f"{name}(...) reads an SLO, whose series are not in the policy")
        case mf.Variable(name):
            raise CannotInvertError(f"${{{name}}} is a variable of a dashboard")
        case mf.Everything():
            return


def _value(operator: mf.Operator, value: "mf.Text | mf.Function", *, holds: bool) -> str | None:  # noqa: PLR0911 - one for each form
    if (operator is mf.Operator.NOT_EQUAL) is holds:
        return OTHER
    if isinstance(value, mf.Text):
        match operator:
            case mf.Operator.GREATER | mf.Operator.GREATER_OR_EQUAL:
                return str(int(float(value.text)) + (1 if holds else -1))
            case mf.Operator.LESS | mf.Operator.LESS_OR_EQUAL:
                return str(int(float(value.text)) - (1 if holds else -1))
            case _:
                return value.text if holds or operator is mf.Operator.NOT_EQUAL else OTHER
    if not holds and operator is not mf.Operator.NOT_EQUAL:
        return OTHER
    match value.name:
        case "starts_with":
            return f"{value.args[0]}a"
        case "ends_with":
            return f"a{value.args[0]}"
        case "has_substring" | "one_of":
            return value.args[0]
        case "monitoring.regex.full_match":
            return matching(value.args[0])
        case _:
            raise CannotInvertError(f"{value.name}(...) in a filter is not evaluated by the emulator")


def _kind_of(metric: str, aggregations: Sequence[Aggregation]) -> tuple[str, str]:
    """Kind and value type: the metric's own where it is known, otherwise what the aligner takes."""
    known = METRICS.get(metric)
    if known is not None:
        return known.kind.value, known.value_type.value
    first = aggregations[0] if aggregations else Aggregation()
    distribution = "PERCENTILE" in first.aligner or ("DELTA" in first.aligner and "PERCENTILE" in first.reducer)
    if distribution:
        return "DELTA", "DISTRIBUTION"
    if first.aligner in {"ALIGN_RATE", "ALIGN_DELTA", "ALIGN_SUM"}:
        return "DELTA", "DOUBLE"
    if first.aligner.endswith(_OF_TRUTH) or first.reducer.endswith(_OF_TRUTH):
        return "GAUGE", "BOOL"
    if metric.startswith("logging.googleapis.com/"):
        return "DELTA", "INT64"
    return "GAUGE", "DOUBLE"


@dataclass(frozen=True, slots=True)
class Query:
    """What a PromQL query reads."""

    wanted: tuple[Wanted, ...]
    window: int
    """How far it looks back, in seconds."""
    shortest: int
    """Its shortest window, in seconds."""
    shifted: bool
    """Whether it compares with the past by an offset."""
    untried: str = ""
    """What it depends on beside the level of its series, in words: that alone may decide."""


def of_query(text: str) -> Query:
    """Return the series that a query reads, and how far back. Raises CannotInvertError."""
    try:
        expr = parse(text)
    except PromQLError as error:
        raise CannotInvertError(f"the query cannot be read: {error}") from error
    selectors = list(_selectors(expr, "", 0))
    if not selectors:
        raise CannotInvertError("the query reads no metric")
    groups = tuple(dict.fromkeys(name for name in _grouping(expr) if name not in {"le", "monitored_resource"}))
    literals = tuple(dict.fromkeys(_literals(expr)))
    found: list[Wanted] = []
    for selector, function, _ in selectors:
        made = _of_selector(selector, function, groups, literals)
        if made not in found:
            found.append(made)
    window = max(back or LOOKBACK for _, _, back in selectors)
    shortest = min((back for _, _, back in selectors if back), default=LOOKBACK)
    shifted = any(selector.offset for selector, _, _ in selectors)
    return Query(tuple(found), max(window, 60), shortest, shifted, _untried(set(_functions(expr))))


def _untried(functions: set[str]) -> str:
    """What the result of these functions depends on that levels of one series do not show."""
    for known, dependence in (
        (_OF_TIME, "on the time"),
        (_OF_CHANGE, "on how values change"),
        (_OF_NUMBER, "on several series"),
    ):
        if used := sorted(functions & known):
            return beside_levels(used[0], dependence)
    return ""


def beside_levels(step: str, dependence: str) -> str:
    """Return why a condition that no level fires may fire nevertheless."""
    return f"{step} depends {dependence}, and only levels of its series were tried"


def _of_selector(
    selector: syntax.VectorSelector, function: str, groups: tuple[str, ...], literals: tuple[float, ...]
) -> Wanted:
    labels: dict[str, str] = {}
    name = selector.name or ""
    unset: set[str] = set()
    for matcher in selector.matchers.matchers:
        value = _matched(matcher)
        if matcher.name == "__name__":
            name = value or name
        elif value:
            labels["resource.project_id" if matcher.name == "project_id" else matcher.name] = value
        elif matcher.op == syntax.MatchOp.Equal:
            unset.add(matcher.name)
    if not name:
        raise CannotInvertError("a selector of the query names no metric")
    resource = labels.pop("monitored_resource", "")
    plain, type_ = name, "DOUBLE"
    if name.endswith("_bucket"):
        plain, type_ = name.removesuffix("_bucket"), "DISTRIBUTION"
    known = BY_PROMQL.get(plain) or METRICS.get(plain)
    for part in _PARTS:
        if known is None and plain.endswith(part):
            known = BY_PROMQL.get(plain.removesuffix(part))
    if known is not None:
        kind, type_, plain = known.kind.value, known.value_type.value, known.type
        resource = resource or (known.resources[0] if known.resources else "")
    else:
        kind = "CUMULATIVE" if function in _GROWING or type_ == "DISTRIBUTION" else "GAUGE"
    return Wanted(
        metric=plain,
        labels=labels,
        resource=resource,
        kind=kind,
        value_type=type_,
        group=tuple(each for each in groups if each not in labels and each not in unset),
        literals=literals,
    )


def _matched(matcher: syntax.Matcher) -> str:
    """A value that the matcher takes; empty where no label does."""
    if matcher.op == syntax.MatchOp.Equal:
        return matcher.value
    if matcher.op == syntax.MatchOp.Re:
        return matching(matcher.value)
    if matcher.op == syntax.MatchOp.NotEqual:
        return OTHER if not matcher.value else ""
    return OTHER if matcher.value in {"", ".*", ".+"} else ""


def _selectors(expr: object, function: str, back: int) -> "Iterator[tuple[syntax.VectorSelector, str, int]]":
    """Each selector with the function around it, and how far back in seconds it looks.

    Both come from the parts around the selector, which `promql.parts` does not show.
    """
    match expr:
        case syntax.VectorSelector():
            yield expr, function, back + int(expr.offset.total_seconds() if expr.offset else 0)
        case syntax.MatrixSelector():
            span = int(expr.range.total_seconds()) if expr.range else 0
            yield from _selectors(expr.vector_selector, function, back + span)
        case syntax.SubqueryExpr():
            offset = int(expr.offset.total_seconds() if expr.offset else 0)
            yield from _selectors(
                expr.expr, function, back + int(expr.range.total_seconds() if expr.range else 0) + offset
            )
        case syntax.BinaryExpr():
            yield from _selectors(expr.lhs, function, back)
            yield from _selectors(expr.rhs, function, back)
        case syntax.AggregateExpr() | syntax.ParenExpr() | syntax.UnaryExpr():
            yield from _selectors(expr.expr, function, back)
        case syntax.Call():
            for argument in expr.args:
                yield from _selectors(argument, expr.func.name, back)
        case _:
            return


def _functions(expr: object) -> Iterator[str]:
    """The names of functions and aggregations."""
    for part in promql.parts(expr):
        if isinstance(part, syntax.AggregateExpr):
            yield str(part.op)
        elif isinstance(part, syntax.Call):
            yield part.func.name


def _grouping(expr: object) -> Iterator[str]:
    """The labels that aggregations keep."""
    modifiers = (part.modifier for part in promql.parts(expr) if isinstance(part, syntax.AggregateExpr))
    for modifier in modifiers:
        if modifier is not None and modifier.type == syntax.AggModifierType.By:
            yield from modifier.labels


def _literals(expr: object) -> Iterator[float]:
    """The numbers in the query; the parser makes one of `-5`."""
    return (part.val for part in promql.parts(expr) if isinstance(part, syntax.NumberLiteral))


def placed(wanted: Wanted, member: str) -> dict[str, str]:
    """Return the labels of one member: those that the condition groups by have different values."""
    own = {name: f"{name.removeprefix('resource.').replace('_', '-')}-{member}" for name in wanted.group}
    of_resource = RESOURCES.get(wanted.resource)
    taken = {key.removeprefix("resource.") for key in (*wanted.labels, *own)}
    filled = {
        f"resource.{key}": key.replace("_", "-")
        for key in (of_resource.labels if of_resource and "/" in wanted.metric else ())
        if key not in taken and key != "project_id"
    }
    return {**filled, **own, **wanted.labels}
