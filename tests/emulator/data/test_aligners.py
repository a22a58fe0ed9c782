"""Aligners and reducers against oracles that are written from Google's descriptions, slowly and without numpy."""

import math
from statistics import fmean, pstdev

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.align import Aligned, align
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.legality import ALIGNERS, REDUCERS
from vigil_emulator.metrics.reduce import reduce_series
from vigil_emulator.metrics.series import Columns
from vigil_emulator.metrics.series_list import Aggregation

MINUTE = 60_000_000_000
KEY = ((), "global", ())


def columns(points):
    """Points (start, end, value) in minutes."""
    return Columns(
        np.array([round(s * MINUTE) for s, _, _ in points], dtype=np.int64),
        np.array([round(e * MINUTE) for _, e, _ in points], dtype=np.int64),
        np.array([float(v) for _, _, v in points]),
        [],
    )


def aligned(points, kind, aligner, ends, period, value_type="DOUBLE"):  # noqa: PLR0917 - a series and an aggregation
    found = columns(points)
    numbers, _, present, *_ = align(
        found, kind, value_type, aligner, np.array([e * MINUTE for e in ends], dtype=np.int64), round(period * MINUTE)
    )
    return [float(n) if p else None for n, p in zip(numbers, present, strict=True)]


def oracle_window(points, end, period):
    return [v for _, e, v in points if end - period < e <= end]


def oracle(aligner, points, end, period):
    values = oracle_window(points, end, period)
    if not values:
        return None
    return {
        "ALIGN_MIN": min, "ALIGN_MAX": max, "ALIGN_MEAN": fmean, "ALIGN_SUM": math.fsum, "ALIGN_COUNT": len,
        "ALIGN_STDDEV": pstdev, "ALIGN_NEXT_OLDER": lambda found: found[-1], "ALIGN_COUNT_TRUE": lambda found: sum(1 for v in found if v),
        "ALIGN_COUNT_FALSE": lambda found: sum(1 for v in found if not v), "ALIGN_FRACTION_TRUE": lambda found: fmean(1.0 if v else 0.0 for v in found),
    }[aligner](values)  # fmt: skip


def oracle_growth(intervals, end, period):
    """The growth within the period: each interval's share by time."""
    begin, total, touched = end - period, 0.0, False
    for start, stop, growth in intervals:
        overlap = min(stop, end) - max(start, begin)
        if overlap > 0:
            total += growth * overlap / (stop - start)
            touched = True
    return total if touched else None


gauges = st.lists(
    st.tuples(st.integers(0, 40), st.integers(-50, 50)), min_size=1, max_size=25, unique_by=lambda p: p[0]
).map(lambda points: [(t, t, v) for t, v in sorted(points)])
deltas = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 50)), min_size=1, max_size=15).map(
    lambda steps: [(s, e, v) for s, e, v in _intervals(steps)]
)
ends = st.lists(st.integers(0, 45), min_size=1, max_size=6, unique=True).map(sorted)
periods = st.integers(1, 10)


def _intervals(steps):
    at = 0
    for length, gap, value in steps:
        yield at + gap, at + gap + length, value
        at += gap + length


@pytest.mark.parametrize(
    "aligner", ["ALIGN_MIN", "ALIGN_MAX", "ALIGN_MEAN", "ALIGN_SUM", "ALIGN_COUNT", "ALIGN_STDDEV", "ALIGN_NEXT_OLDER"]
)
@settings(max_examples=40)
@given(points=gauges, at=ends, period=periods)
def test_gauges_are_aligned_as_the_oracle_does(aligner, points, at, period):
    assert aligned(points, "GAUGE", aligner, at, period) == pytest.approx(
        [oracle(aligner, points, end, period) for end in at]
    )


@pytest.mark.parametrize("aligner", ["ALIGN_COUNT_TRUE", "ALIGN_COUNT_FALSE", "ALIGN_FRACTION_TRUE"])
@settings(max_examples=40)
@given(points=gauges, at=ends, period=periods)
def test_booleans_are_counted_as_the_oracle_does(aligner, points, at, period):
    flags = [(s, e, v > 0) for s, e, v in points]
    assert aligned(flags, "GAUGE", aligner, at, period, "BOOL") == pytest.approx(
        [oracle(aligner, flags, end, period) for end in at]
    )


@settings(max_examples=60)
@given(points=gauges, at=ends)
def test_interpolation_lies_on_the_line_between_two_points(points, at):
    def expected(end):
        before = [(t, v) for t, _, v in points if t <= end]
        after = [(t, v) for t, _, v in points if t >= end]
        if not before or not after:
            return None
        (t0, v0), (t1, v1) = before[-1], after[0]
        return v0 if t0 == t1 else v0 + (v1 - v0) * (end - t0) / (t1 - t0)

    assert aligned(points, "GAUGE", "ALIGN_INTERPOLATE", at, 1) == pytest.approx([expected(end) for end in at])


