"""Log storage: a bucket with a retention of its own, and the sink that fills it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import logging

from vigil_apimodel import lql
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


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Entries that a sink does not take: those of ``filter``, or of them only the part ``share`` (0 to 1).

    A share keeps the rest: it samples by the entry's insert id, so the same entry is in or out at every sink.
    """

    name: str
    filter: lql.Expr
    description: str = ""
    share: float = 1.0

    def query(self) -> str:
        """The Logging query of the excluded entries."""
        if self.share >= 1:
            return lql.render(self.filter)
        return f"{lql.render(self.filter)} AND sample(insertId, {self.share:.12g})"


@dataclass(frozen=True, kw_only=True)
class BucketSinkArgs:
    """``bucket_name`` is the full name of a bucket of the same project; ``filter`` selects what goes there."""

    project: str
    sink_id: str
    bucket_name: pulumi.Input[str]
    filter: lql.Expr
    exclusions: Sequence[Exclusion] = field(default_factory=tuple[Exclusion, ...])
    description: str = ""


class BucketSink(pulumi.ComponentResource):
    """A sink to a log bucket of the same project.

    It grants nothing: within a project the Logging service needs no permission on its own bucket
    (https://docs.cloud.google.com/logging/docs/export/configure_export_v2#dest-auth). ``_Default`` keeps its copy
    unless it is excluded there.
    """

    TYPE = "vigil:logs:BucketSink"

    sink: logging.ProjectSink

    def __init__(self, name: str, args: BucketSinkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the sink."""
        query = lql.render(args.filter)
        super().__init__(self.TYPE, name, {"sinkId": args.sink_id, "filter": query}, opts)
        sink_args = logging.ProjectSinkArgs(
            project=args.project,
            name=args.sink_id,
            description=args.description or None,
            destination=pulumi.Output.concat("logging.googleapis.com/", args.bucket_name),
            filter=query,
            # The API wants a writer of the sink's own for every bucket, although it needs it for other projects only.
            unique_writer_identity=True,
            exclusions=[
                logging.ProjectSinkExclusionArgs(
                    name=one.name, filter=one.query(), description=one.description or None, disabled=False
                )
                for one in args.exclusions
            ]
            or None,
        )
        self.sink = logging.ProjectSink(
            f"{name}-sink", checked(name, sink_args), opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"sinkName": self.sink.name})
