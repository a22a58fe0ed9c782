"""The time that a page shows: its ranges by name, and how finely each is drawn."""

from dataclasses import dataclass

RANGES = {
    "30m": 30 * 60,
    "1h": 3600,
    "3h": 3 * 3600,
    "6h": 6 * 3600,
    "1d": 86_400,
    "7d": 7 * 86_400,
    "30d": 30 * 86_400,
}
"""Seconds by name. All are within the six weeks that points are kept."""

DEFAULT_RANGE = "1h"
STEPS = 120
"""Points of a line: about one for every four pixels of a tile."""
LEAST_STEP = 15_000
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to `end` by `step`, in milliseconds; `now` in nanoseconds."""

    start: int
    end: int
    step: int
    now: int

    @classmethod
    def last(cls, name: str, now: int) -> "Window":
        """Return the range of a name up to now, on whole steps, so that pages drawn within one step are the same."""
        seconds = RANGES.get(name, RANGES[DEFAULT_RANGE])
        step = max(LEAST_STEP, seconds * 1000 // STEPS)
        end = now // _MILLION // step * step
        return cls(end - seconds * 1000, end, step, now)

    @classmethod
    def around(cls, start: int, end: int, now: int) -> "Window":
        """Return a range of time that the user chose, in milliseconds."""
        step = max(LEAST_STEP, (end - start) // STEPS)
        return cls(start // step * step, max(end // step * step, start // step * step + step), step, now)
