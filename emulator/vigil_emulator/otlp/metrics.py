"""Metrics as Prometheus series, with the names and labels that they came with.

Source: https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/v1.metrics and
https://docs.cloud.google.com/stackdriver/docs/otlp-metrics/overview. What those pages say nothing of (scopes) is as the
Collector's exporter for Managed Service for Prometheus has it; docs/opentelemetry.md. The newer wording of the second
page allows `-` in a metric's name, the older one does not; labels have none in either. How deltas are stored and
which domains a name may have: `MAPPING`.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AggregationTemporality,
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    SummaryDataPoint,
)

from vigil_apimodel.json_values import JsonObject, JsonValue, json_map
from vigil_emulator.otlp import limits
from vigil_emulator.otlp.attributes import attributes_of, texts_of
from vigil_emulator.otlp.resources import TARGET, prometheus_target
from vigil_emulator.otlp.times import Times
from vigil_emulator.times import format_time

PREFIX: Final = "prometheus.googleapis.com/"
MAPPING: Final = "https://github.com/GoogleCloudPlatform/opentelemetry-operations-python/blob/main/MIGRATION.md"
"""Google's own account of how the Telemetry API stores metrics, with what v1.metrics above says of deltas."""
_DOMAINS: Final = ("workload.googleapis.com/", "custom.googleapis.com/")
"""Domains, beside that of Prometheus, that a metric's name may begin with."""
RESERVED: Final = frozenset({"location", "cluster", "namespace", "job", "instance", "project_id"})
_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_:./-]*")
_KEY: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]*")
_DOMAIN: Final = re.compile(r"[a-z0-9.-]*googleapis\.com/")
_NO_VALUE: Final = 1
"""The flag of a point that says that there is no value."""

Point = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint | SummaryDataPoint


@dataclass(slots=True)
class Mapped:
    """What became of one ResourceMetrics: series to write, and why points were rejected."""

    series: list[JsonObject] = field(default_factory=list["JsonObject"])
    rejected: list[str] = field(default_factory=list[str])


def points_of(metric: Metric) -> Sequence[Point]:
    """Return the metric's points, of whatever kind."""
    match metric.WhichOneof("data"):
        case "gauge":
            return metric.gauge.data_points
        case "sum":
            return metric.sum.data_points
        case "histogram":
            return metric.histogram.data_points
        case "exponential_histogram":
            return metric.exponential_histogram.data_points
        case "summary":
            return metric.summary.data_points
        case _:
            return ()


def mapped(attributes: Mapping[str, str], resource: ResourceMetrics, times: Times) -> Mapped:
    """Return the series of one ResourceMetrics."""
    found = Mapped()
    target, unplaced = prometheus_target(attributes)
    for scope in resource.scope_metrics:
        for metric in scope.metrics:
            points = points_of(metric)
            wrong = unplaced or _wrong_name(metric.name) or _wrong_temporality(metric)
            if wrong:
                found.rejected += [wrong] * len(points)
                continue
            for point in points:
                wrong = _wrong_point(metric, point)
                if wrong:
                    found.rejected.append(wrong)
                elif not point.flags & _NO_VALUE:
                    found.series += _series(metric, point, target, times)
    return found


def _wrong_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        return f"the metric's name {name!r} does not match {_NAME.pattern}: rename it in a view or a processor"
    domain = _DOMAIN.match(name)
    if domain is not None and domain[0] not in {PREFIX, *_DOMAINS}:
        known = ", ".join((PREFIX, *_DOMAINS))
        return f"the metric's name {name!r} has a domain other than {known}: leave the domain out ({MAPPING})"
    return ""


def _wrong_point(metric: Metric, point: Point) -> str:
    wrong = _wrong_attribute(metric.name, point)
    if wrong or point.flags & _NO_VALUE:
        return wrong
    if _delta(metric) and not 0 < point.start_time_unix_nano < point.time_unix_nano:
        return f"{metric.name}: a point of a delta needs a start time before its time"
    return _wrong_value(metric.name, point)


def _wrong_attribute(name: str, point: Point) -> str:
    for pair in point.attributes:
        if not _KEY.fullmatch(pair.key):
            return f"{name}: the attribute {pair.key!r} does not match {_KEY.pattern}: rename it"
        if pair.key in RESERVED:
            return f"{name}: the attribute {pair.key!r} is a label of {TARGET}: rename it"
    return ""


def _wrong_value(name: str, point: Point) -> str:
    match point:
        case SummaryDataPoint() if len(point.quantile_values) > limits.QUANTILES:
            return f"{name}: a summary has {len(point.quantile_values)} quantiles, at most {limits.QUANTILES} are taken"
        case NumberDataPoint() if point.WhichOneof("value") is None:
            return f"{name}: a point has no value"
        case HistogramDataPoint():
            return _wrong_buckets(name, point)
        case _:
            return ""


def _wrong_buckets(name: str, point: HistogramDataPoint) -> str:
    """Why a histogram is none: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram."""
    bounds, counts = point.explicit_bounds, point.bucket_counts
    if not all(math.isfinite(bound) for bound in bounds):
        return f"{name}: the bounds of a histogram must be finite numbers, not {list(bounds)}"
    if len(counts) != len(bounds) + 1 and (counts or bounds):
        return f"{name}: a histogram with {len(bounds)} bounds needs {len(bounds) + 1} counts, not {len(counts)}"
    return ""


