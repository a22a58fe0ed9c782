"""The catalog as a file that is committed: what deployed metrics were built from.

Comparing the code with it shows a change that breaks a metric before it is deployed. Log-based metrics take labels and
values from entries by the fields' names, and Cloud Monitoring keeps a metric's descriptor as it was created. A label
that goes, changes its type or its name, or a value in another unit, leaves charts and alerts empty or wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import msgspec

from vigil_telemetry.fields import Role
from vigil_telemetry.schema import EventSchema, FieldSchema

FORMAT = 1
Snapshot: TypeAlias = dict[str, Any]  # JSON, read back from a file


@dataclass(frozen=True, slots=True)
class Break:
    """One change that breaks metrics which are deployed."""

    event: str
    field: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.event}: " if self.field is None else f"{self.event}, {self.field}: "
        return f"{where}{self.problem}. {self.remedy}"


def snapshot(catalog: Iterable[EventSchema]) -> Snapshot:
    """Return what the file holds of a catalog.

    Of each event its severities and emitter, its labels with type and values, its measures with type and unit.
    """
    return {
        "format": FORMAT,
        "events": {
            schema.name: {
                "severities": [severity.name for severity in schema.severities],
                "emitter": schema.emitter.value,
                "since": schema.since,
                "labels": {field.name: _label(field) for field in schema.labels},
                "metric_labels": sorted(field.name for field in schema.metric_labels),
                "measures": {field.name: {"type": _kind(field), "unit": field.unit} for field in schema.measures},
            }
            for schema in sorted(catalog, key=lambda schema: schema.name)
        },
    }


def render(taken: Snapshot) -> str:
    """Return the file's text: sorted, one entry a line, so that a change is a small difference."""
    return msgspec.json.format(msgspec.json.encode(taken, order="sorted"), indent=2).decode() + "\n"


def parse(text: str) -> Snapshot:
    """Read the file.

    Raises ValueError where it is no such file, or of another format.
    """
    try:
        taken = msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise ValueError(f"the catalog's lock file is not JSON: {error}; write it anew from the catalog") from error
    if taken.get("format") != FORMAT:
        raise ValueError(
            f"the catalog's lock file has format {taken.get('format')!r}, this version reads {FORMAT}: write it anew"
        )
    for name, event in _events(taken).items():
        missing = sorted({"labels", "measures", "metric_labels"} - set(event))
        if missing:
            raise ValueError(f"the catalog's lock file has no {', '.join(missing)} for {name}: write it anew")
    return taken


def compare(old: Snapshot, new: Snapshot) -> list[Break]:
    """Return every change from `old` to `new` that breaks deployed metrics, with what to do instead.

    None for what is only added.
    """
    breaks: list[Break] = []
    before, after = _events(old), _events(new)
    for name, event in before.items():
        if name not in after:
            breaks.append(
                Break(
                    name,
                    None,
                    "the event is gone, and metrics that count it will stay at zero",
                    "Keep its class until the metrics, charts and alerts that name it are removed from every stack, "
                    "then delete its entry in the lock file",
                ),
            )
            continue
        breaks += _labels(name, event["labels"], after[name]["labels"])
        breaks += _metric_labels(name, event["metric_labels"], after[name]["metric_labels"])
        breaks += _measures(name, event["measures"], after[name]["measures"])
    return breaks


def next_name(event: str) -> str:
    """Return the name of an event's next version: `order.rejected` becomes `order.rejected.v2`, then `.v3`."""
    stem, _, suffix = event.rpartition(".v")
    return f"{stem}.v{int(suffix) + 1}" if stem and suffix.isdigit() else f"{event}.v2"


def _labels(event: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Break]:
    breaks: list[Break] = []
    added = {name: label for name, label in after.items() if name not in before}
    for name, label in before.items():
        if name not in after:
            same = next((new for new, other in added.items() if other == label), None)
            problem = f"the label was renamed to {same!r}" if same else "the label is gone"
            breaks.append(Break(event, name, problem, _remedy(event)))
        elif after[name]["type"] != label["type"]:
            breaks.append(
                Break(event, name, f"the label was {label['type']} and is {after[name]['type']}", _remedy(event))
            )
    return breaks


def _metric_labels(event: str, before: Sequence[str], after: Sequence[str]) -> list[Break]:
    """Return the provider replaces a metric whose labels change, and what it counted before is gone with it."""
    if list(before) == list(after):
        return []
    problem = f"metrics over it had the labels {_listed(before)} and would have {_listed(after)}: each is replaced"
    return [Break(event, None, problem, _remedy(event))]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _measures(event: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Break]:
    breaks: list[Break] = []
    for name, measure in before.items():
        if name not in after:
            breaks.append(Break(event, name, "the measure is gone", _remedy(event)))
        elif after[name]["unit"] != measure["unit"]:
            breaks.append(
                Break(event, name, f"the unit was {measure['unit']!r} and is {after[name]['unit']!r}", _remedy(event))
            )
    return breaks


def _remedy(event: str) -> str:
    version = next_name(event)
    number = version.rpartition(".v")[2]
    return f'Leave {event!r} as it was, and declare the change as a new version: tag="{version}", version = {number}'


def _events(taken: Snapshot) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", taken["events"])


def _label(field: FieldSchema) -> dict[str, object]:
    label: dict[str, object] = {"type": _kind(field)}
    if field.values is not None:
        label["values"] = list(field.values)
    else:
        label["at_most"] = field.cardinality
    return label


def _kind(field: FieldSchema) -> str:
    """Return the type as a log-based metric has it."""
    if field.role is Role.MEASURE:
        return "int" if field.type is int else "number"
    return "bool" if field.type is bool else "int" if field.type is int else "string"
