"""Metrics of BigQuery, whose types begin with `bigquery.googleapis.com`."""

from vigil_apimodel.metrics.google_table import IN_USE, LISTED, table

RESOURCE = "bigquery_project"
PROJECT = "global"
"""Resource of what queries of a project do together, as Google's sample dashboards have it."""
_ROWS = """
query/count                  gauge INT64        1  GA - Queries that run
query/execution_times        gauge DISTRIBUTION s  GA - Time that queries took
query/scanned_bytes_billed   delta INT64        By GA - Bytes that queries scanned and are billed for
slots/allocated_for_project  gauge INT64        1  GA - Slots that the project's queries use
"""
_JOBS = """
job/num_in_flight gauge INT64 1 GA - Jobs that run
"""
_SLOTS = """
slots/allocated gauge INT64 1 GA reservation,job_type Slots that queries use, by reservation and type of job
"""
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-bigquery"
_BY_NAME = {
    **table("bigquery.googleapis.com", _PAGE, PROJECT, _ROWS, note=LISTED),
    **table("bigquery.googleapis.com", _PAGE, RESOURCE, _JOBS, note=LISTED),
    **table("bigquery.googleapis.com", _PAGE, RESOURCE, _SLOTS, note=IN_USE),
}

QUERIES = _BY_NAME["query/count"]
BILLED_BYTES = _BY_NAME["query/scanned_bytes_billed"]
SLOTS = _BY_NAME["slots/allocated_for_project"]
SLOTS_OF_RESERVATION = _BY_NAME["slots/allocated"]
JOBS = _BY_NAME["job/num_in_flight"]

METRICS = tuple(_BY_NAME.values())
