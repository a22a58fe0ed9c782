"""Time series of service level objectives: what `select_slo_...` selects in a filter.

They are not stored: they follow from the objective and from the series that its indicator reads.
Source: https://docs.cloud.google.com/stackdriver/docs/solutions/slo-monitoring/api/timeseries-selectors; what that page
leaves open is in docs/emulator-evaluation.md.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import numpy as np

from vigil_apimodel import limits
from vigil_apimodel import monitoring_filter as mf
from vigil_apimodel.json_values import JsonObject, child, text
from vigil_apimodel.rules.slos import lookback
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics import filters
from vigil_emulator.metrics.series import RETENTION, Numbers, Series, SeriesKey, SeriesStore, Times, label_tuple
from vigil_emulator.metrics.slis import Sli, sli_of
from vigil_emulator.numerals import number
from vigil_emulator.promql.frame import Mask
from vigil_emulator.resources import ResourceStore
from vigil_emulator.resources.projects import Projects
from vigil_emulator.times import DAY, MINUTE, SECOND, parse_duration

KIND = "monitoring.serviceLevelObjectives"
COUNTS = "select_slo_counts"
_Values: TypeAlias = tuple[Numbers, Mask]


class ObjectiveSeries:
    """Computes the series of a project's objectives, a point for each minute."""

    def __init__(self, store: SeriesStore, resources: ResourceStore) -> None:
        self._store = store
        self._resources = resources

    def selected(self, expr: mf.Expr, start: int, end: int, now: int) -> list[Series] | None:
        """Return what a filter selects of an objective after `start` up to `end` (ns); None where it selects metrics.

        Raises ApiError for an objective that is not there, and for what cannot be evaluated.
        """
        found = [one for one in mf.selections(expr) if one.name.startswith("select_slo_")]
        if not found:
            return None
        if not isinstance(expr, mf.Selection):
            raise ApiError("INVALID_ARGUMENT", f"The selector {found[0].name} must be the whole of its filter.")
        return self._series(expr, max(start, now - RETENTION), min(end, now), now)

    def _series(self, selection: mf.Selection, start: int, end: int, now: int) -> list[Series]:
        name, body, service = self._objective(selection.args[0])
        project = name.split("/")[1]

        def select(filter_text: str) -> list[Series]:
            tree = filters.parsed(filter_text)
            metric = filters.metric_type(tree, filter_text)
            return filters.matching(self._store.of_metric(project, metric), filters.predicate(tree))

        sli = sli_of(child(body, "serviceLevelIndicator"), service, select, now)
        times = np.arange(start // MINUTE * MINUTE + MINUTE, end + 1, MINUTE, dtype=np.int64)
        if selection.name == COUNTS:
            good, bad = sli(times - MINUTE, times)
            known = good + bad > 0
            return [
                _made(project, selection, (counts, known), times, {"event_type": kind})
                for kind, counts in (("good", good), ("bad", bad))
                if known.any()
            ]
        values = _SELECTORS[selection.name](sli, body, selection, times)
        return [_made(project, selection, values, times, {})] if values[1].any() else []

    def _objective(self, named: str) -> tuple[str, JsonObject, JsonObject]:
        """Name, body and service of an objective, which a selector may name with the project's number."""
        name = named if self._resources.get(KIND, named) is not None else Projects(self._resources).canonical(named)
        body = self._resources.get(KIND, name)
        service = self._resources.get("monitoring.services", name.partition("/serviceLevelObjectives/")[0])
        if body is None or service is None:
            raise ApiError("NOT_FOUND", f"There is no service level objective {named}.")
        return name, body, service


def _health(sli: Sli, body: JsonObject, selection: mf.Selection, times: Times) -> _Values:
    """The part that is good, minute by minute, or window by window."""
    del selection
    window = text(child(child(body, "serviceLevelIndicator"), "windowsBased"), "windowPeriod")
    return _good_part(*sli(times - (parse_duration(window) if window else MINUTE), times))


def _compliance(sli: Sli, body: JsonObject, selection: mf.Selection, times: Times) -> _Values:
    """The part that is good of the compliance period so far."""
    del selection
    return _good_part(*sli(_period(body)(times), times))


def _burn_rate(sli: Sli, body: JsonObject, selection: mf.Selection, times: Times) -> _Values:
    """How many times faster than the goal allows the budget is spent."""
    back = lookback(selection.args[1])
    if back > limits.SLO_LOOKBACK_MAXIMUM_SECONDS:
        raise ApiError("INVALID_ARGUMENT", f"The lookback {selection.args[1]} is longer than 24 hours.")
    good, known = _good_part(*sli(times - int(back * SECOND), times))
    return (1 - good) / _allowed(body), known


def _budget(sli: Sli, body: JsonObject, selection: mf.Selection, times: Times) -> _Values:
    """The error budget: what is left of it (`select_slo_budget`), all of it, or the part that is left."""
    good, bad = sli(_period(body)(times), times)
    whole = (good + bad) * _allowed(body)
    known = whole > 0
    match selection.name:
        case "select_slo_budget_total":
            return whole, known
        case "select_slo_budget":
            return whole - bad, known
        case _:
            return 1 - bad / np.where(known, whole, 1.0), known


_SELECTORS: dict[str, Callable[[Sli, JsonObject, mf.Selection, Times], _Values]] = {
    "select_slo_health": _health,
    "select_slo_compliance": _compliance,
    "select_slo_burn_rate": _burn_rate,
    "select_slo_budget": _budget,
    "select_slo_budget_fraction": _budget,
    "select_slo_budget_total": _budget,
}


def _good_part(good: Numbers, bad: Numbers) -> _Values:
    whole = good + bad
    return good / np.where(whole > 0, whole, 1.0), whole > 0


def _allowed(body: JsonObject) -> float:
    """The part that may be bad, without what binary fractions add to it: 1 - 0.99 is 0.01."""
    return round(1 - number(body, "goal"), 12)


def _period(body: JsonObject) -> Callable[[Times], Times]:
    """When the compliance period began in which a time lies: a rolling one, or the calendar's in UTC."""
    rolling, calendar = text(body, "rollingPeriod"), text(body, "calendarPeriod")
    if rolling:
        span = parse_duration(rolling)
        return lambda times: times - span
    return lambda times: np.array([_calendar_start(int(time), calendar) for time in times], dtype=np.int64)


def _calendar_start(time: int, period: str) -> int:
    """A minute that ends with a period belongs to it."""
    day = (time - 1) // DAY
    date = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)
    match period:
        case "MONTH":
            day -= date.day - 1
        case "FORTNIGHT":  # two weeks from a Monday, counted from 5 January 1970
            day -= (day - 4) % 14
        case "WEEK":
            day -= date.weekday()
        case _:
            pass
    return day * DAY


def _made(project: str, selection: mf.Selection, values: _Values, times: Times, labels: dict[str, str]) -> Series:
    """A series with these values where they are known."""
    numbers, known = values
    counted = selection.name == COUNTS
    key = SeriesKey(project, mf.render(selection), label_tuple(labels), "global", label_tuple({"project_id": project}))
    ends = times[known].tolist()
    return Series(
        key,
        "DELTA" if counted else "GAUGE",
        "DOUBLE",
        "1",
        starts=[end - MINUTE for end in ends] if counted else list(ends),
        ends=ends,
        values=numbers[known].tolist(),
    )
