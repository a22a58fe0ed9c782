"""Compute Engine: `compute.googleapis.com`, as the hypervisor measures it."""

from vigil_apimodel.metrics.google_table import IN_USE, LISTED, table

RESOURCE = "gce_instance"
GROUP = "instance_group"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_gcp_c#gcp-compute"
_DISK = "instance_name,device_name,storage_type,device_type"
_READ = f"""
instance/cpu/utilization        gauge DOUBLE 10^2.% GA instance_name Share of the CPUs in use (0 to 1, more in a burst)
instance/disk/read_bytes_count  delta INT64  By     GA {_DISK} Bytes read from disks
instance/disk/write_bytes_count delta INT64  By     GA {_DISK} Bytes written to disks
"""
_ROWS = """
instance/uptime_total                  gauge INT64  s         GA instance_name Time since the machine started
instance/uptime                        delta DOUBLE s{uptime} GA instance_name Time that the machine ran
instance/network/received_bytes_count  delta INT64  By        GA instance_name Bytes received
instance/network/sent_bytes_count      delta INT64  By        GA instance_name Bytes sent
"""
_GROUPS = """
instance_group/size gauge INT64 1 - - Machines in a group, those that are being made and deleted among them
"""
_BY_NAME = {
    **table("compute.googleapis.com", _PAGE, RESOURCE, _READ),
    **table("compute.googleapis.com", _PAGE, RESOURCE, _ROWS, note=LISTED),
    **table("compute.googleapis.com", _PAGE, GROUP, _GROUPS, note=IN_USE),
}

CPU_UTILIZATION = _BY_NAME["instance/cpu/utilization"]
UPTIME_TOTAL = _BY_NAME["instance/uptime_total"]
RECEIVED_BYTES = _BY_NAME["instance/network/received_bytes_count"]
SENT_BYTES = _BY_NAME["instance/network/sent_bytes_count"]
GROUP_SIZE = _BY_NAME["instance_group/size"]

METRICS = tuple(_BY_NAME.values())
