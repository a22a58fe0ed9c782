"""The same workflow on a plain worker and on one with the plugin, on a real server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter, process_time
from uuid import uuid4

from temporalio import activity, workflow
from temporalio.client import Client, Plugin
from temporalio.worker import Worker

ACTIVITIES = 5
AT_ONCE = 20


@activity.defn
async def step(number: int) -> int:
    """Does nothing."""
    return number


@workflow.defn
class Steps:
    """Some activities, one after the other."""

    @workflow.run
    async def run(self) -> int:
        """Runs them."""
        total = 0
        for number in range(ACTIVITIES):
            total += await workflow.execute_activity(step, number, start_to_close_timeout=timedelta(seconds=30))
        return total


@asynccontextmanager
async def contestant(address: str, plugin: Plugin | None) -> AsyncIterator[tuple[Client, str]]:
    """A client and a worker."""
    client = await Client.connect(address, plugins=[plugin] if plugin is not None else [])
    queue = uuid4().hex
    async with Worker(client, task_queue=queue, workflows=[Steps], activities=[step]):
        yield client, queue


async def round_of(client: Client, queue: str, workflows: int) -> tuple[float, float]:
    """Runs so many workflows, some at a time: wall seconds and the process's CPU seconds for one of them."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> None:
        async with gate:
            await client.execute_workflow(Steps.run, id=uuid4().hex, task_queue=queue)

    wall, cpu = perf_counter(), process_time()
    await asyncio.gather(*(one() for _ in range(workflows)))
    return (perf_counter() - wall) / workflows, (process_time() - cpu) / workflows


def lines_to(path: str) -> int:
    """A descriptor for lines."""
    return os.open(path, os.O_WRONLY | os.O_CREAT)
