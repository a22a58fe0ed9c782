"""A widget's query is answered by the emulator's own methods, or a note says why not."""

import asyncio
from typing import Any

import pytest

from vigil_emulator import data_methods
from vigil_emulator.charts.queries import Found, Reader, is_share
from vigil_emulator.charts.window import Window
from vigil_emulator.metrics.series import Series, SeriesKey, label_tuple
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.server import Emulator
from vigil_emulator.times import MINUTE

METRIC = "custom.googleapis.com/queue/length"


def _feed(
    emulator: Emulator, values: dict[int, float], *, metric: str = METRIC, kind: str = "GAUGE", **labels: str
) -> None:
    """Values by how many minutes ago they were."""
    now = emulator.data.now()
    key = SeriesKey("p", metric, label_tuple(labels), "global", label_tuple({"project_id": "p"}))
    series = emulator.data.series.add(Series(key, kind, "DOUBLE", "s"))
    for minutes in sorted(values, reverse=True):
        end = now - minutes * MINUTE
        series.put(end - MINUTE if kind == "DELTA" else end, end, values[minutes])


def _answer(emulator: Emulator, query: dict[str, Any], **variables: tuple[str, str]) -> Found:
    reader = Reader(
        project="p", handlers=data_methods.handlers(emulator.data), series=emulator.data.series, variables=variables
    )
    return asyncio.run(reader.answer(query, Window.last("1h", emulator.data.now())))


def _filter(text: str = f'metric.type="{METRIC}"', **aggregation: Any) -> dict[str, Any]:
    chosen = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN", **aggregation}
    return {"timeSeriesFilter": {"filter": text, "aggregation": chosen}}


def test_promql_gives_points_at_each_step_with_labels(emulator: Emulator) -> None:
    _feed(emulator, dict.fromkeys(range(60), 4.0), queue="a")
    found = _answer(emulator, {"prometheusQuery": "custom_googleapis_com:queue_length * 2"})
    (series,) = found.series
    assert series.labels["queue"] == "a"
    assert set(series.values) == {8.0}
    assert found.note == ""


def test_a_filter_gives_what_time_series_list_gives_and_the_metrics_unit(emulator: Emulator) -> None:
    _feed(emulator, {minutes: float(minutes) for minutes in range(10)}, queue="a")
    found = _answer(emulator, _filter())
    (series,) = found.series
    assert series.values[-1] == 0.0
    assert series.values[-2] == 1.0
    assert found.unit == "s"


def test_a_ratio_divides_what_has_the_same_labels(emulator: Emulator) -> None:
    _feed(emulator, dict.fromkeys(range(60), 1.0), metric="custom.googleapis.com/bad", queue="a")
    _feed(emulator, dict.fromkeys(range(60), 4.0), metric="custom.googleapis.com/all", queue="a")
    part = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"}
    query = {
        "timeSeriesFilterRatio": {
            "numerator": {"filter": 'metric.type="custom.googleapis.com/bad"', "aggregation": part},
            "denominator": {"filter": 'metric.type="custom.googleapis.com/all"', "aggregation": part},
        }
    }
    found = _answer(emulator, query)
    assert found.share
    assert set(found.series[0].values) == {0.25}


def test_data_that_ended_is_reported_with_the_time(emulator: Emulator) -> None:
    _feed(emulator, {125: 1.0}, queue="a")
    for query in ({"prometheusQuery": "custom_googleapis_com:queue_length"}, _filter()):
        assert _answer(emulator, query).note == "No data since 2026-11-24 09:55 UTC."


def test_a_metric_that_nobody_wrote_is_named(emulator: Emulator) -> None:
    _feed(emulator, {1: 1.0})
    found = _answer(emulator, {"prometheusQuery": "never_written / custom_googleapis_com:queue_length"})
    assert found.note == "No data yet: nothing was ever written to never_written."
    assert "custom.googleapis.com/none" in _answer(emulator, _filter('metric.type="custom.googleapis.com/none"')).note


