"""Whatever comes from outside, the application sees what it sees without Vigil."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import requests
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect

from vigil_telemetry import ServiceStarted, bind, configure, counters, emit, enabled, flush
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.bridges import structlog as structlog_bridge
from vigil_telemetry.configuration import set_level
from vigil_telemetry.instrument import instrument_httpx, instrument_requests
from vigil_telemetry.outputs import QueueOutput
from vigil_telemetry.outputs import queue as queues
from vigil_telemetry.redaction import redact, redact_label
from vigil_telemetry.shutdown import close

EACH = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
DIGITS = "9" * 5000


class MuteError(Exception):
    """An exception whose text cannot be read; asyncio's own runner breaks where `repr` raises."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class FrozenError(Exception):
    """An exception that takes no attribute."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


names = st.sampled_from(
    [b"traceparent", b"x-cloud-trace-context", b"x-request-id", b"x-correlation-id", b"content-length", b"host"]
)
values = st.binary(max_size=60) | st.sampled_from(
    [
        b"a" * 32 + b"/1;o=" + DIGITS.encode(), b"a" * 32 + b"/" + DIGITS.encode() + b";o=1", DIGITS.encode(),
        b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01", "\u0661\u0662".encode(), b"-1", b"\xff" * 40, b"x" * 70_000,
    ]
)  # fmt: skip
headers = st.lists(st.tuples(names, values), max_size=4)
statuses = st.integers(100, 999) | st.sampled_from([0, -1, 2**70, None, "200", 200.5])
bodies = st.sampled_from([b"", b"ok", bytearray(b"ok"), memoryview(b"ok"), None, "text"])
errors = st.sampled_from(
    [None, ValueError("x" * 100), MuteError(), FrozenError(), ExceptionGroup("g", [MuteError()]), ConnectionResetError(), KeyError(1),
     ClientDisconnect(), WebSocketDisconnect(), RuntimeError("No response returned.")]
)  # fmt: skip
arrived = st.sampled_from(
    [
        {"type": "http.request", "body": b"x", "more_body": False}, {"type": "http.request", "body": None},
        {"type": "http.disconnect"}, {"type": "odd"}, {},
    ]
)  # fmt: skip


def _seen(app: Any, scope: dict[str, Any], messages: list[dict[str, Any]]) -> tuple[Any, list[Any]]:
    """What a server gets from an application: how it ended, and its messages without the id of the request."""
    sent: list[Any] = []
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        kept = {name: value for name, value in message.items() if name != "headers"}
        theirs = [list(pair) for pair in message.get("headers", ()) if pair[0].lower() != b"x-request-id"]
        sent.append(kept | ({"headers": theirs} if theirs else {}))

    try:
        asyncio.run(app(scope, receive, send))
    except BaseException as error:  # noqa: BLE001 - it is compared
        return error, sent
    return None, sent


@EACH
@given(
    headers=headers,
    status=statuses,
    body=bodies,
    error=errors,
    message=arrived,
    late=st.booleans(),
    kind=st.sampled_from(["http", "websocket"]),
)
def test_a_server_gets_the_same_answer_from_an_application_with_the_middleware(  # noqa: PLR0917 - a product
    recorded, headers, status, body, error, message, late, kind
) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if error is not None and not late:
            raise error
        await send({"type": "http.response.start", "status": status, "headers": [(b"X-Other", b"1")]})
        await send({"type": "http.response.body", "body": body, "more_body": late})
        if error is not None:
            raise error

    scope = {"type": kind, "method": "GET", "path": "/\ud800", "headers": headers, "path_params": {"x": MuteError()}}
    expected = _seen(app, dict(scope), [message])
    got = _seen(RequestLogging(app), dict(scope), [message])
    assert got[0] is expected[0]
    assert got[1] == expected[1]
    completed = [entry for entry in recorded.entries if entry["event"] == "http.request.completed"]
    assert completed or counters.failed, (recorded.raw, got)
    recorded.raw.clear()


class OddError(BaseException):
    """Neither an error nor a way to end that Python knows."""


def _driven(app: Any, scope: dict[str, Any], send_error: BaseException | None) -> tuple[BaseException | None, int]:
    """The error with which an application ends when it is stepped by hand, and how many messages it sent."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if send_error is not None:
            raise send_error

    running = app(scope, receive, send)
    try:
        while True:
            running.send(None)
    except StopIteration:
        return None, len(sent)
    except BaseException as error:  # noqa: BLE001 - it is compared
        return error, len(sent)


