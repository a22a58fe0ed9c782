"""What the orders service says about its business, beside the requests that the middleware logs."""

from enum import StrEnum
from typing import ClassVar

from vigil_telemetry import Count, Event, Identifier, Label, Measure, Severity


class Refusal(StrEnum):
    """Why an order was refused."""

    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN_ITEM = "unknown_item"


class OrderAccepted(Event, tag="order.accepted"):
    """The shop took an order."""

    message: ClassVar[str] = "order {order} accepted"
    order: Identifier[int]
    pieces: Measure[Count]


class OrderRefused(Event, tag="order.refused"):
    """The shop did not take an order."""

    severity: ClassVar[Severity] = Severity.WARNING
    message: ClassVar[str] = "order refused: {reason}"
    reason: Label[Refusal]
    pieces: Measure[Count]
