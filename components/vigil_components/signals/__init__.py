"""What an alert watches and a chart shows: values over events, said without naming a metric.

A signal names event types; which metrics it needs, and its PromQL, follow once the source is known. The same object
makes the condition of the alert, the line of the chart and the proof, so none of them can disagree.
"""

from datetime import timedelta

from vigil_components.arguments import validated
from vigil_components.durations import minutes
from vigil_components.metrics import Buckets
from vigil_components.signals.counts import Count, Rate
from vigil_components.signals.labels import UnknownLabelError, Where
from vigil_components.signals.quantiles import Quantile
from vigil_components.signals.ratios import Ratio
from vigil_components.signals.series import (
    Growth,
    GrowthRatio,
    Level,
    LevelRatio,
    Missing,
    Series,
    SeriesQuantile,
)
from vigil_components.signals.signal import Beyond, Signal
from vigil_components.signals.totals import Lost, Silence, Total
from vigil_telemetry import Event

__all__ = [
    "Beyond",
    "Count",
    "Growth",
    "GrowthRatio",
    "Level",
    "LevelRatio",
    "Lost",
    "Missing",
    "Quantile",
    "Rate",
    "Ratio",
    "Series",
    "SeriesQuantile",
    "Signal",
    "Silence",
    "Total",
    "UnknownLabelError",
    "Where",
    "count",
    "quantile",
    "rate",
    "ratio",
]


@validated
def ratio(bad: type[Event], *, of: type[Event], window: timedelta = minutes(5), at_least: float = 20) -> Ratio:
    """The part of ``of`` that is ``bad``; see Ratio."""
    return Ratio(bad=bad, of=of, window=window, at_least=at_least)


@validated
def count(of: type[Event], *, window: timedelta = minutes(5), where: Where | None = None) -> Count:
    """How many events the window holds; see Count."""
    return Count(of=of, window=window, where=where or {})


@validated
def rate(
    of: type[Event], *, by: tuple[str, ...] = (), window: timedelta = minutes(5), where: Where | None = None
) -> Rate:
    """Events a second; see Rate."""
    return Rate(of=of, by=by, window=window, where=where or {})


@validated
def quantile(
    q: float,
    of: type[Event],
    measure: str,
    *,
    window: timedelta = minutes(5),
    where: Where | None = None,
    at_least: float = 20,
    buckets: Buckets | None = None,
) -> Quantile:
    """The ``q`` quantile of a measure; see Quantile. ``buckets`` other than the unit's are for finer limits."""
    return Quantile(q=q, of=of, measure=measure, window=window, where=where or {}, at_least=at_least, buckets=buckets)
