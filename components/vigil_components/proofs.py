"""The proof that an alert carries: a case in which it must open, and a near miss in which it must not.

A case is told in events a minute, and in points of metrics that others emit, so that whoever plays it (the emulator's
virtual clock before a deployment, real synthetic events after one) needs nothing but the catalog to do so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from vigil_apimodel.metrics import Metric
from vigil_components.durations import whole_seconds
from vigil_telemetry import Event, schema_of

NEAR_MISS = 0.93
"""A near miss reaches this part of the threshold: close enough that a threshold a tenth too low would open."""

CLEAR = 1.5
"""A firing case reaches this multiple of the threshold."""


def sides(threshold: float, *, below: bool = False) -> tuple[float, float]:
    """A value clearly beyond a threshold, and one just within it; of the threshold 0, one and none."""
    if below:
        return threshold / CLEAR, threshold * (2 - NEAR_MISS)
    return (threshold * CLEAR, threshold * NEAR_MISS) if threshold else (1.0, 0.0)


def trickle(at_least: float, window: timedelta) -> float:
    """So many events a minute that a window holds just less than ``at_least``.

    Whole events come in whole minutes, and PromQL's ``increase`` extrapolates from the minutes between the first and
    the last point: a minute's worth less keeps both below.
    """
    length = window / timedelta(minutes=1)
    return NEAR_MISS * at_least * max(length - 1, length / 2) / length**2


@dataclass(frozen=True, kw_only=True)
class Emission:
    """``per_minute`` events of one type, spread evenly; ``fields`` are set on each, the others generated."""

    event: type[Event]
    per_minute: float
    fields: Mapping[str, str | float | bool] = field(default_factory=dict[str, "str | float | bool"])

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {"event": schema_of(self.event).name, "perMinute": self.per_minute, "fields": dict(self.fields)}


@dataclass(frozen=True, kw_only=True)
class Points:
    """One point a minute of one series of a metric that others emit.

    ``value`` is a gauge's value, a counter's growth in the minute, or the value of each of a distribution's
    ``samples`` in the minute; in the metric's unit.
    """

    metric: Metric
    resource: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    resource_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    samples: int = 1

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
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


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is emitted and written for ``lasting``; then nothing for ``then_silent``."""

    lasting: timedelta
    emissions: tuple[Emission, ...] = ()
    points: tuple[Points, ...] = ()
    then_silent: timedelta = timedelta(0)

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "emissions": [emission.document() for emission in self.emissions],
            "points": [point.document() for point in self.points],
            "lastingSeconds": whole_seconds(self.lasting),
            "thenSilentSeconds": whole_seconds(self.then_silent),
        }


@dataclass(frozen=True, kw_only=True)
class Proof:
    """``fires`` opens an incident within ``opens_within`` of its start; ``stays_silent`` opens none at any time.

    ``too_little`` opens none either, where a condition judges only from some volume on: everything is bad in it, but
    there is just less than that volume.
    """

    fires: Case
    stays_silent: Case
    opens_within: timedelta
    too_little: Case | None = None

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "fires": self.fires.document(),
            "staysSilent": self.stays_silent.document(),
            "opensWithinSeconds": whole_seconds(self.opens_within),
        } | ({} if self.too_little is None else {"tooLittle": self.too_little.document()})
