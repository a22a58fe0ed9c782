"""FastAPI behind real uvicorn, over a socket: what happens to requests there, and what is logged."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request, WebSocket
from starlette.responses import StreamingResponse
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.telemetry.instrument.conftest import served
from tests.telemetry.instrument.shop.events import Stepped
from vigil_telemetry import add_ids, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.instrument import instrument_fastapi
from vigil_telemetry.validate import problems

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OTHER_TRACE = "105445aa7843bc8bf206b12000100000"


def signed_in(request: Request) -> None:
    add_ids(user=request.headers.get("x-user"))


def application() -> FastAPI:  # noqa: C901 - one endpoint for each thing that can happen
    app = FastAPI()
    router = APIRouter(prefix="/orders", dependencies=[Depends(signed_in)])

    @router.get("/{number}")
    def order(number: int) -> dict[str, int]:
        emit(Stepped(step=f"order {number}"))
        return {"number": number}

    @router.post("/{number}/fail")
    async def fail(number: int) -> None:
        raise RuntimeError(f"order {number} of jane@example.com is stuck")

    app.include_router(router, prefix="/v1")

    @app.get("/busy")
    async def busy() -> None:
        raise HTTPException(503, "try later")

    @app.post("/upload")
    async def upload(request: Request) -> int:
        return len(await request.body())

    @app.get("/stream/{parts}")
    async def stream(parts: int) -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            for part in range(parts):
                yield b"x" * 1000
                await asyncio.sleep(0.02)
                if part == 5:
                    raise RuntimeError("the source broke off")

        return StreamingResponse(body())

    @app.get("/endless")
    async def endless() -> StreamingResponse:
        async def body() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0.01)

        return StreamingResponse(body())

    @app.post("/later")
    async def later(tasks: BackgroundTasks) -> str:
        def fails() -> None:
            emit(Stepped(step="background"))
            raise RuntimeError("the task failed")

        tasks.add_task(fails)
        return "accepted"

    @app.websocket("/ws/{room}")
    async def talk(websocket: WebSocket, room: str) -> None:
        await websocket.accept()
        text = await websocket.receive_text()
        if text == "fail":
            raise RuntimeError("the room is closed")
        await websocket.send_text(room)
        await websocket.close()

    @app.websocket("/refused")
    async def refused(websocket: WebSocket) -> None:
        await websocket.close(1008)

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    inner = FastAPI()

    @inner.get("/items/{item}")
    async def nested(item: str) -> str:
        return item

    inner.add_middleware(RequestLogging)
    app.mount("/shop", inner)
    return instrument_fastapi(app)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(application()) as url:
        yield url


@pytest.fixture
def client(address) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=address, timeout=60) as made:
        yield made


def logged(recorded, *kinds: str) -> list[dict[str, Any]]:
    return [entry for entry in recorded.entries if entry["event"] in [f"http.request.{kind}" for kind in kinds]]


def until(condition: Callable[[], Any]) -> Any:
    """The server is on its own thread: what it logs after its answer comes a moment later."""
    end = time.monotonic() + 60
    while not (found := condition()):
        assert time.monotonic() < end, "no line was written"
        time.sleep(0.005)
    return found


def test_scenario_16_an_endpoints_error_gives_an_error_log_with_request_id_and_message(recorded, client) -> None:
    answer = client.post("/v1/orders/12/fail", headers={"x-user": "jane@example.com"})
    assert answer.status_code == 500
    (failed,) = until(lambda: logged(recorded, "failed"))
    (done,) = until(lambda: logged(recorded, "completed"))
    assert failed["severity"] == "ERROR"
    assert failed["request_id"] == done["request_id"] == answer.headers["x-request-id"]
    assert failed["message"] == "POST /v1/orders/{number}/fail failed with 500: order 12 of [email] is stuck"
    assert (failed["error_type"], failed["error"]) == ("RuntimeError", "order 12 of [email] is stuck")
    assert failed["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert failed["function"].endswith("application.<locals>.fail")
    assert failed["user"].startswith("hmac:")
    assert failed["httpRequest"]["requestUrl"] == "/v1/orders/{number}/fail"
    assert "jane" not in b"".join(recorded.raw).decode()


def test_entry_and_exit_with_route_status_duration_and_sizes(recorded, client) -> None:
    client.post("/upload", content=b"y" * 5000)
    received, done = (
        until(lambda: logged(recorded, "received", "completed"))[0],
        until(lambda: logged(recorded, "completed"))[0],
    )
    assert (received["method"], received["path"], received["severity"]) == ("POST", "/upload", "DEBUG")
    assert (done["route"], done["status"], done["status_class"], done["severity"]) == ("/upload", 200, "2xx", "INFO")
    assert (done["request_size"], done["response_size"]) == (5000, len("5000"))
    assert done["httpRequest"]["latency"] == f"{done['duration']:.6f}s"


def test_a_body_without_a_length_is_counted_as_it_is_read(recorded, client) -> None:
    client.post("/upload", content=iter([b"y" * 3000, b"y" * 2000]))
    (done,) = until(lambda: logged(recorded, "completed"))
    assert done["request_size"] == 5000


def test_a_streamed_answer_ends_with_its_last_part(recorded, client) -> None:
    assert len(client.get("/stream/3").content) == 3000
    (done,) = until(lambda: logged(recorded, "completed"))
    assert (done["route"], done["response_size"], "outcome" in done) == ("/stream/{parts}", 3000, False)
    assert done["duration"] >= 0.05


def test_a_streamed_answer_that_breaks_off_is_a_failure(recorded, client) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/stream/10")
    (failed,) = until(lambda: logged(recorded, "failed"))
    (done,) = until(lambda: logged(recorded, "completed"))
    assert (failed["error"], done["status"], done["outcome"], done["response_size"]) == (
        "the source broke off",
        200,
        "failed",
        6000,
    )


def test_a_client_that_leaves_is_no_error(recorded, address) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        connection.recv(1000)
    (done,) = until(lambda: logged(recorded, "completed"))
    assert (done["route"], done["outcome"], done["status"]) == ("/endless", "disconnected", 200)
    assert logged(recorded, "failed") == []


def test_a_background_task_has_the_requests_id_and_its_failure_is_logged(recorded, client) -> None:
    answer = client.post("/later")
    assert answer.status_code == 200
    (failed,) = until(lambda: logged(recorded, "failed"))
    (done,) = logged(recorded, "completed")
    (stepped,) = [entry for entry in recorded.entries if entry["event"] == "shop.stepped"]
    assert failed["error"] == "the task failed"
    assert {failed["request_id"], stepped["request_id"], done["request_id"]} == {answer.headers["x-request-id"]}
    assert (done["status_class"], "outcome" in done) == ("2xx", False)  # it was answered before


def test_a_websocket_is_logged_when_it_ends(recorded, address) -> None:
    with connect(address.replace("http", "ws") + "/ws/lobby") as websocket:
        websocket.send("hello")
        assert websocket.recv() == "lobby"
        assert websocket.response.headers["x-request-id"]
    (done,) = until(lambda: logged(recorded, "completed"))
    assert (done["method"], done["route"], done["status"]) == ("WEBSOCKET", "/ws/{room}", 101)


def test_a_websocket_that_fails_and_one_that_is_refused(recorded, address) -> None:
    with connect(address.replace("http", "ws") + "/ws/lobby") as websocket:
        websocket.send("fail")
        with pytest.raises(ConnectionClosed):
            websocket.recv()
    (failed,) = until(lambda: logged(recorded, "failed"))
    assert (failed["method"], failed["error"]) == ("WEBSOCKET", "the room is closed")
    with pytest.raises(InvalidStatus), connect(address.replace("http", "ws") + "/refused"):
        pass
    done = until(lambda: logged(recorded, "completed")[1:])
    assert (done[0]["route"], done[0]["status"], done[0]["severity"]) == ("/refused", 403, "WARNING")


def test_a_mounted_application_that_has_the_middleware_too_is_logged_once(recorded, client) -> None:
    client.get("/shop/items/lamp")
    (done,) = until(lambda: logged(recorded, "completed"))
    assert done["route"] == "/shop/items/{item}"
    assert len(logged(recorded, "received")) == 1


def test_health_checks_are_left_out(recorded, client) -> None:
    client.get("/healthz")
    client.get("/v1/orders/1")
    until(lambda: logged(recorded, "completed"))
    assert {entry.get("route") for entry in recorded.entries if "route" in entry} == {"/v1/orders/{number}"}


@pytest.mark.parametrize(
    ("headers", "trace", "span"),
    [
        ({"traceparent": f"00-{TRACE}-{SPAN}-01", "x-cloud-trace-context": f"{OTHER_TRACE}/1;o=1"}, TRACE, SPAN),
        ({"traceparent": "00-broken-01", "x-cloud-trace-context": f"{OTHER_TRACE}/74;o=1"}, OTHER_TRACE, f"{74:016x}"),
    ],
    ids=["traceparent first", "Google's where that is broken"],
)
def test_the_trace_comes_from_traceparent_before_googles_own(recorded, client, headers, trace, span) -> None:
    client.get("/v1/orders/1", headers=headers)
    (done,) = until(lambda: logged(recorded, "completed"))
    assert done["logging.googleapis.com/trace"] == f"projects/shop/traces/{trace}"
    assert done["logging.googleapis.com/spanId"] == span
    assert done["logging.googleapis.com/trace_sampled"] is True


def test_of_200_interleaved_requests_none_has_anothers_id(recorded, address) -> None:
    async def main() -> dict[int, str]:
        limits = httpx.Limits(max_connections=50)
        async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as client:

            async def ask(number: int) -> tuple[int, str]:
                given = f"request-{number:04d}-abcdef"
                answer = await client.get(
                    f"/v1/orders/{number}", headers={"x-request-id": given, "x-user": f"user {number}"}
                )
                assert answer.json() == {"number": number}
                assert answer.headers["x-request-id"] == given
                return number, given

            return dict(await asyncio.gather(*(ask(number) for number in range(200))))

    ids = asyncio.run(main())
    until(lambda: len(logged(recorded, "completed")) == 200)
    stepped = {int(e["step"].split()[1]): e for e in recorded.entries if e["event"] == "shop.stepped"}
    assert {number: entry["request_id"] for number, entry in stepped.items()} == ids
    users = {entry["request_id"]: entry["user"] for entry in stepped.values()}
    assert len(set(users.values())) == 200
    for entry in logged(recorded, "completed"):  # the user, found inside, stands on the exit written outside
        assert entry["user"] == users[entry["request_id"]]
    assert [problem for line in recorded.raw for problem in problems(line)] == []


def test_what_cannot_be_observed_is_refused() -> None:
    with pytest.raises(TypeError, match="wrap it, RequestLogging"):
        instrument_fastapi(object())
