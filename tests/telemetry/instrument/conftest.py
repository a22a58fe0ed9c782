from __future__ import annotations

import asyncio
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
from demo.stand_ins.temporal import TemporalServer
from tests import temporal


@pytest.fixture(scope="module")
def temporal_address() -> Iterator[str]:
    """A real Temporal server, for one file: it starts in a second, and would work on for nothing until the tests end."""
    with TemporalServer(temporal.binary()) as server:
        yield server.address


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
