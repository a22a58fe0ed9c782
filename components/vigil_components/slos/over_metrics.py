"""Indicators over any metric: of Google, of a Prometheus exporter, of OpenTelemetry, of your own code."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from pulumi_gcp import monitoring

from vigil_apimodel import promql
from vigil_apimodel.metrics import ValueType
from vigil_apimodel.syntax import quote
from vigil_components.arguments import Bounds, Positive, Window, validated
from vigil_components.durations import days, minutes, promql_duration, spoken
from vigil_components.logged import Logged
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Emission, Points, Proof
from vigil_components.queries import QueryError
from vigil_components.signals.counters import CounterRatio
from vigil_components.signals.series import Series
from vigil_components.signals.shares import Samples
from vigil_components.signals.signal import SignalThreshold, number
from vigil_components.sources import Source


class SeriesIndicator:
    """The base of indicators that count what others counted: they make no metrics and no events."""

    @property
    @abstractmethod
    def title(self) -> str:
        """What is good, in words."""

    @property
    def event(self) -> Logged | None:
        """None: the metric is one of others."""
        return None

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:  # noqa: ARG002 - its metric exists without us
        """Return none that the stack would have to make."""
        return ()

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:  # noqa: ARG002 - it counts no events
        """Return none: it counts no events."""
        return ()

    @abstractmethod
    def points(self, per_minute: float, part: float) -> tuple[Points, ...]:
        """Return points of which `part` is bad, for proofs."""

    def native(self, source: Source) -> dict[str, object]:  # noqa: ARG002 - see below
        """Raise ValueError: of what others measure, Monitoring's own objectives judge less than PromQL does."""
        raise ValueError(
            f"{self.title}: Monitoring's own SLO pages cannot judge this indicator; leave console_slos off for this "
            "service"
        )


