"""The part of some events that are bad."""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from vigil_components.arguments import NotNegative, validated
from vigil_components.durations import minutes, promql_duration
from vigil_components.logged import Logged, declared
from vigil_components.metrics import MetricSpec
from vigil_components.proofs import Case, Emission, Proof, sides, too_few
from vigil_components.signals.labels import Where, matchers, pinned, refuse_part_of_itself
from vigil_components.signals.signal import EVALUATION, NumberSignal, enough_events, grown_enough
from vigil_components.signals.words import share
from vigil_components.sources import Source

FEW_BAD = 4
"""Bad events in a window of which one more or less is further than the distance to the near miss."""
ENOUGH_BAD = 16
"""Bad events in a window, at the threshold, that keep the near miss within it: events are whole."""


@validated
@dataclass(frozen=True, kw_only=True)
class EventRatio(NumberSignal):
    """The part of some events that are bad, between 0 and 1."""

    bad: Logged
    """Event that is bad."""
    of: Logged
    """Event of which it is a part."""
    bad_where: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Label values that a bad event must have. Default: every one."""
    of_where: Where = field(default_factory=dict[str, "str | tuple[str, ...]"])
    """Label values that the others must have. Default: every one."""
    at_least: NotNegative = 20
    """Events `of` that the window must hold before the ratio means anything. Default: 20.

    Without it one failed request at night is 100 %.
    """

    def __post_init__(self) -> None:
        """Refuse a label, or a value, that an event does not declare. Raises UnknownLabelError."""
        matchers(self.bad, self.bad_where, "bad_where")
        matchers(self.of, self.of_where, "of_where")
        refuse_part_of_itself("bad", (self.bad, self.bad_where), (self.of, self.of_where), declared(self.of).name)

    @property
    def highest(self) -> float:
        """One: the number is a part of a whole."""
        return 1.0

    @property
    def title(self) -> str:
        """For example `http.request.failed / http.request.completed`."""
        return f"{declared(self.bad).name} / {declared(self.of).name}"

    @property
    def legend(self) -> str:
        """For example `share of HTTP requests that failed`."""
        where = ", ".join(
            f"{name} {values if isinstance(values, str) else ', '.join(values)}"
            for name, values in sorted(self.bad_where.items())
        )
        return share(declared(self.bad).name, declared(self.of).name, where)

    @property
    def event(self) -> Logged:
        """The bad event."""
        return self.bad

    def metrics(self, source: Source) -> tuple[MetricSpec, ...]:
        """Return the counters of both events."""
        return (MetricSpec(source=source, event=self.bad), MetricSpec(source=source, event=self.of))

    def promql(self, source: Source) -> str:
        """Return the quotient of two rates over the window."""
        bad, total = self.metrics(source)
        of_these = self._range(bad, self.bad, self.bad_where)
        return f"sum(rate({of_these})) / sum(rate({self._range(total, self.of, self.of_where)}))"

    @property
    def minimum(self) -> str:
        """How much the window must hold, in words."""
        return enough_events(self.at_least, self.of, self.window)

    def guard(self, source: Source) -> str | None:
        """Return enough events in the window."""
        selector = self.metrics(source)[1].selector(matchers(self.of, self.of_where))
        return grown_enough(self.at_least, selector, self.window)

    def proof(self, threshold: float, lasting: timedelta, *, below: bool = False) -> Proof:
        """Return traffic four times the guard, of which a part beyond, or just within, the threshold is bad."""
        window_minutes = self.window / minutes(1)
        per_minute = max(4 * self.at_least / window_minutes, 100)
        if 0 < per_minute * threshold * window_minutes < FEW_BAD:
            per_minute = ENOUGH_BAD / (threshold * window_minutes)
        beyond, within = sides(threshold, below=below)

        def case(part: float, per_minute: float = per_minute) -> Case:
            return Case(
                emissions=(
                    Emission(event=self.of, per_minute=per_minute, fields=pinned(self.of_where)),
                    Emission(event=self.bad, per_minute=per_minute * part, fields=pinned(self.bad_where)),
                ),
                lasting=self.window + lasting + EVALUATION + minutes(5),
            )

        return Proof(
            fires=case(min(beyond, (1 + threshold) / 2)),
            stays_silent=case(min(within, 1.0)),
            opens_within=self.window + lasting + EVALUATION,
            too_little=None if below else too_few(partial(case, 1.0), self.at_least, self.window),
        )

    def _range(self, spec: MetricSpec, event: Logged, where: Where) -> str:
        return f"{spec.selector(matchers(event, where))}[{promql_duration(self.window)}]"
