"""Signals over metrics that others emit, in PromQL, built from typed constants.

PromQL rather than a Monitoring filter where a metric may not have been seen when the stack is first deployed: what a
collector scrapes, or what an uptime check writes. A rate over a gauge, a level of a counter, an unknown label is an
error when the program runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from vigil_apimodel import promql
from vigil_apimodel.metrics import RESOURCES, Kind, Metric, ValueType
from vigil_components.arguments import (
    Lasting,
    Name,
    NotNegative,
    Quantile,
    Window,
    refuse_twice,
    unknown_name,
    validated,
)
from vigil_components.conditions import MIN_AUTO_CLOSE, AlertSpec
from vigil_components.durations import minutes, promql_duration, spoken
from vigil_components.logged import Logged
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, ExtraCase, Points, Proof, grown, sides
from vigil_components.queries import QueryError
from vigil_components.severity import AlertSeverity
from vigil_components.signals.labels import refuse_part_of_itself
from vigil_components.signals.signal import (
    EVALUATION,
    NumberSignal,
    Signal,
    SignalThreshold,
    enough,
    number,
    refuse_short_memory,
)
from vigil_components.signals.words import measured
from vigil_components.sources import Source

Reduce = Literal["max", "min", "sum", "avg"]


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
    where_resource: Mapping[str, str] = field(default_factory=dict[str, str])
    """Values of labels of the monitored resource. Default: all resources."""
    resource: Name = "prometheus_target"
    """Type of the monitored resource. Default: that of Managed Service for Prometheus."""

    def __post_init__(self) -> None:
        """Check everything that the constants know. Raises QueryError."""
        metric = self.metric
        if metric.deprecated:
            raise QueryError(f"{metric.type} must not be used: {metric.deprecated}")
        if metric.resources and self.resource not in metric.resources:
            raise QueryError(
                f"resource: {metric.type} is not written against {self.resource!r}; its resources: "
                f"{', '.join(metric.resources)}"
            )
        both = sorted(self.where.keys() & self.unless.keys())
        if both:
            raise QueryError(f"{', '.join(both)} is in where and in unless; give it in one of them")
        known = {label.key: label for label in metric.labels}
        for name, value in (*self.where.items(), *self.unless.items()):
            if name not in known and metric.labels_known:
                raise QueryError(f"{metric.type} has no label {name!r}; it has {', '.join(known) or 'none'}")
            values = known[name].values if name in known else ()
            if values and value not in values:
                raise QueryError(f"{metric.type}: {name} is never {value!r}; its values: {', '.join(values)}")
        resource = RESOURCES.get(self.resource)
        for name in self.where_resource:
            if resource is not None and name not in resource.labels:
                raise QueryError(f"{self.resource} has no label {name!r}; it has {', '.join(resource.labels)}")

    def text(self, suffix: str = "", window: timedelta | None = None) -> str:
        """Return the PromQL selector; `monitored_resource` is given for what does not come from Prometheus."""
        range_ = f"[{promql_duration(window)}]" if window is not None else ""
        return promql.selector(f"{self.metric.promql}{suffix}", self.matchers()) + range_

    def matchers(self) -> list[str]:
        """Return the PromQL matchers of all its labels, sorted."""
        labels = {**self.where, **self.where_resource}
        if self.resource != "prometheus_target":
            labels["monitored_resource"] = self.resource
        matchers = [f"{promql.label(name)}={promql.quote(value)}" for name, value in sorted(labels.items())]
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
            resource_labels=self.where_resource,
            unless=self.unless,
            samples=samples,
        )


def _is(series: Series, *kinds: str) -> None:
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
    _is(series, "counter")


def _check_labels(series: Series, by: tuple[str, ...]) -> None:
    """Refuse labels that neither the metric nor its resource has."""
    refuse_twice("by", by)
    metric, resource = series.metric, RESOURCES.get(series.resource)
    known = [label.key for label in metric.labels] + list(resource.labels if resource is not None else ())
    for name in by:
        if metric.labels_known and resource is not None and name not in known:
            raise QueryError(unknown_name(f"{metric.type} has no label", name, known))


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
class GaugeLevel(SeriesSignal, NumberSignal):
    """The value of a gauge."""

    of: Series
    """Gauge that is read."""
    reduce: Reduce = "max"
    """How series that differ in other labels than `by` become one. Default: their maximum."""
    by: tuple[str, ...] = ()
    """Labels of which each value is a separate line. Default: one line."""
    smooth: bool = False
    """Whether each series' mean over the window is taken first, against single outliers. Default: no."""

    def __post_init__(self) -> None:
        """Refuse a counter or a distribution, whose level means nothing, and unknown labels. Raises QueryError."""
        _is(self.of, "gauge")
        _check_labels(self.of, self.by)

    @property
    def unit(self) -> str:
        """The unit of the metric."""
        return self.of.metric.unit or "1"

    @property
    def highest(self) -> float | None:
        """One for a metric that is true or false, unless series are added up."""
        return 1.0 if self.of.metric.value_type is ValueType.BOOL and self.reduce != "sum" else None

    @property
    def title(self) -> str:
        """For example `max pg_up`."""
        return f"{self.reduce} {self.of.metric.promql}"

    @property
    def legend(self) -> str:
        """For example `Postgres up, highest`."""
        return measured(self.of.metric.promql, self.reduce)

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the reduced gauge."""
        inner = f"avg_over_time({self.of.text(window=self.window)})" if self.smooth else self.of.text()
        by = f" by ({', '.join(map(promql.label, self.by))})" if self.by else ""
        return f"{self.reduce}{by} ({inner})"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return points beyond the threshold and just within."""
        beyond, within = sides(threshold, below=below)
        return self._proof((self.of.points(beyond),), (self.of.points(within),), lasting)


