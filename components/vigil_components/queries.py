"""Queries over metrics that others emit, built from typed constants.

What is illegal or unknown (an aligner, a label, a label's value, a resource type, a unit) is an error when the program
runs, with the remedy, instead of an empty chart in production. The same query is a Monitoring filter with its
aggregation, for charts and threshold conditions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from vigil_apimodel import aligners, limits, promql
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.metrics import RESOURCES, Kind, Metric
from vigil_components._labels import refuse_metric_label, refuse_resource_label
from vigil_components.arguments import Duration, Name, UnitCode, validated
from vigil_components.durations import api_duration, minutes

Values = Mapping[str, "str | tuple[str, ...]"]

MAX_ALIGNMENT = timedelta(seconds=limits.ALIGNMENT_MAXIMUM_SECONDS)
"""Longest alignment period in an alert condition."""


class QueryError(ValueError):
    """A query that Monitoring would refuse, or answer with nothing."""


def refuse_resource(metric: Metric, resource: str) -> None:
    """Refuse a deprecated metric, and a resource that the metric is not written against. Raises QueryError."""
    if metric.deprecated:
        raise QueryError(f"{metric.type} must not be used: {metric.deprecated}")
    if metric.resources and resource not in metric.resources:
        raise QueryError(
            f"resource: {metric.type} is not written against {resource!r}; its resources: {', '.join(metric.resources)}"
        )


@validated
@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A threshold with its unit: `Quantity(value=14, unit="d")`.

    It is refused where what it is compared with has another unit.
    """

    value: float
    """The number."""
    unit: UnitCode
    """Unit in UCUM, as the metric writes it: `s`, `ms`, `By`, `d`, `1`."""


