"""One policy in an emulator without sockets: series and entries go in, incidents and notifications come out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from vigil_apimodel.json_values import JsonObject, json_list
from vigil_apimodel.metrics import METRICS
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.series import Series, SeriesKey, SeriesStore, Value, label_tuple
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import MINUTE, SECOND
from vigil_proofs.inprocess import START
from vigil_proofs.unit._known import evaluated

BOUNDS = tuple(0.001 * 1.2**step for step in range(160))
"""Bucket bounds of distributions: from a thousandth to four milliards, each a fifth above the one before."""
SAMPLES = 10
"""Samples of a distribution in an interval."""
BEFORE = 1
"""Seconds before its first evaluation that a policy is made: one that has been there for long is evaluated at once."""
STEP = 10
"""Minutes that are evaluated together: an incident that closes by itself does so between two steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A series with its values, one each `interval` (seconds) from the start on."""

    metric: str
    values: Sequence[float | None]
    kind: str = "GAUGE"
    value_type: str = "DOUBLE"
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    resource: str = "global"
    resource_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    interval: int = 60


@dataclass(frozen=True, slots=True)
class Written:
    """A log entry and the minute at which it is written."""

    minute: float
    entry: JsonObject


class Bench:
    """One emulator with one policy. `close` ends its use."""

    def __init__(
        self, policy: JsonObject, *, metrics: Iterable[JsonObject] = (), project: str = "project-id", start: float = 0
    ) -> None:
        """Make one; `policy` and the log-based `metrics` are in the API's form.

        The policy is evaluated from minute `start` on, without conditions that are not known yet, where each one stands
        for itself.
        """
        self.project = project
        self.policy = f"projects/{project}/alertPolicies/1"
        self.clock = VirtualClock(START - timedelta(seconds=BEFORE))
        self.store = ResourceStore()
        with self.store.transaction():
            for each in metrics:
                name = f"projects/{project}/metrics/{each.get('name')}"
                self.store.put("logging.metrics", name, {"createTime": "2020-01-01T00:00:00Z", **each})
        self.data = DataPlane(resources=self.store, clock=self.clock, database=None)
        self.began = self.data.now() + BEFORE * SECOND
        self._start = start
        self._body: JsonObject = {**evaluated(policy), "name": self.policy, "enabled": True}

    def close(self) -> None:
        """Free what it holds."""
        self.store.close()

    def feed(self, feeds: Iterable[Feed]) -> None:
        """Put series into the store; the API takes none of Google's own metrics."""
        for each in feeds:
            put(self.data.series, self.project, self.began, each)

    def run(self, until: float, entries: Sequence[Written] = ()) -> None:
        """Let time pass up to a minute, writing the entries when their time comes."""
        waiting = sorted(entries, key=lambda one: one.minute)
        written = (60 * one.minute for one in waiting if one.minute <= until)
        made = 60 * self._start - BEFORE
        stops = {made, *range(60 * STEP, int(60 * until), 60 * STEP), *written, 60 * until}
        passed: float = -BEFORE
        for stop in sorted(stops):
            self.clock.advance(stop - passed)
            passed = stop
            if stop == made:
                with self.store.transaction():
                    self.store.put("monitoring.alertPolicies", self.policy, self._body)
            self.data.step()
            now = [one.entry for one in waiting if 60 * one.minute == stop]
            if now:
                self.data.write({"entries": json_list([self._entry(one) for one in now]), "partialSuccess": False})

    def _entry(self, entry: JsonObject) -> JsonObject:
        log: JsonObject = {"logName": f"projects/{self.project}/logs/test", "resource": {"type": "global"}}
        return {**log, "timestamp": self.clock.now().isoformat(), **json.loads(json.dumps(entry))}

    def incidents(self) -> list[Incident]:
        """Return the incidents in the order of their opening."""
        return sorted(self.data.engine.incidents.values(), key=lambda each: (each.opened, each.series))

    def minute(self, ns: int) -> float:
        """Return the minutes from the start to a time."""
        return (ns - self.began) / MINUTE

    @property
    def problems(self) -> list[str]:
        """Why conditions could not be evaluated."""
        return list(self.data.engine.problems.values())


def put(store: SeriesStore, project: str, began: int, feed: Feed) -> None:
    """Put a series' points into a store; `began` is the time of the first value, in nanoseconds."""
    key = SeriesKey(
        project,
        feed.metric,
        label_tuple(feed.labels),
        feed.resource,
        label_tuple({"project_id": project, **feed.resource_labels}),
    )
    unit = METRICS[feed.metric].unit if feed.metric in METRICS else ""
    series = store.get(key) or store.add(Series(key, feed.kind, feed.value_type, unit))
    step = feed.interval * SECOND
    total = Distribution(BOUNDS)
    first = True
    for index, value in enumerate(feed.values):
        end = began + index * step
        if value is None:
            continue
        made: Value = _point(feed, value)
        if feed.kind == "CUMULATIVE" and isinstance(made, Distribution):
            total = made = made.merged(total)
        if feed.kind == "GAUGE":
            series.put(end, end, made)
        elif feed.kind == "DELTA":
            series.put(end - step, end, made)
        else:
            start = began - step
            if first:
                series.put(start - 1, start, Distribution(BOUNDS) if isinstance(made, Distribution) else 0.0)
                first = False
            series.put(start, end, made)


def _point(feed: Feed, value: float) -> Value:
    if feed.value_type == "DISTRIBUTION":
        found = Distribution(BOUNDS)
        for _ in range(SAMPLES):
            found.add(value)
        return found
    return bool(value) if feed.value_type == "BOOL" else float(value)
