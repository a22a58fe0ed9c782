"""One application, three times: bare, with ours, and with asgi-correlation-id and structlog; both write the same."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from time import perf_counter
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
import structlog
from asgi_correlation_id import CorrelationIdMiddleware, correlation_id
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from vigil_telemetry import Severity, configure, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.context import enter, leave, request_scope
from vigil_telemetry.events.http import HttpRequestCompleted
from vigil_telemetry.outputs import StreamOutput
from vigil_telemetry.requests import place_of_endpoint
from vigil_telemetry.trace import parse_traceparent

Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Message, Receive, Send], Awaitable[None]]

SERVICE, VERSION, ENVIRONMENT, PROJECT = "orders", "orders-00042-abc", "prod", "shop-project"
SOURCE = "logging.googleapis.com/sourceLocation"
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_STATIC = {"serviceContext": {"service": SERVICE, "version": VERSION}, "service": SERVICE, "environment": ENVIRONMENT}


async def order(request: Request) -> JSONResponse:
    """The endpoint."""
    return JSONResponse({"number": request.path_params["number"]})


def bare() -> App:
    """The application alone."""
    return Starlette(routes=[Route("/orders/{number:int}", order)])


def ours(path: str) -> App:
    """With the middleware, at the level of production: one line for a request."""
    output = StreamOutput(os.open(path, os.O_WRONLY | os.O_CREAT))
    configure(
        service=SERVICE, version=VERSION, environment=ENVIRONMENT, project=PROJECT, level=Severity.INFO, output=output
    )
    return RequestLogging(bare())


def least() -> App:
    """With a middleware that only hands messages on and writes a line of the same fields, whose values it knows.

    It reads no header and looks at no message: the part of the work that no reading can leave out.
    """
    app = bare()
    ids = {name.decode(): value.decode() for name, value in _HEADERS}
    request_id, trace = ids["x-request-id"], parse_traceparent(ids["traceparent"])
    if trace is None:
        raise SystemExit("the request has no trace")
    line = HttpRequestCompleted(
        method="GET", route="/orders/{number:int}", status=200, status_class="2xx", duration=0.000123, response_size=12
    )
    place = place_of_endpoint({"endpoint": order})

    async def least(scope: Message, receive: Receive, send: Send) -> None:
        async def receiving() -> Message:
            return await receive()

        async def sending(message: Message) -> None:
            await send(message)

        ids = request_scope(request_id, None, trace)
        token = enter(ids)
        await app(scope, receiving, sending)
        emit(line, place=place)
        leave(ids, token)

    return least


def peer(path: str) -> App:
    """With asgi-correlation-id, and a middleware over structlog as its documentation shows, with the same fields."""
    structlog.configure(
        cache_logger_on_first_use=True,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            _shape,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(file=Path(path).open("wb")),  # noqa: SIM115 - as long as the process
    )
    return CorrelationIdMiddleware(  # pyright: ignore[reportReturnType] - an ASGI application by another name
        _StructlogRequests(bare()),
        header_name="X-Request-Id",
        generator=lambda: uuid4().hex,
        validator=lambda value: re.fullmatch("[0-9A-Za-z_-]{16,64}", value) is not None,
        transformer=lambda value: value,
    )


def _shape(_: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    event["severity"] = method.upper()
    event["message"] = event.pop("event")
    event["event"] = event.pop("name")
    return event


class _StructlogRequests:
    def __init__(self, app: App) -> None:
        self._app = app
        self._log = structlog.get_logger().bind(**_STATIC).bind()
        self._places: dict[object, dict[str, str]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        started, status, sent = perf_counter(), 500, 0
        headers = dict(scope["headers"])
        found = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b"").decode("latin-1"))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=correlation_id.get(), correlation_id=correlation_id.get())
        if found is not None:
            structlog.contextvars.bind_contextvars(
                **{
                    "logging.googleapis.com/trace": f"projects/{PROJECT}/traces/{found[1]}",
                    "logging.googleapis.com/spanId": found[2],
                    "logging.googleapis.com/trace_sampled": bool(int(found[3], 16) & 1),
                }
            )

        async def counting(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            duration = round(perf_counter() - started, 6)
            route, endpoint = scope["route"].path_format, scope["endpoint"]
            place = self._places.get(endpoint)
            if place is None:
                code = endpoint.__code__
                function = f"{endpoint.__module__}.{code.co_qualname}"
                place = {"file": code.co_filename, "line": str(code.co_firstlineno), "function": function}
                self._places[endpoint] = place
            request = {
                "requestMethod": scope["method"],
                "requestUrl": route,
                "status": status,
                "latency": f"{duration:.6f}s",
                "responseSize": str(sent),
            }
            self._log.info(
                f"{scope['method']} {route} {status}",
                name="http.request.completed",
                method=scope["method"],
                route=route,
                status=status,
                status_class=f"{status // 100}xx",
                duration=duration,
                response_size=sent,
                httpRequest=request,
                function=place["function"],
                **{SOURCE: place},
            )


_HEADERS = [
    (b"host", b"orders"),
    (b"user-agent", b"bench"),
    (b"accept", b"*/*"),
    (b"x-request-id", b"5f0c2f1e7d5b4d2c9e1a6b3c8d7e0f12"),
    (b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
]


def scope_of(number: int) -> Message:
    """A request as a server hands it on."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/orders/{number}",
        "raw_path": b"",
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "headers": _HEADERS,
    }


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Message) -> None:
    del message


async def serve(app: App, requests: int) -> None:
    """Answers so many requests, one after the other."""
    for number in range(requests):
        await app(scope_of(number), _receive, _send)
