"""Signals over metrics that others emit: Google Cloud, a collector, an uptime check."""

from collections.abc import Sequence

from vigil_components.arguments import Duration, Name, NotNegative, Quantile, Window, validated
from vigil_components.durations import minutes
from vigil_components.queries import Query
from vigil_components.signals.counters import CounterGrowth, CounterRatio
from vigil_components.signals.distributions import DistributionQuantile
from vigil_components.signals.gauges import GaugeLevel, GaugeRatio, Reduce
from vigil_components.signals.missing import SeriesMissing
from vigil_components.signals.series import Series
from vigil_components.signals.shares import SampleRatio, Samples
from vigil_components.thresholds import MissingData, QueryAbsence, QueryValue


@validated
def level(
    of: Series,
    *,
    reduce: Reduce = "max",
    by: Sequence[Name] = (),
    smooth: bool = False,
    window: Window = minutes(5),
) -> GaugeLevel:
    """Return the value of a gauge, in the metric's unit, reduced over the labels that are not in `by`.

    With `smooth`, each series' mean over the window is taken first, against single outliers.
    """
    return GaugeLevel(of=of, reduce=reduce, by=tuple(by), smooth=smooth, window=window)


@validated
def level_ratio(
    part: Series,
    *,
    of: Series,
    rest: bool = False,
    by: Sequence[Name] = (),
    worst: bool = False,
    window: Window = minutes(5),
) -> GaugeRatio:
    """Return the gauge `part` divided by the gauge `of`, between 0 and 1, a line for each value of `by`.

    With `rest`, 1 less that: what is in use, where `part` is what is free. With `worst`, the largest `part` in the
    window divided by the smallest `of`: for gauges that are written seldom, such as once a day.
    """
    return GaugeRatio(part=part, whole=of, rest=rest, by=tuple(by), worst=worst, window=window)


@validated
def growth(of: Series, *, by: Sequence[Name] = (), window: Window = minutes(5)) -> CounterGrowth:
    """Return by how much a counter grew in the window, in the metric's unit, a line for each value of `by`."""
    return CounterGrowth(of=of, by=tuple(by), window=window)


@validated
def growth_ratio(
    part: Series, *, of: Series, at_least: NotNegative = 20, by: Sequence[Name] = (), window: Window = minutes(5)
) -> CounterRatio:
    """Return the growth of the counter `part` divided by that of the counter `of`, between 0 and 1.

    It is judged only while `of` grew by `at_least` in the window, a line for each value of `by`.
    """
    return CounterRatio(part=part, whole=of, at_least=at_least, by=tuple(by), window=window)


@validated
def sample_ratio(of: Samples, *, at_least: NotNegative = 20, window: Window = minutes(5)) -> SampleRatio:
    """Return the part of a distribution's samples that are bad by their labels, between 0 and 1.

    It is judged only while the window holds `at_least` samples.
    """
    return SampleRatio(of=of, at_least=at_least, window=window)


@validated
def series_quantile(
    q: Quantile, of: Series, *, by: Sequence[Name] = (), window: Window = minutes(5)
) -> DistributionQuantile:
    """Return the `q` quantile of a distribution, in the metric's unit, a line for each value of `by`."""
    return DistributionQuantile(q=q, of=of, by=tuple(by), window=window)


@validated
def missing(of: Series, *, window: Window = minutes(5), before: Window | None = None) -> SeriesMissing:
    """Return whether no such series had a point in the window: a scrape that fails, a part that is gone.

    With `before`, only where there was one in that time before the window. For what always reports.
    """
    return SeriesMissing(of=of, window=window, before=before)


@validated
def query_value(query: Query, *, of: Query | None = None, missing_data: MissingData | None = None) -> QueryValue:
    """Return the value of a query over a metric that exists before the stack does, or its quotient by `of`.

    `missing_data` says what a gap counts as: fine (INACTIVE), bad (ACTIVE), or the last value (NO_OP, the default).
    """
    return QueryValue(query=query, of=of, missing_data=missing_data)


@validated
def absence(query: Query, *, lasting: Duration) -> QueryAbsence:
    """Return the signal that a query has no data for `lasting`, 2 minutes to 23.5 hours, after it had some."""
    return QueryAbsence(query=query, lasting=lasting)
