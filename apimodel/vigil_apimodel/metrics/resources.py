"""Monitored resource types that the metrics here are written against."""

from collections.abc import Mapping
from types import MappingProxyType

from vigil_apimodel.metrics.model import ResourceType, Source

_LIST = Source("https://cloud.google.com/monitoring/api/resources", "2026")
_EXPORTER = Source(
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/googlemanagedprometheusexporter",
    "2026",
    "the mapping of location, cluster, namespace, job and instance",
)

CLOUD_RUN_REVISION = ResourceType(
    "cloud_run_revision", ("project_id", "service_name", "revision_name", "location", "configuration_name"), _LIST
)
CLOUD_RUN_JOB = ResourceType("cloud_run_job", ("project_id", "job_name", "location"), _LIST)
LOGGING_SINK = ResourceType("logging_sink", ("project_id", "name", "destination"), _LIST)
METRIC = ResourceType("metric", ("project_id", "name"), _LIST)
GLOBAL = ResourceType("global", ("project_id",), _LIST)
UPTIME_URL = ResourceType("uptime_url", ("project_id", "host"), _LIST)
HTTPS_LB_RULE = ResourceType(
    "https_lb_rule",
    (
        "project_id",
        "forwarding_rule_name",
        "url_map_name",
        "target_proxy_name",
        "matched_url_path_rule",
        "backend_target_name",
        "backend_target_type",
        "backend_name",
        "backend_type",
        "backend_scope",
        "backend_scope_type",
        "region",
        "network_name",
    ),
    _LIST,
)
PROMETHEUS_TARGET = ResourceType(
    "prometheus_target", ("project_id", "location", "cluster", "namespace", "job", "instance"), _EXPORTER
)

RESOURCES: Mapping[str, ResourceType] = MappingProxyType(
    {
        resource.type: resource
        for resource in (
            CLOUD_RUN_REVISION,
            CLOUD_RUN_JOB,
            LOGGING_SINK,
            METRIC,
            GLOBAL,
            UPTIME_URL,
            HTTPS_LB_RULE,
            PROMETHEUS_TARGET,
        )
    }
)
"""By type. `cloud_run_worker_pool` is missing: only one of its labels (`worker_pool_name`) could be verified."""
