"""What a process says about itself."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Event
from vigil_telemetry.events.common import ErrorType
from vigil_telemetry.fields import Bounded, Bytes, Identifier, Label, Measure, Number, Seconds, Text
from vigil_telemetry.severity import Severity

Runtime = Annotated[str, Bounded(at_most=20, by="the versions of Python in use")]
StopReason = Literal["signal", "finished", "error", "scaled_down"]


class ServiceStarted(Event, tag="service.started"):
    """A process is up and about to serve."""

    message: ClassVar = "started"

    runtime: Label[Runtime]
    """The interpreter, as in `python 3.11`."""
    revision: Identifier[str] | None = None
    """What was deployed: a revision, an image's digest, a commit."""
    startup: Measure[Seconds] | None = None
    """From the process's start until now."""


class ServiceStopping(Event, tag="service.stopping"):
    """A process begins to shut down."""

    message: ClassVar = "stopping: {reason}"

    reason: Label[StopReason]
    """Why."""
    uptime: Measure[Seconds] | None = None
    """How long it served."""


class ServiceHeartbeat(Event, tag="service.heartbeat"):
    """A process is alive: written at a steady interval, so that its absence can be alerted on."""

    message: ClassVar = "alive"

    uptime: Measure[Seconds]
    """Since it started."""
    interval: Measure[Seconds]
    """Until the next such line is due."""
    memory: Measure[Bytes] | None = None
    """Resident memory."""
    lines_dropped: Measure[Number] | None = None
    """Lines that this process lost so far."""


class ServiceFailed(Event, tag="service.failed"):
    """An exception that nobody caught ended a process."""

    severity: ClassVar = Severity.CRITICAL
    message: ClassVar = "ended by {error_type}: {error}"
    reported: ClassVar = True

    error_type: Label[ErrorType]
    """The exception's class."""
    error: Text
    """The exception's message, redacted."""


class ThreadFailed(Event, tag="service.thread.failed"):
    """An exception that nobody caught ended a thread; the process continues."""

    severity: ClassVar = Severity.ERROR
    message: ClassVar = "thread {thread} ended by {error_type}: {error}"
    reported: ClassVar = True

    error_type: Label[ErrorType]
    """The exception's class."""
    error: Text
    """The exception's message, redacted."""
    thread: Identifier[str]
    """The thread's name."""
