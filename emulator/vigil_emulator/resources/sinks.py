"""Sinks and exclusions: where entries go, and which do not."""

import re
from typing import ClassVar

from vigil_apimodel import limits
from vigil_apimodel.json_values import JsonObject, children, flag, text
from vigil_emulator.calls import Call
from vigil_emulator.errors import ApiError, invalid_argument, missing_field
from vigil_emulator.resources.collection import ID, Change, Collection, last
from vigil_emulator.resources.lql import check_filter
from vigil_emulator.resources.projects import number_of

SHARED_IDENTITY = "serviceAccount:cloud-logs@system.gserviceaccount.com"
"""Writer of sinks that have no identity themselves (terraform-provider-google, resource_logging_project_sink.go)."""

_DESTINATION = re.compile(
    r"storage\.googleapis\.com/[^/]+"
    r"|bigquery\.googleapis\.com/projects/[^/]+/datasets/[^/]+"
    r"|pubsub\.googleapis\.com/projects/[^/]+/topics/[^/]+"
    r"|logging\.googleapis\.com/(projects|folders|organizations|billingAccounts)/[^/]+(/locations/[^/]+/buckets/[^/]+)?"
)
_WRITERS = {"folders": "folder-", "organizations": "org-", "billingAccounts": "billing-"}


class Sinks(Collection):
    """Log sinks (`logging.sinks`)."""

    kind = "logging.sinks"
    api = "logging.v2"
    schema = "LogSink"
    segment = "sinks"
    timestamps = True
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_SINKS + 2, "sinks")  # beside the default two

    def new_id(self, call: Call) -> str:
        """Return the body's name."""
        return named(self, call)

    def served_name(self, name: str) -> str:
        """Return an id alone."""
        return last(name)

    def mask(self, call: Call) -> list[tuple[str, ...]] | None:
        """Return the mask; without one, the three fields that the API updated before it had masks."""
        return super().mask(call) or [("destination",), ("filter",), ("includeChildren",)]

    def prepare(self, change: Change) -> JsonObject:
        """Check the destination and the filters; choose the writer."""
        body = change.body
        destination = text(body, "destination")
        if not _DESTINATION.fullmatch(destination):
            raise invalid_argument(
                f'Field sink.destination had an invalid value of "{destination}": the destination must be a'
                " bucket, dataset, topic, log bucket or project",
            )
        check_filter(text(body, "filter"), "filter")
        check_description(body)
        exclusions = children(body, "exclusions")
        if len(exclusions) > limits.SINK_EXCLUSIONS:
            raise invalid_argument(f"A sink may have at most {limits.SINK_EXCLUSIONS} exclusions")
        for exclusion in exclusions:
            if not ID.fullmatch(text(exclusion, "name")):
                raise invalid_argument(
                    f'Field sink.exclusions.name had an invalid value of "{text(exclusion, "name")}"',
                )
            check_filter(text(exclusion, "filter"), "filter")
        writer = self._writer(change.name, body, change.before, change.call)
        if writer:
            body["writerIdentity"] = writer
        else:
            body.pop("writerIdentity", None)
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError("NOT_FOUND", f"Sink {last(name)} does not exist")

    def before_delete(self, change: Change) -> None:
        """Refuse the audit logs' sink, which stays."""
        if last(change.name) == "_Required":
            raise invalid_argument("The _Required sink cannot be deleted")

    def _writer(self, name: str, body: JsonObject, before: JsonObject | None, call: Call) -> str:
        container, _, identifier = name.partition("/sinks/")[0].partition("/")
        destination = text(body, "destination")
        if container == "projects" and destination.startswith(f"logging.googleapis.com/projects/{identifier}/"):
            return ""  # a bucket of the same project needs no writer
        custom = call.query.get("customWriterIdentity", "")
        if custom:
            return custom if ":" in custom else f"serviceAccount:{custom}"
        requested = call.query.get("uniqueWriterIdentity")
        unique = requested == "true" or container != "projects"
        old = text(before or {}, "writerIdentity")
        if before is not None and old not in {"", SHARED_IDENTITY}:
            if requested == "false" and container == "projects":
                raise invalid_argument("Cannot change uniqueWriterIdentity from true to false")
            return old
        if not unique:
            if destination.startswith("logging.googleapis.com/") or flag(body, "includeChildren"):
                raise invalid_argument(
                    "Advanced sink options require using per sink service accounts. Use uniqueWriterIdentity=true"
                    " to create a"
                    " sink with its own service account.",
                )
            if self._project_of(destination) not in {"", f"{container}/{identifier}"}:
                raise invalid_argument(
                    "The destination project must be the same as the sink's project. Use uniqueWriterIdentity=true to"
                    " allow cross project exports."
                )
            return SHARED_IDENTITY
        return f"serviceAccount:{service_agent('service', f'{container}/{identifier}')}"

    def _project_of(self, destination: str) -> str:
        """`projects/ID` of a destination that is in a project."""
        found = re.match(r"[a-z]+\.googleapis\.com/(projects/[^/]+)/", destination)
        return self.context.projects.canonical(found[1]) if found else ""


def service_agent(role: str, container: str) -> str:
    """Return Logging's service account for a container such as `folders/1`; a project's has its number."""
    kind, _, identifier = container.partition("/")
    subject = number_of(identifier) if kind == "projects" else f"{_WRITERS[kind]}{identifier}"
    return f"{role}-{subject}@gcp-sa-logging.iam.gserviceaccount.com"


class Exclusions(Collection):
    """`logging.exclusions`: those of the `_Default` sink, as resources."""

    kind = "logging.exclusions"
    api = "logging.v2"
    schema = "LogExclusion"
    segment = "exclusions"
    timestamps = True
    limit: ClassVar[tuple[int, str] | None] = (limits.PROJECT_EXCLUSIONS, "exclusions")

    def new_id(self, call: Call) -> str:
        """Return the body's name."""
        return named(self, call)

    def served_name(self, name: str) -> str:
        """Return an id alone: the provider would replace the exclusion if it read back another name than it sent."""
        return last(name)

    def prepare(self, change: Change) -> JsonObject:
        """Check that the exclusion says what it excludes."""
        body = change.body
        if not text(body, "filter"):
            raise missing_field("exclusion.filter")
        check_filter(text(body, "filter"), "filter")
        check_description(body)
        return body

    def not_found(self, name: str) -> ApiError:
        """Return the error in Google's words."""
        return ApiError("NOT_FOUND", f"Exclusion {name} does not exist")


def named(collection: Collection, call: Call) -> str:
    """Return the id of a new resource, where the body's `name` is it."""
    name = text(call.body, "name")
    if not name:
        raise invalid_argument(f"Field {collection.segment.removesuffix('s')}.name is required")
    return collection.valid_id(name)


def check_description(body: JsonObject) -> None:
    """Raise ApiError for a description that is too long."""
    if len(text(body, "description")) > limits.SINK_DESCRIPTION_CHARS:
        raise invalid_argument(
            f"description is too long: at most {limits.SINK_DESCRIPTION_CHARS} characters are allowed"
        )
