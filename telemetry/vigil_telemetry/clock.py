"""The time of a line: RFC 3339 with microseconds, formatted once per second."""

from __future__ import annotations

from time import gmtime, strftime, time_ns

SECOND = 1_000_000_000
"""In nanoseconds."""
THREE = tuple(f"{number:03d}" for number in range(1000))
"""Three digits, ready to be joined."""
LAST = tuple(f"{digits}Z" for digits in THREE)
"""The last three digits, and the zone."""


class Clock:
    """Keeps the second that it is. Two threads that set it at once both set what is right."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = (0, "")
        """The second's start in nanoseconds since the epoch, and its text down to its point."""

    def tick(self) -> tuple[int, str]:
        """Start the second that it is now: the nanoseconds passed in it, and its text."""
        second, nanos = divmod(time_ns(), SECOND)
        text = strftime("%Y-%m-%dT%H:%M:%S.", gmtime(second))
        self.now = (second * SECOND, text)
        return nanos, text

    def text(self) -> str:
        """Return the time. The hot path does the same in its own code."""
        since, stamp = self.now
        nanos = time_ns() - since
        if nanos >= SECOND or nanos < 0:
            nanos, stamp = self.tick()
        micros = nanos // 1000
        return f"{stamp}{THREE[micros // 1000]}{LAST[micros % 1000]}"


clock = Clock()