@settings(max_examples=100)
@given(points=deltas, at=ends, period=periods)
def test_delta_and_rate_of_delta_series(points, at, period):
    growth = [oracle_growth(points, end, period) for end in at]
    assert aligned(points, "DELTA", "ALIGN_DELTA", at, period) == pytest.approx(growth)
    assert aligned(points, "DELTA", "ALIGN_RATE", at, period) == pytest.approx(
        [g if g is None else g / (period * 60) for g in growth]
    )


@settings(max_examples=100)
@given(
    readings=st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9), st.booleans()), min_size=1, max_size=15),
    at=ends,
    period=periods,
)
def test_delta_of_cumulative_series_with_resets(readings, at, period):
    points, intervals, start, now, value = [], [], 0, 0, 0
    for length, more, reset in readings:
        if reset and points:
            start, value, previous = now, 0, now
        else:
            previous = now if points else start
        now += length
        value += more
        points.append((start, now, value))
        intervals.append((previous, now, more))
    assert aligned(points, "CUMULATIVE", "ALIGN_DELTA", at, period) == pytest.approx(
        [oracle_growth(intervals, end, period) for end in at]
    )


def test_percent_change_compares_ten_minute_means():
    points = [(t, t, 10 if t <= 20 else 15) for t in range(1, 41)]
    assert aligned(points, "GAUGE", "ALIGN_PERCENT_CHANGE", [20, 30, 25], 10) == pytest.approx([0, 50, 25])
    assert aligned([(t, t, 0) for t in range(1, 41)], "GAUGE", "ALIGN_PERCENT_CHANGE", [30], 10) == [0]
    assert aligned([(t, t, t > 20) for t in range(1, 41)], "GAUGE", "ALIGN_PERCENT_CHANGE", [30], 10) == [math.inf]


values = st.lists(st.floats(0, 20), min_size=1, max_size=30)


@settings(max_examples=60)
@given(values, values)
def test_merged_distributions_are_the_distribution_of_all_values(first, second):
    bounds = (1.0, 2.0, 5.0, 10.0)
    one, two, both = Distribution(bounds), Distribution(bounds), Distribution(bounds)
    for value in first:
        one.add(value)
    for value in second:
        two.add(value)
    for value in first + second:
        both.add(value)
    merged = one.merged(two)
    assert (merged.count, merged.counts) == (both.count, both.counts)
    assert merged.mean == pytest.approx(fmean(first + second), abs=1e-9)
    assert merged.deviation == pytest.approx(sum((v - fmean(first + second)) ** 2 for v in first + second), abs=1e-6)
    for fraction in (0.05, 0.5, 0.95, 0.99):
        exact = sorted(first + second)[max(0, math.ceil(fraction * len(first + second)) - 1)]
        inside = [low <= exact < high for low, high in zip((0.0, *bounds), (*bounds, math.inf), strict=True)]
        low, high = ((0.0, *bounds)[inside.index(True)], (*bounds, 10.0)[inside.index(True)])
        assert low <= merged.percentile(fraction) <= high


def test_distributions_align_to_percentiles_and_reduce():
    points = [Distribution((1.0, 2.0, 4.0)) for _ in range(4)]
    for point, value in zip(points, (0.5, 1.5, 3, 3), strict=True):
        point.add(value)
    found = Columns(np.arange(4) * MINUTE, np.arange(1, 5) * MINUTE, np.zeros(0), list(points))
    at = np.array([4 * MINUTE])
    numbers, _, present, kind, value_type = align(found, "DELTA", "DISTRIBUTION", "ALIGN_PERCENTILE_50", at, 4 * MINUTE)
    assert (kind, value_type, present.tolist(), numbers.tolist()) == ("GAUGE", "DOUBLE", [True], [2.0])
    numbers, merged, *_ = align(found, "DELTA", "DISTRIBUTION", "ALIGN_DELTA", at, 2 * MINUTE)
    assert merged[0].counts == [0, 0, 2, 0]


matrices = st.integers(1, 5).flatmap(
    lambda rows: st.lists(
        st.lists(st.one_of(st.none(), st.integers(-20, 20)), min_size=4, max_size=4), min_size=rows, max_size=rows
    )
)


