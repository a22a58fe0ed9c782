"""The orders service: an API as a team would write it, instrumented with `vigil_telemetry`.

`python -m demo.shop.api --port 8000` serves it; its log goes to standard output, a JSON object a line. One switch
belongs to the demo: `POST /_demo/trouble` makes the inventory service behind it fail until `DELETE /_demo/trouble`;
`POST /_demo/trouble?of=database` makes the database slow.
"""

import asyncio
import functools
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated, cast

import httpx
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, HTTPException, Query, Request, status
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from demo.shop.database import Database, DatabaseUnavailableError
from demo.shop.environment import Environment
from demo.shop.events import OrderAccepted, OrderConfirmed, OrderRefused, OrdersUnavailable, Refusal
from demo.shop.fulfilment import Fulfilment, NobodyThereError, TooLateError
from demo.shop.inventory import Inventory, OutOfStockError, UnknownItemError
from demo.shop.orders import Order, OrderRequest, Orders
from demo.shop.spans import exported_spans
from vigil_telemetry import add_ids, emit
from vigil_telemetry.instrument import instrument_fastapi, instrument_httpx
from vigil_telemetry.lifecycle import process_lifecycle

VERSION = "1.0.0"
SLOWED = 0.4
"""Seconds by which a slow database answers each statement later: with few connections, requests wait for each other."""
PAGE = 100
"""Orders of an export that are read at once."""
router = APIRouter()


class Cause(StrEnum):
    """What can be made to go wrong."""

    INVENTORY = "inventory"
    DATABASE = "database"


class OrderView(BaseModel):
    """An order, with how many pieces of its item are left."""

    order: Order
    left: int


class Question(BaseModel):
    """What a customer wants to know."""

    text: str = Field(min_length=1, max_length=500, examples=["Where is my compass?"])


class Answer(BaseModel):
    """What the agent says to it."""

    text: str


def database_of(request: Request) -> Database:
    """Return the application's database."""
    return cast("Database", request.app.state.database)


def orders_of(request: Request) -> Orders:
    """Return the application's orders."""
    return cast("Orders", request.app.state.orders)


def inventory_of(request: Request) -> Inventory:
    """Return the application's client of the inventory service."""
    return cast("Inventory", request.app.state.inventory)


def fulfilment_of(request: Request) -> Fulfilment:
    """Return the application's client of the workflows."""
    return cast("Fulfilment", request.app.state.fulfilment)


def carrier_of(request: Request) -> httpx.AsyncClient:
    """Return the application's client of the carrier. Raises HTTPException 503 where there is none."""
    carrier = cast("httpx.AsyncClient | None", request.app.state.carrier)
    if carrier is None:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "no carrier: OUTSIDE_URL names one")
    return carrier


def signed_in(authorization: Annotated[str, Header()] = "") -> str | None:
    """Return the customer, where there is one: a stub that believes `Authorization: Bearer USER`.

    The id goes, as a pseudonym, into every line of the request and of the work that it causes.
    """
    scheme, _, user = authorization.partition(" ")
    return user if scheme.lower() == "bearer" and user else None


async def known(user: Annotated[str | None, Depends(signed_in)]) -> str | None:
    """Bind the customer to the request's lines."""
    if user is not None:
        add_ids(user=user)
    return user


