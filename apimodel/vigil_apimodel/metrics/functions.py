"""Cloud Functions, first generation: `cloudfunctions.googleapis.com`. The second is a Cloud Run service."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "cloud_function"
_ROWS = """
function/execution_count   delta INT64        1  GA   status,memory,trigger_type Executions, by status
function/execution_times   delta DISTRIBUTION ns GA   status,memory,trigger_type Time that executions took
function/user_memory_bytes delta DISTRIBUTION By GA   memory,trigger_type        Memory that executions used
function/active_instances  gauge INT64        1  BETA -                          Instances
"""
_BY_NAME = table(
    "cloudfunctions.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudfunctions",
    RESOURCE,
    _ROWS,
)

EXECUTIONS = _BY_NAME["function/execution_count"]
EXECUTION_TIMES = _BY_NAME["function/execution_times"]
MEMORY = _BY_NAME["function/user_memory_bytes"]

METRICS = tuple(_BY_NAME.values())
