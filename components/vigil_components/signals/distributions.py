"""A signal over distributions of others: a quantile."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from vigil_apimodel import promql
from vigil_components.arguments import Quantile, validated
from vigil_components.proofs import Proof, sides
from vigil_components.signals.series import OneSeriesSignal
from vigil_components.signals.signal import SHARE, number
from vigil_components.signals.words import measured
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class DistributionQuantile(OneSeriesSignal):
    """A quantile of a distribution, in the metric's unit."""

    kind: ClassVar[str] = "distribution"
    q: Quantile = 0.95
    """Quantile between 0 and 1. Default: 0.95."""

    @property
    def share(self) -> bool:
        """Whether the metric is a share."""
        return self.unit == SHARE

    @property
    def title(self) -> str:
        """For example `p95 of temporal_activity_execution_latency`."""
        return f"p{number(self.q * 100)} of {self.of.metric.promql}"

    @property
    def legend(self) -> str:
        """For example `p95 of Temporal activity execution latency`."""
        return f"p{number(self.q * 100)} of {measured(self.of.metric.promql)}"

    def promql(self, source: Source) -> str:  # noqa: ARG002 - the series names all
        """Return the quantile of the buckets' rates."""
        by = promql.grouping(("le", *self.by))
        inner = f"sum{by} (rate({self.of.text('_bucket', self.window)}))"
        return f"histogram_quantile({number(self.q)}, {inner})"

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return samples all beyond the threshold, or all just within, in buckets finer than the margin between."""
        beyond, within = sides(threshold, below=below)
        return self._proof((self.of.points(beyond, 60),), (self.of.points(within, 60),), lasting)
