"""Log-based metrics: entries counted, or their values recorded, into one DELTA series for each set of labels.

Rules: a user-defined metric counts entries that its filter matches, stored or not; one with `bucketName` those that
are stored in that bucket. Entries more than 24 h older or 10 min newer than their receipt are not counted but are in
`logging.googleapis.com/logs_based_metrics_error_count`. Beyond 30,000 active series nothing new is counted.
"""

from collections.abc import Mapping
from typing import cast

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, child, children, flag, text, text_map
from vigil_emulator.logging.casts import number_of
from vigil_emulator.logging.entry import Entry, MonitoredResource
from vigil_emulator.logging.extract import Extractor, extractor, label_reader
from vigil_emulator.metrics.distribution import DEFAULT_OPTIONS, Distribution, bounds_of
from vigil_emulator.metrics.series import Labels, Series, SeriesKey, SeriesStore, label_tuple
from vigil_emulator.times import DAY, MINUTE

TOO_OLD = DAY
TOO_NEW = 10 * MINUTE
PREFIX = "logging.googleapis.com/user/"


class MonitoredResources:
    """The monitored resources of entries, one object for each, so that identity distinguishes them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], MonitoredResource] = {}

    def __len__(self) -> int:
        return len(self._known)

    def of(self, resource: JsonObject) -> MonitoredResource:
        """Return the resource that an entry names; labels that are no texts are left out."""
        kind, labels = resource.get("type"), resource.get("labels")
        if isinstance(kind, str) and isinstance(labels, dict) and len(resource) == 2:  # noqa: PLR2004 - nothing else
            flat = (kind, *labels, *labels.values())
            try:
                found = self._known.get(cast("tuple[str, ...]", flat))  # a known resource has texts alone
            except TypeError:  # a label that is a list or an object
                found = None
            if found is not None:
                return found
            if all(isinstance(value, str) for value in labels.values()):
                return self.named(kind, text_map(resource, "labels"))
        plain = self.named(text(resource, "type", "global"), text_map(resource, "labels"))
        key = ("", *_flat(plain.type, plain.labels))
        return self._known.setdefault(key, MonitoredResource(plain.type, plain.labels, whole=False))

    def named(self, kind: str, labels: Mapping[str, str]) -> MonitoredResource:
        """Return the resource with this type and these labels."""
        flat = (kind, *labels, *labels.values())
        found = self._known.get(flat)
        if found is None:
            pairs = label_tuple(labels)
            found = self._known.setdefault(_flat(kind, pairs), MonitoredResource(kind, pairs))
            self._known[flat] = found
        return found

    def clear(self) -> None:
        """Forget all: what is keyed by them must be forgotten too."""
        self._known.clear()


def _flat(kind: str, labels: Labels) -> tuple[str, ...]:
    return (kind, *(name for name, _ in labels), *(value for _, value in labels))


class LogMetric:
    """One metric of a project, compiled from its resource."""

    def __init__(self, project: str, identifier: str, body: JsonObject, store: SeriesStore) -> None:
        """Raise FilterError or ApiError where extractors or bucket options are not legal."""
        self.type = f"{PREFIX}{identifier}"
        self.filter = text(body, "filter")
        self.bucket = text(body, "bucketName")
        self.disabled = flag(body, "disabled")
        descriptor = child(body, "metricDescriptor")
        types = {text(label, "key"): text(label, "valueType", "STRING") for label in children(descriptor, "labels")}
        extractors = sorted(text_map(body, "labelExtractors").items())
        self._names = [name for name, _ in extractors]
        self._readers = [label_reader(extractor(source), types.get(name, "STRING")) for name, source in extractors]
        self._value: Extractor | None = None
        self._bounds: tuple[float, ...] = ()
        self._unit = text(descriptor, "unit", "1")
        if text(descriptor, "valueType", "INT64") == "DISTRIBUTION":
            self._value = extractor(text(body, "valueExtractor"))
            self._bounds = bounds_of(child(body, "bucketOptions") or DEFAULT_OPTIONS)
        self._project = project
        self._store = store
        self._series: dict[tuple[object, ...], Series] = {}

    def add(self, entry: Entry, resource: MonitoredResource) -> bool:
        """Count an entry that the filter matched; False where it was not, for its age or for too many series."""
        time = entry.time
        if not entry.received - TOO_OLD <= time <= entry.received + TOO_NEW:
            return False
        value: float | None = None
        if self._value is not None:
            found = self._value(entry)
            value = None if found is None else number_of(found)
            if value is None:
                return True
        values = [read(entry) for read in self._readers]
        key = (entry.log_name, resource, *values)
        series = self._series.get(key)
        if series is None:
            series = self._new_series(entry, resource, values)
            if series is None:
                return False
            self._series[key] = series
        end = (time // MINUTE + 1) * MINUTE
        if value is None:
            series.count(end, 1)
        else:
            series.record(end, value, self._bounds)
        self._store.changed.add((series, end))
        return True

    def _new_series(self, entry: Entry, resource: MonitoredResource, values: list[str]) -> Series | None:
        labels = {name: value for name, value in zip(self._names, values, strict=True) if value}
        if "log" not in labels:
            labels["log"] = entry.log_id
        kind, resource_labels = self._bucket_resource() if self.bucket else (resource.type, resource.labels)
        key = SeriesKey(self._project, self.type, label_tuple(labels), kind, resource_labels)
        value_type = "INT64" if self._value is None else "DISTRIBUTION"
        found = self._store.get(key)
        if found is not None and found.value_type == value_type:
            self._adapt(found)
            return found
        if found is not None:  # the metric was replaced by one of another type: its old series are not its
            self._store.forget(self._project, self.type)
            self._series.clear()
        if len(self._store.of_metric(self._project, self.type)) >= limits.LOG_METRIC_SERIES:
            return None
        return self._store.add(Series(key, "DELTA", value_type, self._unit, filled=True))

    def _adapt(self, series: Series) -> None:
        """Old points take the buckets that the metric has now."""
        for end, value in zip(series.ends, list(series.values), strict=True):
            if isinstance(value, Distribution) and value.bounds != self._bounds:
                series.put(end - MINUTE, end, value.rebucketed(self._bounds))
                self._store.changed.add((series, end))

    def _bucket_resource(self) -> tuple[str, Labels]:
        _, project, _, location, _, bucket = self.bucket.split("/")
        return "logging_bucket", label_tuple({"project_id": project, "location": location, "bucket_id": bucket})


class SystemCounters:
    """Google's own metrics about logs: entries and bytes stored, bytes billed, errors of sinks and metrics."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store
        self._series: dict[tuple[object, ...], Series] = {}

    def add(  # noqa: PLR0917 - what makes a counter, and the amount
        self,
        project: str,
        metric: str,
        labels: Mapping[str, str],
        resource: MonitoredResource,
        when: int,
        amount: float = 1,
    ) -> None:
        """Add to `logging.googleapis.com/<metric>` in the minute of `when`."""
        cached = (project, metric, *labels.values(), resource)
        series = self._series.get(cached)
        if series is None:
            key = SeriesKey(
                project, f"logging.googleapis.com/{metric}", label_tuple(labels), resource.type, resource.labels
            )
            unit = "By" if metric.endswith(("byte_count", "bytes_ingested")) else "1"
            series = self._store.get(key) or self._store.add(Series(key, "DELTA", "INT64", unit, filled=True))
            self._series[cached] = series
        end = (when // MINUTE + 1) * MINUTE
        series.count(end, amount)
        self._store.changed.add((series, end))

    def clear(self) -> None:
        """Forget cached series, after the store was loaded anew."""
        self._series.clear()
