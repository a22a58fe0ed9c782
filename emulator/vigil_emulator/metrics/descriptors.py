"""Metric descriptors: of log-based metrics, of Google's own metrics about logs, of what clients declared or wrote."""

from urllib.parse import unquote

from vigil_apimodel.json_values import JsonObject, child, children, json_list, text
from vigil_apimodel.metrics import Metric, uptime
from vigil_emulator.logging.logmetrics import PREFIX
from vigil_emulator.metrics.series import SeriesStore
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import parse_time

_LOG_LABELS = ("log", "severity")
_SYSTEM: dict[str, tuple[str, tuple[str, ...]]] = {
    "logging.googleapis.com/byte_count": ("By", _LOG_LABELS),
    "logging.googleapis.com/log_entry_count": ("1", _LOG_LABELS),
    "logging.googleapis.com/billing/bytes_ingested": ("By", ("resource_type",)),
    "logging.googleapis.com/logs_based_metrics_error_count": ("1", ("log", "metric")),
    "logging.googleapis.com/exports/error_count": ("1", ()),
}
"""DELTA, INT64 (docs.cloud.google.com/monitoring/api/metrics_gcp_i_o, section logging)."""

_PROBED: dict[str, Metric] = {
    metric.type: metric for metric in uptime.METRICS if metric.type.startswith(uptime.UPTIME_CHECK)
}
"""What uptime checks write."""


class Descriptors:
    """Describes a project's metrics."""

    def __init__(self, resources: ResourceStore, series: SeriesStore, *, visibility_delay: int = 0) -> None:
        """`visibility_delay`: nanoseconds until Monitoring sees a new log-based metric (Google: up to 10 minutes)."""
        self._resources = resources
        self._series = series
        self._delay = visibility_delay

    def get(self, project: str, metric: str, now: int) -> JsonObject | None:
        """Return the descriptor as Monitoring serves it at `now` (ns), or None where it knows no such metric."""
        name = f"projects/{project}/metricDescriptors/{metric}"
        if metric.startswith(PREFIX):
            return self._log_based(project, metric, now)
        stored = self._resources.get("monitoring.metricDescriptors", name)
        if stored is not None:
            return stored
        system = _SYSTEM.get(metric)
        if system is not None:
            unit, labels = system
            return _descriptor(name, metric, "DELTA", "INT64", unit, [{"key": label} for label in labels])
        probed = _PROBED.get(metric)
        if probed is not None:
            keys: list[JsonObject] = [{"key": label.key} for label in probed.labels]
            described = _descriptor(name, metric, probed.kind, probed.value_type, probed.unit, keys)
            return {**described, "description": probed.description}
        found = self._series.of_metric(project, metric)
        if not found:
            return None
        labels = sorted({label for series in found for label, _ in series.key.metric_labels})
        first = found[0]
        return _descriptor(name, metric, first.kind, first.value_type, first.unit, [{"key": label} for label in labels])

    def all(self, project: str, now: int) -> list[JsonObject]:
        """Return all of a project's descriptors, by type."""
        prefix = f"projects/{project}/metrics/"
        types = {PREFIX + unquote(name.removeprefix(prefix)) for name in self._names("logging.metrics", project)}
        start = f"projects/{project}/metricDescriptors/"
        types |= {name.removeprefix(start) for name in self._names("monitoring.metricDescriptors", project)}
        types |= {*_SYSTEM, *_PROBED, *self._series.metrics(project)}
        found = (self.get(project, metric, now) for metric in sorted(types))
        return [descriptor for descriptor in found if descriptor is not None]

    def _names(self, kind: str, project: str) -> list[str]:
        return list(self._resources.names(kind, f"projects/{project}"))

    def _log_based(self, project: str, metric: str, now: int) -> JsonObject | None:
        identifier = metric.removeprefix(PREFIX)
        name = f"projects/{project}/metrics/{identifier}"
        body = self._resources.get("logging.metrics", name)
        if body is None:
            return None
        created = text(body, "createTime")
        if self._delay and created and parse_time(created) + self._delay > now:
            return None
        declared = child(body, "metricDescriptor")
        labels = children(declared, "labels")
        if all(text(label, "key") != "log" for label in labels):
            log: JsonObject = {"key": "log", "description": "Name of the log."}
            labels = [*labels, log]
        descriptor = _descriptor(
            f"projects/{project}/metricDescriptors/{metric}",
            metric,
            "DELTA",
            text(declared, "valueType", "INT64"),
            text(declared, "unit", "1"),
            labels,
        )
        if description := text(body, "description"):
            descriptor["description"] = description
        if display := text(declared, "displayName"):
            descriptor["displayName"] = display
        return descriptor


def _descriptor(  # noqa: PLR0917 - the descriptor's fields
    name: str, metric: str, kind: str, value_type: str, unit: str, labels: list[JsonObject]
) -> JsonObject:
    body: JsonObject = {
        "name": name,
        "type": metric,
        "labels": json_list(labels),
        "metricKind": kind,
        "valueType": value_type,
        "unit": unit,
    }
    return {key: value for key, value in body.items() if value not in ("", [])}
