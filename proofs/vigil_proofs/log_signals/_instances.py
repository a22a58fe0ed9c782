"""What recorded entries say about the one instance that wrote them: pods, revisions, nodes. A signal is about all."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from vigil_apimodel import lql
from vigil_apimodel.json_values import JsonObject
from vigil_proofs.log_signals._groups import Group

_GENERATED: Final = re.compile(
    r"\d{5,}|(?<![a-z0-9])(?=[0-9a-f-]*\d)[0-9a-f-]{8,}|-(?=[a-z]*\d)[bcdfghjklmnpqrstvwxz2456789]{4,10}$",
    re.IGNORECASE,
)
"""What somebody's program made up: a long number, a hash, the end of the name of a pod or of a revision."""


def without_instances(entries: Sequence[JsonObject], groups: Iterable[Group]) -> list[JsonObject]:
    """Return the entries without the labels that differ among those of a source, or that look like generated ids.

    Proofs write such labels anew. What the source itself is found by stays.
    """
    trimmed = list(entries)
    by_source: defaultdict[str, list[Group]] = defaultdict(list)
    for group in groups:
        by_source[repr(group.source)].append(group)
    for alike in by_source.values():
        numbers = [number for group in alike for number in group.numbers]
        needed = set(_required_labels(alike[0].source.entry_filter))
        own = [_labels(entries[number], "labels") for number in numbers]
        resources = [_labels(cast("JsonObject", entries[number].get("resource", {})), "labels") for number in numbers]
        dropped, of_resource = _of_one(own), _of_one(resources) - needed
        for number, labels, resource in zip(numbers, own, resources, strict=True):
            trimmed[number] = _trimmed(
                entries[number],
                {key: value for key, value in labels.items() if key not in dropped},
                {key: value for key, value in resource.items() if key not in of_resource},
            )
    return trimmed


def _trimmed(entry: JsonObject, labels: JsonObject, of_resource: JsonObject) -> JsonObject:
    trimmed: JsonObject = {key: value for key, value in entry.items() if key != "labels"}
    if isinstance(resource := entry.get("resource"), dict):
        trimmed["resource"] = {**resource, "labels": of_resource}
    if labels:
        trimmed["labels"] = labels
    return trimmed


def _of_one(held: Sequence[JsonObject]) -> set[str]:
    """Return the keys whose values are of one instance."""
    keys = {key for labels in held for key in labels}
    return {key for key in keys if len({str(one.get(key)) for one in held}) > 1 or _generated(held[0].get(key))}


def _generated(value: object) -> bool:
    return isinstance(value, str) and _GENERATED.search(value) is not None


def _labels(holder: Mapping[str, object], key: str) -> JsonObject:
    held = holder.get(key)
    return cast("JsonObject", held) if isinstance(held, dict) else {}


def _required_labels(expr: lql.Expr) -> Iterable[str]:
    """Yield the labels of the resource by which a source finds its entries."""
    for term in expr.terms if isinstance(expr, lql.And) else (expr,):
        match term:
            case lql.Comparison(field=lql.FieldPath(segments=("resource", "labels", name))):
                yield name
            case _:
                pass
