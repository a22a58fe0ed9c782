"""Metrics that others emit, as typed constants: kind, value type, unit, labels, resource types, source and version.

One module for each area (`cloud_run`, `logging`, `uptime`, `temporal_sdk`, ...); `lookup` and `get` find a constant by
its type. None is from memory: where something could not be read, the constant says so or is missing.
"""

from vigil_apimodel.metrics.catalog import BY_PROMQL, METRICS, get, lookup
from vigil_apimodel.metrics.declared import declare
from vigil_apimodel.metrics.logging import user_metric
from vigil_apimodel.metrics.model import (
    EVERY_LABEL,
    Kind,
    Metric,
    MetricLabel,
    ResourceType,
    Source,
    UnknownLabelError,
    UnknownMetricError,
    ValueType,
)
from vigil_apimodel.metrics.resources import RESOURCES

__all__ = [
    "BY_PROMQL",
    "EVERY_LABEL",
    "METRICS",
    "RESOURCES",
    "Kind",
    "Metric",
    "MetricLabel",
    "ResourceType",
    "Source",
    "UnknownLabelError",
    "UnknownMetricError",
    "ValueType",
    "declare",
    "get",
    "lookup",
    "user_metric",
]
