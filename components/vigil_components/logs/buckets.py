"""A log bucket: where entries are kept, where in the world, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import logging

from vigil_components.checked import checked


@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """A bucket's settings.

    ``location`` cannot be changed later. ``retention_days`` is from 1 to 3650. ``indexed_fields`` are paths such as
    ``jsonPayload.request_id``, at most 20, for queries over much data. ``locked`` can never be taken back.
    """

    project: str
    bucket_id: str
    location: str
    retention_days: int = 30
    analytics: bool = True
    locked: bool = False
    indexed_fields: Sequence[str] = field(default_factory=tuple[str, ...])
    kms_key: str | None = None
    description: str = "Application logs"


class LogBucket(pulumi.ComponentResource):
    """A log bucket.

    A deleted bucket is kept for seven days and its name with it; use ``protect`` where the data matters.
    """

    TYPE = "vigil:logs:LogBucket"

    bucket: logging.ProjectBucketConfig
    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the bucket."""
        super().__init__(
            self.TYPE,
            name,
            {"bucketId": args.bucket_id, "location": args.location, "retentionDays": args.retention_days},
            opts,
        )
        self.bucket = logging.ProjectBucketConfig(
            f"{name}-bucket", checked(name, _bucket_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.bucket_name = self.bucket.name
        self.register_outputs({"bucketName": self.bucket.name})


def _bucket_args(args: LogBucketArgs) -> logging.ProjectBucketConfigArgs:
    return logging.ProjectBucketConfigArgs(
        project=args.project,
        bucket_id=args.bucket_id,
        location=args.location,
        retention_days=args.retention_days,
        enable_analytics=args.analytics,
        locked=args.locked or None,
        description=args.description,
        index_configs=[
            logging.ProjectBucketConfigIndexConfigArgs(field_path=path, type="INDEX_TYPE_STRING")
            for path in sorted(args.indexed_fields)
        ]
        or None,
        cmek_settings=None
        if args.kms_key is None
        else logging.ProjectBucketConfigCmekSettingsArgs(kms_key_name=args.kms_key),
    )
