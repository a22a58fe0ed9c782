"""The time of a line: RFC 3339 with microseconds, formatted once per second."""

from __future__ import annotations

from time import gmtime, strftime, time_ns

THREE = tuple(b"%03d" % number for number in range(1000))
"""Three digits, ready to be joined."""


class Clock:
    """Keeps the second that it is. Two threads that set it at once both set what is right."""

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = (0, b"")
        """The second's start in nanoseconds since the epoch, and the member `time` down to its point."""

    def tick(self) -> tuple[int, bytes]:
        """Start the second that it is now: the microseconds passed in it, and the start of the member `time`."""
        second, nanos = divmod(time_ns(), 1_000_000_000)
        text = strftime(',"time":"%Y-%m-%dT%H:%M:%S.', gmtime(second)).encode()
        self.now = (second * 1_000_000_000, text)
        return nanos // 1000, text


clock = Clock()
