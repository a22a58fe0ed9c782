"""Log scopes, trace scopes, and which log scope and trace scope a project shows first: Google's Observability API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import pulumi
from pulumi.dynamic import Resource
from pulumi_gcp import logging, observability

from vigil_apimodel import limits
from vigil_components.arguments import Identifier, InputProject, ResourceName, joined, refuse_twice, validated
from vigil_components.checked import checked
from vigil_components.logs.scope_provider import API, DefaultScopesProvider
from vigil_telemetry.arguments import matching

Scoped: TypeAlias = Annotated[
    str,
    matching(
        r"projects/[^/\s]+(/locations/[^/\s]+/buckets/[^/\s]+/views/[^/\s]+)?",
        "give a project, 'projects/P', or the full name of a view, 'projects/P/locations/L/buckets/B/views/V'",
    ),
]
"""What a log scope may hold (google/logging/v2/logging_config.proto, LogScope.resource_names)."""
TracedProject: TypeAlias = Annotated[
    str, matching(r"projects/[^/\s]+", "give a project, 'projects/P'; a trace scope holds nothing else")
]
LogScopeName: TypeAlias = Annotated[
    str,
    matching(
        r"projects/[^/\s]+/locations/global/logScopes/[^/\s]+",
        "give the full name, 'projects/P/locations/global/logScopes/ID', such as a LogScope's scope_name",
    ),
]
TraceScopeName: TypeAlias = Annotated[
    str,
    matching(
        r"projects/[^/\s]+/locations/global/traceScopes/[^/\s]+",
        "give the full name, 'projects/P/locations/global/traceScopes/ID', such as a TraceScope's scope_name",
    ),
]


def _full_name(args: "LogScopeArgs | TraceScopeArgs", collection: str) -> pulumi.Output[str]:
    """Return what `DefaultScopes` takes: `projects/P/locations/global/COLLECTION/ID`."""
    return pulumi.Output.concat("projects/", args.project, f"/locations/global/{collection}/", args.scope_id)


@validated
@dataclass(frozen=True, kw_only=True)
class LogScopeArgs:
    """What the Logs Explorer searches together."""

    project: InputProject
    """Project that the scope belongs to."""
    scope_id: Identifier
    """Id of the scope, unique in the project."""
    resource_names: Sequence[pulumi.Input[Scoped]]
    """Projects (`projects/P`, at most five) and views (full names), one to 100 together."""
    description: str = ""
    """What people read in the console. Default: none."""

    def __post_init__(self) -> None:
        """Refuse a scope without anything in it, and what is named twice. Raises ValueError."""
        if not self.resource_names:
            raise ValueError("resource_names is empty; give what is searched together, such as 'projects/example-prod'")
        refuse_twice("resource_names", [one for one in self.resource_names if isinstance(one, str)])


class LogScope(pulumi.ComponentResource):
    """A log scope. `DefaultScopes` makes it what the Logs Explorer shows first."""

    TYPE = "vigil:logs:LogScope"

    scope_name: pulumi.Output[str]
    """Its full name, which `DefaultScopes` takes."""

    @validated
    def __init__(self, name: ResourceName, args: LogScopeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the scope."""
        super().__init__(self.TYPE, name, {"scopeId": args.scope_id}, opts)
        self.scope = logging.LogScope(
            f"{name}-scope", checked(f"{name}-scope", scope_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.scope_name = _full_name(args, "logScopes")
        self.register_outputs({"scopeName": self.scope_name})


@validated
def scope_args(args: LogScopeArgs) -> logging.LogScopeArgs:
    """Return the scope's arguments."""
    return logging.LogScopeArgs(
        name=args.scope_id,
        parent=joined("projects/", args.project),
        location="global",
        resource_names=list(args.resource_names),
        description=args.description or None,
    )


@validated
@dataclass(frozen=True, kw_only=True)
class TraceScopeArgs:
    """Projects whose traces are searched together."""

    project: InputProject
    """Project that the scope belongs to."""
    scope_id: Identifier
    """Id of the scope, unique in the project."""
    resource_names: Sequence[pulumi.Input[TracedProject]]
    """Projects, `projects/P`, one to 20."""
    description: str = ""
    """What people read in the console. Default: none."""

    def __post_init__(self) -> None:
        """Refuse a scope without a project, with more than 20, or with one twice. Raises ValueError."""
        found = len(self.resource_names)
        if not 1 <= found <= limits.TRACE_SCOPE_PROJECTS:
            raise ValueError(
                f"resource_names has {found} projects; give 1 to {limits.TRACE_SCOPE_PROJECTS}, such as "
                "'projects/example-prod'"
            )
        refuse_twice("resource_names", [one for one in self.resource_names if isinstance(one, str)])


class TraceScope(pulumi.ComponentResource):
    """A trace scope. `DefaultScopes` makes it what the Trace Explorer shows first."""

    TYPE = "vigil:logs:TraceScope"

    scope_name: pulumi.Output[str]
    """Its full name, which `DefaultScopes` takes."""

    @validated
    def __init__(self, name: ResourceName, args: TraceScopeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the scope."""
        super().__init__(self.TYPE, name, {"scopeId": args.scope_id}, opts)
        self.scope = observability.TraceScope(
            f"{name}-scope",
            observability.TraceScopeArgs(
                project=args.project,
                location="global",
                trace_scope_id=args.scope_id,
                resource_names=list(args.resource_names),
                description=args.description or None,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.scope_name = _full_name(args, "traceScopes")
        self.register_outputs({"scopeName": self.scope_name})


@validated
@dataclass(frozen=True, kw_only=True)
class DefaultScopesArgs:
    """What the explorers of a project show first. Each project has this setting exactly once."""

    project: InputProject
    """Project whose setting it is."""
    log_scope: pulumi.Input[LogScopeName] | None = None
    """Full name of a log scope. Default: it stays as it is."""
    trace_scope: pulumi.Input[TraceScopeName] | None = None
    """Full name of a trace scope. Default: it stays as it is."""
    api: str = API
    """Address of the Observability API, for tests. Default: Google's own."""

    def __post_init__(self) -> None:
        """Refuse a setting of nothing. Raises ValueError."""
        if self.log_scope is None and self.trace_scope is None:
            raise ValueError("log_scope and trace_scope are both None; give one of them, or leave the resource out")


class DefaultScopes(Resource, module="observability", name="DefaultScopes"):
    """The default log scope and trace scope of a project, by `projects.locations.scopes.patch`.

    pulumi-gcp has no resource for it (10.2). Deployment needs an access token: `gcp:accessToken` in the stack's
    configuration, `GOOGLE_OAUTH_ACCESS_TOKEN`, or a gcloud that is logged in. Google's role for whoever deploys is
    `roles/observability.scopesEditor`, "Observability Scopes Editor", in Beta
    (https://docs.cloud.google.com/iam/docs/roles-permissions/observability, read 2026); a custom role needs
    `observability.scopes.get` and `observability.scopes.update`. It has not been tried against Google.
    Deleting the resource makes the project's `_Default` scopes the defaults again.
    """

    @validated
    def __init__(self, name: ResourceName, args: DefaultScopesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the setting."""
        properties: dict[str, pulumi.Input[object]] = {
            "name": pulumi.Output.concat("projects/", args.project, "/locations/global/scopes/_Default"),
            "api": args.api,
            "logScope": args.log_scope,
            "traceScope": args.trace_scope,
        }
        super().__init__(DefaultScopesProvider(), name, properties, opts)
