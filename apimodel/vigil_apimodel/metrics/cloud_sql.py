"""Cloud SQL: `cloudsql.googleapis.com`. Sampled every 60 seconds, visible up to 165 seconds later."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "cloudsql_database"
_ROWS = """
database/cpu/utilization       gauge DOUBLE 10^2.% GA - Share of the reserved CPU in use (0 to 1)
database/memory/utilization    gauge DOUBLE 1      GA - Share of the memory in use (0 to 1)
database/disk/utilization      gauge DOUBLE 1      GA - Share of the disk quota in use (0 to 1)
database/disk/bytes_used       gauge INT64  By     GA - Data on disk
database/up                    gauge INT64  1      GA - Whether the server runs (1) or not (0)
database/network/connections   gauge INT64  1      GA - Connections to MySQL or SQL Server
database/replication/replica_lag gauge DOUBLE s    GA - Time that a replica is behind its primary
database/replication/network_lag gauge INT64  s    GA - Time from primary to replica
database/postgresql/num_backends gauge INT64 1     GA database Connections to PostgreSQL
database/postgresql/deadlock_count delta INT64 1   GA database Deadlocks that PostgreSQL resolved
database/postgresql/transaction_count delta INT64 1 GA database,transaction_type Transactions
database/postgresql/transaction_id_utilization gauge DOUBLE 10^2.% GA - Share of the transaction ids used up (0 to 1)
database/postgresql/vacuum/oldest_transaction_age gauge INT64 1 GA oldest_transaction_type Age of the oldest transaction
database/mysql/queries         delta INT64  1      GA - Statements that MySQL executed
database/mysql/innodb/deadlocks_count delta INT64 1 GA - Deadlocks that MySQL resolved
database/auto_failover_request_count delta INT64 1 GA - Automatic failovers
"""
_BY_NAME = table(
    "cloudsql.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudsql",
    RESOURCE,
    _ROWS,
    delay=165,
)

CPU_UTILIZATION = _BY_NAME["database/cpu/utilization"]
MEMORY_UTILIZATION = _BY_NAME["database/memory/utilization"]
DISK_UTILIZATION = _BY_NAME["database/disk/utilization"]
DISK_USED = _BY_NAME["database/disk/bytes_used"]
UP = _BY_NAME["database/up"]
CONNECTIONS = _BY_NAME["database/network/connections"]
REPLICA_LAG = _BY_NAME["database/replication/replica_lag"]
BACKENDS = _BY_NAME["database/postgresql/num_backends"]
DEADLOCKS = _BY_NAME["database/postgresql/deadlock_count"]
MYSQL_DEADLOCKS = _BY_NAME["database/mysql/innodb/deadlocks_count"]
TRANSACTION_IDS = _BY_NAME["database/postgresql/transaction_id_utilization"]
TRANSACTIONS = _BY_NAME["database/postgresql/transaction_count"]
FAILOVERS = _BY_NAME["database/auto_failover_request_count"]

METRICS = tuple(_BY_NAME.values())
