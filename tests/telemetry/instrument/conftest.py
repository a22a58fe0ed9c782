from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn

from demo.stand_ins.llm import Provider, build
from demo.stand_ins.temporal import MissingServerError, TemporalServer, require
from demo.stand_ins.temporal.server import TOOLS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test of a machine without a Temporal server builds it, which takes minutes."""
    for item in items:
        if "temporal_address" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def temporal_address() -> Iterator[str]:
    """A real Temporal server: `temporal` on PATH, else built by Go, else downloaded by the SDK."""
    try:
        binary = require()
    except MissingServerError as missing:
        with downloaded(str(missing)) as address:
            yield address
        return
    with TemporalServer(binary) as server:
        yield server.address


DOWNLOADS = TOOLS / "downloaded"
"""Where the SDK keeps the server that it downloads."""


@contextmanager
def downloaded(missing: str) -> Iterator[str]:
    from temporalio.testing import WorkflowEnvironment

    async def started() -> WorkflowEnvironment:
        async with asyncio.timeout(120):
            return await WorkflowEnvironment.start_local(download_dest_dir=str(DOWNLOADS))

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        try:
            DOWNLOADS.mkdir(parents=True, exist_ok=True)
            environment = loop.run_until_complete(started())
        except Exception as error:
            if any(DOWNLOADS.iterdir()):  # a server that is there and does not come up is a fault
                raise
            pytest.skip(f"{missing}; and the SDK could not download one: {error}")
        yield environment.client.service_client.config.target_host
        loop.run_until_complete(environment.shutdown())


async def eventually(condition: Callable[[], Any]) -> None:
    """Waits for what another process or thread does."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - nothing in another process sets an event of ours
            await asyncio.sleep(0.01)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An application behind real uvicorn on its own socket."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        logging.getLogger("uvicorn.error").disabled = True  # a broken stream is what a test wants; it needs no trace
        # idle connections stay open for longer than any client keeps one: none is closed as it is used again
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_keep_alive=75)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(60)
            logging.getLogger("uvicorn.error").disabled = False


@dataclass
class Llm:
    """The provider on a socket, and how it answers."""

    url: str
    provider: Provider


@pytest.fixture(scope="session")
def llm_server() -> Iterator[Llm]:
    provider = Provider()
    with served(build(provider)) as url:
        yield Llm(url, provider)


@pytest.fixture
def llm(llm_server: Llm) -> Llm:
    from demo.stand_ins.llm import Behaviour

    llm_server.provider.behaviour = Behaviour()
    llm_server.provider.requests.clear()
    return llm_server