@pytest.mark.parametrize("place", ["before", "between", "after", "while sending"])
@pytest.mark.parametrize(
    "error",
    [asyncio.CancelledError(), GeneratorExit(), KeyboardInterrupt(), SystemExit(2), OddError(), BaseExceptionGroup("g", [OddError()]), MemoryError(), RecursionError()],
    ids=type,
)  # fmt: skip
def test_whatever_ends_an_application_ends_it_with_the_middleware(recorded, error: BaseException, place: str) -> None:
    async def app(_: Any, receive: Any, send: Any) -> None:
        if place == "before":
            raise error
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if place == "between":
            raise error
        await send({"type": "http.response.body", "body": b"x"})
        if place == "after":
            raise error

    send_error = error if place == "while sending" else None
    scopes: list[dict[str, Any]] = [
        {"type": "http", "method": "GET", "path": "/", "headers": []}, {"type": "http"}, {"type": "http", "method": None, "path": None, "headers": None},
        {"type": "http", "method": b"GET", "path": b"/", "headers": [(b"a",)], "client": (None, None), "state": 5, "path_params": 5}, {"type": "other"},
    ]  # fmt: skip
    for scope in scopes:
        expected, got = _driven(app, dict(scope), send_error), _driven(RequestLogging(app), dict(scope), send_error)
        assert got[0] is expected[0], scope
        assert got[1] == expected[1], scope


class Shapeless:
    """An object whose class cannot be read."""

    @property
    def __class__(self) -> type:
        raise ValueError("no class")

    @__class__.setter
    def __class__(self, value: type) -> None: ...


def test_a_value_whose_class_cannot_be_read_raises_nowhere(recorded) -> None:
    value: Any = Shapeless()
    assert redact_label("order", value) == "[redaction failed]"
    assert redact({"order": value, "n": 1}) == "[redaction failed]"
    with bind(order=value):
        emit(ServiceStarted(runtime="x"))
    emit(value)
    assert not enabled(value)
    assert [entry["event"] for entry in recorded.entries] == ["service.started"]


