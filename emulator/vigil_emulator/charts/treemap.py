"""Areas in proportion, as near to squares as they get.

After Bruls, Huizing and van Wijk, "Squarified Treemaps" (2000): rows are laid along the shorter side, and take one more
area as long as that makes the worst of them no narrower.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rectangle:
    """Upper left corner and size."""

    x: float
    y: float
    width: float
    height: float


def squarified(values: Sequence[float], into: Rectangle) -> list[Rectangle]:
    """Return one rectangle for each value, in their order: positive values, from the largest to the smallest."""
    total = sum(values)
    if not values or total <= 0:
        return []
    unit = into.width * into.height / total
    found: list[Rectangle] = []
    rest = into
    left = [value * unit for value in values]
    while left:
        side = min(rest.width, rest.height)
        count = 1
        while count < len(left) and _worst(left[: count + 1], side) <= _worst(left[:count], side):
            count += 1
        row, left = left[:count], left[count:]
        placed, rest = _laid(row, rest)
        found += placed
    return found


def _worst(row: Sequence[float], side: float) -> float:
    """The largest ratio of long to short side in a row along `side`."""
    total = sum(row)
    if not side or not total:
        return float("inf")
    return max(max(side * side * area / (total * total), total * total / (side * side * area)) for area in row)


def _laid(row: Sequence[float], rest: Rectangle) -> tuple[list[Rectangle], Rectangle]:
    total = sum(row)
    placed: list[Rectangle] = []
    if rest.width >= rest.height:
        width = total / rest.height if rest.height else 0.0
        y = rest.y
        for area in row:
            height = area / width if width else 0.0
            placed.append(Rectangle(rest.x, y, width, height))
            y += height
        return placed, Rectangle(rest.x + width, rest.y, rest.width - width, rest.height)
    height = total / rest.width if rest.width else 0.0
    x = rest.x
    for area in row:
        width = area / height if height else 0.0
        placed.append(Rectangle(x, rest.y, width, height))
        x += width
    return placed, Rectangle(rest.x, rest.y + height, rest.width, rest.height - height)
