"""Events of the frontend, as a log drain reports them: browsers do not write to Cloud Logging."""

from typing import Annotated, ClassVar, Literal

from vigil_telemetry.event import Emitter, Event, SeverityBy
from vigil_telemetry.fields import Bounded, Identifier, Label, Measure, Milliseconds, Seconds, Share, Text
from vigil_telemetry.severity import Severity

Page = Annotated[str, Bounded(at_most=200, by="the frontend's routes: templates, never paths")]
Country = Annotated[str, Bounded(at_most=250, by="ISO 3166-1")]
Device = Literal["desktop", "mobile", "tablet", "bot", "other"]
Vital = Literal["LCP", "INP", "CLS", "FCP", "TTFB", "FID"]
Rating = Literal["good", "needs_improvement", "poor"]
Target = Literal["production", "preview", "other"]
FrontendSource = Literal["browser", "function", "edge", "static", "build", "external", "firewall", "redirect"]
DeploymentState = Literal["created", "ready", "succeeded", "error", "canceled", "promoted", "rolled_back"]


class PageViewed(Event, tag="frontend.page.viewed"):
    """Somebody looked at a page."""

    emitter: ClassVar = Emitter.DRAIN
    message: ClassVar = "{page} viewed"
    metric_labels: ClassVar = ("page", "target")

    page: Label[Page]
    """Template of the page's route."""
    device: Label[Device]
    """What kind of device."""
    target: Label[Target]
    """Which deployment."""
    country: Label[Country] | None = None
    """Two letters."""
    deployment: Identifier[str] | None = None
    """The deployment's id."""


class WebVitalMeasured(Event, tag="frontend.vital.measured"):
    """A browser measured how a page felt."""

    emitter: ClassVar = Emitter.DRAIN
    severity: ClassVar = Severity.DEBUG
    message: ClassVar = "{vital} of {page} is {rating}"
    metric_labels: ClassVar = ("vital", "rating", "device", "target")

    vital: Label[Vital]
    """Which of the web vitals."""
    page: Label[Page]
    """Template of the page's route."""
    rating: Label[Rating]
    """By the thresholds of web.dev."""
    device: Label[Device]
    """What kind of device."""
    target: Label[Target]
    """Which deployment."""
    milliseconds: Measure[Milliseconds] | None = None
    """The value of every vital but CLS."""
    score: Measure[Share] | None = None
    """The value of CLS."""


class FrontendErrorRaised(Event, tag="frontend.error.raised"):
    """The frontend failed, in a browser or in a function of its host."""

    emitter: ClassVar = Emitter.DRAIN
    severity: ClassVar = Severity.ERROR
    reported: ClassVar = True
    message: ClassVar = "{page}: {error}"
    metric_labels: ClassVar = ("page", "target")

    page: Label[Page]
    """Template of the route where it failed."""
    source: Label[FrontendSource]
    """Which part of the frontend."""
    target: Label[Target]
    """Which deployment."""
    error: Text
    """The message, redacted."""
    deployment: Identifier[str] | None = None
    """The deployment's id."""


class FrontendRequestCompleted(Event, tag="frontend.request.completed"):
    """The frontend's host answered a request."""

    emitter: ClassVar = Emitter.DRAIN
    severity_by: ClassVar = SeverityBy("status_class", {"4xx": Severity.NOTICE, "5xx": Severity.ERROR})
    message: ClassVar = "{page} {status_class}"
    metric_labels: ClassVar = ("source", "status_class", "target")

    page: Label[Page]
    """Template of the route."""
    source: Label[FrontendSource]
    """Which part of the frontend."""
    status_class: Label[Literal["1xx", "2xx", "3xx", "4xx", "5xx"]]
    """Class of the answer's status."""
    target: Label[Target]
    """Which deployment."""
    duration: Measure[Seconds] | None = None
    """Where the host tells it."""
    deployment: Identifier[str] | None = None
    """The deployment's id."""


class DeploymentChanged(Event, tag="frontend.deployment.changed"):
    """A deployment of the frontend went from one state to another."""

    emitter: ClassVar = Emitter.DRAIN
    severity_by: ClassVar = SeverityBy(
        "state", {"error": Severity.ERROR, "canceled": Severity.WARNING, "rolled_back": Severity.WARNING}
    )
    message: ClassVar = "deployment to {target}: {state}"

    state: Label[DeploymentState]
    """The new state."""
    target: Label[Target]
    """Which deployment."""
    deployment: Identifier[str]
    """The deployment's id."""
    commit: Identifier[str] | None = None
    """What was built."""
