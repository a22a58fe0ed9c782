"""The series store as PromQL sees it.

Source: docs.cloud.google.com/monitoring/promql/promql-mapping: names by the quoted metric type or by the legacy
mapping (first `/` to `:`, the rest to `_`), distributions as `_count`, `_sum` and `_bucket` with `le`,
the resource's labels beside the metric's (`metric_` before a metric label that collides), `monitored_resource`.
A DELTA series is its running total: a counter that begins with zero where its first interval begins.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

import numpy as np
from promql_parser import Matcher, MatchOp

from vigil_apimodel.promql import metric_name
from vigil_emulator.metrics.align import increments
from vigil_emulator.metrics.distribution import Distribution, bucket_matrix
from vigil_emulator.metrics.series import Columns, Series, SeriesStore
from vigil_emulator.promql.frame import NAME, Labels, Numbers, PromQLError, Samples, Times
from vigil_emulator.promql.functions import whole_value
from vigil_emulator.promql.values import format_number

_MILLION = 1_000_000
_SUFFIXES = ("_count", "_sum", "_bucket")
_legacy_name = lru_cache(maxsize=4096)(metric_name)
"""Each selector compares the names of all metrics."""


class StoreSource:
    """Selects from one project's series, as of a time."""

    def __init__(self, store: SeriesStore, project: str, now: int) -> None:
        """`now` in nanoseconds: what ends later is not there yet."""
        self._store = store
        self._project = project
        self._now = now
        self._selected: dict[tuple[tuple[str, str, str], ...], Sequence[Samples]] = {}

    def select(self, matchers: Sequence[Matcher], start: int, end: int) -> Sequence[Samples]:
        """Return the series that satisfy all matchers; all their samples, since their totals are kept anyway.

        A query asks for the same series again for each of its windows. They are selected once.
        """
        del start, end
        key = tuple((matcher.name, str(matcher.op), matcher.value) for matcher in matchers)
        found = self._selected.get(key)
        if found is None:
            found = self._selected[key] = self._select(matchers)
        return found

    def _select(self, matchers: Sequence[Matcher]) -> Sequence[Samples]:
        tests = [(matcher.name, matcher_test(matcher)) for matcher in matchers]
        name_tests = [test for name, test in tests if name == NAME]
        other_tests = [(name, test) for name, test in tests if name != NAME]
        return [
            samples
            for metric in self._candidates(matchers)
            for samples in self._of(metric, lambda name: all(test(name) for test in name_tests), other_tests)
        ]

    def _of(
        self, metric: str, named: Callable[[str], bool], others: Sequence[tuple[str, Callable[[str], bool]]]
    ) -> Iterator[Samples]:
        """The series of a metric under the first of its names that is right, whose labels satisfy the other tests."""
        series = self._store.of_metric(self._project, metric)
        histogram = bool(series) and series[0].value_type == "DISTRIBUTION"
        for suffix in _SUFFIXES if histogram else ("",):
            name = next((name for name in (metric + suffix, _legacy_name(metric) + suffix) if named(name)), None)
            for item in series if name is not None else ():
                labels = labels_of(item)
                for extra, times, values in samples_of(item, self._now, suffix):
                    full = {**labels, **extra}
                    if len(times) and all(test(full.get(label, "")) for label, test in others):
                        full[NAME] = name or ""
                        yield Samples(full, times, values, item.kind, item.value_type)

    def everything(self) -> Sequence[Samples]:
        """Return all series of the project."""
        return [one for metric in self._store.metrics(self._project) for one in self._of(metric, lambda _: True, ())]

    def _candidates(self, matchers: Sequence[Matcher]) -> Iterable[str]:
        exact = [m.value for m in matchers if m.name == NAME and m.op == MatchOp.Equal]
        if not exact:
            raise PromQLError("a selector must name one metric exactly: Cloud Monitoring matches names by = alone")
        return named(exact[0], self._store.metrics(self._project))


def named(name: str, metrics: Iterable[str]) -> list[str]:
    """Return those of the metric types that a query may mean by a name, which is the quoted type or the legacy name."""
    wanted = {name, *(name.removesuffix(suffix) for suffix in _SUFFIXES)}
    return [metric for metric in metrics if metric in wanted or _legacy_name(metric) in wanted]


def matcher_test(matcher: Matcher) -> Callable[[str], bool]:
    """Return a matcher as a function of the label's value; regular expressions match whole values."""
    if matcher.op == MatchOp.Equal:
        wanted = matcher.value
        return lambda value: value == wanted
    if matcher.op == MatchOp.NotEqual:
        unwanted = matcher.value
        return lambda value: value != unwanted
    compiled = whole_value(matcher.value)
    if matcher.op == MatchOp.Re:
        return lambda value: compiled.fullmatch(value) is not None
    return lambda value: compiled.fullmatch(value) is None


def labels_of(series: Series) -> dict[str, str]:
    """Return the labels of a series without its name, by the keys that they were written with: dots stay dots."""
    key = series.key
    labels = dict(key.resource_labels)
    for name, value in key.metric_labels:
        labels[f"metric_{name}" if name in labels else name] = value
    labels["monitored_resource"] = key.resource
    labels.setdefault("project_id", key.project)
    return labels


def samples_of(series: Series, now: int, suffix: str) -> list[tuple[Labels, Times, Numbers]]:
    """Return times (ms) and values under further labels: a pair for a number, one for each bucket of a histogram."""
    cached = series.derived.get(suffix)
    columns = series.columns(now)
    if cached is not None and cached[0] is columns:
        return cached[1]
    if series.value_type == "STRING":
        result: list[tuple[Labels, Times, Numbers]] = []
    elif series.value_type == "DISTRIBUTION":
        result = _histogram(columns, series.kind, suffix)
    else:
        result = [({}, *_numbers(columns, series.kind))]
    series.derived[suffix] = (columns, result)
    return result


def _numbers(columns: Columns, kind: str) -> tuple[Times, Numbers]:
    times = columns.ends // _MILLION
    if kind != "DELTA" or not len(times):
        return times, columns.numbers
    _, _, growth = increments(columns, kind)
    return _counter(columns, np.cumsum(growth))


def _counter(columns: Columns, totals: Numbers) -> tuple[Times, Numbers]:
    times = np.concatenate([columns.starts[:1], columns.ends]) // _MILLION
    return times, np.concatenate([[0.0], totals])


def _histogram(columns: Columns, kind: str, suffix: str) -> list[tuple[Labels, Times, Numbers]]:
    points = [value for value in columns.values if isinstance(value, Distribution)]
    if not points:
        return []

    def row(values: Numbers) -> tuple[Times, Numbers]:
        return _counter(columns, np.cumsum(values)) if kind == "DELTA" else (columns.ends // _MILLION, values)

    if suffix == "_count":
        return [({}, *row(np.array([float(point.count) for point in points])))]
    if suffix == "_sum":
        return [({}, *row(np.array([point.total for point in points])))]
    bounds = [format_number(bound) for bound in points[0].bounds] + ["+Inf"]
    return [({"le": bound}, *row(values)) for bound, values in zip(bounds, bucket_matrix(points), strict=True)]
