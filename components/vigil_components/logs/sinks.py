"""Sinks: which entries go where, and who may write there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pulumi
from pulumi_gcp import bigquery, logging, projects, pubsub, storage

from vigil_apimodel import lql
from vigil_components.checked import checked


@dataclass(frozen=True, kw_only=True)
class BucketDestination:
    """A log bucket by its full name, ``projects/P/locations/L/buckets/B``.

    ``project`` is the bucket's project where it is not the sink's own: only then does writing need a permission
    (https://docs.cloud.google.com/logging/docs/export/configure_export_v2#dest-auth).
    """

    name: pulumi.Input[str] = field(compare=False)
    key: str
    project: str | None = None


@dataclass(frozen=True, kw_only=True)
class DatasetDestination:
    """A BigQuery dataset; tables are partitioned by day, which keeps queries over one day cheap."""

    project: str
    dataset_id: str


@dataclass(frozen=True, kw_only=True)
class TopicDestination:
    """A Pub/Sub topic."""

    project: str
    topic: str


@dataclass(frozen=True, kw_only=True)
class StorageDestination:
    """A Cloud Storage bucket: cheap, for years, in hourly files."""

    bucket: str


Destination: TypeAlias = BucketDestination | DatasetDestination | TopicDestination | StorageDestination


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Entries that a sink does not take: those of ``filter``, or of them only the part ``share`` (0 to 1).

    A share below 1 keeps the rest: it samples by the entry's insert id, so the same entry is in or out at every sink.
    """

    name: str
    filter: lql.Expr
    description: str = ""
    share: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a share that excludes nothing, or more than everything."""
        if not 0 < self.share <= 1:
            raise ValueError(f"exclusion {self.name!r}: share is {self.share}; give more than 0 and at most 1")

    def query(self) -> str:
        """The Logging query of the excluded entries."""
        if self.share == 1:
            return lql.render(self.filter)
        sampled = lql.Call("sample", (lql.field("insertId"), lql.Text(f"{self.share:.12g}")))
        return lql.render(lql.all_of(self.filter, sampled))


@dataclass(frozen=True, kw_only=True)
class SinkSpec:
    """One sink: ``sink_id`` is its name in the API, it takes ``filter`` without ``exclusions``."""

    sink_id: str
    destination: Destination
    filter: lql.Expr
    exclusions: Sequence[Exclusion] = field(default_factory=tuple[Exclusion, ...])
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class SinksArgs:
    """``project`` is the project whose entries are routed; ``sinks`` all its sinks of this stack."""

    project: str
    sinks: Sequence[SinkSpec]


class Sinks(pulumi.ComponentResource):
    """The sinks of a project, with the permissions that they need.

    All sinks of a project write as one and the same service account, whatever the API's word "unique" suggests
    (hashicorp/terraform-provider-google#25935), so each destination is granted once, for all sinks that share it.
    ``_Default`` keeps its copy of what a sink takes unless DefaultSink excludes it there.
    """

    TYPE = "vigil:logs:Sinks"

    def __init__(self, name: str, args: SinksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register sinks and grants. Raises ValueError for two sinks of one id."""
        ids = [spec.sink_id for spec in args.sinks]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"{name}: more than one sink named {', '.join(twice)}; a project has one of each name")
        super().__init__(
            self.TYPE, name, {"filters": {spec.sink_id: lql.render(spec.filter) for spec in args.sinks}}, opts
        )
        child = pulumi.ResourceOptions(parent=self)
        self.sinks = {
            spec.sink_id: logging.ProjectSink(
                f"{name}-{spec.sink_id}", checked(f"{name}-{spec.sink_id}", _sink_args(args.project, spec)), opts=child
            )
            for spec in args.sinks
        }
        granted: set[Destination] = set()
        for spec in args.sinks:
            if spec.destination not in granted:
                granted.add(spec.destination)
                _grant(
                    f"{name}-{spec.sink_id}-writer", spec.destination, self.sinks[spec.sink_id].writer_identity, child
                )
        self.register_outputs({"sinkIds": sorted(ids)})


def _sink_args(project: str, spec: SinkSpec) -> logging.ProjectSinkArgs:
    return logging.ProjectSinkArgs(
        project=project,
        name=spec.sink_id,
        description=spec.description or None,
        destination=_address(spec.destination),
        filter=lql.render(spec.filter),
        # A log bucket takes no sink without it, even one of the same project (terraform-provider-google#12308).
        unique_writer_identity=True,
        exclusions=[
            logging.ProjectSinkExclusionArgs(
                name=one.name, filter=one.query(), description=one.description or None, disabled=False
            )
            for one in spec.exclusions
        ]
        or None,
        bigquery_options=logging.ProjectSinkBigqueryOptionsArgs(use_partitioned_tables=True)
        if isinstance(spec.destination, DatasetDestination)
        else None,
    )


def _address(destination: Destination) -> pulumi.Input[str]:
    match destination:
        case BucketDestination(name=name):
            return pulumi.Output.concat("logging.googleapis.com/", name)
        case DatasetDestination(project=project, dataset_id=dataset):
            return f"bigquery.googleapis.com/projects/{project}/datasets/{dataset}"
        case TopicDestination(project=project, topic=topic):
            return f"pubsub.googleapis.com/projects/{project}/topics/{topic}"
        case StorageDestination(bucket=bucket):
            return f"storage.googleapis.com/{bucket}"


def _grant(name: str, destination: Destination, writer: pulumi.Output[str], opts: pulumi.ResourceOptions) -> None:
    """The least role that lets ``writer`` write to ``destination``; none for a log bucket of the same project."""
    match destination:
        case BucketDestination(project=None):
            pass
        case BucketDestination(project=str() as project, name=bucket):
            projects.IAMMember(
                name,
                project=project,
                role="roles/logging.bucketWriter",
                member=writer,
                condition=projects.IAMMemberConditionArgs(
                    title="this bucket alone",
                    expression=pulumi.Output.concat('resource.name.endsWith("', bucket, '")'),
                ),
                opts=opts,
            )
        case DatasetDestination(project=project, dataset_id=dataset):
            bigquery.DatasetIamMember(
                name, project=project, dataset_id=dataset, role="roles/bigquery.dataEditor", member=writer, opts=opts
            )
        case TopicDestination(project=project, topic=topic):
            pubsub.TopicIAMMember(
                name, project=project, topic=topic, role="roles/pubsub.publisher", member=writer, opts=opts
            )
        case StorageDestination(bucket=bucket):
            storage.BucketIAMMember(name, bucket=bucket, role="roles/storage.objectCreator", member=writer, opts=opts)
        case _:  # pragma: no cover - the alternatives above are all there are
            raise TypeError(f"{destination!r} is no destination")
