"""The shop's own events."""

from enum import StrEnum
from typing import ClassVar

from vigil_telemetry import Event, Label, Measure, Seconds, Severity


class Reason(StrEnum):
    """Why an order is refused."""

    OUT_OF_STOCK = "out_of_stock"
    CARD_DECLINED = "card_declined"


class OrderReceived(Event, tag="order.received"):
    """The order service received an order."""


class OrderRejected(Event, tag="order.rejected"):
    """The order service refused an order."""

    severity: ClassVar = Severity.WARNING
    message: ClassVar = "order refused: {reason}"
    reason: Label[Reason]
    waited: Measure[Seconds]
