"""What became of numbered lines is reported exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.containers import count


def test_lines_that_are_missing_or_came_twice_are_named() -> None:
    losses = count(10, [0, 1, 2, 2, 5, 9, 9])
    assert losses.describe() == "10 written, 5 arrived, 5 missing (3-4, 6-8), 2 twice (2, 9)"
    assert not losses.complete


def test_a_delivery_of_all_lines_is_complete() -> None:
    assert count(3, [2, 0, 1]).describe() == "3 written, 3 arrived, none missing, none twice"
    assert count(0, []).complete


def test_a_number_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(ValueError, match="3-4; 3 were written"):
        count(3, [0, 3, 4])


@given(st.integers(0, 60), st.data())
def test_what_is_missing_and_what_arrived_are_all_that_was_written(written: int, data: st.DataObject) -> None:
    arrived = data.draw(st.lists(st.integers(0, max(written - 1, 0)), max_size=80)) if written else []
    losses = count(written, arrived)
    assert sorted({*losses.missing, *arrived}) == list(range(written))
    assert losses.arrived + len(losses.missing) == written
    assert len(arrived) >= losses.arrived + len(losses.repeated)
