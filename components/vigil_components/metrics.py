"""Log-based metrics, derived from event types.

The filter, the labels, the extractors and the unit all come from the event's declaration, so a metric counts exactly
what the application emits. Nothing here is typed by hand.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

import pulumi
from pulumi_gcp import logging

from vigil_apimodel import limits, lql, promql
from vigil_components import documents
from vigil_components.arguments import InputProject, Positive, PositiveCount, ResourceName, validated
from vigil_components.checked import checked
from vigil_components.logged import Declared, Logged, declared, field_of, measures_of
from vigil_components.sources import Source
from vigil_telemetry import FieldSchema
from vigil_telemetry.arguments import Constraint, unknown_name

LABEL_BUDGET = 1_000
"""Series that one metric of ours may make, a thirtieth of the limit: a dashboard over more is unreadable."""


@validated
@dataclass(frozen=True, kw_only=True)
class ExplicitBuckets:
    """Buckets of a distribution by their bounds."""

    bounds: tuple[float, ...]
    """Bounds, strictly increasing, in the measure's unit, at most 199."""

    def __post_init__(self) -> None:
        """Refuse bounds that the API refuses. Raises ValueError."""
        falling = next((b for a, b in itertools.pairwise(self.bounds) if b <= a), None)
        if not self.bounds or falling is not None:
            wrong = "is empty" if not self.bounds else f"does not increase at {falling:.12g}"
            raise ValueError(f"ExplicitBuckets: bounds {wrong}; give numbers that increase strictly, such as (1, 2, 5)")

    def args(self) -> logging.MetricBucketOptionsArgs:
        """Return the buckets as the provider wants them."""
        return logging.MetricBucketOptionsArgs(
            explicit_buckets=logging.MetricBucketOptionsExplicitBucketsArgs(bounds=list(self.bounds)),
        )


@validated
@dataclass(frozen=True, kw_only=True)
class LinearBuckets:
    """Buckets of equal width."""

    offset: float
    """Lowest bound, in the measure's unit."""
    width: Positive
    """Width of each bucket, in the measure's unit."""
    count: PositiveCount
    """How many buckets there are."""

    def args(self) -> logging.MetricBucketOptionsArgs:
        """Return the buckets as the provider wants them."""
        return logging.MetricBucketOptionsArgs(
            linear_buckets=logging.MetricBucketOptionsLinearBucketsArgs(
                offset=self.offset, width=self.width, num_finite_buckets=self.count
            ),
        )


@validated
@dataclass(frozen=True, kw_only=True)
class ExponentialBuckets:
    """Buckets of which each is wider than the one before by the same factor."""

    scale: Positive
    """Lowest bound, in the measure's unit."""
    growth: Annotated[float, Constraint(lambda value: value > 1, "give a factor above 1, such as 2")]
    """How many times wider each bucket is than the one before."""
    count: PositiveCount
    """How many buckets there are."""

    def args(self) -> logging.MetricBucketOptionsArgs:
        """Return the buckets as the provider wants them."""
        return logging.MetricBucketOptionsArgs(
            exponential_buckets=logging.MetricBucketOptionsExponentialBucketsArgs(
                scale=self.scale, growth_factor=self.growth, num_finite_buckets=self.count
            ),
        )


Buckets = ExplicitBuckets | LinearBuckets | ExponentialBuckets

DURATION_BUCKETS = ExplicitBuckets(
    bounds=(
        *(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75),
        *(1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 45),
        *(60, 120, 300, 600, 1200, 1800, 3600),
    )
)
"""Seconds, from 5 ms to an hour, at numbers that people choose as limits: an objective's limit has to be a bound."""

MILLISECOND_BUCKETS = ExplicitBuckets(bounds=tuple(1000 * bound for bound in DURATION_BUCKETS.bounds))
"""The same in milliseconds."""

MAGNITUDE_BUCKETS = ExponentialBuckets(scale=1, growth=2, count=40)
"""For what is counted in whole numbers (bytes, tokens): from 1 to 10^12, each bound twice the one before."""

NUMBER_BUCKETS = ExponentialBuckets(scale=1 / 1024, growth=2, count=50)
"""For numbers without a unit, parts of one and counts alike: from a thousandth to 10^12."""

DOLLAR_BUCKETS = ExponentialBuckets(scale=0.000001, growth=2, count=40)
"""From a millionth, less than a short call to a small model costs, to a million."""

_BY_UNIT = {"s": DURATION_BUCKETS, "ms": MILLISECOND_BUCKETS, "1": NUMBER_BUCKETS, "USD": DOLLAR_BUCKETS}


