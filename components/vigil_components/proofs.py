"""The proof that an alert carries: a case in which it must open, and a near miss in which it must not.

A case is a rate of events for each minute, and points of metrics that others emit. So the catalog is enough to play it:
before a deployment on the emulator's virtual clock, after one with synthetic events.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from vigil_apimodel.metrics import METRICS, Kind, Metric, ValueType
from vigil_components._labels import refuse_metric_label
from vigil_components.arguments import Duration, Name, NotNegative, PositiveCount, unknown_name, validated
from vigil_components.durations import whole_seconds
from vigil_components.logged import Logged, declared
from vigil_telemetry import Role

NEAR_MISS = 0.93
"""A near miss reaches this part of the threshold: close enough that a threshold a tenth too low would open."""

BURST = 0.95
"""A burst that is just too small holds this part of what would be enough: `increase` extrapolates it by a minute."""

_SHORT = 1e-4
"""How much less than a whole number of events in each window, so that rounding never adds one."""

_ROUNDING = 1e-9
"""Tolerance of sums of floats, where a number of events is rounded to a whole one."""

CLEAR = 1.5
"""A firing case reaches this multiple of the threshold."""


def sides(threshold: float, *, below: bool = False) -> tuple[float, float]:
    """Return a value clearly beyond a threshold, and one just within it; of the threshold 0, one and none."""
    if below:
        return threshold / CLEAR, threshold * (2 - NEAR_MISS)
    return (threshold * CLEAR, threshold * NEAR_MISS) if threshold else (1.0, 0.0)


FEW = 16
"""Threshold from which one event more or less matters no more than the distance to the near miss."""


def grown(threshold: float, window: timedelta, *, below: bool = False) -> tuple[float, float]:
    """Return how many events a minute bring PromQL's `increase` beyond a threshold, and how many stay just within it.

    Events are whole, so a few of them are counted out: `increase` extrapolates what it sees between the window's
    first and last point to the whole window, and so shows up to `window / (window - 1 minute)` times their number.
    """
    length = window / timedelta(minutes=1)
    beyond, within = (side / length for side in sides(threshold, below=below))
    if below and beyond < 1:
        beyond = 0.0  # rare events would be too few in some windows and enough in others until the usual ones have left
    if not 0 < threshold < FEW:
        return beyond, within
    between = max(round(length) - 1, 1)
    if below:
        return beyond, math.ceil(threshold - _ROUNDING) / between
    shown = threshold * between / (between + 1)  # so many are shown as the threshold, at most
    fewer, more = math.floor(shown + _ROUNDING), math.floor(threshold + _ROUNDING) + 1
    return max(more / between, beyond), fewer / length


def trickle(at_least: float, window: timedelta) -> float:
    """Return how many events a minute hold a window just below `at_least` by PromQL's `increase`.

    A window is closed at both ends. Where it ends with a point, it holds all its minutes; where it ends between two, it
    holds one less, from which `increase` extrapolates to the whole. Either way there are too few.
    """
    whole = max(round(window / timedelta(minutes=1)), 1)
    between = max(whole - 1, 1)
    exact = (math.ceil(at_least) - 1) / whole
    extrapolated = (math.ceil(at_least * between / whole) - 1) / between
    return min(exact, extrapolated) * (1 - _SHORT)


def too_few(case: Callable[[float], "Case"], at_least: float, window: timedelta) -> "Case | None":
    """Return the case with events just too few to judge; None where one event fewer is no event."""
    few = trickle(at_least, window) if at_least > 0 else 0.0
    return case(few) if few > 0 else None


def burst(at_least: float, length: timedelta) -> float:
    """Return how many events a minute, for `length`, hold any longer window just below `at_least`."""
    return BURST * at_least / (length / timedelta(minutes=1))


@validated
@dataclass(frozen=True, kw_only=True)
class Emission:
    """Events of one type, spread evenly over time."""

    event: Logged
    """Type of the events."""
    per_minute: NotNegative
    """Events a minute."""
    fields: Mapping[str, str | float | bool] = field(default_factory=dict[str, "str | float | bool"])
    """Values that each event has. Default: generated ones, as those of all other fields."""

    def __post_init__(self) -> None:
        """Refuse a field that the event does not have, and a value that it cannot have. Raises ValueError."""
        event = declared(self.event)
        known = {one.name: one for one in event.fields}
        for name, value in self.fields.items():
            if name not in known:
                raise ValueError(unknown_name(f"fields: {event.name} has no field", name, known))
            field_ = known[name]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if field_.values is not None and text not in field_.values:
                raise ValueError(
                    f"fields[{name!r}] is {value!r}, which {event.name} never has; its values: "
                    f"{', '.join(field_.values)}"
                )
            if field_.role is Role.MEASURE and (isinstance(value, bool) or not isinstance(value, int | float)):
                raise ValueError(f"fields[{name!r}] is {value!r}, and {event.name}.{name} is a measure; give a number")

    def document(self) -> dict[str, object]:
        """Return the value as it stands in the render."""
        event = declared(self.event)
        document: dict[str, object] = {"event": event.name, "perMinute": self.per_minute, "fields": dict(self.fields)}
        recorded = event.document()
        return document if recorded is None else document | {"recorded": recorded}


@validated
@dataclass(frozen=True, kw_only=True)
class Points:
    """One point a minute of one series of a metric that others emit."""

    metric: Metric
    """Metric of the series."""
    resource: Name
    """Type of its monitored resource."""
    value: float
    """A gauge's value, a counter's growth in the minute, or the value of each of a distribution's samples."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the metric. Default: none."""
    resource_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the monitored resource. Default: generated ones."""
    unless: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels of the metric whose values the series must not have. Default: none."""
    samples: PositiveCount = 1
    """Samples a minute of a distribution. Default: 1."""
    other_value: float = 0.0
    """Value of further samples of a distribution. Default: there are none."""
    other_samples: int = 0
    """How many of them a minute. Default: none."""
    bounds: tuple[float, ...] = ()
    """Bounds of a distribution's buckets. Default: many, close to the values."""

    def __post_init__(self) -> None:
        """Refuse what no series of the metric can be. Raises ValueError."""
        metric = self.metric
        if metric.resources and self.resource not in metric.resources:
            raise ValueError(
                f"resource is {self.resource!r}, and {metric.type} is written against {', '.join(metric.resources)}; "
                "give one of them"
            )
        for name in (*self.labels, *self.unless):
            refuse_metric_label(metric, name, argument="labels: ")
        if metric.kind is not Kind.GAUGE and metric.value_type is not ValueType.DISTRIBUTION and self.value < 0:
            raise ValueError(f"value is {self.value:.12g}, and {metric.type} counts: it never falls; give 0 or more")

    def _declared_labels(self) -> dict[str, str]:
        """Return a value for each label left open of a metric that is no constant: proofs know those of constants."""
        if self.metric.type in METRICS:
            return {}
        return {one.key: (one.values or ("any",))[0] for one in self.metric.labels if one.key not in self.labels}

    def document(self) -> dict[str, object]:
        """Return the value as it stands in the render."""
        document: dict[str, object] = {
            "metric": self.metric.type,
            "kind": self.metric.kind.value,
            "valueType": self.metric.value_type.value,
            "unit": self.metric.unit,
            "resource": self.resource,
            "labels": dict(self.labels),
            "resourceLabels": dict(self.resource_labels),
            "value": self.value,
            "samples": self.samples,
        }
        if further := self._declared_labels():
            document["furtherLabels"] = further
        if self.unless:
            document["unless"] = dict(self.unless)
        if self.other_samples:
            document |= {"otherValue": self.other_value, "otherSamples": self.other_samples}
        if self.bounds:
            document["bounds"] = list(self.bounds)
        return document


