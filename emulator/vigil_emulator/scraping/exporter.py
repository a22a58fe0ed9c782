"""Metrics as time series of Managed Service for Prometheus, as the exporter `googlemanagedprometheus` writes them.

Sources: opentelemetry-operations-go v0.62, `exporter/collector/metrics.go` and its `googlemanagedprometheus`;
github.com/prometheus/otlptranslator v1.0 for names. Exemplars are not written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue, json_map
from vigil_emulator.scraping.configuration import Attribute, Configuration
from vigil_emulator.scraping.families import Family, Labels, Point, Resource, buckets
from vigil_emulator.scraping.normalization import Starts, Total
from vigil_emulator.times import SECOND, format_time

PREFIX: Final = "prometheus.googleapis.com/"
_PLACES: Final = {
    "location": ("location", "cloud.availability_zone", "cloud.region"),
    "cluster": ("cluster", "k8s.cluster.name", "k8s.cluster.uid"),
    "namespace": ("namespace", "k8s.namespace.name"),
    "job": ("job", "service.name"),
    "instance": ("instance", "service.instance.id"),
}
_TOKEN: Final = re.compile(r"[a-zA-Z0-9:]+")
_UCUM: Final = {
    "days": "d", "hours": "h", "minutes": "min", "seconds": "s", "milliseconds": "ms", "microseconds": "us",
    "nanoseconds": "ns", "bytes": "By", "kibibytes": "KiBy", "mebibytes": "MiBy", "gibibytes": "GiBy",
    "kilobytes": "KBy", "megabytes": "MBy", "gigabytes": "GBy", "terabytes": "TBy", "meters": "m", "volts": "V",
    "amperes": "A", "joules": "J", "watts": "W", "grams": "g", "celsius": "Cel", "hertz": "Hz", "ratio": "1",
    "percent": "%",
}  # fmt: skip


class Exporter:
    """Turns what one target served into series, and remembers when its cumulative ones began."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._starts = Starts()

    def series(self, resources: list[Resource], now: int) -> Iterator[JsonObject]:
        """Yield what `timeSeries.create` takes of them; `now` in ns ends the memory of series long gone."""
        for resource in resources:
            place = prometheus_target(resource, self._configuration.attributes)
            for family in resource.families.values():
                for point in family.points.values():
                    yield from self._of(place, family, point)
        self._starts.forget(now)

    def _of(self, place: JsonObject, family: Family, point: Point) -> Iterator[JsonObject]:
        match family.shape:
            case "histogram":
                yield from self._histogram(place, family, point)
            case "summary":
                yield from self._summary(place, family, point)
            case "sum" if family.described.kind == "counter":
                yield from self._counter(place, family, point, f"{self._name(family, total=True)}/counter")
            case _:
                yield from self._gauge(place, family, point)

    def _gauge(self, place: JsonObject, family: Family, point: Point) -> Iterator[JsonObject]:
        if point.value is None:
            return
        name, unknown = self._name(family), family.described.kind == "unknown"
        value: JsonObject = {"doubleValue": point.value}
        yield _gauge(place, family, f"{name}/{'unknown' if unknown else 'gauge'}", point.labels, point.time, value)
        if unknown:  # nobody knows what it is: it is written as a counter too
            total = self._name(family, total=True)
            bare = total if family.name.rstrip("_").endswith("total") else total.removesuffix("_total")
            yield from self._counter(place, family, point, f"{bare}/unknown:counter")

    def _counter(self, place: JsonObject, family: Family, point: Point, metric: str) -> Iterator[JsonObject]:
        if point.value is None:
            return
        begun = self._begun(place, metric, point, Total((point.value,)))
        if begun is not None:
            start, total = begun
            value: JsonObject = {"doubleValue": total.values[0]}
            yield _cumulative(place, family, metric, point, start, value)

    def _histogram(self, place: JsonObject, family: Family, point: Point) -> Iterator[JsonObject]:
        found = buckets(point)
        if found is None:
            return
        metric = f"{self._name(family)}/histogram"
        total = Total((float(found.count), found.total, *map(float, found.counts)), found.bounds)
        begun = self._begun(place, metric, point, total)
        if begun is not None:
            start, since = begun
            value: JsonObject = {"distributionValue": distribution(since)}
            yield _cumulative(place, family, metric, point, start, value)

    def _summary(self, place: JsonObject, family: Family, point: Point) -> Iterator[JsonObject]:
        if point.count is None:
            return
        name = self._name(family)
        whole = Total((float(int(point.count)), point.total or 0.0))
        begun = self._begun(place, f"{name}/summary", point, whole)
        if begun is None:
            return
        start, since = begun
        count, total = since.values
        for metric, number in ((f"{name}_sum/summary:counter", total), (f"{name}_count/summary", count)):
            yield _cumulative(place, family, metric, point, start, {"doubleValue": number})
        for quantile, number in sorted(point.parts):
            labels = (*point.labels, ("quantile", _decimal(quantile)))
            yield _gauge(place, family, f"{name}/summary", labels, point.time, {"doubleValue": number})

    def _begun(self, place: JsonObject, metric: str, point: Point, total: Total) -> tuple[int, Total] | None:
        created = round(point.created * 1000) * (SECOND // 1000)
        if not self._configuration.normalised:
            return created, total
        return self._starts.of((str(place), metric, point.labels), point.time, total, created)

    def _name(self, family: Family, *, total: bool = False) -> str:
        return metric_name(
            family.name,
            total=total and self._configuration.suffixes,
            ratio=family.described.unit == "ratio" and family.shape == "gauge" and not total,
            suffixes=self._configuration.suffixes,
        )


def metric_name(name: str, *, total: bool = False, ratio: bool = False, suffixes: bool = True) -> str:
    """Return the name at the destination: words joined by one underscore, `total` or `ratio` at the end alone."""
    words = _TOKEN.findall(name)
    if not suffixes:
        return name
    for word, wanted in (("total", total), ("ratio", ratio)):
        if wanted:
            words = [*(one for one in words if one != word), word]
    joined = "_".join(words)
    return f"_{joined}" if joined[:1].isdigit() else joined


def prometheus_target(resource: Resource, attributes: tuple[Attribute, ...]) -> JsonObject:
    """Return the monitored resource: the target's own attributes, changed by the resource processor."""
    found = {"service.name": resource.job, "service.instance.id": resource.instance, **resource.info}
    for one in attributes:
        if one.action == "delete":
            found.pop(one.key, None)
        elif one.action == "upsert" or (one.key in found) == (one.action == "update"):
            found[one.key] = one.value
    labels = {label: next((found[key] for key in keys if key in found), "") for label, keys in _PLACES.items()}
    if "service.namespace" in found:
        labels["job"] = f"{found['service.namespace']}/{labels['job']}"
    return {"type": "prometheus_target", "labels": json_map(labels)}


def distribution(total: Total) -> JsonObject:
    """Return a histogram as a distribution; values count as the middle of their buckets, the last as its bound."""
    count, whole, *counts = total.values
    mean = whole / count if count > 0 and whole == whole else 0.0  # noqa: PLR0124 - NaN is not itself
    deviation, low = 0.0, 0.0
    for amount, high in zip(counts, (*total.bounds, total.bounds[-1]), strict=True):
        middle = (low + high) / 2
        deviation += amount * (middle - mean) ** 2
        low = high
    bounds: list[JsonValue] = list(total.bounds)
    return {
        "count": str(int(count)),
        "mean": mean,
        "sumOfSquaredDeviation": deviation,
        "bucketOptions": {"explicitBuckets": {"bounds": bounds}},
        "bucketCounts": [str(int(amount)) for amount in counts],
    }


def _gauge(  # noqa: PLR0917 - the parts of a series
    place: JsonObject, family: Family, metric: str, labels: Labels, time: int, value: JsonObject
) -> JsonObject:
    return _series(place, family, metric, labels, "GAUGE", {"endTime": format_time(time)}, value)


def _cumulative(  # noqa: PLR0917 - the parts of a series
    place: JsonObject, family: Family, metric: str, point: Point, start: int, value: JsonObject
) -> JsonObject:
    interval: JsonObject = {"startTime": format_time(start), "endTime": format_time(point.time)}
    return _series(place, family, metric, point.labels, "CUMULATIVE", interval, value)


def _series(  # noqa: PLR0917 - the parts of a series
    place: JsonObject,
    family: Family,
    metric: str,
    labels: Labels,
    kind: str,
    interval: JsonObject,
    value: JsonObject,
) -> JsonObject:
    return {
        "metric": {"type": f"{PREFIX}{metric}", "labels": json_map(_sanitised(dict(labels)))},
        "resource": place,
        "metricKind": kind,
        "valueType": "DISTRIBUTION" if "distributionValue" in value else "DOUBLE",
        "unit": _ucum(family.described.unit),
        "points": [{"interval": interval, "value": value}],
    }


def _sanitised(labels: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in labels.items():
        name = "".join(letter if letter.isalnum() else "_" for letter in key)
        found[f"key_{name}" if name[:1].isdigit() else name] = value
    return found


def _ucum(word: str) -> str:
    return _UCUM.get(word, word)


def _decimal(number: float) -> str:
    """The shortest decimal without an exponent, as Go's `FormatFloat(x, 'f', -1, 64)`."""
    text = format(number, "f")
    shortest = repr(number)
    if "e" in shortest or "n" in shortest:
        return text
    return shortest.removesuffix(".0")