@validated
def default_buckets(unit: str | None) -> Buckets:
    """Return the buckets of a measure that says nothing else, by its unit."""
    return _BY_UNIT.get(unit or "", MAGNITUDE_BUCKETS)


@validated
def bounds(buckets: Buckets) -> tuple[float, ...]:
    """Return the finite bounds of the buckets, as Monitoring computes them (google.api.Distribution.BucketOptions)."""
    match buckets:
        case ExplicitBuckets(bounds=explicit):
            return explicit
        case LinearBuckets(offset=offset, width=width, count=count):
            return tuple(offset + width * index for index in range(count + 1))
        case ExponentialBuckets(scale=scale, growth=growth, count=count):
            return tuple(scale * growth**index for index in range(count + 1))


class CardinalityError(ValueError):
    """An event whose labels would make more series than the budget allows."""


@validated
@dataclass(frozen=True, kw_only=True)
class MetricSpec:
    """One metric over one event of one source: a counter, or a distribution of one measure."""

    source: Source
    """Service whose entries it counts."""
    event: Logged
    """Event that it counts."""
    measure: str | None = None
    """Measure whose values are distributed. Default: none, entries are counted."""
    buckets: Buckets | None = None
    """Buckets of the distribution. Default: those of the measure's unit (`default_buckets`)."""
    label_budget: PositiveCount = LABEL_BUDGET
    """How many series the labels may make together. Default: 1,000."""

    def __post_init__(self) -> None:
        """Refuse what the API would refuse, or what would cost more than it shows."""
        if not self.source.resource_type:
            raise ValueError(
                f"{self.schema.name}: the entries of {self.source.service!r} have many resource types, and a PromQL "
                "selector takes one; use log_match(...), which reads the entries, or a source of one resource type"
            )
        if self.buckets is not None and self.measure is None:
            raise ValueError(f"{self.schema.name}: buckets belong to a distribution; name the measure, or drop them")
        if self.measure is not None:
            known = {one.name: one for one in self.schema.fields}
            if self.measure not in known:
                measures = [one.name for one in measures_of(self.schema)]
                raise ValueError(unknown_name(f"event {self.schema.name} has no measure", self.measure, measures))
            measure = known[self.measure]
            if measure not in measures_of(self.schema):
                offered = ", ".join(one.name for one in measures_of(self.schema)) or "none"
                raise ValueError(
                    f"{self.schema.name}.{self.measure} is a {measure.role}, not a measure, and has no distribution; "
                    f"its measures: {offered}"
                )
        if self.series > self.label_budget:
            sizes = ", ".join(f"{one.name} {one.cardinality}" for one in self.schema.metric_labels)
            raise CardinalityError(
                f"the labels of {self.schema.name} make up to {self.series} series per resource ({sizes}), over the "
                f"budget of {self.label_budget} (the API throttles at {limits.LOG_METRIC_SERIES}). Leave a label out "
                f"of the event's metric_labels, bound one more tightly, or raise label_budget"
            )

    @property
    def schema(self) -> Declared:
        """What is known of the entries."""
        return declared(self.event)

    @property
    def values(self) -> dict[str, int]:
        """How many values each label can have, as the event declares it."""
        return {one.name: one.cardinality or 1 for one in self.schema.metric_labels}

    @property
    def series(self) -> int:
        """How many series the labels can make for one monitored resource."""
        return math.prod(self.values.values())

    @property
    def id(self) -> str:
        """The metric's id: service, event, and the measure of a distribution.

        An incompatible change of an event is a new version, whose name ends in `.v2`, hence a new metric: the API can
        neither rename nor remove a label of a metric that exists.
        """
        measure = f"/{self.measure}" if self.measure else ""
        return f"{self.source.service}/{self.schema.name}{measure}"

    @property
    def type(self) -> str:
        """The metric type in Cloud Monitoring."""
        return f"logging.googleapis.com/user/{self.id}"

    @property
    def promql_name(self) -> str:
        """The metric's name in PromQL, by Google's mapping."""
        return promql.metric_name(self.type)

    @property
    def filter(self) -> str:
        """The Logging query that selects the entries this metric counts."""
        return lql.render(self.schema.expression(self.source))

    @property
    def unit(self) -> str:
        """The unit of the metric's values (UCUM)."""
        return "1" if self.measure is None else field_of(self.schema, self.measure).unit or "1"

    def selector(self, matchers: str = "", suffix: str = "") -> str:
        """Return a PromQL selector of this metric's series for this source, with `matchers` added.

        `monitored_resource` is always given: where a metric is written against several resource types, a selector
        without it is refused (https://docs.cloud.google.com/monitoring/promql/promql-mapping).
        """
        inner = f'monitored_resource="{self.source.resource_type}"' + (f",{matchers}" if matchers else "")
        return f"{self.promql_name}{suffix}{{{inner}}}"

    def args(self, project: pulumi.Input[str]) -> logging.MetricArgs:
        """Return the resource's arguments, labels sorted: the API keeps no order, the provider would see a change."""
        labels = sorted(self.schema.metric_labels, key=lambda label: label.name)
        return logging.MetricArgs(
            name=self.id,
            project=project,
            description=self._description(),
            filter=self.filter,
            label_extractors={one.name: self.schema.extractor(self.source, one.name) for one in labels} or None,
            metric_descriptor=logging.MetricMetricDescriptorArgs(
                display_name=self.id,
                metric_kind="DELTA",
                value_type="INT64" if self.measure is None else "DISTRIBUTION",
                unit=self.unit,
                labels=[_label(label) for label in labels] or None,
            ),
            value_extractor=None if self.measure is None else self.schema.extractor(self.source, self.measure),
            bucket_options=None if self.measure is None else (self.buckets or default_buckets(self.unit)).args(),
        )

    def _description(self) -> str:
        first = self.schema.doc.strip().splitlines()[0] if self.schema.doc.strip() else self.schema.name
        return first if self.measure is None else f"{first} Distribution of {self.measure}."


