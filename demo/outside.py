"""What the shop depends on and does not run: a payment provider, a carrier, and Supabase's metrics of the database.

``python -m demo.outside --port 8200`` serves all three on one machine. ``PUT /_demo/trouble`` decides what goes wrong:
``{"payments": "declining", "database": "down"}``; what is left out is well. Supabase's endpoint wants basic auth.
"""

import itertools
import secrets
import time
from base64 import b64encode
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, HTTPException, Request, status
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict

METRICS = "/customer/v1/privileged/metrics"
"""Supabase's path of a project's metrics (https://supabase.com/docs/guides/telemetry/metrics)."""
USERNAME = "service_role"
PASSWORD = "sb_secret_local_only"  # noqa: S105 - guards nothing but a test on loopback
ONE_IN = 5
"""Of so many payments one fails at first, so that retries are seen on a normal day."""
CONNECTIONS = 60
"""Connections that the database allows."""
DISK = 8 * 1024**3
"""Bytes of the database's disk."""

router = APIRouter()


class Payments(StrEnum):
    """How the payment provider is."""

    WELL = "well"
    DECLINING = "declining"
    """It refuses every card: a retry is of no use."""
    UNAVAILABLE = "unavailable"
    """It answers 503."""


class Database(StrEnum):
    """How the database is, by its metrics."""

    WELL = "well"
    DOWN = "down"
    CROWDED = "crowded"
    """Nearly all connections are in use, and clients wait for the pooler."""


class Trouble(BaseModel):
    """What goes wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    payments: Payments = Payments.WELL
    database: Database = Database.WELL


class Payment(BaseModel):
    """What is asked of the payment provider; with the same key again, it is the same payment."""

    key: str
    cents: int


class World:
    """The state of all that is outside."""

    def __init__(self) -> None:
        self.trouble = Trouble()
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
    """What goes wrong now."""
    return _world(request).trouble


@router.put("/_demo/trouble")
async def change(trouble: Trouble, request: Request) -> Trouble:
    """What goes wrong from now on: all of it at once."""
    _world(request).trouble = trouble
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
        if len(world.paid) > CONNECTIONS * 100:
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
    return exposition(world.trouble.database, seconds=time.monotonic() - world.began)


def exposition(database: Database, *, seconds: float) -> str:
    """The metrics of a database that has run for so many seconds."""
    crowded = database is Database.CROWDED
    down = database is Database.DOWN
    backends = 0 if down else CONNECTIONS - 1 if crowded else 12
    gauges: dict[str, float] = {
        "pg_up": 0 if down else 1,
        "pg_stat_database_num_backends": backends,
        "max_connections_connection_count": CONNECTIONS,
        "pg_settings_default_transaction_read_only": 0,
        "pgbouncer_pools_client_waiting_connections": 9 if crowded else 0,
        'node_filesystem_size_bytes{mountpoint="/data"}': DISK,
        'node_filesystem_avail_bytes{mountpoint="/data"}': DISK * 0.6,
        "node_load5": 3.5 if crowded else 0.4,
        "node_memory_MemAvailable_bytes": 700 * 1024**2,
    }
    counters: dict[str, float] = {
        "pg_stat_database_xact_commit_total": round(seconds * 20),
        "pg_stat_database_xact_rollback_total": round(seconds / 5),
        "pg_stat_database_deadlocks_total": 0,
    }
    lines: list[str] = []
    for kind, values in (("gauge", gauges), ("counter", counters)):
        for name, value in values.items():
            bare, _, labels = name.partition("{")
            base = 'service_type="db",supabase_project_ref="local"'
            inside = f"{base},{labels.removesuffix('}')}" if labels else base
            lines += [f"# TYPE {bare} {kind}", f"{bare}{{{inside}}} {value:g}"]
    return "\n".join(lines) + "\n"


def build() -> FastAPI:
    """The application."""
    app = FastAPI(title="Outside")
    app.state.world = World()
    app.include_router(router)
    return app


if __name__ == "__main__":
    from demo.serving import main

    main("demo.outside:build", service="outside", version="1.0.0")
