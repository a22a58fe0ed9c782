"""The worker of the mixed run: `python -m tests.telemetry.instrument.shop.worker`."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor

from temporalio.client import Client
from temporalio.worker import Worker

from tests.telemetry.instrument.shop import settings
from tests.telemetry.instrument.shop.activities import reserve
from tests.telemetry.instrument.shop.assist import Assist
from tests.telemetry.instrument.shop.assistant import assist, save
from tests.telemetry.instrument.shop.workflows import Ship
from vigil_telemetry.instrument.temporal import VigilPlugin


async def main() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    client = await Client.connect(settings.TEMPORAL, plugins=[VigilPlugin()], runtime=settings.runtime())
    with ThreadPoolExecutor(4) as pool:
        async with Worker(
            client,
            task_queue=settings.QUEUE,
            workflows=[Assist, Ship],
            activities=[assist, save, reserve],
            activity_executor=pool,
        ):
            await stop.wait()


if __name__ == "__main__":
    settings.set_up("worker")
    asyncio.run(main())
