"""Workflows: `workflows.googleapis.com`, what the watch reads of it."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "workflows.googleapis.com/Workflow"
_BY_NAME = table(
    "workflows.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-workflows",
    RESOURCE,
    "finished_execution_count delta INT64 1 BETA status,revision_id Executions that ended, by status",
)

FINISHED = _BY_NAME["finished_execution_count"]

METRICS = tuple(_BY_NAME.values())
