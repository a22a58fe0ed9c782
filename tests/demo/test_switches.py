"""The switches of the demo hold, whatever a part does with connections between two of them."""

import asyncio

from demo.stand_ins.switches import Switches

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def test_a_part_that_closes_a_connection_as_its_second_request_arrives_is_switched_all_the_same() -> None:
    seen: list[bytes] = []
    answered = asyncio.Semaphore(0)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
        seen.append(await reader.readexactly(length))
        writer.write(ANSWER)
        await reader.read(1)  # the next request, or the end: either way without an answer
        writer.close()
        await writer.wait_closed()
        answered.release()

    async def scene() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with Switches(api="", outside=f"http://127.0.0.1:{port}") as switches:
                await switches.around(database="down")
                await switches.around(database="well")
            await answered.acquire()
            await answered.acquire()

    asyncio.run(scene())
    assert seen == [b'{"database":"down"}', b'{"database":"well"}']
