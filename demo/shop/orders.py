"""Orders, and where they are kept: a database, whose calls are logged by name."""

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, Field

from demo.shop.database import Database
from vigil_telemetry.instrument import named_query

KEPT = 1000
"""Orders that are remembered; older ones are forgotten, so that the demo can run for days."""

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
    """The last orders. Its methods wait for the database: asyncio's code calls them on a thread.

    They raise DatabaseUnavailableError.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: OrderRequest) -> Order:
        """Keep a new order and give it its number."""
        insert = named_query(sa.insert(_orders).values(item=request.item, quantity=request.quantity), "orders.add")
        with self._database.transaction(_orders) as connection:
            key = connection.execute(insert).inserted_primary_key
            number = int(key[0]) if key is not None else 0
            if number > KEPT:
                connection.execute(
                    named_query(sa.delete(_orders).where(_orders.c.id <= number - KEPT), "orders.forget")
                )
        return Order(id=number, item=request.item, quantity=request.quantity)

    def find(self, number: int) -> Order | None:
        """Return the order with this number, if it is still remembered."""
        query = named_query(sa.select(_orders).where(_orders.c.id == number), "orders.find")
        with self._database.transaction(_orders) as connection:
            row = connection.execute(query).first()
        return None if row is None else Order(id=row.id, item=row.item, quantity=row.quantity)

    def latest(self, limit: int) -> list[Order]:
        """Return the newest orders, newest first."""
        query = named_query(sa.select(_orders).order_by(_orders.c.id.desc()).limit(limit), "orders.latest")
        with self._database.transaction(_orders) as connection:
            rows = connection.execute(query).all()
        return [Order(id=row.id, item=row.item, quantity=row.quantity) for row in rows]
