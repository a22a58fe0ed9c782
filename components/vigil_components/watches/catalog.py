"""All watches with an example of each: what the page lists and the tests prove."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from vigil_components.arguments import validated
from vigil_components.durations import hours
from vigil_components.sources import AuditLog, CloudRunJob, CloudRunService, CloudRunWorkerPool, GkeWorkload, Source
from vigil_components.watch import Watch
from vigil_components.watches import (
    _audit,
    _backends,
    _bigquery,
    _caches,
    _certificates,
    _fleet,
    _functions,
    _gke,
    _gke_notices,
    _machines,
    _pubsub,
    _queues,
    _quotas,
    _storage,
    _workflows,
)
from vigil_components.watches import _cloud_run as _run
from vigil_components.watches import _cloud_sql as _sql
from vigil_components.watches import _load_balancer as _lb
from vigil_components.watches import _memorystore as _redis


@validated
@dataclass(frozen=True, kw_only=True)
class Example:
    """A watch with the source that it is for."""

    title: str
    """What is watched."""
    source: Source
    """A source of that kind."""
    call: str
    """How a program gets the watch."""
    watch: Watch
    """The watch with its default limits and everything that can be switched on."""
    limits: type | None = None
    """Class of its limits. Default: it has none."""
    reasoned: tuple[Callable[..., Watch], ...] = ()
    """Functions whose docstrings give the reasons for numbers that are arguments. Default: none."""


_REGION = "europe-west1"
_service = CloudRunService(name="shop", location=_REGION)
_pool = CloudRunWorkerPool(name="work", location=_REGION)
_job = CloudRunJob(name="nightly", location=_REGION)
_fleet_of = _fleet.cloud_run_fleet(location=_REGION, services=["cart", "login", "search"])
_regions = _fleet.cloud_run_regions("shop")
_database = _sql.sql_instance("p-1", "orders")
_subscription = _pubsub.subscription("orders")
_map = _lb.url_map("shop")
_regional_map = _lb.regional_url_map("shop", region=_REGION)
_internal_map = _lb.regional_url_map("stock", region=_REGION, internal=True)
_workload = GkeWorkload(name="checkout", cluster="main", namespace="shop", location=_REGION)
_pods = _gke.gke_namespace("main", "shop", location=_REGION)
_nodes = _gke.gke_cluster("main", location=_REGION)
_queue = _queues.task_queue("mail", location=_REGION)
_scheduled = _queues.scheduler_job("nightly", location=_REGION)
_cache = _redis.redis_instance("p-1", "cache", region=_REGION)
_redis_cluster = _caches.redis_cluster("carts", location=_REGION)
_valkey = _caches.valkey_instance("sessions", location=_REGION)
_memcached = _caches.memcached_instance("pages")
_managed = _machines.managed_group("web", location=_REGION)
_machine = _machines.machine("42", zone=f"{_REGION}-b", name="build")
_named = _machines.named_machine("build", zone=f"{_REGION}-b")
_bucket = _storage.bucket("uploads")
_function = _functions.cloud_function("resize", region=_REGION)
_firestore = _storage.firestore_database()
_queries = _bigquery.bigquery_project("p-1")
_quota = _quotas.quota("compute.googleapis.com")
_mysql = _sql.sql_instance("p-1", "shop-mysql")
_group = _backends.instance_group("web")
_cluster = _gke_notices.gke_control_plane("main", location=_REGION)
_workflow = _workflows.workflow("nightly", location=_REGION)
_trigger = _workflows.eventarc_trigger("uploads", subscription="eventarc-europe-west1-uploads-sub-123")
_certificate = _certificates.certificates()
_reservation = "projects/admin/locations/EU/reservations/reports"

EXAMPLES: Mapping[str, Example] = MappingProxyType(
    {
        one.title: one
        for one in (
            Example(
                title="Cloud Run service",
                source=_service,
                call="cloud_run_service(source)",
                watch=_run.cloud_run_service(_service),
                limits=_run.CloudRunLimits,
            ),
            Example(
                title="Cloud Run worker pool",
                source=_pool,
                call="cloud_run_worker_pool(source)",
                watch=_run.cloud_run_worker_pool(_pool),
                limits=_run.CloudRunLimits,
            ),
            Example(
                title="Cloud Run job",
                source=_job,
                call="cloud_run_job(source, every=hours(24))",
                watch=_run.cloud_run_job(_job, every=hours(24)),
                limits=_run.CloudRunLimits,
            ),
            Example(
                title="Fleet of Cloud Run services",
                source=_fleet_of,
                call="fleet_health(source)",
                watch=_fleet.fleet_health(_fleet_of),
                limits=_run.CloudRunLimits,
                reasoned=(_fleet.fleet_health,),
            ),
            Example(
                title="Cloud Run service in several regions",
                source=_regions,
                call="regions_health(source)",
                watch=_fleet.regions_health(_regions),
                reasoned=(_fleet.regions_health,),
            ),
            Example(title="Audit log", source=AuditLog(), call="audit()", watch=_audit.audit()),
            Example(
                title="Cloud SQL",
                source=_database,
                call="cloud_sql(source, replicated=True)",
                watch=_sql.cloud_sql(_database, replicated=True),
                limits=_sql.CloudSqlLimits,
            ),
            Example(
                title="Cloud SQL for MySQL",
                source=_mysql,
                call='cloud_sql(source, engine="mysql")',
                watch=_sql.cloud_sql(_mysql, engine="mysql"),
                limits=_sql.CloudSqlLimits,
            ),
            Example(
                title="Pub/Sub subscription",
                source=_subscription,
                call="subscription_health(source, push=True)",
                watch=_pubsub.subscription_health(_subscription, push=True),
                limits=_pubsub.SubscriptionLimits,
            ),
            Example(
                title="Application load balancer",
                source=_map,
                call="load_balancer(source)",
                watch=_lb.load_balancer(_map),
                limits=_lb.LoadBalancerLimits,
            ),
            Example(
                title="Regional application load balancer",
                source=_regional_map,
                call='load_balancer(regional_url_map("shop", region="..."))',
                watch=_lb.load_balancer(_regional_map),
                limits=_lb.LoadBalancerLimits,
            ),
            Example(
                title="Internal application load balancer",
                source=_internal_map,
                call='load_balancer(regional_url_map("stock", region="...", internal=True))',
                watch=_lb.load_balancer(_internal_map),
                limits=_lb.LoadBalancerLimits,
            ),
            Example(
                title="Backends of a load balancer",
                source=_group,
                call="backend_health()",
                watch=_backends.backend_health(),
            ),
            Example(
                title="GKE workload",
                source=_workload,
                call="gke_workload(source)",
                watch=_gke.gke_workload(_workload),
                limits=_gke.GkeLimits,
            ),
            Example(
                title="GKE pods",
                source=_pods,
                call="gke_pods(source)",
                watch=_gke.gke_pods(_pods),
                limits=_gke.GkeLimits,
            ),
            Example(
                title="GKE nodes",
                source=_nodes,
                call="gke_nodes(source)",
                watch=_gke.gke_nodes(_nodes),
                limits=_gke.GkeLimits,
            ),
            Example(
                title="GKE cluster",
                source=_cluster,
                call="gke_notices(upgrades=True)",
                watch=_gke_notices.gke_notices(upgrades=True),
            ),
            Example(
                title="Cloud Tasks queue",
                source=_queue,
                call="task_queue_health(source)",
                watch=_queues.task_queue_health(_queue),
                limits=_queues.QueueLimits,
            ),
            Example(
                title="Cloud Scheduler job",
                source=_scheduled,
                call="scheduler_health(every=hours(6))",
                watch=_queues.scheduler_health(every=hours(6)),
            ),
            Example(
                title="Memorystore for Redis",
                source=_cache,
                call="redis(source)",
                watch=_redis.redis(_cache),
                limits=_redis.RedisLimits,
            ),
            Example(
                title="Memorystore for Redis Cluster",
                source=_redis_cluster,
                call="redis_cluster_health(source)",
                watch=_caches.redis_cluster_health(_redis_cluster),
                limits=_caches.ShardLimits,
            ),
            Example(
                title="Memorystore for Valkey",
                source=_valkey,
                call="valkey(source)",
                watch=_caches.valkey(_valkey),
                limits=_caches.ShardLimits,
            ),
            Example(
                title="Memorystore for Memcached",
                source=_memcached,
                call="memcached(source)",
                watch=_caches.memcached(_memcached),
                limits=_caches.MemcachedLimits,
            ),
            Example(
                title="Managed instance group",
                source=_managed,
                call="managed_group_health(source, least=3, most=10)",
                watch=_machines.managed_group_health(_managed, least=3, most=10),
                reasoned=(_machines.managed_group_health,),
            ),
            Example(
                title="Compute Engine machine",
                source=_machine,
                call="machine_health(source).along_with(machine_inside(source))",
                watch=_machines.machine_health(_machine).along_with(_machines.machine_inside(_machine)),
                limits=_machines.MachineLimits,
            ),
            Example(
                title="Compute Engine machine by its name",
                source=_named,
                call='machine_health(named_machine("build", zone="..."))',
                watch=_machines.machine_health(_named),
                limits=_machines.MachineLimits,
            ),
            Example(
                title="Cloud Storage bucket",
                source=_bucket,
                call="bucket_health(source)",
                watch=_storage.bucket_health(_bucket),
                limits=_storage.StorageLimits,
            ),
            Example(
                title="Cloud Function",
                source=_function,
                call="function_health(source)",
                watch=_functions.function_health(_function),
                limits=_functions.FunctionLimits,
            ),
            Example(
                title="Firestore",
                source=_firestore,
                call="firestore_health(source)",
                watch=_storage.firestore_health(_firestore),
                limits=_storage.StorageLimits,
            ),
            Example(
                title="BigQuery",
                source=_queries,
                call='bigquery_cost(source).along_with(bigquery_slots(source, reservation="...", slots=500))',
                watch=_bigquery.bigquery_cost(_queries).along_with(
                    _bigquery.bigquery_slots(_queries, reservation=_reservation, slots=500)
                ),
                limits=_bigquery.BigQueryLimits,
                reasoned=(_bigquery.bigquery_slots,),
            ),
            Example(
                title="Workflow",
                source=_workflow,
                call="workflow_health(source, every=hours(24))",
                watch=_workflows.workflow_health(_workflow, every=hours(24)),
            ),
            Example(
                title="Eventarc trigger",
                source=_trigger,
                call="trigger_health(source)",
                watch=_workflows.trigger_health(_trigger),
                limits=_workflows.TriggerLimits,
            ),
            Example(
                title="Certificates",
                source=_certificate,
                call="certificate_health()",
                watch=_certificates.certificate_health(),
            ),
            Example(
                title="Quotas of a Google API",
                source=_quota,
                call="quota_health(source)",
                watch=_quotas.quota_health(_quota),
                limits=_quotas.QuotaLimits,
            ),
        )
    }
)
"""By title."""
