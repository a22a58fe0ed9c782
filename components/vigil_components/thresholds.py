"""Conditions over metrics that exist before the stack does: a threshold, a ratio, an absence."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from pulumi_gcp import monitoring

from vigil_apimodel import limits
from vigil_components.alertable import Measured, Occurrence
from vigil_components.arguments import Lasting, validated
from vigil_components.conditions import Condition, MetricCondition
from vigil_components.durations import api_duration, minutes, spoken
from vigil_components.proofs import Case, Points, Proof, sides
from vigil_components.queries import Quantity, Query, QueryError, one_side
from vigil_components.sources import Source
from vigil_telemetry.arguments import offer

MIN_ABSENCE = timedelta(seconds=limits.ABSENCE_MINIMUM_SECONDS)
MAX_ABSENCE = timedelta(seconds=limits.ABSENCE_MAXIMUM_SECONDS)

MissingData = Literal["INACTIVE", "ACTIVE", "NO_OP"]


class QueryCondition(MetricCondition, ABC):
    """The base of conditions over a query, which names its resources itself: any source gives the same condition."""

    query: Query

    @property
    def grouped_by(self) -> tuple[str, ...]:
        """The labels of the query's `group_by`."""
        return tuple(self.query.group_by)

    def args(self, source: Source, alert: str) -> monitoring.AlertPolicyConditionArgs:  # noqa: ARG002 - the query names all
        """Return the condition for the alert named `alert`."""
        return self.named(alert)

    @abstractmethod
    def named(self, title: str) -> monitoring.AlertPolicyConditionArgs:
        """Return the condition as it is called `title`."""


