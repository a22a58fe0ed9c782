"""What a process says about itself."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Event
from vigil_telemetry.fields import Bounded, Bytes, Identifier, Label, Measure, Number, Seconds
from vigil_telemetry.severity import Severity

Runtime = Annotated[str, Bounded(at_most=20, by="the versions of Python in use")]
ConfigurationSource = Literal["environment", "file", "secret_manager", "defaults"]
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


class ConfigurationLoaded(Event, tag="service.configured"):
    """A process read its configuration; values are never written."""

    message: ClassVar = "configuration from {source}: {settings} settings, {defaulted} left at their defaults"

    source: Label[ConfigurationSource]
    """Where it came from."""
    settings: Measure[Number]
    """How many settings it has."""
    defaulted: Measure[Number]
    """How many of them were not given."""
    fingerprint: Identifier[str] | None = None
    """A hash over names and values, to see whether two processes run on the same."""


class ConfigurationInvalid(Event, tag="service.configuration.invalid"):
    """A process cannot start on its configuration."""

    severity: ClassVar = Severity.CRITICAL
    message: ClassVar = "{problems} settings are wrong, the first is {setting}"
    reported: ClassVar = True

    setting: Identifier[str]
    """Name of the first setting that is wrong."""
    problems: Measure[Number]
    """How many are."""
