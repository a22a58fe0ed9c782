"""From a process's standard output to the emulator's agent, line by line: nothing lost, nothing invented, all counted.

The output is copied to a file first, then sent in batches. While the emulator does not take lines they wait in memory,
up to a bound; beyond it the pump stops reading, the pipe fills, and the application waits: it is slowed down, its lines
are not dropped. A batch has a name, so that one sent again, since its answer was lost, is taken once.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from vigil_cli.errors import CommandError
from vigil_cli.local.folder import refused

BATCH = 500
"""Lines in one request, at most."""
WAITING = 20_000
"""Lines that wait in memory, at most, before the application is slowed down."""
LONGEST = 1024 * 1024
"""Bytes of a line that are kept together, at most, so that output without newlines takes no more memory than that."""
CHUNK = 64 * 1024
COPIED = 64 * 1024 * 1024
"""Bytes of output after which the copy begins anew, keeping the last one: `vigil serve` may run for weeks."""


class RetryableError(Exception):
    """What a `send` raises when the same lines may be taken later."""


PATIENCE = 120.0
"""Wall seconds that a batch is tried for: an emulator that ended is started again, on a busy machine as well."""

Send = Callable[[list[bytes], str], Awaitable[int]]
"""Delivers lines (without their newlines) as a batch of that name and returns how many entries they became, of which a
very long line may become several; raises RetryableError to be tried again, with the same name."""


async def together(*parts: Coroutine[None, None, None]) -> None:
    """Run the parts of a work at once, to their end. Raises what the first that fails raises, alone."""
    try:
        async with asyncio.TaskGroup() as tasks:
            for part in parts:
                tasks.create_task(part)
    except ExceptionGroup as problems:
        raise problems.exceptions[0] from None


class Lines:
    """Splits a stream of chunks into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yield the lines that this chunk completes. Blank lines are no lines."""
        self._rest += chunk
        *complete, rest = self._rest.split(b"\n")
        self._rest = rest
        while len(self._rest) > LONGEST:
            complete.append(self._rest[:LONGEST])
            del self._rest[:LONGEST]
        for line in complete:
            for start in range(0, len(line), LONGEST):
                piece = bytes(line[start : start + LONGEST]).rstrip(b"\r")
                if not piece.isspace() and piece:
                    yield piece

    def end(self) -> Iterator[bytes]:
        """Yield what stands after the last newline when the stream ends."""
        yield from self.feed(b"\n")


class Copy:
    """A file with the newest output, and one with what came before: together at most twice COPIED and a chunk."""

    def __init__(self, path: Path, *, again: bool = False) -> None:
        """`again` keeps what the file has."""
        self._path = path
        self._file = path.open("ab" if again else "wb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, chunk: bytes) -> None:
        """Append a chunk; raises OSError where the disk does not take it."""
        if self._file.tell() >= COPIED:
            self._file.close()
            self._path.replace(self._path.with_name(f"{self._path.stem}.1{self._path.suffix}"))
            self._file = self._path.open("wb", buffering=0)
        self._file.write(chunk)


class Pump:
    """Reads one process's output to its end and delivers every line of it."""

    def __init__(
        self, source: asyncio.StreamReader, send: Send, *, copy: Path, patience: float = PATIENCE, again: bool = False
    ) -> None:
        """`patience` is how many wall seconds one batch is tried for before the pump gives up.

        `again`: append to the copy that a process of the same name wrote before.
        """
        self.read = 0
        """Lines that the process wrote."""
        self.delivered = 0
        """Lines that were taken."""
        self._source = source
        self._send = send
        self._copy = copy
        self._again = again
        self._patience = patience
        self._sender_name = uuid.uuid4().hex
        self._batches = 0
        self._waiting: deque[bytes] = deque()
        self._changed = asyncio.Condition()
        self._ended = False

    @property
    def waiting(self) -> int:
        """Lines that are read and not yet taken."""
        return self.read - self.delivered

    async def run(self) -> None:
        """Wait until the process has closed its output and all of it is delivered.

        Raises CommandError where lines are refused, or not taken for longer than the patience.
        """
        await together(self._reader(), self._sender())

    async def _reader(self) -> None:
        lines = Lines()
        try:
            with Copy(self._copy, again=self._again) as copy:
                while chunk := await self._source.read(CHUNK):
                    copy.write(chunk)
                    await self._add(lines.feed(chunk))
                await self._add(lines.end())
        except OSError as error:
            raise refused(self._copy.parent, error) from error
        async with self._changed:
            self._ended = True
            self._changed.notify_all()

    async def _add(self, lines: Iterator[bytes]) -> None:
        async with self._changed:
            before = len(self._waiting)
            self._waiting.extend(lines)
            self.read += len(self._waiting) - before
            self._changed.notify_all()
            await self._changed.wait_for(lambda: len(self._waiting) < WAITING)

    async def _sender(self) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._waiting) or self._ended)
                batch = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
            if not batch:
                return
            taken = await self._deliver(batch)
            if taken < len(batch):
                raise CommandError(
                    f"The emulator took {taken} of {len(batch)} lines of the demo's output.",
                    remedy=f"All lines are in {self._copy}.",
                )
            async with self._changed:
                self.delivered += len(batch)
                self._changed.notify_all()

    async def _deliver(self, batch: list[bytes]) -> int:
        pause = 0.05
        self._batches += 1
        name = f"{self._sender_name}.{self._batches}"
        deadline = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                return await self._send(batch, name)
            except RetryableError as problem:
                if asyncio.get_running_loop().time() + pause > deadline:
                    raise CommandError(
                        f"The emulator did not take the demo's log lines for {self._patience:.0f} s: {problem}.",
                        remedy=f"All lines are in {self._copy}.",
                    ) from problem
                await asyncio.sleep(pause)
                pause = min(pause * 2, 1.0)
