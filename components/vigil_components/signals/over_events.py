"""Signals over events: what the lines of a service say."""

from collections.abc import Mapping, Sequence

from vigil_components.arguments import Name, NotNegative, Positive, Quantile, Window, validated
from vigil_components.durations import minutes
from vigil_components.log_match import LogMatch
from vigil_components.logged import Logged
from vigil_components.metrics import Buckets
from vigil_components.signals.counts import EventCount, EventRate
from vigil_components.signals.labels import Value, Wanted, as_written, text
from vigil_components.signals.quantiles import EventQuantile
from vigil_components.signals.ratios import EventRatio
from vigil_components.signals.totals import EventSilence, EventTotal, UnansweredAttempts


@validated
def ratio(
    bad: Logged,
    *,
    of: Logged,
    window: Window = minutes(5),
    at_least: NotNegative = 20,
    bad_where: Wanted | None = None,
    of_where: Wanted | None = None,
) -> EventRatio:
    """Return the part of the events `of` that are `bad`, between 0 and 1.

    It is judged only while the window holds `at_least` events `of`. `bad_where` and `of_where` narrow the events to
    label values.
    """
    return EventRatio(
        bad=bad, of=of, window=window, at_least=at_least, bad_where=as_written(bad_where), of_where=as_written(of_where)
    )


@validated
def count(
    of: Logged, *, by: Sequence[Name] = (), window: Window = minutes(5), where: Wanted | None = None
) -> EventCount:
    """Return how many events the window holds, a line and an incident for each value of the labels `by`.

    They are labels of the event, or of the resource that writes it, such as `service_name`. `where` narrows the events
    to label values.
    """
    return EventCount(of=of, by=tuple(by), window=window, where=as_written(where))


@validated
def rate(of: Logged, *, by: Sequence[Name] = (), window: Window = minutes(5), where: Wanted | None = None) -> EventRate:
    """Return events a second, a line for each value of the labels `by`. `where` narrows them to label values."""
    return EventRate(of=of, by=tuple(by), window=window, where=as_written(where))


@validated
def quantile(
    q: Quantile,
    of: Logged,
    measure: str,
    *,
    window: Window = minutes(5),
    where: Wanted | None = None,
    at_least: NotNegative = 20,
    buckets: Buckets | None = None,
) -> EventQuantile:
    """Return the `q` quantile (0.95: what one in twenty exceeds) of a measure, in the measure's unit.

    It is judged only while the window holds `at_least` events. `where` narrows them to label values. `buckets` other
    than those of the unit are for finer limits.
    """
    return EventQuantile(
        q=q, of=of, measure=measure, window=window, where=as_written(where), at_least=at_least, buckets=buckets
    )


@validated
def total(
    of: Logged,
    measure: str,
    *,
    window: Window = minutes(5),
    where: Wanted | None = None,
    buckets: Buckets | None = None,
) -> EventTotal:
    """Return the sum of a measure over the events of the window, in the measure's unit: dollars a day."""
    return EventTotal(of=of, measure=measure, window=window, where=as_written(where), buckets=buckets)


@validated
def unanswered(
    attempts: Logged, *, outcomes: Sequence[Logged], window: Window = minutes(5), at_least: NotNegative = 20
) -> UnansweredAttempts:
    """Return the part of the attempts that none of the `outcomes` answers, between 0 and 1: crashes, kills, hangs.

    The window must be much longer than an attempt may take, since those under way have no outcome yet. It is judged
    only while the window holds `at_least` attempts.
    """
    return UnansweredAttempts(attempts=attempts, outcomes=tuple(outcomes), window=window, at_least=at_least)


@validated
def silence(
    of: Logged, *, window: Window = minutes(10), before: Window = minutes(60), at_least: Positive = 10
) -> EventSilence:
    """Return the signal that events stopped: none in `window`, after at least `at_least` in the time `before` it.

    Only for what is always on: a service that is scaled to zero at night falls silent every night.
    """
    return EventSilence(of=of, window=window, before=before, at_least=at_least)


@validated
def log_match(of: Logged, *, where: Mapping[str, Value] | None = None) -> LogMatch:
    """Return the signal that an event is written at all, for what must never happen.

    `where` gives values of its fields. Monitoring sends at most one notification in five
    minutes and twenty a day per policy (https://docs.cloud.google.com/logging/docs/alerting/log-based-alerts).
    """
    return LogMatch(of=of, where={name: text(value) for name, value in (where or {}).items()})
