"""Names that metrics from Prometheus have in Cloud Monitoring, and the labels that the exporter reserves.

Sources: opentelemetry-operations-go `exporter/collector/googlemanagedprometheus/{naming,config}.go` and its tests,
README of the `googlemanagedprometheus` exporter (2026).
"""

import re

from vigil_apimodel.metrics.model import Kind, Metric, MetricLabel, Source, ValueType

PREFIX = "prometheus.googleapis.com/"
RESERVED_LABELS = frozenset({"location", "cluster", "namespace", "job", "instance", "project_id"})
"""Labels of the resource; a metric that has its own is rejected, unless the label is renamed `exported_NAME`."""

_WORDS = re.compile(r"[A-Za-z0-9]+")
_SHAPES = {
    "counter": (Kind.CUMULATIVE, ValueType.DOUBLE, "counter"),
    "gauge": (Kind.GAUGE, ValueType.DOUBLE, "gauge"),
    "histogram": (Kind.CUMULATIVE, ValueType.DISTRIBUTION, "histogram"),
    "unknown": (Kind.GAUGE, ValueType.DOUBLE, "unknown"),
}


def exported_label(key: str) -> str:
    """Return the key that a Prometheus label has in Cloud Monitoring."""
    return f"exported_{key}" if key in RESERVED_LABELS else key


def exported_counter(name: str) -> str:
    """Return a counter's name in Cloud Monitoring: `total` at its end, and nowhere else (`naming_test.go`)."""
    return "_".join([*(word for word in _WORDS.findall(name) if word != "total"), "total"])


def metric(
    name: str,
    shape: str,
    source: Source,
    *labels: MetricLabel | str,
    unit: str = "",
    description: str = "",
    labels_known: bool = True,
    deprecated: str = "",
) -> Metric:
    """Return a metric that came by way of Prometheus: `shape` is counter, gauge, histogram or unknown.

    `name` is that at the origin, where a counter may lack `_total`. Labels are given by their names there too; reserved
    ones get their exported names. An `unknown` arrives twice: as a gauge (`NAME/unknown`, this constant) and as
    `NAME/unknown:counter`.
    """
    kind, value_type, suffix = _SHAPES[shape]
    found = tuple(
        MetricLabel(exported_label(label.key), label.values, label.value_type, label.description)
        if isinstance(label, MetricLabel)
        else MetricLabel(exported_label(label))
        for label in labels
    )
    return Metric(
        f"{PREFIX}{exported_counter(name) if shape == 'counter' else name}/{suffix}",
        kind,
        value_type,
        unit,
        source,
        found,
        ("prometheus_target",),
        description,
        labels_known,
        deprecated=deprecated,
        origin=name,
    )
