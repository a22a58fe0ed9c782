"""Service level indicators evaluated on series: how many good and bad there were between two times.

Source: google/monitoring/v3/service.proto (RequestBasedSli, WindowsBasedSli, BasicSli). Good and bad are requests, or
windows of which each is good or bad as a whole.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from vigil_apimodel.json_values import JsonObject, child, text, texts
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.align import align, change
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.legality import NUMERIC
from vigil_emulator.metrics.series import Columns, Numbers, Series, Times
from vigil_emulator.numerals import number
from vigil_emulator.promql.frame import Mask
from vigil_emulator.times import SECOND, parse_duration

Select: TypeAlias = Callable[[str], list[Series]]
"""The series that a monitoring filter selects; raises ApiError where the filter is not legal."""
Counts: TypeAlias = tuple[Numbers, Numbers]
"""Good and bad, between each begin and its end."""
Sli: TypeAlias = Callable[[Times, Times], Counts]
"""Counts after each begin up to its end (ns)."""

_GROWING = frozenset({"DELTA", "CUMULATIVE"})


@dataclass(frozen=True, slots=True)
class Range:
    """Values from `least` on; those of a distribution below `most`, a window's up to it."""

    least: float
    most: float

    @classmethod
    def of(cls, body: JsonObject) -> "Range":
        """Return the range of the API's JSON, in which a missing bound is 0, as in all of proto3."""
        return cls(number(body, "min"), number(body, "max"))

    def share(self, point: Distribution) -> float:
        """Return how many of a distribution's values lie within; those of a bucket are spread evenly over it."""
        return max(0.0, _below(point, self.most) - _below(point, self.least))


def sli_of(body: JsonObject, service: JsonObject, select: Select, now: int) -> Sli:
    """Return the indicator of an objective of `service`; raises ApiError for one that cannot be evaluated."""
    if requests := child(body, "requestBased"):
        return _requests(requests, select, now)
    if windows := child(body, "windowsBased"):
        return _windows(windows, service, select, now)
    return _basic(child(body, "basicSli"), service, select, now)


def _requests(body: JsonObject, select: Select, now: int) -> Sli:
    if cut := child(body, "distributionCut"):
        return _cut(text(cut, "distributionFilter"), Range.of(child(cut, "range")), select, now)
    return _ratio(child(body, "goodTotalRatio"), select, now)


def _ratio(body: JsonObject, select: Select, now: int) -> Sli:
    """Two of good, bad and all tell the third."""
    good, bad, every = (text(body, f"{name}ServiceFilter") for name in ("good", "bad", "total"))
    if good and bad:
        return lambda begins, ends: (
            _growth(select(good), begins, ends, now),
            _growth(select(bad), begins, ends, now),
        )

    def counts(begins: Times, ends: Times) -> Counts:
        whole = _growth(select(every), begins, ends, now)
        part = np.minimum(_growth(select(good or bad), begins, ends, now), whole)
        return (part, whole - part) if good else (whole - part, part)

    return counts


def _cut(filter_text: str, wanted: Range, select: Select, now: int) -> Sli:
    """Values of a distribution within a range are good."""

    def counts(begins: Times, ends: Times) -> Counts:
        good, whole = np.zeros(len(ends)), np.zeros(len(ends))
        for series in select(filter_text):
            if series.value_type != "DISTRIBUTION" or series.kind not in _GROWING:
                raise _unfit(series, "a distribution cut needs a DISTRIBUTION of kind DELTA or CUMULATIVE")
            columns = series.columns(now)
            points = [value for value in columns.values if isinstance(value, Distribution)]
            within = _numbers(columns, [wanted.share(point) for point in points])
            good += change(within, series.kind, begins, ends)[0]
            whole += change(_numbers(columns, [point.count for point in points]), series.kind, begins, ends)[0]
        return good, np.maximum(whole - good, 0.0)

    return counts


