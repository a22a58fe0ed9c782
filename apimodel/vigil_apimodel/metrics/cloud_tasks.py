"""Cloud Tasks: `cloudtasks.googleapis.com`."""

from vigil_apimodel.metrics.google_table import IN_USE, table
from vigil_apimodel.metrics.model import MetricLabel

RESOURCE = "cloud_tasks_queue"
_PAGE = "https://docs.cloud.google.com/tasks/docs/monitor"
_BY_NAME = {
    **table(
        "cloudtasks.googleapis.com", _PAGE, RESOURCE, "queue/depth gauge INT64 1 BETA Tasks in the queue", note=IN_USE
    ),
    **table(
        "cloudtasks.googleapis.com",
        _PAGE,
        RESOURCE,
        "queue/task_attempt_count delta INT64 1 BETA Attempts, by response code",
        (MetricLabel("response_code"),),
        note=IN_USE,
    ),
    **table(
        "cloudtasks.googleapis.com",
        _PAGE,
        RESOURCE,
        "queue/task_attempt_delays delta DISTRIBUTION ms BETA Time from an attempt's schedule to its start",
        note=IN_USE,
    ),
}

DEPTH = _BY_NAME["queue/depth"]
ATTEMPTS = _BY_NAME["queue/task_attempt_count"]
DELAYS = _BY_NAME["queue/task_attempt_delays"]

METRICS = tuple(_BY_NAME.values())
