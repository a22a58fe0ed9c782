"""`histogram_quantile` over classic buckets.

Rules: Prometheus 2.44 (promql/quantile.go): the buckets of a group are ordered by `le`, made monotonic, and
interpolated linearly; without a `+Inf` bucket the result is NaN. At Google a histogram without samples has no value.
"""

import numpy as np

from vigil_emulator.promql.frame import Frame, Labels, Mask, Numbers, label_key, somewhere, without
from vigil_emulator.promql.values import parse_number

_SMALL_DELTA = 1e-12


def bucket_quantile(phi: float, bounds: Numbers, counts: Numbers) -> float:  # noqa: PLR0911 - Prometheus' cases
    """Return the φ-quantile of cumulative counts whose upper bounds ascend strictly."""
    if np.isnan(phi) or not np.isposinf(bounds[-1]):
        return float("nan")
    if phi < 0:
        return float("-inf")
    if phi > 1:
        return float("inf")
    counts = monotonic(counts)
    if len(bounds) < 2 or not counts[-1] > 0:  # noqa: PLR2004 - an infinite bucket alone says nothing
        return float("nan")
    rank = phi * float(counts[-1])
    index = int(np.searchsorted(counts[:-1], rank, side="left"))
    if index == len(bounds) - 1:
        return float(bounds[-2])
    if index == 0 and bounds[0] <= 0:
        return float(bounds[0])
    start, below = (float(bounds[index - 1]), float(counts[index - 1])) if index > 0 else (0.0, 0.0)
    inside = float(counts[index]) - below
    if not inside:  # the 0-quantile where the first bucket is empty: 0/0 in Prometheus
        return float("nan")
    return start + (float(bounds[index]) - start) * ((float(rank) - below) / inside)


def monotonic(counts: Numbers) -> Numbers:
    """Return counts that never fall; tiny differences of float arithmetic become none."""
    out = counts.copy()
    for index in range(1, len(out)):
        before, now = out[index - 1], out[index]
        if now == before:
            continue
        if abs(now - before) < _SMALL_DELTA * (abs(now) + abs(before)) or now < before:
            out[index] = before
    return out


def quantiles(phi: Numbers, frame: Frame) -> Frame:
    """Evaluate `histogram_quantile`: one series for each group of buckets."""
    rows: list[tuple[Labels, Numbers, Mask]] = []
    for labels, bounds, values, present in bucket_groups(frame):
        there = somewhere(present & (values > 0))
        out = np.zeros(frame.steps)
        for step in np.flatnonzero(there):
            mask = present[:, step]
            out[step] = bucket_quantile(float(phi[step]), bounds[mask], values[mask, step])
        rows.append((labels, out, there))
    return Frame.of(rows, frame.steps)


def bucket_groups(frame: Frame) -> list[tuple[Labels, Numbers, Numbers, Mask]]:
    """Return the groups of buckets: labels without `le`, bounds ascending and unique, values and presence by bound."""
    found: dict[frozenset[tuple[str, str]], tuple[Labels, dict[float, list[int]]]] = {}
    for index, labels in enumerate(frame.labels):
        bound = parse_number(labels.get("le", ""))
        if bound is None:
            continue
        group = without(labels, ["le"])
        found.setdefault(label_key(group), (group, {}))[1].setdefault(bound, []).append(index)
    groups: list[tuple[Labels, Numbers, Numbers, Mask]] = []
    for labels, rows in found.values():
        bounds = sorted(rows)
        values = np.stack(
            [np.sum(np.where(frame.present[rows[b]], frame.values[rows[b]], 0.0), axis=0) for b in bounds]
        )
        present = np.stack([somewhere(frame.present[rows[b]]) for b in bounds])
        groups.append((labels, np.array(bounds), values, present))
    return groups