def _windows(body: JsonObject, service: JsonObject, select: Select, now: int) -> Sli:
    """Windows follow each other from the epoch on; one without data is neither good nor bad."""
    span = parse_duration(text(body, "windowPeriod"))
    judge = _judge(body, span, service, select, now)

    def counts(begins: Times, ends: Times) -> Counts:
        if not len(ends):
            return np.zeros(0), np.zeros(0)
        stops = np.arange(int(begins.min()) // span * span + span, int(ends.max()) + 1, span, dtype=np.int64)
        if not len(stops):
            return np.zeros(len(ends)), np.zeros(len(ends))
        good, known = judge(stops)
        first = np.searchsorted(stops, begins, side="right")
        last = np.maximum(np.searchsorted(stops, ends, side="right"), first)
        sums = [np.concatenate([[0.0], np.cumsum(mask)]) for mask in (good & known, ~good & known)]
        return sums[0][last] - sums[0][first], sums[1][last] - sums[1][first]

    return counts


_Verdict: TypeAlias = tuple[Mask, Mask]
_Judge: TypeAlias = Callable[[Times], _Verdict]
"""Which of the windows that end then are good, and of which that is known."""


def _judge(body: JsonObject, span: int, service: JsonObject, select: Select, now: int) -> _Judge:
    if flagged := text(body, "goodBadMetricFilter"):
        return lambda stops: _flagged(select(flagged), stops, span, now)
    if threshold := child(body, "goodTotalRatioThreshold"):
        goal = number(threshold, "threshold")
        inner = child(threshold, "performance")
        sli = (
            _requests(inner, select, now)
            if inner
            else _basic(child(threshold, "basicSliPerformance"), service, select, now)
        )

        def performing(stops: Times) -> _Verdict:
            good, bad = sli(stops - span, stops)
            whole = good + bad
            return good >= goal * whole, whole > 0

        return performing
    mean = "metricMeanInRange" in body
    if ranged := child(body, "metricMeanInRange" if mean else "metricSumInRange"):
        wanted, series = Range.of(child(ranged, "range")), text(ranged, "timeSeries")
        return lambda stops: _within(select(series), wanted, stops, span, now, mean=mean)
    raise ApiError("UNIMPLEMENTED", "The emulator does not evaluate this kind of windows-based indicator.")


def _flagged(found: Sequence[Series], stops: Times, span: int, now: int) -> _Verdict:
    """A window is good if anything in it is true."""
    good, known = np.zeros(len(stops), dtype=np.bool_), np.zeros(len(stops), dtype=np.bool_)
    for series in found:
        if series.kind != "GAUGE" or series.value_type != "BOOL":
            raise _unfit(series, "windows that are good or bad need a GAUGE of type BOOL")
        true, _, present, _, _ = align(
            series.columns(now), series.kind, series.value_type, "ALIGN_COUNT_TRUE", stops, span
        )
        good |= present & (true > 0)
        known |= present
    return good, known


def _within(found: Sequence[Series], wanted: Range, stops: Times, span: int, now: int, *, mean: bool) -> _Verdict:
    total, streams = np.zeros(len(stops)), np.zeros(len(stops))
    for series in found:
        if series.kind != "GAUGE" or series.value_type not in NUMERIC:
            raise _unfit(series, "windows need a GAUGE of type DOUBLE or INT64")
        numbers, _, present, _, _ = align(
            series.columns(now), series.kind, series.value_type, "ALIGN_MEAN", stops, span
        )
        total += np.where(present, numbers, 0.0)
        streams += present
    value = total / np.maximum(streams, 1) if mean else total
    return (value >= wanted.least) & (value <= wanted.most), streams > 0


def _basic(body: JsonObject, service: JsonObject, select: Select, now: int) -> Sli:
    """Availability and latency as Cloud Run measures them; of other services they are not evaluated."""
    run = child(service, "cloudRun")
    if not run and text(child(service, "basicService"), "serviceType") == "CLOUD_RUN":
        labels = child(child(service, "basicService"), "serviceLabels")
        run = {"serviceName": text(labels, "service_name"), "location": text(labels, "location")}
    if not text(run, "serviceName") or texts(body, "method") or texts(body, "version"):
        raise ApiError(
            "UNIMPLEMENTED",
            "The emulator evaluates basic indicators of Cloud Run services without method and version alone.",
        )
    where = (
        f'resource.type="cloud_run_revision" AND resource.labels.service_name="{text(run, "serviceName")}"'
        f' AND resource.labels.location="{text(run, "location")}"'
    )
    if latency := child(body, "latency"):
        most = parse_duration(text(latency, "threshold")) / SECOND * 1000
        metric = 'metric.type="run.googleapis.com/request_latencies"'
        return _cut(f"{metric} AND {where}", Range(float("-inf"), most), select, now)
    every = f'metric.type="run.googleapis.com/request_count" AND {where}'
    failed = f'{every} AND metric.labels.response_code_class="5xx"'
    return _ratio({"badServiceFilter": failed, "totalServiceFilter": every}, select, now)


def _growth(found: Sequence[Series], begins: Times, ends: Times, now: int) -> Numbers:
    total = np.zeros(len(ends))
    for series in found:
        if series.value_type not in NUMERIC or series.kind not in _GROWING:
            raise _unfit(series, "a ratio of requests needs INT64 or DOUBLE of kind DELTA or CUMULATIVE")
        total += change(series.columns(now), series.kind, begins, ends)[0]
    return total


def _numbers(columns: Columns, numbers: Sequence[float]) -> Columns:
    return Columns(columns.starts, columns.ends, np.array(numbers, dtype=np.float64), [])


def _below(point: Distribution, value: float) -> float:
    """How many values lie below one, those of a bucket spread evenly over it."""
    below = 0.0
    for index, amount in enumerate(point.counts):
        low, high = point.edges(index)
        if index == len(point.bounds):
            high = float("inf")  # no bound is known above the last one
        if value >= high:
            below += amount
        elif value > low:
            below += amount * (value - low) / (high - low) if high < float("inf") else 0.0
    return below


def _unfit(series: Series, why: str) -> ApiError:
    return ApiError(
        "INVALID_ARGUMENT",
        f"The indicator cannot use {series.key.metric} ({series.kind}, {series.value_type}): {why}.",
    )
