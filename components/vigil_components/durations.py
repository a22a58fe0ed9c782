"""Durations as people say them, and as the two APIs write them."""

from datetime import timedelta
from typing import Annotated

from vigil_telemetry.arguments import Constraint, validated

_CENTURY = 36_500
"""Days. Nothing here lasts longer, and Python counts no further than a few thousand years."""


def _at_most(most: float) -> Constraint:
    return Constraint(lambda value: 0 <= value <= most, f"give 0 to {most}, which is a century")


@validated
def seconds(count: Annotated[float, _at_most(_CENTURY * 86_400)]) -> timedelta:
    """Return a duration of `count` seconds."""
    return timedelta(seconds=count)


@validated
def minutes(count: Annotated[float, _at_most(_CENTURY * 1_440)]) -> timedelta:
    """Return a duration of `count` minutes."""
    return timedelta(minutes=count)


@validated
def hours(count: Annotated[float, _at_most(_CENTURY * 24)]) -> timedelta:
    """Return a duration of `count` hours."""
    return timedelta(hours=count)


@validated
def days(count: Annotated[float, _at_most(_CENTURY)]) -> timedelta:
    """Return a duration of `count` days."""
    return timedelta(days=count)


def whole_seconds(duration: timedelta) -> int:
    """Return the duration in whole seconds.

    Raises ValueError for a fraction of a second or a negative duration: neither API takes one.
    """
    total = duration.total_seconds()
    if total < 0 or total != int(total):
        raise ValueError(f"{duration!r} is not a whole, non-negative number of seconds")
    return int(total)


def api_duration(duration: timedelta) -> str:
    """Return the duration in the JSON form of google.protobuf.Duration: `300s`."""
    return f"{whole_seconds(duration)}s"


def promql_duration(duration: timedelta) -> str:
    """Return the duration as PromQL writes it, in the largest unit that divides it: `5m`, `6h`, `3d`.

    Raises ValueError for an empty duration, which is no range.
    """
    total = whole_seconds(duration)
    if total == 0:
        raise ValueError("a PromQL range of no length selects nothing; give at least one second")
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if total % size == 0:
            return f"{total // size}{unit}"
    return f"{total}s"


def spoken(duration: timedelta) -> str:
    """Return the duration in words, for titles and runbooks: `5 minutes`, `1 hour`."""
    total = whole_seconds(duration)
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if total and total % size == 0:
            count = total // size
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return f"{total} second" if total == 1 else f"{total} seconds"
