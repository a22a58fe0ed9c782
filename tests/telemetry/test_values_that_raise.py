"""Values whose own code raises anything at all, KeyboardInterrupt among it: no caller sees a difference."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Generator
from contextlib import suppress
from typing import Any

import httpx
import pytest
import requests

from vigil_telemetry import ServiceStarted, bind, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.exceptions import error_text, error_type, stack_trace
from vigil_telemetry.instrument import instrument_httpx, instrument_requests
from vigil_telemetry.redaction import redact, redact_label
from vigil_telemetry.safe import from_value

RAISED = [RuntimeError("no"), KeyboardInterrupt(), SystemExit(3), asyncio.CancelledError(), GeneratorExit()]
METHODS = ["__str__", "__repr__", "__hash__", "__getattribute__", "__setattr__", "__bool__", "__format__"]
PROPERTIES = ["__class__", "__dict__", "__notes__", "args", "__cause__", "__context__", "__traceback__", "__module__", "__suppress_context__", "exceptions", "status_code"]  # fmt: skip


def _odd(place: str, raised: BaseException) -> Exception:
    """An exception that raises another one where its text, its class or anything else of it is read."""

    def boom(*_: object, **__: object) -> object:
        raise raised

    return type("OddError", (Exception,), {place: boom if place in METHODS else property(boom)})()


def _ends(call: Callable[[], object]) -> BaseException | None:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - it is compared
        return error
    return None


def _served(app: Any, kind: str) -> BaseException | None:
    """How an application ends that nothing but its own steps run."""

    async def receive() -> dict[str, object]:
        return {"type": "http.request"}

    async def send(_: object) -> None: ...

    running = app({"type": kind, "method": "GET", "path": "/", "headers": []}, receive, send)
    error = _ends(lambda: running.send(None))
    return None if type(error) is StopIteration else error


@pytest.mark.parametrize("place", METHODS + PROPERTIES)
def test_an_error_reaches_whoever_waits_for_it_whatever_its_own_code_raises(recorded, place: str) -> None:
    for raised in RAISED:
        error = _odd(place, raised)

        async def app(*_: object, error: Exception = error) -> None:
            raise error

        class Transport(httpx.BaseTransport):
            def handle_request(self, request: httpx.Request, error: Exception = error) -> httpx.Response:
                raise error

        class Adapter(requests.adapters.BaseAdapter):
            def send(self, *_: object, error: Exception = error, **__: object) -> requests.Response:
                raise error

            def close(self) -> None: ...

        def session(adapter: Any) -> requests.Session:
            made = requests.Session()
            made.mount("http://", adapter)
            return made

        for kind in ("http", "websocket"):
            assert _served(RequestLogging(app), kind) is error, raised
        bare = _ends(lambda: httpx.Client(transport=Transport()).get("http://x/"))
        seen = _ends(lambda: instrument_httpx(httpx.Client(transport=Transport()), target="x").get("http://x/"))
        assert type(seen) is type(bare)
        assert _ends(lambda: instrument_requests(session(Adapter()), target="x").get("http://x/")) is error
        events = [entry["event"] for entry in recorded.entries]
        assert events.count("http.request.completed") == 2, raised
        assert events.count("call.attempted") >= 1
        recorded.raw.clear()


@pytest.mark.parametrize("place", METHODS + PROPERTIES)
def test_a_line_is_written_whatever_a_value_of_it_raises(recorded, place: str) -> None:
    for raised in RAISED:
        error = _odd(place, raised)
        emit(ServiceStarted(runtime="x"), exception=error)
        with bind(order=error):
            emit(ServiceStarted(runtime="x"))
        assert len(recorded.raw) == 2, raised
        assert "OddError" in error_type(error)
        for ask in (
            error_text,
            stack_trace,
            redact,
            lambda one: redact_label("x", one),
            lambda one: redact({"a": [one]}),
        ):
            assert _ends(lambda ask=ask, error=error: ask(error)) is None
        recorded.raw.clear()


def _guarded(code: Callable[[], object]) -> str:
    try:
        code()
    except from_value():
        return "kept from the caller"
    return "fine"


@pytest.fixture
def ctrl_c() -> Generator[None]:
    """Give Ctrl-C its usual handler: a shell starts what it runs in the background without one."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_what_ends_the_process_from_outside_ends_it() -> None:
    def interrupt() -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        _guarded(interrupt)

    def leave(*_: object) -> None:
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with pytest.raises(SystemExit):
            _guarded(lambda: signal.raise_signal(signal.SIGTERM))
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("ctrl_c")
def test_a_second_ctrl_c_ends_a_program_whose_loop_handles_the_first() -> None:
    async def main() -> None:
        with suppress(asyncio.CancelledError):
            signal.raise_signal(signal.SIGINT)  # the loop cancels this task
            await asyncio.sleep(0)
        _guarded(lambda: signal.raise_signal(signal.SIGINT))

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())


def test_a_handler_that_will_not_say_what_it_is_lets_no_error_out() -> None:
    class Handler:
        def __call__(self, *_: object) -> None: ...

        def __repr__(self) -> str:
            raise SystemExit(3)

    before = signal.signal(signal.SIGTERM, Handler())
    try:
        assert _guarded(lambda: str(_odd("__str__", KeyboardInterrupt()))) == "kept from the caller"
    finally:
        with suppress(SystemExit):
            signal.signal(signal.SIGTERM, before)


def test_what_a_value_raises_itself_is_kept_from_the_caller() -> None:
    for raised in RAISED:
        assert _guarded(lambda raised=raised: str(_odd("__str__", raised))) == "kept from the caller"
