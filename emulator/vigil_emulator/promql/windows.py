"""Functions over range vectors, for all windows of a series at once.

Rules: Prometheus 2.44 (promql/functions.go): a window is `[t - range, t]`; `rate` and its kin extrapolate to the
window's ends, at most half a sample interval beyond the samples where they stop short, and a counter never below zero.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from vigil_emulator.promql import budget
from vigil_emulator.promql.frame import Mask, Numbers, PromQLError, Times

Result: TypeAlias = tuple[Numbers, Mask]


@dataclass(frozen=True, slots=True)
class Windows:
    """A series and its windows: samples `low[i]:high[i]` lie in the i-th, which ends at `ends[i]`."""

    times: Times
    values: Numbers
    ends: Times
    span: int
    low: Times
    high: Times

    @classmethod
    def over(cls, times: Times, values: Numbers, ends: Times, span: int, *, closed: bool = False) -> "Windows":
        """Return the windows of `span` that end at `ends`: those of PromQL are `closed`, with their first moment."""
        low = np.searchsorted(times, ends - span, side="left" if closed else "right")
        return cls(times, values, ends, span, low, np.searchsorted(times, ends, side="right"))

    @property
    def counts(self) -> Times:
        """Samples in each window."""
        return self.high - self.low

    def reduced(self, ufunc: np.ufunc, values: Numbers | None = None) -> Result:
        """Return a ufunc's reduction of each window."""
        source = self.values if values is None else values
        filled = self.counts > 0
        if not filled.any():
            return np.zeros(len(self.ends)), filled
        pairs = np.stack([self.low, np.maximum(self.high, self.low)], axis=1).ravel()
        padded = np.append(source, 0.0)
        with np.errstate(all="ignore"):
            reduced = ufunc.reduceat(padded, np.minimum(pairs, len(source)))[::2]
        return np.where(filled, reduced, 0.0), filled

    def each(self, function: Callable[[Times, Numbers], float], least: int = 1) -> Result:
        """Return a function of the samples of each window that has at least `least`, one call for equal windows."""
        out = np.zeros(len(self.ends))
        present = self.counts >= least
        known: dict[tuple[int, int], float] = {}
        for index in np.flatnonzero(present):
            key = (int(self.low[index]), int(self.high[index]))
            if key not in known:
                budget.work(key[1] - key[0])
                known[key] = function(self.times[key[0] : key[1]], self.values[key[0] : key[1]])
            out[index] = known[key]
        return out, present


def extrapolated(windows: Windows, *, counter: bool, rate: bool) -> Result:
    """Evaluate `rate` (counter, rate), `increase` (counter) and `delta`."""
    present = windows.counts >= 2  # noqa: PLR2004 - a difference needs two samples
    out = np.zeros(len(windows.ends))
    if not present.any():
        return out, present
    low, last = windows.low[present], windows.high[present] - 1
    times, values = windows.times, windows.values
    first_value = values[low]
    change = values[last] - first_value
    if counter:
        drops = np.zeros(len(values))
        drops[1:] = np.where(values[1:] < values[:-1], values[:-1], 0.0)
        if drops.any():
            lost = np.cumsum(drops)
            change = change + (lost[last] - lost[low])
    to_start = (times[low] - (windows.ends[present] - windows.span)) / 1000.0
    to_end = (windows.ends[present] - times[last]) / 1000.0
    sampled = (times[last] - times[low]) / 1000.0
    with np.errstate(all="ignore"):
        average = sampled / (last - low)
        threshold = average * 1.1
        to_start = np.where(to_start >= threshold, average / 2, to_start)
        if counter:
            to_zero = np.where((change > 0) & (first_value >= 0), sampled * (first_value / change), to_start)
            to_start = np.minimum(to_start, to_zero)
        to_end = np.where(to_end >= threshold, average / 2, to_end)
        factor = (sampled + to_start + to_end) / sampled
        if rate:
            factor = factor / (windows.span / 1000.0)
        out[present] = change * factor
    return out, present


def instant(windows: Windows, *, rate: bool) -> Result:
    """Evaluate `irate` and `idelta`: the last two samples."""
    present = windows.counts >= 2  # noqa: PLR2004 - a difference needs two samples
    out = np.zeros(len(windows.ends))
    last = windows.high[present] - 1
    now, before = windows.values[last], windows.values[last - 1]
    if not rate:
        out[present] = now - before
        return out, present
    with np.errstate(all="ignore"):
        seconds = (windows.times[last] - windows.times[last - 1]) / 1000.0
        out[present] = np.where(now < before, now, now - before) / seconds
    return out, present


