"""The orders service: an API as a team would write it, instrumented with ``vigil_telemetry``.

``python -m demo.api --port 8000`` serves it; its log goes to standard output, a JSON object a line. One switch is the
demo's own: ``POST /_demo/trouble`` makes the inventory service behind it fail until ``DELETE /_demo/trouble``.
"""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, status
from pydantic import BaseModel

from demo.events import OrderAccepted, OrderRefused, Refusal
from demo.inventory import Inventory, OutOfStockError, UnknownItemError
from demo.orders import Order, OrderRequest, Orders
from vigil_telemetry import ServiceStarted, emit
from vigil_telemetry.instrument import fastapi as instrumentation

VERSION = "1.0.0"
router = APIRouter()


class OrderView(BaseModel):
    """An order, with how many pieces of its item are left."""

    order: Order
    left: int


def orders_of(request: Request) -> Orders:
    """The application's orders."""
    return cast("Orders", request.app.state.orders)


def inventory_of(request: Request) -> Inventory:
    """The application's client of the inventory service."""
    return cast("Inventory", request.app.state.inventory)


TheOrders = Annotated[Orders, Depends(orders_of)]
TheInventory = Annotated[Inventory, Depends(inventory_of)]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process serves requests; asks no dependency."""
    return {"status": "ok"}


@router.post("/orders", status_code=status.HTTP_201_CREATED)
async def create_order(wanted: OrderRequest, orders: TheOrders, inventory: TheInventory) -> Order:
    """Reserve the pieces and keep the order."""
    try:
        await inventory.reserve(wanted.item, wanted.quantity)
    except UnknownItemError as error:
        emit(OrderRefused(reason=Refusal.UNKNOWN_ITEM, pieces=wanted.quantity))
        raise HTTPException(status.HTTP_404_NOT_FOUND, str(error)) from error
    except OutOfStockError as error:
        emit(OrderRefused(reason=Refusal.OUT_OF_STOCK, pieces=wanted.quantity))
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
    order = orders.add(wanted)
    emit(OrderAccepted(order=order.id, pieces=order.quantity))
    return order


@router.get("/orders")
async def list_orders(orders: TheOrders, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[Order]:
    """The newest orders."""
    return orders.latest(limit)


@router.get("/orders/{number}")
async def get_order(number: int, orders: TheOrders, inventory: TheInventory) -> OrderView:
    """One order, with how many pieces of its item are left."""
    order = orders.find(number)
    if order is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"no order {number}")
    return OrderView(order=order, left=await inventory.available(order.item))


@router.post("/_demo/trouble", status_code=status.HTTP_204_NO_CONTENT)
async def begin_trouble(inventory: TheInventory) -> None:
    """The inventory service stops answering."""
    inventory.failing = True


@router.delete("/_demo/trouble", status_code=status.HTTP_204_NO_CONTENT)
async def end_trouble(inventory: TheInventory) -> None:
    """The inventory service answers again."""
    inventory.failing = False


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
    """Say that the service is up, once it is."""
    emit(ServiceStarted(runtime=f"python {sys.version_info.major}.{sys.version_info.minor}"))
    yield


def build() -> FastAPI:
    """The application, with an inventory and orders of its own."""
    app = FastAPI(title="Orders", version=VERSION, lifespan=lifespan)
    app.state.orders = Orders()
    app.state.inventory = Inventory()
    app.include_router(router)
    instrumentation.observe(app)
    return app


if __name__ == "__main__":
    from demo.serving import main

    main("demo.api:build", service="api", version=VERSION)
