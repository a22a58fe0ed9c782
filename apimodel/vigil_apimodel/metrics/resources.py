"""Monitored resource types that the metrics here are written against."""

from collections.abc import Mapping
from types import MappingProxyType

from vigil_apimodel.metrics.model import ResourceType, Source

_EXPORTER = Source(
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/googlemanagedprometheusexporter",
    "2026",
    "the mapping of location, cluster, namespace, job and instance",
)


_PAGE = "https://docs.cloud.google.com/monitoring/api/resources"
_READ = "type and labels as Google's list of monitored resources has them, generated 2026-04-10"


def _read(type_: str, *labels: str, project: str = "project_id") -> ResourceType:
    return ResourceType(type_, (project, *labels), Source(_PAGE, "2026-04", _READ))


_BALANCED = (
    *("region", "url_map_name", "forwarding_rule_name", "target_proxy_name", "matched_url_path_rule"),
    *("backend_target_name", "backend_target_type", "backend_name", "backend_type"),
    *("backend_scope", "backend_scope_type"),
)
_CONTAINED = "resource_container"
CLOUD_RUN_REVISION = _read("cloud_run_revision", "service_name", "revision_name", "location", "configuration_name")
CLOUD_RUN_JOB = _read("cloud_run_job", "job_name", "location")
CLOUD_RUN_WORKER_POOL = _read(
    "cloud_run_worker_pool", "worker_pool_name", "revision_name", "location", "configuration_name"
)
LOGGING_SINK = _read("logging_sink", "name", "destination")
METRIC = _read("metric", "name")
GLOBAL = _read("global")
HTTPS_LB_RULE = _read("https_lb_rule", *_BALANCED)
UPTIME_URL = _read("uptime_url", "host")
PROMETHEUS_TARGET = ResourceType(
    "prometheus_target", ("project_id", "location", "cluster", "namespace", "job", "instance"), _EXPORTER
)
SERVICES = (
    _read("http_external_regional_lb_rule", "network_name", *_BALANCED),
    _read("internal_http_lb_rule", "network_name", *_BALANCED),
    _read("cloudsql_database", "database_id", "region"),
    _read("pubsub_subscription", "subscription_id"),
    _read("pubsub_topic", "topic_id"),
    _read("redis_instance", "region", "instance_id", "node_id"),
    _read("redis.googleapis.com/Cluster", "location", "cluster_id", "cluster_uid", project=_CONTAINED),
    _read("memorystore.googleapis.com/Instance", "location", "instance_id", "instance_uid", project=_CONTAINED),
    _read("memcache_node", "location", "instance_id", "node_id"),
    _read("gce_instance", "instance_id", "zone"),
    _read("instance_group", "location", "instance_group_id", "instance_group_name"),
    _read("gcs_bucket", "bucket_name", "location"),
    _read("cloud_function", "function_name", "region"),
    _read("k8s_container", "location", "cluster_name", "namespace_name", "pod_name", "container_name"),
    _read("k8s_pod", "location", "cluster_name", "namespace_name", "pod_name"),
    _read("k8s_node", "location", "cluster_name", "node_name"),
    _read("cloud_tasks_queue", "queue_id", "location", "target_type"),
    _read("cloud_scheduler_job", "job_id", "location"),
    _read("firestore.googleapis.com/Database", "location", "database_id", project=_CONTAINED),
    _read("consumer_quota", "service", "location"),
    _read("workflows.googleapis.com/Workflow", "workflow_id", "location", project=_CONTAINED),
    ResourceType(
        "bigquery_project",
        ("project_id",),
        Source(_PAGE, "2026", "the type is on the page; its labels were not read"),
        labels_known=False,
    ),
)
"""Resources of the services that have a module of constants each."""

RESOURCES: Mapping[str, ResourceType] = MappingProxyType(
    {
        resource.type: resource
        for resource in (
            CLOUD_RUN_REVISION,
            CLOUD_RUN_JOB,
            CLOUD_RUN_WORKER_POOL,
            LOGGING_SINK,
            METRIC,
            GLOBAL,
            HTTPS_LB_RULE,
            UPTIME_URL,
            PROMETHEUS_TARGET,
            *SERVICES,
        )
    }
)
"""By type."""
