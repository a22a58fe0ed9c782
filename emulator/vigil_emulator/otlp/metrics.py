"""Metrics as Prometheus series, with the names and labels that they came with.

Source: https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/v1.metrics and
https://docs.cloud.google.com/stackdriver/docs/otlp-metrics/overview. What those pages say nothing of (scopes) is as the
Collector's exporter for Managed Service for Prometheus has it; docs/opentelemetry.md. The newer wording of the second
page allows ``-`` in a metric's name, the older one does not; labels have none in either.
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

from vigil_emulator.calls import JsonObject, JsonValue
from vigil_emulator.jsonvalues import json_map
from vigil_emulator.otlp import limits
from vigil_emulator.otlp.attributes import attributes_of, texts_of
from vigil_emulator.otlp.resources import TARGET, prometheus_target
from vigil_emulator.otlp.times import Times
from vigil_emulator.times import format_time

PREFIX: Final = "prometheus.googleapis.com/"
RESERVED: Final = frozenset({"location", "cluster", "namespace", "job", "instance", "project_id"})
_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_:./-]*")
_KEY: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]*")
_NO_VALUE: Final = 1
"""The flag of a point that says that there is no value."""

Point = NumberDataPoint | HistogramDataPoint | ExponentialHistogramDataPoint | SummaryDataPoint


@dataclass(slots=True)
class Mapped:
    """What became of one ResourceMetrics: series to write, and why points were rejected."""

    series: list[JsonObject] = field(default_factory=list["JsonObject"])
    rejected: list[str] = field(default_factory=list[str])


def points_of(metric: Metric) -> Sequence[Point]:
    """The metric's points, of whatever kind."""
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
    """The series of one ResourceMetrics."""
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
                wrong = _wrong_point(metric.name, point)
                if wrong:
                    found.rejected.append(wrong)
                elif not point.flags & _NO_VALUE:
                    found.series += _series(metric, point, target, times)
    return found


def _wrong_name(name: str) -> str:
    if _NAME.fullmatch(name):
        return ""
    return f"the metric's name {name!r} does not match {_NAME.pattern}: rename it in a view or a processor"


def _wrong_point(name: str, point: Point) -> str:
    for pair in point.attributes:
        if not _KEY.fullmatch(pair.key):
            return f"{name}: the attribute {pair.key!r} does not match {_KEY.pattern}: rename it"
        if pair.key in RESERVED:
            return f"{name}: the attribute {pair.key!r} is a label of {TARGET}: rename it"
    if isinstance(point, SummaryDataPoint) and len(point.quantile_values) > limits.QUANTILES:
        return f"{name}: a summary has {len(point.quantile_values)} quantiles, at most {limits.QUANTILES} are taken"
    return ""


def _wrong_temporality(metric: Metric) -> str:
    """Reject deltas: Google's page says that they are taken, and not how they are stored."""
    kind = metric.WhichOneof("data")
    if kind in {"sum", "histogram", "exponential_histogram"}:
        temporality = getattr(metric, kind).aggregation_temporality
        if temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA:
            remedy = "set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative"
            return f"{metric.name} is a delta, and the emulator takes cumulative values alone: {remedy}"
    return ""


def _series(metric: Metric, point: Point, target: JsonObject, times: Times) -> Iterator[JsonObject]:
    labels = texts_of(attributes_of(point.attributes))
    name = f"{PREFIX}{metric.name}"
    for kind, more, value in _values(metric, point, name):
        interval: JsonObject = {"endTime": format_time(times.of(point.time_unix_nano))}
        cumulative = not kind.endswith("/gauge") and "quantile" not in more
        if cumulative:
            interval["startTime"] = format_time(times.start_of(point.start_time_unix_nano))
        yield {
            "metric": {"type": kind, "labels": json_map({**labels, **more})},
            "resource": target,
            "metricKind": "CUMULATIVE" if cumulative else "GAUGE",
            "valueType": "DISTRIBUTION" if "distributionValue" in value else "DOUBLE",
            "unit": metric.unit,
            "points": [{"interval": interval, "value": value}],
        }


def _values(metric: Metric, point: Point, name: str) -> Iterator[tuple[str, dict[str, str], JsonObject]]:
    """Type, further labels and value of each series that a point is."""
    if isinstance(point, NumberDataPoint):
        counter = metric.WhichOneof("data") == "sum" and metric.sum.is_monotonic
        number = float(point.as_int) if point.WhichOneof("value") == "as_int" else point.as_double
        yield f"{name}/{'counter' if counter else 'gauge'}", {}, {"doubleValue": number}
    elif isinstance(point, SummaryDataPoint):
        yield f"{name}_sum/summary:counter", {}, {"doubleValue": point.sum}
        yield f"{name}_count/summary", {}, {"doubleValue": float(point.count)}
        for quantile in point.quantile_values:
            yield f"{name}/summary", {"quantile": f"{quantile.quantile:g}"}, {"doubleValue": quantile.value}
    else:
        yield f"{name}/histogram", {}, {"distributionValue": _distribution(point)}


def _distribution(point: HistogramDataPoint | ExponentialHistogramDataPoint) -> JsonObject:
    if isinstance(point, HistogramDataPoint):
        bounds, counts = list(point.explicit_bounds), list(point.bucket_counts)
    else:
        bounds, counts = exponential(point)
    mean = point.sum / point.count if point.count else 0.0
    return {
        "count": str(point.count),
        "mean": mean if math.isfinite(mean) else 0.0,
        "sumOfSquaredDeviation": 0.0,
        "bucketOptions": {"explicitBuckets": {"bounds": list[JsonValue](bounds)}},
        "bucketCounts": [str(count) for count in counts or [point.count]],
    }


def exponential(point: ExponentialHistogramDataPoint) -> tuple[list[float], list[int]]:
    """The bounds and counts of an exponential histogram: bucket i holds base^i < value <= base^(i+1)."""
    base = 2.0 ** (2.0**-point.scale)
    positive, negative = point.positive, point.negative
    bounds = [-(base ** (negative.offset + index)) for index in range(len(negative.bucket_counts), 0, -1)]
    counts = [0, *reversed(negative.bucket_counts)]
    if negative.bucket_counts:
        bounds.append(-(base**negative.offset))
    bounds.append(base**positive.offset)
    counts.append(point.zero_count)
    for index, count in enumerate(positive.bucket_counts):
        bounds.append(base ** (positive.offset + index + 1))
        counts.append(count)
    if not negative.bucket_counts:
        counts = counts[1:]
    return bounds, [*counts, 0]


def batches(series: Iterable[JsonObject]) -> Iterator[list[JsonObject]]:
    """The series in requests of ``timeSeries.create``, which takes one point of a series at a time."""
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