@offer("a threshold of a query, such as query_value(QUERY).above(5)")
@validated
@dataclass(frozen=True, kw_only=True)
class QueryThreshold(QueryCondition):
    """The condition that a query over an existing metric stays beyond a limit."""

    query: Query
    """What is watched."""
    limit: Quantity
    """Limit, in the query's unit."""
    lasting: Lasting
    """How long it must be beyond the limit, whole minutes."""
    below: bool = False
    """Whether too little is bad. Default: too much is."""
    of: Query | None = None
    """Denominator, where the ratio of two queries is watched. Default: none."""
    missing: MissingData | None = None
    """What a gap in the data counts as: fine (INACTIVE), bad (ACTIVE), or the last value (NO_OP). Default: NO_OP."""

    def __post_init__(self) -> None:
        """Refuse units, durations and periods that the API refuses or that mean something else."""
        if self.of is None:
            self.query.require(self.limit)
        elif self.limit.unit != "1":
            raise QueryError(f"a ratio has the unit '1', the threshold {self.limit.unit!r}; give a part such as 0.05")
        elif self.of.alignment != self.query.alignment:
            raise QueryError("numerator and denominator of a ratio need the same alignment; give both the same")
        if self.lasting % minutes(1):
            raise QueryError(f"lasting is {api_duration(self.lasting)}; the API takes whole minutes")
        self._check_reachable()
        if self.missing is not None and not self.lasting:
            raise QueryError("missing data is judged only over a duration; give lasting at least one minute")

    def _check_reachable(self) -> None:
        """Refuse a limit that a part of a whole can never pass: 80 where 0.8 is meant."""
        summed = self.query.reducer == "REDUCE_SUM" or self.query.aligner in {"ALIGN_SUM", "ALIGN_RATE"}
        part = self.of is not None or (self.limit.unit == "10^2.%" and not summed)
        if part and self.limit.value >= 1 and not self.below:
            raise QueryError(
                f"limit is {self.limit.value:.12g} of a part between 0 and 1, which can never be above it; "
                f"give {self.limit.value / 100:.12g} for {self.limit.value:.12g} %"
            )

    @property
    def title(self) -> str:
        """For example `run.googleapis.com/container/cpu/utilizations above 0.8 for 5 minutes`."""
        metric = self.query.metric.type + (f" / {self.of.metric.type}" if self.of is not None else "")
        lasting = f" for {spoken(self.lasting)}" if self.lasting else ""
        unit = "" if self.limit.unit in {"1", "10^2.%"} else f" {self.limit.unit}"
        return f"{metric} {'below' if self.below else 'above'} {self.limit.value:.12g}{unit}{lasting}"

    def named(self, title: str) -> monitoring.AlertPolicyConditionArgs:
        """Return the condition as a `conditionThreshold` that is called `title`."""
        query, of = self.query, self.of
        return monitoring.AlertPolicyConditionArgs(
            display_name=title,
            condition_threshold=monitoring.AlertPolicyConditionConditionThresholdArgs(
                filter=query.filter,
                aggregations=[
                    monitoring.AlertPolicyConditionConditionThresholdAggregationArgs(
                        alignment_period=api_duration(query.alignment),
                        per_series_aligner=query.aligner,
                        cross_series_reducer=query.reducer,
                        group_by_fields=query.group_by_fields or None,
                    )
                ],
                denominator_filter=None if of is None else of.filter,
                denominator_aggregations=None
                if of is None
                else [
                    monitoring.AlertPolicyConditionConditionThresholdDenominatorAggregationArgs(
                        alignment_period=api_duration(of.alignment),
                        per_series_aligner=of.aligner,
                        cross_series_reducer=of.reducer,
                        group_by_fields=of.group_by_fields or None,
                    )
                ],
                comparison="COMPARISON_LT" if self.below else "COMPARISON_GT",
                threshold_value=self.limit.value,
                duration=api_duration(self.lasting),
                trigger=monitoring.AlertPolicyConditionConditionThresholdTriggerArgs(count=1),
                evaluation_missing_data=None if self.missing is None else f"EVALUATION_MISSING_DATA_{self.missing}",
            ),
        )

    def changed(
        self, *, above: float | Quantity | None, below: float | Quantity | None, lasting: timedelta | None
    ) -> "QueryThreshold":
        """Return the condition with another limit, on the same side, or another duration. Raises ValueError."""
        limit = one_side(above, below, wanted="below" if self.below else "above")
        if limit is not None and not isinstance(limit, Quantity):
            limit = Quantity(value=limit, unit=self.limit.unit)
        return replace(
            self,
            limit=self.limit if limit is None else limit,
            lasting=self.lasting if lasting is None else lasting,
        )

    def proof(self) -> Proof:
        """Return points beyond the limit, and points just within, for longer than the condition asks."""
        beyond, within = sides(self.limit.value, below=self.below)
        opens = self.lasting + self.query.alignment + minutes(2)

        def case(value: float) -> Case:
            if self.of is None:
                return Case(points=(_points(self.query, value),), lasting=opens + minutes(5))
            whole = 100.0
            return Case(
                points=(_points(self.query, whole * value), _points(self.of, whole)), lasting=opens + minutes(5)
            )

        return Proof(fires=case(beyond), stays_silent=case(within), opens_within=opens)


