"""Google Kubernetes Engine: the containers of a workload, its pods, the nodes of a cluster."""

from dataclasses import dataclass

from vigil_apimodel.metrics import gke as metrics
from vigil_components.arguments import Name, NotNegative, Positive, validated
from vigil_components.charts import Chart
from vigil_components.durations import minutes
from vigil_components.log_lines import Extract, LogLines
from vigil_components.severity import AlertSeverity
from vigil_components.signals import count, growth, level
from vigil_components.sources import GkeWorkload, MonitoredResource
from vigil_components.watch import Watch
from vigil_components.watches._recorded import entry
from vigil_components.watches._shared import Share, id_of, series


@validated
def gke_namespace(cluster: Name, namespace: Name, *, location: Name) -> MonitoredResource:
    """Return the pods of a namespace as a source."""
    labels = {"location": location, "cluster_name": cluster, "namespace_name": namespace}
    return MonitoredResource(
        name=f"{cluster}-{namespace}", id=id_of(f"{cluster}-{namespace}"), type=metrics.POD, labels=labels
    )


@validated
def gke_cluster_pods(cluster: Name, *, location: Name) -> MonitoredResource:
    """Return the pods of all namespaces of a cluster as a source."""
    name = f"{cluster}-pods"
    labels = {"location": location, "cluster_name": cluster}
    return MonitoredResource(name=name, id=id_of(name), type=metrics.POD, labels=labels)


@validated
def gke_cluster(cluster: Name, *, location: Name) -> MonitoredResource:
    """Return the nodes of a cluster as a source."""
    return MonitoredResource(
        name=cluster, id=id_of(cluster), type=metrics.NODE, labels={"location": location, "cluster_name": cluster}
    )


@validated
@dataclass(frozen=True, kw_only=True)
class GkeLimits:
    """What a workload, its pods and their nodes may do before somebody is notified."""

    restarts: Positive = 5
    """Restarts of a container in ten minutes. Default: 5; a deployment restarts each once."""
    memory: Share = 0.9
    """Part of the memory limit in use. Default: 90 %, as Google's sample alert has it; at 100 % it is killed."""
    cpu: Share = 0.9
    """Part of the CPU limit in use for 15 minutes. Default: 90 %, as Google's sample; above it the CPU is throttled."""
    memory_of_request: Positive = 0.9
    """Memory in use as a part of what was requested, over all pods. Default: 0.9, as Google's sample alert has it."""
    cpu_of_request: Positive = 0.9
    """CPU in use as a part of what was requested, over all pods. Default: 0.9, as Google's sample alert has it."""
    volume: Share = 0.85
    """Part of a volume in use. Default: 85 %, so that somebody can enlarge it before writes fail."""
    node: Share = 0.9
    """Part of a node's allocatable memory or CPU in use. Default: 90 %; above it the node evicts or slows down pods."""
    pending: NotNegative = 5
    """Notices in ten minutes that no node has room for a pod. Default: 5; there are a few while a node is added."""
    backoff: NotNegative = 10
    """Failed starts in ten minutes. Default: 10, one a minute; a container that recovers has fewer."""
    not_ready: NotNegative = 20
    """Failed readiness probes in ten minutes. Default: 20, three minutes of a pod that is probed every 10 s."""


