"""Cloud Tasks: `cloudtasks.googleapis.com`."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "cloud_tasks_queue"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudtasks"
_ROWS = """
queue/depth               gauge INT64        1  GA -             Tasks in the queue
queue/task_attempt_count  delta INT64        1  GA response_code Attempts, by response code
queue/task_attempt_delays delta DISTRIBUTION ms GA -             Time from an attempt's schedule to its start
"""
_BY_NAME = table("cloudtasks.googleapis.com", _PAGE, RESOURCE, _ROWS, delay=180)

DEPTH = _BY_NAME["queue/depth"]
ATTEMPTS = _BY_NAME["queue/task_attempt_count"]
DELAYS = _BY_NAME["queue/task_attempt_delays"]

METRICS = tuple(_BY_NAME.values())
