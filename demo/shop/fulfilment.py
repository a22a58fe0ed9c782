"""The API's side of what follows an order: workflows are started, queried and cancelled.

Temporal's library is imported where a server is named alone.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

from demo.shop.environment import ORDERS
from demo.shop.events import OrderWaiting
from demo.shop.orders import Order
from vigil_telemetry import emit

if TYPE_CHECKING:
    from temporalio.client import Client

T = TypeVar("T")

START = timedelta(seconds=5)
"""How long a request waits for a Temporal server that does not answer."""
ANSWER = timedelta(seconds=60)


class NobodyThereError(ConnectionError):
    """There is no Temporal server, or it does not answer."""


class TooLateError(Exception):
    """The order that somebody cancels has already ended."""


class Fulfilment:
    """A client of the workflows; without an address it does nothing."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Client | None = None
        self._run = uuid4().hex[:8]
        """Order numbers begin anew with the process; workflow ids must not."""

    async def connect(self) -> None:
        """Get ready; the server is connected to when it is first needed, so that it may come later."""
        if self._address:
            from temporalio.client import Client  # noqa: PLC0415 - the API runs without it

            from vigil_telemetry.instrument.temporal import VigilPlugin  # noqa: PLC0415 - as above

            self._client = await Client.connect(self._address, plugins=[VigilPlugin()], lazy=True)

    async def begin(self, order: Order, *, cooling_off: float) -> None:
        """Start the order's workflow, which waits so many seconds before it ships.

        Where that fails, the order is taken anyway and reported as waiting.
        """
        client = self._client
        if client is None:
            return
        details = {"order": order.id, "item": order.item, "quantity": order.quantity, "cooling_off": cooling_off}

        async def start() -> None:
            await client.start_workflow(
                "FulfilOrder", details, id=self._id(order.id), task_queue=ORDERS, rpc_timeout=START
            )

        try:
            await _requested(start)
        except NobodyThereError:
            emit(OrderWaiting(order=order.id))

    async def cancel(self, number: int) -> None:
        """Ask the order's workflow to end. Raises NobodyThereError; TooLateError where it has ended already."""
        client = self._client
        if client is None:
            raise NobodyThereError("there is no Temporal server")
        handle = client.get_workflow_handle(self._id(number))
        described = await _requested(lambda: handle.describe(rpc_timeout=START))
        if described.close_time is not None:  # the server takes the wish all the same
            raise TooLateError(f"order {number} is on its way, or was cancelled before")
        await _requested(lambda: handle.cancel(rpc_timeout=START))

    async def ask(self, question: str) -> str:
        """Return what the agent says. Raises NobodyThereError."""
        client = self._client
        if client is None:
            raise NobodyThereError("there is no Temporal server, so nobody can ask the agent")

        async def answered() -> str:
            answer: str = await client.execute_workflow(
                "AnswerQuestion", question, id=f"question-{uuid4().hex}", task_queue=ORDERS, result_type=str,
                execution_timeout=ANSWER,
            )  # fmt: skip
            return answer

        return await _requested(answered)

    def _id(self, number: int) -> str:
        return f"order-{self._run}-{number}"


async def _requested(call: Callable[[], Awaitable[T]]) -> T:
    from temporalio.client import WorkflowFailureError  # noqa: PLC0415 - as above
    from temporalio.service import RPCError  # noqa: PLC0415 - as above

    try:
        return await call()
    except (RPCError, RuntimeError, WorkflowFailureError) as error:
        raise NobodyThereError(str(error)) from error
