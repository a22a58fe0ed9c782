"""Runs a Temporal worker as a process in a container does, until SIGTERM."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from demo.shop.environment import Environment
from demo.shop.spans import exported_spans
from vigil_telemetry import configure
from vigil_telemetry.bridges import stdlib, uncaught
from vigil_telemetry.instrument.temporal import VigilPlugin, metrics_runtime
from vigil_telemetry.lifecycle import process_lifecycle, stop_requested

VERSION = "1.0.0"
THREADS = 4
AGAIN = 0.5
"""Seconds until it tries a server again that did not answer."""
GRACE = timedelta(seconds=2)
"""How long activities have to end after SIGTERM."""


async def work(
    *,
    service: str,
    queue: str,
    workflows: Sequence[type] = (),
    activities: Sequence[Callable[..., object]],
    prepare: Callable[[Client], Awaitable[None]] | None = None,
) -> None:
    """Take work from a task queue; a server that is not there yet, or not any more, is waited for."""
    configure(service=service, version=VERSION)
    stdlib.capture()
    uncaught.capture()
    environment = Environment.read()
    for library in ("httpx", "httpx2", "openai", "anthropic"):
        logging.getLogger(library).setLevel(logging.WARNING)  # each call is logged already
    stop = stop_requested()
    async with exported_spans(service, VERSION), process_lifecycle(heartbeat=environment.heartbeat):
        client = await _connected(environment, stop)
        if client is None:
            return
        if prepare is not None:
            await prepare(client)
        with ThreadPoolExecutor(THREADS) as threads:
            async with Worker(
                client,
                task_queue=queue,
                workflows=workflows,
                activities=activities,
                activity_executor=threads,
                graceful_shutdown_timeout=GRACE,
            ):
                await stop.wait()


async def _connected(environment: Environment, stop: asyncio.Event) -> Client | None:
    """The client, as soon as the server answers; None where the process must stop before."""
    runtime = metrics_runtime(environment.metrics) if environment.metrics else None
    while not stop.is_set():
        try:
            return await Client.connect(environment.temporal, plugins=[VigilPlugin()], runtime=runtime)
        except RuntimeError as error:
            logging.getLogger(__name__).warning("no Temporal server yet: %s", error)
            await asyncio.sleep(AGAIN)
    return None
