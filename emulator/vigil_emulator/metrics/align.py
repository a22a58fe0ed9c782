"""Aligners: a series made regular, one value for each period that ends at a given time.

Source: google/monitoring/v3/common.proto, Aggregation.Aligner. A period is `(end - length, end]`. DELTA and
CUMULATIVE series are read as a curve that grows within each point's interval, so that periods which cut through an
interval take their share of it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.legality import PERCENTILES, aligned_type
from vigil_emulator.metrics.series import Columns, Labels, Numbers, Times, Value
from vigil_emulator.promql.frame import Mask
from vigil_emulator.promql.windows import Windows
from vigil_emulator.times import MINUTE, SECOND


@dataclass(frozen=True, slots=True)
class Aligned:
    """A series after alignment: the value at each end, where there is one."""

    metric_labels: Labels
    resource: str
    resource_labels: Labels
    kind: str
    value_type: str
    numbers: Numbers
    """Empty for distributions and texts."""
    values: list[Value]
    present: Mask


def align(  # noqa: PLR0917 - a series' parts and the aggregation's
    columns: Columns, kind: str, value_type: str, aligner: str, ends: Times, period: int
) -> tuple[Numbers, list[Value], Mask, str, str]:
    """Return the numbers or values at the ends, if any, and their kind and type; raise ApiError if illegal."""
    new_kind, new_type = aligned_type(aligner, kind, value_type)
    if value_type == "DISTRIBUTION":
        return *_distributions(columns, kind, aligner, ends, period), new_kind, new_type
    if value_type == "STRING":
        values, present = _texts(columns, ends, period)
        return np.zeros(0), values, present, new_kind, new_type
    if aligner in {"ALIGN_DELTA", "ALIGN_RATE"}:
        numbers, present = change(columns, kind, ends - period, ends)
        if aligner == "ALIGN_RATE":
            numbers = numbers / (period / SECOND)
        return numbers, [], present, new_kind, new_type
    numbers, present = _NUMERIC[aligner](Windows.over(columns.ends, columns.numbers, ends, period))
    return numbers, [], present, new_kind, new_type


def increments(columns: Columns, kind: str) -> tuple[Times, Times, Numbers]:
    """Return starts, ends and growth of a DELTA or CUMULATIVE series of numbers."""
    if kind == "DELTA" or not len(columns.ends):
        return columns.starts, columns.ends, columns.numbers
    values, starts = columns.numbers, columns.starts
    growth = values.copy()
    begins = starts.copy()
    same = (starts[1:] == starts[:-1]) & (values[1:] >= values[:-1])
    growth[1:][same] = values[1:][same] - values[:-1][same]
    begins[1:][same] = columns.ends[:-1][same]
    return np.minimum(begins, columns.ends), columns.ends, growth


def change(columns: Columns, kind: str, begins: Times, ends: Times) -> tuple[Numbers, Mask]:
    """Return by how much a DELTA or CUMULATIVE series of numbers grew from each begin to its end, where known."""
    starts, stops, growth = increments(columns, kind)
    if not len(stops):
        return np.zeros(len(ends)), np.zeros(len(ends), dtype=np.bool_)
    # the curve: level before each interval at its start, after it at its end
    total = np.concatenate([[0.0], np.cumsum(growth)])
    knots = np.stack([np.maximum(starts, np.concatenate([[starts[0]], stops[:-1]])), stops], axis=1).ravel()
    levels = np.stack([total[:-1], total[1:]], axis=1).ravel()
    numbers = np.interp(ends, knots, levels) - np.interp(begins, knots, levels)
    # an interval reaches into the period if it ends after the period's start and starts before its end
    first = np.searchsorted(stops, begins, side="right")
    present = (first < len(stops)) & (starts[np.minimum(first, len(stops) - 1)] < ends)
    return np.where(present, numbers, 0.0), present


def _interpolated(windows: Windows) -> tuple[Numbers, Mask]:
    times, ends = windows.times, windows.ends
    if not len(times):
        return np.zeros(len(ends)), np.zeros(len(ends), dtype=np.bool_)
    return np.interp(ends, times, windows.values), (ends >= times[0]) & (ends <= times[-1])


def _mean(windows: Windows) -> tuple[Numbers, Mask]:
    total, present = windows.reduced(np.add)
    return total / np.maximum(windows.counts, 1), present


def _deviation(windows: Windows) -> tuple[Numbers, Mask]:
    return windows.each(lambda _, values: float(np.std(values)))


def _fraction(windows: Windows) -> tuple[Numbers, Mask]:
    return _mean(windows)


def _percent_change(windows: Windows) -> tuple[Numbers, Mask]:
    smooth = 10 * MINUTE
    current, now = _mean(Windows.over(windows.times, windows.values, windows.ends, smooth))
    previous, before = _mean(Windows.over(windows.times, windows.values, windows.ends - windows.span, smooth))
    with np.errstate(all="ignore"):
        change = (current - previous) / previous * 100
    change = np.where((current == 0) & (previous == 0), 0.0, change)
    return np.where((previous == 0) & (current != 0), np.inf, change), now & before


def _last(windows: Windows) -> tuple[Numbers, Mask]:
    present = windows.counts > 0
    out = np.zeros(len(windows.ends))
    out[present] = windows.values[windows.high[present] - 1]
    return out, present


_NUMERIC: dict[str, Callable[[Windows], tuple[Numbers, Mask]]] = {
    "ALIGN_INTERPOLATE": _interpolated,
    "ALIGN_NEXT_OLDER": _last,
    "ALIGN_MIN": lambda w: w.reduced(np.minimum),
    "ALIGN_MAX": lambda w: w.reduced(np.maximum),
    "ALIGN_MEAN": _mean,
    "ALIGN_COUNT": lambda w: (w.counts.astype(np.float64), w.counts > 0),
    "ALIGN_SUM": lambda w: w.reduced(np.add),
    "ALIGN_STDDEV": _deviation,
    "ALIGN_COUNT_TRUE": lambda w: w.reduced(np.add),
    "ALIGN_COUNT_FALSE": lambda w: (w.counts - w.reduced(np.add)[0], w.counts > 0),
    "ALIGN_FRACTION_TRUE": _fraction,
    "ALIGN_PERCENT_CHANGE": _percent_change,
}


def _texts(columns: Columns, ends: Times, period: int) -> tuple[list[Value], Mask]:
    high = np.searchsorted(columns.ends, ends, side="right")
    present = high > np.searchsorted(columns.ends, ends - period, side="right")
    return [columns.values[i - 1] if there else "" for i, there in zip(high, present, strict=True)], present


def _distributions(
    columns: Columns, kind: str, aligner: str, ends: Times, period: int
) -> tuple[Numbers, list[Value], Mask]:
    points = [value for value in columns.values if isinstance(value, Distribution)]
    if kind == "CUMULATIVE":
        points = _differences(points, columns.starts)
    low = np.searchsorted(columns.ends, ends - period, side="right")
    high = np.searchsorted(columns.ends, ends, side="right")
    present = high > low
    merged: list[Value] = []
    for place in range(len(ends)):
        first, last = int(low[place]), int(high[place])
        if aligner == "ALIGN_NEXT_OLDER":
            newest = points[last - 1] if last > first else Distribution(())
            merged.append(newest)
            continue
        total = Distribution(points[first].bounds) if last > first else Distribution(())
        for point in points[first:last]:
            total = total.merged(point) if point.count else total
        merged.append(total)
    if not aligner.startswith("ALIGN_PERCENTILE_"):
        return np.zeros(0), merged, present
    fraction = PERCENTILES[aligner.rpartition("_")[2]]
    numbers = np.array([item.percentile(fraction) if isinstance(item, Distribution) else np.nan for item in merged])
    present = present & ~np.isnan(numbers)
    return np.where(present, numbers, 0.0), [], present


def _differences(points: list[Distribution], starts: Times) -> list[Distribution]:
    out: list[Distribution] = []
    for index, point in enumerate(points):
        before = points[index - 1] if index else None
        if before is None or starts[index] != starts[index - 1] or point.count < before.count:
            out.append(point)
            continue
        count = point.count - before.count
        mean = (point.total - before.total) / count if count else 0.0
        delta = before.mean - mean
        deviation = point.deviation - before.deviation
        if count:
            deviation -= delta * delta * before.count * count / point.count
        counts = [now - then for now, then in zip(point.counts, before.counts, strict=True)]
        out.append(Distribution(point.bounds, count, mean, max(deviation, 0.0), counts))
    return out


def check_period(period: int, *, field: str = "aggregation") -> None:
    """Raise ApiError for an alignment period below a minute."""
    if period < MINUTE:
        raise ApiError(
            "INVALID_ARGUMENT",
            f'Field {field}.alignmentPeriod had an invalid value of "{period // SECOND}s": '
            "The alignment period must be at least 60 seconds.",
        )
