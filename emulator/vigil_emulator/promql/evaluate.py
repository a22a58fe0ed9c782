"""The evaluator: PromQL's syntax tree (promql-parser) over all steps of a query at once.

Semantics are those of Prometheus 2.44, which Google names as its own, with the differences that Google documents
(docs/emulator-promql.md): closed ranges and look-back, extrapolated rates, subqueries on absolute steps.
What is not implemented raises PromQLError by name; nothing is guessed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TypeAlias, cast

import numpy as np
import promql_parser as syntax

from vigil_apimodel import promql
from vigil_emulator.promql import aggregate, binary, budget, functions, histogram, windows
from vigil_emulator.promql.frame import (
    NAME,
    Frame,
    Labels,
    Mask,
    Numbers,
    PromQLError,
    Samples,
    Source,
    Times,
    without_name,
)

LOOKBACK = 300_000
"""Milliseconds that an instant selector looks back for a sample (Prometheus' default)."""

DEFAULT_SUBQUERY_STEP = 60_000
"""Step of `[1h:]`: Prometheus' default evaluation interval."""

MAXIMUM_STEPS = 11_000
"""Points of a series in one range query (Prometheus' limit)."""

MAXIMUM_SUBQUERY_STEPS = 10_000_000
"""Steps of a subquery; Prometheus refuses in the same words above 50,000,000 samples of all series together."""

Evaluated: TypeAlias = "Frame | Numbers | str"


@lru_cache(maxsize=4096)
def parse(query: str) -> syntax.Expr:
    """Return the syntax tree; raise PromQLError where the query does not parse or Google refuses what it has."""
    try:
        expr = promql.parse(query)
    except promql.QueryError as error:
        raise PromQLError(str(error)) from error
    for wrong in promql.incompatibilities(expr):
        raise PromQLError(wrong)
    return expr


@dataclass(frozen=True, slots=True)
class Range:
    """A range vector: the series, and where each step's window ends."""

    samples: Sequence[Samples]
    ends: Times
    span: int
    selector: "syntax.VectorSelector | None"


class Evaluator:
    """Evaluates expressions at steps of one query."""

    def __init__(
        self, source: Source, start: int, end: int, step: int, *, widened: bool = False, left_open: bool = False
    ) -> None:
        """Times in milliseconds; `step` is ignored where start and end are one.

        `widened` has counter functions look back a whole step at least, as in Google's range queries. `left_open`
        takes windows as Prometheus 3 does, without their first millisecond: to compare with it.
        """
        self._source = source
        self._widened = widened
        self._left_open = left_open
        self._start, self._end = start, end
        self._step = max(step, 1) if end > start else 0
        self._times: Times = np.arange(start, end + 1, max(step, 1), dtype=np.int64)

    @property
    def times(self) -> Times:
        """Times of the steps."""
        return self._times

    def evaluate(self, expr: syntax.Expr) -> Evaluated:
        """Return the value at each step; raise PromQLError for what cannot be evaluated or exceeds the budget."""
        value = self._evaluate(expr)
        if isinstance(value, Frame):
            budget.samples(len(value.labels), value.steps)
        else:
            budget.work(len(self._times))
        return value

    def _evaluate(self, expr: syntax.Expr) -> Evaluated:  # noqa: PLR0911 - one line for each kind of expression
        match expr:
            case syntax.NumberLiteral():
                return np.full(len(self._times), expr.val)
            case syntax.StringLiteral():
                return expr.val
            case syntax.ParenExpr():
                return self.evaluate(expr.expr)
            case syntax.UnaryExpr():
                value = self.evaluate(expr.expr)
                return value.mapped(np.negative) if isinstance(value, Frame) else -self._numbers(value)
            case syntax.VectorSelector():
                return self._instant(expr)
            case syntax.BinaryExpr():
                return self._binary(expr)
            case syntax.AggregateExpr():
                return self._aggregate(expr)
            case syntax.Call():
                return self._call(expr)
            case _:
                raise PromQLError("a range vector is only possible as the argument of a function")

    def _shifted(self, offset: timedelta | None, at: "syntax.AtModifier | None") -> Times:
        times = self._times
        if at is not None:
            fixed = self._start if at.type == syntax.AtModifierType.Start else self._end
            if at.at is not None:
                fixed = round(at.at.timestamp() * 1000)
            times = np.full_like(times, fixed)
        return times - _milliseconds(offset)

    def _lookups(self, selector: syntax.VectorSelector) -> list[tuple[Labels, Samples, Times, Mask]]:
        times = self._shifted(selector.offset, selector.at)
        if not len(times):
            return []
        found = self._source.select(matchers_of(selector), int(times.min()) - LOOKBACK, int(times.max()))
        budget.samples(len(found), len(times))
        rows: list[tuple[Labels, Samples, Times, Mask]] = []
        for samples in found:
            index = np.searchsorted(samples.times, times, side="right") - 1
            present = index >= 0
            index = np.maximum(index, 0)
            if len(samples.times):
                present &= samples.times[index] >= times - LOOKBACK + self._left_open
                rows.append((samples.labels, samples, index, present))
        return rows

    def _instant(self, selector: syntax.VectorSelector) -> Frame:
        rows = [(labels, s.values[index], present) for labels, s, index, present in self._lookups(selector)]
        return Frame.of(rows, len(self._times))

    def range_of(self, expr: object) -> Range:
        if isinstance(expr, syntax.ParenExpr):
            return self.range_of(expr.expr)
        if isinstance(expr, syntax.MatrixSelector):
            selector, span = expr.vector_selector, _milliseconds(expr.range)
            ends = self._shifted(selector.offset, selector.at)
            found = self._source.select(matchers_of(selector), int(ends.min()) - span, int(ends.max()))
            budget.samples(len(found), len(ends))
            return Range(found, ends, span, selector)
        if isinstance(expr, syntax.SubqueryExpr):
            return self._subquery(expr)
        raise PromQLError("expected a range vector")

    def _subquery(self, expr: syntax.SubqueryExpr) -> Range:
        span, step = _milliseconds(expr.range), _milliseconds(expr.step) or DEFAULT_SUBQUERY_STEP
        ends = self._shifted(expr.offset, expr.at)
        earliest = int(ends.min()) - span
        start = earliest // step * step
        if start < earliest + self._left_open:
            start += step
        if (int(ends.max()) - start) // step > MAXIMUM_SUBQUERY_STEPS:
            raise PromQLError("query processing would load too many samples into memory in query execution")
        inner = Evaluator(self._source, start, int(ends.max()), step, left_open=self._left_open)
        value = inner.evaluate(expr.expr) if len(inner.times) else Frame.empty(0)
        frame = (
            value
            if isinstance(value, Frame)
            else Frame.of([({}, self._numbers(value), np.ones(len(inner.times), dtype=np.bool_))], len(inner.times))
        )
        budget.samples(len(frame.labels), len(ends))
        samples = [
            Samples(labels, inner.times[frame.present[i]], frame.values[i][frame.present[i]])
            for i, labels in enumerate(frame.labels)
        ]
        return Range(samples, ends, span, None)

    def _binary(self, expr: syntax.BinaryExpr) -> Evaluated:
        operator = str(expr.op)
        left, right = self.evaluate(expr.lhs), self.evaluate(expr.rhs)
        as_bool = bool(expr.modifier and expr.modifier.return_bool)
        if isinstance(left, Frame) and isinstance(right, Frame):
            matching = _matching(expr.modifier)
            if operator in binary.SETS:
                return binary.sets(operator, left, right, matching)
            return binary.vectors(operator, left, right, matching, as_bool=as_bool)
        if isinstance(left, Frame):
            return binary.with_scalar(operator, left, self._numbers(right), swapped=False, as_bool=as_bool)
        if isinstance(right, Frame):
            return binary.with_scalar(operator, right, self._numbers(left), swapped=True, as_bool=as_bool)
        return binary.scalars(operator, self._numbers(left), self._numbers(right))

    def _aggregate(self, expr: syntax.AggregateExpr) -> Frame:
        operator = str(expr.op)
        frame = self._frame(expr.expr)
        parameter = None
        if expr.param is not None:
            value = self.evaluate(cast("syntax.Expr", expr.param))
            parameter = value if isinstance(value, str) else self._numbers(value)
        modifier = expr.modifier
        result = aggregate.aggregate(
            operator,
            frame,
            labels=None if modifier is None else modifier.labels,
            without_them=modifier is not None and modifier.type == syntax.AggModifierType.Without,
            parameter=parameter,
        )
        return aggregate.ordered_for_display(operator, result)

    def _call(self, expr: syntax.Call) -> Evaluated:
        name, args = expr.func.name, expr.args
        if name in _OVER_RANGE:
            position = 1 if name == "quantile_over_time" else 0
            return self._over_range(
                name, self.range_of(args[position]), [a for i, a in enumerate(args) if i != position]
            )
        if name == "absent_over_time":
            return self._absent_over_time(self.range_of(args[0]))
        if name in functions.ELEMENTWISE:
            return self._frame(args[0]).mapped(functions.ELEMENTWISE[name])
        if name in functions.CALENDAR:
            frame = self._frame(args[0]) if args else self._vector(self._times / 1000.0)
            return frame.mapped(functions.CALENDAR[name])
        simple = self._simple_functions().get(name)
        if simple is None:
            raise PromQLError(f"function {name!r} is not implemented")
        return simple(args)

    def _simple_functions(self) -> dict[str, Callable[[list[syntax.Expr]], Evaluated]]:
        return {
            "time": lambda _: self._times / 1000.0,
            "pi": lambda _: np.full(len(self._times), np.pi),
            "vector": lambda a: self._vector(self._scalar(a[0])),
            "scalar": lambda a: functions.to_scalar(self._frame(a[0])),
            "timestamp": lambda a: self._timestamp(a[0]),
            "absent": lambda a: functions.absent(_absent_labels(a[0]), self._frame(a[0])),
            "round": lambda a: functions.rounded(
                self._frame(a[0]), self._scalar(a[1]) if len(a) > 1 else np.ones(len(self._times))
            ),
            "clamp": lambda a: functions.clamped(self._frame(a[0]), self._scalar(a[1]), self._scalar(a[2])),
            "clamp_min": lambda a: functions.clamped(self._frame(a[0]), self._scalar(a[1]), None),
            "clamp_max": lambda a: functions.clamped(self._frame(a[0]), None, self._scalar(a[1])),
            "label_replace": lambda a: functions.label_replace(self._frame(a[0]), *self._texts(a[1:5])),
            "label_join": lambda a: functions.label_join(
                self._frame(a[0]), self._text(a[1]), self._text(a[2]), self._texts(a[3:])
            ),
            "histogram_quantile": lambda a: histogram.quantiles(self._scalar(a[0]), self._buckets(a[1])),
            "sort": lambda a: functions.sorted_frame(self._frame(a[0]), descending=False),
            "sort_desc": lambda a: functions.sorted_frame(self._frame(a[0]), descending=True),
        }

    def _over_range(self, name: str, over: Range, others: list[syntax.Expr]) -> Frame:
        parameters = [self._scalar(other) for other in others]
        rows: list[tuple[Labels, Numbers, Mask]] = []
        of_counters = name in _OF_COUNTERS and over.selector is not None
        span = max(over.span, self._step) if of_counters and self._widened else over.span
        for samples in counters(name, over.samples) if of_counters else over.samples:
            window = self._windows(samples, over.ends, span)
            budget.work(len(samples.times))
            values, present = _OVER_RANGE[name](window, parameters)
            labels = samples.labels if name == "last_over_time" else without_name(samples.labels)
            rows.append((labels, values, present))
        frame = Frame.of(rows, len(self._times))
        return frame.relabelled(frame.labels)

    def _windows(self, samples: Samples, ends: Times, span: int) -> windows.Windows:
        return windows.Windows.over(samples.times, samples.values, ends, span, closed=not self._left_open)

    def _absent_over_time(self, over: Range) -> Frame:
        there = np.zeros(len(self._times), dtype=np.bool_)
        for samples in over.samples:
            there |= self._windows(samples, over.ends, over.span).counts > 0
        labels: Labels = _absent_labels(over.selector) if over.selector is not None else {}
        return Frame.of([(labels, np.ones(len(self._times)), ~there)], len(self._times))

    def _timestamp(self, expr: syntax.Expr) -> Frame:
        while isinstance(expr, syntax.ParenExpr):
            expr = expr.expr
        if isinstance(expr, syntax.VectorSelector):
            rows = [(labels, s.times[index] / 1000.0, present) for labels, s, index, present in self._lookups(expr)]
            return Frame.of(rows, len(self._times)).unnamed()
        frame = self._frame(expr)
        return frame.mapped(lambda values: np.broadcast_to(self._times / 1000.0, values.shape).copy())

    def _frame(self, expr: object) -> Frame:
        value = self.evaluate(cast("syntax.Expr", expr))
        if isinstance(value, Frame):
            return value
        raise PromQLError("expected an instant vector")

    def _buckets(self, expr: object) -> Frame:
        """The buckets of histograms; raise PromQLError where they come of another type of metric."""
        for selector in promql.selectors(expr):
            for samples in self._source.select(matchers_of(selector), self._start, self._end):
                if samples.value_type not in {"", "DISTRIBUTION"}:
                    value_type = samples.value_type
                    raise PromQLError(f"histogram_quantile() can only be used with histograms, got {value_type}")
        return self._frame(expr)

    def _vector(self, values: Numbers) -> Frame:
        return Frame.of([({}, values, np.ones(len(values), dtype=np.bool_))], len(values))

    def _scalar(self, expr: object) -> Numbers:
        return self._numbers(self.evaluate(cast("syntax.Expr", expr)))

    def _numbers(self, value: Evaluated) -> Numbers:
        if isinstance(value, np.ndarray):
            return value
        raise PromQLError("expected a scalar")

    def _text(self, expr: object) -> str:
        value = self.evaluate(cast("syntax.Expr", expr))
        if isinstance(value, str):
            return value
        raise PromQLError("expected a string")

    def _texts(self, exprs: Sequence[object]) -> list[str]:
        return [self._text(expr) for expr in exprs]


_OVER_RANGE: dict[str, Callable[[windows.Windows, list[Numbers]], windows.Result]] = {
    "rate": lambda w, _: windows.extrapolated(w, counter=True, rate=True),
    "increase": lambda w, _: windows.extrapolated(w, counter=True, rate=False),
    "delta": lambda w, _: windows.extrapolated(w, counter=False, rate=False),
    "irate": lambda w, _: windows.instant(w, rate=True),
    "idelta": lambda w, _: windows.instant(w, rate=False),
    "resets": lambda w, _: windows.counted_changes(w, resets=True),
    "changes": lambda w, _: windows.counted_changes(w, resets=False),
    "deriv": lambda w, _: windows.derivative(w),
    "predict_linear": lambda w, p: windows.predicted(w, p[0]),
    promql.SMOOTHING: lambda w, p: w.each(
        lambda _, values: windows.smoothed(values, float(p[0][0]), float(p[1][0])), 2
    ),
    "sum_over_time": lambda w, _: w.reduced(np.add),
    "avg_over_time": lambda w, _: windows.average(w),
    "min_over_time": lambda w, _: w.reduced(np.fmin),
    "max_over_time": lambda w, _: w.reduced(np.fmax),
    "count_over_time": lambda w, _: (w.counts.astype(np.float64), w.counts > 0),
    "present_over_time": lambda w, _: (np.ones(len(w.ends)), w.counts > 0),
    "last_over_time": lambda w, _: windows.last(w),
    "stddev_over_time": lambda w, _: windows.deviation(w, root=True),
    "stdvar_over_time": lambda w, _: windows.deviation(w, root=False),
    "quantile_over_time": lambda w, p: w.each(lambda _, values: windows.quantile(float(p[0][0]), values)),
}


_OF_COUNTERS = {"rate", "irate", "increase", "resets"}


def counters(name: str, found: Sequence[Samples]) -> Sequence[Samples]:
    """Return the counters among a function's series; raise PromQLError where all are gauges.

    A metric of unknown type is written as a gauge and as a counter, under one name.
    """
    kept = [samples for samples in found if samples.kind != "GAUGE"]
    if found and not kept:
        raise PromQLError(f"{name}() can only be used with counter series, got GAUGE")
    return kept


def matchers_of(selector: syntax.VectorSelector) -> list[syntax.Matcher]:
    """Return a selector's matchers, its name among them; raise PromQLError for the `or` of Prometheus forks."""
    if selector.matchers.or_matchers:
        raise PromQLError("`or` between label matchers is not PromQL")
    matchers = list(selector.matchers.matchers)
    if selector.name is not None:
        matchers.append(syntax.Matcher(syntax.MatchOp.Equal, NAME, selector.name))
    return matchers


def _absent_labels(expr: object) -> Labels:
    while isinstance(expr, syntax.ParenExpr):
        expr = expr.expr
    if isinstance(expr, syntax.MatrixSelector):
        expr = expr.vector_selector
    if not isinstance(expr, syntax.VectorSelector):
        return {}
    labels: dict[str, str] = {}
    dropped: set[str] = set()
    for matcher in expr.matchers.matchers:
        if matcher.name == NAME:
            continue
        if matcher.op == syntax.MatchOp.Equal and matcher.name not in labels and matcher.name not in dropped:
            labels[matcher.name] = matcher.value
        else:
            dropped.add(matcher.name)
            labels.pop(matcher.name, None)
    return labels


def _matching(modifier: "syntax.BinModifier | None") -> binary.Matching:
    if modifier is None:
        return binary.Matching()
    if modifier.fill_values.lhs is not None or modifier.fill_values.rhs is not None:
        raise PromQLError("fill modifiers are not implemented")
    many = ""
    if modifier.card == syntax.VectorMatchCardinality.ManyToOne:
        many = "left"
    elif modifier.card == syntax.VectorMatchCardinality.OneToMany:
        many = "right"
    labels = modifier.matching
    return binary.Matching(
        labels=labels.labels if labels else (),
        on=labels is not None and labels.type == syntax.LabelModifierType.Include,
        many=many,
        include=modifier.group_labels or (),
    )


def _milliseconds(duration: timedelta | None) -> int:
    return 0 if duration is None else round(duration.total_seconds() * 1000)
