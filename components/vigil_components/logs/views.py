"""Views: the part of a bucket that an audience may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import pulumi
from pulumi_gcp import logging

from vigil_components.arguments import (
    Identifier,
    InputName,
    InputProject,
    LogLocation,
    Name,
    ResourceName,
    joined,
    refuse_twice,
    validated,
)
from vigil_components.checked import checked
from vigil_components.sources import ResourceType
from vigil_telemetry.arguments import Constraint

Member: TypeAlias = Annotated[
    str, Constraint(lambda value: ":" in value, "give an IAM member with its kind, such as 'group:sre@example.com'")
]
"""An IAM member, known during preview: resources are named after it."""


@validated
@dataclass(frozen=True, kw_only=True)
class LogViewArgs:
    """A view of a bucket, and who may read it.

    A view's filter is a conjunction, so each alternative is a separate view
    (https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/locations.buckets.views).
    """

    project: InputProject
    """Project of the bucket."""
    location: LogLocation
    """Location of the bucket, such as `europe-west1`."""
    bucket_id: Identifier
    """Id of the bucket."""
    bucket: InputName
    """Full name of the bucket: the `bucket_name` of a `LogBucket`."""
    view_id: Identifier
    """Id of the view, unique in the bucket."""
    readers: Sequence[Member]
    """IAM members such as `group:sre@example.com`: groups rather than people."""
    log_id: Name | None = None
    """Only entries of this log, such as `run.googleapis.com/stdout`. Default: of every log."""
    resource_type: ResourceType | None = None
    """Only entries of this monitored resource, such as `cloud_run_revision`. Default: of every one."""
    without_log_ids: Sequence[Name] = field(default_factory=tuple[str, ...])
    """Logs that the audience does not see. Default: none."""
    description: str = ""
    """What people read in the console. Default: none."""

    def __post_init__(self) -> None:
        """Refuse a reader that is named twice. Raises ValueError."""
        refuse_twice("readers", self.readers)


class LogView(pulumi.ComponentResource):
    """A view and who may read it. Reading the bucket itself is not granted."""

    TYPE = "vigil:logs:LogView"

    view: logging.LogView

    @validated
    def __init__(self, name: ResourceName, args: LogViewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the view and one grant per reader."""
        query = view_filter(args)
        super().__init__(
            self.TYPE, name, {"viewId": args.view_id, "filter": query, "readers": list(args.readers)}, opts
        )
        child = pulumi.ResourceOptions(parent=self)
        self.view = logging.LogView(f"{name}-view", checked(name, view_args(args)), opts=child)
        for member in args.readers:
            logging.LogViewIamMember(
                f"{name}-{member.replace(':', '-').replace('@', '-at-')}",
                parent=joined("projects/", args.project),
                location=args.location,
                bucket=args.bucket_id,
                name=self.view.name,
                role="roles/logging.viewAccessor",
                member=member,
                opts=child,
            )
        self.register_outputs({"viewName": self.view.name})


@validated
def view_args(args: LogViewArgs) -> logging.LogViewArgs:
    """Return the view's arguments."""
    return logging.LogViewArgs(
        parent=joined("projects/", args.project),
        location=args.location,
        bucket=args.bucket,
        name=args.view_id,
        filter=view_filter(args),
        description=args.description or None,
    )


@validated
def view_filter(args: LogViewArgs) -> pulumi.Input[str]:
    """Return the filter of a view, in the small language of views; an Output where the project is one."""
    terms: list[str] = []
    if args.log_id is not None:
        terms.append(f'LOG_ID("{args.log_id}")')
    if args.resource_type is not None:
        terms.append(f'resource.type="{args.resource_type}"')
    terms += [f'NOT LOG_ID("{log_id}")' for log_id in args.without_log_ids]
    return joined('SOURCE("projects/', args.project, '")', *(f" AND {term}" for term in terms))
