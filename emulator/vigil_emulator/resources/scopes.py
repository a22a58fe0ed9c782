"""Metrics scopes: which projects a project watches besides itself."""

import secrets
from collections.abc import Callable, Mapping

from vigil_apimodel.json_values import JsonObject, text
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument
from vigil_emulator.resources.collection import Context, last
from vigil_emulator.resources.projects import number_of

MOST = 375
"""Projects in a scope (docs.cloud.google.com/monitoring/settings: default limit)."""

_PREFIX = "locations/global/metricsScopes"
_TYPE = "type.googleapis.com/google.monitoring.metricsscope.v1"
_STORED = "monitoring.monitoredProjects"
_OPERATIONS = "monitoring.operations"


class MetricsScopes:
    """`monitoring.metricsScopes` and the projects in them. Names are served with numbers, as documented.

    A scope is read and written as a resource; queries see their own project alone, whatever its scope.
    """

    kind = "monitoring.metricsScopes"

    def __init__(self, context: Context) -> None:
        """`context` is shared by all kinds."""
        self.context = context

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the verbs of the discovery document that are answered."""
        return {
            "get": self.get,
            "create": self.create,
            "delete": self.delete,
            "listMetricsScopesByMonitoredProject": self.page,
        }

    def get(self, call: Call) -> JsonObject:
        """Return a project's scope: the project itself first."""
        scope = self._project(last(call.path["name"]))
        return self._scope(scope)

    def create(self, call: Call) -> JsonObject:
        """Add a project, which the body's name ends with."""
        scope = self._project(last(call.path["parent"]))
        full_name = text(call.body, "name")
        if not full_name.startswith(f"{_PREFIX}/") or full_name.count("/") != 5:  # noqa: PLR2004 - scope and project
            raise invalid_argument(
                f'Field monitored_project.name had an invalid value of "{full_name}":'
                f" {_PREFIX}/SCOPING_PROJECT/projects/MONITORED_PROJECT is needed"
            )
        monitored = self._project(last(full_name))
        name = f"{_PREFIX}/{scope}/projects/{monitored}"
        if monitored == scope or self.context.store.get(_STORED, name) is not None:
            raise ApiError("ALREADY_EXISTS", f"Project {monitored} is in the metrics scope of {scope} already.")
        if len(self.context.store.names(_STORED, f"{_PREFIX}/{scope}")) >= MOST:
            raise ApiError("RESOURCE_EXHAUSTED", f"A metrics scope can have at most {MOST} monitored projects.")
        body: JsonObject = {"name": _served(scope, monitored), "createTime": self.context.now()}
        self.context.store.put(_STORED, name, body)
        return self._finished({"@type": f"{_TYPE}.MonitoredProject", **body})

    def delete(self, call: Call) -> JsonObject:
        """Take a project out."""
        _, _, _, scope, _, monitored = call.path["name"].split("/")
        scope, monitored = self._project(scope), self._project(monitored)
        name = f"{_PREFIX}/{scope}/projects/{monitored}"
        if self.context.store.get(_STORED, name) is None:
            raise ApiError("NOT_FOUND", f"Project {monitored} is not in the metrics scope of {scope}.")
        self.context.store.delete(_STORED, name)
        return self._finished({"@type": "type.googleapis.com/google.protobuf.Empty"})

    def page(self, call: Call) -> JsonObject:
        """Return the scopes that a project is in: its own first."""
        project = self._project(last(call.query.get("monitoredResourceContainer", "")))
        if not project:
            raise invalid_argument("Required parameter is missing: monitoredResourceContainer")
        ending = f"/projects/{project}"
        others = [name.split("/")[3] for name in self.context.store.names(_STORED) if name.endswith(ending)]
        return {"metricsScopes": [self._scope(scope) for scope in (project, *others)]}

    def _scope(self, project: str) -> JsonObject:
        self.context.projects.ensure(f"projects/{project}")
        watched = [
            self.context.store.get(_STORED, name) or {}
            for name in self.context.store.names(_STORED, f"{_PREFIX}/{project}")
        ]
        return {
            "name": f"{_PREFIX}/{number_of(project)}",
            "monitoredProjects": [{"name": _served(project, project)}, *watched],
        }

    def _project(self, identifier: str) -> str:
        """A project's id where its number was given."""
        return self.context.projects.canonical(f"projects/{identifier}").removeprefix("projects/")

    def _finished(self, response: JsonObject) -> JsonObject:
        now = self.context.now()
        operation: JsonObject = {
            "name": f"operations/{secrets.token_hex(10)}",
            "done": True,
            "metadata": {
                "@type": f"{_TYPE}.OperationMetadata",
                "state": "DONE",
                "createTime": now,
                "updateTime": now,
            },
            "response": response,
        }
        self.context.store.put(_OPERATIONS, str(operation["name"]), operation)
        return operation


class ScopeOperations:
    """`monitoring.operations`: what a change of a scope answered, which is done."""

    kind = _OPERATIONS

    def __init__(self, context: Context) -> None:
        """`context` is shared by all kinds."""
        self.context = context

    def handlers(self) -> Mapping[str, Callable[[Call], JsonObject]]:
        """Return the verb of the discovery document."""
        return {"get": self.get}

    def get(self, call: Call) -> JsonObject:
        """Return the operation."""
        operation = self.context.store.get(self.kind, call.path["name"])
        if operation is None:
            raise ApiError("NOT_FOUND", "Requested entity was not found.")
        return operation


def _served(scope: str, monitored: str) -> str:
    return f"{_PREFIX}/{number_of(scope)}/projects/{number_of(monitored)}"
