"""Histograms become distributions, and cumulative series begin, as the exporter has it."""

from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.metrics.distribution import distribution_of
from vigil_emulator.scraping.exporter import distribution, metric_name
from vigil_emulator.scraping.exposition import labels_of, parse
from vigil_emulator.scraping.families import assembled, buckets
from vigil_emulator.scraping.normalization import FORGOTTEN, MILLISECOND, Starts, Total

BOUNDS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8, unique=True).map(sorted)
OBSERVED = st.lists(st.floats(-2e6, 2e6), max_size=30)
SECOND = 1_000_000_000


def exposed(bounds, observed):
    """A histogram as an endpoint serves it: how many values were at most each bound."""
    lines = ["# TYPE h histogram"]
    lines += [f'h_bucket{{le="{bound}"}} {sum(value <= bound for value in observed)}' for bound in bounds]
    lines += [f'h_bucket{{le="+Inf"}} {len(observed)}', f"h_sum {sum(observed)}", f"h_count {len(observed)}"]
    return "\n".join(lines)


def points(text):
    found = parse(text)
    assert not found.problem
    samples = [({"job": "j", "instance": "i", **labels_of(one.series)}, 0, one.value) for one in found.samples]
    (resource,) = assembled(samples, found.families)
    return [(family, point) for family in resource.families.values() for point in family.points.values()]


@given(bounds=BOUNDS, observed=OBSERVED)
def test_the_counts_between_the_bounds_are_those_of_the_observations(bounds, observed):
    ((family, point),) = points(exposed(bounds, observed))
    found = buckets(point)
    expected = [0] * (len(bounds) + 1)
    for value in observed:
        expected[bisect_left(bounds, value)] += 1
    assert (family.name, family.shape) == ("h", "histogram")
    assert (found.count, found.bounds, list(found.counts)) == (len(observed), tuple(bounds), expected)

    body = distribution(Total((float(found.count), found.total, *map(float, found.counts)), found.bounds))
    stored = distribution_of(body)  # which refuses counts that do not fit together
    assert (stored.count, stored.counts, stored.bounds) == (len(observed), expected, tuple(bounds))
    assert stored.total == pytest.approx(sum(observed), abs=1e-6)
    low = (0.0, *bounds)
    middles = [*((a + b) / 2 for a, b in zip(low, bounds, strict=False)), bounds[-1]]
    assert stored.deviation == pytest.approx(
        sum(amount * (middle - stored.mean) ** 2 for amount, middle in zip(expected, middles, strict=True))
    )


@pytest.mark.parametrize(
    "text",
    [
        'h_bucket{le="1"} 5\nh_bucket{le="2"} 3\nh_bucket{le="+Inf"} 5\nh_sum 1\nh_count 5',  # shrinks
        'h_bucket{le="1"} 5\nh_sum 1\nh_count 4',  # counts less than a bucket holds
        'h_bucket{le="+Inf"} 5\nh_sum 1\nh_count 5',  # no bound
        'h_bucket{le="1"} 5\nh_count 5',  # no sum
        'h_bucket{le="1"} 5\nh_sum 1',  # no count
        'h_bucket{le="1"} NaN\nh_sum 1\nh_count 5',
    ],
)
def test_a_histogram_that_does_not_fit_together_is_none(text):
    assert [buckets(point) for _, point in points(f"# TYPE h histogram\n{text}")] == [None]


POSITIVE = st.lists(st.floats(0, 100), max_size=5)
"""A sum that shrinks is taken for a reset."""


@given(first=POSITIVE, more=st.lists(POSITIVE, min_size=1, max_size=5), bounds=BOUNDS)
def test_without_resets_what_is_written_is_what_came_after_the_first_scrape(first, more, bounds):
    starts, seen = Starts(), list(first)

    def total():
        found = buckets(points(exposed(bounds, seen))[0][1])
        return Total((float(found.count), found.total, *map(float, found.counts)), found.bounds)

    assert starts.of("h", SECOND, total()) is None
    came = []
    for number, values in enumerate(more, 2):
        seen += values
        came += values
        began, written = starts.of("h", number * SECOND, total())
        assert began == SECOND
        assert written.values[0] == len(came)
        assert written.values[1] == pytest.approx(sum(came), abs=1e-3)


def test_a_series_that_says_when_it_was_made_begins_there():
    assert Starts().of("c", 9 * SECOND, Total((5.0,)), created=2 * SECOND) == (2 * SECOND, Total((5.0,)))


def test_other_bounds_start_again():
    starts = Starts()
    assert starts.of("h", SECOND, Total((1.0, 1.0, 1.0, 0.0), (1.0,))) is None
    assert starts.of("h", 2 * SECOND, Total((2.0, 1.0, 2.0, 0.0), (2.0,))) is None
    assert starts.of("h", 3 * SECOND, Total((3.0, 1.0, 3.0, 0.0), (2.0,))) == (
        2 * SECOND,
        Total((1.0, 0.0, 1.0, 0.0), (2.0,)),
    )


def test_after_a_reset_the_exporter_writes_once_what_it_sees_and_then_less_the_old_start():
    starts = Starts()
    written = [
        starts.of("c", number * SECOND, Total((value,))) for number, value in enumerate((60.0, 100.0, 5.0, 9.0), 1)
    ]
    assert written == [
        None,
        (SECOND, Total((40.0,))),
        (3 * SECOND - MILLISECOND, Total((5.0,))),
        (3 * SECOND - MILLISECOND, Total((-51.0,))),
    ]


def test_a_series_that_was_long_gone_starts_again():
    starts = Starts()
    starts.of("c", SECOND, Total((1.0,)))
    starts.forget(SECOND + FORGOTTEN)
    assert starts.of("c", 2 * SECOND, Total((3.0,))) == (SECOND, Total((2.0,)))
    starts.forget(3 * SECOND + FORGOTTEN)
    assert starts.of("c", 4 * SECOND + FORGOTTEN, Total((9.0,))) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("jobs", "jobs_total"), ("jobs_total", "jobs_total"), ("a_total_b_total", "a_b_total"), ("a__b_", "a_b_total"), ("a:b", "a:b_total")],
)  # fmt: skip
def test_a_counter_ends_in_total_and_words_are_joined_by_one_underscore(name, expected):
    assert metric_name(name, total=True) == expected