@offer("the absence of a query, such as absence(QUERY, lasting=minutes(5))")
@validated
@dataclass(frozen=True, kw_only=True)
class QueryAbsence(QueryCondition, Occurrence):
    """The condition that a query has no data, after it had some: for what always reports.

    A workload that is scaled to zero at night is absent every night: watch only what is always on.
    """

    query: Query
    """What is watched."""
    lasting: timedelta
    """How long there is no data, whole minutes from 2 minutes to 23.5 hours."""

    def __post_init__(self) -> None:
        """Refuse durations that the API refuses."""
        if not MIN_ABSENCE <= self.lasting <= MAX_ABSENCE or self.lasting % minutes(1):
            raise QueryError(f"absence is {api_duration(self.lasting)}; the API takes whole minutes, 120s to 84600s")

    @property
    def title(self) -> str:
        """For example `no run.googleapis.com/request_count for 10 minutes`."""
        return f"no {self.query.metric.type} for {spoken(self.lasting)}"

    def named(self, title: str) -> monitoring.AlertPolicyConditionArgs:
        """Return the condition as a `conditionAbsent` that is called `title`."""
        query = self.query
        return monitoring.AlertPolicyConditionArgs(
            display_name=title,
            condition_absent=monitoring.AlertPolicyConditionConditionAbsentArgs(
                filter=query.filter,
                aggregations=[
                    monitoring.AlertPolicyConditionConditionAbsentAggregationArgs(
                        alignment_period=api_duration(query.alignment),
                        per_series_aligner=query.aligner,
                        cross_series_reducer=query.reducer,
                        group_by_fields=query.group_by_fields or None,
                    )
                ],
                duration=api_duration(self.lasting),
                trigger=monitoring.AlertPolicyConditionConditionAbsentTriggerArgs(count=1),
            ),
        )

    def changed(
        self, *, above: float | Quantity | None, below: float | Quantity | None, lasting: timedelta | None
    ) -> Condition:
        """Return the condition with another duration. Raises ValueError for a threshold, which it does not have."""
        if above is not None or below is not None or lasting is None:
            return super().changed(above=above, below=below, lasting=None)
        return replace(self, lasting=lasting)

    def proof(self) -> Proof:
        """Return two cases: data that stops, and data that continues."""
        fed = (_points(self.query, 1.0),)
        return Proof(
            fires=Case(points=fed, lasting=minutes(5), then_silent=self.lasting + minutes(5)),
            stays_silent=Case(points=fed, lasting=self.lasting + minutes(10)),
            opens_within=minutes(5) + self.lasting + self.query.alignment + minutes(2),
        )


def _points(query: Query, aligned: float) -> Points:
    """Return points of one series whose aligned value is `aligned`."""
    per_minute = query.alignment / minutes(1)
    value = {
        "ALIGN_RATE": aligned * 60,
        "ALIGN_DELTA": aligned / per_minute,
        "ALIGN_SUM": aligned / per_minute,
    }.get(query.aligner, aligned)
    return Points(
        metric=query.metric,
        resource=query.resource,
        value=value,
        labels={name: _first(wanted) for name, wanted in query.where.items()},
        resource_labels={name: _first(wanted) for name, wanted in query.where_resource.items()},
        samples=10,
    )


def _first(wanted: str | tuple[str, ...]) -> str:
    return wanted if isinstance(wanted, str) else wanted[0]


@validated
@dataclass(frozen=True, kw_only=True)
class QueryValue(Measured):
    """The value of a query over an existing metric, or the quotient of two."""

    query: Query
    """What is watched."""
    of: Query | None = None
    """Denominator, where a ratio is watched. Default: none."""
    missing_data: MissingData | None = None
    """What a gap in the data counts as: fine (INACTIVE), bad (ACTIVE), or the last value (NO_OP). Default: NO_OP."""

    @property
    def unit(self) -> str:
        """The unit of the query; 1 for a ratio."""
        return self.query.unit if self.of is None else "1"

    def beyond(self, threshold: float, lasting: timedelta, *, below: bool) -> QueryThreshold:
        """Return the condition that the value is beyond `threshold` for `lasting`."""
        return QueryThreshold(
            query=self.query,
            limit=Quantity(value=threshold, unit=self.unit),
            lasting=lasting,
            below=below,
            of=self.of,
            missing=self.missing_data,
        )

    @validated
    def above(self, threshold: float, *, lasting: Lasting = minutes(0)) -> QueryThreshold:
        """Return the condition that the value is above `threshold` for `lasting`, for a `Policy`."""
        return self.beyond(threshold, lasting, below=False)

    @validated
    def below(self, threshold: float, *, lasting: Lasting = minutes(0)) -> QueryThreshold:
        """Return the condition that the value is below `threshold` for `lasting`, for a `Policy`."""
        return self.beyond(threshold, lasting, below=True)
