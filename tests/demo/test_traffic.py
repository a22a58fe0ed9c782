"""Traffic is a steady stream of real requests, counted by what came back."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import httpx
import pytest

from demo.stand_ins.traffic import Traffic


def transported(
    traffic: Traffic, handler: Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]
) -> Traffic:
    traffic._http = httpx.AsyncClient(base_url=traffic.url, transport=httpx.MockTransport(handler))
    return traffic


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={"id": 7}) if request.method == "POST" else httpx.Response(200, json=[])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the traffic has no event for it, and needs none
            await asyncio.sleep(0.001)


def test_all_kinds_of_requests_are_sent_and_their_answers_counted() -> None:
    seen: Counter[str] = Counter()

    def handler(request: httpx.Request) -> httpx.Response:
        kind = f"{request.method} {request.url.path}"
        seen[kind if request.url.path == "/orders" else f"{request.method} one"] += 1
        return answer(request)

    async def scene() -> Traffic:
        async with transported(Traffic("http://api", rate=5000), handler) as traffic:
            traffic.start()
            await until(lambda: traffic.answered >= 60)
            await traffic.stop()
            assert traffic.answered == traffic.sent
            return traffic

    traffic = asyncio.run(scene())
    assert set(seen) == {"POST /orders", "GET /orders", "GET one"}
    assert traffic.statuses == {201: seen["POST /orders"], 200: seen["GET /orders"] + seen["GET one"]}
    assert traffic.describe() == f"{traffic.answered} answers ({traffic.answered} of 2xx)"


def test_errors_and_broken_connections_do_not_end_the_stream() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ConnectError("refused")
        return httpx.Response(500)

    async def scene() -> Traffic:
        async with transported(Traffic("http://api", rate=5000), handler) as traffic:
            traffic.start()
            await until(lambda: traffic.answered >= 10 and traffic.broken >= 10)
            await traffic.stop()
            return traffic

    traffic = asyncio.run(scene())
    assert set(traffic.statuses) == {500}
    assert traffic.sent == traffic.answered + traffic.broken
    assert traffic.describe().endswith(f"({traffic.answered} of 5xx), {traffic.broken} requests without an answer")


def test_a_slow_api_has_a_bounded_number_of_requests_under_way() -> None:
    under_way = 0
    most = 0

    async def scene() -> None:
        gate = asyncio.Event()

        async def handler(request: httpx.Request) -> httpx.Response:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await gate.wait()
            under_way -= 1
            return answer(request)

        async with transported(Traffic("http://api", rate=100_000), handler) as traffic:
            traffic.start()
            await until(lambda: under_way == 64)
            for _ in range(50):
                await asyncio.sleep(0)
            assert most == 64
            gate.set()
            await traffic.stop()
            assert traffic.answered == traffic.sent

    asyncio.run(scene())


def test_the_same_seed_sends_the_same_requests() -> None:
    async def scene(seed: int) -> list[str]:
        sent: list[str] = []

        def handler(request: httpx.Request) -> httpx.Response:
            sent.append(f"{request.method} {request.url.path}")
            return httpx.Response(404)

        async with transported(Traffic("http://api", rate=5000, seed=seed), handler) as traffic:
            traffic.start()
            await until(lambda: len(sent) >= 30)
        return sent[:30]

    assert asyncio.run(scene(3)) == asyncio.run(scene(3))
    assert asyncio.run(scene(3)) != asyncio.run(scene(4))


def test_a_rate_that_is_no_rate_is_refused() -> None:
    with pytest.raises(ValueError, match="rate must be positive"):
        Traffic("http://api", rate=0)
