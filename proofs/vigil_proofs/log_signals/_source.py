"""The source of recorded entries: which of our sources says whose they are, from the monitored resource."""

import re
from collections.abc import Mapping
from typing import Final, cast

from vigil_apimodel.json_values import JsonObject
from vigil_components.sources import (
    AuditLog,
    CloudRunJob,
    CloudRunService,
    CloudRunWorkerPool,
    GkeWorkload,
    MonitoredResource,
    Source,
)

_AUDIT: Final = "cloudaudit.googleapis.com/"
_OF_ONE: Final = frozenset(
    {"project_id", "pod_name", "revision_name", "configuration_name", "instance_id", "node_id", "task_id"}
)
"""Labels that differ between the instances of one workload, or say the project again."""
_NAMES: Final = (
    "name",
    "service",
    "module_id",
    "function",
    "job",
    "database",
    "subscription",
    "topic",
    "queue",
    "bucket",
    "url_map",
)


def log_of(entry: JsonObject) -> str:
    """Return the id of the log that an entry is of, such as `run.googleapis.com/stdout`."""
    return str(entry.get("logName", "")).partition("/logs/")[2].replace("%2F", "/").replace("%2f", "/")


def source_of(entry: JsonObject) -> Source:
    """Return the source of an entry: the workload, whichever of its instances wrote it."""
    log = log_of(entry)
    if log.startswith(_AUDIT) and (kind := log.removeprefix(_AUDIT)) in (
        "activity",
        "system_event",
        "policy",
        "data_access",
    ):
        return AuditLog(log=kind, id="" if kind == "activity" else f"audit-{kind}".replace("_", "-"))
    resource = cast("JsonObject", entry.get("resource", {}))
    kind = str(resource.get("type", "")) or "global"
    held = resource.get("labels")
    labels = (
        {key: str(value) for key, value in held.items() if value not in (None, "")} if isinstance(held, dict) else {}
    )
    return _typed(kind, labels) or _other(kind, labels)


def _typed(kind: str, labels: Mapping[str, str]) -> Source | None:
    location = labels.get("location", "")
    try:
        match kind:
            case "cloud_run_revision":
                return CloudRunService(name=labels["service_name"], location=location)
            case "cloud_run_worker_pool":
                return CloudRunWorkerPool(name=labels["worker_pool_name"], location=location)
            case "cloud_run_job":
                return CloudRunJob(name=labels["job_name"], location=location)
            case "k8s_container":
                return GkeWorkload(
                    name=labels["container_name"],
                    cluster=labels["cluster_name"],
                    namespace=labels["namespace_name"],
                    location=location,
                )
            case _:
                return None
    except (KeyError, ValueError, TypeError):
        return None  # a label is missing or odd: by its resource and labels it can still be found


def _other(kind: str, labels: Mapping[str, str]) -> Source:
    kept = {key: value for key, value in labels.items() if key not in _OF_ONE}
    named = [value for part in _NAMES for key, value in labels.items() if part in key and key != "project_id"]
    name = (named or [kind])[0]
    fit = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:63] or "entries"
    try:
        return MonitoredResource(name=fit, type=kind, labels=kept)
    except (ValueError, TypeError):
        return MonitoredResource(name=fit, type="global", labels={})
