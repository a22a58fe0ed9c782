"""The processes of a local run: each in its own session, none of which outlives the command.

A terminal's Ctrl-C reaches the command alone, which then ends its processes in the reverse order of their start.
"""

import asyncio
import atexit
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from vigil_cli.errors import CommandError, ProcessEndedError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
GRACE = 10.0
"""Wall seconds that a process has to end by itself after SIGTERM, before SIGKILL: as Cloud Run's
containers (https://docs.cloud.google.com/run/docs/container-contract)."""
TAIL = 12
"""Lines of a process's error output that a message shows."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who a process runs as, where that is not whoever runs the command."""

    name: str
    user: int
    group: int


@dataclass(slots=True)
class Child:
    """A process of the run; its error output is in `log`."""

    name: str
    process: asyncio.subprocess.Process
    log: Path
    lifeline: int | None
    ending: signal.Signals = signal.SIGTERM
    """What asks it to end."""
    stopping: bool = False
    ended: bool = False
    """Whether the group was made to end, so that its id may be another's by now."""

    @property
    def pid(self) -> int:
        """The id of the process, of its group and of its session."""
        return self.process.pid

    @property
    def stdout(self) -> asyncio.StreamReader:
        """What the process writes; whoever starts a process reads it."""
        if self.process.stdout is None:
            raise RuntimeError(f"the output of {self.name} goes to {self.log}")
        return self.process.stdout

    @property
    def stderr(self) -> asyncio.StreamReader:
        """What the process writes as errors, where these are piped too; whoever starts it reads and copies them."""
        if self.process.stderr is None:
            raise RuntimeError(f"the errors of {self.name} go to {self.log}")
        return self.process.stderr

    def tail(self) -> str:
        """Return the last lines of the error output."""
        with contextlib.suppress(OSError), self.log.open(errors="replace") as lines:
            return "\n".join(line.rstrip() for line in deque(lines, TAIL))
        return ""

    def kill(self) -> None:
        """End the whole group at once; returns immediately and never raises."""
        self.stopping = True
        if not self.ended:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    async def copy_output(self) -> None:
        """Copy the piped output to the log until the process closes it: a pipe that nobody reads would stop it."""
        with self.log.open("ab", buffering=0) as log:
            while chunk := await self.stdout.read(64 * 1024):
                with contextlib.suppress(OSError):  # on a full disk the process continues, and its output is lost
                    log.write(chunk)

    def close(self) -> None:
        """Close the pipes of a process that has ended, read to their end or not.

        Asyncio does it otherwise when nobody refers to them any more, and complains where its loop is closed by then.
        """
        transport = getattr(self.process, "_transport", None)
        if isinstance(transport, asyncio.SubprocessTransport):
            transport.close()

    async def stop(self) -> None:
        """Ask the process to end, then make its whole group end; returns when it has."""
        self.stopping = True
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, self.ending)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self.process.wait()
        self.kill()
        await self.process.wait()
        self.ended = True
        if self.lifeline is not None:
            os.close(self.lifeline)
            self.lifeline = None


class Crew:
    """All processes of a run. As a context manager it ends them on the way out, whatever the reason."""

    def __init__(self, logs: Path) -> None:
        """`logs` is the folder for the processes' output."""
        self.logs = logs
        self.children: list[Child] = []
        self._ended: asyncio.Future[Child] | None = None
        self._beside: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        atexit.register(self.kill)
        self._ended = asyncio.get_running_loop().create_future()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for child in reversed(self.children):
                await child.stop()
        finally:  # a second signal cancels the orderly way
            self.kill()
            for child in self.children:
                await child.process.wait()
                child.close()
            for task in self._beside:
                task.cancel()
            atexit.unregister(self.kill)
            await asyncio.sleep(0)  # the loop finishes what was closed

    def kill(self) -> None:
        """End everything at once."""
        for child in reversed(self.children):
            child.kill()

    async def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        piped: bool,
        errors_piped: bool = False,
        essential: bool = True,
        again: bool = False,
        files: Sequence[int] = (),
        variables: Mapping[str, str] | None = None,
        account: Account | None = None,
        ending: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start a process of the run.

        `piped` gives its output as `Child.stdout`, which must then be read; otherwise it goes to the log, as its
        errors do. `errors_piped` gives its errors as `Child.stderr` likewise; the reader copies them to the log.
        When an `essential` process ends by itself, `check` reports it. `again` keeps what a
        process of the same name left in the log before. `files` are descriptors that it
        inherits under the same numbers, `variables` go beside the environment's own. `account` is who it runs as,
        which only root may choose; `ending` is the signal that asks it to end.

        Raises CommandError where it cannot be started or its log not be written.
        """
        log = self.logs / f"{name}.log"
        watching = sys.platform != "linux"
        lifeline, held = os.pipe() if watching else (None, None)
        inherited = [*files, *([lifeline] if lifeline is not None else [])]
        try:
            if not again:
                log.write_bytes(b"")
            with log.open("ab") as errors:  # appended to, since a process's output may be copied there as well
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    "-IS",
                    str(SUPERVISOR),
                    str(os.getpid()),
                    "-" if lifeline is None else str(lifeline),
                    "-" if account is None else f"{account.user}:{account.group}",
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE if piped else errors,
                    stderr=asyncio.subprocess.PIPE if errors_piped else errors,
                    start_new_session=True,
                    pass_fds=inherited,
                    env={**os.environ, "PYTHONUNBUFFERED": "1", **(variables or {})},
                )
        except OSError as error:
            raise CommandError(
                f"{name} cannot be started: {error}.", remedy="Free some memory or disk space, and try again."
            ) from error
        finally:
            if lifeline is not None:
                os.close(lifeline)
        child = Child(name=name, process=process, log=log, lifeline=held, ending=ending)
        self.children.append(child)
        if essential:
            self.accompany(self._watch(child))
        return child

    def accompany(self, work: Coroutine[None, None, None]) -> None:
        """Run something beside the processes until they end."""
        self._beside.add(asyncio.create_task(work))

    async def _watch(self, child: Child) -> None:
        await child.process.wait()
        if not child.stopping:
            self.lost(child)

    def lost(self, child: Child) -> None:
        """Let `check` report that this process ended and that the run cannot continue without it."""
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(child)

    def check(self) -> None:
        """Raise ProcessEndedError where an essential process has ended by itself."""
        if self._ended is not None and self._ended.done():
            child = self._ended.result()
            raise ProcessEndedError(
                f"{child.name} ended by itself with exit code {child.process.returncode}. "
                f"Its last words: {child.tail() or 'none'}",
                remedy=f"The whole of its output is in {child.log}.",
            )
