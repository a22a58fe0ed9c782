"""A stack's resources in an emulator without sockets, on a clock that stands still until it is moved.

Events take the way that they take in the cloud: the library writes a line, the agent makes an entry of it, filters and
extractors of log-based metrics read it, conditions are evaluated each minute, notifications are made. Only their number
is not written out: of the events of one kind in one minute one is real, and stands for all of them in the metrics.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from vigil_apimodel.json_values import JsonObject, json_list
from vigil_apimodel.metrics import METRICS, RESOURCES
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.alerting.notify import Delivery
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.logging.logmetrics import PREFIX
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.series import Series, SeriesKey, Value, label_tuple
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import MINUTE, SECOND
from vigil_proofs.documents import Points
from vigil_proofs.inprocess import START, Resources

WITHIN: Final = 30 * SECOND
"""Where in its minute an event happens."""
CHECKERS: Final = 30
"""How many series stand for a truth value that is true for a part of them."""

Make: TypeAlias = Callable[[int, int], list[JsonObject]]
"""(minute, time in ns) -> the entries of the event that stands for the minute's."""


class Stage:
    """One emulator. Times are whole minutes since the start; `close` ends its use."""

    def __init__(self, resources: Resources, *, project: str) -> None:
        """`resources` are put into a new emulator as they are; `project` is whose metrics and policies they are."""
        self.project = project
        self.clock = VirtualClock(START)
        self.store = ResourceStore()
        with self.store.transaction():
            for kind, name, body in resources:
                self.store.put(kind, name, body)
        self.data = DataPlane(resources=self.store, clock=self.clock, database=None)
        self.began = self.data.now()
        self._totals: dict[SeriesKey, Value] = {}

    def close(self) -> None:
        """Free what it holds."""
        self.store.close()

    def deploy(self, policies: Mapping[str, JsonObject]) -> None:
        """Put policies beside what is there, by name; they are evaluated from now on."""
        with self.store.transaction():
            for name, body in policies.items():
                self.store.put("monitoring.alertPolicies", name, body)

    @property
    def minute(self) -> int:
        """Whole minutes since the start."""
        return (self.data.now() - self.began) // MINUTE

    def advance(self, minutes: int) -> None:
        """Let time pass; what is fed afterwards lies in it. `step` then evaluates it."""
        self.clock.advance(60 * minutes)

    def step(self) -> None:
        """Evaluate every minute that has passed since the last step."""
        self.data.step()

    # -- events -----------------------------------------------------------------------------------------------------

    def emit(self, make: Make, counts: Mapping[int, int]) -> int:
        """Emit for each minute its count of events; returns how many lines the agent took.

        One real event a minute is made and stands for that many. The minutes have passed already, not longer ago than
        Logging counts (24 hours).
        """
        entries: list[JsonObject] = []
        for minute, count in counts.items():
            if count > 0:
                entries += make(minute, self.began + minute * MINUTE + WITHIN)
        self.take(entries, {self._end(minute): count for minute, count in counts.items() if count > 1})
        return len(entries)

    def take(self, entries: Sequence[JsonObject], weights: Mapping[int, int] | None = None) -> None:
        """Write entries; those of the minute that ends at a time (ns) count `weights` times in log-based metrics."""
        if not entries:
            return
        before = self._points(weights) if weights else {}
        self.data.write({"entries": json_list(entries), "partialSuccess": True})
        for series in self._counted() if weights else ():
            known = before.get(series.key, (0, {}))
            if series.version == known[0]:
                continue
            for end, weight in (weights or {}).items():
                self._weigh(series, end, known[1].get(end), weight)

    def _end(self, minute: int) -> int:
        """When the minute's point of a metric ends: series are aligned to whole minutes of the clock."""
        return ((self.began + minute * MINUTE + WITHIN) // MINUTE + 1) * MINUTE

    def _counted(self) -> list[Series]:
        return [series for series in self.data.series.all() if series.key.metric.startswith(PREFIX)]

    def _points(self, ends: Mapping[int, int]) -> dict[SeriesKey, tuple[int, dict[int, Value]]]:
        first = min(ends)
        return {
            series.key: (
                series.version,
                {end: _copy(found[1]) for end in ends if (found := series.point(end)) is not None}
                if series.ends and series.ends[-1] >= first
                else {},
            )
            for series in self._counted()
        }

    @staticmethod
    def _weigh(series: Series, end: int, before: Value | None, weight: int) -> None:
        found = series.point(end)
        if found is None:
            return
        start, after = found
        if isinstance(after, Distribution):
            old = before if isinstance(before, Distribution) else Distribution(after.bounds)
            added = after.count - old.count
            if added:
                value = (after.total - old.total) / added
                counts = [(new - was) * weight for new, was in zip(after.counts, old.counts, strict=True)]
                series.put(start, end, old.merged(Distribution(after.bounds, added * weight, value, 0.0, counts)))
        elif isinstance(after, float | int):
            was = before if isinstance(before, float | int) else 0
            if after != was:
                series.put(start, end, was + (after - was) * weight)

    # -- points of metrics that others emit -------------------------------------------------------------------------

    def put(
        self,
        points: Points,
        minutes: Sequence[int],
        *,
        bounds: tuple[float, ...] = (),
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Put one point for each of the minutes, straight into the store: the API takes none of Google's own metrics.

        Labels that `points` leaves open have a value each, as real series do; `more` sets further ones. `bounds`
        are a distribution's. A fraction of a truth value is so many of CHECKERS series that are true.
        """
        if points.value_type == "BOOL" and points.value not in (0.0, 1.0):
            true = round(points.value * CHECKERS)
            for number in range(CHECKERS):
                self._put(
                    points, minutes, float(number < true), bounds, {**(more or {}), _checker(points): f"c{number}"}
                )
        else:
            self._put(points, minutes, points.value, bounds, more or {})

    def _put(
        self, points: Points, minutes: Sequence[int], value: float, bounds: tuple[float, ...], more: Mapping[str, str]
    ) -> None:
        key = self._key(points, more)
        series = self.data.series.get(key) or self.data.series.add(
            Series(key, points.kind, points.value_type, points.unit)
        )
        counter = points.kind == "CUMULATIVE"
        if counter and not series.ends and minutes:
            first = self.began + minutes[0] * MINUTE
            zero: Value = Distribution(bounds) if points.value_type == "DISTRIBUTION" else 0.0
            self._totals[key] = zero
            series.put(first - 1, first, zero)
        for minute in minutes:
            end = self.began + (minute + 1) * MINUTE
            start = end if points.kind == "GAUGE" else end - MINUTE
            series.put(start, end, self._value(points, key, value, bounds, minute))

    def _value(self, points: Points, key: SeriesKey, value: float, bounds: tuple[float, ...], minute: int) -> Value:
        if points.value_type == "DISTRIBUTION":
            grown = _samples(bounds, value, points.samples)
            if points.other_samples:
                grown = grown.merged(_samples(bounds, points.other_value, points.other_samples))
            if points.kind != "CUMULATIVE":
                return grown
            total = self._totals.get(key)
            self._totals[key] = grown = grown.merged(total) if isinstance(total, Distribution) else grown
            return grown
        if points.kind == "GAUGE":
            return bool(value) if points.value_type == "BOOL" else value
        growth = share(value, minute)
        if points.kind == "DELTA":
            return float(growth)
        total = self._totals.get(key)
        self._totals[key] = summed = growth + (total if isinstance(total, float) else 0.0)
        return summed

    def _key(self, points: Points, more: Mapping[str, str]) -> SeriesKey:
        resource = RESOURCES.get(points.resource)
        metric = METRICS.get(points.metric)
        of_resource = {name: name.replace("_", "-") for name in (resource.labels if resource else ())}
        of_metric = {label.key: (label.values or ("any",))[0] for label in (metric.labels if metric else ())}
        further = {name: value for name, value in more.items() if not name.startswith("resource.")}
        further_resource = {
            name.removeprefix("resource."): value for name, value in more.items() if name.startswith("resource.")
        }
        return SeriesKey(
            self.project,
            points.metric,
            label_tuple({**of_metric, **points.further_labels, **points.labels, **further}),
            points.resource,
            label_tuple({**of_resource, "project_id": self.project, **points.resource_labels, **further_resource}),
        )

    # -- the result -------------------------------------------------------------------------------------------------

    def incidents(self, policy: str | None = None) -> list[Incident]:
        """Return incidents in the order of their opening, all or of one policy."""
        found = [each for each in self.data.engine.incidents.values() if policy is None or each.policy == policy]
        return sorted(found, key=lambda each: (each.opened, each.policy, each.series))

    def deliveries(self, incident: Incident) -> list[Delivery]:
        """Return the notifications that were made of an incident."""
        return [each for each in self.data.notifier.deliveries if each.incident == incident.name]

    def minutes_at(self, ns: int) -> float:
        """Return the minutes from the start to a time."""
        return (ns - self.began) / MINUTE


def share(per_minute: float, minute: int) -> int:
    """Return how many of `per_minute` events, spread evenly, fall into a minute; together never more than there are."""
    return before(per_minute, minute + 1) - before(per_minute, minute)


def before(per_minute: float, minute: int) -> int:
    """Return how many of `per_minute` events, spread evenly, there are before a minute begins."""
    return int(minute * per_minute + _EPSILON)


_EPSILON: Final = 1e-9


def _samples(bounds: tuple[float, ...], value: float, number: int) -> Distribution:
    """So many samples of one value."""
    one = Distribution(bounds)
    one.add(value)
    return Distribution(bounds, number, value, 0.0, [count * number for count in one.counts])


def _checker(points: Points) -> str:
    metric = METRICS.get(points.metric)
    free = [label.key for label in (metric.labels if metric else ()) if label.key not in points.labels]
    return "checker_location" if "checker_location" in free or not free else free[0]


def _copy(value: Value) -> Value:
    if isinstance(value, Distribution):
        return Distribution(value.bounds, value.count, value.mean, value.deviation, list(value.counts))
    return value
