"""Monitored resource types that the metrics here are written against."""

from collections.abc import Mapping
from types import MappingProxyType

from vigil_apimodel.metrics.model import ResourceType, Source

_METRICS_PAGE = "https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run"
_EXPORTER = Source(
    "https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/googlemanagedprometheusexporter",
    "2026",
    "the mapping of location, cluster, namespace, job and instance",
)
_SAMPLES = Source(
    "https://github.com/GoogleCloudPlatform/monitoring-dashboard-samples", "2026", "labels that its filters use"
)


def _in_use(page: str) -> Source:
    return Source(page, "2026", "the type is on the page; labels were read from public alert policies only")


CLOUD_RUN_REVISION = ResourceType(
    "cloud_run_revision",
    ("project_id", "service_name", "revision_name", "location", "configuration_name"),
    Source(_METRICS_PAGE, "2026"),
)
CLOUD_RUN_JOB = ResourceType(
    "cloud_run_job", ("project_id", "job_name", "location"), _in_use(_METRICS_PAGE), labels_known=False
)
CLOUD_RUN_WORKER_POOL = ResourceType(
    "cloud_run_worker_pool", ("project_id", "worker_pool_name", "location"), _in_use(_METRICS_PAGE), labels_known=False
)
LOGGING_SINK = ResourceType(
    "logging_sink",
    ("name",),
    _in_use("https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-logging"),
    labels_known=False,
)
METRIC = ResourceType(
    "metric", (), _in_use("https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-logging"), labels_known=False
)
GLOBAL = ResourceType("global", ("project_id",), _SAMPLES, labels_known=False)
HTTPS_LB_RULE = ResourceType(
    "https_lb_rule",
    (
        *("project_id", "backend_name", "backend_type", "backend_target_name", "url_map_name"),
        *("forwarding_rule_name", "target_proxy_name", "matched_url_path_rule", "region"),
    ),
    _SAMPLES,
    labels_known=False,
)
UPTIME_URL = ResourceType(
    "uptime_url", ("project_id", "host"), Source("https://cloud.google.com/monitoring/api/resources", "2026")
)
PROMETHEUS_TARGET = ResourceType(
    "prometheus_target", ("project_id", "location", "cluster", "namespace", "job", "instance"), _EXPORTER
)
_RESOURCES_PAGE = "https://docs.cloud.google.com/monitoring/api/resources"


def _listed(type_: str, *labels: str) -> ResourceType:
    return ResourceType(type_, ("project_id", *labels), _in_use(_RESOURCES_PAGE), labels_known=False)


SERVICES = (
    _listed("cloudsql_database", "database_id", "region"),
    _listed("pubsub_subscription", "subscription_id"),
    _listed("pubsub_topic", "topic_id"),
    _listed("redis_instance", "region", "instance_id", "node_id"),
    _listed("gce_instance", "instance_id", "zone"),
    _listed("gcs_bucket", "bucket_name", "location"),
    _listed("cloud_function", "function_name", "region"),
    _listed("bigquery_project"),
    _listed("k8s_container", "location", "cluster_name", "namespace_name", "pod_name", "container_name"),
    _listed("k8s_pod", "location", "cluster_name", "namespace_name", "pod_name"),
    _listed("k8s_node", "location", "cluster_name", "node_name"),
    _listed("cloud_tasks_queue", "queue_id", "location", "target_type"),
    _listed("cloud_scheduler_job", "job_id", "location"),
    _listed("firestore.googleapis.com/Database", "resource_container", "location", "database_id"),
    _listed("consumer_quota", "service", "location"),
    _listed("workflows.googleapis.com/Workflow", "workflow_id", "location"),
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
