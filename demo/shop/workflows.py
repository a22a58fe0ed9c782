"""What happens to an order after it was taken, as Temporal workflows. They run in the sandbox."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, is_cancelled_exception

from demo.shop.environment import AGENTS

with workflow.unsafe.imports_passed_through():
    from demo.shop.activities import Fulfilment, book, charge, count_stock, pack, release

SOON = timedelta(seconds=20)
RETRIES = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=10))
"""Quick at first, because the demo's minutes are short, and then rarely: a service that is away for a minute is not to
be met by hundreds of orders that ask each second. A refusal is not retried: the activity says so.
"""
TWICE = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_attempts=2)
ANSWER = "answer"
"""The agents' activity, by its name: the workers need none of what the agents are made of."""
LAPS = 5
"""Rounds of a stock count in one history, before it is continued as a new one."""


@workflow.defn
class FulfilOrder:
    """Charge, pack, ship. A declined card fails it; a cancelled order gets its pieces back into stock."""

    @workflow.run
    async def run(self, order: Fulfilment) -> str:
        """Return the carrier's booking."""
        try:
            await workflow.execute_activity(charge, order, start_to_close_timeout=SOON, retry_policy=RETRIES)
            await workflow.execute_activity(pack, order, start_to_close_timeout=SOON, retry_policy=RETRIES)
            if order.cooling_off:
                await workflow.sleep(timedelta(seconds=order.cooling_off))
            return await workflow.execute_child_workflow(
                ShipOrder.run, order, id=f"{workflow.info().workflow_id}-shipment"
            )
        except BaseException as error:
            if is_cancelled_exception(error):
                # shielded from the cancellation: what was taken is put back
                await workflow.execute_local_activity(release, order, start_to_close_timeout=SOON)
            raise


@workflow.defn
class ShipOrder:
    """A shipment, as a child of its order."""

    @workflow.run
    async def run(self, order: Fulfilment) -> str:
        """Return the carrier's booking."""
        return await workflow.execute_activity(book, order, start_to_close_timeout=SOON, retry_policy=RETRIES)


@workflow.defn
class CountStock:
    """Counts the stock in rounds; a schedule starts it, and a long count continues as new."""

    @workflow.run
    async def run(self, rounds: int) -> int:
        """Return the rounds that are left at its end: 0."""
        for _ in range(min(rounds, LAPS)):
            await workflow.execute_activity(count_stock, start_to_close_timeout=SOON, retry_policy=RETRIES)
        if rounds > LAPS:
            workflow.continue_as_new(rounds - LAPS)
        return 0


@workflow.defn
class AnswerQuestion:
    """A customer's question, answered by the agent."""

    @workflow.run
    async def run(self, question: str) -> str:
        """Return the agent's answer, or a fixed sentence where it has none."""
        try:
            return await workflow.execute_activity(
                ANSWER, question, result_type=str, task_queue=AGENTS, start_to_close_timeout=SOON, retry_policy=TWICE,
                schedule_to_close_timeout=SOON * 2,
            )  # fmt: skip
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            return "We will write to you."
