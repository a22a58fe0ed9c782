"""The ASGI application: reads requests within bounds, keeps strangers out, spoils answers on demand."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from vigil_apimodel.json_values import JsonObject, JsonValue
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.loopback import host_of, is_loopback
from vigil_emulator.numerals import count
from vigil_emulator.rest.api import Answer, Api, guarded, json_answer
from vigil_emulator.rest.faults import Fault, Faults
from vigil_emulator.rest.request import MAX_BODY, Request, parse_json, too_large

READ_BODY = 8 * MAX_BODY
"""Bytes of a body that are read, if only to be refused: a client that is still sending reads no answer."""
BODY_SECONDS = 30.0
"""Wall seconds that a client may take to send a body."""

HEALTH = "/vigil/v1/health"

_log = logging.getLogger("vigil_emulator")

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
OwnHandler: TypeAlias = Callable[[Request], "JsonObject | Awaitable[JsonValue]"]
Pages: TypeAlias = Callable[[Request], Awaitable[Answer]]
Drop: TypeAlias = Callable[[Scope], None]
Telemetry: TypeAlias = Callable[[Request], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """The application.

    `own` are the emulator's endpoints by HTTP verb and path; `pages` answers for what is looked at in a browser;
    `otlp` takes exports of OpenTelemetry; `drop` closes a request's connection. With a `token`, every request
    but the health check must bear it.
    """

    api: Api
    own: Mapping[tuple[str, str], OwnHandler]
    faults: Faults
    token: str | None = None
    drop: Drop | None = None
    pages: Pages | None = None
    otlp: Telemetry | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, HTTP only."""
        if scope["type"] != "http":
            raise RuntimeError(f"the emulator speaks HTTP only, not {scope['type']}")
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        path = cast("bytes", scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        path = "/" + path.lstrip("/")  # an endpoint that ends in a slash, before a path that begins with one
        request = Request(
            http=scope["method"], path=path, query=scope.get("query_string", b"").decode("latin-1"), headers=headers
        )
        try:
            self._admit(request)
            body = await _body(receive, headers)
        except ApiError as error:
            await _respond(send, json_answer(error.code, error.body(), request), close=True)
            return
        request = Request(http=request.http, path=path, query=request.query, headers=headers, body=body)
        if self.pages is not None and is_page(request):
            await _respond(send, await self._page(request, self.pages))
            return
        if path == "/" or path.startswith("/vigil/"):
            await _respond(send, await self._own(request))
            return
        fault = self._fault(request)
        if fault is not None and fault.latency:
            await asyncio.sleep(fault.latency)
        if fault is not None and fault.drop and self.drop is not None:
            self.drop(scope)
            return
        if fault is not None and fault.status:
            error = fault.error()
            await _respond(send, json_answer(error.code, error.body(), request))
            return
        if self.otlp is not None and is_export(request):
            await _respond(send, self.otlp(request))
            return
        await _respond(send, await self.api.answer(request))

    def _admit(self, request: Request) -> None:
        if self.token is None:
            _refuse_names(request.headers.get("host", ""))
            _refuse_pages(request.headers.get("origin", ""))
            return
        if request.path == HEALTH:
            return
        authorization = request.headers.get("authorization", "")
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self.token}".encode()):
            raise ApiError(
                "UNAUTHENTICATED",
                "Request had invalid authentication credentials. Expected the emulator's token as Authorization:"
                " Bearer.",
            )

    def _fault(self, request: Request) -> Fault | None:
        if is_export(request):
            return self.faults.take(f"telemetry.{request.path.removeprefix('/v1/')}.export")
        try:
            method, _ = self.api.route(request.overridden())
        except ApiError:
            return None
        return self.faults.take(method.id)

    async def _own(self, request: Request) -> Answer:
        handler = self.own.get((request.http, request.path), self._unknown)

        async def answer() -> JsonValue:
            result = handler(request)
            return result if isinstance(result, dict) else await result

        return await guarded(request, answer)

    @staticmethod
    async def _page(request: Request, pages: Pages) -> Answer:
        try:
            return await pages(request)
        except Exception:  # noqa: BLE001 - whatever it is, the browser gets an answer and the server stays
            _log.exception("%s %s failed", request.http, request.path)
            return Answer(status=500, body=b"This page failed; the emulator's log has the reason.\n")

    def _unknown(self, request: Request) -> JsonObject:
        known = ", ".join(sorted({f"{http} {path}" for http, path in self.own}))
        raise ApiError("NOT_FOUND", f"The emulator has no {request.http} {request.path}; it has {known}.")


EXPORTS = frozenset({"/v1/logs", "/v1/metrics", "/v1/traces"})
"""The paths of OTLP over HTTP."""


def is_export(request: Request) -> bool:
    """Return whether a request is an export of OpenTelemetry."""
    return request.http == "POST" and request.path in EXPORTS


def is_page(request: Request) -> bool:
    """Return whether a request is for the console: one of its paths, or the root as a browser asks for it."""
    if request.path == "/":
        return "text/html" in request.headers.get("accept", "")
    return request.path == "/console" or request.path.startswith("/console/")


def _refuse_names(host: str) -> None:
    """Refuses a name that another site made to point here: its pages could read the answers (DNS rebinding)."""
    if host and not is_loopback(host_of(host)):
        raise ApiError(
            "PERMISSION_DENIED",
            f"The emulator answers as localhost or a loopback address, not as {host}: use one of those, or start it"
            " with a bearer token.",
        )


def _refuse_pages(origin: str) -> None:
    """Refuses a page of another site that is open in a browser here: its requests say where it is from."""
    if origin and not is_loopback(host_of(origin)):
        raise ApiError("PERMISSION_DENIED", f"Requests of pages from {origin} are not taken; run the page on loopback.")


def json_body(request: Request) -> JsonObject:
    """Return the JSON object that an own endpoint was sent. Raises ApiError INVALID_ARGUMENT if it is another thing."""
    value = parse_json(request.body or b"{}")
    if not isinstance(value, dict):
        raise invalid_argument("The body must be a JSON object.")
    return value


async def _body(receive: Receive, headers: Mapping[str, str]) -> bytes:
    announced = headers.get("content-length", "0")
    expected = count(announced)
    if expected is None or expected > READ_BODY:
        raise too_large()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                part = _part(message)
                size += len(part)
                if size <= MAX_BODY:
                    parts.append(part)
                if size > READ_BODY or (size > MAX_BODY and not message.get("more_body", False)):
                    raise too_large()
                if not message.get("more_body", False):
                    return b"".join(parts)
    except TimeoutError:
        raise ApiError("REQUEST_TIMEOUT", f"The body did not arrive within {BODY_SECONDS:.0f} seconds.") from None


def _part(message: Mapping[str, Any]) -> bytes:
    if message["type"] == "http.disconnect":
        raise ApiError("CANCELLED", "The client closed the connection.")
    return cast("bytes", message.get("body", b""))


async def _respond(send: Send, answer: Answer, *, close: bool = False) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    headers += [(b"content-length", str(len(answer.body)).encode()), (b"server", b"ESF")]
    if close:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
