"""What a receiver of drains says: the lines of a hosted database that it was brought, and how deliveries go."""

from typing import ClassVar, Literal

from vigil_telemetry.event import Emitter, Event, SeverityBy
from vigil_telemetry.fields import Label, Measure, Number, Text
from vigil_telemetry.severity import Severity

Delivered = Literal["logs", "analytics", "speed_insights", "deployments", "supabase"]
PlatformPart = Literal["postgres", "pooler", "auth", "api", "storage", "functions", "realtime", "other"]
LineLevel = Literal["debug", "info", "warning", "error", "fatal"]
Refusal = Literal["no_secret", "wrong_secret", "too_large", "too_slow", "busy", "unreadable"]


class DatabaseLogged(Event, tag="database.line.logged"):
    """A part of the hosted database wrote a line."""

    emitter: ClassVar = Emitter.DRAIN
    severity_by: ClassVar = SeverityBy(
        "level",
        {
            "debug": Severity.DEBUG,
            "warning": Severity.WARNING,
            "error": Severity.ERROR,
            "fatal": Severity.CRITICAL,
        },
    )
    message: ClassVar = "{part}: {text}"

    part: Label[PlatformPart]
    """Which part of the platform."""
    level: Label[LineLevel]
    """As the part says, or by the answer's status."""
    text: Text
    """The line, redacted, without statements and their parameters."""


class BatchReceived(Event, tag="drain.batch.received"):
    """A delivery was taken apart."""

    emitter: ClassVar = Emitter.DRAIN
    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "{kind}: {written} events of {records} records"

    kind: Label[Delivered]
    """What was delivered."""
    records: Measure[Number]
    """How many records the delivery had."""
    written: Measure[Number]
    """How many events they became."""
    repeated: Measure[Number]
    """How many records had come before: a delivery whose answer was lost is sent again."""


class DeliveryRefused(Event, tag="drain.delivery.refused"):
    """A delivery was refused as a whole: nothing of it is written on."""

    emitter: ClassVar = Emitter.DRAIN
    severity: ClassVar = Severity.WARNING
    message: ClassVar = "{kind}: a delivery is refused, {reason}"

    kind: Label[Delivered]
    """What was to be delivered there."""
    reason: Label[Refusal]
    """Why: there is no secret yet (or it cannot be read), the sender does not know it, the body is too large, came too
    slowly, came while too much was under way, or is no delivery."""


class RecordsUnreadable(Event, tag="drain.records.unreadable"):
    """Records of a signed delivery could not be read; the others were."""

    emitter: ClassVar = Emitter.DRAIN
    severity: ClassVar = Severity.WARNING
    message: ClassVar = "{kind}: {records} records could not be read: {reason}"

    kind: Label[Delivered]
    """What was delivered."""
    records: Measure[Number]
    """How many."""
    reason: Text
    """What is wrong with the last of them, by field; never the record."""


class SecretUnreadable(Event, tag="drain.secret.unreadable"):
    """The secret could not be read, so that everything it protects is refused."""

    emitter: ClassVar = Emitter.DRAIN
    severity: ClassVar = Severity.ERROR
    message: ClassVar = "{reason}"

    reason: Text
    """Which, why, and the remedy; never the secret."""
