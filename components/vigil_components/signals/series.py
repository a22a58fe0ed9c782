"""Series of metrics that others emit, in PromQL, built from typed constants, and the base of the signals over them.

PromQL rather than a Monitoring filter where a metric may not have been seen when the stack is first deployed: what a
collector scrapes, or what an uptime check writes. A rate over a gauge, a level of a counter, an unknown label is an
error when the program runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from vigil_apimodel import promql
from vigil_apimodel.metrics import RESOURCES, Kind, Metric, ValueType
from vigil_components._labels import refuse_metric_label, refuse_resource_label, refuse_unknown_label
from vigil_components.arguments import Name, refuse_twice, validated
from vigil_components.durations import minutes, promql_duration
from vigil_components.logged import Logged
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Points, Proof
from vigil_components.queries import QueryError, refuse_resource
from vigil_components.signals.labels import Where, matcher, refuse_part_of_itself
from vigil_components.signals.signal import EVALUATION, NumberSignal, Signal
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class Series:
    """Series of a metric that others emit."""

    metric: Metric
    """Metric, one of the constants in `vigil_apimodel.metrics`."""
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values of metric labels. Default: all series."""
    unless: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values that metric labels must not have. Default: none is left out."""
    where_resource: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Values of labels of the monitored resource: one value, or one of several. Default: all resources."""
    resource: Name = "prometheus_target"
    """Type of the monitored resource. Default: that of Managed Service for Prometheus."""

    def __post_init__(self) -> None:
        """Check everything that the constants know. Raises QueryError and UnknownLabelError."""
        metric = self.metric
        refuse_resource(metric, self.resource)
        both = sorted(self.where.keys() & self.unless.keys())
        if both:
            raise QueryError(f"{', '.join(both)} is in where and in unless; give it in one of them")
        for name, value in (*self.where.items(), *self.unless.items()):
            refuse_metric_label(metric, name, (value,))
        for name, wanted in self.where_resource.items():
            refuse_resource_label(RESOURCES.get(self.resource), name)
            if not wanted:
                raise QueryError(f"where_resource: {name} has no value; give at least one, or leave the label out")

    def text(self, suffix: str = "", window: timedelta | None = None) -> str:
        """Return the PromQL selector; `monitored_resource` is given for what does not come from Prometheus."""
        range_ = f"[{promql_duration(window)}]" if window is not None else ""
        return promql.selector(f"{self.metric.promql}{suffix}", self.matchers()) + range_

    def matchers(self) -> list[str]:
        """Return the PromQL matchers of all its labels, sorted."""
        labels: dict[str, str | tuple[str, ...]] = {**self.where, **self.where_resource}
        if self.resource != "prometheus_target":
            labels["monitored_resource"] = self.resource
        matchers = [matcher(promql.label(name), wanted) for name, wanted in sorted(labels.items())]
        return matchers + [
            f"{promql.label(name)}!={promql.quote(value)}" for name, value in sorted(self.unless.items())
        ]

    @property
    def narrowed(self) -> str:
        """The metric's name with the label values that it is narrowed to, for titles."""
        wanted = [f"{name}={value}" for name, value in sorted(self.where.items())]
        wanted += [f"{name}!={value}" for name, value in sorted(self.unless.items())]
        return self.metric.promql + (f" where {', '.join(wanted)}" if wanted else "")

    def points(self, value: float, samples: int = 1) -> Points:
        """Return points of one such series, for proofs."""
        return Points(
            metric=self.metric,
            resource=self.resource,
            value=value,
            labels={**self.where, **dict.fromkeys(self.unless, "other")},
            resource_labels={
                name: wanted if isinstance(wanted, str) else wanted[0] for name, wanted in self.where_resource.items()
            },
            unless=self.unless,
            samples=samples,
        )


def refuse_other_kinds(series: Series, *kinds: str) -> None:
    """Refuse a series whose metric is of another kind: `gauge`, `counter`, `distribution`. Raises QueryError."""
    metric = series.metric
    if metric.value_type is ValueType.DISTRIBUTION:
        actual = "distribution"
    else:
        actual = "gauge" if metric.kind is Kind.GAUGE else "counter"
    if actual not in kinds:
        fitting = {"gauge": "level", "counter": "growth", "distribution": "series_quantile"}[actual]
        raise QueryError(f"{metric.type} is a {actual}: use {fitting}")


def is_counter(series: Series) -> None:
    """Refuse a series that does not count. Raises QueryError naming the signal that fits."""
    refuse_other_kinds(series, "counter")


def refuse_unknown_labels(series: Series, by: tuple[str, ...]) -> None:
    """Refuse labels that neither the metric nor its resource has. Raises UnknownLabelError."""
    refuse_twice("by", by)
    metric, resource = series.metric, RESOURCES.get(series.resource)
    known = [label.key for label in metric.labels] + list(resource.labels if resource is not None else ())
    for name in by if metric.labels_known and resource is not None and resource.labels_known else ():
        refuse_unknown_label(metric.type, name, known)


@validated
@dataclass(frozen=True, kw_only=True)
class SeriesSignal(Signal):
    """The base of signals over others' metrics: no event of ours, no metric to make."""

    @property
    def event(self) -> Logged | None:
        """None: the metric is one of others."""
        return None

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - its metrics exist without us
        """Return nothing: the stack has no metric to make."""
        return ()

    def _proof(self, fires: tuple[Points, ...], silent: tuple[Points, ...], lasting: timedelta) -> Proof:
        opens = self.window + lasting + EVALUATION
        return Proof(
            fires=Case(points=fires, lasting=opens + minutes(5)),
            stays_silent=Case(points=silent, lasting=opens + minutes(5)),
            opens_within=opens,
        )


@validated
@dataclass(frozen=True, kw_only=True)
class OneSeriesSignal(SeriesSignal, NumberSignal):
    """The base of numbers that are read from one series."""

    kind: ClassVar[str]
    """Kind of the metric: `gauge`, `counter` or `distribution`."""
    of: Series
    """Series that is read."""
    by: tuple[str, ...] = ()
    """Labels of which each value is a separate line. Default: one line."""

    def __post_init__(self) -> None:
        """Refuse a metric of another kind, and labels that it does not have."""
        refuse_other_kinds(self.of, self.kind)
        refuse_unknown_labels(self.of, self.by)

    @property
    def unit(self) -> str:
        """The unit of the metric."""
        return self.of.metric.unit or "1"

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by


@validated
@dataclass(frozen=True, kw_only=True)
class PartSignal(SeriesSignal, NumberSignal):
    """The base of the part of a series that another is, between 0 and 1."""

    kind: ClassVar[str]
    """Kind of both metrics: `gauge` or `counter`."""
    part: Series
    """Series that is the part."""
    whole: Series
    """Series that is the whole."""
    by: tuple[str, ...] = ()
    """Labels of which each value has its own line and incident. Both series have them. Default: one line."""

    def __post_init__(self) -> None:
        """Refuse a metric of another kind, a series divided by itself, and a label that one of them does not have."""
        refuse_other_kinds(self.part, self.kind)
        refuse_other_kinds(self.whole, self.kind)
        refuse_part_of_itself("part", self.part, self.whole, self.part.metric.promql)
        refuse_unknown_labels(self.part, self.by)
        refuse_unknown_labels(self.whole, self.by)

    @property
    def highest(self) -> float:
        """One: the number is a part of a whole."""
        return 1.0

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by
