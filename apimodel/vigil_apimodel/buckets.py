"""The bounds of a distribution's buckets (google/api/distribution.proto)."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise


def exponential(scale: float, growth: float, finite: int) -> Iterator[float]:
    """Return the bounds `scale * growth ** i` for i in 0..finite, infinite where a double holds them no more."""
    for index in range(finite + 1):
        try:
            yield scale * growth**index
        except OverflowError:
            yield math.inf


def linear(offset: float, width: float, finite: int) -> Iterator[float]:
    """Return the bounds `offset + width * i` for i in 0..finite."""
    return (offset + width * index for index in range(finite + 1))


def mistake(bounds: Sequence[float]) -> str | None:
    """Return what is wrong with the bounds, or None."""
    if not all(map(math.isfinite, bounds)):
        return "the bounds must be finite"
    if not bounds or any(low >= high for low, high in pairwise(bounds)):
        return "the bounds must be strictly increasing"
    return None
