"""Which resources of pulumi_gcp have a watch, and how the source follows from a resource's inputs."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol, TypeAlias, cast

import pulumi

from vigil_components.durations import hours, minutes
from vigil_components.sources import CloudRunJob, CloudRunService, CloudRunWorkerPool, GkeWorkload, Source
from vigil_components.watch import Watch
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
from vigil_components.watches._gke import gke_cluster, gke_cluster_pods, gke_nodes, gke_pods, gke_workload
from vigil_components.watches._load_balancer import load_balancer, regional_url_map, url_map
from vigil_components.watches._machines import machine_health, managed_group, managed_group_health, named_machine
from vigil_components.watches._memorystore import redis, redis_instance
from vigil_components.watches._pubsub import subscription, subscription_health
from vigil_components.watches._queues import scheduler_health, scheduler_job, task_queue, task_queue_health
from vigil_components.watches._shared import id_of
from vigil_components.watches._storage import bucket, bucket_health, firestore_database, firestore_health
from vigil_components.watches._workflows import eventarc_trigger, trigger_health, workflow, workflow_health

Texts: TypeAlias = Mapping[str, str]
"""The inputs that a source needs, by name."""
Watched: TypeAlias = tuple[Source, Watch]


class Made(Protocol):
    """A resource of the program, as much as is looked at of the others."""

    @property
    def type(self) -> str:
        """Type of the resource, such as `gcp:storage/bucket:Bucket`."""
        ...

    @property
    def inputs(self) -> Mapping[str, object]:
        """Inputs as they were given."""
        ...

    @property
    def defaults(self) -> Mapping[str, object]:
        """What its provider says."""
        ...


@dataclass(frozen=True, kw_only=True)
class Supported:
    """How a type of resource is watched."""

    needs: tuple[str, ...]
    """Inputs that must be known."""
    watched: Callable[[Texts, Mapping[str, object]], Watched]
    """Makes the source and its watch from these inputs, and from all of them as they were given."""
    watch: str
    """Name of the watch."""
    reads: tuple[str, ...] = ()
    """Inputs that the watch is fitted to where they are known. Default: none."""
    derived: Callable[[Mapping[str, object]], Mapping[str, object]] = field(default=lambda _: {})
    """Makes inputs from those that were given, such as the name of a container. Default: nothing."""
    around: Callable[[Sequence["Made"]], Mapping[str, object]] = field(default=lambda _: {})
    """Makes inputs from the other resources of the program, such as the only cluster. Default: nothing."""
    more: Callable[[Texts, Mapping[str, object]], Mapping[str, Watched]] = field(default=lambda _, __: {})
    """Makes the further parts of the resource, each with its source, by name. Default: no further part."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """All inputs that it looks at."""
        return tuple(dict.fromkeys((*self.needs, "project", *self.reads)))


def _service(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = CloudRunService(name=known["name"], location=known["location"])
    # what a service and its revisions are each limited to: the smaller one decides
    most = [
        _whole(inputs, "scaling", "max_instance_count"),
        _whole(inputs, "template", "scaling", "max_instance_count"),
    ]
    return source, cloud_run_service(source, _at_most(most))


def _function_service(known: Texts, inputs: Mapping[str, object]) -> Watched:
    # a function of the second generation is a Cloud Run service, whose name has dashes for underscores
    source = CloudRunService(name=known["name"].lower().replace("_", "-"), location=known["location"])
    return source, cloud_run_service(source, _at_most([_whole(inputs, "service_config", "max_instance_count")]))


def _at_most(instances: Sequence[int]) -> CloudRunLimits:
    limits = [one for one in instances if one]
    return CloudRunLimits(max_instances=min(limits)) if limits else CloudRunLimits()


def _pool(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunWorkerPool(name=known["name"], location=known["location"])
    return source, cloud_run_worker_pool(source)


def _job(known: Texts, _: Mapping[str, object]) -> Watched:
    source = CloudRunJob(name=known["name"], location=known["location"])
    return source, cloud_run_job(source)


def _sql(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = sql_instance(known["project"], known["name"])
    version = known["database_version"]
    engine = _ENGINES.get(version.partition("_")[0])
    if engine is None:
        raise ValueError(f"its database_version is {version!r}, and none of {', '.join(_ENGINES)}; use cloud_sql")
    return source, cloud_sql(source, engine=engine, replicated=inputs.get("master_instance_name") is not None)


_ENGINES: Mapping[str, Engine] = MappingProxyType({"POSTGRES": "postgres", "MYSQL": "mysql", "SQLSERVER": "sqlserver"})
"""By the beginning of `database_version`: engines have different metrics."""


def _subscription(known: Texts, inputs: Mapping[str, object]) -> Watched:
    source = subscription(known["name"])
    return source, subscription_health(source, push=inputs.get("push_config") is not None)


def _map(known: Texts, _: Mapping[str, object]) -> Watched:
    source = url_map(known["name"])
    return source, load_balancer(source)


def _regional_map(known: Texts, _: Mapping[str, object]) -> Watched:
    scheme = known["load_balancing_scheme"]
    if scheme not in _SCHEMES:
        raise ValueError(f"its load_balancing_scheme is {scheme!r}, and none of {', '.join(_SCHEMES)}")
    source = regional_url_map(known["name"], region=known["region"], internal=scheme == _INTERNAL)
    return source, load_balancer(source)


_INTERNAL = "INTERNAL_MANAGED"
_SCHEMES = ("EXTERNAL_MANAGED", _INTERNAL)
"""Schemes of application load balancers: a URL map does not say which it has, its backends do."""


def _scheme(others: Sequence[Made]) -> Mapping[str, object]:
    """Return the scheme of the regional load balancers of a program, where all of them have one."""
    backends = [one for one in others if one.type == "gcp:compute/regionBackendService:RegionBackendService"]
    schemes = {scheme for one in backends if (scheme := one.inputs.get("load_balancing_scheme")) in _SCHEMES}
    return {"load_balancing_scheme": schemes.pop()} if len(schemes) == 1 else {}


def _group(known: Texts, inputs: Mapping[str, object]) -> Watched:
    least = _whole(inputs, "target_size") or _whole(inputs, "min_replicas")
    if not least:
        raise ValueError(
            "its target_size is no number that a preview knows; give its autoscaler's sizes, "
            'known={...: {"min_replicas": "2", "max_replicas": "10"}}'
        )
    source = managed_group(known["name"], location=known.get("zone") or known["region"])
    return source, managed_group_health(source, least=least, most=_whole(inputs, "max_replicas") or None)


def _cluster(known: Texts, _: Mapping[str, object]) -> Watched:
    source = gke_cluster(known["name"], location=known["location"])
    return source, gke_nodes(source)


def _cluster_pods(known: Texts, _: Mapping[str, object]) -> Mapping[str, Watched]:
    source = gke_cluster_pods(known["name"], location=known["location"])
    return {"pods": (source, gke_pods(source))}


def _workload(known: Texts, _: Mapping[str, object]) -> Watched:
    return _container(known, known["container"], known["name"])


def _other_containers(known: Texts, inputs: Mapping[str, object]) -> Mapping[str, Watched]:
    others = [name for name in _containers(inputs) if name != known["container"]]
    return {name: _container(known, name, f"{known['name']}-{name}") for name in others}


def _container(known: Texts, container: str, called: str) -> Watched:
    source = GkeWorkload(
        name=container,
        id=id_of(called) or called,
        cluster=known["cluster"],
        location=known["location"],
        namespace=known["namespace"],
    )
    return source, gke_workload(source)


def _of_workload(inputs: Mapping[str, object]) -> Mapping[str, object]:
    metadata = inputs.get("metadata")
    containers = _containers(inputs)
    return {
        "name": _member(metadata, "name"),
        "namespace": _member(metadata, "namespace") or "default",
        "container": containers[0] if containers else None,
    }


def _containers(inputs: Mapping[str, object]) -> list[str]:
    """Return the names of the containers of a workload, as far as a preview knows them."""
    held: object = inputs
    for name in ("spec", "template", "spec", "containers"):
        held = _member(held, name)
    containers = cast("Sequence[object]", held) if isinstance(held, Sequence) and not isinstance(held, str) else ()
    return [name for one in containers if isinstance(name := _member(one, "name"), str)]


def _only_cluster(others: Sequence[Made]) -> Mapping[str, object]:
    """Return the cluster of a program that has one: where its workloads run."""
    clusters = [one for one in others if one.type == _CLUSTER]
    if len(clusters) != 1:
        return {"location": None}
    (one,) = clusters
    return {
        "cluster": one.inputs.get("name"),
        "location": one.inputs.get("location") or one.defaults.get("region"),
    }


_CLUSTER = "gcp:container/cluster:Cluster"


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


def _redis_cluster(known: Texts, _: Mapping[str, object]) -> Watched:
    source = redis_cluster(known["name"], location=known["region"])
    return source, redis_cluster_health(source)


def _valkey(known: Texts, _: Mapping[str, object]) -> Watched:
    source = valkey_instance(known["instance_id"], location=known["location"])
    return source, valkey(source)


def _memcached(known: Texts, _: Mapping[str, object]) -> Watched:
    source = memcached_instance(known["name"])
    return source, memcached(source)


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


def _machine(known: Texts, _: Mapping[str, object]) -> Watched:
    source = named_machine(known["name"], zone=known["zone"])
    return source, machine_health(source)


def _dataset(known: Texts, _: Mapping[str, object]) -> Watched:
    source = bigquery_project(known["project"])
    return source, bigquery_cost(source)


def _reservation(known: Texts, inputs: Mapping[str, object]) -> Watched:
    slots = _whole(inputs, "slot_capacity")
    if not slots:
        raise ValueError("its slot_capacity is no number that a preview knows; use bigquery_slots")
    source = bigquery_project(known["project"], name=known["name"])
    path = f"projects/{known['project']}/locations/{known['location']}/reservations/{known['name']}"
    return source, bigquery_slots(source, reservation=path, slots=slots)


def _workflow(known: Texts, _: Mapping[str, object]) -> Watched:
    source = workflow(known["name"], location=known["region"])
    return source, workflow_health(source)


def _trigger(known: Texts, _: Mapping[str, object]) -> Watched:
    source = eventarc_trigger(known["name"], subscription=known["subscription"])
    return source, trigger_health(source)


def _certificates(_: Texts, __: Mapping[str, object]) -> Watched:
    return certificates(), certificate_health()


def _whole(inputs: Mapping[str, object], *path: str) -> int:
    """Return the whole number that stands in nested inputs; 0 where there is none that a preview knows."""
    value: object = inputs
    for name in path:
        value = _member(value, name)
    if isinstance(value, str) and value.isdecimal():  # as `known` gives it
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _member(holder: object, name: str) -> object:
    """Return a member of an input: a dictionary with Python's names or Google's, or an input class of the SDK."""
    match holder:
        case Mapping():
            members = cast("Mapping[str, object]", holder)
            camel = re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
            return members.get(name, members.get(camel))
        case pulumi.Output():
            return None
        case _:
            return getattr(holder, name, None)


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
_WORKLOADS = (
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:apps/v1:DaemonSet",
)
"""What runs containers on GKE, of pulumi_kubernetes."""
_SIZES = ("target_size", "min_replicas", "max_replicas")
SUPPORTED: Mapping[str, Supported] = MappingProxyType(
    {
        "gcp:cloudrunv2/service:Service": Supported(
            needs=_PLACED, watched=_service, watch="cloud_run_service", reads=("scaling", "template")
        ),
        "gcp:cloudrun/service:Service": Supported(needs=_PLACED, watched=_service, watch="cloud_run_service"),
        "gcp:cloudrunv2/workerPool:WorkerPool": Supported(needs=_PLACED, watched=_pool, watch="cloud_run_worker_pool"),
        "gcp:cloudrunv2/job:Job": Supported(needs=_PLACED, watched=_job, watch="cloud_run_job"),
        "gcp:cloudfunctionsv2/function:Function": Supported(
            needs=_PLACED, watched=_function_service, watch="cloud_run_service", reads=("service_config",)
        ),
        "gcp:cloudfunctions/function:Function": Supported(
            needs=("name", "region"), watched=_function, watch="function_health"
        ),
        "gcp:sql/databaseInstance:DatabaseInstance": Supported(
            needs=("name", "project", "database_version"),
            watched=_sql,
            watch="cloud_sql",
            reads=("master_instance_name",),
        ),
        "gcp:pubsub/subscription:Subscription": Supported(
            needs=("name",), watched=_subscription, watch="subscription_health", reads=("push_config",)
        ),
        "gcp:compute/uRLMap:URLMap": Supported(needs=("name",), watched=_map, watch="load_balancer"),
        "gcp:compute/regionUrlMap:RegionUrlMap": Supported(
            needs=("name", "region", "load_balancing_scheme"),
            watched=_regional_map,
            watch="load_balancer",
            around=_scheme,
        ),
        _CLUSTER: Supported(needs=_PLACED, watched=_cluster, watch="gke_nodes, gke_pods", more=_cluster_pods),
        **dict.fromkeys(
            _WORKLOADS,
            Supported(
                needs=("name", "namespace", "container", "cluster", "location"),
                watched=_workload,
                watch="gke_workload",
                derived=_of_workload,
                around=_only_cluster,
                more=_other_containers,
            ),
        ),
        "gcp:cloudtasks/queue:Queue": Supported(needs=_PLACED, watched=_queue, watch="task_queue_health"),
        "gcp:cloudscheduler/job:Job": Supported(
            needs=("name", "region"), watched=_scheduled, watch="scheduler_health", reads=("schedule",)
        ),
        "gcp:redis/instance:Instance": Supported(needs=("name", "region", "project"), watched=_redis, watch="redis"),
        "gcp:redis/cluster:Cluster": Supported(
            needs=("name", "region"), watched=_redis_cluster, watch="redis_cluster_health"
        ),
        "gcp:memorystore/instance:Instance": Supported(
            needs=("instance_id", "location"), watched=_valkey, watch="valkey"
        ),
        "gcp:memcache/instance:Instance": Supported(needs=("name",), watched=_memcached, watch="memcached"),
        "gcp:storage/bucket:Bucket": Supported(needs=("name",), watched=_bucket, watch="bucket_health"),
        "gcp:firestore/database:Database": Supported(needs=("name",), watched=_firestore, watch="firestore_health"),
        "gcp:compute/instance:Instance": Supported(needs=("name", "zone"), watched=_machine, watch="machine_health"),
        "gcp:compute/instanceGroupManager:InstanceGroupManager": Supported(
            needs=("name", "zone"), watched=_group, watch="managed_group_health", reads=_SIZES
        ),
        "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": Supported(
            needs=("name", "region"), watched=_group, watch="managed_group_health", reads=_SIZES
        ),
        "gcp:bigquery/dataset:Dataset": Supported(needs=("project",), watched=_dataset, watch="bigquery_cost"),
        "gcp:bigquery/reservation:Reservation": Supported(
            needs=("name", "location", "project"),
            watched=_reservation,
            watch="bigquery_slots",
            reads=("slot_capacity",),
        ),
        "gcp:workflows/workflow:Workflow": Supported(
            needs=("name", "region"), watched=_workflow, watch="workflow_health"
        ),
        "gcp:eventarc/trigger:Trigger": Supported(
            needs=("name", "subscription"), watched=_trigger, watch="trigger_health"
        ),
        "gcp:certificatemanager/certificate:Certificate": Supported(
            needs=(), watched=_certificates, watch="certificate_health"
        ),
    }
)
"""By the type of the resource."""
OTHERWISE: Mapping[str, str] = MappingProxyType(
    {
        "gcp:compute/managedSslCertificate:ManagedSslCertificate": "use uptime_of with its host, which sees it end",
        "gcp:container/nodePool:NodePool": "the watch of its cluster includes its nodes",
        "gcp:pubsub/topic:Topic": "its subscriptions are watched",
        "gcp:sql/database:Database": "its instance is watched",
    }
)
"""Types that have no watch themselves, with what to do instead."""
