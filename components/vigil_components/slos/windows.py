"""The windows of multi-window, multi-burn-rate alerts, in exact decimals.

The windows and budgets are those of the SRE Workbook, chapter 5 (https://sre.google/workbook/alerting-on-slos/): page
where 2 % of the budget goes in an hour or 5 % in six, open a ticket where 10 % goes in a day or in three.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated

from vigil_components.arguments import Window, validated
from vigil_components.durations import days, hours, whole_seconds
from vigil_telemetry.arguments import Constraint

SHORT_PART = 12
"""The short window is this part of the long one (SRE Workbook, "Multiwindow, Multi-Burn-Rate Alerts")."""


@validated
@dataclass(frozen=True, kw_only=True)
class BurnWindow:
    """A part of the error budget that must not be spent within a window."""

    budget: Annotated[
        Decimal, Constraint(lambda value: 0 < value < 1, "give a part of the budget, such as Decimal('0.02') for 2 %")
    ]
    """Part of the error budget, between 0 and 1."""
    long: Window
    """The window; its short twin is a twelfth of it."""

    @property
    def short(self) -> timedelta:
        """The window that must burn as fast for the alert to hold."""
        return self.long / SHORT_PART

    def rate(self, period: timedelta) -> Decimal:
        """Return how many times faster than evenly over `period` it burns: 14.4 for 2 % of 30 days in an hour."""
        return self.budget * Decimal(whole_seconds(period)) / Decimal(whole_seconds(self.long))


PAGE_WINDOWS = (
    BurnWindow(budget=Decimal("0.02"), long=hours(1)),
    BurnWindow(budget=Decimal("0.05"), long=hours(6)),
)
TICKET_WINDOWS = (
    BurnWindow(budget=Decimal("0.10"), long=days(1)),
    BurnWindow(budget=Decimal("0.10"), long=days(3)),
)


@validated
def plain(value: Decimal) -> str:
    """Return a decimal without exponent and without trailing zeros: `0.005`, `13.44`."""
    text = f"{value:.12f}".rstrip("0").rstrip(".")
    return text or "0"
