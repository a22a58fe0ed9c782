"""The drains as an ASGI application: who may deliver, how much, and what is answered.

Deliveries share one thread. A large one is taken apart in steps, with other requests in between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, TypeAlias

from vigil_drains.authentication import MIN_SECRET, Check, Headers, sent_by_supabase, signed_by_vercel
from vigil_drains.batches import TooLargeError, UnreadableError, decompressing, separating
from vigil_drains.bodies import Bodies, BusyError, LeftError, Message, Receive, TooSlowError
from vigil_drains.once import Once
from vigil_drains.secrets import SecretSource, SecretUnavailableError
from vigil_drains.supabase import Lines
from vigil_drains.vercel import Deployments, Logs, Views, Vitals
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

Send: TypeAlias = Callable[[Message], Awaitable[None]]

VERIFY = b"x-vercel-verify"
HEALTH = "/healthz"
AT_ONCE = 2
"""Deliveries that are taken apart at the same time: each may take 100 MB."""
STEP = 32 * 1024
"""Bytes of records that are written on before other requests have their turn."""


class Reader(Protocol):
    """What turns the records of one kind of delivery into events."""

    kind: ClassVar[Delivered]
    """What is delivered."""

    def key(self, record: bytes) -> object:
        """Return what a repetition of the record has in common with it. Raises UnreadableError."""
        ...

    def events(self, record: bytes) -> Sequence[Event]:
        """Return the events. Raises UnreadableError."""
        ...


@dataclass(frozen=True, kw_only=True)
class Route:
    """One address of the service: `path`, what is delivered there, by whom."""

    path: str
    reader: Reader
    secret: SecretSource
    check: Check


class Drains:
    """Takes signed deliveries and writes them on as events.

    Nothing is taken from whoever does not know the secret, and nothing at all until the secret exists. `verification`
    is the code by which Vercel recognises an address as ours; it is no secret, so it is on every answer.
    """

    def __init__(
        self, routes: Sequence[Route], *, verification: str = "", write: Callable[[Event], None] = emit
    ) -> None:
        self._routes: Mapping[str, tuple[Route, Once]] = {route.path: (route, Once()) for route in routes}
        self._verification = verification.encode("latin-1")
        self._write = write
        self._bodies = Bodies()
        self._turn = asyncio.Semaphore(AT_ONCE)

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
        kind = route.reader.kind
        try:
            body = await self._bodies.read(headers, receive)
            if body.strip():  # else it asks whether the address is ours; there is nothing in it to take
                await _let_in(route, headers, body)
                zipped = _is_gzip(headers)
                async with self._turn:
                    plain = b"".join(await _all(decompressing(body))) if zipped else body
                    await self._take(route.reader, seen, await _all(separating(plain)))
        except LeftError:
            return 499  # nobody is there to read the answer
        except _RefusedError as error:
            status, reason = error.status, error.reason
        except (TooSlowError, BusyError, TooLargeError, UnreadableError) as error:
            status, reason = _REFUSALS[type(error)]
            if isinstance(error, UnreadableError):
                emit(RecordsUnreadable(kind=kind, records=1, reason=str(error)))
        else:
            return 200
        emit(DeliveryRefused(kind=kind, reason=reason))
        return status

    async def _take(self, reader: Reader, seen: Once, found: Sequence[bytes]) -> None:
        written = repeated = unreadable = done = 0
        reason = ""
        for record in found:
            done += len(record)
            if done > STEP:
                done = 0
                await asyncio.sleep(0)
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
        if status == 503:  # noqa: PLR2004 - the secret is not there yet, or too much is under way
            headers.append((b"retry-after", b"30"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})


def vercel_app(*, drains: SecretSource, webhook: SecretSource, verification: str = "") -> RequestLogging:
    """Return the receiver of Vercel's drains (signed with `drains`) and of its webhook (with `webhook`)."""

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
    """Return the receiver of Supabase's log drain, whose header `x-vigil-drain-secret` holds the secret."""
    route = Route(path="/supabase/logs", reader=Lines(), secret=secret, check=sent_by_supabase)
    return RequestLogging(Drains((route,)), health_checks=(HEALTH,))


class _RefusedError(Exception):
    """The delivery is answered with `status`, for `reason`, and nothing of it is read."""

    def __init__(self, status: int, reason: Refusal) -> None:
        super().__init__()
        self.status = status
        self.reason: Refusal = reason


_REFUSALS: Mapping[type[Exception], tuple[int, Refusal]] = MappingProxyType(
    {
        TooSlowError: (408, "too_slow"),
        BusyError: (503, "busy"),
        TooLargeError: (413, "too_large"),
        UnreadableError: (400, "unreadable"),
    }
)


def _is_gzip(headers: Headers) -> bool:
    """Whether the body is compressed. Raises _RefusedError where it is in a way that is not read."""
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in (b"", b"identity", b"gzip", b"x-gzip"):
        raise _RefusedError(415, "unreadable")
    return encoding.endswith(b"gzip")


async def _let_in(route: Route, headers: Headers, body: bytes) -> None:
    """Refuse a sender that does not know the secret. A secret that does not fit is read again: it may be a new one.

    Raises _RefusedError: 403, or 503 while the secret is missing or too short.
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


async def _all(steps: Iterator[bytes | None]) -> list[bytes]:
    """What the steps give, with other requests in between."""
    found: list[bytes] = []
    done = 0
    for step in steps:
        if step is not None:
            found.append(step)
        done += STEP if step is None else len(step)
        if done > STEP:
            done = 0
            await asyncio.sleep(0)
    return found


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
