"""Memorystore: Redis, Redis Cluster, Valkey and Memcached."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "redis_instance"
CLUSTER = "redis.googleapis.com/Cluster"
VALKEY = "memorystore.googleapis.com/Instance"
MEMCACHED = "memcache_node"
_ROLES = {"role": ("primary", "replica")}
_INSTANCES = """
stats/memory/usage_ratio               gauge DOUBLE 1  GA role       Share of the maximum memory in use (0 to 1)
stats/memory/system_memory_usage_ratio gauge DOUBLE 1  GA role       Share of the machine's memory in use (0 to 1)
stats/memory/usage                     gauge INT64  By GA role       Bytes in use
stats/evicted_keys                     delta INT64  1  GA role       Keys dropped because memory was full
stats/reject_connections_count         delta INT64  1  GA role       Connections refused because there were too many
stats/cache_hit_ratio                  gauge DOUBLE 1  GA role       Share of look-ups that found a key (0 to 1)
stats/connections/total                delta INT64  1  GA role       Connections made
clients/connected                      gauge INT64  1  GA role       Connected clients
clients/blocked                        gauge INT64  1  GA role       Clients that wait in a blocking command
replication/master/slaves/lag          gauge INT64  s  GA role,slave Time that a replica is behind
replication/offset_diff                gauge INT64  By GA role       Bytes that a replica is behind
server/uptime                          gauge INT64  s  GA role       Time since the server started
commands/calls                         delta INT64  1  GA role,cmd   Commands, by name
"""
_SHARDED = """
memory/maximum_utilization             gauge DOUBLE 10^2.% GA -    Memory in use, of the fullest shard (0 to 1)
cpu/maximum_utilization                gauge DOUBLE 10^2.% GA role CPU in use, of the busiest node (0 to 1)
stats/total_evicted_keys_count         delta INT64  1      GA -    Keys dropped because memory was full
stats/total_rejected_connections_count delta INT64  1      GA role Connections refused because there were too many
clients/total_connected_clients        gauge INT64  1      GA role Connected clients
replication/maximum_ack_lag            gauge DOUBLE s      GA -    Time that the last replica is behind
"""
_NODES = """
node/memory/utilization gauge DOUBLE 10^2.% BETA -                     Share of a node's memory in use (0 to 1)
node/cpu/utilization    delta DOUBLE 10^2.% BETA -                     Share of a node's CPU in use
node/eviction_count     delta INT64  1      BETA -                     Items dropped because memory was full
node/hit_ratio          gauge DOUBLE 10^2.% BETA -                     Share of look-ups that found an item (0 to 1)
node/active_connections gauge INT64  1      BETA -                     Connections
node/operation_count    delta INT64  1      BETA command,response_type Operations, by command and response
node/uptime             gauge INT64  s      BETA -                     Time since the node started
"""
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-redis"
_OTHERS = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_i_o"
_REDIS = table("redis.googleapis.com", _PAGE, RESOURCE, _INSTANCES, values=_ROLES)
_CLUSTERS = table("redis.googleapis.com/cluster", _PAGE, CLUSTER, _SHARDED, values=_ROLES, delay=300)
_VALKEY = table(
    "memorystore.googleapis.com/instance", f"{_OTHERS}#gcp-memorystore", VALKEY, _SHARDED, values=_ROLES, delay=300
)
_MEMCACHED = table("memcache.googleapis.com", f"{_OTHERS}#gcp-memcache", MEMCACHED, _NODES, delay=180)

MEMORY_RATIO = _REDIS["stats/memory/usage_ratio"]
SYSTEM_MEMORY_RATIO = _REDIS["stats/memory/system_memory_usage_ratio"]
EVICTED = _REDIS["stats/evicted_keys"]
REJECTED = _REDIS["stats/reject_connections_count"]
HIT_RATIO = _REDIS["stats/cache_hit_ratio"]
CLIENTS = _REDIS["clients/connected"]
REPLICA_LAG = _REDIS["replication/master/slaves/lag"]
COMMANDS = _REDIS["commands/calls"]
CLUSTER_MEMORY, VALKEY_MEMORY = (each["memory/maximum_utilization"] for each in (_CLUSTERS, _VALKEY))
CLUSTER_CPU, VALKEY_CPU = (each["cpu/maximum_utilization"] for each in (_CLUSTERS, _VALKEY))
CLUSTER_EVICTED, VALKEY_EVICTED = (each["stats/total_evicted_keys_count"] for each in (_CLUSTERS, _VALKEY))
CLUSTER_REJECTED, VALKEY_REJECTED = (each["stats/total_rejected_connections_count"] for each in (_CLUSTERS, _VALKEY))
CLUSTER_CLIENTS, VALKEY_CLIENTS = (each["clients/total_connected_clients"] for each in (_CLUSTERS, _VALKEY))
MEMCACHED_MEMORY = _MEMCACHED["node/memory/utilization"]
MEMCACHED_EVICTED = _MEMCACHED["node/eviction_count"]
MEMCACHED_HITS = _MEMCACHED["node/hit_ratio"]
MEMCACHED_CONNECTIONS = _MEMCACHED["node/active_connections"]
MEMCACHED_UPTIME = _MEMCACHED["node/uptime"]

METRICS = tuple(each for found in (_REDIS, _CLUSTERS, _VALKEY, _MEMCACHED) for each in found.values())
