"""Which resources of pulumi_gcp have a watch, and how the source follows from a resource's inputs."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import TypeAlias

from vigil_components.durations import hours, minutes
from vigil_components.sources import CloudRunJob, CloudRunService, CloudRunWorkerPool, Source
from vigil_components.watch import Watch
from vigil_components.watches._cloud_run import cloud_run_job, cloud_run_service, cloud_run_worker_pool
from vigil_components.watches._cloud_sql import cloud_sql, sql_instance
from vigil_components.watches._gke import gke_cluster, gke_nodes
from vigil_components.watches._load_balancer import load_balancer, url_map
from vigil_components.watches._machines import (
    bucket,
    bucket_health,
    cloud_function,
    firestore_database,
    firestore_health,
    function_health,
)
from vigil_components.watches._memorystore import redis, redis_instance
from vigil_components.watches._pubsub import subscription, subscription_health
from vigil_components.watches._queues import scheduler_health, scheduler_job, task_queue, task_queue_health

Texts: TypeAlias = Mapping[str, str]
"""The inputs that a source needs, by name."""
Watched: TypeAlias = tuple[Source, Watch]


@dataclass(frozen=True, kw_only=True)
class Supported:
    """How a type of resource is watched."""

    needs: tuple[str, ...]
    """Inputs that must be known."""
    watched: Callable[[Texts, Mapping[str, object]], Watched]
    """Makes the source and its watch from these inputs, and from all of them as they were given."""
    watch: str
    """Name of the watch."""


def _service(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunService(name=known["name"], location=known["location"])
    return source, cloud_run_service(source)


def _function_service(known: Texts, _: Mapping[str, object]) -> Watched:
    # a function of the second generation is a Cloud Run service, whose name has dashes for underscores
    source = CloudRunService(name=known["name"].lower().replace("_", "-"), location=known["location"])
    return source, cloud_run_service(source)


def _pool(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunWorkerPool(name=known["name"], location=known["location"])
    return source, cloud_run_worker_pool(source)


def _job(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunJob(name=known["name"], location=known["location"])
    return source, cloud_run_job(source)


def _sql(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = sql_instance(known["project"], known["name"])
    return source, cloud_sql(source, replicated=inputs.get("master_instance_name") is not None)


def _subscription(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = subscription(known["name"])
    return source, subscription_health(source, push=inputs.get("push_config") is not None)


def _map(known: Texts, _: Mapping[str, object]) -> Watched:
    source = url_map(known["name"])
    return source, load_balancer(source)


def _cluster(known: Texts, _: Mapping[str, object]) -> Watched:
    source = gke_cluster(known["name"], location=known["location"])
    return source, gke_nodes(source)


def _queue(known: Texts, _: Mapping[str, object]) -> Watched:
    source = task_queue(known["name"], location=known["location"])
    return source, task_queue_health(source)


def _scheduled(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = scheduler_job(known["name"], location=known["region"])
    every = _every(inputs.get("schedule"))
    watch = scheduler_health(every=every or hours(24))
    return source, watch if every else watch.without("scheduler-overdue")


def _redis(known: Texts, _: Mapping[str, object]) -> Watched:
    source = redis_instance(known["project"], known["name"], region=known["region"])
    return source, redis(source)


def _bucket(known: Texts, _: Mapping[str, object]) -> Watched:
    source = bucket(known["name"])
    return source, bucket_health(source)


def _function(known: Texts, _: Mapping[str, object]) -> Watched:
    source = cloud_function(known["name"], region=known["region"])
    return source, function_health(source)


def _firestore(known: Texts, _: Mapping[str, object]) -> Watched:
    name = "firestore" if known["name"] == "(default)" else f"firestore-{known['name']}"
    source = firestore_database(known["name"], name=name)
    return source, firestore_health(source)


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


_PLACED = ("name", "location")
SUPPORTED: Mapping[str, Supported] = MappingProxyType(
    {
        "gcp:cloudrunv2/service:Service": Supported(needs=_PLACED, watched=_service, watch="cloud_run_service"),
        "gcp:cloudrun/service:Service": Supported(needs=_PLACED, watched=_service, watch="cloud_run_service"),
        "gcp:cloudrunv2/workerPool:WorkerPool": Supported(needs=_PLACED, watched=_pool, watch="cloud_run_worker_pool"),
        "gcp:cloudrunv2/job:Job": Supported(needs=_PLACED, watched=_job, watch="cloud_run_job"),
        "gcp:cloudfunctionsv2/function:Function": Supported(
            needs=_PLACED, watched=_function_service, watch="cloud_run_service"
        ),
        "gcp:cloudfunctions/function:Function": Supported(
            needs=("name", "region"), watched=_function, watch="function_health"
        ),
        "gcp:sql/databaseInstance:DatabaseInstance": Supported(
            needs=("name", "project"), watched=_sql, watch="cloud_sql"
        ),
        "gcp:pubsub/subscription:Subscription": Supported(
            needs=("name",), watched=_subscription, watch="subscription_health"
        ),
        "gcp:compute/uRLMap:URLMap": Supported(needs=("name",), watched=_map, watch="load_balancer"),
        "gcp:container/cluster:Cluster": Supported(needs=_PLACED, watched=_cluster, watch="gke_nodes"),
        "gcp:cloudtasks/queue:Queue": Supported(needs=_PLACED, watched=_queue, watch="task_queue_health"),
        "gcp:cloudscheduler/job:Job": Supported(needs=("name", "region"), watched=_scheduled, watch="scheduler_health"),
        "gcp:redis/instance:Instance": Supported(needs=("name", "region", "project"), watched=_redis, watch="redis"),
        "gcp:storage/bucket:Bucket": Supported(needs=("name",), watched=_bucket, watch="bucket_health"),
        "gcp:firestore/database:Database": Supported(needs=("name",), watched=_firestore, watch="firestore_health"),
    }
)
"""By the type of the resource."""
OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "gcp:compute/instance:Instance": "its id is a number that Google gives it; use machine_health with that number",
        "gcp:bigquery/dataset:Dataset": "costs arise in a project, not in a dataset; use bigquery_cost",
        "gcp:container/nodePool:NodePool": "the watch of its cluster includes its nodes",
        "gcp:pubsub/topic:Topic": "its subscriptions are watched",
        "gcp:sql/database:Database": "its instance is watched",
    }
)
"""Types that have no watch themselves, with what to do instead."""
