"""Amounts that are known within bounds."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Range:
    """An amount between two bounds; both are the same where it is known."""

    low: float
    high: float

    def __add__(self, other: "Range") -> "Range":
        """Return the sum of both bounds."""
        return Range(self.low + other.low, self.high + other.high)

    def __mul__(self, factor: float) -> "Range":
        """Return both bounds times a factor that is not negative."""
        return Range(self.low * factor, self.high * factor)


NOTHING = Range(0.0, 0.0)
"""Zero, for certain."""


def exactly(amount: float) -> Range:
    """Return an amount that is known."""
    return Range(amount, amount)


def total(amounts: Iterable[Range]) -> Range:
    """Return the sum of amounts."""
    found = NOTHING
    for one in amounts:
        found += one
    return found
