"""A shop's event types, as a team would declare them in its own package."""

from enum import StrEnum
from typing import Annotated, ClassVar

from vigil_components import CloudRunService
from vigil_telemetry import Bounded, Event, Label, Measure, Seconds, Severity, Text


class Reason(StrEnum):
    OUT_OF_STOCK = "out_of_stock"
    CARD_DECLINED = "card_declined"


class OrderReceived(Event, tag="order.received"):
    """The order service received an order."""

    severity: ClassVar = Severity.INFO
    message: ClassVar = "order received"
    waited: Measure[Seconds]


class OrderRejected(Event, tag="order.rejected"):
    """The order service refused an order."""

    severity: ClassVar = Severity.WARNING
    message: ClassVar = "order rejected: {reason}"
    reason: Label[Reason]
    note: Text


class Wide(Event, tag="order.wide"):
    """An event with more label values than a dashboard can show."""

    severity: ClassVar = Severity.INFO
    message: ClassVar = "wide"
    shop: Label[Annotated[str, Bounded(at_most=500, by="the shops")]]
    country: Label[Annotated[str, Bounded(at_most=200, by="the countries")]]


ORDERS = CloudRunService(name="orders", location="europe-west1")
