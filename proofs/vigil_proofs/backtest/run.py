"""Recorded entries played through an alert."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, cast

from vigil_apimodel.json_values import JsonObject, child, json_list, json_map, text_map
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import DAY, MINUTE, moment
from vigil_proofs import Suite
from vigil_proofs.inprocess import Resources
from vigil_runner.access import PAGE, Access
from vigil_runner.entries import EntriesError, lines_of, read
from vigil_runner.errors import EngineError

CHUNK: Final = 30 * MINUTE
"""How much time is played at once; Logging counts entries up to a day old."""
AFTERWARDS: Final = DAY
"""How long the clock runs after the last entry, for incidents to close."""


class BacktestError(EngineError):
    """Entries that cannot be played."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One incident. `closed` is None where it was open at the end."""

    opened: datetime
    closed: datetime | None
    value: float | None

    @property
    def lasted(self) -> timedelta | None:
        """How long it was open."""
        return None if self.closed is None else self.closed - self.opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What an alert made of the entries. `first` and `last` are their times, `counted` how many there were."""

    alert: str
    title: str
    counted: int
    first: datetime
    last: datetime
    incidents: tuple[Occurrence, ...]
    notifications: int

    @property
    def days(self) -> float:
        """How many days the entries span, at least one."""
        return max((self.last - self.first) / timedelta(days=1), 1.0)

    @property
    def notifications_a_day(self) -> float:
        """Openings, recoveries and repetitions, over all channels, a day."""
        return self.notifications / self.days


def run(suite: Suite, alert: str, entries: Sequence[tuple[int, JsonObject]]) -> Backtest:
    """Play (time in ns, entry) in their order through one alert of a stack.

    Raises LookupError for an alert that there is not, BacktestError where there is no entry.
    """
    (chosen, *_) = suite.subject.named([alert])
    if not entries:
        raise BacktestError("there are no entries to play. Remedy: export some that the alert's metrics count")
    ordered = sorted(entries, key=lambda pair: pair[0])
    first, last = ordered[0][0], ordered[-1][0]
    start = first // MINUTE * MINUTE
    clock = VirtualClock(moment(start))
    project = suite.subject.project
    store = ResourceStore()
    with store.transaction():
        for kind, name, body in _kept(suite.player.resources, chosen.policy):
            store.put(kind, name, body)
    data = DataPlane(resources=store, clock=clock, database=None)
    place = 0
    for begin in range(start, last + AFTERWARDS, CHUNK):
        clock.advance(CHUNK / 1e9)
        upper = place
        while upper < len(ordered) and ordered[upper][0] < begin + CHUNK:
            upper += 1
        batch = [_here(body, project) for _, body in ordered[place:upper]]
        place = upper
        if batch:
            data.write({"entries": json_list(batch), "partialSuccess": True})
        data.step()
    incidents = sorted(data.engine.incidents.values(), key=lambda one: one.opened)
    result = Backtest(
        alert=chosen.name,
        title=chosen.title,
        counted=len(ordered),
        first=moment(first),
        last=moment(last),
        incidents=tuple(
            Occurrence(opened=moment(one.opened), closed=moment(one.closed) if one.closed else None, value=one.value)
            for one in incidents
        ),
        notifications=len(data.notifier.deliveries),
    )
    store.close()
    return result


def beside(
    before: Sequence[Occurrence], after: Sequence[Occurrence] | None = None
) -> list[tuple[Occurrence | None, ...]]:
    """Return incidents by time, those side by side that were open at the same time; None where there was none."""
    if after is None:
        return [(one,) for one in before]
    rows: list[tuple[Occurrence | None, ...]] = []
    left, right = list(before), list(after)
    while left and right:
        one, other = left[0], right[0]
        if one.closed is not None and one.closed < other.opened:
            rows.append((left.pop(0), None))
        elif other.closed is not None and other.closed < one.opened:
            rows.append((None, right.pop(0)))
        else:
            rows.append((left.pop(0), right.pop(0)))
    return [*rows, *((one, None) for one in left), *((None, other) for other in right)]


def from_file(file: Path) -> Sequence[tuple[int, JsonObject]]:
    """Return the entries of a file of JSON lines. Raises EntriesError; BacktestError naming the file and the line."""
    lines = lines_of(file)
    try:
        return [(one.time, one.entry) for one in read(lines)]
    except EntriesError as error:
        form = "one LogEntry a line, as of `gcloud logging read FILTER --format=json | jq -c '.[]'`"
        raise BacktestError(f"{file.name}: {error} Remedy: {form}") from error


def from_project(access: Access, filter_text: str, *, since: datetime, limit: int) -> Sequence[tuple[int, JsonObject]]:
    """Return a project's entries that a filter selects, the oldest `limit` since a time. Raises AccessError."""
    within = f'({filter_text}) AND timestamp>="{since:%Y-%m-%dT%H:%M:%SZ}"'
    found = access.ask(
        "listing entries",
        lambda: list(
            access.logs.list_entries(
                filter_=within, order_by="timestamp asc", max_results=limit, page_size=min(limit, PAGE)
            )
        ),
    )
    bodies = [cast("JsonObject", json.loads(json.dumps(one.to_api_repr()))) for one in found]
    times = [int(one.timestamp.timestamp() * 1e9) for one in found]
    return list(zip(times, bodies, strict=True))


def _kept(resources: Resources, policy: str) -> Resources:
    """All but other policies."""
    return tuple(each for each in resources if each[0] != "monitoring.alertPolicies" or each[1] == policy)


def _here(body: JsonObject, project: str) -> JsonObject:
    """The entry as one of the stack's project."""
    log = str(body.get("logName") or "stdout").rpartition("/logs/")[2]
    resource = child(body, "resource")
    labels = {**text_map(resource, "labels"), "project_id": project}
    moved: JsonObject = {
        **body,
        "logName": f"projects/{project}/logs/{log}",
        "resource": {**resource, "labels": json_map(labels)},
    }
    moved.pop("receiveTimestamp", None)
    return moved
