"""Conditions evaluated at several times at once: which series, which values, met or not, or without data."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from promql_parser import BinaryExpr, NumberLiteral, ParenExpr, VectorSelector

from vigil_emulator.alerting.policy import Absence, PromQL, Threshold
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics import filters
from vigil_emulator.metrics.align import Aligned
from vigil_emulator.metrics.objectives import ObjectiveSeries
from vigil_emulator.metrics.reduce import kept
from vigil_emulator.metrics.series import Labels, Numbers, Series, SeriesStore, Times, label_tuple
from vigil_emulator.metrics.series_list import Aggregation, again, aggregated
from vigil_emulator.promql import budget
from vigil_emulator.promql.evaluate import Evaluator, parse
from vigil_emulator.promql.frame import NAME, Frame, Mask, PromQLError
from vigil_emulator.promql.source import StoreSource
from vigil_emulator.times import DAY, MINUTE

FORECAST_VALUES = 3
"""Values without which nothing is forecast."""

_MILLION = 1_000_000
_COMPARISONS = {
    "COMPARISON_GT": np.greater,
    "COMPARISON_GE": np.greater_equal,
    "COMPARISON_LT": np.less,
    "COMPARISON_LE": np.less_equal,
    "COMPARISON_EQ": np.equal,
    "COMPARISON_NE": np.not_equal,
}


@dataclass(frozen=True, slots=True)
class Track:
    """One series of a condition over the evaluation times."""

    metric: str
    metric_labels: Labels
    resource: str
    resource_labels: Labels
    values: Numbers
    present: Mask
    met: Mask

    @property
    def key(self) -> str:
        """What identifies the series within its condition."""
        labels = ",".join(f"{name}={value}" for name, value in (*self.resource_labels, *self.metric_labels))
        return f"{self.resource}|{labels}"


class ConditionEvaluator:
    """Evaluates metric conditions of a project."""

    def __init__(self, store: SeriesStore, objectives: ObjectiveSeries) -> None:
        self._store = store
        self._objectives = objectives

    def promql(self, project: str, test: PromQL, times: Times) -> list[Track]:
        """Return the tracks of a query's series, each met while it is there. Raise PromQLError for a wrong query."""
        if not len(times):
            return []
        source = StoreSource(self._store, project, int(times[-1]))
        step = int(times[1] - times[0]) // _MILLION if len(times) > 1 else 1
        expr = parse(test.query)
        with budget.bounded():
            value = Evaluator(source, int(times[0]) // _MILLION, int(times[-1]) // _MILLION, step).evaluate(expr)
        if not isinstance(value, Frame):
            if isinstance(value, str):
                raise PromQLError("the result of an alert's query must be a vector or a scalar, not a string")
            value = Frame.of([({}, value, np.ones(len(times), dtype=np.bool_))], len(times))
        metric = _only_metric(expr)
        tracks: list[Track] = []
        for labels, values, present in zip(value.labels, value.values, value.present, strict=True):
            own = {name: text for name, text in labels.items() if name not in {NAME, "monitored_resource"}}
            tracks.append(
                Track(
                    labels.get(NAME) or metric,
                    label_tuple({**own, **test.labels}),
                    labels.get("monitored_resource", ""),
                    (),
                    values,
                    present,
                    present,
                )
            )
        return tracks

    def threshold(self, project: str, test: Threshold, times: Times) -> list[Track]:
        """Return the values against the threshold; raise ApiError where the condition is not legal."""
        wanted = len(times)
        if test.horizon and wanted:  # what a forecast is made from lies before
            times = np.concatenate([np.arange(times[0] - test.horizon, times[0], MINUTE, dtype=np.int64), times])
        metric, numerator = self._aggregated(project, test.filter, test.aggregations, times)
        if test.denominator_filter:
            _, denominator = self._aggregated(project, test.denominator_filter, test.denominator_aggregations, times)
            numerator = _ratio(numerator, denominator)
        compare = _COMPARISONS.get(test.comparison)
        if compare is None:
            raise ApiError("INVALID_ARGUMENT", f"{test.comparison} is not a comparison")
        tracks: list[Track] = []
        for item in numerator:
            if not len(item.numbers):
                raise ApiError(
                    "INVALID_ARGUMENT", f"A value of type {item.value_type} cannot be compared with a threshold."
                )
            values = item.numbers
            met = item.present & compare(values, test.value)
            if test.horizon:
                met = met | compare(_forecast(values, item.present, times, test.horizon, wanted), test.value)
                met &= item.present
            kept = slice(len(times) - wanted, None)
            if not item.present[kept].any():
                continue
            tracks.append(
                Track(
                    metric,
                    item.metric_labels,
                    item.resource,
                    item.resource_labels,
                    values[kept],
                    item.present[kept],
                    met[kept],
                )
            )
        return tracks

    def absence(self, project: str, test: Absence, times: Times) -> list[Track]:
        """Return the tracks of series, each met where it had points in the last day and none for the duration."""
        metric, series = self._selected(project, test.filter, times, DAY + test.duration)
        aggregation = test.aggregations[0] if test.aggregations else Aggregation()
        group_by = aggregation.group_by if aggregation.reducer != "REDUCE_NONE" else None
        latest: dict[tuple[Labels, str, Labels], Numbers] = {}
        for item in series:
            columns = item.columns(int(times[-1]))
            # a filled series has zeros after its last entry: its own points tell when data stopped
            ends = np.array(item.ends, dtype=np.int64) if item.filled else columns.ends
            place = np.searchsorted(ends, times, side="right") - 1
            last = np.where(place >= 0, ends[np.maximum(place, 0)] if len(ends) else 0, -1).astype(np.float64)
            key = (item.key.metric_labels, item.key.resource, item.key.resource_labels)
            if group_by is not None:
                key = _grouped(key, group_by)
            latest[key] = np.maximum(latest[key], last) if key in latest else last
        tracks: list[Track] = []
        for (metric_labels, resource, resource_labels), last in latest.items():
            silent = times - last
            known = (last >= 0) & (silent < DAY + test.duration)
            met = known & (silent >= test.duration)
            tracks.append(Track(metric, metric_labels, resource, resource_labels, silent / 1e9, known, met))
        return tracks

    def _selected(self, project: str, filter_text: str, times: Times, back: int) -> tuple[str, list[Series]]:
        """The metric, empty for those of an objective, and the series; `back` ns before the first time matter."""
        expr = filters.parsed(filter_text)
        if len(times):
            end = int(times[-1])
            of_objective = self._objectives.selected(expr, int(times[0]) - back, end, end)
            if of_objective is not None:
                return "", of_objective
        metric = filters.metric_type(expr, filter_text)
        return metric, filters.matching(self._store.of_metric(project, metric), filters.predicate(expr))

    def _aggregated(
        self, project: str, filter_text: str, aggregations: Sequence[Aggregation], times: Times
    ) -> tuple[str, list[Aligned]]:
        back = MINUTE + sum(one.period for one in aggregations)
        metric, series = self._selected(project, filter_text, times, back)
        first = aggregations[0] if aggregations else Aggregation()
        if first.aligner == "ALIGN_NONE":
            # without an aligner, the most recent point of each minute is compared
            first = Aggregation(
                MINUTE, "ALIGN_NEXT_OLDER" if _gauge(series) else "ALIGN_DELTA", first.reducer, first.group_by
            )
        now = int(times[-1])
        if len(aggregations) > 1 and aggregations[1].aligner != "ALIGN_NONE":
            second = aggregations[1]
            # the second aggregation looks back: it needs the first one's values before the evaluation times too
            step = int(times[1] - times[0]) if len(times) > 1 else MINUTE
            earlier = np.arange(int(times[0]) - second.period, int(times[0]), step, dtype=np.int64)
            all_times = np.concatenate([earlier, times])
            found = again(aggregated(series, first, all_times, now), second, all_times)
            return metric, [_tail(item, len(times)) for item in found]
        return metric, aggregated(series, first, times, now)


def _gauge(series: Sequence[object]) -> bool:
    return all(getattr(item, "kind", "GAUGE") == "GAUGE" for item in series)


def _tail(item: Aligned, size: int) -> Aligned:
    return Aligned(
        item.metric_labels,
        item.resource,
        item.resource_labels,
        item.kind,
        item.value_type,
        item.numbers[-size:] if len(item.numbers) else item.numbers,
        item.values[-size:],
        item.present[-size:],
    )


def _ratio(numerator: Sequence[Aligned], denominator: Sequence[Aligned]) -> list[Aligned]:
    """Numerator by denominator with the same labels; one denominator without labels serves all."""
    by_labels = {(d.metric_labels, d.resource, d.resource_labels): d for d in denominator}
    out: list[Aligned] = []
    for item in numerator:
        other = by_labels.get((item.metric_labels, item.resource, item.resource_labels))
        if other is None and len(denominator) == 1:
            other = denominator[0]
        if other is None:
            continue
        both = item.present & other.present & (other.numbers != 0)
        with np.errstate(all="ignore"):
            values = np.where(both, item.numbers / other.numbers, 0.0)
        out.append(
            Aligned(item.metric_labels, item.resource, item.resource_labels, "GAUGE", "DOUBLE", values, [], both)
        )
    return out


def _forecast(values: Numbers, present: Mask, times: Times, horizon: int, wanted: int) -> Numbers:
    """At the last `wanted` times: a straight line through as much of the past as it is read ahead."""
    out = values.copy()
    for index in range(len(times) - wanted, len(times)):
        first = int(np.searchsorted(times, int(times[index]) - horizon, side="right"))
        known = present[first : index + 1]
        if np.count_nonzero(known) < FORECAST_VALUES:
            continue
        ahead = (times[first : index + 1][known] - times[index]) / horizon
        line = np.polynomial.Polynomial.fit(ahead, values[first : index + 1][known], 1)
        out[index] = float(line(1.0))
    return out


def _grouped(key: tuple[Labels, str, Labels], group_by: Sequence[str]) -> tuple[Labels, str, Labels]:
    plain = [name.replace('"', "") for name in group_by]
    metric_names = {name.split(".", 2)[2] for name in plain if name.startswith("metric.label")}
    resource_names = {name.split(".", 2)[2] for name in plain if name.startswith("resource.label")} | {"project_id"}
    metric_labels, resource, resource_labels = key
    return kept(metric_labels, metric_names), resource, kept(resource_labels, resource_names)


def literal_threshold(query: str) -> float | None:
    """Return the number that a query's outermost comparison has on one side, or None."""
    try:
        expr = parse(query)
    except PromQLError:
        return None
    while isinstance(expr, ParenExpr):
        expr = expr.expr
    if isinstance(expr, BinaryExpr) and str(expr.op) in {">", "<", ">=", "<=", "==", "!="}:
        for side in (expr.rhs, expr.lhs):
            if isinstance(side, NumberLiteral):
                return side.val
    return None


def _only_metric(expr: object) -> str:
    names: set[str] = set()

    def visit(node: object) -> None:
        if isinstance(node, VectorSelector):
            names.add(node.name or next((m.value for m in node.matchers.matchers if m.name == NAME), ""))
            return
        for part in ("expr", "lhs", "rhs", "vector_selector"):
            inner = getattr(node, part, None)
            if inner is not None:
                visit(inner)
        for inner in getattr(node, "args", None) or ():
            visit(inner)

    visit(expr)
    return names.pop() if len(names) == 1 else ""