@validated
@dataclass(frozen=True, kw_only=True)
class GaugeRatio(SeriesSignal, NumberSignal):
    """The quotient of two gauges, between 0 and 1."""

    part: Series
    """Gauge that is the part."""
    whole: Series
    """Gauge that is the whole."""
    rest: bool = False
    """Whether the rest is watched, 1 less the quotient: what is used, where `part` is free. Default: no."""
    by: tuple[str, ...] = ()
    """Labels of which each value has its own line and incident. Both gauges have them. Default: one line."""
    worst: bool = False
    """Whether the largest `part` in the window is divided by the smallest `whole`, and not the sums of now.

    For gauges that are written seldom: a query of now finds no point that is older than five minutes. Default: no.
    """

    def __post_init__(self) -> None:
        """Refuse what is no gauge, a gauge that is divided by itself, labels, and the rest of the worst."""
        _is(self.part, "gauge")
        _is(self.whole, "gauge")
        refuse_part_of_itself("part", self.part, self.whole, self.part.metric.promql)
        _check_labels(self.part, self.by)
        _check_labels(self.whole, self.by)
        if self.rest and self.worst:
            raise QueryError("level_ratio: rest and worst do not go together; give the gauge of what is used as part")

    @property
    def highest(self) -> float:
        """One: the number is a part of a whole."""
        return 1.0

    @property
    def title(self) -> str:
        """For example `1 - node_filesystem_avail_bytes / node_filesystem_size_bytes`."""
        return f"{'1 - ' if self.rest else ''}{self.part.metric.promql} / {self.whole.metric.promql}"

    @property
    def legend(self) -> str:
        """For example `all but node filesystem avail bytes, of node filesystem size bytes`."""
        part = measured(self.part.metric.promql)
        return f"{'all but ' if self.rest else ''}{part}, of {measured(self.whole.metric.promql)}"

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series name all
        """Return the quotient of the sums, or of the worst."""
        by = f" by ({', '.join(map(promql.label, self.by))}) " if self.by else ""
        if self.worst:
            part, whole = self.part.text(window=self.window), self.whole.text(window=self.window)
            return f"max{by}(max_over_time({part})) / min{by}(min_over_time({whole}))"
        quotient = f"sum{by}({self.part.text()}) / sum{by}({self.whole.text()})"
        return f"1 - {quotient}" if self.rest else quotient

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return a part beyond the threshold and one just within, of a whole of 1000."""
        beyond, within = sides(threshold, below=below)
        beyond = min(beyond, (1 + threshold) / 2) if not below else beyond

        def points(ratio: float) -> tuple[Points, ...]:
            return (self.part.points(1000 * (1 - ratio if self.rest else ratio)), self.whole.points(1000))

        if not self.worst:
            return self._proof(points(beyond), points(within), lasting)
        opens = lasting + EVALUATION + minutes(5)  # the worst of the window is there with the first point
        return Proof(
            fires=Case(points=points(beyond), lasting=opens + minutes(5)),
            stays_silent=Case(points=points(within), lasting=opens + minutes(5)),
            opens_within=opens,
        )


@validated
@dataclass(frozen=True, kw_only=True)
class CounterGrowth(SeriesSignal, NumberSignal):
    """By how much a counter grew in the window."""

    of: Series
    """Counter that is read."""
    by: tuple[str, ...] = ()
    """Labels of which each value is a separate line. Default: one line."""

    def __post_init__(self) -> None:
        """Refuse a gauge, whose growth means nothing, and a distribution."""
        _is(self.of, "counter")
        _check_labels(self.of, self.by)

    @property
    def unit(self) -> str:
        """The unit of the metric."""
        return self.of.metric.unit or "1"

    @property
    def title(self) -> str:
        """For example `temporal_workflow_failed_total in 10 minutes`."""
        return f"{self.of.metric.promql} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `Temporal workflow failed in 10 minutes`."""
        return f"{measured(self.of.metric.promql)} in {spoken(self.window)}"

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the summed increase."""
        by = f" by ({', '.join(map(promql.label, self.by))})" if self.by else ""
        return f"sum{by} (increase({self.of.text(window=self.window)}))"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return growth that fills the window beyond the threshold, or just within."""
        beyond, within = grown(threshold, self.window, below=below)
        return self._proof((self.of.points(beyond),), (self.of.points(within),), lasting)


