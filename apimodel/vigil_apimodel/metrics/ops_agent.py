"""What the Ops Agent measures inside a machine: `agent.googleapis.com`. The hypervisor sees neither."""

from vigil_apimodel.metrics.google_table import IN_USE, table

RESOURCE = "gce_instance"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_opsagent"
_BY_NAME = {
    **table(
        "agent.googleapis.com",
        _PAGE,
        RESOURCE,
        "memory/percent_used gauge DOUBLE % GA state Part of the memory in each state (0 to 100)",
        note=IN_USE,
    ),
    **table(
        "agent.googleapis.com",
        _PAGE,
        RESOURCE,
        "disk/percent_used gauge DOUBLE % GA device,state Part of a disk in each state (0 to 100)",
        values={"state": ("free", "used", "reserved")},
    ),
}

MEMORY = _BY_NAME["memory/percent_used"]
DISK = _BY_NAME["disk/percent_used"]

METRICS = tuple(_BY_NAME.values())