@validated
def gke_workload(source: GkeWorkload, limits: GkeLimits | None = None) -> Watch:
    """Return what the containers of a workload are watched for."""
    chosen = limits or GkeLimits()
    restarts = growth(series(source, metrics.RESTARTS), window=minutes(10))
    memory = level(series(source, metrics.MEMORY_OF_LIMIT, {"memory_type": "non-evictable"}))
    cpu = level(series(source, metrics.CPU_OF_LIMIT), smooth=True)
    requested = level(
        series(source, metrics.MEMORY_OF_REQUEST, {"memory_type": "non-evictable"}), reduce="avg", smooth=True
    )
    cpu_requested = level(series(source, metrics.CPU_OF_REQUEST), reduce="avg", smooth=True)
    return Watch(
        alerts=(
            restarts.alert(
                above=chosen.restarts,
                lasting=minutes(1),  # a count at the limit shows as a little more every other minute
                name="gke-restarts",
                severity=AlertSeverity.PAGE,
                summary="A container starts again and again",
                runbook="google-cloud/gke-restarts",
            ),
            memory.alert(
                above=chosen.memory,
                lasting=minutes(5),
                name="gke-memory",
                severity=AlertSeverity.TICKET,
                summary="A container nearly reaches its memory limit",
                runbook="google-cloud/gke-memory",
            ),
            cpu.alert(
                above=chosen.cpu,
                lasting=minutes(15),
                name="gke-cpu",
                severity=AlertSeverity.TICKET,
                summary="A container uses all the CPU that it may",
                runbook="google-cloud/gke-cpu",
            ),
            requested.alert(
                above=chosen.memory_of_request,
                lasting=minutes(15),
                name="gke-memory-request",
                severity=AlertSeverity.TICKET,
                summary="The workload uses nearly all the memory that it requested",
                runbook="google-cloud/gke-requests",
            ),
            cpu_requested.alert(
                above=chosen.cpu_of_request,
                lasting=minutes(15),
                name="gke-cpu-request",
                severity=AlertSeverity.TICKET,
                summary="The workload uses nearly all the CPU that it requested",
                runbook="google-cloud/gke-requests",
            ),
        ),
    )


def _event(reason: str, message: str, resource: str = metrics.POD, kind: str = "Pod") -> dict[str, object]:
    payload = {"reason": reason, "message": message, "involvedObject": {"kind": kind, "name": "checkout-7d4f8"}}
    return entry("events", resource, "WARNING", json=payload)


