"""Sinks: which entries go where, and who may write there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import pulumi
from pulumi_gcp import bigquery, logging, projects, pubsub, storage

from vigil_apimodel import lql
from vigil_components.arguments import (
    Identifier,
    InputName,
    InputProject,
    Name,
    ResourceName,
    joined,
    refuse_twice,
    validated,
)
from vigil_components.checked import checked
from vigil_telemetry.arguments import Constraint, Wanted, matching

LogQuery: TypeAlias = Annotated[lql.Expr, Wanted("a query of vigil_apimodel.lql, such as lql.parse('severity>=ERROR')")]
"""A Logging query, parsed: what cannot be read is refused by `lql.parse`."""

TopicId: TypeAlias = Annotated[
    Name, Constraint(lambda value: "/" not in value, "give the topic's id alone, without 'projects/P/topics/'")
]
"""The id of a Pub/Sub topic."""

BucketName: TypeAlias = Annotated[
    Name,
    matching(
        r"[a-z0-9._-]{1,222}",
        "give the bucket's name alone, without 'gs://'",
    ),
]
"""The name of a Cloud Storage bucket (https://cloud.google.com/storage/docs/buckets#naming)."""


@validated
@dataclass(frozen=True, kw_only=True)
class BucketDestination:
    """A log bucket."""

    name: InputName = field(compare=False)
    """Full name of the bucket, `projects/P/locations/L/buckets/B`: the `bucket_name` of a `LogBucket`."""
    key: Name
    """The bucket's id, which distinguishes it in the stack. The name may be an Output, which does not compare."""
    project: InputProject | None = None
    """Project of the bucket where it is not the sink's own; only then does writing need a permission. Default: same.

    https://docs.cloud.google.com/logging/docs/export/configure_export_v2#dest-auth
    """


@validated
@dataclass(frozen=True, kw_only=True)
class DatasetDestination:
    """A BigQuery dataset. Tables are partitioned by day, which keeps queries over one day cheap."""

    project: InputProject
    """Project of the dataset."""
    dataset_id: InputName
    """Id of the dataset, without its project."""


@validated
@dataclass(frozen=True, kw_only=True)
class TopicDestination:
    """A Pub/Sub topic."""

    project: InputProject
    """Project of the topic."""
    topic: pulumi.Input[TopicId]
    """Id of the topic, without its project."""


@validated
@dataclass(frozen=True, kw_only=True)
class StorageDestination:
    """A Cloud Storage bucket: cheap, for years, in hourly files."""

    bucket: pulumi.Input[BucketName]
    """Name of the bucket, without `gs://`."""


Destination: TypeAlias = BucketDestination | DatasetDestination | TopicDestination | StorageDestination


@validated
@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Entries that a sink does not take.

    A share below 1 samples by the entry's insert id, so the same entry is in or out at every sink.
    """

    name: Identifier
    """Name of the exclusion, unique at its sink."""
    filter: LogQuery
    """The entries in question."""
    description: str = ""
    """What people read in the console. Default: none."""
    share: float = 1.0
    """Part of them that is left out, more than 0 and at most 1. Default: all."""

    def __post_init__(self) -> None:
        """Refuse a share that excludes nothing, or more than everything."""
        if not 0 < self.share <= 1:
            raise ValueError(f"exclusion {self.name!r}: share is {self.share}; give more than 0 and at most 1")

    def query(self) -> str:
        """Return the Logging query of the excluded entries."""
        if self.share == 1:
            return lql.render(self.filter)
        sampled = lql.Call("sample", (lql.field("insertId"), lql.Text(f"{self.share:.12g}")))
        return lql.render(lql.all_of(self.filter, sampled))


@validated
@dataclass(frozen=True, kw_only=True)
class SinkSpec:
    """One sink: what it takes, and where that goes."""

    sink_id: Identifier
    """Name of the sink in the API, unique in the project."""
    destination: Destination
    """Where its entries go."""
    filter: LogQuery
    """The entries that it takes."""
    exclusions: Sequence[Exclusion] = field(default_factory=tuple[Exclusion, ...])
    """Entries of the filter that it does not take. Default: none."""
    description: str = ""
    """What people read in the console. Default: none."""

    def __post_init__(self) -> None:
        """Refuse two exclusions of one name. Raises ValueError."""
        refuse_twice("exclusions", [one.name for one in self.exclusions])


@validated
@dataclass(frozen=True, kw_only=True)
class SinksArgs:
    """All sinks of a project that one stack declares."""

    project: InputProject
    """Project whose entries are routed."""
    sinks: Sequence[SinkSpec]
    """The sinks, each with its own id."""


class Sinks(pulumi.ComponentResource):
    """The sinks of a project, with the permissions that they need.

    All sinks of a project write as one and the same service account, whatever the API's word "unique" suggests
    (hashicorp/terraform-provider-google#25935), so each destination is granted once, for all sinks that share it.
    `_Default` keeps its copy of what a sink takes unless `DefaultExclusions` leaves it out there.
    """

    TYPE = "vigil:logs:Sinks"

    @validated
    def __init__(self, name: ResourceName, args: SinksArgs, opts: pulumi.ResourceOptions | None = None) -> None:
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
                f"{name}-{spec.sink_id}", checked(f"{name}-{spec.sink_id}", sink_args(args.project, spec)), opts=child
            )
            for spec in args.sinks
        }
        granted: list[Destination] = []  # compared, not hashed: a name may be an Output
        for spec in args.sinks:
            if spec.destination not in granted:
                granted.append(spec.destination)
                _grant(
                    f"{name}-{spec.sink_id}-writer", spec.destination, self.sinks[spec.sink_id].writer_identity, child
                )
        self.register_outputs({"sinkIds": sorted(ids)})


def sink_args(project: pulumi.Input[str], spec: SinkSpec) -> logging.ProjectSinkArgs:
    """Return the arguments of one sink."""
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
            return joined("logging.googleapis.com/", name)
        case DatasetDestination(project=project, dataset_id=dataset):
            return joined("bigquery.googleapis.com/projects/", project, "/datasets/", dataset)
        case TopicDestination(project=project, topic=topic):
            return joined("pubsub.googleapis.com/projects/", project, "/topics/", topic)
        case StorageDestination(bucket=bucket):
            return joined("storage.googleapis.com/", bucket)


def _grant(name: str, destination: Destination, writer: pulumi.Output[str], opts: pulumi.ResourceOptions) -> None:
    """The least role that lets `writer` write to `destination`; none for a log bucket of the same project."""
    match destination:
        case BucketDestination(project=None):
            pass
        case BucketDestination(project=project, name=bucket) if project is not None:
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
