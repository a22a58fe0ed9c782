"""The console's handler, or what to install where its libraries are missing."""

from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Protocol

from vigil_emulator.clock import Clock
from vigil_emulator.console.install_page import NEEDED, explained
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.resources.projects import Projects
from vigil_emulator.resources.store import ResourceStore
from vigil_emulator.rest.api import Answer
from vigil_emulator.rest.request import Request

PREFIX = "/console"


class Mounted(Protocol):
    """What answers the console's paths."""

    def __call__(self, request: Request) -> Awaitable[Answer]:
        """A page."""
        ...

    async def close(self) -> None:
        """End what it started."""
        ...


class Absent:
    """Says what to install."""

    def __init__(self, missing: list[str]) -> None:
        self._missing = missing

    async def __call__(self, request: Request) -> Answer:
        """The same page for every path."""
        del request
        return explained(self._missing)

    async def close(self) -> None:
        """Close nothing: nothing was started."""


def mount(
    *,
    data: DataPlane,
    store: ResourceStore,
    projects: Projects,
    clock: Clock,
    find: Callable[[str], object | None] = find_spec,
) -> Mounted:
    """Return the console over an emulator. `find` tells whether a module is there."""
    missing = [name for name in NEEDED if find(name) is None]
    if missing:
        return Absent(missing)
    return _Late(data=data, store=store, projects=projects, clock=clock)


class _Late:
    """The console, loaded with the first page: who has no use for it need not wait for it."""

    def __init__(self, *, data: DataPlane, store: ResourceStore, projects: Projects, clock: Clock) -> None:
        self._parts = (data, store, projects, clock)
        self._console: Mounted | None = None

    async def __call__(self, request: Request) -> Answer:
        if self._console is None:
            from vigil_emulator.console.app import Console  # noqa: PLC0415 - see the class
            from vigil_emulator.console.sources import Sources  # noqa: PLC0415 - see the class

            data, store, projects, clock = self._parts
            self._console = Console(Sources(data=data, store=store, projects=projects, clock=clock))
        return await self._console(request)

    async def close(self) -> None:
        if self._console is not None:
            await self._console.close()
