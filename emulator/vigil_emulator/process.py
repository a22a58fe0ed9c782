"""The emulator as a process: everything that can be wrong at the start is one line and an exit code."""

import asyncio
import errno
import json
import logging
import sys
from contextlib import ExitStack

from vigil_emulator.lock import StateInUseError, StateLock
from vigil_emulator.resources.store import StorageError
from vigil_emulator.resume import clock_of
from vigil_emulator.server import Emulator
from vigil_emulator.serving import address, allow_many_connections, bind, drop, serve
from vigil_emulator.settings import Settings, problem

CANNOT_START = 2
"""Exit code for a start that failed: wrong arguments, a port or a folder in use, no disk."""


def run(settings: Settings) -> int:
    """Runs until a signal; the exit code. Prints one line of JSON on stdout when ready, problems on stderr."""
    wrong = problem(settings)
    if wrong is not None:
        return _refuse(wrong)
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format=form)
    allow_many_connections()
    with ExitStack() as stack:
        try:
            if settings.state is not None:
                stack.callback(StateLock(settings.state).release)
            listener = stack.enter_context(bind(settings.host, settings.port))
            emulator = Emulator(
                state=settings.state,
                clock=clock_of(settings.speed, settings.state / "emulator.db" if settings.state else None),
                projects=tuple(settings.projects),
                token=settings.token,
                visibility_seconds=settings.visibility_seconds,
                notifications=settings.notifications,
                drop=drop,
            )
        except (StateInUseError, StorageError) as error:
            return _refuse(str(error))
        except OSError as error:
            return _refuse(_explained(error, settings))

        def ready() -> None:
            sys.stdout.write(json.dumps({"ready": True, "url": address(listener)}) + "\n")
            sys.stdout.flush()

        async def main() -> None:
            async with emulator.running():
                await serve(emulator.app, listener, ready)

        asyncio.run(main())
    return 0


def _explained(error: OSError, settings: Settings) -> str:
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
