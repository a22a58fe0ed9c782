"""Service level indicators: what part of the events, or of the windows, is bad."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from pulumi_gcp import monitoring

from vigil_components.arguments import Fraction, Positive, Window, validated
from vigil_components.durations import api_duration, minutes, promql_duration, spoken
from vigil_components.logged import Logged, declared, field_of
from vigil_components.metrics import Buckets, MetricSpec, bounds, default_buckets
from vigil_components.proofs import Emission
from vigil_components.signals.labels import measure_of, refuse_part_of_itself
from vigil_components.signals.signal import number
from vigil_components.sources import Source
from vigil_telemetry.arguments import offer


@offer("an indicator such as Availability(bad=OrderRejected, total=OrderReceived)")
@runtime_checkable
class Indicator(Protocol):
    """A part between 0 and 1 that is bad, over any window."""

    @property
    def title(self) -> str:
        """What is good, in words."""
        ...

    @property
    def event(self) -> Logged | None:
        """The event whose lines explain what is bad; None where the metric is one of others."""
        ...

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the metrics that the queries read."""
        ...

    def bad_part(self, source: Source, window: timedelta) -> str:
        """Return, as PromQL, the part of the last `window` that was bad."""
        ...

    def events(self, source: Source, window: timedelta) -> str:
        """Return, as PromQL, how many events the last `window` holds, for the guard against too little traffic."""
        ...

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:
        """Return events of which `part` is bad, for proofs."""
        ...

    def native(self, source: Source) -> dict[str, object]:
        """Return the indicator as the SLO resource of Monitoring takes it: one keyword argument of SloArgs."""
        ...


def _filter(spec: MetricSpec) -> str:
    return f'metric.type="{spec.type}" resource.type="{spec.source.resource_type}"'


@validated
@dataclass(frozen=True, kw_only=True)
class Availability:
    """The part of some events that are not bad."""

    bad: Logged
    """Event that is bad."""
    total: Logged
    """Event of which it is a part."""

    def __post_init__(self) -> None:
        """Refuse an event that is a part of itself. Raises ValueError."""
        refuse_part_of_itself("bad", self.bad, self.total, declared(self.total).name)

    @property
    def title(self) -> str:
        """Its title, for example `http.request.completed without http.request.failed`."""
        return f"{declared(self.total).name} without {declared(self.bad).name}"

    @property
    def event(self) -> Logged:
        """The bad event."""
        return self.bad

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counters of both events."""
        return (MetricSpec(source=source, event=self.bad), MetricSpec(source=source, event=self.total))

    def bad_part(self, source: Source, window: timedelta) -> str:
        """Return the quotient of two rates."""
        bad, total = (spec.selector() for spec in self.metrics(source))
        range_ = promql_duration(window)
        return f"sum(rate({bad}[{range_}])) / sum(rate({total}[{range_}]))"

    def events(self, source: Source, window: timedelta) -> str:
        """Return the increase of all events."""
        return f"sum(increase({self.metrics(source)[1].selector()}[{promql_duration(window)}]))"

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:
        """Return all events, and the bad among them."""
        return (
            Emission(event=self.total, per_minute=per_minute),
            Emission(event=self.bad, per_minute=per_minute * part),
        )

    def native(self, source: Source) -> dict[str, object]:
        """Return a request-based ratio of bad to total."""
        bad, total = self.metrics(source)
        ratio = monitoring.SloRequestBasedSliGoodTotalRatioArgs(
            bad_service_filter=_filter(bad), total_service_filter=_filter(total)
        )
        return {"request_based_sli": monitoring.SloRequestBasedSliArgs(good_total_ratio=ratio)}


@validated
@dataclass(frozen=True, kw_only=True)
class Latency:
    """The part of some events that take no longer than a limit."""

    of: Logged
    """Event that has the measure."""
    measure: str
    """Measure of the event, such as `duration`."""
    at_most: Positive
    """Limit, in the measure's unit: a bound of the buckets, since nobody knows how many events lie between two."""
    buckets: Buckets | None = None
    """Buckets of the distribution. Default: those of the measure's unit."""

    def __post_init__(self) -> None:
        """Refuse a measure that the event does not have, and a limit within a bucket. Raises ValueError."""
        measure_of("latency", self.of, self.measure)
        known = bounds(self.buckets or default_buckets(field_of(declared(self.of), self.measure).unit))
        if not any(number(bound) == number(self.at_most) for bound in known):
            near = sorted(known, key=lambda bound: abs(bound - self.at_most))[:4]
            raise ValueError(
                f"latency of {declared(self.of).name}.{self.measure}: at_most is {number(self.at_most)}, which is no "
                f"bound of its buckets; the nearest are {', '.join(number(bound) for bound in sorted(near))}"
            )

    @property
    def title(self) -> str:
        """For example `http.request.completed with duration at most 0.5 s`."""
        unit = field_of(declared(self.of), self.measure).unit
        return f"{declared(self.of).name} with {self.measure} at most {number(self.at_most)} {unit}"

    @property
    def event(self) -> Logged:
        """The measured event."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the distribution of the measure."""
        return (MetricSpec(source=source, event=self.of, measure=self.measure, buckets=self.buckets),)

    def bad_part(self, source: Source, window: timedelta) -> str:
        """Return what is left of 1 without the events up to the bound."""
        spec, range_ = self.metrics(source)[0], promql_duration(window)
        within = spec.selector(f'le="{number(self.at_most)}"', "_bucket")
        return f"1 - sum(rate({within}[{range_}])) / sum(rate({spec.selector(suffix='_count')}[{range_}]))"

    def events(self, source: Source, window: timedelta) -> str:
        """Return the increase of the distribution's count."""
        return f"sum(increase({self.metrics(source)[0].selector(suffix='_count')}[{promql_duration(window)}]))"

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:
        """Return events well within the limit, and some well beyond."""
        return (
            Emission(event=self.of, per_minute=per_minute * (1 - part), fields={self.measure: self.at_most / 2}),
            Emission(event=self.of, per_minute=per_minute * part, fields={self.measure: self.at_most * 2}),
        )

    def native(self, source: Source) -> dict[str, object]:
        """Return a request-based cut of the distribution."""
        cut = monitoring.SloRequestBasedSliDistributionCutArgs(
            distribution_filter=_filter(self.metrics(source)[0]),
            range=monitoring.SloRequestBasedSliDistributionCutRangeArgs(min=0, max=self.at_most),
        )
        return {"request_based_sli": monitoring.SloRequestBasedSliArgs(distribution_cut=cut)}


