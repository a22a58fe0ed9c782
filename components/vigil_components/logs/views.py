"""Views: the part of a bucket that an audience may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import logging

from vigil_components.checked import checked


@dataclass(frozen=True, kw_only=True)
class LogViewArgs:
    """``view_id`` within the bucket ``bucket`` (its full name); ``readers`` are IAM members, groups rather than people.

    ``log_ids`` are names such as ``run.googleapis.com/stdout``, ``resource_types`` such as ``cloud_run_revision``. A
    view's filter takes nothing else than these and the source project
    (https://docs.cloud.google.com/logging/docs/logs-views#create_view).
    """

    project: str
    location: str
    bucket_id: str
    bucket: pulumi.Input[str]
    view_id: str
    readers: Sequence[str]
    log_ids: Sequence[str] = field(default_factory=tuple[str, ...])
    resource_types: Sequence[str] = field(default_factory=tuple[str, ...])
    description: str = ""


class LogView(pulumi.ComponentResource):
    """A view and who may read it. Reading the bucket itself is not granted."""

    TYPE = "vigil:logs:LogView"

    view: logging.LogView

    def __init__(self, name: str, args: LogViewArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the view and one grant per reader."""
        query = view_filter(args)
        super().__init__(
            self.TYPE, name, {"viewId": args.view_id, "filter": query, "readers": list(args.readers)}, opts
        )
        child = pulumi.ResourceOptions(parent=self)
        view_args = logging.LogViewArgs(
            parent=f"projects/{args.project}",
            location=args.location,
            bucket=args.bucket,
            name=args.view_id,
            filter=query,
            description=args.description or None,
        )
        self.view = logging.LogView(f"{name}-view", checked(name, view_args), opts=child)
        for member in args.readers:
            logging.LogViewIamMember(
                f"{name}-{member.replace(':', '-').replace('@', '-at-')}",
                parent=f"projects/{args.project}",
                location=args.location,
                bucket=args.bucket_id,
                name=self.view.name,
                role="roles/logging.viewAccessor",
                member=member,
                opts=child,
            )
        self.register_outputs({"viewName": self.view.name})


def view_filter(args: LogViewArgs) -> str:
    """The view's filter, in the small language of views: capital function names, AND between kinds, OR within one."""
    groups = (
        [f'SOURCE("projects/{args.project}")'],
        [f'LOG_ID("{log_id}")' for log_id in args.log_ids],
        [f'resource.type="{kind}"' for kind in args.resource_types],
    )
    return " AND ".join(group[0] if len(group) == 1 else f"({' OR '.join(group)})" for group in groups if group)
