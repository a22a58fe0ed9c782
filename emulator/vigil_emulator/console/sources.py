"""Where pages get what they show: the emulator's own methods and stores."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from vigil_apimodel import promql
from vigil_apimodel.json_values import JsonObject, JsonValue, children, text
from vigil_emulator import data_methods
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.alerting.notify import Delivery
from vigil_emulator.calls import Call
from vigil_emulator.charts.model import Band
from vigil_emulator.charts.queries import Reader
from vigil_emulator.clock import Clock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.projects import Projects, project_of
from vigil_emulator.resources.store import ResourceStore
from vigil_emulator.times import format_time

DASHBOARDS = "monitoring.dashboards"
_LIST = "logging.entries.list"
_MILLION = 1_000_000
_TYPE = re.compile(r"metric\.type\s*=\s*\"([^\"]+)\"")
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*(?:\.\w+)?\}?")
_PART = re.compile(r"_(?:bucket|count|sum)$")
"""What PromQL adds to the name of a distribution."""


@dataclass(frozen=True, slots=True)
class Marked:
    """When an incident was open, and what its condition reads: charts of these metrics show it."""

    band: Band
    metrics: frozenset[str]


def bands_on(marked: Sequence[Marked], widget: JsonObject) -> list[Band]:
    """Return the times to mark on a widget's chart: of incidents whose condition reads a metric that it draws."""
    drawn = metrics_of(widget)
    found: list[Band] = []
    for each in marked:
        if not each.metrics & drawn:
            continue
        if found and each.band.start <= found[-1].end:
            found[-1] = Band(start=found[-1].start, end=max(each.band.end, found[-1].end))
        else:
            found.append(each.band)
    return found


def metrics_of(document: JsonValue) -> frozenset[str]:
    """Return the metrics that the queries of a widget or condition read, by their names in PromQL."""
    return frozenset(_metrics(document))


def _metrics(value: JsonValue, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _metrics(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _metrics(item, key)
    elif isinstance(value, str) and key == "filter":
        yield from (promql.metric_name(each) for each in _TYPE.findall(value))
    elif isinstance(value, str) and key in ("query", "prometheusQuery"):
        try:
            found = promql.selectors(promql.parse(_VARIABLE.sub('x="x"', value)))
            yield from (_PART.sub("", promql.name_of(each)) for each in found)
        except promql.QueryError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """One emulator, to be looked at."""

    data: DataPlane
    store: ResourceStore
    projects: Projects
    clock: Clock

    @property
    def now(self) -> int:
        """The emulated time, ns."""
        return self.data.now()

    def project_ids(self) -> list[str]:
        """Return the projects that hold anything, those with dashboards first."""
        names = [name.removeprefix("projects/") for name in self.store.names("vigil.containers") if "projects/" in name]
        with_dashboards = {self.project_of(name) for name in self.store.names(DASHBOARDS)}
        return sorted(names, key=lambda name: (name not in with_dashboards, name))

    def project_of(self, name: str) -> str:
        """Return the project's id in a resource name that may have its number."""
        return project_of(self.projects.canonical(name))

    def dashboards(self, project: str) -> list[JsonObject]:
        """Return a project's dashboards by title."""
        found = [body for body in self.store.list(DASHBOARDS) if self.project_of(text(body, "name")) == project]
        return sorted(found, key=lambda body: text(body, "displayName").casefold())

    def dashboard(self, identifier: str) -> JsonObject | None:
        """Return the dashboard with this last part of its name."""
        for name in self.store.names(DASHBOARDS):
            if name.rpartition("/")[2] == identifier:
                return self.store.get(DASHBOARDS, name)
        return None

    def incidents(self, project: str) -> list[Incident]:
        """Return a project's incidents: the open ones first, then the newest."""
        found = [each for each in self.data.engine.incidents.values() if each.project == project]
        return sorted(found, key=lambda each: (not each.open, -each.opened))

    def deliveries(self, incident: str) -> list[Delivery]:
        """Return the notifications of an incident, in the order of their making."""
        return [delivery for delivery in self.data.notifier.deliveries if delivery.incident == incident]

    def bands(self, project: str) -> list[Marked]:
        """Return when each incident was open, in milliseconds, with the metrics that its condition reads."""
        return [
            Marked(
                Band(start=each.opened // _MILLION, end=(each.closed or self.now) // _MILLION),
                metrics_of(each.condition_body),
            )
            for each in sorted(self.incidents(project), key=lambda incident: incident.opened)
        ]

    def reader(self, project: str, variables: Mapping[str, tuple[str, str]] | None = None) -> Reader:
        """Return what answers a project's queries."""
        return Reader(
            project=project,
            handlers=data_methods.handlers(self.data),
            series=self.data.series,
            variables=variables or {},
        )

    async def entries(
        self, project: str, query: str, since: int = 0, size: int = 50, token: str = "", *, ascending: bool = False
    ) -> tuple[list[JsonObject], str]:
        """Return entries since a time (ns), and the token of the next page. Raises ApiError for a wrong query."""
        terms = [f'timestamp>="{format_time(since)}"'] if since else []
        if query.strip():
            terms.append(f"(\n{query}\n)")
        body: JsonObject = {
            "resourceNames": list[JsonValue]([f"projects/{project}"]),
            "filter": " AND ".join(terms),
            "orderBy": f"timestamp {'asc' if ascending else 'desc'}",
            "pageSize": size,
        }
        if token:
            body["pageToken"] = token
        result = data_methods.handlers(self.data)[_LIST](Call(method=_LIST, body=body))
        answer = await result if inspect.isawaitable(result) else result
        return children(answer, "entries"), text(answer, "nextPageToken")

    async def errors(self, project: str, since: int, *, most: int = 1000) -> list[JsonObject]:
        """Return the newest errors since a time."""
        try:
            return (await self.entries(project, "severity>=ERROR", since, most))[0]
        except ApiError:
            return []
