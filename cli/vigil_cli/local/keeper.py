"""The emulator's process, started again when it ends by itself: same state, same addresses, same line of time.

Its listening socket is held here: in between nobody is refused and nobody else gets the port; who asks waits.
"""

import asyncio
import contextlib
import signal
import socket
import time
from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from vigil_cli.console import Progress
from vigil_cli.errors import CommandError
from vigil_cli.local.emulator import Clock, Emulator
from vigil_cli.local.processes import Child, Crew
from vigil_cli.local.pump import RetryableError

START = 120.0
"""Wall seconds in which the emulator must say that it is ready, on a busy machine as well."""
FALLS, WITHIN = 5, 60.0
"""It is not started again where it ended so often in so many wall seconds: something else is wrong."""
ATTEMPTS = 3
"""Starts in a row that may fail."""


class Ready(msgspec.Struct):
    """The emulator's first line."""

    ready: bool
    url: str


class Keeper:
    """Starts the emulator, and starts it again for as long as the block of `kept` lasts."""

    def __init__(
        self,
        crew: Crew,
        command: Sequence[str],
        listener: socket.socket,
        progress: Progress,
        *,
        variables: Mapping[str, str],
    ) -> None:
        """`command` lacks the socket, which is handed over, and the time from which to go on."""
        self.falls = 0
        """How often it ended by itself."""
        self.away = False
        """Whether it is being started again."""
        self.url = ""
        self._crew, self._progress = crew, progress
        self._listener = listener
        self._variables = variables
        self._command = [*command, "--fd", str(listener.fileno())]
        self._anchor: tuple[float, Clock] | None = None
        self._speed = 1.0
        self._child: Child | None = None

    async def start(self) -> str:
        """Return the address of the emulator, as soon as it is ready.

        Raises CommandError where it ends before, or takes longer than START.
        """
        command = [*self._command, *self._going_on()]
        child = await self._crew.start(
            "emulator",
            command,
            piped=True,
            essential=False,
            files=(self._listener.fileno(),),
            again=self._child is not None,
            variables=self._variables,
        )
        self._child = child
        try:
            async with asyncio.timeout(START):
                line = await child.stdout.readline()
            self.url = msgspec.json.decode(line, type=Ready).url
        except (TimeoutError, msgspec.MsgspecError) as problem:
            raise CommandError(
                f"The emulator did not report that it is ready. Its last output: {child.tail() or 'none'}",
                remedy=f"The whole of its output is in {child.log}.",
            ) from problem
        self._crew.accompany(child.copy_output())
        if self._anchor is None:
            async with Emulator(self.url) as emulator:
                await emulator.clock()  # the first answer takes long
                clock = await emulator.clock()
                self._anchor, self._speed = (time.monotonic(), clock), clock.speed
        elif self._anchor[1].speed != self._speed:  # it starts at the speed of its command
            await self._run_clock(self._anchor[1].speed)
        return self.url

    @contextlib.asynccontextmanager
    async def in_real_time(self) -> AsyncGenerator[None]:
        """Run the emulator's clock at the wall's speed inside the block, and at its own again after it.

        A process that takes ten seconds to start would have been silent for ten minutes at sixty times the speed, long
        enough for an alert on silence.
        """
        if self._speed == 1:
            yield
            return
        await self._run_clock(1.0)
        try:
            yield
        finally:
            await self._run_clock(self._speed)

    async def _run_clock(self, speed: float) -> None:
        now = self._emulated()
        with contextlib.suppress(RetryableError):  # it is being started again, at the speed of its command
            async with Emulator(self.url) as emulator:
                now = await emulator.run_clock(speed)
        self._anchor = time.monotonic(), Clock(now=now.now, speed=speed)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncGenerator[None]:
        """Start the emulator again when it ends, inside the block; if that fails, the crew's check reports it."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def _going_on(self) -> list[str]:
        """What has time go on as if nothing had ended."""
        if self._anchor is None:
            return []
        return ["--anchor", f"{datetime.now(UTC).isoformat()}={self._emulated().now.isoformat()}"]

    def _emulated(self) -> Clock:
        """Return what the emulator's clock shows now; `start` comes first."""
        if self._anchor is None:
            raise RuntimeError("the emulator has not been started")
        began, clock = self._anchor
        return Clock(now=clock.now + timedelta(seconds=(time.monotonic() - began) * clock.speed), speed=clock.speed)

    async def _keep(self) -> None:
        times = deque[float](maxlen=FALLS)
        while (child := self._child) is not None:
            code = await child.process.wait()
            if child.stopping:
                return
            times.append(time.monotonic())
            self.falls += 1
            if len(times) == FALLS and times[-1] - times[0] < WITHIN:
                self._crew.lost(child)
                return
            self.away = True
            self._progress.done(
                f"The emulator ended ({ended(code)}): it is started again, everything else keeps running"
            )
            await self._again(child)
            if not self.away:
                self._progress.done("The emulator runs again", details=f"after {time.monotonic() - times[-1]:.1f} s")

    async def _again(self, child: Child) -> None:
        for _ in range(ATTEMPTS):
            await child.stop()  # what it has left in its group, such as the process that draws
            with contextlib.suppress(CommandError):
                await self.start()
                self.away = False
                return
            child = self._child or child
        child.stopping = True
        self._crew.lost(child)


def ended(code: int) -> str:
    """Return how a process ended, in words."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
