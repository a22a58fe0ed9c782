"""Distributions as bounds and counts (api/distribution.proto; Prometheus' `le`)."""

from collections.abc import Mapping, Sequence

from vigil_apimodel.json_values import JsonObject, child
from vigil_emulator.numerals import number

Bucket = tuple[float, float, float]
"""Low bound, high bound, count."""


def mean_of(distribution: JsonObject) -> float:
    """Return the mean, 0 of none."""
    return number(distribution, "mean")


def buckets_of(distribution: JsonObject) -> list[Bucket]:
    """Return the buckets that hold something; the first and last, without a bound, are as wide as their neighbours."""
    counts = distribution.get("bucketCounts")
    bounds = _bounds(child(distribution, "bucketOptions"))
    if not isinstance(counts, list) or not bounds:
        return []
    edges = [min(0.0, bounds[0]), *bounds]
    edges.append(bounds[-1] * 2 if bounds[-1] > 0 else bounds[-1] + 1)
    numbers = [float(str(count)) for count in counts]
    return [
        (edges[place], edges[place + 1], count)
        for place, count in enumerate(numbers[: len(edges) - 1])
        if count > 0 and edges[place + 1] > edges[place]
    ]


def cumulative_buckets(counts: Mapping[float, float]) -> list[Bucket]:
    """Return the buckets of counts up to each `le`."""
    found: list[Bucket] = []
    low, before = 0.0, 0.0
    for bound in sorted(counts):
        high = low * 2 if bound == float("inf") else bound
        if counts[bound] > before and high > low:
            found.append((low, high, counts[bound] - before))
        low, before = high, max(before, counts[bound])
    return found


def _bounds(options: JsonObject) -> Sequence[float]:
    explicit = child(options, "explicitBuckets").get("bounds")
    if isinstance(explicit, list):
        return [float(str(bound)) for bound in explicit]
    exponential = child(options, "exponentialBuckets")
    if exponential:
        growth, start = number(exponential, "growthFactor", 2), number(exponential, "scale", 1)
        return [start * growth**place for place in range(int(number(exponential, "numFiniteBuckets")) + 1)]
    linear = child(options, "linearBuckets")
    if linear:
        offset, width = number(linear, "offset"), number(linear, "width", 1)
        return [offset + width * place for place in range(int(number(linear, "numFiniteBuckets")) + 1)]
    return []
