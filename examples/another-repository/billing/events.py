"""Events of billing. The shop has a module of another kind under the same repository; the two never meet."""

from typing import ClassVar

from vigil_telemetry import Event, Severity


class InvoiceSent(Event, tag="invoice.sent"):
    """An invoice was sent."""


class InvoiceFailed(Event, tag="invoice.failed"):
    """An invoice could not be sent."""

    severity: ClassVar = Severity.ERROR
