"""Signals over gauges of others: the value, and the quotient of two."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from vigil_apimodel import promql
from vigil_apimodel.metrics import ValueType
from vigil_components.arguments import validated
from vigil_components.durations import minutes
from vigil_components.proofs import Case, Points, Proof, sides
from vigil_components.queries import QueryError
from vigil_components.signals.series import OneSeriesSignal, PartSignal
from vigil_components.signals.signal import EVALUATION, SHARE
from vigil_components.signals.words import measured
from vigil_components.sources import Source

Reduce = Literal["max", "min", "sum", "avg"]


@validated
@dataclass(frozen=True, kw_only=True)
class GaugeLevel(OneSeriesSignal):
    """The value of a gauge."""

    kind: ClassVar[str] = "gauge"
    reduce: Reduce = "max"
    """How series that differ in other labels than `by` become one. Default: their maximum."""
    smooth: bool = False
    """Whether each series' mean over the window is taken first, against single outliers. Default: no."""

    @property
    def share(self) -> bool:
        """Whether the metric is a share, unless series are added up."""
        return self.unit == SHARE and self.reduce != "sum"

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

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the reduced gauge."""
        inner = f"avg_over_time({self.of.text(window=self.window)})" if self.smooth else self.of.text()
        by = promql.grouping(self.by)
        return f"{self.reduce}{by} ({inner})"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return points beyond the threshold and just within."""
        beyond, within = sides(threshold, below=below)
        return self._proof((self.of.points(beyond),), (self.of.points(within),), lasting)


@validated
@dataclass(frozen=True, kw_only=True)
class GaugeRatio(PartSignal):
    """The quotient of two gauges, between 0 and 1."""

    kind: ClassVar[str] = "gauge"
    rest: bool = False
    """Whether the rest is watched, 1 less the quotient: what is used, where `part` is free. Default: no."""
    worst: bool = False
    """Whether the largest `part` in the window is divided by the smallest `whole`, and not the sums of now.

    For gauges that are written seldom: a query of now finds no point that is older than five minutes. Default: no.
    """

    def __post_init__(self) -> None:
        """Refuse what its base refuses, and the rest of the worst."""
        super().__post_init__()
        if self.rest and self.worst:
            raise QueryError("level_ratio: rest and worst do not go together; give the gauge of what is used as part")

    @property
    def title(self) -> str:
        """For example `1 - node_filesystem_avail_bytes / node_filesystem_size_bytes`."""
        return f"{'1 - ' if self.rest else ''}{self.part.metric.promql} / {self.whole.metric.promql}"

    @property
    def legend(self) -> str:
        """For example `all but node filesystem avail bytes, of node filesystem size bytes`."""
        part = measured(self.part.metric.promql)
        return f"{'all but ' if self.rest else ''}{part}, of {measured(self.whole.metric.promql)}"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series name all
        """Return the quotient of the sums, or of the worst."""
        by = promql.grouping(self.by, after=" ")
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
