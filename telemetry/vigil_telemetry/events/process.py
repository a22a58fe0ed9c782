"""What a process says about itself."""

from __future__ import annotations

from typing import ClassVar

from vigil_telemetry.event import Event
from vigil_telemetry.fields import Bounded, Identifier, Label, Measure, Seconds

from typing import Annotated

Runtime = Annotated[str, Bounded(at_most=20, by="the versions of Python in use")]


class ServiceStarted(Event, tag="service.started"):
    """A process is up and about to serve."""

    message: ClassVar = "started"

    runtime: Label[Runtime]
    """The interpreter, as in `python 3.11`."""
    revision: Identifier[str] | None = None
    """What was deployed: a revision, an image's digest, a commit."""
    startup: Measure[Seconds] | None = None
    """From the process's start until now."""