def _delta(metric: Metric) -> bool:
    kind = metric.WhichOneof("data")
    if kind not in {"sum", "histogram", "exponential_histogram"}:
        return False
    temporality = getattr(metric, kind).aggregation_temporality
    return bool(temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA)


def _wrong_temporality(metric: Metric) -> str:
    if metric.WhichOneof("data") == "sum" and not metric.sum.is_monotonic and _delta(metric):
        remedy = "set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative"
        return f"{metric.name} is a delta that may fall, which the Telemetry API does not take: {remedy} ({MAPPING})"
    return ""


def _series(metric: Metric, point: Point, target: JsonObject, times: Times) -> Iterator[JsonObject]:
    labels = texts_of(attributes_of(point.attributes))
    for (name, suffix), more, value in _values(metric, point):
        kind = "GAUGE" if suffix == "gauge" or "quantile" in more else "DELTA" if _delta(metric) else "CUMULATIVE"
        interval: JsonObject = {"endTime": format_time(times.of(point.time_unix_nano))}
        if kind != "GAUGE":
            interval["startTime"] = format_time(times.start_of(point.start_time_unix_nano))
        yield {
            "metric": {"type": _type(name, suffix), "labels": json_map({**labels, **more})},
            "resource": target,
            "metricKind": kind,
            "valueType": "DISTRIBUTION" if "distributionValue" in value else "DOUBLE",
            "unit": metric.unit,
            "points": [{"interval": interval, "value": value}],
        }


def _type(name: str, suffix: str) -> str:
    """The metric's type. A name with its own domain keeps it, so that queries that read it today continue to work."""
    return name if name.startswith(_DOMAINS) else f"{PREFIX}{name.removeprefix(PREFIX)}/{suffix}"


def _values(metric: Metric, point: Point) -> Iterator[tuple[tuple[str, str], dict[str, str], JsonObject]]:
    """Name and suffix, further labels and value of each series that a point is."""
    name = metric.name
    if isinstance(point, NumberDataPoint):
        grows = metric.WhichOneof("data") == "sum" and metric.sum.is_monotonic
        suffix = "gauge" if not grows else "delta" if _delta(metric) else "counter"
        number = float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double
        yield (name, suffix), {}, {"doubleValue": number}
    elif isinstance(point, SummaryDataPoint):
        yield (f"{name}_sum", "summary:counter"), {}, {"doubleValue": point.sum}
        yield (f"{name}_count", "summary"), {}, {"doubleValue": float(point.count)}
        for quantile in point.quantile_values:
            yield (name, "summary"), {"quantile": f"{quantile.quantile:g}"}, {"doubleValue": quantile.value}
    else:
        suffix = "histogram:delta" if _delta(metric) else "histogram"
        yield (name, suffix), {}, {"distributionValue": _distribution(point)}


def _distribution(point: HistogramDataPoint | ExponentialHistogramDataPoint) -> JsonObject:
    if isinstance(point, HistogramDataPoint):
        bounds, counts = list(point.explicit_bounds), list(point.bucket_counts)
    else:
        bounds, counts = exponential(point)
    mean = point.sum / point.count if point.count else 0.0
    found: JsonObject = {
        "count": str(point.count),
        "mean": mean if math.isfinite(mean) else 0.0,
        "sumOfSquaredDeviation": 0.0,
        "bucketCounts": [str(count) for count in counts or [point.count]],
    }
    if bounds:  # google.api.Distribution has no histogram without one
        found["bucketOptions"] = {"explicitBuckets": {"bounds": list[JsonValue](bounds)}}
    return found


def exponential(point: ExponentialHistogramDataPoint) -> tuple[list[float], list[int]]:
    """Return the bounds and counts of an exponential histogram: bucket i holds base^i < value <= base^(i+1).

    Buckets that a double cannot tell apart, beyond its range or too close to one another, are one.
    """
    positive, negative, scale = point.positive, point.negative, point.scale
    found: list[tuple[float, int]] = []
    """The upper bound and the count of each bucket, in the order of the values."""
    if negative.bucket_counts:
        found.append((-_bound(scale, negative.offset + len(negative.bucket_counts)), 0))
    below = [(-_bound(scale, negative.offset + index), count) for index, count in enumerate(negative.bucket_counts)]
    found += reversed(below)
    found.append((_bound(scale, positive.offset), point.zero_count))
    above = enumerate(positive.bucket_counts, positive.offset + 1)
    found += [(_bound(scale, index), count) for index, count in above]
    bounds: list[float] = []
    counts: list[int] = [0]
    for bound, count in found:
        counts[-1] += count
        if math.isfinite(bound) and (not bounds or bound > bounds[-1]):
            bounds.append(bound)
            counts.append(0)
    return bounds, counts


def _bound(scale: int, index: int) -> float:
    """base^index for base = 2^(2^-scale), infinity beyond what a double holds."""
    try:
        return 2.0 ** math.ldexp(float(index), -scale)
    except OverflowError:
        return math.inf if index > 0 else 0.0


def batches(series: Iterable[JsonObject]) -> Iterator[list[JsonObject]]:
    """Yield the series in requests of `timeSeries.create`, which takes one point of a series at a time."""
    waiting = list(series)
    while waiting:
        seen: set[str] = set()
        now: list[JsonObject] = []
        later: list[JsonObject] = []
        for body in waiting:
            key = repr((body["metric"], body["resource"]))
            (later if key in seen else now).append(body)
            seen.add(key)
        yield now
        waiting = later