@validated
@dataclass(frozen=True, kw_only=True)
class GoodWindows:
    """The part of the windows of time in which few events are bad.

    For traffic that comes in bursts: a burst of failures costs the windows it falls into, however many events it has.
    """

    of: Availability | Latency
    """What is good or bad about an event."""
    bad_at_most: Fraction
    """Part of a window's events that may be bad, between 0 and 1."""
    window: Window = minutes(5)
    """Length of a window: at least a minute, and it divides a day evenly. Default: 5 minutes."""

    def __post_init__(self) -> None:
        """Refuse what is no part, and a window that the API does not take."""
        if not 0 < self.bad_at_most < 1:
            raise ValueError(f"bad_at_most is {self.bad_at_most}; give a part between 0 and 1, such as 0.05")
        if self.window < minutes(1) or timedelta(days=1) % self.window:
            raise ValueError(f"window is {spoken(self.window)}; give at least a minute that divides a day evenly")

    @property
    def title(self) -> str:
        """For example `5 minutes with at most 0.05 bad: ...`."""
        return f"{spoken(self.window)} with at most {number(self.bad_at_most)} bad, of {self.of.title}"

    @property
    def event(self) -> Logged:
        """The inner indicator's event."""
        return self.of.event

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the inner indicator's metrics."""
        return self.of.metrics(source)

    def bad_part(self, source: Source, window: timedelta) -> str:
        """Return the mean over the windows of whether each was bad; a window shorter than one is one."""
        inner, step = self.of.bad_part(source, self.window), promql_duration(self.window)
        outer = promql_duration(max(window, self.window))
        return f"avg_over_time((({inner}) > bool {number(self.bad_at_most)})[{outer}:{step}])"

    def events(self, source: Source, window: timedelta) -> str:
        """Return the inner indicator's events."""
        return self.of.events(source, window)

    def emissions(self, per_minute: float, part: float) -> tuple[Emission, ...]:
        """Return every window bad where `part` is more than half, else none: just within what a window allows."""
        inner = min(self.bad_at_most * 2, (1 + self.bad_at_most) / 2) if part > 0.5 else self.bad_at_most * 0.93  # noqa: PLR2004 - half
        return self.of.emissions(per_minute, inner)

    def native(self, source: Source) -> dict[str, object]:
        """Return windows judged by a performance threshold over the inner indicator."""
        inner = self.of.native(source)["request_based_sli"]
        assert isinstance(inner, monitoring.SloRequestBasedSliArgs)  # noqa: S101 - what both inner kinds return
        performance = _performance(self.of, source)
        threshold = monitoring.SloWindowsBasedSliGoodTotalRatioThresholdArgs(
            threshold=1 - self.bad_at_most, performance=performance
        )
        return {
            "windows_based_sli": monitoring.SloWindowsBasedSliArgs(
                window_period=api_duration(self.window), good_total_ratio_threshold=threshold
            )
        }


def _performance(
    of: Availability | Latency, source: Source
) -> monitoring.SloWindowsBasedSliGoodTotalRatioThresholdPerformanceArgs:
    match of:
        case Availability():
            bad, total = of.metrics(source)
            ratio = monitoring.SloWindowsBasedSliGoodTotalRatioThresholdPerformanceGoodTotalRatioArgs(
                bad_service_filter=_filter(bad), total_service_filter=_filter(total)
            )
            return monitoring.SloWindowsBasedSliGoodTotalRatioThresholdPerformanceArgs(good_total_ratio=ratio)
        case Latency():
            cut = monitoring.SloWindowsBasedSliGoodTotalRatioThresholdPerformanceDistributionCutArgs(
                distribution_filter=_filter(of.metrics(source)[0]),
                range=monitoring.SloWindowsBasedSliGoodTotalRatioThresholdPerformanceDistributionCutRangeArgs(
                    min=0, max=of.at_most
                ),
            )
            return monitoring.SloWindowsBasedSliGoodTotalRatioThresholdPerformanceArgs(distribution_cut=cut)