@validated
@dataclass(frozen=True, kw_only=True)
class CounterRatio(SeriesSignal, NumberSignal):
    """The part of a counter's growth that another's is, between 0 and 1."""

    part: Series
    """Counter that is the part."""
    whole: Series
    """Counter that is the whole."""
    at_least: NotNegative = 20
    """Growth of the whole in the window before the ratio means anything. Default: 20."""
    by: tuple[str, ...] = ()
    """Labels of which each value has its own line and incident. Default: one line."""

    def __post_init__(self) -> None:
        """Refuse what is no counter, and a counter that is divided by itself."""
        _is(self.part, "counter")
        _is(self.whole, "counter")
        refuse_part_of_itself("part", self.part, self.whole, self.part.metric.promql)
        _check_labels(self.whole, self.by)

    @property
    def highest(self) -> float:
        """One: the number is a part of a whole."""
        return 1.0

    @property
    def title(self) -> str:
        """For example `temporal_request_failure_total / temporal_request_total`."""
        if self.part.metric == self.whole.metric:
            return f"{self.part.narrowed} / all"
        return f"{self.part.metric.promql} / {self.whole.metric.promql}"

    @property
    def legend(self) -> str:
        """For example `Temporal request failure, of Temporal request`."""
        if self.part.metric == self.whole.metric:
            return f"{self.part.narrowed}, of all {measured(self.whole.metric.promql)}"
        return f"{measured(self.part.metric.promql)}, of {measured(self.whole.metric.promql)}"

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series name all
        """Return the quotient of the rates."""
        by = f" by ({', '.join(map(promql.label, self.by))}) " if self.by else ""
        part, whole = self.part.text(window=self.window), self.whole.text(window=self.window)
        return f"sum{by}(rate({part})) / sum{by}(rate({whole}))"

    @property
    def minimum(self) -> str:
        """How much the whole must grow, in words."""
        return enough(self.at_least, f"of `{self.whole.metric.promql}`", self.window)

    def guard(self, source: Source) -> str | None:  # noqa: ARG002 - the series name all
        """Return enough growth in the window."""
        by = f" by ({', '.join(map(promql.label, self.by))}) " if self.by else ""
        return f"sum{by}(increase({self.whole.text(window=self.window)})) >= {number(self.at_least)}"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return growth four times the guard, of which a part beyond the threshold or just within."""
        beyond, within = sides(threshold, below=below)
        whole = max(4 * self.at_least / (self.window / minutes(1)), 100.0)
        fires = self.grown_points(whole, min(beyond, (1 + threshold) / 2))
        return self._proof(fires, self.grown_points(whole, within), lasting)

    def grown_points(self, whole: float, ratio: float) -> tuple[Points, ...]:
        """Return growth a minute of both counters, for proofs: of `whole`, `ratio` is the part."""
        rest = self.whole.points(whole)
        if self.part.metric == self.whole.metric:  # another series beside the part's
            rest = replace(rest, labels={**rest.labels, **self.part.unless})
        return (self.part.points(whole * ratio), rest)


@validated
@dataclass(frozen=True, kw_only=True)
class DistributionQuantile(SeriesSignal, NumberSignal):
    """A quantile of a distribution, in the metric's unit."""

    of: Series
    """Distribution that is read."""
    q: Quantile = 0.95
    """Quantile between 0 and 1. Default: 0.95."""
    by: tuple[str, ...] = ()
    """Labels of which each value is a separate line. Default: one line."""

    def __post_init__(self) -> None:
        """Refuse what is no distribution, and a quantile outside 0 and 1."""
        _is(self.of, "distribution")
        _check_labels(self.of, self.by)

    @property
    def unit(self) -> str:
        """The unit of the metric."""
        return self.of.metric.unit or "1"

    @property
    def title(self) -> str:
        """For example `p95 of temporal_activity_execution_latency`."""
        return f"p{number(self.q * 100)} of {self.of.metric.promql}"

    @property
    def legend(self) -> str:
        """For example `p95 of Temporal activity execution latency`."""
        return f"p{number(self.q * 100)} of {measured(self.of.metric.promql)}"

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of `by`."""
        return self.by

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the quantile of the buckets' rates."""
        by = ", ".join(("le", *map(promql.label, self.by)))
        inner = f"sum by ({by}) (rate({self.of.text('_bucket', self.window)}))"
        return f"histogram_quantile({number(self.q)}, {inner})"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return samples all beyond the threshold, or all just within, in buckets finer than the margin between."""
        beyond, within = sides(threshold, below=below)
        return self._proof((self.of.points(beyond, 60),), (self.of.points(within, 60),), lasting)


@validated
@dataclass(frozen=True, kw_only=True)
class SeriesMissing(SeriesSignal):
    """Whether no such series had a point in the window: a scrape that fails, a part that is gone.

    For what always reports: what is scaled to zero at night is missing every night.
    """

    of: Series
    """Series that always report."""
    before: Window | None = None
    """Time before the window in which there must have been a point: what never reported is then not missing.

    Default: it need not have reported.
    """

    def __post_init__(self) -> None:
        """Refuse a time before that is shorter than the window. Raises ValueError."""
        if self.before is not None:
            refuse_short_memory(self.window, self.before)

    @property
    def title(self) -> str:
        """For example `no pg_up in 10 minutes`."""
        return f"no {self.of.metric.promql} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `no Postgres up in 10 minutes`."""
        return f"no {measured(self.of.metric.promql)} in {spoken(self.window)}"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return `absent_over_time` of the series, or how many there were before unless there are some now."""
        suffix = "_count" if self.of.metric.value_type is ValueType.DISTRIBUTION else ""
        now = self.of.text(suffix, self.window)
        if self.before is None:
            return f"absent_over_time({now})"
        earlier = f"{self.of.text(suffix, self.before)} offset {promql_duration(self.window)}"
        return f"(count(count_over_time({earlier})) unless count(count_over_time({now})))"

    @validated
    def alert(
        self,
        *,
        name: str,
        summary: str,
        severity: AlertSeverity,
        runbook: str,
        lasting: Lasting = minutes(0),
        auto_close: timedelta = MIN_AUTO_CLOSE,
    ) -> AlertSpec:
        """Return the alert that notifies when they are missing for `lasting`, whole minutes, beyond the window."""
        return AlertSpec(
            name=name,
            condition=SignalThreshold(signal=self, threshold=0, lasting=lasting),
            severity=severity,
            summary=summary,
            runbook=runbook,
            auto_close=auto_close,
        )

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:  # noqa: ARG002 - it is 1 or absent
        """Return points that stop, and points that go on."""
        fed = (self.of.points(1),)
        silent = self.window + lasting + EVALUATION
        return Proof(
            fires=Case(points=fed, lasting=minutes(5), then_silent=silent + minutes(5)),
            stays_silent=Case(points=fed, lasting=silent + minutes(5)),
            opens_within=minutes(5) + silent,
            extra_cases=() if self.before is None else (self._forgotten(fed, self.before),),
        )

    def _forgotten(self, fed: tuple[Points, ...], before: timedelta) -> ExtraCase:
        """Return what stopped so long ago that it is forgotten."""
        silent = self.window + before + minutes(30)
        return ExtraCase(name="forgotten", opens=True, case=Case(points=fed, lasting=minutes(5), then_silent=silent))
