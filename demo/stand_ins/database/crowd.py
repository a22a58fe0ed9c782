"""Clients that take every connection a database has free, and give none back: as a job that forgets to close them."""

import asyncio
import contextlib

import psycopg

AGAIN = 0.5
"""Seconds until it tries again to get a connection of a database that has none free."""


class Crowd:
    """Holds connections from `begin` to `end`, each in a transaction that does not end."""

    def __init__(self, url: str) -> None:
        """`url` is of a role to which the database's limit of connections applies."""
        self._url = url
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Take connections from now on; once begun, nothing more happens."""
        if self._task is None:
            self._task = asyncio.create_task(self._crowd())

    async def end(self) -> None:
        """Give all of them back."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _crowd(self) -> None:
        while True:
            async with contextlib.AsyncExitStack() as held:
                with contextlib.suppress(psycopg.OperationalError):  # a server that ended has let go of all of them
                    await self._fill(held)
            await asyncio.sleep(AGAIN)

    async def _fill(self, held: contextlib.AsyncExitStack) -> None:
        first: psycopg.AsyncConnection | None = None
        while True:
            try:
                taken = await psycopg.AsyncConnection.connect(self._url, connect_timeout=10)
            except psycopg.OperationalError:
                if first is None:
                    raise
                await first.execute("SELECT 1")  # raises where it is not the limit that was met
                await asyncio.sleep(AGAIN)
                continue
            held.push_async_callback(taken.close)
            await taken.execute("SELECT 1")
            first = first or taken
