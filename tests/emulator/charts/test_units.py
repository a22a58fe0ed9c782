"""Numbers in the unit that suits their size."""

import pytest

from vigil_emulator.charts.units import number, scale


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0123, "s", "12.3 ms"),
        (0.000004, "s", "4 µs"),
        (2.5, "s", "2.5 s"),
        (5400.0, "s", "1.5 h"),
        (1500.0, "ms", "1.5 s"),
        (2048.0, "By", "2 KiB"),
        (3.0, "MBy", "2.86 MiB"),
        (5.0 * 1024**3, "By/s", "5 GiB/s"),
        (42.0, "%", "42%"),
        (0.42, "10^2.%", "42%"),
        (7.0, "{request}/s", "7 request/s"),
        (7.0, "1/s", "7 1/s"),
        (12345.0, "1", "12.3k"),
        (0.0, "s", "0 s"),
        (3.0, "Sessions", "3 Sessions"),
    ],
)
def test_a_value_reads_in_the_unit_of_its_size(value: float, unit: str, shown: str) -> None:
    assert scale(unit, abs(value)).text(value) == shown


def test_quotients_of_like_by_like_are_percentages_as_long_as_they_stay_below_two() -> None:
    assert scale("1", 0.8, share=True).text(0.05) == "5%"
    assert scale("1", 1.2, share=True).text(1.2) == "120%"
    assert scale("1", 3.0, share=True).text(0.05) == "0.05"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (1234567.0, "1.23M"), (999.0, "999"), (0.001234, "0.00123"), (float("inf"), "∞"), (float("nan"), "-")],
)
def test_three_digits_are_precise_enough(value: float, shown: str) -> None:
    assert number(value) == shown
