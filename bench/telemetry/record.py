"""The record that every contestant writes: the fields of a placed order, its context, and what Cloud Logging reads."""

from __future__ import annotations

from typing import ClassVar, Literal

from vigil_telemetry import Dollars, Event, Identifier, Label, Measure, Number, Seconds, Severity, TraceContext

SERVICE, VERSION, ENVIRONMENT, PROJECT = "orders", "orders-00042-abc", "prod", "shop-project"
REQUEST, CORRELATION = "5f0c2f1e7d5b4d2c9e1a6b3c8d7e0f12", "91b2c7d4e3f84a5b8c6d7e0f1a2b3c4d"
USER = "hmac:0123456789abcdef0123456789abcdef"
TRACE = TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)

ORDER, CHANNEL, ITEMS, TOTAL, WAITED = "O-1000042", "web", 3, 59.85, 0.4271
MESSAGE = "order O-1000042 placed by web"

SERVICE_CONTEXT = {"service": SERVICE, "version": VERSION}
STATIC: dict[str, object] = {"serviceContext": SERVICE_CONTEXT, "service": SERVICE, "environment": ENVIRONMENT}
CONTEXT: dict[str, object] = {
    "request_id": REQUEST,
    "correlation_id": CORRELATION,
    "user": USER,
    "logging.googleapis.com/trace": f"projects/{PROJECT}/traces/{TRACE.trace_id}",
    "logging.googleapis.com/spanId": TRACE.span_id,
    "logging.googleapis.com/trace_sampled": True,
}
FIELDS: dict[str, object] = {
    "event": "order.placed",
    "order": ORDER,
    "channel": CHANNEL,
    "items": ITEMS,
    "total": TOTAL,
    "waited": WAITED,
}
SOURCE = "logging.googleapis.com/sourceLocation"


def pad(size: int) -> None:
    """Make the record about `size` bytes longer: the order's number, which stands in the message as well."""
    order = ORDER + "x" * (size // 2)
    globals().update(ORDER=order, MESSAGE=f"order {order} placed by web")
    FIELDS["order"] = order


class OrderPlaced(Event, tag="order.placed"):
    """A customer placed an order."""

    message: ClassVar = "order {order} placed by {channel}"

    order: Identifier[str]
    channel: Label[Literal["web", "app", "partner"]]
    items: Measure[Number]
    total: Measure[Dollars]
    waited: Measure[Seconds]


class OrderLookedAt(Event, tag="order.looked_at"):
    """Somebody looked at an order: written at a level that is off."""

    severity: ClassVar = Severity.DEBUG

    order: Identifier[str]
    channel: Label[Literal["web", "app", "partner"]]
    items: Measure[Number]
    total: Measure[Dollars]
    waited: Measure[Seconds]
