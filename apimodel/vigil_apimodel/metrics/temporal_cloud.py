"""Temporal Cloud's OpenMetrics endpoint, version 1: `temporal_cloud_v1_*`.

All of them are gauges that hold per-second rates, values or percentiles computed already: they are averaged
(ALIGN_MEAN), never put into rate(), increase() or histogram_quantile(), and percentiles are never aggregated over
dimensions. A count over a window is the value times the window's seconds.

Source: docs.temporal.io `cloud/metrics/openmetrics/metrics-reference.mdx` and `migration-guide.mdx` (2026). The names
of version 0 (`temporal_cloud_v0_*`) belong to an endpoint that was disabled on 2026-10-05.
"""

from collections.abc import Iterator

from vigil_apimodel.metrics.model import Metric, Source
from vigil_apimodel.metrics.prometheus import metric

PREFIX = "temporal_cloud_v1_"
RETIRED_PREFIX = "temporal_cloud_v0_"
_SOURCE = Source("https://docs.temporal.io/cloud/metrics/openmetrics/metrics-reference", "2026")
_BASE = ("temporal_namespace", "temporal_account", "region")
_PERCENTILES = ("p50", "p95", "p99")

_RATES: dict[str, tuple[str, ...]] = {
    "service_request_count": ("operation",),
    "service_request_throttled_count": ("operation",),
    "service_error_count": ("operation",),
    "resource_exhausted_error_count": (),
    **{
        f"workflow_{outcome}_count": ("temporal_task_queue", "temporal_workflow_type")
        for outcome in ("success", "failed", "timeout", "cancel", "terminate", "continued_as_new")
    },
    **{
        f"activity_{outcome}_count": ("temporal_task_queue", "temporal_workflow_type", "temporal_activity_type")
        for outcome in ("success", "fail", "timeout", "task_fail", "task_timeout", "cancel", "terminate")
    },
    **{
        f"poll_{outcome}_count": ("operation", "task_type", "temporal_task_queue")
        for outcome in ("success", "success_sync", "timeout")
    },
    "no_poller_tasks_count": (),
    "total_action_count": ("is_background", "namespace_mode"),
    "billable_action_count": ("action_type",),
    "total_action_throttled_count": (),
    "operations_count": (),
    "operations_throttled_count": (),
    **{
        f"schedule_{what}_count": ()
        for what in ("action_success", "buffer_overruns", "missed_catchup_window", "overlap_skipped")
    },
}
_VALUES: dict[str, tuple[str, ...]] = {
    "service_pending_requests": (),
    "approximate_backlog_count": ("temporal_task_queue", "task_type", "task_priority"),
    "namespace_open_workflows": (),
    "operations_limit": (),
    "action_limit": (),
    "service_request_limit": (),
    "poller_limit": (),
    "action_on_demand_envelope_limit": (),
    "operations_on_demand_envelope_limit": (),
    "service_request_on_demand_envelope_limit": (),
    "provisioned_capacity_tru_count": (),
}
_LATENCIES: dict[str, tuple[str, ...]] = {
    "service_latency": ("operation",),
    "workflow_schedule_to_close_latency": ("temporal_workflow_type",),
    "activity_start_to_close_latency": ("temporal_task_queue", "temporal_workflow_type", "temporal_activity_type"),
    "activity_schedule_to_close_latency": ("temporal_task_queue", "temporal_workflow_type", "temporal_activity_type"),
    "replication_lag": (),
}


def get(name: str) -> Metric:
    """Return a metric by its name without prefix: `get("workflow_failed_count")`.

    Raises LookupError for a name that does not exist: spelling differs between families (workflow_failed_count,
    activity_fail_count).
    """
    found = _BY_NAME.get(name)
    if found is None:
        raise LookupError(f"Temporal Cloud has no metric {PREFIX}{name}: it has {', '.join(sorted(_BY_NAME))}")
    return found


def _all() -> Iterator[tuple[str, Metric]]:
    for name, labels in _RATES.items():
        yield name, metric(PREFIX + name, "gauge", _SOURCE, *_BASE, *labels, unit="1/s", labels_known=False)
    for name, labels in _VALUES.items():
        yield name, metric(PREFIX + name, "gauge", _SOURCE, *_BASE, *labels, unit="1", labels_known=False)
    for name, labels in _LATENCIES.items():
        for percentile in _PERCENTILES:
            full = f"{name}_{percentile}"
            yield full, metric(PREFIX + full, "gauge", _SOURCE, *_BASE, *labels, labels_known=False)


_BY_NAME = dict(_all())
METRICS = tuple(_BY_NAME.values())
