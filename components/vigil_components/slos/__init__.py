"""Service level objectives over events, and the burn-rate alerts that guard their error budgets.

An indicator says what part is bad, an objective what part may be, over how long. Alerts are multi-window,
multi-burn-rate as the SRE Workbook has them, in PromQL, computed with exact decimals.
"""

from vigil_components.slos.console import ConsoleSlos, ConsoleSlosArgs
from vigil_components.slos.objectives import (
    BurnRate,
    Slo,
    availability,
    goal,
    good_windows,
    latency,
    series_availability,
    series_latency,
)
from vigil_components.slos.over_metrics import CounterAvailability, SampleAvailability, SampleLatency, SignalWindows
from vigil_components.slos.slis import Availability, GoodWindows, Indicator, Latency
from vigil_components.slos.windows import PAGE_WINDOWS, TICKET_WINDOWS, BurnWindow, plain

__all__ = [
    "PAGE_WINDOWS",
    "TICKET_WINDOWS",
    "Availability",
    "BurnRate",
    "BurnWindow",
    "ConsoleSlos",
    "ConsoleSlosArgs",
    "CounterAvailability",
    "GoodWindows",
    "Indicator",
    "Latency",
    "SampleAvailability",
    "SampleLatency",
    "SignalWindows",
    "Slo",
    "availability",
    "goal",
    "good_windows",
    "latency",
    "plain",
    "series_availability",
    "series_latency",
]
