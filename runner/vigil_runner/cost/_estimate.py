"""The estimate of a stack's month: parts, each of items that have a quantity, and a price."""

from dataclasses import dataclass

from vigil_apimodel.json_values import JsonObject
from vigil_runner.cost._prices import PRICES, READ, Price
from vigil_runner.cost._range import Range, total


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is paid for one thing."""

    name: str
    quantity: Range
    """A month's, in the unit of the part's price."""
    how: str
    """How the quantity comes about: a rate, a size, and where each is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Items that one price is for."""

    title: str
    price: Price
    items: tuple[Item, ...] = ()

    @property
    def quantity(self) -> Range:
        """A month's, of all items."""
        return total(one.quantity for one in self.items)

    @property
    def cost(self) -> Range:
        """Dollars a month, what is free taken off."""
        return self.price.of(self.quantity)

    def document(self) -> JsonObject:
        """Return the part as JSON."""
        return {
            "title": self.title,
            "price": self.price.key,
            "quantity": _range(self.quantity),
            "unit": self.price.unit,
            "free": self.price.free,
            "dollars": _range(self.cost),
            "items": [
                {"name": one.name, "quantity": _range(one.quantity), "how": one.how} for one in self.items
            ],
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a stack costs in a month."""

    stack: str
    parts: tuple[Part, ...]
    gaps: tuple[str, ...] = ()
    """What is not counted, and why."""
    advice: tuple[str, ...] = ()
    """What would make it cheaper."""
    budget: float | None = None
    """Dollars a month that the settings allow."""

    @property
    def cost(self) -> Range:
        """Dollars a month."""
        return total(one.cost for one in self.parts)

    @property
    def over(self) -> bool:
        """Whether it may cost more than the budget."""
        return self.budget is not None and self.cost.high > self.budget

    def document(self) -> JsonObject:
        """Return the estimate as JSON, with the prices that it used."""
        used = sorted({one.price.key for one in self.parts})
        return {
            "ok": not self.over,
            "stack": self.stack,
            "dollars": _range(self.cost),
            "budget": self.budget,
            "parts": [one.document() for one in self.parts],
            "gaps": list(self.gaps),
            "advice": list(self.advice),
            "prices": {"read": READ, "table": [price_document(PRICES[key]) for key in used]},
        }


def price_document(price: Price) -> JsonObject:
    """Return a line of the price table as JSON."""
    return {
        "key": price.key,
        "what": price.what,
        "unit": price.unit,
        "steps": [{"above": step.above, "low": step.low, "high": step.high} for step in price.steps],
        "free": price.free,
        "free_per": price.free_per,
        "regions": price.regions,
        "link": price.link,
        "note": price.note,
    }


def _range(found: Range) -> JsonObject:
    return {"low": round(found.low, 6), "high": round(found.high, 6)}
