"""Memorystore for Redis: `redis.googleapis.com`."""

from vigil_apimodel.metrics.google_table import table
from vigil_apimodel.metrics.model import MetricLabel

RESOURCE = "redis_instance"
_ROWS = """
stats/memory/usage_ratio               gauge DOUBLE 1  GA Share of the maximum memory in use (0 to 1)
stats/memory/system_memory_usage_ratio gauge DOUBLE 1  GA Share of the machine's memory in use (0 to 1)
stats/memory/usage                     gauge INT64  By GA Bytes in use
stats/evicted_keys                     delta INT64  1  GA Keys dropped because memory was full
stats/reject_connections_count         delta INT64  1  GA Connections refused because there were too many
stats/cache_hit_ratio                  gauge DOUBLE 1  GA Share of look-ups that found a key (0 to 1)
stats/connections/total                delta INT64  1  GA Connections made
clients/connected                      gauge INT64  1  GA Connected clients
clients/blocked                        gauge INT64  1  GA Clients that wait in a blocking command
replication/master/slaves/lag          gauge INT64  s  GA Time that a replica is behind
replication/offset_diff                gauge INT64  By GA Bytes that a replica is behind
server/uptime                          gauge INT64  s  GA Time since the server started
"""
_COMMANDS = """
commands/calls                         delta INT64  1  GA Commands, by name
"""
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-redis"
_BY_NAME = {
    **table("redis.googleapis.com", _PAGE, RESOURCE, _ROWS),
    **table("redis.googleapis.com", _PAGE, RESOURCE, _COMMANDS, (MetricLabel("cmd"),)),
}

MEMORY_RATIO = _BY_NAME["stats/memory/usage_ratio"]
SYSTEM_MEMORY_RATIO = _BY_NAME["stats/memory/system_memory_usage_ratio"]
EVICTED = _BY_NAME["stats/evicted_keys"]
REJECTED = _BY_NAME["stats/reject_connections_count"]
HIT_RATIO = _BY_NAME["stats/cache_hit_ratio"]
CLIENTS = _BY_NAME["clients/connected"]
REPLICA_LAG = _BY_NAME["replication/master/slaves/lag"]
COMMANDS = _BY_NAME["commands/calls"]

METRICS = tuple(_BY_NAME.values())