@pytest.mark.parametrize(
    "reducer",
    ["REDUCE_MEAN", "REDUCE_MIN", "REDUCE_MAX", "REDUCE_SUM", "REDUCE_COUNT", "REDUCE_STDDEV", "REDUCE_PERCENTILE_95"],
)
@settings(max_examples=40)
@given(matrix=matrices)
def test_series_are_reduced_as_the_oracle_does(reducer, matrix):
    series = [
        Aligned(
            (("host", str(n)), ("zone", "z")),
            "global",
            (),
            "GAUGE",
            "DOUBLE",
            np.array([float(v or 0) for v in row]),
            [],
            np.array([v is not None for v in row]),
        )
        for n, row in enumerate(matrix)
    ]
    (reduced,) = reduce_series(series, reducer, ["metric.labels.zone"])
    assert reduced.metric_labels == (("zone", "z"),)

    def expected(column):
        found = sorted(row[column] for row in matrix if row[column] is not None)
        if not found:
            return None
        rank = 0.95 * (len(found) - 1)
        low = math.floor(rank)
        percentile = found[low] + (found[min(low + 1, len(found) - 1)] - found[low]) * (rank - low)
        return {
            "REDUCE_MEAN": fmean,
            "REDUCE_MIN": min,
            "REDUCE_MAX": max,
            "REDUCE_SUM": sum,
            "REDUCE_COUNT": len,
            "REDUCE_STDDEV": pstdev,
            "REDUCE_PERCENTILE_95": lambda _: percentile,
        }[reducer](found)

    got = [float(n) if p else None for n, p in zip(reduced.numbers, reduced.present, strict=True)]
    assert got == pytest.approx([expected(column) for column in range(4)])


def test_groups_are_by_the_fields_and_never_across_resource_types():
    def one(host, resource):
        return Aligned(
            (("host", host),),
            resource,
            (("project_id", "p"), ("zone", host)),
            "GAUGE",
            "DOUBLE",
            np.ones(1),
            [],
            np.ones(1, dtype=bool),
        )

    found = reduce_series([one("a", "gce_instance"), one("b", "gce_instance"), one("a", "global")], "REDUCE_SUM", [])
    assert [(item.resource, item.numbers.tolist()) for item in found] == [("gce_instance", [2]), ("global", [1])]
    by_zone = reduce_series([one("a", "global"), one("b", "global")], "REDUCE_SUM", ["resource.labels.zone"])
    assert [dict(item.resource_labels)["zone"] for item in by_zone] == ["a", "b"]
    by_all = reduce_series([one("a", "global"), one("b", "global")], "REDUCE_SUM", ["resource.label.*"])
    assert [(item.metric_labels, dict(item.resource_labels)) for item in by_all] == [
        ((), {"project_id": "p", "zone": "a"}),
        ((), {"project_id": "p", "zone": "b"}),
    ]


@pytest.mark.parametrize(
    ("aligner", "kind", "value_type"),
    [("ALIGN_RATE", "DELTA", "DISTRIBUTION"), ("ALIGN_RATE", "GAUGE", "DOUBLE"), ("ALIGN_DELTA", "GAUGE", "INT64"), ("ALIGN_MEAN", "CUMULATIVE", "DOUBLE"),
     ("ALIGN_PERCENTILE_99", "DELTA", "INT64"), ("ALIGN_COUNT_TRUE", "GAUGE", "INT64"), ("ALIGN_SUM", "CUMULATIVE", "INT64")],
)  # fmt: skip
def test_an_aligner_that_does_not_fit_is_google_s_error(aligner, kind, value_type):
    with pytest.raises(
        ApiError, match=f"The aligner cannot be applied to metrics with kind {kind} and value type {value_type}"
    ):
        align(columns([(0, 1, 1)]), kind, value_type, aligner, np.array([MINUTE]), MINUTE)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"perSeriesAligner": "ALIGN_MEAN", "alignmentPeriod": "30s"}, "at least 60 seconds"),
        ({"crossSeriesReducer": "REDUCE_SUM"}, "needs a perSeriesAligner"),
        (
            {"perSeriesAligner": "ALIGN_MEAN", "alignmentPeriod": "60s", "groupByFields": ["metric.labels.a"]},
            "group-by fields without a reducer",
        ),
        ({"perSeriesAligner": "ALIGN_MEAN", "alignmentPeriod": "a minute"}, "not a duration"),
    ],
)
def test_aggregations_that_are_refused(body, reason):
    with pytest.raises(ApiError, match=reason):
        Aggregation.of(body)


def test_every_aligner_and_reducer_of_the_api_is_known():
    import json
    from pathlib import Path

    import googleapiclient

    path = Path(googleapiclient.__file__).parent / "discovery_cache/documents/monitoring.v3.json"
    fields = json.loads(path.read_text())["schemas"]["Aggregation"]["properties"]
    assert {*ALIGNERS, "ALIGN_NONE"} == set(fields["perSeriesAligner"]["enum"])
    assert {*REDUCERS, "REDUCE_NONE"} == set(fields["crossSeriesReducer"]["enum"])
