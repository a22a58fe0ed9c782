"""Series as promtool writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_proofs.unit import NotationError
from vigil_proofs.unit._notation import selector, values, written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1 2.5 -3", [1, 2.5, -3]),
        ("1x3", [1, 1, 1, 1]),
        ("0+10x3", [0, 10, 20, 30]),
        ("10-5x2", [10, 5, 0]),
        ("_ 1 _x2 stale", [None, 1, None, None, None]),
        ("1e3x1", [1000, 1000]),
    ],
)
def test_values_are_read_as_promtool_reads_them(text, found):
    assert values(text) == found


@pytest.mark.parametrize("text", ["", "x", "1x", "1+x3", "{{schema:1}}", "1x999999", "_x999999999"])
def test_other_values_are_refused(text):
    with pytest.raises(NotationError):
        values(text)


@given(st.lists(st.none() | st.integers(-(10**9), 10**9).map(float) | st.floats(-1e9, 1e9), min_size=1, max_size=30))
def test_what_is_written_is_read_back(given_values):
    assert values(written(given_values)) == given_values


@pytest.mark.parametrize(
    ("text", "name", "labels"),
    [
        ("up", "up", {}),
        ('up{job="a", x="b,}"}', "up", {"job": "a", "x": "b,}"}),
        ('{"run.googleapis.com/request_count", code="5\\"x"}', "run.googleapis.com/request_count", {"code": '5"x'}),
        (
            'run.googleapis.com/request_count{resource.service_name="api"}',
            "run.googleapis.com/request_count",
            {"resource.service_name": "api"},
        ),
        ('{__name__="up"}', "up", {}),
    ],
)
def test_a_selector_is_read_into_name_and_labels(text, name, labels):
    found = selector(text)
    assert (found.name, found.labels) == (name, labels)


@pytest.mark.parametrize("text", ["", "{}", 'up{a="b"', "up{a=b}", 'up{="b"}'])
def test_other_selectors_are_refused(text):
    with pytest.raises(NotationError):
        selector(text)
