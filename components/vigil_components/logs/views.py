"""Views: the part of a bucket that an audience may read."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import logging

from vigil_components.checked import checked


@dataclass(frozen=True, kw_only=True)
class LogViewArgs:
    """``view_id`` within the bucket ``bucket`` (its full name); ``readers`` are IAM members, groups rather than people.

    ``log_id`` is a name such as ``run.googleapis.com/stdout``, ``resource_type`` one such as ``cloud_run_revision``;
    ``without_log_ids`` are logs that the audience does not see. A view knows no more: its filter is a conjunction, so
    each alternative is a view of its own
    (https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/locations.buckets.views).
    """

    project: str
    location: str
    bucket_id: str
    bucket: pulumi.Input[str]
    view_id: str
    readers: Sequence[str]
    log_id: str | None = None
    resource_type: str | None = None
    without_log_ids: Sequence[str] = field(default_factory=tuple[str, ...])
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
    """The view's filter, in the small language of views: a conjunction of capital functions and the resource type."""
    terms = [f'SOURCE("projects/{args.project}")']
    if args.log_id is not None:
        terms.append(f'LOG_ID("{args.log_id}")')
    if args.resource_type is not None:
        terms.append(f'resource.type="{args.resource_type}"')
    terms += [f'NOT LOG_ID("{log_id}")' for log_id in args.without_log_ids]
    return " AND ".join(terms)
