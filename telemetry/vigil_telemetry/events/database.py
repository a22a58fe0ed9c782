"""Calls to a database. Statements and parameters are never written: they hold the data."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Event
from vigil_telemetry.events.common import ErrorType
from vigil_telemetry.fields import Bounded, Label, Measure, Number, Seconds, Text
from vigil_telemetry.severity import Severity

System = Literal["postgresql", "mysql", "sqlite", "redis", "firestore", "bigquery", "other"]
Verb = Literal["select", "insert", "update", "delete", "call", "transaction", "other"]
Query = Annotated[str, Bounded(at_most=200, by="the queries in the code, each of which has a name")]


class DatabaseQueryCompleted(Event, tag="db.query.completed"):
    """The database answered."""

    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "{verb} {query} took {duration:.3f} s"
    metric_labels: ClassVar = ("query",)

    system: Label[System]
    """The kind of database."""
    verb: Label[Verb]
    """What the statement does."""
    query: Label[Query]
    """The query's name in the code, `orders.by_customer`."""
    duration: Measure[Seconds]
    """From the call to the last row."""
    rows: Measure[Number] | None = None
    """Rows returned or changed."""


class DatabaseQuerySlow(Event, tag="db.query.slow"):
    """A query took longer than its caller allows for."""

    severity: ClassVar = Severity.WARNING
    message: ClassVar = "{verb} {query} took {duration:.3f} s, more than {allowed:.3f} s"
    metric_labels: ClassVar = ("query",)

    system: Label[System]
    """The kind of database."""
    verb: Label[Verb]
    """What the statement does."""
    query: Label[Query]
    """The query's name in the code."""
    duration: Measure[Seconds]
    """From the call to the last row."""
    allowed: Measure[Seconds]
    """The limit that it passed."""


class DatabaseQueryFailed(Event, tag="db.query.failed"):
    """The database refused a query, or could not be reached."""

    severity: ClassVar = Severity.ERROR
    message: ClassVar = "{verb} {query} failed: {error_type}"
    reported: ClassVar = True
    metric_labels: ClassVar = ("query",)

    system: Label[System]
    """The kind of database."""
    verb: Label[Verb]
    """What the statement does."""
    query: Label[Query]
    """The query's name in the code."""
    error_type: Label[ErrorType]
    """Class of the exception."""
    duration: Measure[Seconds]
    """Until it failed."""
    error: Text | None = None
    """Its message, redacted; a driver's message may quote values: leave it out where it does."""


class DatabasePoolExhausted(Event, tag="db.pool.exhausted"):
    """No connection was free in time."""

    severity: ClassVar = Severity.ERROR
    message: ClassVar = "no connection after {waited:.3f} s; {size} in use"

    system: Label[System]
    """The kind of database."""
    waited: Measure[Seconds]
    """How long the caller waited."""
    size: Measure[Number]
    """Connections that the pool may have."""
