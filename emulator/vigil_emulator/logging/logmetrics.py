"""Log-based metrics: entries counted, or their values recorded, into one DELTA series for each set of labels.

Rules: a user-defined metric counts entries that its filter matches, stored or not; one with ``bucketName`` those that
are stored in that bucket. Entries more than 24 h older or 10 min newer than their receipt are not counted but are in
``logging.googleapis.com/logs_based_metrics_error_count``. Beyond 30,000 active series nothing new is counted.
"""

from collections.abc import Mapping
from typing import cast

from vigil_emulator.calls import JsonObject
from vigil_emulator.jsonvalues import child, children, flag, text, text_map
from vigil_emulator.logging.casts import number_of
from vigil_emulator.logging.entry import Entry
from vigil_emulator.logging.extract import Extractor, extractor, label_value
from vigil_emulator.metrics.distribution import DEFAULT_OPTIONS, Distribution, bounds_of
from vigil_emulator.metrics.series import Labels, Series, SeriesKey, SeriesStore, label_tuple
from vigil_emulator.times import DAY, MINUTE

TOO_OLD = DAY
TOO_NEW = 10 * MINUTE
MAXIMUM_SERIES = 30_000
PREFIX = "logging.googleapis.com/user/"


def resource_of(entry: Entry) -> tuple[str, Labels]:
    """An entry's monitored resource as part of a series key."""
    found = entry.resource_key
    if found is None:
        resource = child(entry.body, "resource")
        labels = child(resource, "labels")
        pairs = tuple(sorted(labels.items()))  # names differ, so values are never compared
        for _, value in pairs:
            if value.__class__ is not str:
                pairs = tuple(pair for pair in pairs if isinstance(pair[1], str))
                break
        found = entry.resource_key = text(resource, "type", "global"), cast("Labels", pairs)
    return found


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
        self._labels: list[tuple[str, Extractor, str]] = [
            (name, extractor(source), types.get(name, "STRING"))
            for name, source in sorted(text_map(body, "labelExtractors").items())
        ]
        self._value: Extractor | None = None
        self._bounds: tuple[float, ...] = ()
        self._unit = text(descriptor, "unit", "1")
        if text(descriptor, "valueType", "INT64") == "DISTRIBUTION":
            self._value = extractor(text(body, "valueExtractor"))
            self._bounds = bounds_of(child(body, "bucketOptions") or DEFAULT_OPTIONS)
        self._project = project
        self._store = store
        self._series: dict[tuple[object, ...], Series] = {}

    def add(self, entry: Entry, resource: tuple[str, Labels]) -> bool:
        """Count an entry that the filter matched; False where it was not, for its age or for too many series."""
        if not entry.received - TOO_OLD <= entry.time <= entry.received + TOO_NEW:
            return False
        value: float | None = None
        if self._value is not None:
            found = self._value(entry)
            value = None if found is None else number_of(found)
            if value is None:
                return True
        values = [label_value(get(entry), kind) for _, get, kind in self._labels]
        key = (entry.log_name, resource, *values)
        series = self._series.get(key)
        if series is None:
            series = self._new_series(entry, resource, values)
            if series is None:
                return False
            self._series[key] = series
        end = (entry.time // MINUTE + 1) * MINUTE
        if value is None:
            series.count(end, 1)
        else:
            series.record(end, value, self._bounds)
        self._store.changed.add((series, end))
        return True

    def _new_series(self, entry: Entry, resource: tuple[str, Labels], values: list[str]) -> Series | None:
        labels = {name: value for (name, _, _), value in zip(self._labels, values, strict=True) if value}
        if "log" not in labels:
            labels["log"] = entry.log_id
        kind, resource_labels = self._bucket_resource() if self.bucket else resource
        key = SeriesKey(self._project, self.type, label_tuple(labels), kind, resource_labels)
        value_type = "INT64" if self._value is None else "DISTRIBUTION"
        found = self._store.get(key)
        if found is not None and found.value_type == value_type:
            self._adapt(found)
            return found
        if found is not None:  # the metric was replaced by one of another type: its old series are not its
            self._store.forget(self._project, self.type)
            self._series.clear()
        if len(self._store.of_metric(self._project, self.type)) >= MAXIMUM_SERIES:
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
    """Google's own metrics about logs: entries and bytes stored, entries and errors exported, metrics' errors."""

    def __init__(self, store: SeriesStore) -> None:
        self._store = store
        self._series: dict[tuple[object, ...], Series] = {}

    def add(  # noqa: PLR0917 - what makes a counter, and the amount
        self,
        project: str,
        metric: str,
        labels: Mapping[str, str],
        resource: tuple[str, Labels],
        when: int,
        amount: float = 1,
    ) -> None:
        """Add to ``logging.googleapis.com/<metric>`` in the minute of ``when``."""
        cached = (project, metric, *labels.values(), resource)
        series = self._series.get(cached)
        if series is None:
            key = SeriesKey(project, f"logging.googleapis.com/{metric}", label_tuple(labels), *resource)
            unit = "By" if metric.endswith("byte_count") else "1"
            series = self._store.get(key) or self._store.add(Series(key, "DELTA", "INT64", unit, filled=True))
            self._series[cached] = series
        end = (when // MINUTE + 1) * MINUTE
        series.count(end, amount)
        self._store.changed.add((series, end))

    def clear(self) -> None:
        """Forget cached series, after the store was loaded anew."""
        self._series.clear()
