"""How the entries of an emission come about: by the real library from an event, or from recorded ones.

Everything else asks this interface and none of the two.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from vigil_apimodel.json_values import JsonObject, json_map
from vigil_proofs.documents import Emission, FieldValue, Origin, ProvenAlert
from vigil_proofs.lines import Library
from vigil_proofs.recorded import ELSEWHERE, Recorded
from vigil_proofs.samples import VARIANTS, other_values, sample, schema_named

STRANGER: Final = "another.event"
"""Another event of the same service with the same fields: it differs from the case's event only by name."""
NEAR_MISS: Final = "a near miss"
"""The recorded entries that must not match."""


class Written(Protocol):
    """Entries of one meaning."""

    @property
    def signed(self) -> bool:
        """Whether each entry names the service that wrote it."""
        ...

    def entries(
        self, library: Library, origin: Origin, at: int, *, variant: int = 0, fixed: frozenset[str] = frozenset()
    ) -> list[JsonObject]:
        """Return the log entries of one event at a time (ns); none where the stack's log level leaves it out.

        Labels that are in `fixed` do not vary. Raises SampleError for an event that cannot be made.
        """
        ...

    def labels(self) -> frozenset[str]:
        """Return the names of the labels that a metric over the entries has."""
        ...

    def unit(self, measure: str) -> str | None:
        """Return the unit of a measure, None for a name that is no measure."""
        ...

    def other_value(self, name: str, value: FieldValue) -> FieldValue | None:
        """Return another value of a label, None where there is none."""
        ...

    def silenced(self) -> str:
        """Say why nothing is written."""
        ...

    def stranger(self, origin: Origin) -> Origin:
        """Return the origin whose entries are all but those that must count."""
        ...


@dataclass(frozen=True, slots=True)
class _Events:
    """Events of the catalog, written by the library and read as the agent of their origin reads them."""

    event: str
    fields: Mapping[str, FieldValue]
    signed: bool = True

    def entries(
        self, library: Library, origin: Origin, at: int, *, variant: int = 0, fixed: frozenset[str] = frozenset()
    ) -> list[JsonObject]:
        variant %= VARIANTS
        values = tuple((name, type(value), value) for name, value in self.fields.items())
        return library.same(
            lambda: sample(self.event, self.fields, variant=variant, fixed=fixed),
            (self.event, values, variant, fixed),
            origin,
            at,
        )

    def labels(self) -> frozenset[str]:
        return frozenset(label.name for label in schema_named(self.event).metric_labels)

    def unit(self, measure: str) -> str | None:
        return next((one.unit for one in schema_named(self.event).measures if one.name == measure), None)

    def other_value(self, name: str, value: FieldValue) -> FieldValue | None:
        return other_values(schema_named(self.event), name, value)

    def silenced(self) -> str:
        return f"it is {schema_named(self.event).severity.name}"

    def stranger(self, origin: Origin) -> Origin:
        return dataclasses.replace(origin, called=STRANGER)


@dataclass(frozen=True, slots=True)
class _Recordings:
    """Entries that others wrote."""

    recorded: Recorded
    fields: Mapping[str, FieldValue]
    signed: bool = False

    def entries(
        self, library: Library, origin: Origin, at: int, *, variant: int = 0, fixed: frozenset[str] = frozenset()
    ) -> list[JsonObject]:
        values: dict[str, FieldValue] = {
            name: one.values[variant % min(len(one.values), VARIANTS)]
            for name, one in self.recorded.fields.items()
            if one.label and one.values and name not in fixed
        }
        values |= self.fields
        about: JsonObject = {}
        if origin.resource:
            labels = json_map({"project_id": library.project, **origin.labels})
            about = {"resource": {"type": origin.resource, "labels": labels}}
        if origin.log == ELSEWHERE:  # else each entry stays in the log that it was recorded in
            about["logName"] = f"projects/{library.project}/logs/{ELSEWHERE}"
        near = bool(origin.called)
        choices = self.recorded.near_misses if near else self.recorded.matching
        # each minute stands for many entries: all near misses are written, of the matching ones one
        variants = range(len(choices)) if near else (variant,)
        return [self.recorded.entry(about, library.project, at, values, variant=each, near=near) for each in variants]

    def labels(self) -> frozenset[str]:
        return frozenset(name for name, one in self.recorded.fields.items() if one.label)

    def unit(self, measure: str) -> str | None:
        one = self.recorded.fields.get(measure)
        return None if one is None or one.label else one.unit

    def other_value(self, name: str, value: FieldValue) -> FieldValue | None:
        one = self.recorded.fields[name]
        if not one.label:
            return None
        return next((each for each in one.values if each != str(value)), None if one.values else ELSEWHERE)

    def silenced(self) -> str:
        return "nothing was recorded"

    def stranger(self, origin: Origin) -> Origin:
        return dataclasses.replace(origin, called=NEAR_MISS)


def written(emission: Emission) -> Written:
    """Return how the entries of an emission come about."""
    if emission.recorded is not None:
        return _Recordings(emission.recorded, emission.fields)
    return _Events(emission.event, emission.fields)


def written_for(alert: ProvenAlert, event: str) -> Written:
    """Return how the entries of a name come about in an alert's proof; else the event of the catalog."""
    proof = alert.proof
    cases = (proof.fires, proof.stays_silent) if proof is not None else ()
    emissions = (one for case in cases for one in (*case.emissions, *case.history))
    found = next((one for one in emissions if one.event == event), None)
    return _Events(event, {}) if found is None else written(found)
