"""The requests of ASGI applications: entry, exit, errors, and the ids between them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, BackgroundTasks, FastAPI, HTTPException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Host, Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from vigil_telemetry import Event, Identifier, add_ids, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.requests import answered_by

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Worked(Event, tag="requests.worked"):
    step: Identifier[str]


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def application() -> FastAPI:
    app = FastAPI()
    router = APIRouter(prefix="/orders")

    @router.get("/{order_id}")
    def order(order_id: int) -> dict[str, int]:
        add_ids(user="jane")
        emit(Worked(step="sync"))
        return {"id": order_id}

    app.include_router(router, prefix="/v1")

    @app.get("/boom/{name}")
    async def boom(name: str) -> None:
        raise ValueError(f"cannot serve {name} to jane@example.com")

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(503, "try later")

    @app.get("/health")
    async def health() -> str:
        return "ok"

    @app.post("/later")
    async def later(tasks: BackgroundTasks) -> str:
        tasks.add_task(emit, Worked(step="background"))
        return "ok"

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            raise RuntimeError("broke off")

        return StreamingResponse(parts())

    app.mount("/shops/{tenant}", Starlette(routes=[Mount("/{tenant}/in", routes=[Route("/thing/{number}", hello)])]))
    app.mount("/in/{below:path}/of", Starlette(routes=[Route("/thing/{number}", hello)]))
    app.mount("/old", Starlette(routes=[Mount("/{tenant}", routes=[Route("/thing/{number:int}", hello)])]))
    return app


def call(
    app: Any, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, content: bytes | None = None
) -> httpx.Response:
    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(RequestLogging(app), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=headers, content=content)

    return asyncio.run(main())


def events(recorded, *names: str) -> list[dict[str, Any]]:
    return [entry for entry in recorded.entries if entry["event"] in names]


def test_every_line_of_a_request_has_its_ids_also_those_added_in_a_sync_endpoint(recorded) -> None:
    answer = call(application(), "/v1/orders/5?token=secret", headers={"traceparent": f"00-{TRACE}-{SPAN}-01"})
    request_id = answer.headers["x-request-id"]
    assert [entry["event"] for entry in recorded.entries] == [
        "http.request.received",
        "requests.worked",
        "http.request.completed",
    ]
    assert {entry["request_id"] for entry in recorded.entries} == {request_id}
    assert {entry["correlation_id"] for entry in recorded.entries} == {request_id}
    assert {entry["logging.googleapis.com/trace"] for entry in recorded.entries} == {f"projects/shop/traces/{TRACE}"}
    done = recorded.last
    assert (done["method"], done["route"], done["status"], done["status_class"]) == (
        "GET",
        "/v1/orders/{order_id}",
        200,
        "2xx",
    )
    assert (done["severity"], done["user"][:5], done["response_size"]) == ("INFO", "hmac:", len(b'{"id":5}'))
    assert done["function"].endswith("application.<locals>.order")
    assert "secret" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v1/orders/5", "/v1/orders/{order_id}"),
        ("/old/acme/thing/7", "/old/{tenant}/thing/{number}"),
        ("/shops/jane@example.com/berlin/in/thing/7", "/shops/{tenant}/{tenant}/in/thing/{number}"),
        ("/shops/shops/in/in/thing/in", "/shops/{tenant}/{tenant}/in/thing/{number}"),
        ("/in/a/jane@example.com/of/thing/7", "/in/{below}/of/thing/{number}"),
        ("/nowhere/jane@example.com", "(unmatched)"),
        ("/v1/orders/no-number", "/v1/orders/{order_id}"),
    ],
)
def test_the_route_is_its_template_never_the_path(recorded, path: str, route: str) -> None:
    call(application(), path)
    done = recorded.last
    assert done["route"].replace(":int", "") == route
    assert "jane@example.com" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/of/jane@example.com/shop/berlin/thing/7", "/of/{tenant}/shop/{city}/thing/{number}"),
        ("/v2/of/jane@example.com/shop/berlin/thing/7", "/v2/of/{tenant}/shop/{city}/thing/{number}"),
        ("/of/jane@example.com/shop/berlin/items/7", "/of/{tenant}/shop/{city}/items/{item}"),
        ("/of/jane@example.com/plain/thing/7", "/of/{tenant}/plain/thing/{number}"),
        ("/of/jane@example.com/shop/berlin/docs", "/of/{tenant}/shop/{city}/docs"),
        ("/of/jane@example.com/shop/berlin/nothing", "(unmatched)"),
    ],
)
def test_a_mount_of_a_router_that_fastapi_includes_has_its_prefixes(recorded, path: str, route: str) -> None:
    items, mounting, versioned, shop, app = APIRouter(), APIRouter(), APIRouter(prefix="/v2"), FastAPI(), FastAPI()
    items.get("/items/{item}")(lambda item: item)
    shop.include_router(items)
    shop.router.routes.append(Route("/thing/{number}", hello))
    mounting.mount("/shop/{city}", shop)
    mounting.mount("/plain", Starlette(routes=[Route("/thing/{number}", hello)]))
    versioned.include_router(mounting, prefix="/of/{tenant}")
    app.include_router(mounting, prefix="/of/{tenant}")
    app.include_router(versioned)
    call(app, path)
    assert recorded.last["route"] == route


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/files/jane@example.com/a.txt", "/files/{path}"),
        ("/of/jane@example.com/b/other", "/of/{tenant}/{folder}/{path}"),
        ("/of/a/jane@example.com/thing", "/of/{tenant}/{folder}/thing"),
    ],
)
def test_a_mount_is_its_template_also_below_a_host_and_where_no_route_follows(recorded, path: str, route: str) -> None:
    inner = Mount("/of/{tenant}", routes=[Mount("/{folder}", routes=[Route("/thing", hello)])])
    call(
        Starlette(routes=[Host("test", app=Router(routes=[Mount("/files", app=PlainTextResponse("file")), inner]))]),
        path,
    )
    assert recorded.last["route"] == route
    assert "jane@example.com" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize("root_path", ["", "/api"])
@pytest.mark.parametrize("kind", [FastAPI, Starlette])
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/static/jane@example.com/a.txt", ("/static/{path}", 404)),
        ("/static/test_requests.py", ("/static/{path}", 200)),
        ("/of/jane@example.com/files/test_requests.py", ("/of/{tenant}/files/{path}", 200)),
        ("/jane@example.com", ("/{path}", 404)),
        ("/test_requests.py", ("/{path}", 200)),
    ],
)
def test_files_are_the_path_of_their_mounts(recorded, kind, root_path: str, path: str, expected: object) -> None:
    files, inner, app = StaticFiles(directory=Path(__file__).parent), kind(), kind()
    inner.mount("/files", files)
    app.mount("/static", files)
    app.mount("/of/{tenant}", inner)
    app.mount("/", files)

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        scope["root_path"], scope["path"] = root_path, root_path + scope["path"]
        await app(scope, receive, send)

    call(outer, path)
    assert (recorded.last["route"], recorded.last["status"]) == expected
    assert "jane@example.com" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize("path", ["/of/jane@example.com/files/a.txt", "/v2/of/jane@example.com/files/a.txt"])
def test_files_of_a_router_that_fastapi_includes_have_its_prefixes(recorded, path: str) -> None:
    router, versioned, app = APIRouter(), APIRouter(prefix="/v2"), FastAPI()
    router.mount("/files", StaticFiles(directory=Path(__file__).parent))
    versioned.include_router(router, prefix="/of/{tenant}")
    app.include_router(router, prefix="/of/{tenant}")
    app.include_router(versioned)
    call(app, path)
    assert recorded.last["route"] == path.replace("jane@example.com", "{tenant}").replace("a.txt", "{path}")


def test_routes_that_share_an_endpoint_and_endpoints_that_share_a_route_keep_their_names(recorded) -> None:
    async def other(request: Request) -> PlainTextResponse:
        return PlainTextResponse("other")

    inner = Starlette(routes=[Route("/one/{name}", hello), Route("/two/{name}", hello)])

    async def late(scope: Any, receive: Any, send: Any) -> None:
        async def hold(message: Any) -> None:
            if scope["query_string"] == b"other":
                scope["endpoint"] = other
            await send(message)

        await inner(scope, receive, hold)

    for path in ("/one/a", "/two/a", "/one/b?other", "/two/b", "/one/c"):
        call(late, path)
    found = [
        (done["route"], done["function"].rpartition(".")[2]) for done in events(recorded, "http.request.completed")
    ]
    assert found == [
        ("/one/{name}", "hello"),
        ("/two/{name}", "hello"),
        ("/one/{name}", "other"),
        ("/two/{name}", "hello"),
        ("/one/{name}", "hello"),
    ]


def test_routes_that_are_rebuilt_for_each_request_keep_their_names() -> None:
    for number in range(1100):
        assert answered_by({"type": "http", "route": SimpleNamespace(path_format=f"/{number}")}) == (f"/{number}", None)


def test_a_plain_starlette_application_has_routes_too(recorded) -> None:
    call(Starlette(routes=[Route("/hello/{name}", hello)]), "/hello/jane")
    assert recorded.last["route"] == "/hello/{name}"
    assert "jane" not in recorded.last["message"]


def test_an_exception_is_reported_once_with_id_message_and_trace(recorded) -> None:
    answer = call(application(), "/boom/x")
    assert answer.status_code == 500
    (failed,) = events(recorded, "http.request.failed")
    (done,) = events(recorded, "http.request.completed")
    assert failed["request_id"] == done["request_id"] == answer.headers["x-request-id"]
    assert (failed["severity"], failed["error_type"], failed["status"]) == ("ERROR", "ValueError", 500)
    assert failed["message"] == "GET /boom/{name} failed with 500: cannot serve x to [email]"
    assert failed["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert failed["stack_trace"].endswith("ValueError: cannot serve x to [email]\n")
    assert failed["logging.googleapis.com/sourceLocation"]["function"].endswith("boom")
    assert failed["serviceContext"]["service"] == "orders"
    assert (done["severity"], done["status_class"], done["outcome"]) == ("WARNING", "5xx", "failed")


def test_an_answer_of_5xx_without_exception_is_reported_by_its_place(recorded) -> None:
    call(application(), "/refused")
    (failed,) = events(recorded, "http.request.failed")
    assert (failed["error_type"], failed["status"], failed["error"]) == ("status", 503, "answered 503")
    assert failed["@type"].endswith("ReportedErrorEvent")
    assert failed["context"]["reportLocation"]["functionName"].endswith("refused")


def test_a_stream_that_breaks_off_is_a_failure_though_its_status_was_sent(recorded) -> None:
    call(application(), "/stream")
    (failed,) = events(recorded, "http.request.failed")
    (done,) = events(recorded, "http.request.completed")
    assert "broke off" in failed["error"]
    assert (done["status"], done["outcome"]) == (200, "failed")


def test_the_exit_does_not_wait_for_background_tasks(recorded) -> None:
    call(application(), "/later", "POST")
    assert [entry["event"] for entry in recorded.entries] == [
        "http.request.received",
        "http.request.completed",
        "requests.worked",
    ]
    assert recorded.entries[2]["request_id"] == recorded.entries[1]["request_id"]


def test_health_checks_are_silent_until_they_fail(recorded) -> None:
    call(application(), "/health")
    assert recorded.raw == []
    call(Starlette(), "/healthz")
    assert recorded.last["status"] == 404


@pytest.mark.parametrize("given", ["7b0f8a52-6e55-4b7e-9c55-0d1f8a7b6c5d", "01JDGXK3Z9Y8W7V6T5S4R3Q2P1", "A" * 64])
def test_a_request_id_from_outside_is_taken_and_answered(recorded, given: str) -> None:
    assert call(application(), "/refused", headers={"X-Request-Id": given}).headers["x-request-id"] == given
    assert recorded.last["request_id"] == given


@pytest.mark.parametrize(
    "given",
    [
        "short",
        "B" * 65,
        "4111111111111111",
        "jane@example.com-0001",
        "a b c d e f g h i j k l",
        '0123456789abcdef"\\n',
        "0123-4567-8901-2345",
    ],
)
def test_a_malformed_request_id_is_replaced(recorded, given: str) -> None:
    answered = call(application(), "/refused", headers={"X-Request-Id": given}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", answered)
    assert given not in b"".join(recorded.raw).decode()


def test_the_correlation_id_spans_requests(recorded) -> None:
    given = "7b0f8a52-6e55-4b7e-9c55-0d1f8a7b6c5d"
    call(application(), "/refused", headers={"X-Correlation-Id": given})
    assert recorded.last["correlation_id"] == given
    assert recorded.last["request_id"] != given


def test_a_request_without_trace_gets_one_for_its_lines(recorded) -> None:
    call(application(), "/v1/orders/5")
    traces = {entry["logging.googleapis.com/trace"] for entry in recorded.entries}
    assert len(traces) == 1
    assert re.fullmatch("projects/shop/traces/[0-9a-f]{32}", traces.pop())


def test_an_unknown_method_is_one_label(recorded) -> None:
    call(application(), "/refused", "BREW")
    assert recorded.last["method"] == "OTHER"


async def _run(app: Any, scope: dict[str, Any], messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await RequestLogging(app)(scope, receive, send)
    return sent


def test_a_client_that_goes_away_is_no_error(recorded) -> None:
    async def waits(scope: Any, receive: Any, send: Any) -> None:
        await receive()

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    asyncio.run(_run(waits, scope, [{"type": "http.disconnect"}]))
    assert (recorded.last["event"], recorded.last["status"], recorded.last["outcome"]) == (
        "http.request.completed",
        499,
        "disconnected",
    )


HALF = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
HTTP = {"type": "http", "method": "POST", "path": "/", "headers": [], "query_string": b""}


async def _reads_body(scope: Any, receive: Any, send: Any) -> None:
    await PlainTextResponse(str(len(await Request(scope, receive).body())))(scope, receive, send)


async def _reads_form(scope: Any, receive: Any, send: Any) -> None:
    try:
        await Request(scope, receive).body()
    except Exception as error:  # as FastAPI does, which answers 400
        raise HTTPException(400, "cannot parse the body") from error


async def _answers_all_the_same(scope: Any, receive: Any, send: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    await PlainTextResponse("too late")(scope, receive, send)


@pytest.mark.parametrize("app", [_reads_body, _reads_form, _answers_all_the_same])
def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error(recorded, app: Any) -> None:
    with contextlib.suppress(Exception):
        asyncio.run(_run(app, dict(HTTP), [dict(message) for message in HALF]))
    assert events(recorded, "http.request.failed") == []
    assert (recorded.last["status"], recorded.last["outcome"]) == (499, "disconnected")


def test_a_mistake_after_the_client_has_left_is_an_error(recorded) -> None:
    async def mistaken(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        asyncio.run(_run(mistaken, dict(HTTP), [{"type": "http.disconnect"}]))
    (failed,) = events(recorded, "http.request.failed")
    assert failed["error_type"] == "KeyError"


def test_a_server_that_cannot_send_any_more_is_no_error(recorded) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            raise OSError("the client is gone")

    async def receive() -> dict[str, Any]:
        raise AssertionError

    with pytest.raises(OSError, match="gone"):
        asyncio.run(RequestLogging(app)(dict(HTTP), receive, send))
    assert events(recorded, "http.request.failed") == []
    assert recorded.last["outcome"] == "disconnected"


def test_an_error_sent_to_a_client_that_is_gone_is_no_failure(recorded) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        except OSError:
            await send({"type": "http.response.start", "status": 500, "headers": []})

    async def send(message: dict[str, Any]) -> None:
        raise OSError("the client is gone")

    async def receive() -> dict[str, Any]:
        raise AssertionError

    with pytest.raises(OSError, match="gone"):
        asyncio.run(RequestLogging(app)(dict(HTTP), receive, send))
    assert events(recorded, "http.request.failed") == []
    assert (recorded.last["status"], recorded.last["outcome"]) == (499, "disconnected")


@pytest.mark.parametrize("code", [1000, 1001, 1006])
def test_a_websocket_that_the_client_closes_is_no_error(recorded, code: int) -> None:
    async def socket(scope: Any, receive: Any, send: Any) -> None:
        talk = WebSocket(scope, receive, send)
        await talk.accept()
        while True:
            await talk.receive_text()

    messages = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": code}]
    with contextlib.suppress(Exception):
        asyncio.run(_run(socket, {"type": "websocket", "path": "/ws", "headers": []}, messages))
    assert events(recorded, "http.request.failed") == []
    assert (recorded.last["status"], "outcome" in recorded.last) == (101, False)


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_work_after_the_answer_is_no_part_of_its_duration(recorded, status: int) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"all"})
        emit(Worked(step="after"))
        await receive()  # as a server says where the client closes its connection after the answer

    asyncio.run(_run(app, dict(HTTP), [{"type": "http.disconnect"}]))
    names = [entry["event"] for entry in recorded.entries]
    assert names.index("http.request.completed") < names.index("requests.worked")
    (done,) = events(recorded, "http.request.completed")
    assert (done["status"], "outcome" in done) == (status, False)


def test_an_exception_after_the_answer_is_a_failure_of_the_answers_duration(recorded) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"all"})
        sum(range(100_000))  # work of a millisecond
        raise ValueError("too late")

    with contextlib.suppress(ValueError):
        asyncio.run(_run(app, dict(HTTP), []))
    (done,), (failed,) = (events(recorded, f"http.request.{end}") for end in ("completed", "failed"))
    assert (done["status"], failed["status"], failed["error"]) == (200, 200, "too late")
    assert failed["duration"] == done["duration"]


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("method", "length", "disconnected"),
    [("GET", b"3", False), ("HEAD", b"3", False), ("HEAD", b"", False), ("GET", b"4", True), ("GET", b"", True)],
)
def test_a_client_that_has_the_whole_answer_did_not_leave_early(
    recorded, method: str, length: bytes, status: int, disconnected: bool
) -> None:
    async def cleans_up(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"Content-Length", length)] if length else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"abc", "more_body": True})
        emit(Worked(step="cleaned up"))
        await receive()

    asyncio.run(_run(cleans_up, HTTP | {"method": method}, [{"type": "http.disconnect"}]))
    (done,) = events(recorded, "http.request.completed")
    assert (done["status"], "outcome" in done) == (status, disconnected)
    assert len(events(recorded, "http.request.failed")) == (status == 500), "a failure that began is ours"
    names = [entry["event"] for entry in recorded.entries]
    assert (names.index("http.request.completed") > names.index("requests.worked")) == disconnected


START = {"type": "http.response.start", "status": 200, "headers": []}
LONG = START | {"headers": [(b"Content-Length", b"900")]}
TRAILED = START | {"trailers": True}
FILE = {"type": "http.response.zerocopysend", "file": None}
PATH = {"type": "http.response.pathsend", "path": "/srv/invoice.pdf"}
BODY = {"type": "http.response.body", "body": b"abc"}
TRAILERS = {"type": "http.response.trailers", "headers": []}
HINT = {"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]}
PUSH = {"type": "http.response.push", "path": "/a.css", "headers": []}
DEBUG = {"type": "http.response.debug", "info": {"template": "a.html"}}


@pytest.mark.parametrize(
    ("messages", "size"),
    [
        ([START, FILE | {"count": 700}], 700),
        ([LONG, FILE], 900),
        ([LONG, FILE | {"count": 0, "more_body": True}, FILE], 900),
        ([START, FILE], 0),
        ([LONG, BODY | {"more_body": True}, FILE], 900),
        ([START, FILE | {"count": 700, "more_body": True}, BODY], 703),
        ([START, FILE | {"count": 700, "more_body": True}, FILE | {"count": 20}], 720),
        ([TRAILED, FILE | {"count": 700}, TRAILERS], 700),
        ([TRAILED, FILE | {"count": 700}, TRAILERS | {"more_trailers": True}, TRAILERS], 700),
        ([LONG, PATH], 900),
        ([START, PATH], 0),
        ([TRAILED, PATH, TRAILERS], 0),
        ([START, HINT, BODY], 3),
        ([DEBUG, START, PUSH, BODY | {"more_body": True}, HINT, BODY], 6),
    ],
)
def test_the_last_part_of_an_answer_ends_its_request_in_whatever_form_it_is(
    recorded, messages: list[dict[str, Any]], size: int
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages[:-1]:
            await send(message)
        assert events(recorded, "http.request.completed") == []
        await send(messages[-1])
        emit(Worked(step="cleaned up"))
        await receive()  # as a server says where the client closes its connection after the answer

    sent = asyncio.run(_run(app, dict(HTTP), [{"type": "http.disconnect"}]))
    assert [message for message in sent if message["type"] != START["type"]] == [
        message for message in messages if message["type"] != START["type"]
    ]
    (done,) = events(recorded, "http.request.completed")
    assert (done["status"], done["response_size"], "outcome" in done) == (200, size, False)
    names = [entry["event"] for entry in recorded.entries]
    assert names.index("http.request.completed") < names.index("requests.worked")


def test_the_answer_to_a_head_request_has_no_bytes_of_its_file(recorded) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(LONG)
        await send(FILE)

    asyncio.run(_run(app, HTTP | {"method": "HEAD"}, []))
    assert recorded.last["response_size"] == 0


@pytest.mark.parametrize("kind", [None, [], {}, 5])
def test_the_server_judges_a_message_of_unknown_form(recorded, kind: object) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": kind})

    assert asyncio.run(_run(app, dict(HTTP), [])) == [{"type": kind}]
    assert len(events(recorded, "http.request.completed")) == 1


def test_a_cancelled_request_is_reported_and_stays_cancelled(recorded) -> None:
    async def cancelled(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(_run(cancelled, {"type": "http", "method": "GET", "path": "/", "headers": []}, []))
    assert recorded.last["outcome"] == "cancelled"
    assert events(recorded, "http.request.failed") == []


def test_a_websocket_is_one_request(recorded) -> None:
    async def socket(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        emit(Worked(step="open"))

    sent = asyncio.run(_run(socket, {"type": "websocket", "path": "/ws", "headers": []}, []))
    assert dict(sent[0]["headers"])[b"x-request-id"].decode() == recorded.last["request_id"]
    assert (recorded.last["method"], recorded.last["status"]) == ("WEBSOCKET", 101)


def test_the_lifespan_passes_through(recorded) -> None:
    async def lifespan(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.complete"})

    assert asyncio.run(_run(lifespan, {"type": "lifespan"}, [])) == [{"type": "lifespan.startup.complete"}]
    assert recorded.raw == []
