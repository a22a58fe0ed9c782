"""Reducers: aligned series of a group made one.

Source: google/monitoring/v3/common.proto, Aggregation.Reducer: groups never span resource types; labels that are not
grouped by are gone. Percentiles over numbers interpolate linearly between ranks.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

import numpy as np

from vigil_apimodel.metrics import EVERY_LABEL
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.align import Aligned
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.legality import PERCENTILES, reduced_type
from vigil_emulator.metrics.series import Labels, Numbers, Value
from vigil_emulator.promql.frame import Mask, somewhere

_METRIC = ("metric.labels.", "metric.label.")
_RESOURCE = ("resource.labels.", "resource.label.")


def reduce_series(series: Sequence[Aligned], reducer: str, group_by: Sequence[str]) -> list[Aligned]:
    """Return one series for each group; raise ApiError for a reducer or a field that does not fit."""
    if reducer == "REDUCE_NONE":
        if group_by:
            raise ApiError("INVALID_ARGUMENT", "An aggregation cannot have group-by fields without a reducer.")
        return list(series)
    groups: dict[tuple[Labels, str, Labels], list[Aligned]] = {}
    for item in series:
        groups.setdefault(_group(item, group_by), []).append(item)
    reduced: list[Aligned] = []
    for (metric_labels, resource, resource_labels), members in groups.items():
        kind, value_type = reduced_type(reducer, members[0].kind, members[0].value_type)
        present = np.stack([member.present for member in members])
        if members[0].value_type == "DISTRIBUTION":
            numbers, values = _distributions(members, present, reducer)
        elif reducer == "REDUCE_COUNT":
            numbers, values = present.sum(axis=0).astype(np.float64), list[Value]()
        else:
            numbers, values = (
                _NUMERIC[reducer](np.stack([member.numbers for member in members]), present),
                list[Value](),
            )
        there = somewhere(present)
        reduced.append(Aligned(metric_labels, resource, resource_labels, kind, value_type, numbers, values, there))
    return reduced


def _group(item: Aligned, group_by: Sequence[str]) -> tuple[Labels, str, Labels]:
    metric: list[tuple[str, str]] = []
    resource: list[tuple[str, str]] = []
    for field in group_by:
        name = field.replace('"', "")
        if name.startswith(_METRIC):
            metric += kept(item.metric_labels, {name.split(".", 2)[2]})
        elif name.startswith(_RESOURCE):
            resource += kept(item.resource_labels, {name.split(".", 2)[2]})
        elif name not in {"resource.type", "metric.type", "project", "resource.project_id"} and not name.startswith(
            "metadata."
        ):
            raise ApiError(
                "INVALID_ARGUMENT",
                f'Field aggregation.groupByFields had an invalid value of "{field}": Unrecognized group by field.',
            )
    resource += kept(item.resource_labels, {"project_id"})
    return tuple(sorted(set(metric))), item.resource, tuple(sorted(set(resource)))


def kept(labels: Labels, names: AbstractSet[str]) -> Labels:
    """Return the labels that a grouping names; `*` stands for all, as in the alerts of uptime checks."""
    return labels if EVERY_LABEL in names else tuple(pair for pair in labels if pair[0] in names)


def _sum(values: Numbers, present: Mask) -> Numbers:
    return np.sum(np.where(present, values, 0.0), axis=0)


def _mean(values: Numbers, present: Mask) -> Numbers:
    return _sum(values, present) / np.maximum(present.sum(axis=0), 1)


def _deviation(values: Numbers, present: Mask) -> Numbers:
    spread = np.where(present, values - _mean(values, present), 0.0)
    return np.sqrt(np.sum(spread * spread, axis=0) / np.maximum(present.sum(axis=0), 1))


def _percentile(fraction: float) -> Callable[[Numbers, Mask], Numbers]:
    def reduced(values: Numbers, present: Mask) -> Numbers:
        out = np.zeros(values.shape[1])
        for column in np.flatnonzero(present.any(axis=0)):
            out[column] = np.quantile(values[present[:, column], column], fraction)
        return out

    return reduced


_NUMERIC: dict[str, Callable[[Numbers, Mask], Numbers]] = {
    "REDUCE_MEAN": _mean,
    "REDUCE_MIN": lambda values, present: np.min(np.where(present, values, np.inf), axis=0),
    "REDUCE_MAX": lambda values, present: np.max(np.where(present, values, -np.inf), axis=0),
    "REDUCE_SUM": _sum,
    "REDUCE_STDDEV": _deviation,
    "REDUCE_COUNT_TRUE": _sum,
    "REDUCE_COUNT_FALSE": lambda values, present: present.sum(axis=0) - _sum(values, present),
    "REDUCE_FRACTION_TRUE": _mean,
    **{f"REDUCE_PERCENTILE_{name}": _percentile(fraction) for name, fraction in PERCENTILES.items()},
}


def _distributions(members: Sequence[Aligned], present: Mask, reducer: str) -> tuple[Numbers, list[Value]]:
    if reducer == "REDUCE_COUNT":
        return present.sum(axis=0).astype(np.float64), []
    merged: list[Distribution] = []
    for column in range(present.shape[1]):
        points = [
            value
            for row, member in enumerate(members)
            if present[row, column] and isinstance(value := member.values[column], Distribution)
        ]
        total = points[0] if points else Distribution(())
        for point in points[1:]:
            total = total.merged(point)
        merged.append(total)
    if reducer == "REDUCE_SUM":
        return np.zeros(0), list(merged)
    if reducer == "REDUCE_MEAN":
        return np.array([total.mean for total in merged]), []
    if reducer == "REDUCE_STDDEV":
        return np.array([(total.deviation / total.count) ** 0.5 if total.count else 0.0 for total in merged]), []
    fraction = PERCENTILES[reducer.rpartition("_")[2]]
    return np.array([total.percentile(fraction) for total in merged]), []
