"""What the shop depends on and does not run: a payment provider, a carrier, and Supabase's metrics of the database.

`python -m demo.stand_ins.dependencies --port 8200` serves all three on one machine. `PUT /_demo/trouble` decides
what goes wrong: `{"payments": "declining", "database": "down"}`; a part left out works. Supabase's endpoint
requires basic authentication.

With `DATABASE_METRICS_URL` the metrics are those of the PostgreSQL there, and `{"database": "crowded"}` has clients
of `DATABASE_URL` take its connections; so an outage is made by ending its process, not by a switch.
"""

import contextlib
import itertools
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, HTTPException, Request, status
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict

from demo.shop.environment import Environment
from demo.stand_ins.database.crowd import Crowd
from demo.stand_ins.database.exposition import PASSWORD, USERNAME, exposition
from demo.stand_ins.database.invented_figures import State, invented, pooler
from demo.stand_ins.database.server_figures import Server

METRICS = "/customer/v1/privileged/metrics"
"""Supabase's path of a project's metrics (https://supabase.com/docs/guides/telemetry/metrics)."""
ONE_IN = 5
"""Of so many payments one fails at first, so that retries are seen on a normal day."""
REMEMBERED = 6000
"""Payments that are remembered, for a second request with the same key."""

router = APIRouter()


class Payments(StrEnum):
    """How the payment provider is."""

    WELL = "well"
    DECLINING = "declining"
    """It refuses every card: a retry is of no use."""
    UNAVAILABLE = "unavailable"
    """It answers 503."""


class Trouble(BaseModel):
    """What goes wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payments: Payments = Payments.WELL
    database: State = State.WELL


class Payment(BaseModel):
    """A request to the payment provider; a second one with the same key is the same payment."""

    key: str
    cents: int


class World:
    """The state of every outside service."""

    def __init__(self, environment: Environment) -> None:
        self.trouble = Trouble()
        self.server = Server(environment.database_metrics) if environment.database_metrics else None
        """The real database; None where its figures are invented."""
        self.crowd = Crowd(environment.database) if self.server is not None and environment.database else None
        self.began = time.monotonic()
        self.paid: dict[str, int] = {}
        self.numbers = itertools.count(1)


def _world(request: Request) -> World:
    world: World = request.app.state.world
    return world


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Whether the process serves requests."""
    return {"status": "ok"}


@router.get("/_demo/trouble")
async def trouble(request: Request) -> Trouble:
    """What goes wrong now; a real database that did not answer the last query is down."""
    world = _world(request)
    if world.server is not None and not world.server.up:
        return world.trouble.model_copy(update={"database": State.DOWN})
    return world.trouble


@router.put("/_demo/trouble")
async def change(trouble: Trouble, request: Request) -> Trouble:
    """What goes wrong from now on: all of it at once."""
    world = _world(request)
    if trouble.database is State.DOWN and world.server is not None:
        raise HTTPException(status.HTTP_409_CONFLICT, "the database is a PostgreSQL: end its process to have it down")
    world.trouble = trouble
    if world.crowd is not None:
        if trouble.database is State.CROWDED:
            world.crowd.begin()
        else:
            await world.crowd.end()
    return trouble


@router.post("/payments")
async def pay(payment: Payment, request: Request) -> dict[str, int]:
    """Take a payment: 402 where it is declined for good, 503 where it may be tried again."""
    world = _world(request)
    if world.trouble.payments is Payments.DECLINING:
        raise HTTPException(status.HTTP_402_PAYMENT_REQUIRED, "card declined")
    number = world.paid.get(payment.key)
    if number is None:
        number = next(world.numbers)
        if world.trouble.payments is Payments.UNAVAILABLE or number % ONE_IN == 0:
            raise HTTPException(status.HTTP_503_SERVICE_UNAVAILABLE, "try again")
        world.paid[payment.key] = number
        if len(world.paid) > REMEMBERED:
            world.paid.pop(next(iter(world.paid)))
    return {"payment": number}


@router.get("/quotes/{item}")
async def quote(item: str) -> dict[str, str | int]:
    """What the carrier asks for an item."""
    return {"item": item, "cents": 400 + 10 * len(item)}


@router.get(METRICS, response_class=PlainTextResponse)
async def metrics(request: Request, authorization: Annotated[str, Header()] = "") -> str:
    """The database's metrics in Prometheus' text format: documented names only."""
    expected = "Basic " + b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    if not secrets.compare_digest(authorization.encode(), expected.encode()):
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, headers={"www-authenticate": "Basic"})
    world = _world(request)
    if world.server is None:
        return exposition(invented(world.trouble.database, seconds=time.monotonic() - world.began))
    return exposition([*await world.server.figures(), *pooler(world.trouble.database)])


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Leave no connection behind."""
    yield
    world: World = app.state.world
    if world.crowd is not None:
        await world.crowd.end()


def build() -> FastAPI:
    """Return the application."""
    app = FastAPI(title="Outside", lifespan=lifespan)
    app.state.world = World(Environment.read())
    app.include_router(router)
    return app


if __name__ == "__main__":
    from demo.shop.server import main

    main("demo.stand_ins.dependencies:build", service="outside", version="1.0.0")
