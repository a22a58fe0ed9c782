"""A query that asks for more memory or time than there is ends with an error, and soon."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from tests.emulator.data.test_promql_at_google import MINUTE, Stored, series
from vigil_emulator.promql import budget
from vigil_emulator.promql.evaluate import Evaluator, parse
from vigil_emulator.promql.frame import PromQLError, Samples

EIGHT = ', "a"' * 8
LETTERS = "abcdefghijklmnopqrst"


def nested(count, inner="x"):
    """A label that is eight times as long after each call."""
    for _ in range(count):
        inner = f'label_replace({inner}, "a", "{"$1" * 8}", "a", "(.*)")'
    return inner


def joined(count, inner="x"):
    for _ in range(count):
        inner = f'label_join({inner}, "a", ""{EIGHT})'
    return inner


def many(count, points=11):
    return [
        series(range(points), kind="CUMULATIVE", value_type="INT64", a=f"{LETTERS}{index}") for index in range(count)
    ]


@pytest.mark.parametrize("query", [nested(60), joined(60), nested(12), f"sum by (a) ({nested(20)})"])
def test_a_label_that_grows_without_end_is_refused(query):
    with pytest.raises(PromQLError, match="a label's value would have"):
        Evaluator(Stored(*many(2)), MINUTE, MINUTE, 1).evaluate(parse(query))


def test_what_many_series_write_is_added_up(monkeypatch):
    monkeypatch.setattr(budget, "MOST_LABEL", 10**9)
    with budget.bounded() as left:
        left.text = 100_000
        with pytest.raises(PromQLError, match="the labels of this query would have more"):
            Evaluator(Stored(*many(10)), MINUTE, MINUTE, 1).evaluate(parse(nested(4)))


@pytest.mark.parametrize(
    ("query", "steps"),
    [
        ("x", 11_000), ("rate(x[5m])", 11_000), ("x * on(a) group_left x", 11_000), ("sum_over_time(x[1h:1ms])", 1),
        ("max_over_time((x + 1)[10y:1s])", 1), ('count_values("v", x * time())', 9_000), ("x or x offset 1m", 11_000),
    ],
)  # fmt: skip
def test_series_times_steps_are_bounded(query, steps):
    found = many(500 if steps > 1 else 200)
    with pytest.raises(PromQLError, match="too many samples"), budget.bounded():
        Evaluator(Stored(*found), 0, (steps - 1) * 1000, 1000).evaluate(parse(query))


@pytest.mark.parametrize(
    "function",
    ["quantile_over_time(0.5, x[1d])", "stddev_over_time(x[1d])", "deriv(x[1d])", "predict_linear(x[1d], 1)"],
)
def test_work_is_bounded_for_functions_that_read_each_window(function):
    long = Samples({"__name__": "x"}, np.arange(20_000, dtype=np.int64) * 1000, np.ones(20_000))
    with budget.bounded() as left:
        left.work = 1_000_000
        with pytest.raises(PromQLError, match="query timed out"):
            Evaluator(Stored(long), 10_000_000, 20_000_000, 1000).evaluate(parse(function))


def test_time_is_bounded(monkeypatch):
    moments = iter(range(0, 10_000, 10))
    monkeypatch.setattr(budget, "monotonic", lambda: next(moments))
    with budget.bounded(), pytest.raises(PromQLError, match="more than 30 seconds"):
        Evaluator(Stored(*many(1)), 0, 0, 1).evaluate(parse(" + ".join(["x"] * 50)))


def test_an_answer_has_a_most_of_points():
    budget.points(budget.MOST_POINTS)
    with pytest.raises(PromQLError, match="the answer would have 1000001 points"):
        budget.points(budget.MOST_POINTS + 1)


def test_dashboards_of_a_day_over_hundreds_of_series_are_far_below():
    with budget.bounded():
        value = Evaluator(Stored(*many(400)), 0, 1440 * MINUTE, MINUTE).evaluate(parse("sum by (a) (rate(x[5m]))"))
    assert len(value.labels) == 400


def test_a_process_with_two_gigabytes_answers_queries_that_grow():
    program = """
import asyncio, json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from vigil_emulator.server import Emulator
from vigil_emulator.rest.request import Request
from urllib.parse import urlencode
emulator = Emulator()
async def ask(query):
    path = "/v1/projects/p/location/global/prometheus/api/v1/query"
    answer = await emulator.api.answer(Request(http="POST", path=path, query=urlencode({"query": query})))
    return answer.status
print(json.dumps([asyncio.run(ask(query)) for query in json.load(sys.stdin)]))
"""
    inner = 'label_replace(vector(1), "a", "0123456789", "", "")'
    queries = [
        nested(60, inner),
        joined(60, inner),
        "sum_over_time(vector(1)[10y:10ms])",
        "vector(1)[1y:1s]",
        "vector(1)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", program, str(2 << 30)], input=json.dumps(queries), capture_output=True, text=True, check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert json.loads(done.stdout) == [400, 400, 400, 400, 200]
