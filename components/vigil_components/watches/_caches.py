"""Memorystore beside Redis: Redis Cluster, Valkey and Memcached."""

from dataclasses import dataclass

from vigil_apimodel.metrics import Metric
from vigil_apimodel.metrics import memorystore as metrics
from vigil_components.arguments import Name, NotNegative, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import growth, level, missing
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._memorystore import alerts_of_a_cache
from vigil_components.watches._shared import Share, id_of, series


@validated
def redis_cluster(cluster: Name, *, location: Name) -> MonitoredResource:
    """Return a Redis Cluster of Memorystore as a source."""
    return MonitoredResource(
        name=cluster,
        id=id_of(cluster),
        type=metrics.CLUSTER,
        labels={"cluster_id": cluster, "location": location},
    )


@validated
def valkey_instance(instance: Name, *, location: Name) -> MonitoredResource:
    """Return a Valkey instance of Memorystore as a source."""
    return MonitoredResource(
        name=instance,
        id=id_of(instance),
        type=metrics.VALKEY,
        labels={"instance_id": instance, "location": location},
    )


@validated
def memcached_instance(instance: Name) -> MonitoredResource:
    """Return the nodes of a Memcached instance as a source. Google names a node's zone, and not the region."""
    return MonitoredResource(
        name=instance, id=id_of(instance), type=metrics.MEMCACHED, labels={"instance_id": instance}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class ShardLimits:
    """What a Redis Cluster or a Valkey instance may do before somebody is notified."""

    memory: Share = 0.8
    """Part of the fullest shard's memory in use. Default: 80 %, Google's advice; a failover needs the rest."""
    cpu: Share = 0.8
    """Part of the busiest node's CPU in use for 15 minutes. Default: 80 %, the most that Google advises."""
    evicted: NotNegative = 0
    """Keys dropped in ten minutes because memory was full. Default: 0; raise it for a pure cache."""


@validated
def redis_cluster_health(source: MonitoredResource, limits: ShardLimits | None = None) -> Watch:
    """Return what a Redis Cluster is watched for."""
    return _shards(
        source,
        limits or ShardLimits(),
        memory=metrics.CLUSTER_MEMORY,
        cpu=metrics.CLUSTER_CPU,
        evicted=metrics.CLUSTER_EVICTED,
        rejected=metrics.CLUSTER_REJECTED,
        clients=metrics.CLUSTER_CLIENTS,
    )


@validated
def valkey(source: MonitoredResource, limits: ShardLimits | None = None) -> Watch:
    """Return what a Valkey instance is watched for."""
    return _shards(
        source,
        limits or ShardLimits(),
        memory=metrics.VALKEY_MEMORY,
        cpu=metrics.VALKEY_CPU,
        evicted=metrics.VALKEY_EVICTED,
        rejected=metrics.VALKEY_REJECTED,
        clients=metrics.VALKEY_CLIENTS,
    )


def _shards(
    source: MonitoredResource,
    limits: ShardLimits,
    *,
    memory: Metric,
    cpu: Metric,
    evicted: Metric,
    rejected: Metric,
    clients: Metric,
) -> Watch:
    used, busy = level(series(source, memory), smooth=True), level(series(source, cpu), smooth=True)
    dropped = growth(series(source, evicted), window=minutes(10))
    refused = growth(series(source, rejected), window=minutes(10))
    full, evictions, connections = alerts_of_a_cache(
        "The cache", used=used, memory=limits.memory, dropped=dropped, evicted=limits.evicted, refused=refused
    )
    cpu_in_use = busy.alert(
        above=limits.cpu,
        lasting=minutes(15),
        name="redis-cpu",
        severity=AlertSeverity.TICKET,
        summary="A node of the cache uses nearly all its CPU",
        runbook="google-cloud/redis-cpu",
    )
    return Watch(
        alerts=(full, cpu_in_use, evictions, connections),
        charts=(
            Chart(title="Memory and CPU of the fullest node", signals=(used, busy)),
            Chart(title="Clients", signals=(level(series(source, clients), reduce="sum"),)),
        ),
    )


@validated
@dataclass(frozen=True, kw_only=True)
class MemcachedLimits:
    """What a node of Memcached may do before somebody is notified."""

    memory: Share = 0.9
    """Part of a node's memory in use. Default: 90 %; at 100 % the node is restarted and empty."""
    hits: Share = 0.5
    """Part of the look-ups that find an item, over half an hour. Default: 50 %; below it the cache helps little."""


@validated
def memcached(source: MonitoredResource, limits: MemcachedLimits | None = None) -> Watch:
    """Return what a Memcached instance is watched for, an incident for each node.

    It has no alert on evictions: a cache that is full drops the oldest items, as it should.
    """
    chosen = limits or MemcachedLimits()
    node = ("node_id",)
    memory = level(series(source, metrics.MEMCACHED_MEMORY), by=node, smooth=True)
    hits = level(series(source, metrics.MEMCACHED_HITS), reduce="min", smooth=True)
    dropped = growth(series(source, metrics.MEMCACHED_EVICTED), by=node)
    return Watch(
        alerts=(
            memory.alert(
                above=chosen.memory,
                lasting=minutes(10),
                name="memcached-memory",
                severity=AlertSeverity.PAGE,
                summary="A node of Memcached is running out of memory",
                runbook="google-cloud/memcached",
            ),
            hits.alert(
                below=chosen.hits,
                lasting=minutes(30),
                name="memcached-hits",
                severity=AlertSeverity.TICKET,
                summary="Memcached finds few of the items that are looked up",
                runbook="google-cloud/memcached",
            ),
            missing(series(source, metrics.MEMCACHED_UPTIME), window=minutes(10)).alert(
                name="memcached-down",
                severity=AlertSeverity.PAGE,
                summary="No node of Memcached runs",
                runbook="google-cloud/memcached",
            ),
        ),
        charts=(
            Chart(title="Items dropped", signals=(dropped,)),
            Chart(title="Look-ups that find an item", signals=(hits,)),
        ),
    )
