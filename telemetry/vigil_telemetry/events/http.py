"""Requests that a service answers."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Event, HttpRequestFields, SeverityBy
from vigil_telemetry.events.common import ErrorType
from vigil_telemetry.fields import Bounded, Bytes, Label, Measure, Seconds, Text
from vigil_telemetry.severity import Severity

Method = Literal[
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "WEBSOCKET", "OTHER"
]
StatusClass = Literal["1xx", "2xx", "3xx", "4xx", "5xx"]
Status = Annotated[int, Bounded(at_most=70, by="the status codes registered with IANA")]
Route = Annotated[str, Bounded(at_most=100, by="the application's routes")]

Outcome = Literal["failed", "disconnected", "cancelled"]

_REQUEST = HttpRequestFields(request_size="request_size", response_size="response_size")


class HttpRequestReceived(Event, tag="http.request.received"):
    """A request came in: its entry, before anything is known of its route."""

    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "{method} {path}"

    method: Label[Method]
    """The request's method; one that is not registered is OTHER."""
    path: Text
    """The path without its query, scanned."""
    request_size: Measure[Bytes] | None = None
    """Of the request's body, as its header says."""


class HttpRequestCompleted(Event, tag="http.request.completed"):
    """A request was answered, or given up: every request's exit has this line."""

    severity_by: ClassVar = SeverityBy("status_class", {"4xx": Severity.WARNING, "5xx": Severity.WARNING})
    message: ClassVar = "{method} {route} {status}"
    http_request: ClassVar = _REQUEST
    metric_labels: ClassVar = ("route", "status_class")

    method: Label[Method]
    """The request's method; one that is not registered is OTHER."""
    route: Label[Route]
    """Template of the route, `/orders/{id}`, never the path; `(unmatched)` where there is none."""
    status: Label[Status]
    """The answer's status; 499 where the client went away first."""
    status_class: Label[StatusClass]
    """Its class, for filters and ratios."""
    duration: Measure[Seconds]
    """From the request's arrival to the end of the answer."""
    request_size: Measure[Bytes] | None = None
    """Of the request's body, as its header says."""
    response_size: Measure[Bytes] | None = None
    """Of the answer's body, as sent."""
    outcome: Label[Outcome] | None = None
    """How it ended where it was not simply answered: a streamed answer may fail after its status was sent."""


class HttpRequestFailed(Event, tag="http.request.failed"):
    """A request ended in an exception or a 5xx: written in addition to its exit."""

    severity: ClassVar = Severity.ERROR
    message: ClassVar = "{method} {route} failed with {status}: {error}"
    http_request: ClassVar = _REQUEST
    reported: ClassVar = True
    metric_labels: ClassVar = ("route", "status_class")

    method: Label[Method]
    """The request's method; one that is not registered is OTHER."""
    route: Label[Route]
    """Template of the route, never the path."""
    status: Label[Status]
    """The answer's status; 500 where the exception left none."""
    status_class: Label[StatusClass]
    """Its class."""
    error_type: Label[ErrorType]
    """The exception's class; `status` where the application answered so itself."""
    error: Text
    """The exception's message, redacted."""
    duration: Measure[Seconds]
    """From the request's arrival to its end."""
    request_size: Measure[Bytes] | None = None
    """Of the request's body, as its header says."""
    response_size: Measure[Bytes] | None = None
    """Of the answer's body, as sent."""