@EACH
@given(
    length=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20) | st.sampled_from([DIGITS, "", "-5"]),
    status=st.integers(100, 599), error=errors.filter(lambda one: one is None or isinstance(one, Exception)),
    host=st.sampled_from(["example.com", "xn--a", "xn--zzzzzzzz99999", "[::1]", "a" * 300]),
)  # fmt: skip
def test_a_caller_of_httpx_gets_the_same(
    recorded, length: str, status: int, error: Exception | None, host: str
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        if error is not None:
            raise error
        return httpx.Response(
            status, headers=[("content-length", length.encode("latin-1"))], stream=httpx.ByteStream(b"ok")
        )

    def call(change: Callable[[httpx.Client], httpx.Client]) -> Any:
        with change(httpx.Client(transport=httpx.MockTransport(answer))) as client:
            try:
                found = client.get(f"http://{host}/")
            except Exception as raised:  # noqa: BLE001 - it is compared
                return type(raised)
            return found.status_code, found.content, sorted(found.headers.raw)

    assert call(lambda client: instrument_httpx(client, target="x", propagate_to=[host])) == call(lambda client: client)
    recorded.raw.clear()


class Adapter(requests.adapters.BaseAdapter):
    def __init__(self, length: str) -> None:
        super().__init__()
        self.length = length
        self.marks = "the adapter's own"

    def send(self, request: Any, *args: object, **options: object) -> requests.Response:
        response = requests.Response()
        response.status_code, response._content, response.url = 200, b"ok", request.url
        response.headers["Content-Length"] = self.length
        return response

    def close(self) -> None: ...


@pytest.mark.parametrize("length", [DIGITS, "", "-1", "\u0661", "1" * 16])
def test_a_caller_of_requests_gets_the_same(recorded, length: str) -> None:
    session = requests.Session()
    session.mount("http://", Adapter(length))
    instrument_requests(session, target="x")
    assert session.get("http://x/").content == b"ok"
    assert session.get_adapter("http://x/").marks == "the adapter's own"
    assert [entry["event"] for entry in recorded.entries] == ["call.attempted", "call.completed"]


@pytest.mark.parametrize(
    "event", [{"event": MuteError()}, {"logger": MuteError()}, {"exc_info": 5}, {MuteError: MuteError()}]
)
def test_a_line_of_structlog_never_raises(recorded, event: dict[Any, Any]) -> None:
    assert json.loads(structlog_bridge.line(None, "info", event))["event"] == "log"
    with pytest.raises(structlog.DropEvent):
        structlog_bridge.write(None, "info", event)


class Broken:
    """An output of the application that refuses everything."""

    direct, batches = None, False

    def __init__(self, error: BaseException) -> None:
        self.error, self.tried = error, 0

    def write(self, line: bytes) -> None:
        self.tried += 1
        raise self.error

    def write_many(self, lines: Any) -> None:
        raise self.error

    def flush(self, deadline: float) -> None:
        raise self.error


@pytest.mark.parametrize("error", [OSError("full"), ValueError("closed"), MuteError(), RuntimeError()], ids=type)
def test_an_output_that_raises_costs_each_line_once(reconfigured, error: Exception) -> None:
    output = Broken(error)
    reconfigured(output=output)
    for _ in range(5):
        emit(ServiceStarted(runtime="x"))
    flush(0.1)
    assert (output.tried, counters.dropped, counters.failed) == (5, 5, 0)
    close(0.1)


class Stalled(Broken):
    """An output that blocks until it is released."""

    def __init__(self) -> None:
        super().__init__(RuntimeError())
        self.go, self.lines = threading.Event(), 0

    def write(self, line: bytes) -> None:
        self.go.wait(30)
        self.lines += 1

    def flush(self, deadline: float) -> None:
        self.go.wait(30)


@pytest.mark.parametrize("queued", [False, True])
def test_closing_ends_by_its_deadline_though_the_output_never_does(reconfigured, queued: bool) -> None:
    stalled = Stalled()
    queue = QueueOutput(stalled)
    reconfigured(output=queue if queued else stalled)
    set_level("DEBUG")
    if queued:
        emit(ServiceStarted(runtime="x"))
    counters.repaired += 1  # something to report at the end
    started = time.monotonic()
    close(0.4)
    close(0.4)  # at the normal end, after SIGTERM: no second deadline
    took = time.monotonic() - started
    stalled.go.set()
    if queued:
        queue._passed(20)  # else its thread takes the line off the counts of the next test
    assert took < 10  # waiting for the output would take 30 s


@pytest.mark.parametrize("batches", [False, True])
def test_a_queue_writes_or_counts_each_line_once(reconfigured, batches: bool) -> None:
    class Moody(Broken):
        def __init__(self) -> None:
            super().__init__(RuntimeError())
            self.lines = 0

        def write(self, line: bytes) -> None:
            self.write_many([line])

        def write_many(self, lines: Any) -> None:
            self.tried += 1
            if self.tried % 3 == 0:
                raise SystemExit if self.tried % 2 else self.error
            time.sleep(0.001)
            self.lines += len(lines)

    output = Moody()
    output.batches = batches
    queue = QueueOutput(output, lines=10_000)
    configure(service="x", environment="test", output=queue)
    writers = [
        threading.Thread(target=lambda: [emit(ServiceStarted(runtime="x")) for _ in range(200)]) for _ in range(4)
    ]
    for writer in writers:
        writer.start()
    queue.close(0.2)  # in the middle of it
    for writer in writers:
        writer.join()
    queue._passed(20)
    assert output.lines + counters.dropped == 800


def test_a_queue_without_a_thread_is_written_where_it_is_closed(monkeypatch, reconfigured, recorded) -> None:
    class Refused(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    monkeypatch.setattr(queues, "threading", SimpleNamespace(**{**vars(threading), "Thread": Refused}))
    queue = QueueOutput(recorded)
    recorded.batches = False
    reconfigured(output=queue)
    emit(ServiceStarted(runtime="x"))
    queue.close(5)
    assert (len(recorded.raw), counters.dropped) == (1, 0)
