"""Customers wait for their last answers, unless the run fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from demo.stand_ins.stories.troubles import customers


@asynccontextmanager
async def shop(answered: list[str], *, received: asyncio.Event, answer: asyncio.Event) -> AsyncIterator[str]:
    """An API that answers questions when `answer` is set."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            received.set()
            await answer.wait()
            answered.append("answered")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        finally:
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()  # from Python 3.12 on, `async with` would wait for connections that are still open


def test_the_last_question_is_answered_before_the_customers_are_gone() -> None:
    async def scene() -> list[str]:
        answered: list[str] = []
        received, answer = asyncio.Event(), asyncio.Event()
        async with shop(answered, received=received, answer=answer) as url:
            async with customers(url, askers=1, ordering=False):
                await received.wait()
                asyncio.get_running_loop().call_soon(answer.set)
            return list(answered)

    assert asyncio.run(scene()) == ["answered"]


def test_nobody_waits_for_an_answer_when_the_run_fails() -> None:
    async def scene() -> None:
        received, never = asyncio.Event(), asyncio.Event()
        async with shop([], received=received, answer=never) as url, customers(url, askers=1, ordering=False):
            await received.wait()
            raise RuntimeError("the run failed")

    with pytest.raises(RuntimeError, match="the run failed"):
        asyncio.run(scene())
