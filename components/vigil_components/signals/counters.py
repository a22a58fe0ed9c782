"""Signals over counters of others: the growth, and the part of one that another is."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar

from vigil_apimodel import promql
from vigil_components.arguments import NotNegative, validated
from vigil_components.durations import minutes, spoken
from vigil_components.proofs import Points, Proof, dropping, grown, sides
from vigil_components.signals.series import OneSeriesSignal, PartSignal
from vigil_components.signals.signal import enough, number
from vigil_components.signals.words import measured
from vigil_components.sources import Source
from vigil_telemetry.arguments import offer


@validated
@dataclass(frozen=True, kw_only=True)
class CounterGrowth(OneSeriesSignal):
    """By how much a counter grew in the window."""

    kind: ClassVar[str] = "counter"

    @property
    def title(self) -> str:
        """For example `temporal_workflow_failed_total in 10 minutes`."""
        return f"{self.of.metric.promql} in {spoken(self.window)}"

    @property
    def legend(self) -> str:
        """For example `Temporal workflow failed in 10 minutes`."""
        return f"{measured(self.of.metric.promql)} in {spoken(self.window)}"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the summed increase."""
        by = promql.grouping(self.by)
        return f"sum{by} (increase({self.of.text(window=self.window)}))"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return growth that fills the window beyond the threshold, or just within."""
        beyond, within = grown(threshold, self.window, below=below)
        proof = self._proof((self.of.points(beyond),), (self.of.points(within),), lasting)
        if below:
            return dropping(proof.fires, proof.stays_silent, window=self.window, opens=proof.opens_within)
        return proof


@offer("a ratio such as growth_ratio(FAILED, of=ALL)")
@validated
@dataclass(frozen=True, kw_only=True)
class CounterRatio(PartSignal):
    """The part of a counter's growth that another's is, between 0 and 1."""

    kind: ClassVar[str] = "counter"
    at_least: NotNegative = 20
    """Growth of the whole in the window before the ratio means anything. Default: 20."""

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

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series name all
        """Return the quotient of the rates."""
        by = promql.grouping(self.by, after=" ")
        part, whole = self.part.text(window=self.window), self.whole.text(window=self.window)
        return f"sum{by}(rate({part})) / sum{by}(rate({whole}))"

    @property
    def minimum(self) -> str:
        """How much the whole must grow, in words."""
        return enough(self.at_least, f"of `{self.whole.metric.promql}`", self.window)

    def guard(self, source: Source) -> str | None:  # noqa: ARG002 - the series name all
        """Return enough growth in the window."""
        by = promql.grouping(self.by, after=" ")
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
