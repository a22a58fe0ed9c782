"""A part that does not answer a story is named, with its address and where to look."""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest

from demo.stand_ins.local_run.unanswered import answering
from demo.stand_ins.switches import Switches
from vigil_cli.errors import FAILED, ProcessEndedError
from vigil_cli.local.processes import Crew


class Broken(BaseHTTPRequestHandler):
    """Answers as its server says: with a status, or by closing the connection."""

    status = 0
    paths: ClassVar[list[str]]

    def do_PUT(self) -> None:
        type(self).paths.append(self.path)
        self.rfile.read(int(self.headers["content-length"]))
        if self.status:
            self.send_response(self.status)
            self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def broken() -> Iterator[tuple[str, type[Broken]]]:
    class Handler(Broken):
        paths: ClassVar[list[str]] = []

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Handler
        server.shutdown()
        thread.join()


def closed() -> str:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{holder.getsockname()[1]}"


def error_of(scene: Callable[[], Awaitable[None]]) -> ProcessEndedError:
    async def run() -> None:
        await scene()

    with pytest.raises(ProcessEndedError) as raised:
        asyncio.run(run())
    assert raised.value.exit_code == FAILED
    return raised.value


def test_a_part_that_breaks_off_is_named_with_its_address_and_its_log(broken: tuple[str, type[Broken]]) -> None:
    outside, _ = broken

    async def scene() -> None:
        async with (
            answering({"api": "", "outside": outside, "llm": closed()}, logs=Path("/state/logs")),
            Switches(api="", outside=outside) as switches,
        ):
            await switches.around(database="down")

    error = error_of(scene)
    assert error.message.startswith(f"outside (at {outside}) does not answer PUT {outside}/_demo/trouble: ")
    assert error.remedy.startswith("Its errors are in /state/logs/outside.log")


def test_a_part_that_answers_with_an_error_is_reported_by_its_status(broken: tuple[str, type[Broken]]) -> None:
    llm, handler = broken
    handler.status = 503

    async def scene() -> None:
        async with answering({"llm": llm}, logs=Path("/state/logs")), Switches(api="", llm=llm) as switches:
            await switches.models(trouble="rate_limit")

    assert error_of(scene).message == f"llm (at {llm}) answers 503 to PUT {llm}/_demo/behaviour."


def test_what_is_no_known_part_is_reported_by_its_address_alone() -> None:
    url = closed()

    async def scene() -> None:
        async with answering({"api": closed()}, logs=Path("/state/logs")), httpx.AsyncClient() as http:
            await http.get(url)

    error = error_of(scene)
    assert error.message.startswith(f"A part of the demo does not answer GET {url}: ConnectError")
    assert "/state/logs;" in error.remedy


def test_a_part_that_has_ended_is_reported_as_ended_with_its_last_words(tmp_path: Path) -> None:
    url = closed()

    async def scene() -> None:
        async with Crew(tmp_path) as crew:
            script = "import sys, time; print('out of luck', file=sys.stderr); print('said'); time.sleep(600)"
            child = await crew.start("outside", [sys.executable, "-c", script], piped=True, essential=False)
            await child.stdout.readline()
            os.killpg(child.pid, signal.SIGKILL)
            async with (
                answering({"outside": url}, logs=crew.logs, crew=crew),
                Switches(api="", outside=url) as switches,
            ):
                await switches.around(payments="declining")

    assert error_of(scene).message.endswith("It has ended (signal SIGKILL). Its last words: out of luck.")


def test_what_answers_is_mended_although_another_part_does_not(broken: tuple[str, type[Broken]]) -> None:
    here, handler = broken
    handler.status = 200
    gone = closed()

    async def scene() -> None:
        async with (
            answering({"api": gone}, logs=Path("/state/logs")),
            Switches(api=gone, outside=here, llm=here) as switches,
        ):
            await switches.all_well()

    assert f"DELETE {gone}/_demo/trouble" in error_of(scene).message
    assert sorted(handler.paths) == ["/_demo/behaviour", "/_demo/trouble"]
