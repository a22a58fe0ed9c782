"""Objectives: an indicator, a goal, a period, and the alerts that guard the error budget between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeAlias

from vigil_components.arguments import Duration, Id, PositiveCount, RunbookId, Window, validated
from vigil_components.conditions import AlertSpec, PromqlCondition
from vigil_components.durations import days, minutes, seconds, spoken
from vigil_components.logged import Logged
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import CLEAR, NEAR_MISS, Case, ExtraCase, Proof, trickle
from vigil_components.queries import Quantity, in_unit
from vigil_components.severity import AlertSeverity
from vigil_components.signals.labels import measure_of
from vigil_components.signals.over_metrics import growth_ratio
from vigil_components.signals.series import Series
from vigil_components.signals.signal import NumberSignal
from vigil_components.slos.over_metrics import CounterAvailability, SampleLatency, SeriesIndicator, SignalWindows
from vigil_components.slos.slis import Availability, GoodWindows, Indicator, Latency
from vigil_components.slos.windows import PAGE_WINDOWS, TICKET_WINDOWS, BurnWindow, plain
from vigil_components.sources import Source
from vigil_telemetry.arguments import Constraint, offer

Goal: TypeAlias = Annotated[
    str,
    Constraint(lambda value: bool(value.strip()), "write the part that must be good as '99.5%' or '0.995'"),
]
"""A goal as people write it, with its sign: `99.5%`. A text, because a float holds 99.5 % only nearly."""

MAX_GOAL = Decimal("0.9999")
"""Highest goal that the API takes
(https://docs.cloud.google.com/monitoring/api/ref_v3/rest/v3/services.serviceLevelObjectives)."""


TWICE, MORE, HEAVY = 2, 4, 10
"""By what factor a proof raises the traffic before a slow burn, a quick burn, and a burn with little traffic."""


@offer("an objective such as availability(bad=OrderRejected, total=OrderReceived, ...)")
@validated
@dataclass(frozen=True, kw_only=True)
class Slo:
    """An objective: how much of what an indicator looks at is good, over how long."""

    name: Id
    """Name, unique within the service: part of the names of its alerts."""
    indicator: Indicator
    """What is good or bad."""
    goal: Decimal
    """Part that must be good: an exact decimal, more than 0 and at most 0.9999."""
    runbook: RunbookId
    """Id of the page that says what to do when the budget burns."""
    period: Duration = days(28)
    """Period of the objective, whole days up to 30. Default: 28 days."""
    at_least: PositiveCount = 100
    """Events that the long window of an alert must hold before its burn rate means anything. Default: 100."""

    def __post_init__(self) -> None:
        """Refuse what the API refuses, and a goal so low that an alert could never open."""
        if not 0 < self.goal <= MAX_GOAL:
            raise ValueError(
                f"SLO {self.name!r}: goal is {self.goal}; give more than 0, at most {MAX_GOAL} (99.99 %)"
                f"{_percent(self.goal)}"
            )
        if self.period % days(1) or not days(1) <= self.period <= days(30):
            raise ValueError(f"SLO {self.name!r}: period is {self.period}; give whole days, 1 to 30")
        fastest = max(window.rate(self.period) for window in PAGE_WINDOWS)
        if fastest * self.budget >= 1:
            raise ValueError(
                f"SLO {self.name!r}: with a goal of {self.goal} the fast burn alert needs {fastest * self.budget:.0%} "
                f"of all events to be bad, so it can never open. Give a goal above {1 - 1 / fastest:.4f}"
            )

    @property
    def budget(self) -> Decimal:
        """The part that may be bad."""
        return 1 - self.goal

    @property
    def title(self) -> str:
        """The objective in words."""
        return f"{plain(self.goal * 100)} % of {self.indicator.title}, {spoken(self.period)}"

    @property
    def budget_title(self) -> str:
        """What a chart of the budget is called: short enough for a tile."""
        return f"Error budget of {self.name}: {plain(self.goal * 100)} % in {spoken(self.period)}"

    def budget_left(self, source: Source) -> str:
        """Return, as PromQL, the part of the error budget that is left: 1 at the start, below 0 once overspent."""
        return f"1 - ({self.indicator.bad_part(source, self.period)}) / {plain(self.budget)}"

    def alerts(self) -> tuple[AlertSpec, AlertSpec]:
        """Return a page for a fast burn and a ticket for a slow one."""
        return (
            AlertSpec(
                name=f"{self.name}-burns-fast",
                condition=BurnRate(slo=self, windows=PAGE_WINDOWS),
                severity=AlertSeverity.PAGE,
                summary=f"The error budget of {self.name} is burning fast",
                runbook=self.runbook,
            ),
            AlertSpec(
                name=f"{self.name}-burns-slowly",
                condition=BurnRate(slo=self, windows=TICKET_WINDOWS),
                severity=AlertSeverity.TICKET,
                summary=f"The error budget of {self.name} will not last",
                runbook=self.runbook,
            ),
        )


@validated
@dataclass(frozen=True, kw_only=True)
class BurnRate(PromqlCondition):
    """The condition that the error budget burns too fast in one of several pairs of windows.

    It holds only while the long window and the short one both burn too fast, so it ends soon after recovery. It is
    PromQL: Monitoring's own burn-rate selector looks back at most 24 hours, which three days are not.
    """

    slo: Slo
    """The objective whose budget it guards."""
    windows: tuple[BurnWindow, ...]
    """The pairs of windows, of which one is enough."""

    @property
    def title(self) -> str:
        """For example `the error budget of availability burns too fast: 13.44 times over 1 hour or ...`."""
        rates = [plain(Decimal(f"{window.rate(self.slo.period):.4g}")) for window in self.windows]
        parts = [f"{rate} times over {spoken(window.long)}" for rate, window in zip(rates, self.windows, strict=True)]
        return f"the error budget of {self.slo.name} burns too fast: {' or '.join(parts)}"

    @property
    def event(self) -> Logged | None:
        """The event behind the indicator; None where there is none."""
        return self.slo.indicator.event

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the indicator's metrics."""
        return self.slo.indicator.metrics(source)

    def limit(self, window: BurnWindow) -> Decimal:
        """Return the part that may be bad in `window` and its short twin."""
        return window.rate(self.slo.period) * self.slo.budget

    def promql(self, source: Source) -> str:
        """Return either pair of windows, each guarded against too little traffic in its long window."""
        indicator = self.slo.indicator
        return " or ".join(
            f"(({indicator.bad_part(source, window.long)}) > {plain(self.limit(window))}"
            f" and ({indicator.bad_part(source, window.short)}) > {plain(self.limit(window))}"
            f"{self._guard(source, window)})"
            for window in self.windows
        )

    def _guard(self, source: Source, window: BurnWindow) -> str:
        events = self.slo.indicator.events(source, window.long)
        return f" and {events} >= {self.slo.at_least}" if events else ""

    def proof(self) -> Proof:
        """Return a part half as much again as the first pair allows, and one just within what the mildest allows."""
        first = self.windows[0]
        fast, mildest = float(self.limit(first)), float(min(self.limit(window) for window in self.windows))
        indicator = self.slo.indicator
        if isinstance(indicator, SignalWindows):
            return indicator.proof(first.long + minutes(10), first.long + minutes(5))
        # a point holds a whole number of samples: one more in the first minute must not lift a near miss over the limit
        several = 40 if isinstance(indicator, SeriesIndicator) else 4
        per_minute = max(4 * self.slo.at_least / (first.long / minutes(1)), several / mildest, 10)

        def case(part: float) -> Case:
            return Case(
                emissions=indicator.emissions(per_minute, part),
                points=indicator.points(per_minute, part) if isinstance(indicator, SeriesIndicator) else (),
                lasting=first.long + minutes(10),
            )

        certain = 1.0 if isinstance(indicator, GoodWindows) else min(fast * 1.5, (1 + fast) / 2)
        slowest = self.windows[-1].long
        few = indicator.emissions(trickle(self.slo.at_least, slowest), 1.0)
        if isinstance(indicator, SeriesIndicator):
            return Proof(
                fires=case(certain), stays_silent=case(mildest * NEAR_MISS), opens_within=first.long + minutes(5)
            )
        return Proof(
            fires=case(certain),
            stays_silent=case(mildest * NEAR_MISS),
            opens_within=first.long + minutes(5),
            too_little=Case(emissions=few, lasting=slowest * 1.5),  # twice the window would hold enough
            extra_cases=() if isinstance(indicator, GoodWindows) else tuple(self._pairs(per_minute)),
        )

    def _pairs(self, per_minute: float) -> Iterator[ExtraCase]:
        """Return each pair of windows by itself.

        The first alone sees what comes after much more, and good, traffic, which the second still holds; the second
        alone what burns too slowly for the first.
        """
        quick, slow = self.windows[0], self.windows[-1]
        limit, mild = float(self.limit(quick)), float(self.limit(slow))
        indicator = self.slo.indicator
        lasting = quick.long + quick.short + minutes(15)

        def after(times: float, rate: float, part: float) -> Case:
            return Case(
                emissions=indicator.emissions(rate, part),
                lasting=lasting,
                history=indicator.emissions(per_minute * times, 0.0),
                history_lasting=slow.long,
            )

        few = trickle(self.slo.at_least - 1, quick.long)  # one less, for the good and the bad are rounded each
        beyond = min(limit * CLEAR, (1 + limit) / 2)
        yield ExtraCase(name="quick burn alone", opens=True, case=after(MORE, per_minute, beyond))
        yield ExtraCase(name="quick burn, near miss", opens=False, case=after(MORE, per_minute, limit * NEAR_MISS))
        bad = max(0.5, beyond)  # half of so few events are bad, or more where a lenient goal allows half
        yield ExtraCase(name="quick burn of too little", opens=False, case=after(HEAVY, few, bad))
        yield ExtraCase(name="quick burn of just enough", opens=True, case=after(HEAVY, few * 4 / 3, bad))
        steady = Case(
            emissions=indicator.emissions(per_minute, mild * CLEAR),
            lasting=slow.long,
            history=indicator.emissions(per_minute * TWICE, 0.0),
            history_lasting=slow.long,
        )
        yield ExtraCase(name="slow burn alone", opens=True, case=steady)


def _percent(value: Decimal) -> str:
    """Return what to write for a goal that looks like per cent without its sign."""
    return f"; for {plain(value)} % write '{plain(value)}%'" if 1 < value <= 100 * MAX_GOAL else ""


@validated
def goal(text: str, argument: str = "goal") -> Decimal:
    """Return a goal as an exact decimal, from the text that people write: `99.5%` or `0.995`.

    Raises ValueError for any other text, and for 99.5 without a sign. `argument` is what it is called where it was
    given, for the error.
    """
    stripped = text.strip()
    try:
        value = Decimal(stripped.removesuffix("%").strip())
    except ArithmeticError:
        raise ValueError(f"{argument} is {text!r}; write it as '99.5%' or '0.995'") from None
    if not value.is_finite():
        raise ValueError(f"{argument} is {text!r}; write it as '99.5%' or '0.995'")
    value = value / 100 if stripped.endswith("%") else value
    if not 0 < value <= MAX_GOAL:
        raise ValueError(f"{argument} is {text!r}; give more than 0, at most {MAX_GOAL} (99.99 %){_percent(value)}")
    return value


@validated
def availability(
    *, bad: Logged, total: Logged, at_least_good: Goal, runbook: RunbookId, name: Id = "availability"
) -> Slo:
    """Return the objective that at least `at_least_good` (`"99.5%"`) of the events `total` are not `bad`.

    It holds over 28 days. `runbook` is the id of the page that says what to do when the budget burns.
    """
    return Slo(
        name=name,
        indicator=Availability(bad=bad, total=total),
        goal=goal(at_least_good, "at_least_good"),
        runbook=runbook,
    )


@validated
def latency(
    *,
    of: Logged,
    measure: str,
    at_most: float | Quantity,
    at_least_good: Goal,
    runbook: RunbookId,
    name: Id = "latency",
) -> Slo:
    """Return the objective that at least `at_least_good` (`"99%"`) of the events measure `at_most` or less.

    `at_most` is in the measure's unit, and a bound of its buckets. It holds over 28 days. `runbook` is the id of the
    page that says what to do when the budget burns.
    """
    unit = measure_of("latency", of, measure).unit or "1"
    indicator = Latency(of=of, measure=measure, at_most=in_unit("latency: at_most", at_most, unit))
    return Slo(name=name, indicator=indicator, goal=goal(at_least_good, "at_least_good"), runbook=runbook)


@validated
def series_availability(
    *, bad: Series, total: Series, at_least_good: Goal, runbook: RunbookId, name: Id = "availability"
) -> Slo:
    """Return the objective that at least `at_least_good` of what the counter `total` counts is not in `bad`.

    For counters of others: requests of a load balancer, attempts of a queue, rows of a pipeline. It holds over 28 days.
    """
    indicator = CounterAvailability(ratio=growth_ratio(bad, of=total))
    return Slo(name=name, indicator=indicator, goal=goal(at_least_good, "at_least_good"), runbook=runbook)


@validated
def series_latency(
    *,
    of: Series,
    at_most: float | Quantity,
    bounds: Sequence[float],
    at_least_good: Goal,
    runbook: RunbookId,
    name: Id = "latency",
) -> Slo:
    """Return the objective that at least `at_least_good` of the samples of a distribution are `at_most` or less.

    For distributions of others: what an OpenTelemetry library, an exporter or a load balancer times. `at_most` is in
    the metric's unit and one of `bounds`, the bounds of its buckets as whoever writes it has set them. It holds over
    28 days.
    """
    limit = in_unit("series_latency: at_most", at_most, of.metric.unit or "1")
    indicator = SampleLatency(of=of, at_most=limit, bounds=tuple(bounds))
    return Slo(name=name, indicator=indicator, goal=goal(at_least_good, "at_least_good"), runbook=runbook)


@validated
def good_windows(
    signal: NumberSignal,
    *,
    bad_above: float | Quantity | None = None,
    bad_below: float | Quantity | None = None,
    at_least_good: Goal,
    runbook: RunbookId,
    name: Id,
    window: Window = minutes(5),
) -> Slo:
    """Return the objective that at least `at_least_good` of the windows of time are good.

    A window is bad while `signal` is above `bad_above`, or below `bad_below`, in the signal's unit. The signal can read
    any metric: `series_quantile` for latency, `level` of an age for freshness, `growth_ratio` for correctness,
    `written` for PromQL of your own. It holds over 28 days. Raises ValueError unless exactly one bound is given.
    """
    if (bad_above is None) == (bad_below is None):
        raise ValueError("good_windows: give bad_above or bad_below, one of them")
    below = bad_below is not None
    bound = bad_below if bad_below is not None else bad_above
    limit = in_unit("good_windows: " + ("bad_below" if below else "bad_above"), bound or 0.0, signal.unit)
    indicator = SignalWindows(bad=signal.beyond(limit, seconds(0), below=below), window=window)
    return Slo(name=name, indicator=indicator, goal=goal(at_least_good, "at_least_good"), runbook=runbook)
