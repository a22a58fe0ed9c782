"""Distributions: count, mean, squared deviation, and a histogram over declared bounds.

google/api/distribution.proto: bucket 0 is the underflow below the first bound, bucket i holds
`bound[i-1] <= value < bound[i]`, the last is the overflow. Exponential bounds are `scale * growth ** i`, linear
ones `offset + width * i`, for i in 0..finite buckets.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import numpy.typing as npt

from vigil_apimodel import buckets
from vigil_apimodel.json_values import JsonObject, JsonValue, child
from vigil_emulator.errors import ApiError
from vigil_emulator.numerals import number

MAXIMUM_BUCKETS = 200
DEFAULT_OPTIONS: JsonObject = {"exponentialBuckets": {"numFiniteBuckets": 64, "growthFactor": 2.0, "scale": 0.01}}
"""Used where a metric declares none (docs.cloud.google.com/logging/docs/logs-based-metrics/distribution-metrics)."""


@dataclass(slots=True)
class Distribution:
    """Recorded values. `counts` has one more bucket than `bounds` and no missing tail."""

    bounds: tuple[float, ...]
    count: int = 0
    mean: float = 0.0
    deviation: float = 0.0
    """Sum of squared deviations from the mean."""
    counts: list[int] = field(default_factory=list[int])

    def __post_init__(self) -> None:
        missing = len(self.bounds) + 1 - len(self.counts)
        if missing > 0:
            self.counts.extend([0] * missing)

    @property
    def total(self) -> float:
        """Sum of the values."""
        return self.mean * self.count

    def add(self, value: float) -> None:
        """Record one value (Welford's update)."""
        self.count += 1
        before = value - self.mean
        self.mean += before / self.count
        self.deviation += before * (value - self.mean)
        self.counts[bisect_right(self.bounds, value)] += 1

    def merged(self, other: "Distribution") -> "Distribution":
        """Return both together; raise ApiError where the bounds differ, since histograms then cannot be added."""
        if self.bounds != other.bounds:
            raise ApiError("INVALID_ARGUMENT", "Distributions with different bucket options cannot be merged.")
        count = self.count + other.count
        if not count:
            return Distribution(self.bounds)
        delta = other.mean - self.mean
        return Distribution(
            self.bounds,
            count,
            (self.mean * self.count + other.mean * other.count) / count,
            self.deviation + other.deviation + delta * delta * self.count * other.count / count,
            [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)],
        )

    def rebucketed(self, bounds: tuple[float, ...]) -> "Distribution":
        """Return the same values over other bounds, each bucket's as if they lay in its middle."""
        counts = [0] * (len(bounds) + 1)
        for index, amount in enumerate(self.counts):
            if amount:
                low, high = self.edges(index)
                counts[bisect_right(bounds, (low + high) / 2)] += amount
        return Distribution(bounds, self.count, self.mean, self.deviation, counts)

    def percentile(self, fraction: float) -> float:
        """Return the value below which `fraction` (0..1) of the values lie, linear within a bucket; NaN if empty."""
        if not self.count:
            return float("nan")
        rank = fraction * self.count
        seen = 0
        for index, amount in enumerate(self.counts):
            if amount and seen + amount >= rank:
                low, high = self.edges(index)
                return low + (high - low) * max(rank - seen, 0) / amount
            seen += amount
        return self.edges(len(self.counts) - 1)[1]

    def to_json(self) -> JsonObject:
        """Return it as the API serves it: empty trailing buckets left out, int64 as strings."""
        last = max((index for index, amount in enumerate(self.counts) if amount), default=-1)
        body: JsonObject = {
            "count": str(self.count),
            "mean": self.mean,
            "sumOfSquaredDeviation": self.deviation,
            "bucketOptions": {"explicitBuckets": {"bounds": list(self.bounds)}},
            "bucketCounts": [str(amount) for amount in self.counts[: last + 1]],
        }
        return {key: value for key, value in body.items() if value not in (0.0, [])}

    def edges(self, index: int) -> tuple[float, float]:
        """Return the bounds of a bucket; where one is missing, the other twice."""
        bounds = self.bounds
        if not bounds:
            return self.mean, self.mean
        if index == 0:
            return min(0.0, bounds[0]), bounds[0]
        if index == len(bounds):
            return bounds[-1], bounds[-1]
        return bounds[index - 1], bounds[index]


def bounds_of(options: JsonObject) -> tuple[float, ...]:
    """Return the finite bounds that bucket options declare; raise ApiError where they are not legal."""
    if explicit := child(options, "explicitBuckets"):
        raw = cast("Sequence[JsonValue]", explicit.get("bounds") or [])
        bounds = tuple(number({"bounds": bound}, "bounds") for bound in raw)
    elif linear := child(options, "linearBuckets"):
        finite = int(number(linear, "numFiniteBuckets"))
        width, offset = number(linear, "width"), number(linear, "offset")
        if finite < 1 or width <= 0:
            raise _bad("linearBuckets needs numFiniteBuckets > 0 and width > 0")
        bounds = tuple(buckets.linear(offset, width, finite))
    elif exponential := child(options, "exponentialBuckets"):
        finite = int(number(exponential, "numFiniteBuckets"))
        growth, scale = number(exponential, "growthFactor"), number(exponential, "scale")
        if finite < 1 or growth <= 1 or scale <= 0:
            raise _bad("exponentialBuckets needs numFiniteBuckets > 0, growthFactor > 1 and scale > 0")
        bounds = tuple(buckets.exponential(scale, growth, finite))
    else:
        raise _bad("one of explicitBuckets, linearBuckets, exponentialBuckets is needed")
    if len(bounds) + 1 > MAXIMUM_BUCKETS + 2:
        raise _bad(f"at most {MAXIMUM_BUCKETS} buckets are allowed, not {len(bounds) + 1}")
    if mistake := buckets.mistake(bounds):
        raise _bad(mistake)
    return bounds


def distribution_of(body: JsonObject) -> Distribution:
    """Return a distribution from the API's JSON; raise ApiError where its counts and its buckets disagree."""
    count = int(number(body, "count"))
    options = child(body, "bucketOptions")
    bounds = bounds_of(options) if options else ()
    raw = cast("Sequence[JsonValue]", body.get("bucketCounts") or [])
    counts = [int(number({"bucketCounts": item}, "bucketCounts")) for item in raw]
    deviation = number(body, "sumOfSquaredDeviation")
    if min(count, deviation, *counts) < 0:
        raise _bad("count, bucketCounts and sumOfSquaredDeviation are 0 or more")
    if counts and sum(counts) != count:
        raise _bad("the sum of bucketCounts must equal count")
    if len(counts) > len(bounds) + 1:
        raise _bad("there are more bucketCounts than buckets")
    if not counts and count and bounds:
        raise _bad("bucketCounts are needed where bucketOptions are given")
    return Distribution(bounds, count, number(body, "mean"), deviation, counts or [count])


def bucket_matrix(points: Sequence[Distribution]) -> npt.NDArray[np.float64]:
    """Return the cumulative counts of the points: one row per upper bound (the last is +Inf), one column per point."""
    if not points:
        return np.zeros((1, 0))
    return np.cumsum(np.array([point.counts for point in points], dtype=np.float64), axis=1).T


def _bad(reason: str) -> ApiError:
    return ApiError("INVALID_ARGUMENT", f"Field bucketOptions had an invalid value: {reason}.")
