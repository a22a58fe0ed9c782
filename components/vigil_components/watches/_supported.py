"""Which resources of pulumi_gcp have a watch, and which inputs it needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from vigil_components.watches import _watched, _workloads
from vigil_components.watches._inputs import Made, Texts, Watched


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


_PLACED = ("name", "location")
_SIZES = ("target_size", "min_replicas", "max_replicas")
SUPPORTED: Mapping[str, Supported] = MappingProxyType(
    {
        "gcp:cloudrunv2/service:Service": Supported(
            needs=_PLACED, watched=_watched.run_service, watch="cloud_run_service", reads=("scaling", "template")
        ),
        "gcp:cloudrun/service:Service": Supported(
            needs=_PLACED, watched=_watched.run_service, watch="cloud_run_service"
        ),
        "gcp:cloudrunv2/workerPool:WorkerPool": Supported(
            needs=_PLACED, watched=_watched.run_worker_pool, watch="cloud_run_worker_pool"
        ),
        "gcp:cloudrunv2/job:Job": Supported(needs=_PLACED, watched=_watched.run_job, watch="cloud_run_job"),
        "gcp:cloudfunctionsv2/function:Function": Supported(
            needs=_PLACED, watched=_watched.function_service, watch="cloud_run_service", reads=("service_config",)
        ),
        "gcp:cloudfunctions/function:Function": Supported(
            needs=("name", "region"), watched=_watched.function, watch="function_health"
        ),
        "gcp:sql/databaseInstance:DatabaseInstance": Supported(
            needs=("name", "project", "database_version"),
            watched=_watched.sql,
            watch="cloud_sql",
            reads=("master_instance_name",),
        ),
        "gcp:pubsub/subscription:Subscription": Supported(
            needs=("name",), watched=_watched.pubsub_subscription, watch="subscription_health", reads=("push_config",)
        ),
        "gcp:compute/uRLMap:URLMap": Supported(needs=("name",), watched=_watched.global_url_map, watch="load_balancer"),
        "gcp:compute/regionUrlMap:RegionUrlMap": Supported(
            needs=("name", "region", "load_balancing_scheme"),
            watched=_watched.regional_map,
            watch="load_balancer",
            around=_watched.only_scheme,
        ),
        _workloads.CLUSTER: Supported(
            needs=_PLACED, watched=_watched.cluster, watch="gke_nodes, gke_pods", more=_watched.cluster_pods
        ),
        **dict.fromkeys(
            _workloads.WORKLOADS,
            Supported(
                needs=("name", "namespace", "container", "cluster", "location"),
                watched=_workloads.workload,
                watch="gke_workload",
                derived=_workloads.inputs_of,
                around=_workloads.only_cluster,
                more=_workloads.other_containers,
            ),
        ),
        "gcp:cloudtasks/queue:Queue": Supported(needs=_PLACED, watched=_watched.queue, watch="task_queue_health"),
        "gcp:cloudscheduler/job:Job": Supported(
            needs=("name", "region"), watched=_watched.scheduled_job, watch="scheduler_health", reads=("schedule",)
        ),
        "gcp:redis/instance:Instance": Supported(
            needs=("name", "region", "project"), watched=_watched.redis_of, watch="redis"
        ),
        "gcp:redis/cluster:Cluster": Supported(
            needs=("name", "region"), watched=_watched.cluster_of_redis, watch="redis_cluster_health"
        ),
        "gcp:memorystore/instance:Instance": Supported(
            needs=("instance_id", "location"), watched=_watched.valkey_of, watch="valkey"
        ),
        "gcp:memcache/instance:Instance": Supported(needs=("name",), watched=_watched.memcached_of, watch="memcached"),
        "gcp:storage/bucket:Bucket": Supported(needs=("name",), watched=_watched.storage_bucket, watch="bucket_health"),
        "gcp:firestore/database:Database": Supported(
            needs=("name",), watched=_watched.firestore, watch="firestore_health"
        ),
        "gcp:compute/instance:Instance": Supported(
            needs=("name", "zone"), watched=_watched.machine, watch="machine_health"
        ),
        "gcp:compute/instanceGroupManager:InstanceGroupManager": Supported(
            needs=("name", "zone"), watched=_watched.instance_group, watch="managed_group_health", reads=_SIZES
        ),
        "gcp:compute/regionInstanceGroupManager:RegionInstanceGroupManager": Supported(
            needs=("name", "region"), watched=_watched.instance_group, watch="managed_group_health", reads=_SIZES
        ),
        "gcp:bigquery/dataset:Dataset": Supported(needs=("project",), watched=_watched.dataset, watch="bigquery_cost"),
        "gcp:bigquery/reservation:Reservation": Supported(
            needs=("name", "location", "project"),
            watched=_watched.reservation,
            watch="bigquery_slots",
            reads=("slot_capacity",),
        ),
        "gcp:workflows/workflow:Workflow": Supported(
            needs=("name", "region"), watched=_watched.workflow_of, watch="workflow_health"
        ),
        "gcp:eventarc/trigger:Trigger": Supported(
            needs=("name", "subscription"), watched=_watched.trigger, watch="trigger_health"
        ),
        "gcp:certificatemanager/certificate:Certificate": Supported(
            needs=(), watched=_watched.certificate, watch="certificate_health"
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
