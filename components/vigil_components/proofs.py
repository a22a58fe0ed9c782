"""The proof that an alert carries: a case in which it must open, and a near miss in which it must not.

A case is told in events a minute, and in points of metrics that others emit, so that whoever plays it (the emulator's
virtual clock before a deployment, real synthetic events after one) needs nothing but the catalog to do so.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from vigil_apimodel.metrics import Metric
from vigil_components.durations import whole_seconds
from vigil_telemetry import Event, schema_of

NEAR_MISS = 0.93
"""A near miss reaches this part of the threshold: close enough that a threshold a tenth too low would open."""

BURST = 0.95
"""A burst that is just too small holds this part of what would be enough: ``increase`` extrapolates it by a minute."""

CLEAR = 1.5
"""A firing case reaches this multiple of the threshold."""


def sides(threshold: float, *, below: bool = False) -> tuple[float, float]:
    """A value clearly beyond a threshold, and one just within it; of the threshold 0, one and none."""
    if below:
        return threshold / CLEAR, threshold * (2 - NEAR_MISS)
    return (threshold * CLEAR, threshold * NEAR_MISS) if threshold else (1.0, 0.0)


def trickle(at_least: float, window: timedelta) -> float:
    """So many events a minute, all the time, that a window holds just less than ``at_least`` by PromQL's ``increase``.

    It extrapolates from the minutes between the window's first and last point, of which there is one less than minutes.
    """
    between = max(round(window / timedelta(minutes=1)) - 1, 1)
    whole = math.ceil(at_least * between / (between + 1)) - 1
    return whole / between


def burst(at_least: float, length: timedelta) -> float:
    """So many events a minute for ``length`` that any longer window holds just less than ``at_least``."""
    return BURST * at_least / (length / timedelta(minutes=1))


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
    """What is emitted and written for ``lasting``; then nothing for ``then_silent``.

    Before it, ``history`` is emitted for ``history_lasting``: what long windows hold when the case begins.
    """

    lasting: timedelta
    emissions: tuple[Emission, ...] = ()
    history: tuple[Emission, ...] = ()
    history_lasting: timedelta = timedelta(0)
    points: tuple[Points, ...] = ()
    then_silent: timedelta = timedelta(0)

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "emissions": [emission.document() for emission in self.emissions],
            "points": [point.document() for point in self.points],
            "lastingSeconds": whole_seconds(self.lasting),
            "thenSilentSeconds": whole_seconds(self.then_silent),
            "history": [emission.document() for emission in self.history],
            "historySeconds": whole_seconds(self.history_lasting),
        }


@dataclass(frozen=True, kw_only=True)
class Further:
    """A further case, by a name of a few words, in which an incident ``opens`` at some time, or none does."""

    name: str
    opens: bool
    case: Case

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {"name": self.name, "opens": self.opens, "case": self.case.document()}


@dataclass(frozen=True, kw_only=True)
class Proof:
    """``fires`` opens an incident within ``opens_within`` of its start; ``stays_silent`` opens none at any time.

    ``too_little`` opens none either, where a condition judges only from some volume on: everything is bad in it, but
    there is just less than that volume. A third more of the same must open. ``further`` are cases of a condition that
    is several in one.
    """

    fires: Case
    stays_silent: Case
    opens_within: timedelta
    too_little: Case | None = None
    further: tuple[Further, ...] = ()

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        document: dict[str, object] = {
            "fires": self.fires.document(),
            "staysSilent": self.stays_silent.document(),
            "opensWithinSeconds": whole_seconds(self.opens_within),
            "further": [one.document() for one in self.further],
        }
        return document if self.too_little is None else document | {"tooLittle": self.too_little.document()}
