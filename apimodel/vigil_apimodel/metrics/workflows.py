"""Workflows: `workflows.googleapis.com`. The other metrics are not here, since their kind was not read."""

from vigil_apimodel.metrics.google_table import IN_USE, table
from vigil_apimodel.metrics.model import MetricLabel

RESOURCE = "workflows.googleapis.com/Workflow"
_BY_NAME = table(
    "workflows.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-workflows",
    RESOURCE,
    "finished_execution_count delta INT64 1 - Executions that ended, by status",
    (MetricLabel("status"),),
    note=IN_USE,
)

FINISHED = _BY_NAME["finished_execution_count"]

METRICS = tuple(_BY_NAME.values())
