"""An HTTP server around the emulator: in this process' main thread, or in a thread of a test."""

import asyncio
import contextlib
import errno
import resource
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeAlias

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from vigil_emulator.rest.asgi import App, Scope

MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers: filters are part of addresses."""

HEAD_SECONDS = 30.0
"""Wall seconds that a new connection has to send the head of its first request."""

GRACE_SECONDS = 2
"""Wall seconds that requests in flight have to end after a signal."""

Around: TypeAlias = Callable[[], "contextlib.AbstractAsyncContextManager[object]"]
"""Makes the context that a server enters when it starts and leaves when it ends, such as `Emulator.running`."""

_transports: dict[tuple[str, int], asyncio.Transport] = {}


class DroppableProtocol(H11Protocol):
    """HTTP/1.1, whose connections can be cut in the middle of a request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn itself narrows it
        """Remember the connection."""
        super().connection_made(transport)
        if self.client is not None:
            _transports[self.client] = transport
        self._patience = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._patience.cancel()
        if self.client is not None:
            _transports.pop(self.client, None)
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if self.scope is None:  # pyright: ignore[reportUnnecessaryComparison] - so it is until there is a request
            self.transport.close()


def drop(scope: Scope) -> None:
    """Cut the connection that a request came on, without an answer."""
    transport = _transports.get(tuple(scope["client"])) if scope.get("client") else None
    if transport is not None:
        transport.abort()


_LAST_SECONDS = 60
"""Seconds that a server in a thread may take to end; its requests have `GRACE_SECONDS` of them."""


class Server(uvicorn.Server):
    """Uvicorn without its own signal handling: the caller decides what a signal does and which exit code follows."""

    def __init__(self, app: App, started: Callable[[], Awaitable[None]]) -> None:
        """`started` is awaited once connections are accepted."""
        config = uvicorn.Config(
            app,  # pyright: ignore[reportArgumentType] - an ASGI application by shape
            http=DroppableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            h11_max_incomplete_event_size=MAX_HEAD,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        super().__init__(config)
        self._announce = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections, then say so."""
        await super().startup(sockets=sockets)
        await self._announce()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to the caller."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one. Raises OSError if the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off where the protocol is named; without it each answer waits for an ACK, 40 ms
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    listener.set_inheritable(False)
    return listener


def handed_over(descriptor: int) -> socket.socket:
    """Return the listening socket that the starter holds too. Raises OSError for a descriptor of anything else."""
    listener = socket.socket(fileno=descriptor)
    if listener.family not in {socket.AF_INET, socket.AF_INET6}:
        raise OSError(errno.ENOTSOCK, "not a socket of TCP")
    listener.set_inheritable(False)
    return listener


def host_of(listener: socket.socket) -> str:
    """Return the address that a socket is bound to, without its port."""
    return str(listener.getsockname()[0])


def address(listener: socket.socket) -> str:
    """Return the address as a URL, such as `http://127.0.0.1:8085`."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def allow_many_connections() -> None:
    """Raise the process' own limit of open files to what it may have: a connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def serve(app: App, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then end within GRACE_SECONDS. `ready` is called once it accepts."""

    async def announce() -> None:
        ready()

    server = Server(app, announce)
    loop = asyncio.get_running_loop()

    def end() -> None:
        server.force_exit = server.should_exit  # a second signal does not wait
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        await server.serve(sockets=[listener])
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


@contextmanager
def in_thread(app: App, *, around: Around | None = None) -> Generator[str]:
    """Serve an application on a free loopback port in a thread, for the length of a block; yield the address.

    `around` is entered in the server's event loop, as `Emulator.running` is. Raises TimeoutError where the server
    does not end in `_LAST_SECONDS`.
    """
    listener = bind("127.0.0.1", 0)
    started = threading.Event()
    failures: list[BaseException] = []
    loops: list[asyncio.AbstractEventLoop] = []

    async def announce() -> None:
        loops.append(asyncio.get_running_loop())
        started.set()

    server = Server(app, announce)

    def end() -> None:
        server.should_exit = True

    async def run() -> None:
        async with around() if around else contextlib.nullcontext():
            await server.serve(sockets=[listener])

    def target() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            failures.append(error)
            started.set()
            raise

    thread = threading.Thread(target=target, name="vigil-emulator", daemon=True)
    thread.start()
    started.wait()
    if failures:
        raise failures[0]
    try:
        yield address(listener)
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the server has ended by itself
            loops[0].call_soon_threadsafe(end)  # wakes the loop, whatever it waits for
        thread.join(_LAST_SECONDS)
        listener.close()
        if thread.is_alive():
            raise TimeoutError(f"the server in a thread has not ended after {_LAST_SECONDS} s")
