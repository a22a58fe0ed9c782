"""Whose telemetry it is: the project, and the monitored resource that the resource's attributes stand for.

Sources: https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/otlp-attribute-to-logging-resource for logs,
https://docs.cloud.google.com/stackdriver/docs/reference/telemetry/v1.metrics for the labels of `prometheus_target`.
The order of the rules for logs is the page's; rules whose attributes could not be read there follow the Go exporter's
(https://github.com/GoogleCloudPlatform/opentelemetry-operations-go/blob/main/internal/resourcemapping/resourcemapping.go)
and are marked in docs/opentelemetry.md.
"""

from collections.abc import Mapping
from typing import Final

from vigil_apimodel.json_values import JsonObject, json_map
from vigil_emulator.errors import ApiError

PROJECT: Final = "gcp.project_id"
TARGET: Final = "prometheus_target"

_LOCATION: Final = ("cloud.availability_zone", "cloud.region")
_OF_TARGET: Final[Mapping[str, tuple[str, ...]]] = {
    "location": ("location", *_LOCATION),
    "cluster": ("cluster", "k8s.cluster.name"),
    "namespace": ("namespace", "k8s.namespace.name", "service.namespace"),
    "job": ("job",),
    "instance": ("instance", "service.instance.id", "faas.instance"),
}
_CLUSTERS: Final = {"gcp_compute_engine": "__gce__", "gcp_cloud_run": "__run__"}


def project_of(attributes: Mapping[str, str], caller: str) -> str:
    """Return the project: the resource's own, or that of the caller. Raises ApiError where neither names one."""
    project = attributes.get(PROJECT) or caller
    if not project:
        raise ApiError(
            "INVALID_ARGUMENT",
            f"The resource names no project: set the resource attribute {PROJECT} (OTEL_RESOURCE_ATTRIBUTES="
            f"{PROJECT}=PROJECT), or send the header x-goog-user-project.",
        )
    return project.removeprefix("projects/")


def prometheus_target(attributes: Mapping[str, str]) -> tuple[JsonObject, str]:
    """Return the resource of a metric, and why its points are rejected; empty where they are not."""
    labels = {label: _first(attributes, *keys) for label, keys in _OF_TARGET.items()}
    labels["cluster"] = labels["cluster"] or _CLUSTERS.get(attributes.get("cloud.platform", ""), "")
    labels["job"] = labels["job"] or _job(attributes)
    labels["instance"] = labels["instance"] or _container(attributes) or attributes.get("host.id", "")
    for label in ("location", "instance"):
        if not labels[label]:
            sources = {"location": _OF_TARGET["location"], "instance": (*_OF_TARGET["instance"], "host.id")}[label]
            reason = f"the label {label} of {TARGET} is empty: set the resource attribute {' or '.join(sources)}"
            return {"type": TARGET, "labels": json_map(labels)}, reason
    return {"type": TARGET, "labels": json_map(labels)}, ""


def logging_resource(project: str, attributes: Mapping[str, str]) -> JsonObject:
    """Return the monitored resource of a log entry."""
    kind, labels = _logging(attributes)
    return {"type": kind, "labels": json_map({"project_id": project, **labels})}


def _logging(attributes: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    platform = attributes.get("cloud.platform", "")
    location = _first(attributes, *_LOCATION)
    if platform == "gcp_compute_engine":
        return "gce_instance", {"zone": location, "instance_id": attributes.get("host.id", "")}
    if platform == "gcp_cloud_run":
        return _cloud_run(attributes, location)
    cluster = attributes.get("k8s.cluster.name", "")
    if cluster:
        return _kubernetes(attributes, cluster, location)
    service = attributes.get("service.name", "")
    namespace = attributes.get("service.namespace", "")
    instance = _first(attributes, "service.instance.id", "faas.instance")
    if service and instance:
        task = {"location": location or "global", "namespace": namespace, "job": service, "task_id": instance}
        return "generic_task", task
    node = _first(attributes, "host.id", "host.name")
    return "generic_node", {"location": location or "global", "namespace": namespace, "node_id": node}


def _cloud_run(attributes: Mapping[str, str], location: str) -> tuple[str, dict[str, str]]:
    name = _first(attributes, "faas.name", "service.name")
    if "gcp.cloud_run.job.execution" in attributes:
        return "cloud_run_job", {"job_name": name, "location": location}
    return "cloud_run_revision", {
        "service_name": name,
        "revision_name": attributes.get("faas.version", ""),
        "location": location,
        "configuration_name": name,
    }


def _kubernetes(attributes: Mapping[str, str], cluster: str, location: str) -> tuple[str, dict[str, str]]:
    labels = {"cluster_name": cluster, "location": location}
    keys = {
        "namespace_name": "k8s.namespace.name",
        "pod_name": "k8s.pod.name",
        "container_name": "k8s.container.name",
        "node_name": "k8s.node.name",
    }
    found = {label: attributes[key] for label, key in keys.items() if key in attributes}
    if "container_name" in found:
        wanted = ("namespace_name", "pod_name", "container_name")
        return "k8s_container", labels | {label: found.get(label, "") for label in wanted}
    if "pod_name" in found:
        return "k8s_pod", labels | {label: found.get(label, "") for label in ("namespace_name", "pod_name")}
    if "node_name" in found:
        return "k8s_node", labels | {"node_name": found["node_name"]}
    return "k8s_cluster", labels


def _job(attributes: Mapping[str, str]) -> str:
    namespace, name = attributes.get("service.namespace", ""), attributes.get("service.name", "")
    if namespace and name:
        return f"{namespace}/{name}"
    if name and not name.startswith("unknown_service"):
        return name
    return attributes.get("faas.name", "") or name


def _container(attributes: Mapping[str, str]) -> str:
    pod, container = attributes.get("k8s.pod.name", ""), attributes.get("k8s.container.name", "")
    return f"{pod}:{container}" if pod and container else pod


def _first(attributes: Mapping[str, str], *keys: str) -> str:
    return next((attributes[key] for key in keys if attributes.get(key)), "")
