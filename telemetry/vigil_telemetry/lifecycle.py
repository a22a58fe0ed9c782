"""The life of a process as events: it has started, it is still alive, it ends.

The alert `heartbeat-missing` watches the events that `process_lifecycle` writes. Use it around the work of a process
that is always on, such as a Temporal worker; a service that scales to zero is silent on purpose.

    async with process_lifecycle(heartbeat=30):
        await stop_requested().wait()
"""

import asyncio
import contextlib
import signal
import sys
import time
from collections.abc import AsyncGenerator
from typing import Annotated

from vigil_telemetry.arguments import Constraint, validated
from vigil_telemetry.emitter import emit
from vigil_telemetry.events.process import ServiceHeartbeat, ServiceStarted, ServiceStopping, StopReason

Interval = Annotated[float, Constraint(lambda value: 0 < value < float("inf"), "give seconds above 0, such as 30")]
"""Seconds between two heartbeats."""


@validated
def process_lifecycle(
    *, heartbeat: Interval = 60.0, reason: StopReason = "finished"
) -> contextlib.AbstractAsyncContextManager[None]:
    """Write `service.started`, a `service.heartbeat` every so often, and `service.stopping` when the block ends.

    Args:
        heartbeat: Seconds between two heartbeats. The alert `heartbeat-missing` opens after ten silent minutes, so
            give 200 at most. A process whose event loop is blocked is silent too: that is what the alert is for.
        reason: What `service.stopping` says when the block ends by itself. Give `signal` in the lifespan of a server,
            which handles SIGTERM itself. It is `signal` anyway where `stop_requested` saw one, and `error` where the
            block raises.
    """
    return _lifecycle(heartbeat, reason)


def stop_requested() -> asyncio.Event:
    """Return an event that is set when the process gets SIGTERM or SIGINT.

    Call it inside a running event loop, in the main thread. Raises RuntimeError elsewhere.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def request() -> None:
        _requested.add(loop)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, request)
    return stop


_requested: set[asyncio.AbstractEventLoop] = set()
"""Loops whose process got a signal to stop."""


@contextlib.asynccontextmanager
async def _lifecycle(heartbeat: float, ended: StopReason) -> AsyncGenerator[None]:
    began = time.monotonic()
    emit(ServiceStarted(runtime=f"python {sys.version_info.major}.{sys.version_info.minor}"))

    async def beat() -> None:
        while True:
            await asyncio.sleep(heartbeat)
            emit(ServiceHeartbeat(uptime=round(time.monotonic() - began, 3), interval=heartbeat))

    beating = asyncio.create_task(beat())
    reason: StopReason = "error"
    try:
        yield
        reason = "signal" if asyncio.get_running_loop() in _requested else ended
    except asyncio.CancelledError:
        reason = "signal"  # how asyncio.run ends the main task after Ctrl-C, and how servers end a lifespan
        raise
    finally:
        _requested.discard(asyncio.get_running_loop())
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        emit(ServiceStopping(reason=reason, uptime=round(time.monotonic() - began, 3)))
