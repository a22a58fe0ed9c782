"""Workflows under test. They run in the sandbox."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, ApplicationErrorCategory

from tests.telemetry.instrument.shop.activities import flaky, hang, pack, refuse, reserve
from tests.telemetry.instrument.shop.events import Stepped
from vigil_telemetry import emit

SOON = timedelta(seconds=60)
FAST = RetryPolicy(initial_interval=timedelta(milliseconds=1), maximum_attempts=3)


@workflow.defn
class Fulfil:
    """An activity, a sync one, a local one, a child, and itself again."""

    @workflow.run
    async def run(self, rounds: int) -> str:
        emit(Stepped(step=f"workflow {rounds}"))
        await workflow.execute_activity(reserve, f"round {rounds}", start_to_close_timeout=SOON)
        await workflow.execute_activity(pack, f"round {rounds}", start_to_close_timeout=SOON)
        await workflow.execute_local_activity(reserve, "local", start_to_close_timeout=SOON)
        await workflow.execute_child_workflow(
            Ship.run, f"round {rounds}", id=f"{workflow.info().workflow_id}-ship-{rounds}"
        )
        if rounds > 1:
            workflow.continue_as_new(rounds - 1)
        return "done"


@workflow.defn
class Ship:
    @workflow.run
    async def run(self, step: str) -> None:
        emit(Stepped(step=f"child {step}"))
        await workflow.execute_activity(reserve, f"in child, {step}", start_to_close_timeout=SOON)


@workflow.defn
class Order:
    """Waits for signals and updates of clients."""

    def __init__(self) -> None:
        self.items: list[str] = []
        self.closed = False

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: self.closed and workflow.all_handlers_finished())
        emit(Stepped(step="order closed"))
        return self.items

    @workflow.signal
    async def add(self, item: str) -> None:
        emit(Stepped(step=f"signal {item}"))
        await workflow.execute_activity(reserve, f"for signal {item}", start_to_close_timeout=SOON)
        self.items.append(item)

    @workflow.query
    def count(self) -> int:
        emit(Stepped(step="query"))
        return len(self.items)

    @workflow.update
    async def close(self, item: str) -> int:
        emit(Stepped(step="update"))
        await workflow.execute_activity(reserve, "for update", start_to_close_timeout=SOON)
        self.items.append(item)
        self.closed = True
        return len(self.items)

    @close.validator
    def validate_close(self, item: str) -> None:
        emit(Stepped(step="validator"))
        if not item:
            raise ValueError("an item is needed")


@workflow.defn
class Tell:
    """Signals another workflow."""

    @workflow.run
    async def run(self, order: str) -> None:
        await workflow.get_external_workflow_handle_for(Order.run, order).signal(Order.add, "told")


@workflow.defn
class Fail:
    """Fails in the way that its argument says."""

    @workflow.run
    async def run(self, how: str) -> None:
        match how:
            case "raise":
                raise ApplicationError("card 4111111111111111 declined", type="Declined")
            case "benign":
                raise ApplicationError("nothing to do", type="Empty", category=ApplicationErrorCategory.BENIGN)
            case "activity":
                await workflow.execute_activity(refuse, False, start_to_close_timeout=SOON)
            case "benign activity":
                with suppress(ActivityError):
                    await workflow.execute_activity(refuse, True, start_to_close_timeout=SOON)
            case "flaky":
                await workflow.execute_activity(flaky, 2, start_to_close_timeout=SOON, retry_policy=FAST)
            case "time-out":
                await workflow.execute_activity(
                    hang,
                    start_to_close_timeout=timedelta(milliseconds=300),
                    retry_policy=RetryPolicy(maximum_attempts=1),
                )
            case "wait":
                await asyncio.sleep(3600)
            case "child":
                await workflow.execute_child_workflow(Fail.run, "raise", id=f"{workflow.info().workflow_id}-child")
            case _:
                raise RuntimeError("a mistake in the code")


ALL = [Fulfil, Ship, Order, Tell, Fail]
