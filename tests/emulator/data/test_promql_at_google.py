"""Where Google documents its PromQL to differ from Prometheus': a test for each row of docs/emulator-promql.md.

Source: docs.cloud.google.com/stackdriver/docs/managed-prometheus/promql-differences.
"""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.emulator.data.conftest import call
from vigil_apimodel.promql import AGGREGATIONS, FUNCTIONS, LATER
from vigil_emulator import data_methods
from vigil_emulator.errors import ApiError
from vigil_emulator.promql.evaluate import Evaluator, parse
from vigil_emulator.promql.frame import PromQLError, Samples
from vigil_emulator.promql.source import matcher_test

PAGE = Path(__file__).parents[3] / "docs" / "emulator-promql.md"
PROMETHEUS = "monitoring.projects.location.prometheus.api.v1"
MINUTE = 60_000
REFUSED = "must name one metric exactly|at least one non-empty matcher"
"""Prometheus refuses some of these too."""


class Stored:
    def __init__(self, *series):
        self.series = series

    def select(self, matchers, start, end):
        tests = [(matcher.name, matcher_test(matcher)) for matcher in matchers]
        return [one for one in self.series if all(test(one.labels.get(name, "")) for name, test in tests)]


def series(values, *, step=MINUTE, name="x", kind="", value_type="", **labels):
    times = np.arange(len(values), dtype=np.int64) * step
    return Samples({"__name__": name, **labels}, times, np.array(values, dtype=np.float64), kind, value_type)


def values(query, *found, at=10 * MINUTE, **options):
    value = Evaluator(Stored(*found), at, at, 1, **options).evaluate(parse(query))
    return [float(row[0]) for row in value.values]


def answer(world, method, **body):
    return data_methods.handlers(world.plane)[f"{PROMETHEUS}.{method}"](
        call(method, path={"name": "projects/p"}, body=body)
    )["data"]


def test_the_page_has_a_test_for_each_row():
    rows = re.findall(r"^\|.*`(test_\w+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows
    assert set(rows) <= set(globals())


@pytest.mark.parametrize("name", sorted(LATER))
def test_functions_after_2_44_are_unknown(name):
    arguments = {"limitk": "2, x", "limit_ratio": "0.5, x", "info": "x", "range": "", "step": "", "max_of": "1, 2", "min_of": "1, 2",
                 "histogram_quantiles": 'x, "q", 0.5', "double_exponential_smoothing": "x[5m], 0.5, 0.5"}  # fmt: skip
    usual = 'x, "a"' if name.startswith("sort") else "x" if name.startswith("histogram") else "x[5m]"
    with pytest.raises(PromQLError, match=f"unknown function with name '{name}'"):
        parse(f"{name}({arguments.get(name, usual)})")


def test_holt_winters_is_there_and_strings_with_its_new_name_are_not_looked_at():
    assert values("holt_winters(x[10m], 0.5, 0.5)", series(range(11))) == [10]
    parse('x{a="double_exponential_smoothing("} # mad_over_time(x[5m])')
    assert not (FUNCTIONS | AGGREGATIONS) & LATER


@pytest.mark.parametrize(("query", "reason"), [
    ("topk(1e300, x)", "Scalar value 1e\\+300 overflows int64"), ("bottomk(NaN, x)", "overflows int64"), ("topk(-Inf, x)", "overflows int64"),
    ("holt_winters(x[10m], 2, 0.5)", "invalid smoothing factor"), ("holt_winters(x[10m], 0.5, 0)", "invalid trend factor"),
    ('count_values("", x)', "invalid label name"), ('label_join(x, "", "-", "a")', "label_join"), ('label_replace(x, "", "a", "a", ".*")', "label_replace"),
])  # fmt: skip
def test_what_the_functions_of_2_44_refuse(query, reason):
    with pytest.raises(PromQLError, match=reason):
        values(query, series(range(11)))


@pytest.mark.parametrize("query", ['{__name__=~"x.*"}', '{__name__!="y"}', '{job="a"}', '{__name__=""}', 'sum(rate({__name__=~"x|y"}[5m]))', '{__name__!~"y"} > 1',
                                   'max_over_time({__name__=~"x"}[5m:1m])', 'x or {__name__=~".+"}'])  # fmt: skip
def test_names_are_matched_exactly(world, query):
    for method, more in (("query", {}), ("query_range", {"start": "0", "end": "60", "step": "60"})):
        with pytest.raises(ApiError, match=REFUSED):
            answer(world, method, query=query, **more)
    if query.startswith("{") and query.endswith("}"):
        with pytest.raises(ApiError, match=REFUSED):
            answer(world, "series", match=[query])


def test_an_exact_name_may_have_further_matchers_and_names_are_listed_without_any(world):
    world.counter("a", "")
    world.write({"textPayload": "x"})
    world.pass_time(700)
    name = "logging_googleapis_com:user_a"
    assert len(answer(world, "query", query=f'{{__name__="{name}", __name__!="b"}}')["result"]) == 1
    assert name in answer(world, "labels") or "__name__" in answer(world, "labels")


def test_a_series_is_there_for_five_minutes_after_its_last_point():
    last = series([1, 2])
    assert values("x", last, at=6 * MINUTE) == [2]
    assert values("x", last, at=6 * MINUTE + 1) == []


@pytest.mark.parametrize(("function", "wide"), [("rate", 1 / 60), ("increase", 10), ("irate", 1 / 60)])
def test_a_window_narrower_than_the_step_is_a_step_wide_in_range_queries(function, wide):
    found = series(range(31))
    steps = (10 * MINUTE, 30 * MINUTE, 10 * MINUTE)
    narrow = Evaluator(Stored(found), *steps).evaluate(parse(f"{function}(x[30s])"))
    assert not len(narrow.labels)
    value = Evaluator(Stored(found), *steps, widened=True).evaluate(parse(f"{function}(x[30s])"))
    assert value.values[0] == pytest.approx([wide] * 3)
    same = Evaluator(Stored(found), *steps, widened=True).evaluate(parse("sum_over_time(x[30s])"))
    assert same.values[0].tolist() == [10, 20, 30]


def test_the_api_widens_range_queries_and_neither_instant_ones_nor_conditions(world):
    world.counter("a", "")
    for _ in range(20):
        world.write({"textPayload": "x"})
        world.pass_time(60)
    query = "increase(logging_googleapis_com:user_a[30s])"
    now = world.clock.now().timestamp()
    assert answer(world, "query", query=query)["result"] == []
    (found,) = answer(world, "query_range", query=query, start=str(now - 600), end=str(now), step="300")["result"]
    assert [float(value) for _, value in found["values"]] == pytest.approx([5, 5, 5])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("count_over_time(x[5m])", 6), ("sum_over_time(x[2m])", 8 + 9 + 10), ("increase(x[5m])", 5), ("count_over_time(x[1m:1m])", 2),
        ("count_over_time(x[5m] offset 1m)", 6), ("present_over_time(x[0s])", None), ("changes(x[3m])", 3),
    ],
)  # fmt: skip
def test_windows_are_closed_at_both_ends(query, expected):
    if expected is None:
        return
    assert values(query, series(range(11))) == [expected]
    if "count" in query:
        assert values(query, series(range(11)), left_open=True) == [expected - 1]


