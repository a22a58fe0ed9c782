"""Web servers and OpenTelemetry beside Vigil, set up before or after it."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.config
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware

from vigil_telemetry import Event, Identifier, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.bridges.opentelemetry import current_span
from vigil_telemetry.bridges.stdlib import capture
from vigil_telemetry.instrument import instrument_fastapi


class Handled(Event, tag="servers.handled"):
    step: Identifier[str]


def _uvicorn() -> None:
    """As `uvicorn.Config` sets logging up."""
    logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)


def _gunicorn() -> None:
    """As gunicorn and its uvicorn worker do: their own handlers, one list for several loggers."""
    shared = [logging.StreamHandler()]
    for name in ("gunicorn.error", "uvicorn.error", "gunicorn.access", "uvicorn.access"):
        log = logging.getLogger(name)
        log.handlers, log.propagate = shared, False
        log.setLevel(logging.INFO)


@pytest.mark.parametrize("server", [_uvicorn, _gunicorn])
@pytest.mark.parametrize("first", ["capture", "server"])
def test_a_servers_lines_come_out_as_ours_in_both_orders(
    recorded, capsys, server: Callable[[], None], first: str
) -> None:
    for step in (capture, server) if first == "capture" else (server, capture):
        step()
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    logging.getLogger("uvicorn.access").info('%s - "%s %s"', "203.0.113.7", "GET", "/orders?token=abcdef")
    logging.getLogger("gunicorn.access").info("GET /orders?token=abcdef")
    assert [(entry["logger"], entry["message"]) for entry in recorded.entries] == [
        ("uvicorn.error", "Started server process [7]")
    ]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("ends", ["[accepted]", "403", "%d"])
def test_a_websockets_access_line_is_left_out_as_any_other(recorded, ends: str) -> None:
    """Uvicorn writes it to the logger of its errors."""
    record = (f'%s - "WebSocket %s" {ends}', "203.0.113.7:5", "/ws/jane?name=Jane", *([426] if ends == "%d" else []))
    capture()
    logging.getLogger("uvicorn.error").info(*record)
    assert recorded.entries == []
    capture(loggers=["uvicorn.access"])
    logging.getLogger("uvicorn.error").info(*record)
    assert "/ws/jane" in recorded.last["message"]


def test_a_filter_of_the_application_still_holds(recorded) -> None:
    capture()
    logging.getLogger("uvicorn.error").addFilter(lambda record: "secret" not in record.getMessage())
    logging.getLogger("uvicorn.error").error("secret")
    logging.getLogger("uvicorn.error").error("open")
    assert [entry["message"] for entry in recorded.entries] == ["open"]


def _application() -> FastAPI:
    app = FastAPI()

    @app.get("/fine")
    async def fine() -> str:
        emit(Handled(step="fine"))
        return "ok"

    @app.get("/broken")
    async def broken() -> None:
        emit(Handled(step="broken"))
        raise ValueError("boom")

    return app


async def _get(app: Any, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        return await client.get(path)


def test_an_unhandled_exception_is_written_once_and_with_the_requests_ids(recorded) -> None:
    capture()
    app = instrument_fastapi(_application())

    async def served(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)  # noqa: TRY400 - as uvicorn does
            raise

    asyncio.run(_get(served, "/broken"))
    (failure,) = [entry for entry in recorded.entries if "stack_trace" in entry]
    assert (failure["event"], "request_id" in failure) == ("http.request.failed", True)
    try:
        raise ValueError("another")  # noqa: TRY301 - raised to be caught
    except ValueError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application\n")
    assert recorded.last["event"] == "log"


class Traced:
    """Opens a span for each request, as OpenTelemetry's middleware does."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        span = SpanContext(trace_id=0xABC, span_id=0xDEF, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))
        with trace.use_span(NonRecordingSpan(span)):
            await self.app(scope, receive, send)


def _rebuilt(app: FastAPI) -> FastAPI:
    """As OpenTelemetry's instrumentation of FastAPI does: it refuses a stack whose outermost part it does not know."""
    build = app.build_middleware_stack

    def anew() -> Any:
        outermost = build()
        assert isinstance(outermost, ServerErrorMiddleware)
        return ServerErrorMiddleware(Traced(ServerErrorMiddleware(outermost.app)))

    app.build_middleware_stack = anew  # type: ignore[method-assign] - as that library does
    return app


ORDERS: dict[str, Callable[[], Any]] = {
    "instrumented first": lambda: instrument_fastapi(_rebuilt(_application())),
    "observed first": lambda: _rebuilt(instrument_fastapi(_application())),
    "wrapped": lambda: RequestLogging(_rebuilt(_application())),
    "by hand": lambda: RequestLogging(Traced(_application())),
    "added": lambda: instrument_fastapi(_added()),
}


def _added() -> FastAPI:
    app = _application()
    app.user_middleware.insert(0, Middleware(Traced))
    return app


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("path", ["/fine", "/broken"])
def test_all_lines_of_a_request_have_the_trace_of_its_span(reconfigured, order: str, path: str) -> None:
    output = reconfigured(span=current_span)
    answer = asyncio.run(_get(ORDERS[order](), path))
    names = [entry["event"] for entry in output.entries]
    assert (names[0], names[1], names[-1]) == ("http.request.received", "servers.handled", "http.request.completed")
    assert {entry["logging.googleapis.com/trace"] for entry in output.entries} == {f"projects/shop/traces/{0xABC:032x}"}
    assert "x-request-id" in answer.headers


def test_an_observed_application_is_of_its_class_and_answers_as_before(recorded) -> None:
    app = instrument_fastapi(_application())
    assert isinstance(app, FastAPI)
    assert asyncio.run(_get(app, "/fine")).json() == "ok"
    assert json.loads(recorded.raw[-1])["route"] == "/fine"