TheDatabase = Annotated[Database, Depends(database_of)]
TheOrders = Annotated[Orders, Depends(orders_of)]
TheInventory = Annotated[Inventory, Depends(inventory_of)]
TheFulfilment = Annotated[Fulfilment, Depends(fulfilment_of)]
TheCarrier = Annotated[httpx.AsyncClient, Depends(carrier_of)]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process serves requests; asks no dependency."""
    return {"status": "ok"}


@router.post("/orders", status_code=status.HTTP_201_CREATED, dependencies=[Depends(known)])
async def create_order(  # the order's way through the shop: what it needs is what it depends on
    wanted: OrderRequest,
    orders: TheOrders,
    inventory: TheInventory,
    fulfilment: TheFulfilment,
    after: BackgroundTasks,
) -> Order:
    """Reserve the pieces, keep the order, and have it fulfilled."""
    try:
        await inventory.reserve(wanted.item, wanted.quantity)
    except UnknownItemError as error:
        emit(OrderRefused(reason=Refusal.UNKNOWN_ITEM, pieces=wanted.quantity))
        raise HTTPException(status.HTTP_404_NOT_FOUND, str(error)) from error
    except OutOfStockError as error:
        emit(OrderRefused(reason=Refusal.OUT_OF_STOCK, pieces=wanted.quantity))
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
    order = await asyncio.to_thread(orders.add, wanted)
    emit(OrderAccepted(order=order.id, pieces=order.quantity))
    await fulfilment.begin(order, cooling_off=wanted.cooling_off)
    after.add_task(confirm, order)
    return order


async def confirm(order: Order) -> None:
    """Write to the customer, once the answer is out."""
    emit(OrderConfirmed(order=order.id))


@router.get("/orders", dependencies=[Depends(known)])
async def list_orders(orders: TheOrders, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> list[Order]:
    """The newest orders."""
    return await asyncio.to_thread(orders.latest, limit)


@router.get("/orders/export", dependencies=[Depends(known)])
async def export_orders(orders: TheOrders) -> StreamingResponse:
    """The newest orders as lines of JSON, streamed."""
    newest = await asyncio.to_thread(orders.latest, PAGE)  # before the answer begins: it may yet be a refusal

    async def lines() -> AsyncIterator[str]:
        for order in newest:
            yield order.model_dump_json() + "\n"

    return StreamingResponse(lines(), media_type="application/x-ndjson")


@router.get("/orders/{number}", dependencies=[Depends(known)])
async def get_order(number: int, orders: TheOrders, inventory: TheInventory) -> OrderView:
    """One order, with how many pieces of its item are left."""
    order = await _found(orders, number)
    return OrderView(order=order, left=await inventory.available(order.item))


@router.get("/orders/{number}/quote", dependencies=[Depends(known)])
async def quote_order(number: int, orders: TheOrders, carrier: TheCarrier) -> dict[str, str | int]:
    """What the carrier asks for it: a call to a service outside."""
    order = await _found(orders, number)
    reply = await carrier.get(f"/quotes/{order.item}")
    reply.raise_for_status()
    quote: dict[str, str | int] = reply.json()
    return quote


@router.delete("/orders/{number}", status_code=status.HTTP_202_ACCEPTED)
async def cancel_order(
    number: int, orders: TheOrders, fulfilment: TheFulfilment, user: Annotated[str | None, Depends(known)]
) -> None:
    """Cancel an order that is not on its way yet; for customers that are signed in."""
    if user is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "sign in: Authorization: Bearer USER")
    await _found(orders, number)
    try:
        await fulfilment.cancel(number)
    except TooLateError as error:
        raise HTTPException(status.HTTP_409_CONFLICT, str(error)) from error
    except NobodyThereError as error:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, str(error)) from error


@router.post("/questions", dependencies=[Depends(known)])
async def ask(question: Question, fulfilment: TheFulfilment) -> Answer:
    """Have the agent answer."""
    try:
        return Answer(text=await fulfilment.ask(question.text))
    except NobodyThereError as error:
        raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, str(error)) from error


async def _found(orders: Orders, number: int) -> Order:
    order = await asyncio.to_thread(orders.find, number)
    if order is None:
        raise HTTPException(status.HTTP_404_NOT_FOUND, f"no order {number}")
    return order


@router.post("/_demo/trouble", status_code=status.HTTP_204_NO_CONTENT)
async def begin_trouble(inventory: TheInventory, database: TheDatabase, of: Cause = Cause.INVENTORY) -> None:
    """Make the inventory service fail, or the database slow."""
    if of is Cause.INVENTORY:
        inventory.failing = True
    else:
        database.delay = SLOWED


@router.delete("/_demo/trouble", status_code=status.HTTP_204_NO_CONTENT)
async def end_trouble(inventory: TheInventory, database: TheDatabase) -> None:
    """End every trouble."""
    inventory.failing = False
    database.delay = 0.0


async def database_unavailable(_: Request, error: Exception) -> JSONResponse:
    """503: the database does not answer, and the client may try again. The process continues."""
    cause = error.error_type if isinstance(error, DatabaseUnavailableError) else type(error).__name__
    emit(OrdersUnavailable(error_type=cause))
    return JSONResponse({"detail": str(error)}, status.HTTP_503_SERVICE_UNAVAILABLE, {"retry-after": "1"})


@asynccontextmanager
async def lifespan(app: FastAPI, *, environment: Environment) -> AsyncGenerator[None]:
    """Say that the service is up, once it is, and that it still is."""
    fulfilment: Fulfilment = app.state.fulfilment
    await fulfilment.connect()
    async with (
        exported_spans("api", VERSION),
        process_lifecycle(heartbeat=environment.heartbeat, reason="signal"),
    ):
        yield
    await asyncio.to_thread(app.state.database.close)


def build() -> FastAPI:
    """Return the application, with its own inventory and orders."""
    environment = Environment.read()
    app = FastAPI(title="Orders", version=VERSION, lifespan=functools.partial(lifespan, environment=environment))
    app.state.database = Database(environment.database)
    app.state.orders = Orders(app.state.database)
    app.state.inventory = Inventory()
    app.state.fulfilment = Fulfilment(environment.temporal)
    app.state.carrier = None
    if environment.outside:
        client = httpx.AsyncClient(base_url=environment.outside, timeout=5, trust_env=False)
        app.state.carrier = instrument_httpx(client, target="carrier", propagate_to=[client.base_url.host])
    app.include_router(router)
    app.add_exception_handler(DatabaseUnavailableError, database_unavailable)
    instrument_fastapi(app)
    return app


if __name__ == "__main__":
    from demo.shop.server import main

    main("demo.shop.api:build", service="api", version=VERSION)
