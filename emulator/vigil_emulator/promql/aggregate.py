"""Aggregation operators: series of a step put together by their labels."""

from collections.abc import Callable, Sequence

import numpy as np

from vigil_emulator.promql import budget
from vigil_emulator.promql.frame import (
    Frame,
    Labels,
    Mask,
    Numbers,
    PromQLError,
    label_key,
    only,
    rows_of,
    somewhere,
    without,
)
from vigil_emulator.promql.values import format_number
from vigil_emulator.promql.windows import quantile


def aggregate(
    operator: str, frame: Frame, *, labels: Sequence[str] | None, without_them: bool, parameter: Numbers | str | None
) -> Frame:
    """Apply `sum`, `topk` and the like; `labels` None is one group. Raise PromQLError for an unknown operator."""
    groups: dict[frozenset[tuple[str, str]], tuple[Labels, list[int]]] = {}
    for index, row in enumerate(frame.labels):
        group: Labels = without(row, labels or ()) if without_them else only(row, labels or ())
        groups.setdefault(label_key(group), (group, []))[1].append(index)
    if operator in _SELECTIONS:
        return _selected(operator, frame, [rows for _, rows in groups.values()], parameter)
    if operator == "count_values":
        return _count_values(frame, list(groups.values()), str(parameter))
    rows: list[tuple[Labels, Numbers, Mask]] = []
    for group, indices in groups.values():
        values, present = frame.values[indices], frame.present[indices]
        there = somewhere(present)
        with np.errstate(all="ignore"):
            if operator == "quantile":
                assert isinstance(parameter, np.ndarray)  # noqa: S101 - the grammar gives quantile a number
                reduced = np.array(
                    [quantile(float(parameter[step]), values[present[:, step], step]) for step in range(frame.steps)]
                )
            elif operator in _REDUCTIONS:
                reduced = _REDUCTIONS[operator](values, present)
            else:
                raise PromQLError(f"aggregation operator {operator!r} is not implemented")
        rows.append((group, reduced, there))
    return Frame.of(rows, frame.steps)


def _sum(values: Numbers, present: Mask) -> Numbers:
    return np.sum(np.where(present, values, 0.0), axis=0)


def _count(_: Numbers, present: Mask) -> Numbers:
    return np.sum(present, axis=0).astype(np.float64)


def _average(values: Numbers, present: Mask) -> Numbers:
    return _sum(values, present) / np.maximum(_count(values, present), 1)


def _variance(values: Numbers, present: Mask) -> Numbers:
    spread = np.where(present, values - _average(values, present), 0.0)
    return np.sum(spread * spread, axis=0) / np.maximum(_count(values, present), 1)


def _ones(_: Numbers, present: Mask) -> Numbers:
    return np.ones(len(present[0]), dtype=np.float64)


_REDUCTIONS: dict[str, Callable[[Numbers, Mask], Numbers]] = {
    "sum": _sum,
    "count": _count,
    "avg": _average,
    "min": lambda values, present: np.fmin.reduce(np.where(present, values, np.nan), axis=0),
    "max": lambda values, present: np.fmax.reduce(np.where(present, values, np.nan), axis=0),
    "group": _ones,
    "stdvar": _variance,
    "stddev": lambda values, present: np.sqrt(_variance(values, present)),
}
_LEAST = -(2.0**63)
_SELECTIONS = {"topk", "bottomk", "limitk"}


def _selected(operator: str, frame: Frame, groups: list[list[int]], parameter: Numbers | str | None) -> Frame:
    assert isinstance(parameter, np.ndarray)  # noqa: S101 - the grammar gives these a number
    chosen = np.zeros_like(frame.present)
    for limit in parameter:
        if not _LEAST <= limit < -_LEAST:
            shown = repr(float(limit)) if np.isfinite(limit) else format_number(float(limit))
            raise PromQLError(f"Scalar value {shown} overflows int64")
    limits = parameter.astype(np.int64)
    for rows in groups:
        indices = np.array(rows)
        for step in range(frame.steps):
            there = indices[frame.present[indices, step]]
            if operator != "limitk":
                values = frame.values[there, step]
                signed = -values if operator == "topk" else values
                # NaN last, then by value, the earlier series first where equal
                there = there[np.lexsort((np.nan_to_num(signed), np.isnan(values)))]
            chosen[there[: max(int(limits[step]), 0)], step] = True
    return Frame.of(rows_of(frame.labels, frame.values, chosen), frame.steps)


def _count_values(frame: Frame, groups: list[tuple[Labels, list[int]]], name: str) -> Frame:
    if not name:
        raise PromQLError('invalid label name ""')
    rows: dict[frozenset[tuple[str, str]], tuple[Labels, Numbers, Mask]] = {}
    for group, indices in groups:
        for index in indices:
            for step in np.flatnonzero(frame.present[index]):
                labels = {**group, name: format_number(float(frame.values[index, step]))}
                budget.fits(len(rows) + 1, frame.steps)
                row = rows.setdefault(
                    label_key(labels), (labels, np.zeros(frame.steps), np.zeros(frame.steps, dtype=np.bool_))
                )
                row[1][step] += 1
                row[2][step] = True
    return Frame.of(list(rows.values()), frame.steps)


def ordered_for_display(operator: str, frame: Frame) -> Frame:
    """Return the frame; the results of `topk` and `bottomk` at one instant are sorted by value."""
    if frame.steps != 1 or operator not in {"topk", "bottomk"}:
        return frame
    values = frame.values[:, 0]
    order = np.lexsort((-values if operator == "topk" else values, np.isnan(values)))
    return Frame([frame.labels[i] for i in order], frame.values[order], frame.present[order])
