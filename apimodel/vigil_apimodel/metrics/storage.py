"""Cloud Storage: `storage.googleapis.com`. Sizes are measured once a day."""

from vigil_apimodel.metrics.google_table import table

RESOURCE = "gcs_bucket"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-storage"
_REQUESTS = """
api/request_count            delta INT64  1  GA method,response_code Calls of the API, by method and response code
network/received_bytes_count delta INT64  By GA method,response_code Bytes received
network/sent_bytes_count     delta INT64  By GA method,response_code Bytes sent
"""
_SIZES = """
storage/object_count gauge INT64  1  GA storage_class Objects, by storage class
storage/total_bytes  gauge DOUBLE By GA storage_class Bytes, by storage class
"""
_BY_NAME = {
    **table("storage.googleapis.com", _PAGE, RESOURCE, _REQUESTS, delay=210),
    **table("storage.googleapis.com", _PAGE, RESOURCE, _SIZES, delay=690),
}

REQUESTS = _BY_NAME["api/request_count"]
SENT_BYTES = _BY_NAME["network/sent_bytes_count"]
OBJECTS = _BY_NAME["storage/object_count"]
TOTAL_BYTES = _BY_NAME["storage/total_bytes"]

METRICS = tuple(_BY_NAME.values())
