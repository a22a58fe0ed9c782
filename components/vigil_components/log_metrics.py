"""A log-based metric by its query and its extractors, for entries that no event of ours declares."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi
from pulumi_gcp import logging

from vigil_components.arguments import Filled, InputName, InputProject, Name, ResourceName, UnitCode, validated
from vigil_components.checked import checked
from vigil_components.metrics import Buckets


@validated
@dataclass(frozen=True, kw_only=True)
class LogMetricArgs:
    """One log-based metric: a counter, or the distribution of a number in the entries."""

    project: InputProject
    """Project whose entries it counts."""
    metric_id: Name
    """Id of the metric, such as `orders/failed`. Another id is another metric, which begins empty."""
    filter: Filled
    """Logging query of the entries that it counts."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels, each with its extractor, such as `EXTRACT(jsonPayload.user)`. Default: none."""
    label_texts: Mapping[str, str] = field(default_factory=dict[str, str])
    """What labels mean, for the console. Default: nothing."""
    value: str = ""
    """Extractor of the number whose distribution it is. Default: none, entries are counted."""
    unit: UnitCode = "1"
    """Unit (UCUM) of the number. Default: a plain number."""
    buckets: Buckets | None = None
    """Buckets of the distribution. Default: Google's."""
    description: str = ""
    """What people read in the console. Default: none."""
    display_name: str = ""
    """What charts call it. Default: its id."""
    bucket: InputName | None = None
    """Full name of the log bucket whose entries it counts. Default: entries of the project, wherever they are kept."""
    disabled: bool = False
    """Whether it stands still. Default: no."""

    def __post_init__(self) -> None:
        """Refuse what belongs to a distribution on a counter, and texts of labels that it does not have."""
        if self.buckets is not None and not self.value:
            raise ValueError(
                f"log-based metric {self.metric_id!r}: buckets belong to a distribution; give value, or drop them"
            )
        unknown = sorted(set(self.label_texts) - set(self.labels))
        if unknown:
            raise ValueError(
                f"log-based metric {self.metric_id!r}: label_texts has {', '.join(unknown)}, labels has not; "
                "give each an extractor in labels"
            )


class LogMetric(pulumi.ComponentResource):
    """One log-based metric. It counts from its creation on: the API never fills in the past."""

    TYPE = "vigil:metrics:LogMetric"

    metric: logging.Metric
    """The SDK's metric."""

    @validated
    def __init__(self, name: ResourceName, args: LogMetricArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register the metric. Raises RuleViolationError for what the API would refuse."""
        super().__init__(self.TYPE, name, {"metricId": args.metric_id}, opts)
        self.metric = logging.Metric(
            f"{name}-metric", checked(name, log_metric_args(args)), opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"metricId": args.metric_id})


@validated
def log_metric_args(args: LogMetricArgs) -> logging.MetricArgs:
    """Return the metric's arguments, labels sorted: the API keeps no order, the provider would see a change."""
    labels = [
        logging.MetricMetricDescriptorLabelArgs(
            key=key, value_type="STRING", description=args.label_texts.get(key) or None
        )
        for key in sorted(args.labels)
    ]
    return logging.MetricArgs(
        name=args.metric_id,
        project=args.project,
        description=args.description or None,
        filter=args.filter,
        bucket_name=args.bucket,
        disabled=args.disabled or None,
        label_extractors=dict(args.labels) or None,
        metric_descriptor=logging.MetricMetricDescriptorArgs(
            metric_kind="DELTA",
            value_type="DISTRIBUTION" if args.value else "INT64",
            unit=args.unit,
            display_name=args.display_name or None,
            labels=labels or None,
        ),
        value_extractor=args.value or None,
        bucket_options=None if args.buckets is None else args.buckets.args(),
    )