def _label(label: FieldSchema) -> logging.MetricMetricDescriptorLabelArgs:
    """Return a label's descriptor. Always STRING: PromQL cannot match an INT64 label by a regular expression."""
    return logging.MetricMetricDescriptorLabelArgs(key=label.name, value_type="STRING", description=label.doc or None)


@validated
@dataclass(frozen=True, kw_only=True)
class EventMetricsArgs:
    """The log-based metrics of one service."""

    project: InputProject
    """Project whose entries they count."""
    specs: Sequence[MetricSpec] = field(default_factory=tuple[MetricSpec, ...])
    """Metrics to make. One that is given twice is made once."""


class EventMetrics(pulumi.ComponentResource):
    """The log-based metrics of one service.

    Makes no dashboards and no alerts. A metric counts from its creation on: the API never fills in the past.
    """

    TYPE = "vigil:metrics:EventMetrics"

    metrics: dict[str, logging.Metric]
    """The metrics by id."""

    @validated
    def __init__(self, name: ResourceName, args: EventMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register each metric once, in the order of the ids. Raises ValueError where two differ under one id."""
        by_id: dict[str, MetricSpec] = {}
        for spec in args.specs:
            if by_id.setdefault(spec.id, spec) != spec:
                raise ValueError(f"two metrics named {spec.id!r} differ in buckets or budget; give both the same")
        _refuse_collisions(by_id)
        super().__init__(
            self.TYPE,
            name,
            {
                documents.FACTS: documents.written(
                    {
                        "events": sorted({spec.schema.name for spec in by_id.values()}),
                        "labelValues": {id_: by_id[id_].values for id_ in sorted(by_id)},
                        "metricIds": sorted(by_id),
                    }
                )
            },
            opts,
        )
        self.metrics = {
            id_: logging.Metric(
                f"{name}-{id_.split('/', 1)[1].replace('/', '-')}",
                checked(f"{name}: metric {id_}", by_id[id_].args(args.project)),
                # The provider would update these in place: the API refuses another kind or value type, and another
                # name leaves the old metric behind for good
                # (https://github.com/hashicorp/terraform-provider-google/issues/18144).
                # What is replaced goes first. What depends on it is PromQL, which needs no metric to exist.
                opts=pulumi.ResourceOptions(
                    parent=self,
                    delete_before_replace=True,
                    replace_on_changes=["name", "metricDescriptor.metricKind", "metricDescriptor.valueType"],
                ),
            )
            for id_ in sorted(by_id)
        }
        self.register_outputs({"metricIds": sorted(by_id)})


def _refuse_collisions(by_id: dict[str, MetricSpec]) -> None:
    """Refuse two ids that PromQL writes alike, since a query could not tell them apart."""
    names: dict[str, str] = {}
    for id_, spec in sorted(by_id.items()):
        other = names.setdefault(spec.promql_name, id_)
        if other != id_:
            raise ValueError(
                f"metrics {other!r} and {id_!r} are one and the same in PromQL ({spec.promql_name}); rename one event"
            )
