"""What a project has once: what `_Default` still keeps, where the Logs Explorer looks, and queries worth sharing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import pulumi
from pulumi_gcp import logging

from vigil_apimodel import lql
from vigil_components.arguments import Identifier, InputProject, Name, ResourceName, joined, refuse_twice, validated
from vigil_components.checked import checked
from vigil_components.logs.sinks import Exclusion, LogQuery
from vigil_telemetry.arguments import matching

MAX_EXCLUSIONS = 10
"""Exclusions per project (google/logging/v2/logging_config.proto, CreateExclusion)."""


@validated
@dataclass(frozen=True, kw_only=True)
class DefaultExclusionsArgs:
    """What the project's `_Default` bucket does not keep: what a sink keeps elsewhere need not be paid for twice."""

    project: InputProject
    """Project whose `_Default` sink is narrowed."""
    exclusions: Sequence[Exclusion]
    """The entries to leave out, at most ten."""

    def __post_init__(self) -> None:
        """Refuse two exclusions of one name. Raises ValueError."""
        refuse_twice("exclusions", [one.name for one in self.exclusions])


class DefaultExclusions(pulumi.ComponentResource):
    """What the project's `_Default` bucket does not keep.

    An excluded entry still counts in log-based metrics of the project, and still reaches every other sink
    (https://docs.cloud.google.com/logging/docs/routing/overview#exclusions).
    """

    TYPE = "vigil:logs:DefaultExclusions"

    @validated
    def __init__(
        self, name: ResourceName, args: DefaultExclusionsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register each exclusion. Raises ValueError for more than ten: the API takes no more."""
        if len(args.exclusions) > MAX_EXCLUSIONS:
            raise ValueError(
                f"{name}: {len(args.exclusions)} exclusions, a project takes {MAX_EXCLUSIONS}: join filters"
            )
        super().__init__(self.TYPE, name, {"exclusionNames": [one.name for one in args.exclusions]}, opts)
        for one in args.exclusions:
            logging.ProjectExclusion(
                f"{name}-{one.name}",
                checked(f"{name}-{one.name}", exclusion_args(args.project, one)),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"exclusionNames": [one.name for one in args.exclusions]})


def exclusion_args(project: pulumi.Input[str], one: Exclusion) -> logging.ProjectExclusionArgs:
    """Return the arguments of one exclusion."""
    return logging.ProjectExclusionArgs(
        project=project, name=one.name, filter=one.query(), description=one.description or None
    )


Scoped: TypeAlias = Annotated[
    str,
    matching(
        r"projects/[^/\s]+(/locations/[^/\s]+/buckets/[^/\s]+/views/[^/\s]+)?",
        "give a project, 'projects/P', or the full name of a view, 'projects/P/locations/L/buckets/B/views/V'",
    ),
]
"""What a log scope may hold (google/logging/v2/logging_config.proto, LogScope.resource_names)."""


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
    """Its full name, `projects/P/locations/global/logScopes/ID`."""

    @validated
    def __init__(self, name: ResourceName, args: LogScopeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the scope."""
        super().__init__(self.TYPE, name, {"scopeId": args.scope_id}, opts)
        self.scope = logging.LogScope(
            f"{name}-scope", checked(f"{name}-scope", scope_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.scope_name = pulumi.Output.concat("projects/", args.project, "/locations/global/logScopes/", args.scope_id)
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
class SavedQueriesArgs:
    """Queries that the team runs again and again."""

    project: InputProject
    """Project whose Logs Explorer lists them."""
    queries: Mapping[Name, LogQuery]
    """Queries by title. A query's id is made from its title."""


class SavedQueries(pulumi.ComponentResource):
    """Queries in the Logs Explorer, shared with everybody who may read the project's logs."""

    TYPE = "vigil:logs:SavedQueries"

    @validated
    def __init__(self, name: ResourceName, args: SavedQueriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register each query."""
        super().__init__(self.TYPE, name, {"titles": sorted(args.queries)}, opts)
        for title, query in sorted(args.queries.items()):
            saved = f"{name}-{_slug(title)}"
            logging.SavedQuery(
                saved,
                checked(saved, saved_query_args(args.project, title, query)),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"titles": sorted(args.queries)})


def saved_query_args(project: pulumi.Input[str], title: str, query: lql.Expr) -> logging.SavedQueryArgs:
    """Return the arguments of one query."""
    return logging.SavedQueryArgs(
        name=_slug(title),
        parent=joined("projects/", project),
        location="global",
        display_name=title,
        visibility="SHARED",
        logging_query=logging.SavedQueryLoggingQueryArgs(filter=lql.render(query)),
    )


def _slug(title: str) -> str:
    return "-".join("".join(one if one.isalnum() else " " for one in title.lower()).split())