@validated
@dataclass(frozen=True, kw_only=True)
class SampleAvailability(SeriesIndicator):
    """The part of a distribution's samples that are not bad."""

    samples: Samples
    """Samples, and which of them are bad."""

    @property
    def title(self) -> str:
        """For example `http.server.request.duration without error.type 500`."""
        return self.samples.title.replace(" with ", " without ", 1)

    def bad_part(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        """Return the quotient of the rates."""
        return self.samples.part(window)

    def events(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        """Return the samples of the window."""
        return self.samples.counted(window, "increase")

    def points(self, per_minute: float, part: float) -> tuple[Points, ...]:
        """Return samples of which `part` is bad."""
        return self.samples.points(per_minute, part)


@validated
@dataclass(frozen=True, kw_only=True)
class SampleLatency(SeriesIndicator):
    """The part of a distribution's samples that are at most so large: requests of others that are quick enough."""

    of: Series
    """Series of a distribution."""
    at_most: Positive
    """Limit, in the metric's unit, and one of `bounds`: nobody knows how many samples lie below a point between two."""
    bounds: Bounds
    """Bounds of the distribution's buckets, rising, as whoever writes it has set them.

    If they differ from those of the metric, no bucket has the limit, and every sample counts as bad: the alert opens.
    """

    def __post_init__(self) -> None:
        """Refuse what is no distribution, bounds that do not rise, and a limit within a bucket."""
        metric = self.of.metric
        if metric.value_type is not ValueType.DISTRIBUTION:
            raise QueryError(f"{metric.type} is no distribution: use good_windows over level or growth_ratio")
        if not self.bounds or any(one >= after for one, after in zip(self.bounds, self.bounds[1:], strict=False)):
            raise ValueError(f"bounds are {_listed(self.bounds) or 'empty'}; give the bounds of the buckets, rising")
        if self.at_most not in self.bounds:
            near = sorted(sorted(self.bounds, key=lambda bound: abs(bound - self.at_most))[:4])
            raise ValueError(
                f"at_most is {number(self.at_most)}, which is not one of the bounds of {metric.type}; the nearest are "
                f"{_listed(near)}"
            )

    @property
    def title(self) -> str:
        """For example `http.server.request.duration at most 0.5 s`."""
        return f"{self.of.narrowed} at most {number(self.at_most)} {self.of.metric.unit}".strip()

    def bad_part(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        """Return what is left of 1 without the samples up to the bound; all of it where no bucket has the bound."""
        quick = promql.selector(
            f"{self.of.metric.promql}_bucket", [*self.of.matchers(), f'le="{number(self.at_most)}"']
        )
        quick_rate = f"(sum(rate({quick}[{promql_duration(window)}])) or vector(0))"
        return f"1 - {quick_rate} / sum(rate({self.of.text('_count', window)}))"

    def events(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series names all
        """Return the samples of the window."""
        return f"sum(increase({self.of.text('_count', window)}))"

    def points(self, per_minute: float, part: float) -> tuple[Points, ...]:
        """Return samples well within the limit, and a part well beyond."""
        slow = round(per_minute * part)
        quick = self.of.points(self.at_most / 2, max(round(per_minute) - slow, 1))
        return (replace(quick, other_value=self.at_most * 2, other_samples=slow, bounds=self.bounds),)

    def native(self, source: Source) -> dict[str, object]:  # noqa: ARG002 - the series names all
        """Return a request-based cut of the distribution."""
        cut = monitoring.SloRequestBasedSliDistributionCutArgs(
            distribution_filter=_filter(self.title, self.of),
            range=monitoring.SloRequestBasedSliDistributionCutRangeArgs(min=0, max=self.at_most),
        )
        return {"request_based_sli": monitoring.SloRequestBasedSliArgs(distribution_cut=cut)}


def _filter(title: str, of: Series) -> str:
    """Return the filter of a series as Monitoring's own objectives take it. Raises ValueError where they cannot."""
    if of.unless:
        raise ValueError(
            f"{title}: Monitoring's own SLO pages cannot leave label values out; leave console_slos off for this "
            "service"
        )
    one = {name: value for name, value in of.where_resource.items() if isinstance(value, str)}
    if len(one) < len(of.where_resource):
        raise ValueError(
            f"{title}: Monitoring's own SLO pages take one value of a label; leave console_slos off for this service"
        )
    wanted = [f"metric.type={quote(of.metric.type)}", f"resource.type={quote(of.resource)}"]
    for kind, labels in (("metric", of.where), ("resource", one)):
        wanted += [f"{kind}.label.{quote(name)}={quote(value)}" for name, value in sorted(labels.items())]
    return " ".join(wanted)


def _listed(bounds: Sequence[float]) -> str:
    return ", ".join(number(bound) for bound in bounds)


@validated
@dataclass(frozen=True, kw_only=True)
class CounterAvailability(SeriesIndicator):
    """The part of a counter's growth that is not bad: requests of a load balancer, attempts of a queue, rows, bytes."""

    ratio: CounterRatio
    """What is bad, as a part of what: `growth_ratio(bad, of=total)`."""

    def __post_init__(self) -> None:
        """Refuse a ratio by labels: an objective is one number. Raises ValueError."""
        if self.ratio.by:
            raise ValueError(f"ratio is by {', '.join(self.ratio.by)}; leave by out, since an objective is one number")

    @property
    def title(self) -> str:
        """For example `requests_total without requests_total where code=500`."""
        return f"{self.ratio.whole.narrowed} without {self.ratio.part.narrowed}"

    def bad_part(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series name all
        """Return the quotient of the rates; a bad part that nobody ever wrote is 0."""
        part, whole = self.ratio.part.text(window=window), self.ratio.whole.text(window=window)
        return f"(sum(rate({part})) or vector(0)) / sum(rate({whole}))"

    def events(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - the series name all
        """Return the growth of the whole."""
        return f"sum(increase({self.ratio.whole.text(window=window)}))"

    def points(self, per_minute: float, part: float) -> tuple[Points, ...]:
        """Return growth of which `part` is bad."""
        return self.ratio.grown_points(per_minute, part)

    def native(self, source: Source) -> dict[str, object]:  # noqa: ARG002 - the series name all
        """Return a request-based ratio of the bad part and the whole."""
        ratio = monitoring.SloRequestBasedSliGoodTotalRatioArgs(
            bad_service_filter=_filter(self.title, self.ratio.part),
            total_service_filter=_filter(self.title, self.ratio.whole),
        )
        return {"request_based_sli": monitoring.SloRequestBasedSliArgs(good_total_ratio=ratio)}


@validated
@dataclass(frozen=True, kw_only=True)
class SignalWindows:
    """The part of the windows of time in which a signal stays within a bound.

    For everything that is measured rather than counted: latency of a distribution, age of data, lag of a replica, rows
    that do not add up. A window with too little traffic for the signal is neither good nor bad.
    """

    bad: SignalThreshold
    """When a window is bad: `signal.beyond(0.5, minutes(0), below=False)`, or the function `good_windows`."""
    window: Window = minutes(5)
    """Time between two judgements: at least a minute, and it divides a day evenly. Default: 5 minutes."""

    def __post_init__(self) -> None:
        """Refuse a window that does not divide a day. Raises ValueError."""
        if self.window < minutes(1) or days(1) % self.window:
            raise ValueError(f"window is {spoken(self.window)}; give at least a minute that divides a day evenly")

    @property
    def title(self) -> str:
        """For example `5 minutes without p95 of latency above 0.5`."""
        return f"{spoken(self.window)} without {self.bad.title}"

    @property
    def event(self) -> Logged | None:
        """The signal's event; None where it is a metric of others."""
        return self.bad.event

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the signal's metrics."""
        return self.bad.metrics(source)

    def bad_part(self, source: Source, window: timedelta) -> str:
        """Return the mean over the windows of whether each was bad; a window shorter than one is one."""
        signal, side = self.bad.signal, "<" if self.bad.below else ">"
        judged = f"({signal.promql(source)}) {side} bool {number(self.bad.threshold)}"
        guard = signal.guard(source)
        if guard is not None:  # with enough traffic, a number that nothing was written of is good
            judged = f"(({judged}) and ({guard})) or ({guard}) * 0"
        outer, step = promql_duration(max(window, self.window)), promql_duration(self.window)
        return f"avg_over_time(max({judged})[{outer}:{step}])"

    def events(self, source: Source, window: timedelta) -> str:  # noqa: ARG002 - as below
        """Return nothing: the signal itself says when there is too little traffic to judge."""
        return ""

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:  # noqa: ARG002 - see `proof`
        """Return none: the signal makes its own cases."""
        return ()

    def proof(self, lasting: timedelta, opens_within: timedelta) -> Proof:
        """Return the signal's own proof, each case for so long that the budget burns."""
        own = self.bad.proof()
        return Proof(
            fires=_for(own.fires, lasting), stays_silent=_for(own.stays_silent, lasting), opens_within=opens_within
        )

    def native(self, source: Source) -> dict[str, object]:  # noqa: ARG002 - see below
        """Raise ValueError: Monitoring's own objectives take no PromQL."""
        raise ValueError(
            f"{self.title}: Monitoring's own SLO pages take no PromQL; leave console_slos off for this service"
        )


def _for(case: Case, lasting: timedelta) -> Case:
    return replace(case, lasting=max(lasting, case.lasting))
