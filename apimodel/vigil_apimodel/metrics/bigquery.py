"""Metrics of BigQuery, whose types begin with `bigquery.googleapis.com`."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "bigquery_project"
_ROWS = """
query/count                  gauge INT64        1  GA   Queries that run
query/execution_times        gauge DISTRIBUTION s  GA   Time that queries took
query/scanned_bytes_billed   delta INT64        By GA   Bytes that queries scanned and are billed for
slots/allocated_for_project  gauge INT64        1  GA   Slots that the project's queries use
job/num_in_flight            gauge INT64        1  GA   Jobs that run
"""
_BY_NAME = table(
    "bigquery.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-bigquery",
    RESOURCE,
    _ROWS,
)

QUERIES = _BY_NAME["query/count"]
BILLED_BYTES = _BY_NAME["query/scanned_bytes_billed"]
SLOTS = _BY_NAME["slots/allocated_for_project"]
JOBS = _BY_NAME["job/num_in_flight"]

METRICS = tuple(_BY_NAME.values())