def test_points_that_the_filter_leaves_out_are_not_called_missing(emulator: Emulator) -> None:
    _feed(emulator, {1: 1.0})
    expected = "has points, but the filter matches none of its series."
    selector = 'custom_googleapis_com:queue_length{queue="of nobody"}'
    for query in (selector, f"sum(rate({selector}[5m]))", f"vector(1) > on() {selector}"):
        assert (
            _answer(emulator, {"prometheusQuery": query}).note
            == f"No data: custom_googleapis_com:queue_length {expected}"
        )
    listed = _filter(f'metric.type="{METRIC}" AND metric.labels.queue="of nobody"')
    assert _answer(emulator, listed).note == f"No data: {METRIC} {expected}"


def test_a_query_that_nothing_meets_is_no_lack_of_data(emulator: Emulator) -> None:
    _feed(emulator, dict.fromkeys(range(60), 1.0))
    found = _answer(emulator, {"prometheusQuery": "custom_googleapis_com:queue_length > 5"})
    assert found.note == "No series meets the query in this time."


def test_nothing_by_nothing_is_no_point(emulator: Emulator) -> None:
    _feed(emulator, dict.fromkeys(range(60), 0.0))
    query = "custom_googleapis_com:queue_length / custom_googleapis_com:queue_length"
    assert _answer(emulator, {"prometheusQuery": query}).series == ()


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"prometheusQuery": "sum(("}, "cannot be evaluated"),
        (_filter("metric.type="), "cannot be evaluated"),
        (_filter(perSeriesAligner="ALIGN_PERCENTILE_99"), "cannot be evaluated"),
        ({"timeSeriesQueryLanguage": "fetch x"}, "MQL"),
        ({"opsAnalyticsQuery": {"sql": "SELECT 1"}}, "BigQuery"),
        ({}, "no query"),
    ],
)
def test_what_is_wrong_with_a_query_is_a_note_and_no_failure(
    emulator: Emulator, query: dict[str, Any], says: str
) -> None:
    _feed(emulator, {1: 1.0})
    assert says in _answer(emulator, query).note


def test_labels_to_group_by_without_a_reducer_mean_nothing_as_in_googles_dashboards(emulator: Emulator) -> None:
    _feed(emulator, {1: 1.0}, queue="a")
    assert _answer(emulator, _filter(groupByFields=["metric.label.queue"])).note == ""


def test_a_variable_filters_once_it_has_a_value(emulator: Emulator) -> None:
    _feed(emulator, {1: 1.0}, queue="a")
    _feed(emulator, {1: 2.0}, queue="b")
    promql = {"prometheusQuery": "custom_googleapis_com:queue_length{${q}}"}
    filtered = _filter(f'metric.type="{METRIC}" AND ${{q}}')
    for query in (promql, filtered):
        assert len(_answer(emulator, query, q=("metric.labels.queue", "")).series) == 2
        (one,) = _answer(emulator, query, q=("metric.labels.queue", "b")).series
        assert one.labels["queue"] == "b"


def test_a_variables_value_is_a_value_whatever_is_in_it(emulator: Emulator) -> None:
    _feed(emulator, {1: 1.0}, queue='x" OR metric.type="y')
    found = _answer(
        emulator, _filter(f'metric.type="{METRIC}" AND ${{q}}'), q=("metric.labels.queue", 'x" OR metric.type="y')
    )
    assert len(found.series) == 1


def test_only_the_highest_few_are_picked(emulator: Emulator) -> None:
    for place in range(5):
        _feed(emulator, {1: float(place)}, queue=str(place))
    query = _filter()
    query["timeSeriesFilter"]["pickTimeSeriesFilter"] = {
        "numTimeSeries": 2,
        "rankingMethod": "METHOD_MAX",
        "direction": "TOP",
    }
    assert [one.labels["queue"] for one in _answer(emulator, query).series] == ["4", "3"]


@pytest.mark.parametrize(
    ("query", "share"),
    [
        ("a / b", True),
        ("1 - sum(a) / sum(b)", True),
        ("(1 - (a / b))", True),
        ("a / 60", False),
        ("1 - (a / b) / 0.005", False),
        ("2 - a / b", False),
        ("a - b", False),
        ("a", False),
    ],
)
def test_a_quotient_of_queries_is_a_share_and_so_is_one_minus_it(query: str, share: bool) -> None:
    assert is_share(parse(query)) is share
