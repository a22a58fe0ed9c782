"""An always-on process: says that it is up, that it still is, and that it ends."""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncGenerator

from vigil_telemetry import ServiceStarted, emit
from vigil_telemetry.events.process import ServiceHeartbeat, ServiceStopping


@contextlib.asynccontextmanager
async def living(*, heartbeat: float) -> AsyncGenerator[None]:
    """``service.started``, then ``service.heartbeat`` every so many seconds until the block ends."""
    began = time.monotonic()
    emit(ServiceStarted(runtime=f"python {sys.version_info.major}.{sys.version_info.minor}"))

    async def beat() -> None:
        while True:
            await asyncio.sleep(heartbeat)
            emit(ServiceHeartbeat(uptime=round(time.monotonic() - began, 3), interval=heartbeat))

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        emit(ServiceStopping(reason="signal", uptime=round(time.monotonic() - began, 3)))


def told_to_stop() -> asyncio.Event:
    """Set when the process gets SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
