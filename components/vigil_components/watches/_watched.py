"""The source and the watch of each type of resource, from the inputs of one."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType

from vigil_components.durations import hours, minutes
from vigil_components.sources import CloudRunJob, CloudRunService, CloudRunWorkerPool
from vigil_components.watches._bigquery import bigquery_cost, bigquery_project, bigquery_slots
from vigil_components.watches._caches import (
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
from vigil_components.watches._cloud_sql import Engine, cloud_sql, sql_instance
from vigil_components.watches._functions import cloud_function, function_health
from vigil_components.watches._gke import gke_cluster, gke_cluster_pods, gke_nodes, gke_pods
from vigil_components.watches._inputs import Made, Texts, Watched, whole
from vigil_components.watches._load_balancer import load_balancer, regional_url_map, url_map
from vigil_components.watches._machines import machine_health, managed_group, managed_group_health, named_machine
from vigil_components.watches._memorystore import redis, redis_instance
from vigil_components.watches._pubsub import subscription, subscription_health
from vigil_components.watches._queues import scheduler_health, scheduler_job, task_queue, task_queue_health
from vigil_components.watches._storage import bucket, bucket_health, firestore_database, firestore_health
from vigil_components.watches._workflows import eventarc_trigger, trigger_health, workflow, workflow_health

_ENGINES: Mapping[str, Engine] = MappingProxyType({"POSTGRES": "postgres", "MYSQL": "mysql", "SQLSERVER": "sqlserver"})
"""By the beginning of `database_version`: engines have different metrics."""
_INTERNAL = "INTERNAL_MANAGED"
_SCHEMES = ("EXTERNAL_MANAGED", _INTERNAL)
"""Schemes of application load balancers: a URL map does not say which it has, its backends do."""


def run_service(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = CloudRunService(name=known["name"], location=known["location"])
    # what a service and its revisions are each limited to: the smaller one decides
    most = [
        whole(inputs, "scaling", "max_instance_count"),
        whole(inputs, "template", "scaling", "max_instance_count"),
    ]
    return source, cloud_run_service(source, _at_most(most))


def function_service(known: Texts, inputs: Mapping[str, object]) -> Watched:
    # a function of the second generation is a Cloud Run service, whose name has dashes for underscores
    source = CloudRunService(name=known["name"].lower().replace("_", "-"), location=known["location"])
    return source, cloud_run_service(source, _at_most([whole(inputs, "service_config", "max_instance_count")]))


def _at_most(instances: Sequence[int]) -> CloudRunLimits:
    limits = [one for one in instances if one]
    return CloudRunLimits(max_instances=min(limits)) if limits else CloudRunLimits()


def run_worker_pool(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunWorkerPool(name=known["name"], location=known["location"])
    return source, cloud_run_worker_pool(source)


def run_job(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunJob(name=known["name"], location=known["location"])
    return source, cloud_run_job(source)


def sql(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = sql_instance(known["project"], known["name"])
    version = known["database_version"]
    engine = _ENGINES.get(version.partition("_")[0])
    if engine is None:
        raise ValueError(f"its database_version is {version!r}, and none of {', '.join(_ENGINES)}; use cloud_sql")
    return source, cloud_sql(source, engine=engine, replicated=inputs.get("master_instance_name") is not None)


def pubsub_subscription(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = subscription(known["name"])
    return source, subscription_health(source, push=inputs.get("push_config") is not None)


def global_url_map(known: Texts, _: Mapping[str, object]) -> Watched:
    source = url_map(known["name"])
    return source, load_balancer(source)


def regional_map(known: Texts, _: Mapping[str, object]) -> Watched:
    scheme = known["load_balancing_scheme"]
    if scheme not in _SCHEMES:
        raise ValueError(f"its load_balancing_scheme is {scheme!r}, and none of {', '.join(_SCHEMES)}")
    source = regional_url_map(known["name"], region=known["region"], internal=scheme == _INTERNAL)
    return source, load_balancer(source)


def only_scheme(others: Sequence[Made]) -> Mapping[str, object]:
    """Return the scheme of the regional load balancers of a program, where all of them have one."""
    backends = [one for one in others if one.type == "gcp:compute/regionBackendService:RegionBackendService"]
    schemes = {scheme for one in backends if (scheme := one.inputs.get("load_balancing_scheme")) in _SCHEMES}
    return {"load_balancing_scheme": schemes.pop()} if len(schemes) == 1 else {}


def instance_group(known: Texts, inputs: Mapping[str, object]) -> Watched:
    least = whole(inputs, "target_size") or whole(inputs, "min_replicas")
    if not least:
        raise ValueError(
            "its target_size is no number that a preview knows; give its autoscaler's sizes, "
            'known={...: {"min_replicas": "2", "max_replicas": "10"}}'
        )
    source = managed_group(known["name"], location=known.get("zone") or known["region"])
    return source, managed_group_health(source, least=least, most=whole(inputs, "max_replicas") or None)


def cluster(known: Texts, _: Mapping[str, object]) -> Watched:
    source = gke_cluster(known["name"], location=known["location"])
    return source, gke_nodes(source)


def cluster_pods(known: Texts, _: Mapping[str, object]) -> Mapping[str, Watched]:
    source = gke_cluster_pods(known["name"], location=known["location"])
    return {"pods": (source, gke_pods(source))}


def queue(known: Texts, _: Mapping[str, object]) -> Watched:
    source = task_queue(known["name"], location=known["location"])
    return source, task_queue_health(source)


def scheduled_job(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = scheduler_job(known["name"], location=known["region"])
    every = _every(inputs.get("schedule"))
    watch = scheduler_health(every=every or hours(24))
    return source, watch if every else watch.without("scheduler-overdue")


def redis_of(known: Texts, _: Mapping[str, object]) -> Watched:
    source = redis_instance(known["project"], known["name"], region=known["region"])
    return source, redis(source)


def cluster_of_redis(known: Texts, _: Mapping[str, object]) -> Watched:
    source = redis_cluster(known["name"], location=known["region"])
    return source, redis_cluster_health(source)


def valkey_of(known: Texts, _: Mapping[str, object]) -> Watched:
    source = valkey_instance(known["instance_id"], location=known["location"])
    return source, valkey(source)


def memcached_of(known: Texts, _: Mapping[str, object]) -> Watched:
    source = memcached_instance(known["name"])
    return source, memcached(source)


def storage_bucket(known: Texts, _: Mapping[str, object]) -> Watched:
    source = bucket(known["name"])
    return source, bucket_health(source)


def function(known: Texts, _: Mapping[str, object]) -> Watched:
    source = cloud_function(known["name"], region=known["region"])
    return source, function_health(source)


def firestore(known: Texts, _: Mapping[str, object]) -> Watched:
    name = "firestore" if known["name"] == "(default)" else f"firestore-{known['name']}"
    source = firestore_database(known["name"], name=name)
    return source, firestore_health(source)


def machine(known: Texts, _: Mapping[str, object]) -> Watched:
    source = named_machine(known["name"], zone=known["zone"])
    return source, machine_health(source)


def dataset(known: Texts, _: Mapping[str, object]) -> Watched:
    source = bigquery_project(known["project"])
    return source, bigquery_cost(source)


def reservation(known: Texts, inputs: Mapping[str, object]) -> Watched:
    slots = whole(inputs, "slot_capacity")
    if not slots:
        raise ValueError("its slot_capacity is no number that a preview knows; use bigquery_slots")
    source = bigquery_project(known["project"], name=known["name"])
    path = f"projects/{known['project']}/locations/{known['location']}/reservations/{known['name']}"
    return source, bigquery_slots(source, reservation=path, slots=slots)


def workflow_of(known: Texts, _: Mapping[str, object]) -> Watched:
    source = workflow(known["name"], location=known["region"])
    return source, workflow_health(source)


def trigger(known: Texts, _: Mapping[str, object]) -> Watched:
    source = eventarc_trigger(known["name"], subscription=known["subscription"])
    return source, trigger_health(source)


def certificate(_: Texts, __: Mapping[str, object]) -> Watched:
    return certificates(), certificate_health()


def _every(schedule: object) -> timedelta | None:
    """Return how often a job must succeed: twice its interval, for a schedule of every so many minutes or hours."""
    found = re.fullmatch(r"(\*|\*/\d+|\d+) (\*|\*/\d+) \* \* \*", schedule) if isinstance(schedule, str) else None
    if found is None:
        return None
    minute, hour = found[1], found[2]
    if hour == "*":
        interval = hours(1) if minute.isdecimal() else minutes(int(minute.removeprefix("*/").replace("*", "1")))
    else:
        interval = hours(int(hour.removeprefix("*/")))
    return max(minutes(30), 2 * interval) if interval and 2 * interval <= hours(23) else None
