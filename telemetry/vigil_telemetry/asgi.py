"""Logs the requests of an ASGI application: FastAPI, Starlette, or any other.

Put it outermost, so that it sees every answer: `instrument_fastapi(FastAPI())`, or `RequestLogging(app)` around
any other. `app.add_middleware(RequestLogging)` logs the same, but then an unhandled exception is answered without the
id of the request, since the framework does that further out.
It is pure ASGI, since `BaseHTTPMiddleware` breaks context variables.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from time import perf_counter_ns
from typing import Annotated, Any, TypeAlias, cast

import msgspec

from vigil_telemetry import runtime
from vigil_telemetry.arguments import HEADER_NAME, Wanted, matching, validated
from vigil_telemetry.context import Scope as Ids
from vigil_telemetry.context import adopt_trace, enter, leave, request_scope
from vigil_telemetry.counters import counters
from vigil_telemetry.disconnects import by_client
from vigil_telemetry.emitter import emit, enabled
from vigil_telemetry.events.http import HttpRequestCompleted, HttpRequestFailed, HttpRequestReceived, Outcome
from vigil_telemetry.exceptions import error_type, mark_reported
from vigil_telemetry.requests import (
    CLASS_OF,
    READ,
    Headers,
    Scope,
    accepted_id,
    answered_by,
    is_random,
    method_of,
    new_id,
    place_of_error,
    size_of,
    trace_of,
)
from vigil_telemetry.safe import from_value, safe_text
from vigil_telemetry.tracing import put_entrance

Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own, whose values are of many types
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Annotated[
    Callable[[Scope, Receive, Send], Awaitable[None]], Wanted("the application itself, which is called")
]
HeaderName: TypeAlias = Annotated[
    str,
    matching(
        HEADER_NAME,
        "give the name of a header, such as 'X-Request-Id'",
    ),
]
"""The name of a header of HTTP."""

HEALTH_CHECKS = ("/health", "/healthz", "/livez", "/readyz")
_SEEN = "vigil_telemetry.request"
_CLIENT_GONE = 499  # nginx's, for a client that did not wait
_SERVER_ERROR = 500
# https://asgi.readthedocs.io/en/latest/extensions.html; hints, pushes and debugging are no part of the answer
_PARTS = frozenset(
    {"http.response.body", "http.response.trailers", "http.response.pathsend", "http.response.zerocopysend"}
)

_entries: bool | None = None
"""Whether entries are written at the level in force; None until a request asks."""


def _find_entries() -> bool:
    global _entries  # noqa: PLW0603 - one process, one level
    while True:
        settings = runtime.settings()
        _entries = found = enabled(HttpRequestReceived)
        if runtime.settings() is settings:  # another thread may set the level meanwhile
            return found


def _forget() -> None:
    global _entries  # noqa: PLW0603 - as above
    _entries = None


runtime.on_change(_forget)


class RequestLogging:
    """Writes a line for each request's entry, exit and failure, and binds its ids on all lines in between.

    The events are `http.request.received` (DEBUG), `.completed` and `.failed`; the answer carries the request id.

    Args:
        app: the application.
        health_checks: paths that write no `received` and, unless they fail, no `completed` line.
        request_id_header: header that carries the request id in and out; an id from outside is taken only where it
            looks like one (16 to 64 letters, digits, `-`, `_`, not digits alone).
        correlation_id_header: header of an id that spans several requests; default: the request id.
    """

    @validated
    def __init__(
        self,
        app: App,
        *,
        health_checks: Collection[str] = HEALTH_CHECKS,
        request_id_header: HeaderName = "X-Request-Id",
        correlation_id_header: HeaderName = "X-Correlation-Id",
    ) -> None:
        self.app = app
        self.inside: object = app
        """What is searched for OpenTelemetry's middleware."""
        self._quiet = frozenset(health_checks)
        self._id_header = request_id_header.lower().encode("latin-1")
        self._correlation_header = correlation_id_header.lower().encode("latin-1")
        self._read = READ | {self._id_header, self._correlation_header}
        self._traced: bool | None = None
        """Whether the application has OpenTelemetry's middleware; None before the first request."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("type") not in ("http", "websocket") or _SEEN in scope:
            await self.app(scope, receive, send)  # a mounted application that has this middleware as well: logged once
            return
        if self._traced is None:
            self._traced = self._has_tracing()
        quiet = scope.get("path") in self._quiet
        headers, answered_id, ids = self._identified(scope)
        request = _Request(scope, receive, send, headers, answered_id, perf_counter_ns(), quiet)
        token = enter(ids)
        try:
            scope[_SEEN] = request
            if not quiet and (_entries if _entries is not None else _find_entries()):
                if self._traced:
                    request.waits = True
                else:
                    request.received()
            await self.app(scope, request.receive, request.send)
        except BaseException as error:
            request.raised(error)
            leave(ids, token, error)
            raise
        else:
            if not request.completed:
                request.ended()
            leave(ids, token)
        finally:
            scope.pop(_SEEN, None)  # else the two refer to each other, and wait for the garbage collector

    def _has_tracing(self) -> bool:
        try:
            return runtime.settings().span is not None and put_entrance(self.inside, _enter)
        except from_value():  # an application of any form is served
            counters.note("failed")
            return False

    def _identified(self, scope: Scope) -> tuple[Headers, tuple[bytes, bytes], Ids]:
        """Return what the request's headers say, the answer's header and the ids; new ones where they cannot be read.

        Never raises.
        """
        try:
            headers: dict[bytes, bytes] = {}
            wanted = self._read
            for name, value in scope.get("headers") or ():
                if name in wanted and name not in headers:  # the first of several
                    headers[name] = value
            given, correlation = headers.get(self._id_header), headers.get(self._correlation_header)
            random = given is None or is_random(given)
            if given is None:
                request_id = new_id()
            else:
                request_id = given.decode() if random else accepted_id(given.decode("latin-1"))
            if correlation is not None:
                correlation_id = accepted_id(correlation.decode("latin-1"))
            else:
                correlation_id = None if random else request_id
            return (
                headers,
                (self._id_header, request_id.encode()),
                request_scope(request_id, correlation_id, trace_of(headers)),
            )
        except from_value():  # a server may hand on anything; what it is for is the application's to say
            counters.note("failed")
            new = new_id()
            return {}, (self._id_header, new.encode()), request_scope(new, None, trace_of({}))


class _Request(msgspec.Struct, eq=False):
    """One request under way. No method of it raises but what the application or the server raises.

    It is a struct, as events are, since an object whose own `__init__` sets as many attributes takes longer to make.
    """

    _scope: Scope
    _receive: Receive
    _send: Send
    _headers: Headers
    _id: tuple[bytes, bytes]
    """The header of the answer with the request's id."""
    _started: int
    _quiet: bool
    """Whether it is a health check."""
    waits: bool = False
    """Whether its entry waits for OpenTelemetry's middleware."""
    completed: int = 0
    """When its exit was written; 0 before."""
    _answered: int | None = None
    """When the last byte of the answer was handed to the server, where the exit is written later."""
    _status: int | None = None
    _sent: int = 0
    _received: int = 0
    _sending: Exception | None = None
    """What the server raised where the application sent something."""
    _disconnected: bool = False
    """Whether the client left before it had the answer."""
    _unheard: bool = False
    """Whether the client had left before the answer began."""
    _trailers: bool = False
    _head: Message | None = None
    """The start of the answer."""
    _length: int | None = None
    """What `_whole` returned."""

    async def receive(self) -> Message:
        message = await self._receive()
        try:
            kind = message["type"]
            if kind == "http.request":
                self._received += len(message.get("body", b""))
            elif kind in ("http.disconnect", "websocket.disconnect") and not (self.completed or self._answered):
                self._disconnected = True
        except from_value():  # a message of unknown form is the application's to judge
            counters.note("failed")
        return message

    async def send(self, message: Message) -> None:
        kind, part = "", False
        try:
            kind = message["type"]
            part = kind in _PARTS
            if not part:
                message = self._begun(kind, message)
        except from_value():  # as above: the server judges
            counters.note("failed")
        try:
            await self._send(message)
        except Exception as error:
            self._sending = error
            raise
        if not part:
            return
        try:  # the last part ends the request, whatever the application does after it
            if kind == "http.response.trailers":
                if message.get("more_trailers", False):
                    return
            else:
                self._sent += len(message.get("body", b"")) if kind == "http.response.body" else self._of_file(message)
                if self._trailers or (message.get("more_body", False) and not self._all_sent()):
                    return
            failed = (self._status or 0) >= _SERVER_ERROR
            if failed and sys.exc_info()[1] is not None:  # the answer to an exception, which is raised again after it
                self._answered = self._answered or perf_counter_ns()
                return
            self._complete("disconnected" if self._disconnected and not failed else None)
        except from_value():  # as above
            counters.note("failed")

    def _begun(self, kind: str, message: Message) -> Message:
        """The message as it goes to the server: the start of an answer has the request's id.

        That is a copy, since the application may send its own again.
        """
        if kind in ("http.response.start", "websocket.http.response.start"):
            self._status = message["status"]
            if self._disconnected or self._sending is not None:
                self._unheard = True
            if "trailers" in message:
                self._trailers = bool(message["trailers"])
        elif kind == "websocket.accept":
            self._status = 101
        else:
            if kind == "websocket.close" and self._status is None:
                self._status = 403
            return message
        own, headers = self._id, [*message.get("headers", ())]
        name = own[0]
        for pair in headers:
            if pair[0].lower() == name:
                headers = [other for other in headers if other[0].lower() != name]
                break
        headers.append(own)
        message = {**message, "headers": headers}
        if kind != "websocket.accept":
            self._head = message
        return message

    def _of_file(self, message: Message) -> int:
        """Bytes of a file that the server itself reads: as the message says, else what is missing of the answer."""
        count: int | None = message.get("count")
        return count if count is not None else max(self._whole() - self._sent, 0)

    def _all_sent(self) -> bool:
        """Whether a streamed answer is there though the application will send more, such as an end without bytes.

        A client that has what `Content-Length` says closes its connection while the application still cleans up.
        """
        return 0 <= self._whole() <= self._sent

    def _whole(self) -> int:
        """Bytes of the answer as its start says; -1 where it says nothing."""
        if self._length is None:
            lengths = [
                value for name, value in (self._head or {}).get("headers", ()) if name.lower() == b"content-length"
            ]
            self._length = int(lengths[0]) if lengths and bytes(lengths[0]).isdigit() else -1
            if method_of(self._scope) == "HEAD":
                self._length = 0
        return self._length

    def entered(self) -> None:
        """Take the trace of OpenTelemetry's middleware, which the request has passed, for all lines from here on."""
        try:
            span = runtime.settings().span
            trace = span() if span is not None else None
            if trace is not None:
                adopt_trace(trace)
        except from_value():  # as above
            counters.note("failed")
        if self.waits:
            self.received()

    def received(self) -> None:
        """Write the request's entry."""
        self.waits = False
        try:
            scope = self._scope
            path = safe_text(str(scope.get("path", "")))
            emit(HttpRequestReceived(method=method_of(scope), path=path, request_size=size_of(self._headers)))
        except from_value():  # as above
            counters.note("failed")

    def ended(self) -> None:
        """Write the exit of a request whose answer had no end."""
        gone = self._disconnected and (self._scope["type"] == "http" or self._status is None)
        self._complete("disconnected" if gone else None)

    def raised(self, error: BaseException) -> None:
        try:
            gone = (self._disconnected or self._sending is not None) and by_client(error, self._sending)
        except from_value():  # an exception's own __str__ may do anything
            gone = False
        if gone:
            mark_reported(error)
            if self._scope["type"] == "websocket" and self._status is not None:
                self._complete(None)
            else:
                self._complete("disconnected")
        elif issubclass(type(error), asyncio.CancelledError):  # by its type: its own __class__ may do anything
            self._complete("disconnected" if self._disconnected else "cancelled")
        elif issubclass(type(error), Exception):
            self._complete("failed", cast("Exception", error))
        else:
            self._complete("cancelled")  # the process is ending

    def _complete(self, outcome: Outcome | None, error: Exception | None = None) -> None:
        """Write the request's exit, the first time, and before it its failure."""
        completed = self.completed
        if completed and error is None:
            return
        # until the last byte of the answer: work after it does not count
        end = self.completed = completed or self._answered or perf_counter_ns()
        if self.waits:
            self.received()
        try:
            status = self._status
            if status is None or outcome is not None:
                status = self._status_for(outcome)
            if self._quiet and status < 400 and outcome is None:  # noqa: PLR2004 - a healthy health check
                return
            route, place = answered_by(self._scope)
            # the size by the header; for a body in chunks, the bytes that were read
            announced = size_of(self._headers) if b"content-length" in self._headers else None
            event = HttpRequestCompleted(
                method=method_of(self._scope),
                route=route,
                status=status,
                status_class=CLASS_OF[status],
                outcome=outcome,
                # whole microseconds, in integers: `round` of a float costs five times as much
                duration=(end - self._started + 500) // 1000 / 1_000_000,
                request_size=announced if announced is not None else self._received or None,
                response_size=self._sent,
            )
            if error is not None or status >= _SERVER_ERROR:
                self._fail(event, error, place)
            if not completed:
                emit(event, None, place)
        except from_value():  # as above
            counters.note("failed")

    @staticmethod
    def _fail(event: HttpRequestCompleted, error: Exception | None, place: bytes | None) -> None:
        """Write a request's failure: what its exit says, and why."""
        try:
            emit(
                HttpRequestFailed(
                    method=event.method,
                    route=event.route,
                    status=event.status,
                    status_class=event.status_class,
                    error_type=error_type(error) if error is not None else "status",
                    error=_message(error) if error is not None else f"answered {event.status}",
                    duration=event.duration,
                    request_size=event.request_size,
                    response_size=event.response_size,
                ),
                exception=error,
                place=place_of_error(error) if error is not None else place,
            )
            if error is not None:
                mark_reported(error)
        except from_value():  # as above
            counters.note("failed")

    def _status_for(self, outcome: Outcome | None) -> int:
        """The status of the answer; 499 where the client had left before there was one, or before it could get it."""
        status = self._status
        if outcome == "disconnected" and (self._unheard or status is None):
            return _CLIENT_GONE
        if status is None:
            return _SERVER_ERROR if outcome == "failed" or outcome is None else _CLIENT_GONE
        return status


def _enter(scope: Scope) -> None:
    request: object = scope.get(_SEEN)
    if isinstance(request, _Request):
        request.entered()


def _message(error: Exception) -> str:
    try:
        return safe_text(str(error)) or error_type(error)
    except from_value():  # an exception's own __str__ may do anything
        return error_type(error)
