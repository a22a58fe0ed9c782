"""Calls to other services: the attempt, and what became of it.

Both carry the same `call_id`, so that an attempt without an outcome shows.
"""

from typing import Annotated, ClassVar

from vigil_telemetry.event import Event, SeverityBy
from vigil_telemetry.events.common import Attempt, ErrorType, Outcome
from vigil_telemetry.events.http import Status
from vigil_telemetry.fields import Bounded, Bytes, Identifier, Label, Measure, Seconds, Text
from vigil_telemetry.severity import Severity

Target = Annotated[str, Bounded(at_most=50, by="the services that this one calls")]
Operation = Annotated[str, Bounded(at_most=100, by="the operations of those services: templates, never paths")]


class ServiceCallAttempted(Event, tag="call.attempted"):
    """A call to another service goes out."""

    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "calling {target} {operation}"
    metric_labels: ClassVar = ("target",)

    target: Label[Target]
    """The service called, by a name of ours."""
    operation: Label[Operation]
    """The request: a method and a route's template."""
    call_id: Identifier[str]
    """Joins attempts and outcome."""
    attempt: Label[Attempt] | None = None
    """Which attempt this is."""


class ServiceCallCompleted(Event, tag="call.completed"):
    """A call to another service has its outcome."""

    severity_by: ClassVar = SeverityBy(
        "outcome",
        {"error": Severity.ERROR, "timeout": Severity.ERROR, "refused": Severity.WARNING, "cancelled": Severity.NOTICE},
    )
    message: ClassVar = "{target} {operation}: {outcome} after {duration:.3f} s"
    metric_labels: ClassVar = ("target", "outcome")

    target: Label[Target]
    """The service called, by a name of ours."""
    operation: Label[Operation]
    """Kind of the request."""
    outcome: Label[Outcome]
    """`refused`: it answered with a 4xx; `error`: with a 5xx, or not as it should, or could not be reached."""
    duration: Measure[Seconds]
    """From the call until its outcome was known."""
    call_id: Identifier[str]
    """Joins attempts and outcome."""
    attempt: Label[Attempt] | None = None
    """Which attempt this was."""
    status: Label[Status] | None = None
    """Status of the answer, where there was one and it is HTTP."""
    error_type: Label[ErrorType] | None = None
    """Class of the exception, where there was one."""
    error: Text | None = None
    """Its message, redacted."""
    request_size: Measure[Bytes] | None = None
    """Of the body sent."""
    response_size: Measure[Bytes] | None = None
    """Of the body received."""
