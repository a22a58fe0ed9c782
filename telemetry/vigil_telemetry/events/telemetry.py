"""What this library says about itself: losses and failures, counted since the last such line."""

from typing import ClassVar

from vigil_telemetry.event import Emitter, Event
from vigil_telemetry.fields import Measure, Number, Text
from vigil_telemetry.severity import Severity


class LinesDropped(Event, tag="telemetry.line.dropped"):
    """Lines were lost: the output failed, its queue was full, or the deadline at the end passed."""

    severity: ClassVar = Severity.ERROR
    emitter: ClassVar = Emitter.LIBRARY
    message: ClassVar = "{lines} lines lost"

    lines: Measure[Number]
    """How many."""


class EventFailed(Event, tag="telemetry.event.failed"):
    """Events could not be turned into lines at all: their classes are not well-formed."""

    severity: ClassVar = Severity.ERROR
    emitter: ClassVar = Emitter.LIBRARY
    message: ClassVar = "{events} events could not be written, the last because of {reason}"

    events: Measure[Number]
    """How many."""
    reason: Text
    """What is wrong with the class, as its author has to know."""


class EventRepaired(Event, tag="telemetry.event.repaired"):
    """Events held what their types do not allow: they were written without it."""

    severity: ClassVar = Severity.WARNING
    emitter: ClassVar = Emitter.LIBRARY
    message: ClassVar = "{lines} lines written without some of their fields, the last because of {reason}"

    lines: Measure[Number]
    """How many."""
    reason: Text
    """What was left out of the last one, and what to give instead."""


class EntryTruncated(Event, tag="telemetry.entry.truncated"):
    """Lines were cut to Cloud Logging's limit for an entry, 256 KiB."""

    severity: ClassVar = Severity.WARNING
    emitter: ClassVar = Emitter.LIBRARY
    message: ClassVar = "{lines} lines cut to the limit of an entry"

    lines: Measure[Number]
    """How many."""


class RedactionFailed(Event, tag="telemetry.redaction.failed"):
    """Scanning texts for personal data failed: they were left out as a whole."""

    severity: ClassVar = Severity.ERROR
    emitter: ClassVar = Emitter.LIBRARY
    message: ClassVar = "{texts} texts left out because scanning them failed"

    texts: Measure[Number]
    """How many."""
