"""The emulator as a process: everything that can be wrong at the start is one line and an exit code."""

import asyncio
import errno
import json
import logging
import os
import sys
from contextlib import AsyncExitStack, ExitStack
from socket import socket

from vigil_emulator.environment import ADDRESSES
from vigil_emulator.http_server import address, allow_many_connections, bind, drop, handed_over, host_of, serve
from vigil_emulator.lock import StateInUseError, StateLock
from vigil_emulator.resources.store import StorageError
from vigil_emulator.resume import clock_of
from vigil_emulator.scraping import ConfigurationError, ScrapeSettings, read_first
from vigil_emulator.server import Emulator
from vigil_emulator.settings import Settings, StrangersError, problem, strangers

CANNOT_START = 2
"""Exit code for a start that failed: wrong arguments, a port or a folder in use, no disk."""


def run(settings: Settings) -> int:
    """Run until a signal, and return the exit code. Prints a line of JSON on stdout when ready, problems on stderr."""
    scrape, wrong = _scraped(settings)
    wrong = problem(settings) or wrong
    if wrong is not None:
        return _refuse(wrong)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form)
    allow_many_connections()
    with ExitStack() as stack:
        try:
            if settings.state is not None:
                stack.callback(StateLock(settings.state).release)
            listener = stack.enter_context(_listening(settings))
            emulator = Emulator(
                state=settings.state,
                clock=clock_of(
                    settings.speed, settings.state / "emulator.db" if settings.state else None, anchor=settings.anchor
                ),
                projects=tuple(settings.projects),
                token=settings.token,
                visibility_seconds=settings.visibility_seconds,
                quotas=settings.quotas,
                notifications=settings.notifications,
                scrape=scrape,
                drop=drop,
            )
        except (StateInUseError, StorageError, StrangersError) as error:
            return _refuse(str(error))
        except OSError as error:
            return _refuse(_explained(error, settings))

        try:
            asyncio.run(_main(emulator, settings, listener))
        except OSError as error:
            return _refuse(str(error))
        except ModuleNotFoundError as error:
            return _refuse(f"gRPC needs the module {error.name}: install vigil-emulator[grpc]")
    return 0


def _listening(settings: Settings) -> socket:
    """The socket to serve on. Raises OSError if there is none, StrangersError if others reach it without a token."""
    if settings.listener is None:
        return bind(settings.host, settings.port)
    listener = handed_over(settings.listener)
    wrong = strangers(host_of(listener), settings)
    if wrong is not None:
        listener.close()
        raise StrangersError(wrong)
    return listener


async def _main(emulator: Emulator, settings: Settings, listener: socket) -> None:
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(emulator.running())
        addresses = {"url": address(listener), **await _serve_rpc(emulator, settings, stack)}

        def ready() -> None:
            if settings.state is not None:
                (settings.state / ADDRESSES).write_text(json.dumps(addresses) + "\n", encoding="utf-8")
            sys.stdout.write(json.dumps({"ready": True, **addresses}) + "\n")
            sys.stdout.flush()

        await serve(emulator.app, listener, ready)


async def _serve_rpc(emulator: Emulator, settings: Settings, stack: AsyncExitStack) -> dict[str, str]:
    if settings.grpc_port is None and settings.grpc_tls_port is None:
        return {}
    from vigil_emulator.rpc.certificates import certificates  # noqa: PLC0415 - an extra: who has no gRPC does not need it
    from vigil_emulator.rpc.server import RpcServer  # noqa: PLC0415 - the same

    server = RpcServer(emulator.api, emulator.faults, emulator.data.tail, settings.token, otlp=emulator.otlp)
    tls = certificates(settings.state / "tls") if settings.state and settings.grpc_tls_port is not None else None
    stack.push_async_callback(server.stop)
    plain, secure = await server.start(settings.host, port=settings.grpc_port, tls_port=settings.grpc_tls_port, tls=tls)
    ports = {"grpc": plain, "grpcTls": secure}
    return {name: f"{settings.host}:{port}" for name, port in ports.items() if port is not None}


def _scraped(settings: Settings) -> tuple[ScrapeSettings | None, str | None]:
    """What is scraped, or why the configuration that is there cannot be followed; of a later one the log tells."""
    if settings.scrape is None:
        return None, None
    anywhere = settings.notifications.allow_external
    try:
        return read_first(ScrapeSettings(file=settings.scrape, variables=os.environ, anywhere=anywhere)), None
    except ConfigurationError as error:
        return None, str(error)


def _explained(error: OSError, settings: Settings) -> str:
    if settings.listener is not None and error.errno in {errno.EBADF, errno.ENOTSOCK}:
        return f"--fd {settings.listener} is no socket of TCP: hand over one that listens, or leave --fd out for --port"
    if error.errno == errno.EADDRINUSE:
        return (
            f"port {settings.port} on {settings.host} is in use: stop the process that has it,"
            " or choose another port with --port (0 takes any free one)"
        )
    if error.errno in {errno.EADDRNOTAVAIL, errno.EACCES} and error.filename is None:
        return f"cannot listen on {settings.host}:{settings.port}: {error.strerror}; choose another --host or --port"
    return f"cannot use the state folder {settings.state}: {error.strerror or error}; give another one with --state"


def _refuse(reason: str) -> int:
    sys.stderr.write(f"vigil_emulator: {reason}\n")
    return CANNOT_START