def test_a_quantile_of_a_histogram_without_samples_is_no_value():
    empty = [series([0] * 11, name="b", le=bound) for bound in ("1", "2", "+Inf")]
    assert values("histogram_quantile(0.9, b)", *empty) == []
    assert values("histogram_quantile(0.9, sum by (le) (rate(b[5m]))) or vector(0)", *empty) == [0]
    some = [series([4] * 11, name="b", le=bound) for bound in ("1", "2", "+Inf")]
    assert values("histogram_quantile(0.5, b)", *some) == [0.5]


@pytest.mark.parametrize("function", ["rate", "irate", "increase", "resets"])
def test_functions_of_counters_refuse_gauges(function):
    gauge = series(range(11), kind="GAUGE", value_type="INT64")
    with pytest.raises(PromQLError, match=re.escape(f"{function}() can only be used with counter series, got GAUGE")):
        values(f"{function}(x[5m])", gauge)
    for kind in ("CUMULATIVE", "DELTA"):
        assert values(f"{function}(x[5m])", series(range(11), kind=kind, value_type="INT64"))
    both = [gauge, series(range(0, 22, 2), kind="CUMULATIVE", value_type="DOUBLE")]
    assert len(values(f"{function}(x[5m])", *both)) == 1  # of a metric of unknown type, which is written as both
    assert values("delta(x[5m])", gauge) == [5]
    assert values(f"{function}(max by () (x)[5m:1m])", gauge)  # a subquery has no type


def test_quantiles_refuse_what_is_no_histogram():
    number = series(range(11), kind="CUMULATIVE", value_type="INT64", le="+Inf")
    with pytest.raises(
        PromQLError, match=re.escape("histogram_quantile() can only be used with histograms, got INT64")
    ):
        values("histogram_quantile(0.9, rate(x[5m]))", number)
    buckets = [series([4] * 11, kind="CUMULATIVE", value_type="DISTRIBUTION", le=bound) for bound in ("1", "+Inf")]
    assert values("histogram_quantile(0.5, x)", *buckets) == [0.5]


def test_metric_and_label_names_may_have_any_character_in_quotes():
    found = series([7] * 11, name="my.domain.com/a-b", **{"label.key": "v"})
    for query in (
        '{"my.domain.com/a-b", "label.key"="v"}',
        '{__name__="my.domain.com/a-b", "label.key"="v"}',
        '{"__name__"="my.domain.com/a-b"}',
    ):
        assert values(query, found) == [7]


def test_a_single_equals_sign_compares():
    assert values("x = 10", series(range(11))) == values("x == 10", series(range(11))) == [10]
