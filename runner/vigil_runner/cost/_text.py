"""An estimate as lines for people."""

from collections.abc import Iterator

from vigil_runner.cost._estimate import Estimate, Item, Part
from vigil_runner.cost._prices import PRICES, READ, dollars
from vigil_runner.cost._range import Range

SHOWN = 5
"""Items of a part that are shown, the largest."""


def lines(found: Estimate, *, every: bool = False) -> Iterator[str]:
    """Yield the estimate: its sum, each part with its items and its price, what is not counted, and advice."""
    yield f"{found.stack}: {dollars(found.cost)} a month (list prices of {READ}, in US dollars, without taxes)"
    if found.budget is not None:
        held = "which it may exceed" if found.over else "which holds"
        yield f"Budget: ${found.budget:,.2f} a month, {held}"
    for part in found.parts:
        yield ""
        yield f"{part.title}: {dollars(part.cost)}"
        yield from _items(part, every=every)
    for title, sentences in (("Not counted", found.gaps), ("Cheaper", found.advice)):
        if sentences:
            yield ""
            yield title
            yield from (f"  {one}" for one in sentences)


def _items(part: Part, *, every: bool) -> Iterator[str]:
    ranked = sorted(part.items, key=lambda one: -one.quantity.high)
    shown = ranked if every else ranked[:SHOWN]
    for one in shown:
        yield f"  {_item(one, part.price.unit)}"
    if len(ranked) > len(shown):
        yield f"  and {len(ranked) - len(shown)} more (--all)"
    free = f", of which {part.price.free:,.0f} are free per {part.price.free_per}" if part.price.free else ""
    yield f"  together {_amount(part.quantity)} {_many(part)}{free}; {part.price.shown()}"


def _many(part: Part) -> str:
    unit = part.price.unit
    return f"{unit}s" if unit == "condition" and part.quantity.high != 1 else unit


def _item(one: Item, unit: str) -> str:
    quantity = f"{one.name}: {_amount(one.quantity)} {unit}"
    return f"{quantity} = {one.how}" if one.how else quantity


def _amount(found: Range) -> str:
    low, high = (_number(one) for one in (found.low, found.high))
    return low if low == high else f"{low} to {high}"


def _number(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 1000 or amount == int(amount) else f"{amount:.3g}"  # noqa: PLR2004 - four digits


def table() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the price table: what, price, free, regions, link."""
    for one in PRICES.values():
        free = f"{one.free:,.0f} {one.unit} per {one.free_per}" if one.free else "none"
        yield one.what, one.shown(), free, one.regions, one.link
