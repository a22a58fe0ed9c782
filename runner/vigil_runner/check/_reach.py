"""Thresholds that no value can cross, or that every value crosses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel import promql
from vigil_apimodel.rules.conditions import of_kind
from vigil_apimodel.rules.filters import parsed
from vigil_apimodel.rules.inputs import literal, mapping, messages, number, present

_ABOVE = "COMPARISON_GT"
_BELOW = "COMPARISON_LT"
_FRACTIONS: Final = frozenset({"ALIGN_FRACTION_TRUE", "REDUCE_FRACTION_TRUE"})
_COUNTS: Final = frozenset({"ALIGN_COUNT", "REDUCE_COUNT"})
_NOT_NEGATIVE: Final = frozenset(
    {"ALIGN_COUNT_TRUE", "ALIGN_COUNT_FALSE", "REDUCE_COUNT_TRUE", "REDUCE_COUNT_FALSE", "ALIGN_RATE", "ALIGN_STDDEV"}
)
_KEEPS_RANGE: Final = frozenset(
    {
        *(f"ALIGN_{each}" for each in ("MEAN", "MIN", "MAX", "NEXT_OLDER", "INTERPOLATE", "NONE")),
        *(f"ALIGN_PERCENTILE_{each}" for each in ("05", "50", "95", "99")),
        *(f"REDUCE_{each}" for each in ("MEAN", "MIN", "MAX", "NONE")),
        *(f"REDUCE_PERCENTILE_{each}" for each in ("05", "50", "95", "99")),
        "",
    }
)
"""Aligners and reducers whose result lies where the values lie."""


@dataclass(frozen=True, slots=True)
class _Range:
    """Where a metric's values lie."""

    highest: float
    percent: bool
    source: str


_GCP = "https://cloud.google.com/monitoring/api/metrics_gcp"
RANGES: Final[Mapping[str, _Range]] = {
    **{
        f"cloudsql.googleapis.com/database/{each}/utilization": _Range(1, False, _GCP)
        for each in ("cpu", "memory", "disk")
    },
    "compute.googleapis.com/instance/cpu/utilization": _Range(10, False, _GCP),
    "redis.googleapis.com/stats/memory/usage_ratio": _Range(1, False, _GCP),
    "run.googleapis.com/container/cpu/utilizations": _Range(1, False, _GCP),
    "run.googleapis.com/container/memory/utilizations": _Range(1, False, _GCP),
    **{
        f"kubernetes.io/container/{each}/limit_utilization": _Range(10, False, f"{_GCP}_kubernetes")
        for each in ("cpu", "memory")
    },
    **{
        f"kubernetes.io/node/{each}/allocatable_utilization": _Range(10, False, f"{_GCP}_kubernetes")
        for each in ("cpu", "memory")
    },
    "agent.googleapis.com/cpu/utilization": _Range(
        100, True, "https://cloud.google.com/monitoring/api/metrics_opsagent"
    ),
    "agent.googleapis.com/memory/percent_used": _Range(
        100, True, "https://cloud.google.com/monitoring/api/metrics_opsagent"
    ),
    "agent.googleapis.com/disk/percent_used": _Range(
        100, True, "https://cloud.google.com/monitoring/api/metrics_opsagent"
    ),
}
"""Metrics whose values are a share: the highest that they take, and whether they are in per cent.

Some exceed 1 for moments (a shared-core machine bursts); their bound is ten times as high, which no share reaches.
"""


def unreachable(inputs: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield field and message of each threshold of a policy that no value can cross."""
    for place, condition in of_kind(inputs, "conditionThreshold"):
        value = number(condition, "thresholdValue") or 0.0
        comparison = literal(condition, "comparison") or _ABOVE
        field = f"{place}.thresholdValue"
        if present(condition, "forecastOptions"):
            continue
        if present(condition, "denominatorFilter"):
            if comparison == _ABOVE and value >= 1 and _is_part(condition):
                yield field, f"a part of the whole is never more than 1, {value:g} cannot be reached: write a share"
            continue
        found = _by_steps(condition, comparison, value) or _by_metric(condition, comparison, value)
        if found is not None:
            yield field, found
    for place, condition in of_kind(inputs, "conditionPrometheusQueryLanguage"):
        query = literal(condition, "query") or ""
        try:
            expr = promql.parse(query)
        except promql.QueryError:
            continue
        yield from ((f"{place}.query", wrong) for wrong in promql.unreachable(expr))


def _steps(condition: Mapping[str, object], key: str = "aggregations") -> list[str]:
    return [
        step
        for _, each in messages(condition, key)
        for step in (literal(each, "perSeriesAligner"), literal(each, "crossSeriesReducer"))
        if step and step != "REDUCE_NONE"
    ]


def _by_steps(condition: Mapping[str, object], comparison: str, value: float) -> str | None:
    """What the last aligner or reducer makes impossible."""
    steps = _steps(condition)
    last = steps[-1] if steps else ""
    if last in _FRACTIONS:
        if comparison == _ABOVE and value >= 1:
            return f"{last} gives 0 to 1, more than {value:g} cannot be reached: write a share such as 0.9"
        if comparison == _BELOW and value <= 0:
            return f"{last} gives 0 to 1, less than {value:g} cannot be reached: write a share such as 0.1"
    if last in _COUNTS and comparison == _BELOW and value <= 1:
        return f"{last} counts what is there, so it is never less than 1: use a condition for absence"
    if comparison == _BELOW and value <= 0 and any(step in _NOT_NEGATIVE for step in steps) and _keeps_sign(steps):
        return f"{last} is never negative, less than {value:g} cannot be reached: write a number above 0"
    return None


def _keeps_sign(steps: list[str]) -> bool:
    return all(step in _NOT_NEGATIVE | _KEEPS_RANGE | {"REDUCE_SUM", "ALIGN_SUM", "REDUCE_COUNT"} for step in steps)


def _by_metric(condition: Mapping[str, object], comparison: str, value: float) -> str | None:
    """What the metric's own range makes impossible."""
    expr = parsed(condition)
    types = mf.metric_types(expr) if expr is not None else ()
    metric = types[0] if len(types) == 1 else ""
    known = RANGES.get(metric)
    if known is None or not all(step in _KEEPS_RANGE for step in _steps(condition)):
        return None
    if comparison == _ABOVE and value >= known.highest:
        unit = "per cent" if known.percent else "a share of 1"
        wanted = f"{value:g}" if known.percent else f"{value / 100:g}"
        return f"{metric} is {unit}, more than {value:g} cannot be reached: write {wanted if not known.percent else 90}"
    if comparison == _ABOVE and known.percent and 0 < value < 1:
        return f"{metric} is in per cent, {value:g} is crossed by nearly every value: write {value * 100:g}"
    if comparison == _BELOW and value <= 0:
        return f"{metric} is never negative, less than {value:g} cannot be reached: write a number above 0"
    return None


def _is_part(condition: Mapping[str, object]) -> bool:
    """Whether the numerator selects a part of the denominator's series, reduced in the same way."""
    part, whole = parsed(condition), parsed(condition, "denominatorFilter")
    if (
        part is None
        or whole is None
        or mapping(condition, "aggregations") != mapping(condition, "denominatorAggregations")
    ):
        return False
    terms = _terms(part)
    return all(term in terms for term in _terms(whole))


def _terms(expr: mf.Expr) -> tuple[mf.Expr, ...]:
    return expr.terms if isinstance(expr, mf.And) else (expr,)
