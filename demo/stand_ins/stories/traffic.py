"""What `python -m demo traffic` can send: stories, what each breaks, and the alerts that must open."""

import asyncio
import contextlib
import math
import os
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from demo.stand_ins.local_run.announcement import Demo
from demo.stand_ins.local_run.parts import DRAIN_SECRET
from demo.stand_ins.stories.troubles import ASKERS, SHORT, customers
from demo.stand_ins.switches import Switches
from demo.stand_ins.traffic import Traffic
from demo.stand_ins.visitors import Visitors
from vigil_cli.errors import CommandError

Need = Literal["outside", "llm", "vercel_drain", "supabase_drain", "workers"]
"""A part beside the API, as `Demo` names it."""
HOURS = 24
PEAK = 20.0
"""Requests per wall second at the busiest hour of the day, beside those that `vigil serve` sends."""
WAVE = 60.0
"""Visits per wall second of a wave: five times the usual."""
STEP = 0.2
"""Wall seconds between two looks at the hour of the day."""
AGAIN = 2.0
"""Wall seconds until a deployment that failed is tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """The demo, its switches, and how long the story takes."""

    demo: Demo
    switches: Switches
    lasting: float
    """Wall seconds."""

    @property
    def frontend(self) -> Visitors:
        """New visitors, whom this story alone sends."""
        return Visitors(self.demo.vercel_drain, DRAIN_SECRET)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficStory:
    """A story: inside `begun` its cause is there, after it all is well again."""

    name: str
    summary: str
    begun: Callable[[Running], AbstractAsyncContextManager[None]]
    alerts: tuple[str, ...] = ()
    """The alerts that must open, as SERVICE/ALERT."""
    dashboards: tuple[str, ...]
    """Where it is seen, as SERVICE."""
    look: str
    """What changes there."""
    needs: tuple[Need, ...] = ()
    lasting: float | None = None
    """Wall seconds that it takes; None: until its alerts are open."""

    def check(self, demo: Demo) -> None:
        """Raise CommandError where a part that the story needs does not run."""
        missing = [need.replace("_", "-") for need in self.needs if not getattr(demo, need)]
        if missing:
            raise CommandError(
                f"The story {self.name} needs {' and '.join(missing)}, which this demo does not run.",
                remedy="Start `vigil serve` without --only; workers and agents need a Temporal server, too.",
            )


def share(hour: float) -> float:
    """Return how busy an hour of the day is, from 0.1 at 4 in the morning to 1 at 4 in the afternoon."""
    return 0.55 - 0.45 * math.cos((hour - 4) / HOURS * math.tau)


@contextlib.asynccontextmanager
async def _meanwhile(work: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def _normal_day(running: Running) -> AsyncGenerator[None]:
    async with Traffic(running.demo.api, rate=PEAK * share(0)) as traffic:

        async def turn() -> None:
            loop = asyncio.get_running_loop()
            began = loop.time()
            while True:
                traffic.rate = PEAK * share((loop.time() - began) / running.lasting * HOURS)
                await asyncio.sleep(STEP)

        traffic.start()
        async with _meanwhile(turn()):
            yield


@contextlib.asynccontextmanager
async def _error_burst(running: Running) -> AsyncGenerator[None]:
    async with Traffic(running.demo.api, rate=PEAK) as traffic:
        await running.switches.inventory(failing=True)
        traffic.start()
        yield


@contextlib.asynccontextmanager
async def _slow_database(running: Running) -> AsyncGenerator[None]:
    await running.switches.database(slow=True)
    yield


@contextlib.asynccontextmanager
async def _rate_limit(running: Running) -> AsyncGenerator[None]:
    await running.switches.models(trouble="rate_limit")
    async with customers(running.demo.api, askers=ASKERS, patience=SHORT, ordering=False):
        yield


@contextlib.asynccontextmanager
async def _worker_stuck(running: Running) -> AsyncGenerator[None]:
    signalled(running.demo.workers, signal.SIGSTOP)
    yield


@contextlib.asynccontextmanager
async def _bad_deployment(running: Running) -> AsyncGenerator[None]:
    visitors = running.frontend

    async def tell() -> None:
        await visitors.deployed("created")
        while True:  # a pipeline that tries again
            await visitors.deployed("error")
            await asyncio.sleep(AGAIN)

    async with _meanwhile(tell()):
        yield
    await visitors.deployed("rollback")


@contextlib.asynccontextmanager
async def _frontend_wave(running: Running) -> AsyncGenerator[None]:
    visitors = running.frontend
    visitors.rate, visitors.failing = WAVE, True
    async with _meanwhile(visitors.run()):
        yield


STORIES: dict[str, TrafficStory] = {
    story.name: story
    for story in (
        TrafficStory(
            name="normal-day",
            summary="A day's requests in a minute, quiet at night, busiest in the afternoon",
            begun=_normal_day,
            dashboards=("api",),
            look="requests rise and fall; nothing fires",
            lasting=60.0,
        ),
        TrafficStory(
            name="error-burst",
            summary="The inventory service fails while many customers come",
            begun=_error_burst,
            alerts=("api/error-ratio",),
            dashboards=("api",),
            look="the share of failed requests passes its threshold",
        ),
        TrafficStory(
            name="slow-database",
            summary="The database answers late, its pooler has a queue",
            begun=_slow_database,
            alerts=("database/pooler-waiting", "database/database-connections"),
            dashboards=("database", "api"),
            look="waiting clients and connections rise, then the API's durations",
            needs=("outside",),
        ),
        TrafficStory(
            name="llm-rate-limit",
            summary="The model provider answers 429",
            begun=_rate_limit,
            alerts=("agents/llm-rate-limit",),
            dashboards=("agents",),
            look="failed calls by kind of error: rate_limit",
            needs=("llm", "workers"),
        ),
        TrafficStory(
            name="worker-stuck",
            summary="The workers' process stands still (SIGSTOP): it neither works nor says so",
            begun=_worker_stuck,
            alerts=("workers/heartbeat-missing",),
            dashboards=("workers",),
            look="no heartbeat, no workflow that ends",
            needs=("workers",),
        ),
        TrafficStory(
            name="bad-deployment",
            summary="A deployment of the frontend to production fails again and again",
            begun=_bad_deployment,
            alerts=("frontend/deployment-failed",),
            dashboards=("frontend",),
            look="deployments by state: error",
            needs=("vercel_drain",),
        ),
        TrafficStory(
            name="frontend-wave",
            summary="Five times the visitors, and every other page fails",
            begun=_frontend_wave,
            alerts=("frontend/frontend-errors",),
            dashboards=("frontend",),
            look="page views and the share of failed pages rise",
            needs=("vercel_drain",),
        ),
    )
}


@contextlib.asynccontextmanager
async def begun(story: TrafficStory, running: Running) -> AsyncGenerator[None]:
    """The story's cause inside the block. Before it and after it all is well, whoever broke it, however it ends."""
    await _mended(running)
    try:
        async with story.begun(running):
            yield
    finally:
        await _mended(running)


async def _mended(running: Running) -> None:
    try:
        if running.demo.workers:
            signalled(running.demo.workers, signal.SIGCONT)
    finally:
        await running.switches.all_well()


def signalled(workers: int, number: signal.Signals) -> None:
    """Send a signal to the workers' process group. Raises CommandError where these are not the workers any more."""
    try:
        command = Path(f"/proc/{workers}/cmdline")
        if Path("/proc/self").exists() and b"demo.shop.worker" not in command.read_bytes():
            raise ProcessLookupError(f"process {workers} is another one")
        os.killpg(workers, number)
    except OSError as error:
        raise CommandError(
            f"The workers (process {workers}) cannot be stopped or continued: {error}.",
            remedy="They may have ended: `vigil serve` tells, and begins anew when it is started again.",
        ) from error
