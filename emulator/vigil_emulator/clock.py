"""The emulator's time, as an object: real, scaled, or moved by hand.

Everything in the emulator that asks for the time asks a clock, so that an alert that lasts five minutes is tested in
microseconds (``VirtualClock``) and shown in seconds (``ScaledClock``), with the same policy that Google would run.
"""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

LOOK = 0.2
"""Wall seconds between two looks at a clock that only moves by hand."""


class Clock(Protocol):
    """Where the emulator gets its time from."""

    @property
    def speed(self) -> float:
        """Emulated seconds that pass in one wall second; 0 where time only moves by hand."""
        ...

    def now(self) -> datetime:
        """Now, in UTC. Never goes backwards."""
        ...


class RealClock:
    """The machine's clock."""

    speed = 1.0

    def now(self) -> datetime:
        """Wall time in UTC."""
        return datetime.now(UTC)


class ScaledClock:
    """Starts at a given time (default: now) and runs ``speed`` times as fast as the wall clock."""

    def __init__(self, speed: float, *, start: datetime | None = None) -> None:
        """Raise ValueError for a speed that is not positive, or a start without a time zone."""
        if speed <= 0:
            raise ValueError(f"speed must be positive, not {speed}: use VirtualClock for time that stands still")
        self._speed = speed
        self._start = _utc(start or datetime.now(UTC))
        self._origin = time.monotonic()

    @property
    def speed(self) -> float:
        """Emulated seconds per wall second."""
        return self._speed

    def now(self) -> datetime:
        """The start plus the scaled monotonic time since construction."""
        return self._start + timedelta(seconds=(time.monotonic() - self._origin) * self._speed)


class VirtualClock:
    """Stands still until a test moves it."""

    speed = 0.0

    def __init__(self, start: datetime) -> None:
        """Raise ValueError for a start without a time zone."""
        self._now = _utc(start)

    def now(self) -> datetime:
        """Where the clock was last put."""
        return self._now

    def advance(self, seconds: float) -> datetime:
        """Move forward and return the new time; raise ValueError for a negative number."""
        if seconds < 0:
            raise ValueError(f"time does not go back: cannot advance by {seconds} s")
        self._now += timedelta(seconds=seconds)
        return self._now


async def sleep_until(clock: Clock, due: datetime) -> None:
    """Return when the clock shows ``due`` or later; at once where it does already."""
    while True:
        left = (due - clock.now()).total_seconds()
        if left <= 0:
            return
        await asyncio.sleep(left / clock.speed if clock.speed else LOOK)


def _utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone: give the start of a clock in UTC")
    return when.astimezone(UTC)
