"""Memorystore for Redis: memory, evictions, refused connections."""

from dataclasses import dataclass

from vigil_apimodel.metrics import memorystore as metrics
from vigil_components.arguments import Name, NotNegative, validated
from vigil_components.charts import Chart
from vigil_components.conditions import AlertSpec
from vigil_components.durations import minutes
from vigil_components.severity import AlertSeverity
from vigil_components.signals import NumberSignal, growth, level
from vigil_components.sources import MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._shared import Share, id_of, series


@validated
def redis_instance(project: Name, instance: Name, *, region: Name) -> MonitoredResource:
    """Return a Memorystore instance as a source."""
    name = f"projects/{project}/locations/{region}/instances/{instance}"
    return MonitoredResource(
        name=instance, id=id_of(instance), type=metrics.RESOURCE, labels={"instance_id": name, "region": region}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class RedisLimits:
    """What an instance may do before somebody is notified."""

    memory: Share = 0.8
    """Part of the maximum memory in use. Default: 80 %, Google's advice; a failover needs the rest."""
    evicted: NotNegative = 0
    """Keys dropped in ten minutes because memory was full. Default: 0; raise it for a pure cache."""


@validated
def redis(source: MonitoredResource, limits: RedisLimits | None = None) -> Watch:
    """Return what a Redis instance is watched for."""
    chosen = limits or RedisLimits()
    memory = level(series(source, metrics.MEMORY_RATIO), smooth=True)
    evicted = growth(series(source, metrics.EVICTED), window=minutes(10))
    refused = growth(series(source, metrics.REJECTED), window=minutes(10))
    return Watch(
        alerts=alerts_of_a_cache(
            "Redis", used=memory, memory=chosen.memory, dropped=evicted, evicted=chosen.evicted, refused=refused
        ),
        charts=(
            Chart(title="Clients", signals=(level(series(source, metrics.CLIENTS), reduce="sum"),)),
            Chart(title="Look-ups that find a key", signals=(level(series(source, metrics.HIT_RATIO), reduce="min"),)),
        ),
    )


def alerts_of_a_cache(
    called: str,
    *,
    used: NumberSignal,
    memory: float,
    dropped: NumberSignal,
    evicted: float,
    refused: NumberSignal,
) -> tuple[AlertSpec, AlertSpec, AlertSpec]:
    """Return the alerts on memory in use, keys dropped, and connections refused, which any Redis has."""
    return (
        used.alert(
            above=memory,
            lasting=minutes(10),
            name="redis-memory",
            severity=AlertSeverity.PAGE,
            summary=f"{called} is running out of memory",
            runbook="google-cloud/redis-memory",
        ),
        dropped.alert(
            above=evicted,
            name="redis-evictions",
            severity=AlertSeverity.TICKET,
            summary=f"{called} drops keys because its memory is full",
            runbook="google-cloud/redis-memory",
        ),
        refused.alert(
            above=0,
            name="redis-connections",
            severity=AlertSeverity.PAGE,
            summary=f"{called} refuses connections",
            runbook="google-cloud/redis-connections",
        ),
    )
