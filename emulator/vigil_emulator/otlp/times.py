"""Times that a sender wrote, on the emulator's clock, which may run faster than the sender's."""

from collections.abc import Callable
from typing import Final, TypeAlias

OntoClock: TypeAlias = Callable[[int], int]
"""From a wall time to the emulated time, both in ns."""

_STARTS: Final = 100_000
"""Starts that are remembered."""


class Times:
    """Maps times, those of the starts of cumulative series to the same nanosecond each time."""

    def __init__(self, onto_clock: OntoClock) -> None:
        """`onto_clock` may give times that differ a little from call to call."""
        self._onto_clock = onto_clock
        self._known: dict[int, int] = {}

    def of(self, written: int) -> int:
        """Return the emulated time of a wall time, both in ns."""
        return self._onto_clock(written)

    def start_of(self, written: int) -> int:
        """Return the same for the start of a cumulative series: another start would be another series' beginning."""
        if len(self._known) > _STARTS:
            self._known.clear()
        if written not in self._known:
            self._known[written] = self._onto_clock(written) if written else 0
        return self._known[written]
