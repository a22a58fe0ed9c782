"""What a part of the events measure at most."""

import math
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from vigil_components.arguments import NotNegative, Quantile, validated
from vigil_components.durations import minutes, promql_duration
from vigil_components.logged import Logged, declared, field_of
from vigil_components.metrics import Buckets, MetricSpec, bounds, default_buckets
from vigil_components.proofs import Case, Emission, Proof, sides, too_few
from vigil_components.signals.labels import Where, matchers, measure_of, pinned
from vigil_components.signals.signal import EVALUATION, NumberSignal, enough_events, grown_enough, number
from vigil_components.signals.words import happened, words
from vigil_components.sources import Source


@validated
@dataclass(frozen=True, kw_only=True)
class EventQuantile(NumberSignal):
    """A quantile of a measure, in the measure's unit: what the slowest of the requests take."""

    of: Logged
    """Event that has the measure."""
    measure: str
    """Measure of the event, such as `duration`."""
    q: Quantile = 0.95
    """Quantile between 0 and 1. Default: 0.95, which one in twenty exceeds."""
    where: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Label values that an event must have. Default: every event."""
    buckets: Buckets | None = None
    """Buckets of the distribution. Default: those of the measure's unit."""
    at_least: NotNegative = 20
    """Events that the window must hold before the quantile means anything. Default: 20."""

    def __post_init__(self) -> None:
        """Refuse a measure, a label or a value that the event does not declare. Raises ValueError."""
        measure_of("quantile", self.of, self.measure)
        matchers(self.of, self.where)

    @property
    def unit(self) -> str:
        """The measure's unit."""
        return field_of(declared(self.of), self.measure).unit or "1"

    @property
    def reach(self) -> float:
        """The last bound: `histogram_quantile` shows no more, however large the values are.

        https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
        """
        return bounds(self.buckets or default_buckets(self.unit))[-1]

    @property
    def title(self) -> str:
        """For example `p95 of http.request.completed duration`."""
        return f"p{number(self.q * 100)} of {declared(self.of).name} {self.measure}"

    @property
    def legend(self) -> str:
        """For example `p95 duration of HTTP requests completed`."""
        return f"p{number(self.q * 100)} {words(self.measure)} of {happened(declared(self.of).name)}"

    @property
    def event(self) -> Logged:
        """The measured event."""
        return self.of

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the distribution of the measure."""
        return (MetricSpec(source=source, event=self.of, measure=self.measure, buckets=self.buckets),)

    def promql(self, source: Source) -> str:
        """Return the quantile of the buckets' rates."""
        selector = self.metrics(source)[0].selector(matchers(self.of, self.where), "_bucket")
        return f"histogram_quantile({number(self.q)}, sum by (le) (rate({selector}[{promql_duration(self.window)}])))"

    @property
    def minimum(self) -> str:
        """How much the window must hold, in words."""
        return enough_events(self.at_least, self.of, self.window)

    def guard(self, source: Source) -> str | None:
        """Return enough values in the window."""
        selector = self.metrics(source)[0].selector(matchers(self.of, self.where), "_count")
        return grown_enough(self.at_least, selector, self.window)

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return values all beyond the threshold, or all just within.

        Where the threshold is no bound of the buckets, a quantile cannot tell apart values that share its bucket: those
        within are then half of it.
        """
        window_minutes = self.window / minutes(1)
        per_minute = max(4 * self.at_least / window_minutes, 60)

        known = bounds(self.buckets or default_buckets(self.unit))
        exact = any(number(bound) == number(threshold) for bound in known)
        beyond, within = sides(threshold, below=below)
        if not exact:
            beyond, within = (threshold / 2, threshold * 2) if below else (threshold * 2, threshold / 2)
        if field_of(declared(self.of), self.measure).type is int:
            away, near = (math.floor, math.ceil) if below else (math.ceil, math.floor)
            beyond, within = away(beyond), near(within)

        def case(value: float, per_minute: float = per_minute) -> Case:
            return Case(
                emissions=(
                    Emission(event=self.of, per_minute=per_minute, fields={**pinned(self.where), self.measure: value}),
                ),
                lasting=self.window + lasting + EVALUATION + minutes(5),
            )

        return Proof(
            fires=case(beyond),
            stays_silent=case(within),
            opens_within=self.window + lasting + EVALUATION,
            too_little=too_few(partial(case, beyond), self.at_least, self.window),
        )
