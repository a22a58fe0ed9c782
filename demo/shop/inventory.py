"""The service that knows what is in stock: a dependency of the API, and the one that can be made to fail."""

from dataclasses import dataclass, field

ITEMS = ("anvil", "beacon", "compass", "dinghy", "ensign")
"""What the shop sells."""
RESTOCKED = 1000
"""How many of an item there are after each restocking."""


class UnknownItemError(LookupError):
    """The shop does not sell this."""


class OutOfStockError(Exception):
    """There are fewer than the customer ordered."""

    def __init__(self, item: str, *, wanted: int, left: int) -> None:
        """`wanted` and `left` are numbers of pieces."""
        super().__init__(f"{wanted} of {item} wanted, {left} left")
        self.left = left


class InventoryUnavailableError(ConnectionError):
    """The inventory service does not answer."""


@dataclass(slots=True)
class Inventory:
    """A client of the inventory service; in this demo the service is in the same process."""

    failing: bool = False
    """While true every call raises InventoryUnavailableError, as calls to a service that is down do."""
    _stock: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ITEMS, RESTOCKED))

    async def available(self, item: str) -> int:
        """Return how many of an item there are. Raises UnknownItemError, InventoryUnavailableError."""
        self._connect()
        try:
            return self._stock[item]
        except KeyError:
            raise UnknownItemError(f"no item {item!r}; there are {', '.join(ITEMS)}") from None

    async def reserve(self, item: str, quantity: int) -> None:
        """Take pieces out of stock, and restock when none are left.

        Raises OutOfStockError where there are too few, UnknownItemError, InventoryUnavailableError.
        """
        left = await self.available(item)
        if quantity > left:
            raise OutOfStockError(item, wanted=quantity, left=left)
        self._stock[item] = left - quantity or RESTOCKED

    def _connect(self) -> None:
        if self.failing:
            raise InventoryUnavailableError("inventory: connection refused")
