"""What applications write, and what receives no data: the event catalog, and metrics that nobody reports."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from vigil_apimodel import promql
from vigil_apimodel.json_values import JsonObject, children, text
from vigil_emulator import annotations
from vigil_emulator.console.entries import Shown
from vigil_emulator.console.frame import Frame
from vigil_emulator.console.sources import DASHBOARDS, metrics_of
from vigil_emulator.console.web import PageRequest
from vigil_emulator.rest.api import Answer

MOST = 3000
"""Entries that are counted for one page."""
_PAGE = 1000
_MILLION = 1_000_000
POLICIES = "monitoring.alertPolicies"
_LOG_BASED = "logging.googleapis.com/user/"


@dataclass(slots=True, kw_only=True)
class Silent:
    """A metric without data in the chosen time, and who reads it."""

    metric: str
    last: int | None
    """Its newest point, ns; None where it never had one."""
    readers: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Titles of policies and dashboards, with their addresses."""


class DataPages:
    """Pages about data."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = frame.sources

    async def events(self, request: PageRequest) -> Answer:
        """Return every event that the program declares or an application wrote, with how often and when last."""
        project = self._frame.project(request)
        since = self._frame.window(request).start * _MILLION
        counts: dict[str, int] = {}
        newest: dict[str, Shown] = {}
        counted, token = 0, ""
        while True:
            bodies, token = await self._sources.entries(project, "jsonPayload.event:*", since, _PAGE, token)
            for body in bodies:
                shown = Shown(body)
                counts[shown.event] = counts.get(shown.event, 0) + 1
                newest.setdefault(shown.event, shown)
            counted += len(bodies)
            if not token or counted >= MOST:
                break
        declared = annotations.events(self._sources.store)
        names = {text(one, "name") for one in declared}
        rows = [_event(one, counts, newest) for one in declared]
        rows += [_event({"name": name}, counts, newest) for name in sorted(set(counts) - names)]
        return self._frame.page(
            request,
            "events.html",
            title="Events",
            nav="events",
            events=sorted(rows, key=lambda row: not row["count"]),
            declared=len(declared),
            partial=bool(token),
            counted=counted,
        )

    async def silent(self, request: PageRequest) -> Answer:
        """Return the metrics that a policy or dashboard reads and that have no point in the chosen time."""
        project = self._frame.project(request)
        start = self._frame.window(request).start * _MILLION
        readers = dict[str, list[tuple[str, str]]]()
        for metric, title, href in self._reads(project, request):
            readers.setdefault(metric, []).append((title, href))
        for name in self._sources.store.names("logging.metrics", f"projects/{project}"):
            readers.setdefault(promql.metric_name(_LOG_BASED + name.partition("/metrics/")[2]), [])
        last = self._newest(project)
        found = [
            Silent(metric=metric, last=last.get(metric), readers=sorted(set(who)))
            for metric, who in readers.items()
            if last.get(metric, 0) < start
        ]
        found.sort(key=lambda one: (one.last is not None, one.metric))
        return self._frame.page(
            request, "silent.html", title="No data", nav="silent", silent=found, known=len(readers), start=start
        )

    def _reads(self, project: str, request: PageRequest) -> Iterator[tuple[str, str, str]]:
        for name in self._sources.store.names(POLICIES, f"projects/{project}"):
            body = self._sources.store.get(POLICIES, name) or {}
            href = request.link(f"/console/alerts/{name.rpartition('/')[2]}")
            for metric in metrics_of(body):
                yield metric, f"alert {text(body, 'displayName')}", href
        for body in self._sources.dashboards(project):
            href = request.link(f"/console/{DASHBOARDS.partition('.')[2]}/{text(body, 'name').rpartition('/')[2]}")
            for metric in metrics_of(body):
                yield metric, f"dashboard {text(body, 'displayName')}", href

    def _newest(self, project: str) -> dict[str, int]:
        """Return the newest point of each metric that has series, by the metric's name in PromQL."""
        series = self._sources.data.series
        found: dict[str, int] = {}
        for metric in series.metrics(project):
            end = max((one.ends[-1] for one in series.of_metric(project, metric) if one.ends), default=0)
            if end:
                name = promql.metric_name(metric)
                found[name] = max(found.get(name, 0), end)
        return found


def _event(declared: JsonObject, counts: dict[str, int], newest: dict[str, Shown]) -> dict[str, object]:
    name = text(declared, "name")
    return {
        "name": name,
        "about": text(declared, "description"),
        "severity": text(declared, "severity"),
        "fields": [(text(one, "name"), text(one, "kind"), text(one, "detail")) for one in children(declared, "fields")],
        "declared": "description" in declared,
        "count": counts.get(name, 0),
        "newest": newest.get(name),
    }
