"""The emulator's time, as an object: real, scaled, or moved by hand.

Everything in the emulator that asks for the time asks a clock, so that an alert that lasts five minutes is tested in
microseconds (`VirtualClock`) and shown in seconds (`ScaledClock`), with the same policy that Google would run.
"""

from asyncio import sleep
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Protocol

LOOK = 0.2
"""Wall seconds between two looks at a clock that moves by hand or may change its speed."""
FASTEST = 1_000_000.0
"""The highest speed: eleven days in a second."""
REMEMBERED = 100
"""Speeds that a clock remembers, to say when a line was written that arrives later."""


class Clock(Protocol):
    """Where the emulator gets its time from."""

    @property
    def speed(self) -> float:
        """Emulated seconds that pass in one wall second; 0 where time only moves by hand."""
        ...

    def now(self) -> datetime:
        """Return the time in UTC. It never goes backwards."""
        ...

    def passed(self, wall: float) -> float:
        """Return how many emulated seconds passed in the last so many wall seconds."""
        ...


class RealClock:
    """The machine's clock."""

    speed = 1.0

    def now(self) -> datetime:
        """Return the wall time in UTC."""
        return datetime.now(UTC)

    def passed(self, wall: float) -> float:
        """Return `wall`: one second passes in a second."""
        return wall


class ScaledClock:
    """Starts at a given time (default: now) and runs `speed` times as fast as the wall clock."""

    def __init__(self, speed: float, *, start: datetime | None = None, wall: Callable[[], float] = monotonic) -> None:
        """Raise ValueError for a speed that is not positive, or a start without a time zone.

        `wall` gives wall seconds that never go backwards.
        """
        self._wall = wall
        self._legs = [_Leg(began=wall(), at=_utc(start or datetime.now(UTC)), speed=_positive(speed))]

    @property
    def speed(self) -> float:
        """Emulated seconds per wall second."""
        return self._legs[-1].speed

    def run(self, speed: float) -> None:
        """Run at another speed from now. Raise ValueError where it is not positive."""
        began = self._wall()
        leg = _Leg(began=began, at=self._legs[-1].time(began), speed=_positive(speed))
        self._legs = [*self._legs[-(REMEMBERED - 1) :], leg]

    def now(self) -> datetime:
        """Return the start plus the scaled monotonic time since construction."""
        return self._legs[-1].time(self._wall())

    def passed(self, wall: float) -> float:
        """Return how many emulated seconds passed in the last so many wall seconds, at the speeds of then."""
        now = self._wall()
        then = now - wall
        leg = next((leg for leg in reversed(self._legs) if leg.began <= then), self._legs[0])
        return (self._legs[-1].time(now) - leg.time(then)).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Leg:
    """A stretch of time at one speed."""

    began: float
    """Wall seconds."""
    at: datetime
    """Emulated time then."""
    speed: float

    def time(self, wall: float) -> datetime:
        return self.at + timedelta(seconds=(wall - self.began) * self.speed)


class VirtualClock:
    """Stands still until a test moves it."""

    speed = 0.0

    def __init__(self, start: datetime) -> None:
        """Raise ValueError for a start without a time zone."""
        self._now = _utc(start)

    def now(self) -> datetime:
        """Return where the clock was last put."""
        return self._now

    def passed(self, wall: float) -> float:
        """Return 0: no time passes by itself."""
        del wall
        return 0.0

    def advance(self, seconds: float) -> datetime:
        """Move forward and return the new time; raise ValueError for a negative number."""
        if seconds < 0:
            raise ValueError(f"time does not go back: cannot advance by {seconds} s")
        self._now += timedelta(seconds=seconds)
        return self._now


async def sleep_until(clock: Clock, due: datetime) -> None:
    """Wait until the clock shows `due` or later; return at once where it does already."""
    while True:
        left = (due - clock.now()).total_seconds()
        if left <= 0:
            return
        await sleep(left if isinstance(clock, RealClock) else min(left / (clock.speed or 1), LOOK))


def _positive(speed: float) -> float:
    if not 0 < speed <= FASTEST:
        raise ValueError(f"speed must be positive and at most {FASTEST:,.0f}, not {speed}: VirtualClock stands still")
    return speed


def _utc(when: datetime) -> datetime:
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone: give the start of a clock in UTC")
    return when.astimezone(UTC)
