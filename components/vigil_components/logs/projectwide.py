"""What a project has once: what `_Default` still keeps, and queries worth sharing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_gcp import logging

from vigil_apimodel import limits, lql
from vigil_components.arguments import InputProject, Name, ResourceName, joined, refuse_twice, validated
from vigil_components.checked import checked
from vigil_components.logs.sinks import Exclusion, LogQuery


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
        if len(args.exclusions) > limits.PROJECT_EXCLUSIONS:
            raise ValueError(
                f"{name}: {len(args.exclusions)} exclusions, a project takes {limits.PROJECT_EXCLUSIONS}: join filters"
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
