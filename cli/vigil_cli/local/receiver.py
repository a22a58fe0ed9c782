"""A real HTTP receiver of Cloud Monitoring's webhook notifications, in the command's own process.

It is the person at the end of the way: an alert counts as received when its notification is here, not when the
emulator says that it was sent.
"""

import asyncio
import contextlib
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass
from hmac import compare_digest
from types import TracebackType
from typing import Literal, Self

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vigil_cli.local.ports import HOST, port_of

PATH = "/alerts"
"""Where notifications are taken: the path of the stack's webhook channel."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """What this receiver reads of a notification's `incident` (webhook schema version 1.2)."""

    incident_id: str
    state: Literal["open", "closed"]
    policy_name: str
    condition_name: str = ""
    severity: str | None = None
    summary: str = ""
    url: str = ""
    started_at: int
    ended_at: int | None = None


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a notification; fields beyond these are kept in `Notification.body`."""

    incident: Incident
    version: str


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification that arrived: what it says and when it came, on `time.monotonic`'s scale."""

    incident: Incident
    received: float
    body: msgspec.Raw


class Receiver:
    """Takes notifications on loopback, and wakes whoever waits for one."""

    def __init__(self, listener: socket.socket, *, username: str, password: str) -> None:
        """`listener` comes from `vigil_cli.local.ports.listen` and is closed with the receiver.

        The name and the password are what a channel of type `webhook_basicauth` presents; others are refused.
        """
        self.password = password
        self._authorization = "Basic " + b64encode(f"{username}:{password}".encode()).decode()
        self.url = f"http://{HOST}:{port_of(listener)}{PATH}"
        self.notifications: list[Notification] = []
        self.refused = 0
        self.arrived = asyncio.Condition()
        self._listener = listener
        self._server = _Server(
            uvicorn.Config(
                Starlette(routes=[Route(PATH, self._take, methods=["POST"])]),
                lifespan="off",
                log_config=None,
                access_log=False,
                timeout_keep_alive=75,  # the sender lets go of an idle connection first
                timeout_graceful_shutdown=1,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._serving = asyncio.create_task(self._server.serve(sockets=[self._listener]))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
        self._listener.close()

    async def _take(self, request: Request) -> Response:
        if not compare_digest(request.headers.get("authorization", "").encode(), self._authorization.encode()):
            self.refused += 1
            return PlainTextResponse("who are you?\n", status_code=401, headers={"www-authenticate": "Basic"})
        body = await request.body()
        try:
            webhook = msgspec.json.decode(body, type=Webhook)
        except msgspec.MsgspecError as problem:
            self.refused += 1
            return PlainTextResponse(f"not a notification: {problem}\n", status_code=400)
        async with self.arrived:
            self.notifications.append(Notification(webhook.incident, time.monotonic(), msgspec.Raw(body)))
            self.arrived.notify_all()
        return Response(status_code=200)

    def find(self, matches: Callable[[Incident], bool]) -> Notification | None:
        """Return the first notification whose incident matches."""
        return next((each for each in self.notifications if matches(each.incident)), None)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the command: a server inside it must not take them away."""
        yield
