"""Watches of Google Cloud's services: what each is watched for, with alerts, charts, proofs and runbooks.

Each service has a function that names the resource (`sql_instance`, `subscription`, ...) and one that returns its
watch (`cloud_sql`, `subscription_health`, ...). Limits are frozen dataclasses whose fields say why each number is what
it is; `docs/watches.md` lists them all. No application has to use Vigil for any of them.
"""

from vigil_components.watches._audit import audit
from vigil_components.watches._backends import backend_health, endpoint_group, instance_group
from vigil_components.watches._bigquery import BigQueryLimits, bigquery_cost, bigquery_project, bigquery_slots
from vigil_components.watches._caches import (
    MemcachedLimits,
    ShardLimits,
    memcached,
    memcached_instance,
    redis_cluster,
    redis_cluster_health,
    valkey,
    valkey_instance,
)
from vigil_components.watches._certificates import certificate_health, certificates
from vigil_components.watches._cloud_run import (
    CloudRunLimits,
    cloud_run_job,
    cloud_run_service,
    cloud_run_worker_pool,
)
from vigil_components.watches._cloud_sql import CloudSqlLimits, cloud_sql, sql_instance
from vigil_components.watches._everything import Everything, EverythingArgs, watch_everything
from vigil_components.watches._fleet import (
    CloudRunFleet,
    cloud_run_fleet,
    cloud_run_regions,
    fleet_health,
    regions_health,
)
from vigil_components.watches._functions import FunctionLimits, cloud_function, function_health
from vigil_components.watches._gke import (
    GkeLimits,
    gke_cluster,
    gke_cluster_pods,
    gke_namespace,
    gke_nodes,
    gke_pods,
    gke_workload,
)
from vigil_components.watches._gke_notices import gke_control_plane, gke_notices
from vigil_components.watches._load_balancer import LoadBalancerLimits, load_balancer, regional_url_map, url_map
from vigil_components.watches._machines import (
    MachineLimits,
    NamedMachine,
    machine,
    machine_health,
    machine_inside,
    managed_group,
    managed_group_health,
    named_machine,
)
from vigil_components.watches._memorystore import RedisLimits, redis, redis_instance
from vigil_components.watches._platform import platform
from vigil_components.watches._program import ProgramResource, ProgramResources
from vigil_components.watches._pubsub import SubscriptionLimits, subscription, subscription_health
from vigil_components.watches._queues import (
    QueueLimits,
    scheduler_health,
    scheduler_job,
    task_queue,
    task_queue_health,
)
from vigil_components.watches._quotas import QuotaLimits, quota, quota_health
from vigil_components.watches._storage import (
    StorageLimits,
    bucket,
    bucket_health,
    firestore_database,
    firestore_health,
)
from vigil_components.watches._workflows import (
    TriggerLimits,
    eventarc_trigger,
    trigger_health,
    workflow,
    workflow_health,
)

__all__ = [
    "BigQueryLimits",
    "CloudRunFleet",
    "CloudRunLimits",
    "CloudSqlLimits",
    "Everything",
    "EverythingArgs",
    "FunctionLimits",
    "GkeLimits",
    "LoadBalancerLimits",
    "MachineLimits",
    "MemcachedLimits",
    "NamedMachine",
    "ProgramResource",
    "ProgramResources",
    "QueueLimits",
    "QuotaLimits",
    "RedisLimits",
    "ShardLimits",
    "StorageLimits",
    "SubscriptionLimits",
    "TriggerLimits",
    "audit",
    "backend_health",
    "bigquery_cost",
    "bigquery_project",
    "bigquery_slots",
    "bucket",
    "bucket_health",
    "certificate_health",
    "certificates",
    "cloud_function",
    "cloud_run_fleet",
    "cloud_run_job",
    "cloud_run_regions",
    "cloud_run_service",
    "cloud_run_worker_pool",
    "cloud_sql",
    "endpoint_group",
    "eventarc_trigger",
    "firestore_database",
    "firestore_health",
    "fleet_health",
    "function_health",
    "gke_cluster",
    "gke_cluster_pods",
    "gke_control_plane",
    "gke_namespace",
    "gke_nodes",
    "gke_notices",
    "gke_pods",
    "gke_workload",
    "instance_group",
    "load_balancer",
    "machine",
    "machine_health",
    "machine_inside",
    "managed_group",
    "managed_group_health",
    "memcached",
    "memcached_instance",
    "named_machine",
    "platform",
    "quota",
    "quota_health",
    "redis",
    "redis_cluster",
    "redis_cluster_health",
    "redis_instance",
    "regional_url_map",
    "regions_health",
    "scheduler_health",
    "scheduler_job",
    "sql_instance",
    "subscription",
    "subscription_health",
    "task_queue",
    "task_queue_health",
    "trigger_health",
    "url_map",
    "valkey",
    "valkey_instance",
    "watch_everything",
    "workflow",
    "workflow_health",
]
