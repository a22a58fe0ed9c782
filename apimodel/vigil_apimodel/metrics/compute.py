"""Compute Engine: `compute.googleapis.com`, as the hypervisor measures it."""

from vigil_apimodel.metrics.google_table import table
from vigil_apimodel.metrics.model import MetricLabel

RESOURCE = "gce_instance"
_ROWS = """
instance/cpu/utilization               gauge DOUBLE 10^2.%    GA Share of the CPUs in use (0 to 1, more while bursting)
instance/uptime_total                  gauge INT64  s         GA Time since the machine started
instance/uptime                        delta DOUBLE s{uptime} GA Time that the machine ran
instance/disk/read_bytes_count         delta INT64  By        GA Bytes read from disks
instance/disk/write_bytes_count        delta INT64  By        GA Bytes written to disks
instance/network/received_bytes_count  delta INT64  By        GA Bytes received
instance/network/sent_bytes_count      delta INT64  By        GA Bytes sent
"""
_BY_NAME = table(
    "compute.googleapis.com",
    "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-compute",
    RESOURCE,
    _ROWS,
    (MetricLabel("instance_name"),),
)

CPU_UTILIZATION = _BY_NAME["instance/cpu/utilization"]
UPTIME_TOTAL = _BY_NAME["instance/uptime_total"]
RECEIVED_BYTES = _BY_NAME["instance/network/received_bytes_count"]
SENT_BYTES = _BY_NAME["instance/network/sent_bytes_count"]

METRICS = tuple(_BY_NAME.values())
