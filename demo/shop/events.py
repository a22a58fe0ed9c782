"""The orders service's own events, beside the requests that the middleware logs."""

from enum import StrEnum
from typing import ClassVar

from vigil_telemetry import Event, Identifier, Label, Measure, Number, Severity
from vigil_telemetry.events.common import ErrorType


class Refusal(StrEnum):
    """Why an order was refused."""

    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN_ITEM = "unknown_item"


class OrderAccepted(Event, tag="order.accepted"):
    """The shop took an order."""

    message: ClassVar[str] = "order {order} accepted"
    order: Identifier[int]
    pieces: Measure[Number]


class OrderRefused(Event, tag="order.refused"):
    """The shop did not take an order."""

    severity: ClassVar[Severity] = Severity.WARNING
    message: ClassVar[str] = "order refused: {reason}"
    reason: Label[Refusal]
    pieces: Measure[Number]


class OrderConfirmed(Event, tag="order.confirmed"):
    """The customer was written to, after the answer had gone out."""

    message: ClassVar[str] = "order {order} confirmed"
    order: Identifier[int]


class OrderWaiting(Event, tag="order.waiting"):
    """An order was taken and nobody fulfils it yet: the Temporal server does not answer."""

    severity: ClassVar[Severity] = Severity.ERROR
    message: ClassVar[str] = "order {order} waits for somebody to fulfil it"
    order: Identifier[int]


class OrdersUnavailable(Event, tag="orders.unavailable"):
    """A request could not be answered, since the database of the orders does not answer."""

    severity: ClassVar[Severity] = Severity.ERROR
    message: ClassVar[str] = "the orders' database does not answer: {error_type}"
    error_type: Label[ErrorType]


class OrderPacked(Event, tag="order.packed"):
    """A worker packed an order."""

    message: ClassVar[str] = "order {order} packed"
    order: Identifier[int]
    pieces: Measure[Number]


class OrderReleased(Event, tag="order.released"):
    """An order was cancelled in time, and its pieces were put back."""

    message: ClassVar[str] = "order {order} cancelled, its pieces are back in stock"
    order: Identifier[int]
    pieces: Measure[Number]


class StockCounted(Event, tag="stock.counted"):
    """A worker counted what there is of an item."""

    severity: ClassVar[Severity] = Severity.DEBUG
    message: ClassVar[str] = "{pieces} of {item}"
    item: Identifier[str]
    pieces: Measure[Number]
