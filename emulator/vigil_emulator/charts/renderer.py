"""Drawings by their content: each is drawn once, in separate processes, and kept while pages request it."""

import asyncio
import hashlib
import os
import sys
from collections import OrderedDict
from contextlib import suppress

import msgspec

from vigil_emulator.charts.model import Drawing, Drawn, Order, Size, ThemeName

MOST_DRAWINGS = 2000
MOST_PICTURES = 1000
LINE_LIMIT = 64 * 1024 * 1024
"""Bytes of an answer: a picture of a long dashboard."""
HANDS = min(2, os.cpu_count() or 1)
"""Processes that draw at once: the charts of a page, and dashboards requested together, take half as long with two."""
PATIENCE = 60.0
"""Wall seconds for one drawing; the first takes some because the process starts."""


class DrawingError(Exception):
    """A drawing that could not be made."""


class _Hand:
    """One process that draws, started with its first order."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    async def draw(self, line: bytes) -> bytes:
        """Return the answer to an order, empty where the process ended. Raises DrawingError."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._ask(line)
        except (OSError, TimeoutError, asyncio.CancelledError, ValueError) as error:
            await self.close()  # its next answer would be to this order
            if isinstance(error, asyncio.CancelledError):
                raise
            raise DrawingError(f"the drawing process failed: {type(error).__name__} {error}".rstrip()) from error

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _ask(self, line: bytes) -> bytes:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "vigil_emulator.charts.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_LIMIT,
                start_new_session=True,  # Ctrl-C is the emulator's to answer; it ends this one
            )
        process = self._process
        assert process.stdin is not None  # noqa: S101 - it was started with a pipe
        assert process.stdout is not None  # noqa: S101 - as above
        process.stdin.write(line + b"\n")
        await process.stdin.drain()
        return await process.stdout.readline()


class Renderer:
    """Draws. A process starts when it is needed and ends with `close`, or with this process."""

    def __init__(self) -> None:
        self._drawings: OrderedDict[str, Drawing] = OrderedDict()
        self._pictures: OrderedDict[str, str] = OrderedDict()
        self._hands = [_Hand() for _ in range(HANDS)]
        self._idle = asyncio.LifoQueue[_Hand]()  # last used, first taken: drawings one at a time use one process
        for hand in reversed(self._hands):
            self._idle.put_nowait(hand)
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(Drawn)

    def keep(self, drawing: Drawing) -> str:
        """Return a key under which `svg` finds the drawing: the same for the same content."""
        key = hashlib.blake2b(self._encoder.encode(drawing), digest_size=12).hexdigest()
        self._drawings[key] = drawing
        self._drawings.move_to_end(key)
        while len(self._drawings) > MOST_DRAWINGS:
            self._drawings.popitem(last=False)
        return key

    async def svg_of(self, key: str, size: Size, theme: ThemeName) -> str | None:
        """Return the SVG of a kept drawing, None where it is no longer kept. Raises DrawingError."""
        drawing = self._drawings.get(key)
        return None if drawing is None else await self.svg(drawing, size, theme)

    async def svg(self, drawing: Drawing, size: Size, theme: ThemeName) -> str:
        """Return the drawing as SVG of this size. Raises DrawingError."""
        order = Order(drawing=drawing, size=size, theme=theme)
        line = self._encoder.encode(order)
        key = hashlib.blake2b(line, digest_size=16).hexdigest()
        found = self._pictures.get(key)
        if found is None:
            found = (await self._drawn(line)).svg
            self._pictures[key] = found
            while len(self._pictures) > MOST_PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(key)
        return found

    async def png(self, svg: str, *, scale: float) -> bytes:
        """Return an SVG as PNG. Raises DrawingError."""
        return (await self._drawn(self._encoder.encode(Order(svg=svg, scale=scale)))).png

    async def close(self) -> None:
        """End the processes."""
        for hand in self._hands:
            await hand.close()

    async def _drawn(self, line: bytes) -> Drawn:
        hand = await self._idle.get()
        try:
            answer = await hand.draw(line)
            if not answer:
                await hand.close()
                raise DrawingError("the drawing process ended")
        finally:
            self._idle.put_nowait(hand)
        drawn = self._decoder.decode(answer)
        if drawn.error:
            raise DrawingError(drawn.error)
        return drawn
