"""What tokens cost: a table with dates, and the cost of a call by it.

Prices change, and contracts differ: the cost on a line is an estimate, and the line names the date of its price.
`add_prices` puts your own in.

Sources, read on 2026-11-24: https://platform.claude.com/docs/en/about-claude/pricing (Anthropic); for OpenAI and Google
the list prices that GitHub passes on, github/docs `data/tables/copilot/models-and-pricing.yml` at 024f6b0 and before.
Whoever needs exact costs compares with https://developers.openai.com/api/docs/pricing and
https://ai.google.dev/gemini-api/docs/pricing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from vigil_telemetry.instrument.llm.answers import Usage

_MILLION = 1_000_000
_READ = date(2026, 11, 24)
_SAME_MODEL = re.compile(r"(?:-\d{4}-\d{2}-\d{2}|-\d{8}|-\d{3}|-latest)?(?:@.*|:.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for a million tokens."""

    input: float
    output: float
    cached: float | None = None
    """Read from the cache; None: as other input."""
    cache_write: float | None = None
    """Put into the cache; None: as other input."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a model's tokens cost from a day on."""

    model: str
    """Its name without a version's date: `gpt-5.4` also stands for `gpt-5.4-2026-03-05`, not for `gpt-5.4-mini`."""
    rates: Rates
    since: date
    """From when on it holds; for the table of this module, the day on which it was read."""
    above: int | None = None
    """Tokens of input above which the whole call costs `long`."""
    long: Rates | None = None


def _p(
    model: str, *rates: float | None, above: int | None = None, long: tuple[float | None, ...] | None = None
) -> Price:
    return Price(model, _rates(*rates), _READ, above, _rates(*long) if long is not None else None)


def _rates(*rates: float | None) -> Rates:
    """Input, output, cached, put into the cache."""
    fresh, out, cached, write = (*rates, None, None)[:4]
    return Rates(fresh or 0.0, out or 0.0, cached, write)


_table: list[Price] = [
    _p("gpt-4.1", 2.0, 8.0, 0.5),
    _p("gpt-5", 1.25, 10.0, 0.125),
    _p("gpt-5-mini", 0.25, 2.0, 0.025),
    _p("gpt-5.3-codex", 1.75, 14.0, 0.175),
    _p("gpt-5.4", 2.5, 15.0, 0.25, above=272_000, long=(5.0, 22.5, 0.5)),
    _p("gpt-5.4-mini", 0.75, 4.5, 0.075),
    _p("gpt-5.4-nano", 0.2, 1.25, 0.02),
    _p("gpt-5.5", 5.0, 30.0, 0.5, above=272_000, long=(10.0, 45.0, 1.0)),
    _p("claude-haiku-4-5", 1.0, 5.0, 0.1, 1.25),
    _p("claude-sonnet-4-5", 3.0, 15.0, 0.3, 3.75),
    _p("claude-sonnet-4-6", 3.0, 15.0, 0.3, 3.75),
    _p("claude-sonnet-5", 2.0, 10.0, 0.2, 2.5),
    _p("claude-opus-4-5", 5.0, 25.0, 0.5, 6.25),
    _p("claude-opus-4-6", 5.0, 25.0, 0.5, 6.25),
    _p("claude-opus-4-7", 5.0, 25.0, 0.5, 6.25),
    _p("claude-opus-4-8", 5.0, 25.0, 0.5, 6.25),
    _p("claude-opus-5", 5.0, 25.0, 0.5, 6.25),
    _p("claude-fable-5", 10.0, 50.0, 1.0, 12.5),
    _p("claude-fable-5-1", 10.0, 50.0, 0.25, 12.5),
    _p("gemini-3.1-pro", 2.0, 12.0, 0.2, above=200_000, long=(4.0, 18.0, 0.4)),
    _p("gemini-3.5-flash", 1.5, 9.0, 0.15),
    _p("gemini-3.6-flash", 0.75, 3.75, 0.075),
    _p("gemini-3.7-flash", 0.75, 3.75, 0.075),
]


def add_prices(prices: Iterable[Price]) -> None:
    """Add prices, such as a contract's: of those for one model, the newest in force holds, of equal ones the last."""
    _table.extend(prices)


def cost_of(model: str, usage: Usage, *, on: date | None = None) -> tuple[float, date] | None:
    """Return the US dollars of a call, and the date of the price.

    None for a model that the table does not know: no cost is better than a wrong one.
    """
    today = on or date.today()  # noqa: DTZ011 - a price list has no time zone
    found: Price | None = None
    for price in _table:
        known = model.startswith(price.model) and _SAME_MODEL.fullmatch(model, len(price.model)) is not None
        if known and price.since <= today and (found is None or price.since >= found.since):
            found = price
    if found is None:
        return None
    rates = found.rates
    if found.above is not None and found.long is not None and usage.input > found.above:
        rates = found.long
    cached, written = usage.cached or 0, usage.cache_write or 0
    dollars = (
        (usage.input - cached - written) * rates.input
        + cached * (rates.cached if rates.cached is not None else rates.input)
        + written * (rates.cache_write if rates.cache_write is not None else rates.input)
        + usage.output * rates.output
    ) / _MILLION
    return round(dollars, 9), found.since
