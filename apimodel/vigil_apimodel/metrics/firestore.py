"""Metrics of Firestore, whose types begin with `firestore.googleapis.com`."""

from vigil_apimodel.metrics.google_table import IN_USE, table

RESOURCE = "firestore.googleapis.com/Database"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_d_h#gcp-firestore"
_BY_NAME = table(
    "firestore.googleapis.com",
    _PAGE,
    RESOURCE,
    "api/request_count delta INT64 1 BETA api_method,response_code Calls of the API, by method and response code",
    note=IN_USE,
)

REQUESTS = _BY_NAME["api/request_count"]

METRICS = tuple(_BY_NAME.values())