UNSCHEDULABLE = LogLines(
    name="k8s.pod.unschedulable",
    doc="No node has room for a pod.",
    filter='log_id("events") AND jsonPayload.reason="FailedScheduling"',
    matching=(_event("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),),
    near_misses=(_event("Scheduled", "Successfully assigned shop/checkout-7d4f8 to node-1"),),
)
BACKING_OFF = LogLines(
    name="k8s.pod.backoff",
    doc="A container fails again and again, or its image cannot be pulled.",
    filter='log_id("events") AND jsonPayload.reason="BackOff"',
    matching=(
        _event("BackOff", "Back-off restarting failed container checkout in pod checkout-7d4f8"),
        _event("BackOff", 'Back-off pulling image "europe-docker.pkg.dev/p/shop/checkout:1"'),
    ),
    near_misses=(_event("Pulling", 'Pulling image "europe-docker.pkg.dev/p/shop/checkout:1"'),),
)
UNREADY = LogLines(
    name="k8s.pod.unready",
    doc="A pod fails its readiness probe and gets no requests.",
    filter='log_id("events") AND jsonPayload.reason="Unhealthy" AND jsonPayload.message=~"^Readiness probe"',
    matching=(_event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),),
    near_misses=(_event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503"),),
)
OUT_OF_MEMORY = LogLines(
    name="k8s.node.oom",
    doc="The kernel of a node killed a process because memory ran out.",
    filter='log_id("events") AND jsonPayload.reason="OOMKilling"',
    matching=(_event("OOMKilling", "Memory cgroup out of memory: Killed process 4242 (java)", metrics.NODE, "Node"),),
    near_misses=(_event("NodeReady", "Node node-1 status is now: NodeReady", metrics.NODE, "Node"),),
    labels={"reason": Extract(path="jsonPayload.reason", values=("OOMKilling",))},
)
_PRESSURE = ("EvictionThresholdMet", "NodeHasDiskPressure", "NodeHasInsufficientMemory", "NodeHasInsufficientPID")
PRESSURE = LogLines(
    name="k8s.node.pressure",
    doc="A node runs out of memory, disk or process ids and evicts pods.",
    filter=f'log_id("events") AND jsonPayload.reason=({" OR ".join(_PRESSURE)})',
    matching=tuple(_event(reason, f"Node node-1: {reason}", metrics.NODE, "Node") for reason in _PRESSURE),
    near_misses=(_event("NodeHasNoDiskPressure", "Node node-1 has no disk pressure", metrics.NODE, "Node"),),
    labels={"reason": Extract(path="jsonPayload.reason", values=_PRESSURE)},
)
NODE_NOT_READY = LogLines(
    name="k8s.node.not_ready",
    doc="A node stopped taking pods.",
    filter='log_id("events") AND jsonPayload.reason="NodeNotReady"',
    matching=(_event("NodeNotReady", "Node node-1 status is now: NodeNotReady", metrics.NODE, "Node"),),
    near_misses=(_event("NodeReady", "Node node-1 status is now: NodeReady", metrics.NODE, "Node"),),
)


@validated
def gke_pods(source: MonitoredResource, limits: GkeLimits | None = None) -> Watch:
    """Return what the pods of a namespace or a cluster are watched for: Kubernetes events, and their volumes."""
    chosen = limits or GkeLimits()
    pending, backoff = count(UNSCHEDULABLE, window=minutes(10)), count(BACKING_OFF, window=minutes(10))
    unready = count(UNREADY, window=minutes(10))
    volume = level(series(source, metrics.VOLUME), by=("volume_name",))
    return Watch(
        alerts=(
            pending.alert(
                above=chosen.pending,
                lasting=minutes(1),  # a count at the limit shows as a little more every other minute
                name="gke-pending",
                severity=AlertSeverity.TICKET,
                summary="Pods wait because no node has room",
                runbook="google-cloud/gke-pending",
            ),
            backoff.alert(
                above=chosen.backoff,
                lasting=minutes(1),  # a count at the limit shows as a little more every other minute
                name="gke-backoff",
                severity=AlertSeverity.PAGE,
                summary="Containers fail again and again, or their image cannot be pulled",
                runbook="google-cloud/gke-restarts",
            ),
            unready.alert(
                above=chosen.not_ready,
                lasting=minutes(1),  # a count at the limit shows as a little more every other minute
                name="gke-not-ready",
                severity=AlertSeverity.PAGE,
                summary="Pods are not ready",
                runbook="google-cloud/gke-not-ready",
            ),
            volume.alert(
                above=chosen.volume,
                lasting=minutes(10),
                name="gke-volume",
                severity=AlertSeverity.PAGE,
                summary="A volume is filling up",
                runbook="google-cloud/gke-volume",
            ),
        ),
        charts=(Chart(title="Failed starts and probes in ten minutes", signals=(backoff, unready)),),
    )


@validated
def gke_nodes(source: MonitoredResource, limits: GkeLimits | None = None) -> Watch:
    """Return what the nodes of a cluster are watched for."""
    chosen = limits or GkeLimits()
    killed = count(OUT_OF_MEMORY, window=minutes(10))
    # what the kernel can free at once, such as its page cache, is no reason to notify anybody
    memory = level(series(source, metrics.NODE_MEMORY, {"memory_type": "non-evictable"}), by=("node_name",))
    cpu = level(series(source, metrics.NODE_CPU), by=("node_name",), smooth=True)
    return Watch(
        alerts=(
            killed.alert(
                above=0,
                name="gke-oom",
                severity=AlertSeverity.PAGE,
                summary="A node killed a process because memory ran out",
                runbook="google-cloud/gke-memory",
            ),
            memory.alert(
                above=chosen.node,
                lasting=minutes(10),
                name="gke-node-memory",
                severity=AlertSeverity.TICKET,
                summary="A node is running out of memory",
                runbook="google-cloud/gke-node",
            ),
            cpu.alert(
                above=chosen.node,
                lasting=minutes(15),
                name="gke-node-cpu",
                severity=AlertSeverity.TICKET,
                summary="A node's CPU is used up",
                runbook="google-cloud/gke-node",
            ),
            count(PRESSURE, window=minutes(10)).alert(
                above=0,
                name="gke-node-pressure",
                severity=AlertSeverity.PAGE,
                summary="A node runs out of memory, disk or process ids and evicts pods",
                runbook="google-cloud/gke-node",
            ),
            count(NODE_NOT_READY, window=minutes(10)).alert(
                above=0,
                name="gke-node-not-ready",
                severity=AlertSeverity.TICKET,
                summary="A node takes no pods",
                runbook="google-cloud/gke-node",
            ),
        ),
        charts=(Chart(title="CPU of nodes", signals=(cpu,)),),
    )
