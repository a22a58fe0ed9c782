"""Quotas of Google's own APIs: `serviceruntime.googleapis.com`."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "consumer_quota"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-serviceruntime"
_ROWS = """
quota/allocation/usage gauge INT64 1 GA quota_metric            Use of an allocation quota
quota/limit            gauge INT64 1 GA quota_metric,limit_name Limit of a quota
quota/exceeded         gauge BOOL  1 GA quota_metric,limit_name Whether a quota was exceeded
"""
_BY_NAME = table("serviceruntime.googleapis.com", _PAGE, RESOURCE, _ROWS)

ALLOCATED = _BY_NAME["quota/allocation/usage"]
LIMIT = _BY_NAME["quota/limit"]
EXCEEDED = _BY_NAME["quota/exceeded"]

METRICS = tuple(_BY_NAME.values())
