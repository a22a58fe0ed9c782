"""Stock and orders of the demo stay what they are for as long as it runs."""

import asyncio
from contextlib import closing

import pytest

from demo.shop.database import Database
from demo.shop.inventory import (
    ITEMS,
    RESTOCKED,
    Inventory,
    InventoryUnavailableError,
    OutOfStockError,
    UnknownItemError,
)
from demo.shop.orders import KEPT, OrderRequest, Orders


def test_stock_goes_down_and_is_filled_up_when_none_is_left() -> None:
    async def scene() -> None:
        inventory = Inventory()
        await inventory.reserve("anvil", RESTOCKED - 1)
        assert await inventory.available("anvil") == 1
        with pytest.raises(OutOfStockError, match="2 of anvil wanted, 1 left"):
            await inventory.reserve("anvil", 2)
        await inventory.reserve("anvil", 1)
        assert await inventory.available("anvil") == RESTOCKED
        assert await inventory.available("beacon") == RESTOCKED

    asyncio.run(scene())


def test_what_the_shop_does_not_sell_is_named_with_what_it_does() -> None:
    with pytest.raises(UnknownItemError, match=", ".join(ITEMS)):
        asyncio.run(Inventory().available("unicorn"))


def test_a_failing_inventory_answers_nothing() -> None:
    with pytest.raises(InventoryUnavailableError):
        asyncio.run(Inventory(failing=True).reserve("anvil", 1))


def test_only_the_last_orders_are_kept() -> None:
    with closing(Database()) as database:
        orders = Orders(database)
        for _ in range(KEPT + 2):
            orders.add(OrderRequest(item="anvil", quantity=1))
        assert orders.find(2) is None
        assert orders.find(3) is not None
        assert [order.id for order in orders.latest(2)] == [KEPT + 2, KEPT + 1]
        assert len(orders.latest(KEPT * 2)) == KEPT