@validated
@dataclass(frozen=True, kw_only=True)
class Case:
    """What is emitted and written in one run of a proof."""

    lasting: Duration
    """How long events and points are written."""
    emissions: tuple[Emission, ...] = ()
    """Events that are written. Default: none."""
    history: tuple[Emission, ...] = ()
    """Events before the case begins, which long windows then hold. Default: none."""
    history_points: tuple[Points, ...] = ()
    """Points that are written before the case begins. Default: none."""
    history_lasting: Duration = timedelta(0)
    """How long they are written. Default: not at all."""
    history_unwatched: bool = False
    """Whether the alert is deployed after its history, since a window that fills up would open it. Default: before."""
    points: tuple[Points, ...] = ()
    """Points that are written. Default: none."""
    then_silent: Duration = timedelta(0)
    """How long nothing is written afterwards. Default: not at all."""

    def __post_init__(self) -> None:
        """Refuse a case that is over before it begins. Raises ValueError."""
        if not self.lasting + self.then_silent:
            raise ValueError("lasting is 0:00:00, and then_silent as well; give a duration such as minutes(5)")

    def document(self) -> dict[str, object]:
        """Return the value as it stands in the render."""
        document: dict[str, object] = {
            "emissions": [emission.document() for emission in self.emissions],
            "points": [point.document() for point in self.points],
            "lastingSeconds": whole_seconds(self.lasting),
            "thenSilentSeconds": whole_seconds(self.then_silent),
            "history": [emission.document() for emission in self.history],
            "historySeconds": whole_seconds(self.history_lasting),
        }
        if self.history_points:
            document["historyPoints"] = [points.document() for points in self.history_points]
        return document | {"historyUnwatched": True} if self.history_unwatched else document


@validated
@dataclass(frozen=True, kw_only=True)
class ExtraCase:
    """One more case of a condition that is several in one."""

    name: Name
    """A few words, unique in the proof."""
    opens: bool
    """Whether an incident opens at some time."""
    case: Case
    """What is written."""

    def document(self) -> dict[str, object]:
        """Return the value as it stands in the render."""
        return {"name": self.name, "opens": self.opens, "case": self.case.document()}


@validated
@dataclass(frozen=True, kw_only=True)
class Proof:
    """The cases that prove an alert."""

    fires: Case
    """A case that opens an incident."""
    stays_silent: Case
    """A near miss that opens none at any time."""
    opens_within: Duration
    """How long after its start `fires` has opened an incident."""
    too_little: Case | None = None
    """A case in which everything is bad, with just less than the volume from which the condition judges: it opens no
    incident, and a third more of the same opens one. Default: the condition judges any volume.
    """
    extra_cases: tuple[ExtraCase, ...] = ()
    """Cases of a condition that is several in one. Default: none."""

    def document(self) -> dict[str, object]:
        """Return the value as it stands in the render."""
        document: dict[str, object] = {
            "fires": self.fires.document(),
            "staysSilent": self.stays_silent.document(),
            "opensWithinSeconds": whole_seconds(self.opens_within),
            "further": [one.document() for one in self.extra_cases],
        }
        return document if self.too_little is None else document | {"tooLittle": self.too_little.document()}


def dropping(beyond: Case, within: Case, *, window: timedelta, opens: timedelta) -> Proof:
    """Return the proof of an alert that opens below a number: what is usual becomes too little.

    It has filled the window before the alert is deployed, since one that only fills up holds too few as well.
    """
    filled = window + timedelta(minutes=2)

    def case(cause: Case) -> Case:
        return replace(
            cause,
            history=within.emissions,
            history_points=within.points,
            history_lasting=filled,
            history_unwatched=True,
        )

    return Proof(fires=case(beyond), stays_silent=case(within), opens_within=filled + opens)
