"""Areas in proportion that fill their rectangle without overlapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.charts.treemap import Rectangle, squarified

values = st.lists(st.floats(0.5, 1000), min_size=1, max_size=20).map(lambda found: sorted(found, reverse=True))


def test_the_example_of_the_paper_begins_with_two_areas_above_each_other() -> None:
    found = squarified([6, 6, 4, 3, 2, 2, 1], Rectangle(0, 0, 6, 4))
    assert [(round(one.x, 2), round(one.width, 2), round(one.height, 2)) for one in found[:2]] == [(0, 3, 2), (0, 3, 2)]


@given(values)
def test_areas_are_in_proportion_and_fill_the_rectangle(given_values: list[float]) -> None:
    into = Rectangle(0, 0, 300, 200)
    found = squarified(given_values, into)
    total = sum(given_values)
    for value, area in zip(given_values, found, strict=True):
        assert area.width * area.height == pytest.approx(60_000 * value / total, rel=1e-6)
        assert area.x >= -1e-6
        assert area.y >= -1e-6
        assert area.x + area.width <= 300 + 1e-6
        assert area.y + area.height <= 200 + 1e-6


def test_nothing_has_no_areas() -> None:
    assert squarified([], Rectangle(0, 0, 1, 1)) == []
