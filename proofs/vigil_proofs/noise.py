"""Unrelated traffic during a case: other services, other places, other logs, other events, other values of labels.

A near miss is played amid twenty times the firing case's events that the alert must not count, and a firing case amid
twenty times the near miss's: a filter or a matcher that lets any of them in is noticed on one of the two sides.
"""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import JsonObject, json_map
from vigil_apimodel.metrics import METRICS
from vigil_proofs.documents import Case, Emission, FieldValue, Origin, Points, ProvenAlert
from vigil_proofs.recorded import ELSEWHERE
from vigil_proofs.written import written

FACTOR: Final = 20
"""How much more unrelated traffic there is than the case's own."""
APART: Final = 3
_NAMES: Final = frozenset(
    {
        *("service_name", "worker_pool_name", "job_name", "configuration_name", "revision_name"),
        *("container_name", "namespace_name", "cluster_name", "pod_name"),
        *("database_id", "subscription_id", "topic_id", "queue_id", "job_id", "bucket_name", "url_map_name"),
    }
)
_EVERYWHERE: Final = frozenset({"project_id", "location", "zone"})
_WRITER: Final = ("jsonPayload.service", "jsonPayload.message")
"""Fields by which a query asks who wrote the line."""
_LOG: Final = re.compile(r"\blog_id\(|\blogName\b")
_PLACES: Final = ("us-central1", "europe-west1")
_STRANGERS: Final = (ELSEWHERE, "yet-another")
_OTHER_TYPES: Final = ("cloud_run_job", "cloud_run_revision")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrelatedEmission:
    """An emission with where it comes from."""

    emission: Emission
    origin: Origin


def emissions(alert: ProvenAlert, intensity: Case, query: str) -> Iterator[UnrelatedEmission]:
    """Yield the events beside a case. `intensity` is the other side's case; `query` what the alert's condition asks."""
    for one in intensity.emissions:
        louder = dataclasses.replace(one, per_minute=max(one.per_minute, 1) * FACTOR)
        entries = written(one)
        for origin in _foreign(alert.origin, alert.logs, any_type=not query, signed=entries.signed):
            yield UnrelatedEmission(emission=louder, origin=origin)
        for name, value in one.fields.items():
            other = entries.other_value(name, value)
            if other is not None and f"{name}=~" not in query:
                fields: Mapping[str, FieldValue] = {**one.fields, name: other}
                yield UnrelatedEmission(emission=dataclasses.replace(louder, fields=fields), origin=alert.origin)
        if _asks_for_its_log(alert, one):
            yield UnrelatedEmission(emission=louder, origin=dataclasses.replace(alert.origin, log=ELSEWHERE))
        if (near := _near(louder, intensity)) is not None:
            yield UnrelatedEmission(emission=near, origin=entries.stranger(alert.origin))


def _near(louder: Emission, intensity: Case) -> Emission | None:
    """The emission whose near misses are written; None where all of them are what another emission counts."""
    if louder.recorded is None:
        return louder
    others = [one.recorded for one in intensity.emissions if one.recorded is not None and one.event != louder.event]
    recorded = louder.recorded.strangers_to(others)
    return dataclasses.replace(louder, recorded=recorded) if recorded.near_misses else None


def _asks_for_its_log(alert: ProvenAlert, one: Emission) -> bool:
    """Whether the same entries in another log are none of the alert's: its source, or its own filter, asks for one."""
    if one.recorded is None or not _LOG.search(alert.logs):
        return False
    moved: JsonObject = {**one.recorded.matching[0], "logName": f"projects/p/logs/{ELSEWHERE}"}
    if alert.origin.resource:
        moved["resource"] = {"type": alert.origin.resource, "labels": json_map(alert.origin.labels)}
    return not (one.recorded.counts(moved) and dataclasses.replace(one.recorded, filter=alert.logs).counts(moved))


def points(alert: ProvenAlert, intensity: Case) -> Iterator[tuple[Points, Mapping[str, str]]]:
    """Yield the series beside a case: those of other label values where the alert asks for one; with what to set."""
    for one in intensity.points:
        counted = one.kind == "DELTA" or (one.kind == "CUMULATIVE" and one.value_type != "DISTRIBUTION")
        louder = dataclasses.replace(one, value=max(one.value, 1) * FACTOR) if counted else one
        if len(intensity.points) > 1 and not counted:  # parts of one quotient: their values must differ
            louder = dataclasses.replace(one, value=one.value * APART)
        if not any(other is not one and other.metric == one.metric for other in intensity.points):
            # in a ratio over one metric, every value of a label counts in the whole
            for name, value in one.labels.items():
                if name not in alert.grouped_by and name not in one.unless:
                    yield louder, {name: _other_label(one.metric, name, value)}
            for name, value in one.unless.items():
                yield louder, {name: value}
        for name, own in one.resource_labels.items():
            yield louder, {f"resource.{name}": _but(own, _STRANGERS)}


def _foreign(origin: Origin, logs: str, *, any_type: bool, signed: bool) -> Iterator[Origin]:
    """The same from another service, from another region and, where nothing else tells them apart, another type.

    `logs` is the query of the source's own entries: what it does not ask for tells nobody apart. Entries that are
    not `signed` tell services apart by the resource's labels alone.
    """
    named = {name: _but(own, _STRANGERS) for name, own in origin.labels.items() if name in _NAMES and name in logs}
    others = named or {
        name: _but(own, _STRANGERS) for name, own in origin.labels.items() if signed and name not in _EVERYWHERE
    }
    writer = _but(origin.writer, _STRANGERS)
    if named or signed:
        yield dataclasses.replace(origin, labels={**origin.labels, **others}, writer=writer)
    if signed and not named and any(field in logs for field in _WRITER):
        yield dataclasses.replace(origin, writer=writer)
    if "location" in origin.labels and named and "location" in logs:
        location = _but(origin.labels["location"], _PLACES)
        yield dataclasses.replace(origin, labels={**origin.labels, "location": location})
    if any_type and origin.resource and "resource.type" in logs:
        other = next(one for one in _OTHER_TYPES if one != origin.resource)
        yield dataclasses.replace(origin, resource=other)


def _but(own: str, others: tuple[str, ...]) -> str:
    """Return one of the others that is not the alert's own."""
    return next(one for one in others if one != own)


def _other_label(metric: str, name: str, value: str) -> str:
    known = METRICS.get(metric)
    values = next((label.values for label in (known.labels if known else ()) if label.key == name), ())
    return next((one for one in values if one != value), "another")
