"""Orders, and where they are kept."""

import itertools
from collections import OrderedDict

from pydantic import BaseModel, ConfigDict, Field

KEPT = 1000
"""Orders that are remembered; older ones are forgotten, so that the demo can run for days."""


class OrderRequest(BaseModel):
    """What a customer asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(min_length=1, max_length=40, examples=["compass"])
    quantity: int = Field(ge=1, le=100, examples=[2])


class Order(BaseModel):
    """An order that was accepted."""

    model_config = ConfigDict(frozen=True)

    id: int
    item: str
    quantity: int


class Orders:
    """The last orders, in memory."""

    def __init__(self) -> None:
        self._orders: OrderedDict[int, Order] = OrderedDict()
        self._ids = itertools.count(1)

    def add(self, request: OrderRequest) -> Order:
        """Keep a new order and give it its number."""
        order = Order(id=next(self._ids), item=request.item, quantity=request.quantity)
        self._orders[order.id] = order
        while len(self._orders) > KEPT:
            self._orders.popitem(last=False)
        return order

    def find(self, number: int) -> Order | None:
        """The order with this number, if it is still remembered."""
        return self._orders.get(number)

    def latest(self, limit: int) -> list[Order]:
        """The newest orders, newest first."""
        return list(itertools.islice(reversed(self._orders.values()), limit))
