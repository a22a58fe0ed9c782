"""The drains as an ASGI application: who may deliver, how much, and what is answered."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeAlias

from drains.authentication import MIN_SECRET, Check, Headers, sent_by_supabase, signed_by_vercel
from drains.batches import MAX_BODY, TooLargeError, UnreadableError, decompressed, records
from drains.once import Once
from drains.secrets import SecretSource, SecretUnavailableError
from drains.supabase import Lines
from drains.vercel import Deployments, Logs, Views, Vitals
from vigil_telemetry import Event, emit
from vigil_telemetry.asgi import RequestLogging
from vigil_telemetry.events.drains import (
    BatchReceived,
    Delivered,
    DeliveryRefused,
    RecordsUnreadable,
    Refusal,
    SecretUnreadable,
)

Message: TypeAlias = MutableMapping[str, Any]  # ASGI's own, whose values are of many types
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

VERIFY = b"x-vercel-verify"
HEALTH = "/healthz"


class Reader(Protocol):
    """What turns the records of one kind of delivery into events."""

    kind: ClassVar[Delivered]
    """What is delivered."""

    def key(self, record: bytes) -> object:
        """What a repetition of the record has in common with it. Raises UnreadableError."""
        ...

    def events(self, record: bytes) -> Sequence[Event]:
        """The events. Raises UnreadableError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address of the service: ``path``, what is delivered there, by whom."""

    path: str
    reader: Reader
    secret: SecretSource
    check: Check


class Drains:
    """Takes signed deliveries and writes them on as events.

    Nothing is taken from whoever does not know the secret, and nothing at all until the secret exists. ``verification``
    is the code by which Vercel recognises an address as ours; it is no secret, so it is on every answer.
    """

    def __init__(
        self, routes: Sequence[Route], *, verification: str = "", write: Callable[[Event], None] = emit
    ) -> None:
        self._routes: Mapping[str, tuple[Route, Once]] = {route.path: (route, Once()) for route in routes}
        self._verification = verification.encode("latin-1")
        self._write = write

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        path = str(scope["path"])
        if path == HEALTH:
            scope["route"] = _Named(HEALTH)
            await self._answer(send, 200)
            return
        known = self._routes.get(path)
        if known is None:
            await self._answer(send, 404)
            return
        scope["route"] = _Named(path)
        if scope["method"] in ("GET", "HEAD"):
            await self._answer(send, 200)  # Vercel asks so whether the address is ours
        elif scope["method"] == "POST":
            await self._answer(send, await self._deliver(*known, dict(scope["headers"]), receive))
        else:
            await self._answer(send, 405)

    async def _deliver(self, route: Route, seen: Once, headers: Headers, receive: Receive) -> int:
        try:
            body = await _body(headers, receive)
            if not body.strip():
                return 200  # a question whether the address is ours; there is nothing in it to take
            await _let_in(route, headers, body)
            plain = decompressed(body) if headers.get(b"content-encoding", b"").lower() == b"gzip" else body
            self._take(route.reader, seen, list(records(plain)))
        except _LeftError:
            return 499  # nobody is there to read the answer
        except _RefusedError as error:
            emit(DeliveryRefused(kind=route.reader.kind, reason=error.reason))
            return error.status
        except TooLargeError:
            emit(DeliveryRefused(kind=route.reader.kind, reason="too_large"))
            return 413
        except UnreadableError as error:
            emit(RecordsUnreadable(kind=route.reader.kind, records=1, reason=str(error)))
            emit(DeliveryRefused(kind=route.reader.kind, reason="unreadable"))
            return 400
        return 200

    def _take(self, reader: Reader, seen: Once, found: Sequence[bytes]) -> None:
        written = repeated = unreadable = 0
        reason = ""
        for record in found:
            try:
                if not seen.first(reader.key(record)):
                    repeated += 1
                    continue
                events = reader.events(record)
            except UnreadableError as error:
                unreadable, reason = unreadable + 1, str(error)
                continue
            for event in events:
                self._write(event)
            written += len(events)
        emit(BatchReceived(kind=reader.kind, records=len(found), written=written, repeated=repeated))
        if unreadable:
            emit(RecordsUnreadable(kind=reader.kind, records=unreadable, reason=reason))

    async def _answer(self, send: Send, status: int) -> None:
        headers = [(b"content-length", b"0")]
        if self._verification:
            headers.append((VERIFY, self._verification))
        if status == 503:  # noqa: PLR2004 - the secret is not there yet
            headers.append((b"retry-after", b"30"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def vercel_app(*, drains: SecretSource, webhook: SecretSource, verification: str = "") -> RequestLogging:
    """The receiver of Vercel's drains (signed with ``drains``) and of its webhook (with ``webhook``)."""

    def drain(path: str, reader: Reader, secret: SecretSource = drains) -> Route:
        return Route(path=path, reader=reader, secret=secret, check=signed_by_vercel)

    routes = (
        drain("/vercel/logs", Logs()),
        drain("/vercel/analytics", Views()),
        drain("/vercel/speed-insights", Vitals()),
        drain("/vercel/deployments", Deployments(), webhook),
    )
    return RequestLogging(Drains(routes, verification=verification), health_checks=(HEALTH,))


def supabase_app(*, secret: SecretSource) -> RequestLogging:
    """The receiver of Supabase's log drain, whose header ``x-vigil-drain-secret`` holds the secret."""
    route = Route(path="/supabase/logs", reader=Lines(), secret=secret, check=sent_by_supabase)
    return RequestLogging(Drains((route,)), health_checks=(HEALTH,))


class _RefusedError(Exception):
    """The delivery is answered with ``status``, for ``reason``, and nothing of it is read."""

    def __init__(self, status: int, reason: Refusal) -> None:
        super().__init__()
        self.status = status
        self.reason: Refusal = reason


class _LeftError(Exception):
    """The sender went away before its delivery was complete."""


async def _let_in(route: Route, headers: Headers, body: bytes) -> None:
    """Refuse whoever does not know the secret; one that does not fit is asked for again: it may have been replaced.

    Raises _RefusedError: 403, or 503 while there is no secret, or one too short to be one.
    """
    tried: bytes | None = None
    for doubted in (False, True):
        try:
            secret = await route.secret.current(doubted=doubted)
        except SecretUnavailableError as error:
            emit(SecretUnreadable(reason=str(error)))
            raise _RefusedError(503, "no_secret") from error
        if secret is None or len(secret) < MIN_SECRET:
            raise _RefusedError(503, "no_secret")
        if secret != tried and route.check(secret, headers, body):
            return
        tried = secret
    raise _RefusedError(403, "wrong_secret")


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The raw body. Raises TooLargeError without reading on, _LeftError where the sender went away."""
    announced = headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced[:20]) > MAX_BODY:
        raise TooLargeError
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _LeftError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > MAX_BODY:
            raise TooLargeError
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


@dataclass(frozen=True)
class _Named:
    """What the request's log takes its route from."""

    path: str
