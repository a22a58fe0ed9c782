"""A figure beside a peer or a goal, and the file of an area, which `bench.table` makes a table of."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

FOLDER = Path(__file__).resolve().parents[1] / "build" / "bench"


class Figure(TypedDict):
    """One row of a table."""

    name: str
    value: float
    unit: str
    peer: str
    peer_value: float
    ratio: float
    goal: float | None
    met: bool | None


def figure(
    name: str,
    value: float,
    unit: str,
    peer: str,
    peer_value: float,
    *,
    goal: float | None = None,
    better: Literal["less", "more", "times faster"] = "less",
) -> Figure:
    """Return a figure beside a peer's.

    Args:
        name: what is measured.
        value: ours.
        unit: of both values.
        peer: whom it is compared with.
        peer_value: the peer's.
        goal: the ratio to reach, None where there is none.
        better: with `less` and `more`, the ratio is ours to the peer's, and at most or at least the goal. With
            `times faster` it is the peer's time to ours, and at least the goal.
    """
    ratio = peer_value / value if better == "times faster" else value / peer_value
    met = None if goal is None else (ratio <= goal if better == "less" else ratio >= goal)
    return Figure(name=name, value=value, unit=unit, peer=peer, peer_value=peer_value, ratio=ratio, goal=goal, met=met)


def against_goal(
    name: str, value: float, unit: str, goal: float, *, better: Literal["less", "more"] = "less"
) -> Figure:
    """Return a figure beside the value that it is to reach, which takes the peer's place."""
    return figure(name, value, unit, "goal", goal, goal=1, better=better)


def publish(area: str, figures: Sequence[Figure]) -> None:
    """Write the figures of an area into its file, and print them."""
    file = FOLDER / f"{area}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, indent=2) + "\n")
    for one in figures:
        goal = "" if one["goal"] is None else f", goal {number(one['goal'])}: {'met' if one['met'] else 'NOT MET'}"
        print(
            f"{one['name']}: {number(one['value'])} {one['unit']}, "
            f"{one['peer']}: {number(one['peer_value'])}, ratio {number(one['ratio'])}{goal}"
        )
    print(f"written to {file}")


def number(value: float) -> str:
    """Return a number with three digits, or all of its whole ones."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
