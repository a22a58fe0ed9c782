"""The Temporal workers: `python -m demo.shop.worker`, as a service named `workers`.

It keeps a schedule too, that counts the stock; the SDK's own metrics are at `http://METRICS_ADDRESS/metrics`.
"""

import asyncio
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleSpec,
)

from demo.shop.activities import ALL
from demo.shop.environment import ORDERS
from demo.shop.worker_process import work
from demo.shop.workflows import AnswerQuestion, CountStock, FulfilOrder, ShipOrder

COUNT = "count-stock"
"""The schedule's id, and the beginning of its workflows'."""
EVERY = timedelta(seconds=10)
ROUNDS = 7
"""More than one history takes, so that every count continues as new once."""


async def keep_schedule(client: Client) -> None:
    """Create the schedule where there is none yet."""
    schedule = Schedule(
        action=ScheduleActionStartWorkflow(CountStock.run, ROUNDS, id=COUNT, task_queue=ORDERS),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=EVERY)]),
    )
    try:
        await client.create_schedule(COUNT, schedule, trigger_immediately=True)
    except ScheduleAlreadyRunningError:
        return


if __name__ == "__main__":
    asyncio.run(
        work(
            service="workers",
            queue=ORDERS,
            workflows=[FulfilOrder, ShipOrder, CountStock, AnswerQuestion],
            activities=ALL,
            prepare=keep_schedule,
        )
    )
