"""What a stack costs in a month, estimated from what it declares and from what is known of its traffic.

`estimate` makes an `Estimate` of a document of `vigil render --json`; `CostChange` compares two.
`Traffic` holds rates and sizes, from settings (`given`) or measured (`read`). `PRICES` is the dated table.
"""

from vigil_runner.cost._change import CostChange
from vigil_runner.cost._estimate import Estimate, Item, Part, price_document
from vigil_runner.cost._prices import PRICES, READ, Price, Step, dollars
from vigil_runner.cost._range import Range
from vigil_runner.cost._settings import CostSettings, cost_settings
from vigil_runner.cost._stack_cost import estimate, events_of
from vigil_runner.cost._text import lines, table
from vigil_runner.cost._traffic import Lines, Traffic, TrafficError, given, merged, read, recorded, verified

__all__ = [
    "PRICES",
    "READ",
    "CostChange",
    "CostSettings",
    "Estimate",
    "Item",
    "Lines",
    "Part",
    "Price",
    "Range",
    "Step",
    "Traffic",
    "TrafficError",
    "cost_settings",
    "dollars",
    "estimate",
    "events_of",
    "given",
    "lines",
    "merged",
    "price_document",
    "read",
    "recorded",
    "table",
    "verified",
]
