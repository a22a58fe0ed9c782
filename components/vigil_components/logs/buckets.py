"""A log bucket: where entries are kept, where in the world, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import pulumi
from pulumi_gcp import logging

from vigil_apimodel import limits
from vigil_components.arguments import (
    Identifier,
    InputProject,
    LogLocation,
    Name,
    ResourceName,
    refuse_twice,
    validated,
)
from vigil_components.checked import checked
from vigil_telemetry.arguments import Constraint, matching

_RETENTION = Constraint(
    lambda value: limits.BUCKET_RETENTION_DAYS[0] <= value <= limits.BUCKET_RETENTION_DAYS[1],
    "give {} to {} days".format(*limits.BUCKET_RETENTION_DAYS),
)

KmsKey: TypeAlias = Annotated[
    str,
    matching(
        r"projects/[^/\s]+/locations/[^/\s]+/keyRings/[^/\s]+/cryptoKeys/[^/\s]+",
        "give the key's resource name, 'projects/P/locations/L/keyRings/R/cryptoKeys/K'",
    ),
]
"""The resource name of a Cloud KMS key."""


@validated
@dataclass(frozen=True, kw_only=True)
class LogBucketArgs:
    """The settings of a log bucket."""

    project: InputProject
    """Project that the bucket belongs to."""
    bucket_id: Identifier
    """Id of the bucket, unique in the project and location. A deleted bucket keeps its id for seven days."""
    location: LogLocation
    """Region, such as `europe-west1`, or `global`. It cannot be changed later."""
    retention_days: Annotated[int, _RETENTION] = 30
    """Days that entries are kept, 1 to 3650. Default: 30."""
    analytics: bool = True
    """Whether the bucket can be queried with SQL (Log Analytics). Default: yes. It cannot be switched off again."""
    locked: bool = False
    """Whether retention is locked, which can never be taken back. Default: no."""
    indexed_fields: Sequence[Name] = field(default_factory=tuple[str, ...])
    """Paths such as `jsonPayload.request_id`, at most 20, that queries over much data use. Default: none."""
    kms_key: pulumi.Input[KmsKey] | None = None
    """Resource name of the Cloud KMS key that encrypts the bucket. Default: Google's own key."""
    description: str = "Application logs"
    """What people read in the console."""

    def __post_init__(self) -> None:
        """Refuse a field that is indexed twice. Raises ValueError."""
        refuse_twice("indexed_fields", self.indexed_fields)


class LogBucket(pulumi.ComponentResource):
    """A log bucket.

    A deleted bucket is kept for seven days and its name with it; use `protect` where the data matters.
    """

    TYPE = "vigil:logs:LogBucket"

    bucket: logging.ProjectBucketConfig
    bucket_name: pulumi.Output[str]

    @validated
    def __init__(self, name: ResourceName, args: LogBucketArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the bucket."""
        super().__init__(
            self.TYPE,
            name,
            {"bucketId": args.bucket_id, "location": args.location, "retentionDays": args.retention_days},
            opts,
        )
        self.bucket = logging.ProjectBucketConfig(
            f"{name}-bucket", checked(name, bucket_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.bucket_name = self.bucket.name
        pulumi.Output.all(self.bucket.lifecycle_state, self.bucket.project).apply(
            lambda known: self._warn(args, state=known[0], project=known[1])
        )
        self.register_outputs({"bucketName": self.bucket.name})

    def _warn(self, args: LogBucketArgs, *, state: str | None, project: str) -> None:
        """Warn of a bucket that was deleted: the API still takes changes to it, and it is gone after seven days."""
        if state == "DELETE_REQUESTED":
            pulumi.log.warn(
                f"log bucket {args.bucket_id} is pending deletion: seven days after its deletion it is gone, with all "
                f"entries, though this deployment succeeds. Undelete it now: gcloud logging buckets undelete "
                f"{args.bucket_id} --location={args.location} --project={project}",
                resource=self,
            )


@validated
def bucket_args(args: LogBucketArgs) -> logging.ProjectBucketConfigArgs:
    """Return the bucket's arguments."""
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
