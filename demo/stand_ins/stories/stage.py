"""What a story is played on: the running system, the clock, and the record of what happened."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from demo.stand_ins.local_run.system import LocalSystem
from demo.stand_ins.traffic import Traffic
from vigil_cli.console import Progress
from vigil_cli.errors import MissedDeadlineError, Sighting
from vigil_cli.local.emulator import Emulator

T = TypeVar("T")

POLL = 0.1
"""Wall seconds between two looks at the emulator while something is awaited there."""
ALLOWANCE = 45.0
"""Wall seconds that a deadline has beyond its cloud seconds: a busy machine is no failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """Something that came about: when in the cloud's time, and how long after the start on both clocks."""

    name: str
    title: str
    time: datetime
    cloud_seconds: float
    wall_seconds: float
    details: str = ""


@dataclass(slots=True, kw_only=True)
class Stage:
    """The running system with the record of a story."""

    system: LocalSystem
    traffic: Traffic
    progress: Progress
    started: float
    """When the command began, on `time.monotonic`'s scale."""
    incident: str | None = None
    """The incident that the story was about."""
    milestones: list[Milestone] = field(default_factory=list["Milestone"])

    @property
    def emulator(self) -> Emulator:
        """The emulator's own endpoints."""
        return self.system.emulator

    async def now(self) -> datetime:
        """Return the cloud's time."""
        return (await self.emulator.clock()).now

    async def at(self, wall: float) -> datetime:
        """Return the cloud's time at a moment on `time.monotonic`'s scale, at most the time of a request too late."""
        sent = time.monotonic()
        clock = await self.emulator.clock()
        return clock.now - timedelta(seconds=(sent - wall) * clock.speed)

    def mark(self, name: str, title: str, *, at: datetime, details: str = "", wall: float | None = None) -> Milestone:
        """Write down that something came about.

        `at` is the cloud's time of it; `wall` when it was known here, on `time.monotonic`'s scale (default: now).
        """
        milestone = Milestone(
            name=name,
            title=title,
            time=at,
            cloud_seconds=(at - self.system.cloud_start).total_seconds(),
            wall_seconds=(time.monotonic() if wall is None else wall) - self.started,
            details=details,
        )
        self.milestones.append(milestone)
        self.progress.done(title, details=details)
        return milestone

    async def until(self, awaited: str, look: Callable[[], Awaitable[T | None]], *, cloud_seconds: float) -> T:
        """Return what `look` finds, as soon as it finds something.

        The deadline is the cloud seconds at the emulator's speed plus an allowance of wall seconds. Raises
        MissedDeadlineError when it passes, and whatever ended a process of the system as soon as that happens.
        """
        self.progress.doing(f"waiting for {awaited}")
        within = cloud_seconds / (await self.emulator.clock()).speed + ALLOWANCE
        deadline = time.monotonic() + within
        while True:
            self.system.check()
            found = await look()
            if found is not None:
                return found
            if time.monotonic() > deadline:
                raise MissedDeadlineError(
                    awaited, within=within, seen=await self._sightings(), logs=str(self.system.crew.logs)
                )
            await asyncio.sleep(POLL)

    async def _sightings(self) -> tuple[Sighting, ...]:
        stats = await self.emulator.stats()
        incidents = await self.emulator.incidents()
        deliveries = await self.emulator.deliveries()
        receiver = self.system.receiver
        return (
            Sighting("requests answered", self.traffic.describe()),
            Sighting("log lines", f"{self.system.pump.read} written, {self.system.pump.delivered} delivered"),
            Sighting("entries", str(stats.entries)),
            Sighting("metric points", str(stats.points)),
            *(
                Sighting(f"series {name}", value)
                for name, value in await self.emulator.latest_points(self.system.source.project)
            ),
            Sighting(
                "incidents",
                ", ".join(f"{each.policy_name} {each.state} at value {each.value}" for each in incidents) or "none",
            ),
            Sighting(
                "deliveries",
                ", ".join(f"{each.event} {each.status} after {each.attempts} attempts" for each in deliveries)
                or "none",
            ),
            Sighting(
                "notifications received",
                f"{len(receiver.notifications)} by webhook, refused {receiver.refused}; "
                f"{len(self.system.mailbox.mails)} by e-mail",
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story by name; `play` returns when it has come to its end, and raises where it does not."""

    name: str
    summary: str
    play: Callable[[Stage], Awaitable[None]]
