"""What the workers do for an order: calls to outside services, and their own work."""

from dataclasses import dataclass
from functools import cache

import httpx
from temporalio import activity
from temporalio.exceptions import ApplicationError

from demo.shop.environment import Environment
from demo.shop.events import OrderPacked, OrderReleased, StockCounted
from demo.shop.inventory import ITEMS
from vigil_telemetry import emit
from vigil_telemetry.instrument import instrument_httpx

DECLINED = 402


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """An order as its workflow gets it."""

    order: int
    item: str
    quantity: int
    cooling_off: float = 0.0
    """Seconds in which the customer may still cancel."""


@cache
def outside() -> httpx.AsyncClient:
    """Return the client of the services outside; ids travel to them alone."""
    client = httpx.AsyncClient(base_url=Environment.read().outside, timeout=5, trust_env=False)
    return instrument_httpx(client, target="outside", propagate_to=[client.base_url.host])


@activity.defn
async def charge(order: Fulfilment) -> int:
    """Return the number of the payment. A declined card is the end; all else is tried again."""
    payment = {"key": activity.info().workflow_id, "cents": 1000 * order.quantity}
    reply = await outside().post("/payments", json=payment)
    if reply.status_code == DECLINED:
        raise ApplicationError("card declined", type="CardDeclined", non_retryable=True)
    reply.raise_for_status()
    number: int = reply.json()["payment"]
    return number


@activity.defn
def pack(order: Fulfilment) -> None:
    """Run on a thread, as code without asyncio does."""
    emit(OrderPacked(order=order.order, pieces=order.quantity))


@activity.defn
async def book(order: Fulfilment) -> str:
    """Return the carrier's booking."""
    reply = await outside().get(f"/quotes/{order.item}")
    reply.raise_for_status()
    return f"booking-{order.order}"


@activity.defn
async def release(order: Fulfilment) -> None:
    """Put the pieces of a cancelled order back."""
    emit(OrderReleased(order=order.order, pieces=order.quantity))


@activity.defn
async def count_stock() -> int:
    """Count what there is."""
    for item in ITEMS:
        emit(StockCounted(item=item, pieces=len(item)))
    return len(ITEMS)


ALL = [charge, pack, book, release, count_stock]
