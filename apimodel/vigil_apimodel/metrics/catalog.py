"""All constants by their type and by their name in PromQL."""

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from vigil_apimodel.metrics import (
    bigquery,
    cloud_run,
    cloud_sql,
    cloud_tasks,
    compute,
    firestore,
    functions,
    gke,
    load_balancing,
    logging,
    memorystore,
    opentelemetry,
    ops_agent,
    pubsub,
    quotas,
    storage,
    supabase,
    temporal_cloud,
    temporal_sdk,
    uptime,
    vercel,
    workflows,
)
from vigil_apimodel.metrics.model import Metric, UnknownMetricError

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        metric.type: metric
        for area in (
            cloud_run,
            load_balancing,
            logging,
            uptime,
            temporal_sdk,
            temporal_cloud,
            supabase,
            opentelemetry,
            vercel,
            bigquery,
            cloud_sql,
            cloud_tasks,
            compute,
            firestore,
            functions,
            gke,
            memorystore,
            ops_agent,
            pubsub,
            quotas,
            storage,
            workflows,
        )
        for metric in area.METRICS
    }
)
"""By type."""

BY_PROMQL: Mapping[str, Metric] = MappingProxyType({metric.promql: metric for metric in METRICS.values()})
"""By name in PromQL."""


def lookup(metric_type: str) -> Metric | None:
    """Return the constant of that type, None where there is none (a metric of the user's own, or one not listed)."""
    return METRICS.get(metric_type)


def get(metric_type: str) -> Metric:
    """Return the constant of that type. Raises UnknownMetricError, which names the nearest types."""
    found = METRICS.get(metric_type)
    if found is not None:
        return found
    near = difflib.get_close_matches(metric_type, METRICS, n=3)
    hint = f": did you mean {' or '.join(near)}?" if near else ""
    raise UnknownMetricError(f"there is no constant for the metric {metric_type!r}{hint}")
