"""The proof that an alert carries: a case in which it must open, and a near miss in which it must not.

A case is told in events a minute, so that whoever plays it (the emulator's virtual clock before a deployment, real
synthetic events after one) needs nothing but the catalog to do so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from vigil_components.durations import whole_seconds
from vigil_components.queries import Query
from vigil_telemetry import Event, schema_of

NEAR_MISS = 0.93
"""A near miss reaches this part of the threshold: close enough that a threshold a tenth too low would open."""

CLEAR = 1.5
"""A firing case reaches this multiple of the threshold."""


@dataclass(frozen=True, kw_only=True)
class Emission:
    """``per_minute`` events of one type, spread evenly; ``fields`` are set on each, the others generated."""

    event: type[Event]
    per_minute: float
    fields: Mapping[str, str | float] = field(default_factory=dict[str, "str | float"])

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {"event": schema_of(self.event).name, "perMinute": self.per_minute, "fields": dict(self.fields)}


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is emitted, for how long."""

    emissions: tuple[Emission, ...]
    lasting: timedelta

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "emissions": [emission.document() for emission in self.emissions],
            "lastingSeconds": whole_seconds(self.lasting),
        }


@dataclass(frozen=True, kw_only=True)
class Proof:
    """``fires`` opens an incident within ``opens_within`` of its first event; ``stays_silent`` opens none."""

    fires: Case
    stays_silent: Case
    opens_within: timedelta

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "fires": self.fires.document(),
            "staysSilent": self.stays_silent.document(),
            "opensWithinSeconds": whole_seconds(self.opens_within),
        }


@dataclass(frozen=True, kw_only=True)
class Points:
    """One point a minute with ``value``, in the query's unit after alignment, on a series that the query selects."""

    query: Query
    value: float

    def document(self) -> dict[str, object]:
        """As it stands in the render: a series to write, and what its aligned value shall be."""
        query = self.query
        return {
            "metric": query.metric.type,
            "resource": query.resource,
            "labels": {name: _first(value) for name, value in query.where.items()},
            "resourceLabels": {name: _first(value) for name, value in query.where_resource.items()},
            "kind": query.metric.kind.value,
            "valueType": query.metric.value_type.value,
            "aligner": query.aligner,
            "alignmentSeconds": whole_seconds(query.alignment),
            "value": self.value,
        }


def _first(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else value[0]


@dataclass(frozen=True, kw_only=True)
class MetricCase:
    """Points that are written for ``lasting``, and then none for ``then_silent``."""

    points: tuple[Points, ...]
    lasting: timedelta
    then_silent: timedelta = timedelta(0)

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "points": [point.document() for point in self.points],
            "lastingSeconds": whole_seconds(self.lasting),
            "thenSilentSeconds": whole_seconds(self.then_silent),
        }


@dataclass(frozen=True, kw_only=True)
class MetricProof:
    """The proof of an alert over a metric that others emit: as Proof, in points instead of events."""

    fires: MetricCase
    stays_silent: MetricCase
    opens_within: timedelta

    def document(self) -> dict[str, object]:
        """As it stands in the render."""
        return {
            "fires": self.fires.document(),
            "staysSilent": self.stays_silent.document(),
            "opensWithinSeconds": whole_seconds(self.opens_within),
        }
