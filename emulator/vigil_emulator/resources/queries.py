"""Saved queries and log scopes."""

import re
import uuid
from typing import ClassVar

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, child, text, texts
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.resources.collection import Change, Collection, last
from vigil_emulator.resources.lql import check_filter


class SavedQueries(Collection):
    """Saved queries (`logging.savedQueries`)."""

    kind = "logging.savedQueries"
    api = "logging.v2"
    schema = "SavedQuery"
    segment = "savedQueries"
    id_parameter = "savedQueryId"
    timestamps = True

    def new_id(self, call: Call) -> str:
        """Return the given id, or one that the server chooses."""
        identifier = call.query.get("savedQueryId", "")
        return self.valid_id(identifier) if identifier else str(uuid.uuid4())

    def prepare(self, change: Change) -> JsonObject:
        """Check that the query parses."""
        body = change.body
        if not text(body, "displayName"):
            raise missing_field("saved_query.display_name")
        if not text(body, "visibility"):
            raise missing_field("saved_query.visibility")
        check_filter(text(child(body, "loggingQuery"), "filter"), "filter")
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error, in the manner of the other kinds of Logging."""
        return ApiError("NOT_FOUND", f"Saved query {last(name)} does not exist")


class LogScopes(Collection):
    """Log scopes (`logging.logScopes`)."""

    kind = "logging.logScopes"
    api = "logging.v2"
    schema = "LogScope"
    segment = "logScopes"
    id_parameter = "logScopeId"
    id_pattern = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}")
    timestamps = True
    limit: ClassVar[tuple[int, str] | None] = (100, "log scopes")

    def prepare(self, change: Change) -> JsonObject:
        """Return the projects and views, a hundred at most, of which five are projects."""
        body = change.body
        resources = texts(body, "resourceNames")
        if not resources or len(resources) > limits.LOG_SCOPE_RESOURCES:
            raise invalid_argument(
                f"A log scope must have 1 to {limits.LOG_SCOPE_RESOURCES} resource names, not {len(resources)}"
            )
        projects = sum(1 for one in resources if one.count("/") == 1)
        if projects > limits.LOG_SCOPE_PROJECTS:
            raise invalid_argument(
                f"A log scope must have at most {limits.LOG_SCOPE_PROJECTS} projects, not {projects}"
            )
        for resource in resources:
            if not re.fullmatch(r"projects/[^/]+(/locations/[^/]+/buckets/[^/]+/views/[^/]+)?", resource):
                raise invalid_argument(
                    f'Field log_scope.resource_names had an invalid value of "{resource}": a project or a view is'
                    " needed",
                )
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error, in the manner of the other kinds of Logging."""
        return ApiError("NOT_FOUND", f"Log scope {last(name)} does not exist")