@validated
@dataclass(frozen=True, kw_only=True)
class Query:
    """Series of a metric, brought to one point per alignment period, and reduced over labels."""

    metric: Metric
    """Metric, one of the constants in `vigil_apimodel.metrics`."""
    resource: Name
    """Type of the monitored resource, such as `cloud_run_revision`."""
    aligner: Name
    """How the points of one period become one, such as `ALIGN_RATE`."""
    alignment: Duration = minutes(1)
    """Alignment period, whole minutes up to 25 hours. Default: one minute."""
    where: Values = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Values of metric labels: one, or several of which any matches. Default: all series."""
    where_resource: Values = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Values of resource labels, likewise. Default: all resources."""
    reducer: str | None = None
    """How series become one, such as `REDUCE_SUM`. Default: they stay apart."""
    group_by: Sequence[Name] = ()
    """Labels to reduce over, those of the resource with the prefix `resource.`. Default: none."""
    first: Literal["metric", "resource"] = "metric"
    """Which type the filter names first; the console writes the resource. It means the same. Default: the metric."""

    def __post_init__(self) -> None:
        """Check everything that the constants know. Raises QueryError and UnknownLabelError."""
        metric = self.metric
        refuse_resource(metric, self.resource)
        try:
            _, value_type = aligners.aligned(metric.kind, metric.value_type, self.aligner)
            if self.reducer is not None:
                aligners.check_reducer(Kind.GAUGE, value_type, self.reducer)
        except aligners.IllegalAggregationError as error:
            raise QueryError(f"{metric.type}: {error}") from error
        if self.group_by and self.reducer is None:
            raise QueryError(f"{metric.type}: an aggregation cannot have group-by fields without a reducer; name one")
        if self.alignment < minutes(1) or self.alignment % minutes(1) or self.alignment > MAX_ALIGNMENT:
            raise QueryError(
                f"{metric.type}: alignment is {api_duration(self.alignment)}; give whole minutes, 60s to 90000s"
            )
        self._check_labels()
        if len(self.filter) > limits.ALERT_FILTER_CHARS:
            raise QueryError(
                f"{metric.type}: the filter has {len(self.filter)} characters, "
                f"the API takes {limits.ALERT_FILTER_CHARS}: name fewer values"
            )

    def _check_labels(self) -> None:
        for name, wanted in self.where.items():
            refuse_metric_label(self.metric, name, (wanted,) if isinstance(wanted, str) else wanted)
        of_resource = [name.removeprefix("resource.") for name in self.group_by if name.startswith("resource.")]
        for name in self.group_by:
            if not name.startswith("resource."):
                refuse_metric_label(self.metric, name)
        for name in (*self.where_resource, *of_resource):
            refuse_resource_label(RESOURCES.get(self.resource), name)

    @property
    def unit(self) -> str:
        """The unit of a value: of the metric, or a second's share of it where the aligner makes a rate."""
        if self.reducer in {"REDUCE_COUNT", "REDUCE_COUNT_TRUE", "REDUCE_COUNT_FALSE"}:
            return "1"
        if self.aligner in {"ALIGN_COUNT", "ALIGN_COUNT_TRUE", "ALIGN_COUNT_FALSE", "ALIGN_FRACTION_TRUE"}:
            return "1"
        if self.aligner == "ALIGN_PERCENT_CHANGE":
            return "%"
        if self.aligner == "ALIGN_RATE":
            return f"{self.metric.unit or '1'}/s"
        return self.metric.unit

    @property
    def filter(self) -> str:
        """The Monitoring filter; labels sorted, so that the same query is always the same text."""
        terms: list[mf.Expr] = [mf.metric(self.metric.type), mf.resource(self.resource)]
        if self.first == "resource":
            terms.reverse()
        terms += [mf.metric_label(name, _value(wanted)) for name, wanted in sorted(self.where.items())]
        terms += [mf.resource_label(name, _value(wanted)) for name, wanted in sorted(self.where_resource.items())]
        return mf.render(mf.all_of(*terms))

    @property
    def group_by_fields(self) -> list[str]:
        """`group_by` as the API names the fields."""
        return [
            f"resource.label.{name.removeprefix('resource.')}"
            if name.startswith("resource.")
            else f"metric.label.{promql.label(name)}"
            for name in self.group_by
        ]

    def require(self, quantity: Quantity) -> float:
        """Return the quantity's value, if it is in this query's unit. Raises QueryError, which names both units."""
        if quantity.unit != self.unit:
            raise QueryError(
                f"{self.metric.type} by {self.aligner} is in {self.unit!r}, the threshold in {quantity.unit!r}; "
                f"convert the threshold"
            )
        return quantity.value


def _value(wanted: str | tuple[str, ...]) -> str | mf.Function:
    if isinstance(wanted, str):
        return wanted
    return mf.Function("one_of", wanted)


def in_unit(where: str, value: float | Quantity, unit: str) -> float:
    """Return a number in `unit`. Raises QueryError for a quantity of another unit, naming both."""
    if not isinstance(value, Quantity):
        return value
    if value.unit != unit:
        raise QueryError(
            f"{where} is {value.value:.12g} in {value.unit!r}, but it is compared with a value in {unit!r}; "
            f"convert it and give Quantity(value=..., unit={unit!r}), or the number alone"
        )
    return value.value


def one_side(above: float | Quantity | None, below: float | Quantity | None, *, wanted: str) -> float | Quantity | None:
    """Return the threshold that is given on the side `wanted`, or None. Raises ValueError for the other side."""
    limits = {"above": above, "below": below}
    other = limits.pop("below" if wanted == "above" else "above")
    if other is not None:
        raise ValueError(f"it notifies when the value is {wanted} its threshold: give {wanted}=")
    return limits[wanted]


def threshold_of(
    where: str, above: float | Quantity | None, below: float | Quantity | None
) -> tuple[float | Quantity, bool]:
    """Return the one threshold that is given, and whether it is `below`. Raises ValueError for none or both."""
    if above is not None and below is None:
        return above, False
    if below is not None and above is None:
        return below, True
    number = "neither" if above is None else "both"
    raise ValueError(f"{where}: {number} of above and below is given; give one of them, such as above=0.05")
