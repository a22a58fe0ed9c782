"""A range query is the instant query at each step: the vectorised evaluation must not show."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from vigil_emulator.promql.evaluate import Evaluator, parse
from vigil_emulator.promql.frame import Frame, PromQLError, label_key

_spec = importlib.util.spec_from_file_location(
    "promtool_cases", Path(__file__).parent / "test_promql_against_promtool.py"
)
cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(cases)

START, END, STEP = 20 * 60_000, 60 * 60_000, 437_000
SOURCE = cases.stored(cases.generated(7))


def at_each_step(value, index):
    if not isinstance(value, Frame):
        return {frozenset(): value[index]}
    return {
        label_key(labels): row[index]
        for labels, row, present in zip(value.labels, value.values, value.present, strict=True)
        if present[index]
    }


@pytest.mark.parametrize("query", [query for query in cases.QUERIES if "@ end()" not in query])
def test_each_step_is_the_instant_query_at_its_time(query):
    expr = parse(query)
    over = Evaluator(SOURCE, START, END, STEP)
    value = over.evaluate(expr)
    for index, at in enumerate(over.times.tolist()):
        alone = at_each_step(Evaluator(SOURCE, at, at, 1).evaluate(expr), 0)
        found = at_each_step(value, index)
        assert found.keys() == alone.keys()
        for labels, expected in alone.items():
            assert found[labels] == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("load + on(path) requests", "many-to-many matching not allowed|many-to-one matching must be explicit"),
        ("load + on() group_left requests", "many-to-many matching not allowed"),
        ('label_replace(load, "path", "", "path", ".*")', "same labelset"),
        ("info(load)", "invalid|unknown|not implemented"),
        ('sum(label_replace(load, "a", "b", "c", "("))', "invalid regular expression"),
    ],
)
def test_what_cannot_be_evaluated_says_so(query, complaint):
    with pytest.raises(PromQLError, match=complaint):
        Evaluator(SOURCE, END, END, 1).evaluate(parse(query))


def test_the_same_windows_hold_for_steps_that_fall_between_samples():
    steps = Evaluator(SOURCE, START + 1, START + 1 + STEP, STEP).evaluate(parse("count_over_time(load[5m])"))
    assert np.all(steps.values[steps.present] <= 5)
