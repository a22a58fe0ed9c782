"""An emulator without a socket: its ASGI application behind a client's transport, and a stack applied to it."""

import asyncio
import tempfile
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias, cast

import httpx

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.clock import Clock, VirtualClock
from vigil_emulator.rest.asgi import App
from vigil_emulator.server import Emulator
from vigil_runner import deployment
from vigil_runner.program import Run
from vigil_runner.stacks import Stack

URL = "http://127.0.0.1:1"
"""The address that clients of an emulator without a socket are given; nothing ever connects to it."""

START = datetime(2026, 1, 5, 9, 10, tzinfo=UTC)
"""When each case begins: a Monday morning, ten minutes past an hour, so that no case begins at a boundary of days."""

Resources: TypeAlias = "tuple[tuple[str, str, JsonObject], ...]"
"""(kind, name, body) of every resource of an emulator."""


class InProcess(httpx.BaseTransport):
    """A transport whose server is an ASGI application in this process: no socket, no thread.

    Usable from several threads; one request is answered at a time.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = request.read()
        with self._lock, asyncio.Runner() as runner:
            return runner.run(self._answer(request, body))

    async def _answer(self, request: httpx.Request, body: bytes) -> httpx.Response:
        raw_path = request.url.raw_path
        path, _, query = raw_path.partition(b"?")
        scope = {
            "type": "http",
            "method": request.method,
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": query,
            "headers": [(name.lower(), value) for name, value in request.headers.raw if name.lower() != b"origin"],
        }
        sent: list[dict[str, object]] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: object) -> None:
            sent.append(cast("dict[str, object]", message))

        await self._app(scope, receive, send)
        start, *rest = sent
        return httpx.Response(
            cast("int", start["status"]),
            headers=cast("list[tuple[bytes, bytes]]", start["headers"]),
            content=b"".join(cast("bytes", part.get("body", b"")) for part in rest),
            request=request,
        )


def apply(stack: str | Stack, *, root: Path | None = None, clock: Clock | None = None) -> tuple[Run, Emulator]:
    """Run the program of `stack` and apply all it declares to an emulator in memory, through its REST API.

    `clock` is the emulator's, standing still at START where none is given. The caller stops the emulator. Raises
    StackError, ProgramError, DeploymentError.
    """
    # Monitoring learns of a log-based metric minutes later at Google: that delays a deployment, not an alert.
    emulator = Emulator(clock=clock or VirtualClock(START), visibility_seconds=0)
    with tempfile.TemporaryDirectory(prefix="vigil-proofs-") as folder:
        summary = deployment.deploy(
            stack, url=URL, state=Path(folder) / "state.json", root=root, transport=InProcess(emulator.app), parallel=1
        )
    assert summary.run is not None  # noqa: S101 - a deployment that ends well has run the program
    return summary.run, emulator


def resources_of(emulator: Emulator) -> Resources:
    """Return every resource, in the order of its kind and creation."""
    store = emulator.store
    return tuple(
        (kind, name, body)
        for kind in store.kinds()
        for name in store.names(kind)
        if (body := store.get(kind, name)) is not None
    )


def of_kind(resources: Resources, *kinds: str) -> Iterable[tuple[str, str, JsonObject]]:
    """Return those of some kinds."""
    return (each for each in resources if each[0] in kinds)
