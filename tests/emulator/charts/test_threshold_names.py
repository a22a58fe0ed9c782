"""Where the name of a threshold stands: not on a line, and not outside of the chart."""

import pytest

pytest.importorskip("altair", reason="charts need vigil-emulator[console]")

from vigil_emulator.charts.model import Line, TimeChart
from vigil_emulator.charts.plot import _Axis, _free  # pyright: ignore[reportPrivateUsage] - its place is no public name
from vigil_emulator.charts.units import scale

AXIS = _Axis(bottom=0, top=10, height=200, width=600, logarithmic=False)
TIMES = tuple(range(0, 1001, 10))


def place(value: float, heights, axis: _Axis = AXIS) -> tuple[bool, bool]:
    line = Line(name="a", times=TIMES, values=tuple(heights(at) for at in TIMES))
    chart = TimeChart(start=0, end=1000, step=10, lines=(line,))
    return _free(chart, value, 150, scale("1", 10.0), axis)


def test_above_the_line_at_the_right_end_where_nothing_is_in_the_way():
    assert place(5, lambda at: 1.0) == (True, False)


def test_at_the_left_end_where_a_series_crosses_at_the_right():
    assert place(5, lambda at: 8.0 if at > 850 else 1.0) == (False, False)


def test_below_the_line_where_series_run_just_above_it():
    assert place(5, lambda at: 5.3) == (True, True)


def test_a_name_stays_inside_of_the_chart():
    assert place(9.8, lambda at: 9.5)[1] is True
    assert place(0.1, lambda at: 0.3)[1] is False


def test_a_steep_line_between_two_points_is_in_the_way_too():
    assert place(5, lambda at: 10.0 if at > 900 and at % 20 else 0.0) == (False, False)
