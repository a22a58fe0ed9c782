"""Too little traffic is too little in every window, whether it ends with a point or between two."""

from datetime import timedelta
from math import floor

import pytest

from vigil_components.proofs import trickle


@pytest.mark.parametrize("least", [1, 2, 5, 10, 20, 99, 100])
@pytest.mark.parametrize("width", [2, 3, 5, 10, 30, 60, 360, 1440])
def test_no_closed_window_of_a_trickle_holds_enough(least: int, width: int) -> None:
    rate = trickle(least, timedelta(minutes=width))

    def grown(start: int, minutes: int) -> int:
        return floor(rate * (start + minutes)) - floor(rate * start)

    starts = range(3 * width)
    assert max(grown(start, width) for start in starts) < least
    assert max(grown(start, width - 1) * width / (width - 1) for start in starts) < least


@pytest.mark.parametrize("width", [30, 60, 360])
def test_a_third_more_of_a_trickle_is_enough(width: int) -> None:
    rate = trickle(100, timedelta(minutes=width)) * 4 / 3
    assert min(floor(rate * (start + width)) - floor(rate * start) for start in range(width)) >= 100
