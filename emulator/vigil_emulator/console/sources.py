"""Where pages get what they show: the emulator's own methods and stores."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass

from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.alerting.notify import Delivery
from vigil_emulator.calls import Call, JsonObject, JsonValue
from vigil_emulator.charts.model import Band
from vigil_emulator.charts.queries import Reader
from vigil_emulator.clock import Clock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.jsonvalues import children, text
from vigil_emulator.resources.projects import Projects, project_of
from vigil_emulator.resources.store import ResourceStore
from vigil_emulator.times import format_time

DASHBOARDS = "monitoring.dashboards"
_LIST = "logging.entries.list"
_MILLION = 1_000_000


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
        """Projects that have anything of their own, those with dashboards first."""
        names = [name.removeprefix("projects/") for name in self.store.names("vigil.containers") if "projects/" in name]
        with_dashboards = {self.project_of(name) for name in self.store.names(DASHBOARDS)}
        return sorted(names, key=lambda name: (name not in with_dashboards, name))

    def project_of(self, name: str) -> str:
        """The project's id in a resource name that may have its number."""
        return project_of(self.projects.canonical(name))

    def dashboards(self, project: str) -> list[JsonObject]:
        """A project's dashboards by title."""
        found = [body for body in self.store.list(DASHBOARDS) if self.project_of(text(body, "name")) == project]
        return sorted(found, key=lambda body: text(body, "displayName").casefold())

    def dashboard(self, identifier: str) -> JsonObject | None:
        """The dashboard with this last part of its name."""
        for name in self.store.names(DASHBOARDS):
            if name.rpartition("/")[2] == identifier:
                return self.store.get(DASHBOARDS, name)
        return None

    def incidents(self, project: str) -> list[Incident]:
        """A project's incidents: the open ones first, then the newest."""
        found = [each for each in self.data.engine.incidents.values() if each.project == project]
        return sorted(found, key=lambda each: (not each.open, -each.opened))

    def deliveries(self, incident: str) -> list[Delivery]:
        """The notifications of an incident, in the order of their making."""
        return [delivery for delivery in self.data.notifier.deliveries if delivery.incident == incident]

    def bands(self, project: str) -> list[Band]:
        """The times in which any incident was open, in milliseconds."""
        found: list[Band] = []
        for each in sorted(self.incidents(project), key=lambda incident: incident.opened):
            start, end = each.opened // _MILLION, (each.closed or self.now) // _MILLION
            if found and start <= found[-1].end:
                found[-1] = Band(start=found[-1].start, end=max(end, found[-1].end))
            else:
                found.append(Band(start=start, end=end))
        return found

    def reader(self, project: str, variables: Mapping[str, tuple[str, str]] | None = None) -> Reader:
        """What answers a project's queries."""
        return Reader(
            project=project,
            handlers=self.data.handlers(),
            series=self.data.series,
            variables=variables or {},
        )

    async def entries(
        self, project: str, query: str, since: int = 0, size: int = 50, token: str = "", *, ascending: bool = False
    ) -> tuple[list[JsonObject], str]:
        """Entries since a time (ns), and the token of the next page. Raises ApiError for a wrong query."""
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
        result = self.data.handlers()[_LIST](Call(method=_LIST, body=body))
        answer = await result if inspect.isawaitable(result) else result
        return children(answer, "entries"), text(answer, "nextPageToken")

    async def errors(self, project: str, since: int, *, most: int = 1000) -> list[JsonObject]:
        """The newest errors since a time."""
        try:
            return (await self.entries(project, "severity>=ERROR", since, most))[0]
        except ApiError:
            return []
