"""Projects, folders, organizations and billing accounts: ids, numbers, and what each has from the beginning."""

import hashlib
from collections.abc import Mapping

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.resources.store import ResourceStore

CONTAINERS = ("projects", "folders", "organizations", "billingAccounts")

_AUDITS = ("cloudaudit", "externalaudit")

AUDIT_LOGS = " OR ".join(
    f'LOG_ID("{service}.googleapis.com/{log}")'
    for log in ("activity", "system_event", "access_transparency")
    for service in _AUDITS
)
"""The filter of every `_Required` sink; `_Default` takes the rest.

Source: docs.cloud.google.com/logging/docs/routing/overview.
"""

_INITIAL_BUCKETS: Mapping[str, JsonObject] = {
    "_Default": {"description": "Default bucket", "retentionDays": 30, "lifecycleState": "ACTIVE"},
    "_Required": {"description": "Audit bucket", "retentionDays": 400, "lifecycleState": "ACTIVE", "locked": True},
}
_DESTINATION = "logging.googleapis.com/{container}/locations/global/buckets/{name}"


class Projects:
    """Makes containers on first use, and translates between a project's id and its number.

    Any id is accepted. A number is derived from the id, so it is the same after a restart and on another machine;
    requests may use either, as with Google.
    """

    def __init__(self, store: ResourceStore) -> None:
        """Takes over what the store already holds."""
        self._store = store
        self._ready = set(store.names("vigil.containers"))
        known = [name.removeprefix("projects/") for name in self._ready if name.startswith("projects/")]
        self._ids = {number_of(project): project for project in known}

    def ensure(self, name: str) -> None:
        """Make the container of a resource name, if it is new, with its buckets, views and sinks.

        Raises StorageError when that cannot be made durable.
        """
        container = container_of(self.canonical(name))
        if container in self._ready or container is None:
            return
        with self._store.transaction():
            self._store.put("vigil.containers", container, {})
            for bucket, body in _INITIAL_BUCKETS.items():
                full = f"{container}/locations/global/buckets/{bucket}"
                self._store.put("logging.buckets", full, {"name": full, **body})
                self._store.put("logging.views", f"{full}/views/_AllLogs", {"name": f"{full}/views/_AllLogs"})
            default_view = f"{container}/locations/global/buckets/_Default/views/_Default"
            excluded = " AND ".join(f'NOT LOG_ID("{service}.googleapis.com/data_access")' for service in _AUDITS)
            self._store.put("logging.views", default_view, {"name": default_view, "filter": excluded})
            for sink, query in (("_Required", AUDIT_LOGS), ("_Default", _not_audit_logs())):
                destination = _DESTINATION.format(container=container, name=sink)
                body: JsonObject = {"name": sink, "destination": destination, "filter": query}
                self._store.put("logging.sinks", f"{container}/sinks/{sink}", body)
        self._ready.add(container)
        if container.startswith("projects/"):
            project = container.removeprefix("projects/")
            self._ids[number_of(project)] = project

    def canonical(self, name: str) -> str:
        """Return a resource name with the project's id where it had the number of a project that exists."""
        collection, slash, rest = name.partition("/")
        project, after, path = rest.partition("/")
        if not slash or collection != "projects":
            return name
        return f"projects/{self._ids.get(project, project)}{after}{path}"

    def numbered(self, name: str) -> str:
        """Return a resource name with the project's number instead of its id."""
        collection, slash, rest = name.partition("/")
        project, after, path = rest.partition("/")
        return f"projects/{number_of(project)}{after}{path}" if slash and collection == "projects" else name


def container_of(name: str) -> str | None:
    """Return the container that a resource name begins with, None if it begins with none."""
    parts = name.split("/", 2)
    return "/".join(parts[:2]) if len(parts) > 1 and parts[0] in CONTAINERS and parts[1] else None


def number_of(project: str) -> str:
    """Return a project's number: twelve digits made from its id. An id of digits alone counts as the number."""
    if project.isdecimal():
        return project
    digest = hashlib.sha256(project.encode()).digest()
    return str(10**11 + int.from_bytes(digest[:8]) % (9 * 10**11))


def project_of(name: str) -> str:
    """Return the project's id in a resource name; empty where it is no project's."""
    parts = name.split("/", 2)
    return parts[1] if len(parts) > 1 and parts[0] == "projects" else ""


def _not_audit_logs() -> str:
    return " AND ".join(f"NOT {term}" for term in AUDIT_LOGS.split(" OR "))
