"""Quotas of Google's own APIs: `serviceruntime.googleapis.com`."""

from vigil_apimodel.metrics.google_table import IN_USE, table
from vigil_apimodel.metrics.model import MetricLabel

RESOURCE = "consumer_quota"
_PAGE = "https://docs.cloud.google.com/docs/quotas/set-up-quota-alerts"
_ROWS = """
quota/allocation/usage gauge INT64 1 GA Use of an allocation quota
quota/limit            gauge INT64 1 GA Limit of a quota
quota/exceeded         gauge BOOL  - GA Whether a quota was exceeded
"""
_BY_NAME = table(
    "serviceruntime.googleapis.com",
    _PAGE,
    RESOURCE,
    _ROWS,
    (MetricLabel("quota_metric"), MetricLabel("limit_name")),
    note=IN_USE,
)

ALLOCATED = _BY_NAME["quota/allocation/usage"]
LIMIT = _BY_NAME["quota/limit"]
EXCEEDED = _BY_NAME["quota/exceeded"]

METRICS = tuple(_BY_NAME.values())
