"""Google Kubernetes Engine: `kubernetes.io`, the system metrics of a cluster."""

from vigil_apimodel.metrics.google_table import MEMORY_TYPES, table

CONTAINER = "k8s_container"
POD = "k8s_pod"
NODE = "k8s_node"
_PAGE = "https://docs.cloud.google.com/monitoring/api/metrics_kubernetes"
_CONTAINERS = """
container/restart_count              cumulative INT64  1  GA -           Restarts of a container
container/cpu/request_utilization    gauge      DOUBLE 1  GA -           Share of the requested CPU in use
container/cpu/limit_utilization      gauge      DOUBLE 1  GA -           Share of the CPU limit in use
container/memory/request_utilization gauge      DOUBLE 1  GA memory_type Share of the requested memory in use
container/memory/limit_utilization   gauge      DOUBLE 1  GA memory_type Share of the memory limit in use
container/memory/used_bytes          gauge      INT64  By GA memory_type Memory in use
"""
_CLAIM = "volume_name,persistentvolumeclaim_name,persistentvolumeclaim_namespace"
_VOLUMES = f"""
pod/volume/utilization gauge DOUBLE 1 GA {_CLAIM} Share of a volume in use
"""
_NODES = """
node/cpu/allocatable_utilization    gauge DOUBLE 1 GA -                     Share of a node's allocatable CPU in use
node/memory/allocatable_utilization gauge DOUBLE 1 GA memory_type,component Share of a node's allocatable memory in use
"""
_BY_NAME = {
    **table("kubernetes.io", _PAGE, CONTAINER, _CONTAINERS, values=MEMORY_TYPES),
    **table("kubernetes.io", _PAGE, POD, _VOLUMES),
    **table("kubernetes.io", _PAGE, NODE, _NODES, values=MEMORY_TYPES),
}

RESTARTS = _BY_NAME["container/restart_count"]
CPU_OF_REQUEST = _BY_NAME["container/cpu/request_utilization"]
CPU_OF_LIMIT = _BY_NAME["container/cpu/limit_utilization"]
MEMORY_OF_REQUEST = _BY_NAME["container/memory/request_utilization"]
MEMORY_OF_LIMIT = _BY_NAME["container/memory/limit_utilization"]
VOLUME = _BY_NAME["pod/volume/utilization"]
NODE_CPU = _BY_NAME["node/cpu/allocatable_utilization"]
NODE_MEMORY = _BY_NAME["node/memory/allocatable_utilization"]

METRICS = tuple(_BY_NAME.values())
