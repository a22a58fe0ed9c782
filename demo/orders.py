"""Orders, and where they are kept: a database, whose calls are told by name."""

import contextlib
import threading
import time

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import event
from sqlalchemy.pool import StaticPool

from vigil_telemetry.instrument.sqlalchemy import named, observe

KEPT = 1000
"""Orders that are remembered; older ones are forgotten, so that the demo can run for days."""
SLOW_AFTER = 0.5
"""Seconds from which a query is told as slow."""

_metadata = sa.MetaData()
_orders = sa.Table(
    "orders",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("item", sa.String(40), nullable=False),
    sa.Column("quantity", sa.Integer, nullable=False),
)


class OrderRequest(BaseModel):
    """What a customer asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(min_length=1, max_length=40, examples=["compass"])
    quantity: int = Field(ge=1, le=100, examples=[2])
    cooling_off: float = Field(
        default=0.0, ge=0, le=60, description="seconds in which it may still be cancelled, before it is shipped"
    )


class Order(BaseModel):
    """An order that was accepted."""

    model_config = ConfigDict(frozen=True)

    id: int
    item: str
    quantity: int


class Orders:
    """The last orders. Its methods wait for the database: asyncio's code calls them on a thread."""

    def __init__(self, database: str = "") -> None:
        """``database`` is SQLAlchemy's URL; without one, orders are in memory and one call waits for another."""
        if database:
            engine = sa.create_engine(database)
            self._turn: contextlib.AbstractContextManager[object] = contextlib.nullcontext()
        else:
            engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
            self._turn = threading.Lock()  # one connection for all threads: a transaction is one thread's
        _metadata.create_all(engine)
        self.delay = 0.0
        """Seconds by which the database answers later than it could."""
        self._engine = observe(engine, slow_after=SLOW_AFTER)
        event.listen(engine, "before_cursor_execute", self._wait)

    def _wait(self, *_: object) -> None:
        if self.delay:
            time.sleep(self.delay)

    def add(self, request: OrderRequest) -> Order:
        """Keep a new order and give it its number."""
        insert = named(sa.insert(_orders).values(item=request.item, quantity=request.quantity), "orders.add")
        with self._turn, self._engine.begin() as connection:
            key = connection.execute(insert).inserted_primary_key
            number = int(key[0]) if key is not None else 0
            if number > KEPT:
                connection.execute(named(sa.delete(_orders).where(_orders.c.id <= number - KEPT), "orders.forget"))
        return Order(id=number, item=request.item, quantity=request.quantity)

    def find(self, number: int) -> Order | None:
        """The order with this number, if it is still remembered."""
        with self._turn, self._engine.connect() as connection:
            row = connection.execute(named(sa.select(_orders).where(_orders.c.id == number), "orders.find")).first()
        return None if row is None else Order(id=row.id, item=row.item, quantity=row.quantity)

    def latest(self, limit: int) -> list[Order]:
        """The newest orders, newest first."""
        query = named(sa.select(_orders).order_by(_orders.c.id.desc()).limit(limit), "orders.latest")
        with self._turn, self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [Order(id=row.id, item=row.item, quantity=row.quantity) for row in rows]
