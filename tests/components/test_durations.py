"""Durations as people say them: how long they may be."""

from datetime import timedelta

import pytest

from vigil_components import days, hours, minutes, seconds


@pytest.mark.parametrize(
    ("unit", "most"), [(seconds, 3_153_600_000), (minutes, 52_560_000), (hours, 876_000), (days, 36_500)]
)
def test_a_duration_is_none_to_a_century(unit, most) -> None:
    assert unit(0) == timedelta()
    assert unit(most) == timedelta(days=36_500)
    for wrong in (-1, -0.5, most + 1, float("inf"), float("nan")):
        with pytest.raises(
            ValueError, match=rf"^{unit.__name__}: count is {wrong}; give (0 to {most}, which is|a finite)"
        ):
            unit(wrong)