def counted_changes(windows: Windows, *, resets: bool) -> Result:
    """Evaluate `resets` and `changes`."""
    present = windows.counts >= 1
    values = windows.values
    events = np.zeros(len(values))
    if len(values) > 1:
        both_nan = np.isnan(values[1:]) & np.isnan(values[:-1])
        events[1:] = values[1:] < values[:-1] if resets else (values[1:] != values[:-1]) & ~both_nan
    total = np.cumsum(events)
    out = np.zeros(len(windows.ends))
    out[present] = total[windows.high[present] - 1] - total[windows.low[present]]
    return out, present


def average(windows: Windows) -> Result:
    """Evaluate `avg_over_time` of each window."""
    out, present = windows.reduced(np.add)
    return out / np.maximum(windows.counts, 1), present


def last(windows: Windows) -> Result:
    """Evaluate `last_over_time` of each window."""
    present = windows.counts >= 1
    out = np.zeros(len(windows.ends))
    out[present] = windows.values[windows.high[present] - 1]
    return out, present


def deviation(windows: Windows, *, root: bool) -> Result:
    """Evaluate `stddev_over_time` and `stdvar_over_time`, of the population."""

    def one(_: Times, values: Numbers) -> float:
        variance = float(np.mean((values - np.mean(values)) ** 2))
        return variance**0.5 if root else variance

    return windows.each(one)


def quantile(phi: float, values: Numbers) -> float:
    """Return Prometheus' quantile: linear between the ranks; NaN for no values, ±Inf for φ outside 0..1."""
    if not len(values) or np.isnan(phi):
        return float("nan")
    if phi < 0:
        return float("-inf")
    if phi > 1:
        return float("inf")
    # NaN sorts first there, last in numpy
    ordered = np.concatenate([values[np.isnan(values)], np.sort(values[~np.isnan(values)])])
    rank = phi * (len(ordered) - 1)
    low = max(0, int(np.floor(rank)))
    high = min(len(ordered) - 1, low + 1)
    weight = rank - np.floor(rank)
    return float(ordered[low] * (1 - weight) + ordered[high] * weight)


def regression(times: Times, values: Numbers, intercept_at: int) -> tuple[float, float]:
    """Return the slope per second and the value at `intercept_at` (ms) of the least-squares line."""
    if np.all(values == values[0]):
        return (float("nan"), float("nan")) if np.isinf(values[0]) else (0.0, float(values[0]))
    x = (times - intercept_at) / 1000.0
    count = len(x)
    covariance = float(np.sum(x * values) - np.sum(x) * np.sum(values) / count)
    variance = float(np.sum(x * x) - np.sum(x) ** 2 / count)
    slope = covariance / variance if variance else float("nan")
    return slope, float(np.sum(values) / count - slope * np.sum(x) / count)


def derivative(windows: Windows) -> Result:
    """Evaluate `deriv`: the slope per second."""
    return windows.each(lambda times, values: regression(times, values, int(times[0]))[0], 2)


def predicted(windows: Windows, seconds: Numbers) -> Result:
    """Evaluate `predict_linear`: the line's value `seconds` after the window's end."""
    out = np.zeros(len(windows.ends))
    present = windows.counts >= 2  # noqa: PLR2004 - a line needs two samples
    for index in np.flatnonzero(present):
        part = slice(int(windows.low[index]), int(windows.high[index]))
        budget.work(part.stop - part.start)
        slope, value = regression(windows.times[part], windows.values[part], int(windows.ends[index]))
        out[index] = value + slope * seconds[index]
    return out, present


def smoothed(values: Numbers, factor: float, trend_factor: float) -> float:
    """Evaluate `holt_winters`. Raise PromQLError where a factor is not between 0 and 1."""
    for name, letter, smoothing in (("smoothing", "sf", factor), ("trend", "tf", trend_factor)):
        if not 0 < smoothing < 1:
            raise PromQLError(f"invalid {name} factor. Expected: 0 < {letter} < 1, got: {smoothing:f}")
    level, trend = float(values[0]), float(values[1] - values[0])
    before = level
    for index, value in enumerate(values[1:]):
        if index:
            trend = trend_factor * (level - before) + (1 - trend_factor) * trend
        before, level = level, factor * float(value) + (1 - factor) * (level + trend)
    return level
