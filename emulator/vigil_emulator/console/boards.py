"""Dashboards with what they show, found by their queries."""

import json
from collections.abc import Mapping, Sequence

from vigil_apimodel.json_values import JsonObject, children, flag, text
from vigil_emulator.alerting.incidents import Incident
from vigil_emulator.charts import layout
from vigil_emulator.charts.board import Board, Listing, Row, Shelf, Tile
from vigil_emulator.charts.contents import Content, ErrorPanel, IncidentList, LogsPanel
from vigil_emulator.charts.model import Level
from vigil_emulator.charts.queries import Reader
from vigil_emulator.charts.tiles import content_of
from vigil_emulator.charts.window import Window
from vigil_emulator.console.entries import Shown, grouped
from vigil_emulator.console.sources import Marked, Sources, bands_on
from vigil_emulator.console.time_words import ago, clock_time, day_time, duration
from vigil_emulator.console.web import PageRequest
from vigil_emulator.errors import ApiError

LOG_ROWS = 30
_MILLION = 1_000_000


class Boards:
    """Makes boards of dashboards for one request."""

    def __init__(self, sources: Sources, request: PageRequest, window: Window) -> None:
        self._sources = sources
        self._request = request
        self._window = window

    async def board(self, dashboard: JsonObject) -> Board:
        """Return the dashboard with its data."""
        name = text(dashboard, "name")
        project = self._sources.project_of(name)
        reader = self._sources.reader(project, variables_of(dashboard, self._request.query))
        bands = self._sources.bands(project) if marks_alerts(dashboard) else ()
        shelves = [await self._shelf(block, reader, bands) for block in layout.blocks(dashboard)]
        return Board(
            identifier=name.rpartition("/")[2],
            title=text(dashboard, "displayName"),
            project=project,
            blocks=tuple(shelves),
        )

    async def single(self, dashboard: JsonObject, placed: layout.Placed) -> Tile:
        """Return one tile with its data."""
        project = self._sources.project_of(text(dashboard, "name"))
        reader = self._sources.reader(project, variables_of(dashboard, self._request.query))
        return await self._tile(placed, reader, self._sources.bands(project) if marks_alerts(dashboard) else ())

    async def _shelf(self, block: layout.Block, reader: Reader, bands: Sequence[Marked]) -> Shelf:
        tiles = [await self._tile(placed, reader, bands) for placed in block.tiles]
        return Shelf(tiles=tuple(tiles), height=block.height)

    async def _tile(self, placed: layout.Placed, reader: Reader, bands: Sequence[Marked]) -> Tile:
        content = await content_of(placed.widget, reader, self._window, bands_on(bands, placed.widget))
        tile = Tile(
            index=placed.index,
            title=placed.title,
            x=placed.x,
            y=placed.y,
            width=placed.width,
            height=placed.height,
            content=await self._listed(content, reader),
        )
        if placed.inside:
            tile.blocks = [await self._shelf(block, reader, bands) for block in layout.inner_blocks(placed)]
        return tile

    async def _listed(self, content: Content, reader: Reader) -> Content | Listing:
        """Panels of entries, incidents and errors as rows; all else as it is."""
        project = reader.project
        match content:
            case LogsPanel():
                filled = LogsPanel(reader.filled_filter(content.filter), content.projects)
                return await self._logs(filled, project)
            case IncidentList():
                return self._incidents(content, project)
            case ErrorPanel():
                return await self._errors(content, project)
            case _:
                return content

    async def _logs(self, panel: LogsPanel, project: str) -> Listing:
        href = self._request.link("/console/logs", q=panel.filter, project=project)
        try:
            found, _ = await self._sources.entries(project, panel.filter, self._window.start * _MILLION, LOG_ROWS)
        except ApiError as error:
            return Listing(rows=(), note=f"The query cannot be evaluated: {error}", href=href, more="Open in Logs")
        rows = tuple(self.entry_row(Shown(body), project) for body in found)
        note = "" if rows else await self._silent(panel, project)
        return Listing(rows=rows, note=note, href=href, more="Open in Logs")

    async def _silent(self, panel: LogsPanel, project: str) -> str:
        """Since when no entry met the query."""
        last, _ = await self._sources.entries(project, panel.filter, 0, 1)
        return f"No entries since {day_time(Shown(last[0]).time)} UTC." if last else "No entries yet."

    def entry_row(self, entry: Shown, project: str) -> Row:
        """Return an entry as a row."""
        href = self._request.link("/console/logs/entry", **entry.key(), project=project)
        return Row(time=clock_time(entry.time), level=entry.level, label=entry.service, text=entry.short, href=href)

    def _incidents(self, panel: IncidentList, project: str) -> Listing:
        now = self._sources.now
        rows: list[Row] = []
        for incident in self._sources.incidents(project):
            if panel.resource_types and not _concerns(incident, panel.resource_types):
                continue
            if panel.policies and incident.policy not in panel.policies:
                continue
            if not incident.open and incident.closed // _MILLION < self._window.start:
                continue
            level: Level = "ok" if not incident.open else ("critical" if incident.severity != "WARNING" else "warning")
            length = duration((incident.closed or now) - incident.opened)
            when = f"opened {ago(incident.opened, now)}" if incident.open else f"closed, was open {length}"
            rows.append(
                Row(
                    time=clock_time(incident.opened)[:8],
                    level=level,
                    label="open" if incident.open else "closed",
                    text=f"{incident.policy_name} · {when}",
                    href=self._request.link(f"/console/incidents/{incident.identifier}", project=project),
                )
            )
        href = self._request.link("/console/incidents", project=project)
        note = "" if rows else "No incidents in this time."
        return Listing(rows=tuple(rows[:LOG_ROWS]), note=note, href=href, more="All incidents")

    async def _errors(self, panel: ErrorPanel, project: str) -> Listing:
        found = await self._sources.errors(project, self._window.start * _MILLION)
        rows = tuple(
            Row(
                time=f"{group.count}\u00d7",
                level=group.newest.level,
                label=group.service,
                text=f"{group.title} · last {ago(group.newest.time, self._sources.now)}",
                href=self._request.link("/console/logs/entry", **group.newest.key(), project=project),
            )
            for group in grouped(found, panel.services)[:LOG_ROWS]
        )
        href = self._request.link("/console/logs", q="severity>=ERROR", project=project)
        return Listing(rows=rows, note="" if rows else "No errors in this time.", href=href, more="Errors in Logs")


def _concerns(incident: Incident, types: Sequence[str]) -> bool:
    """Whether an incident is of one of the resource types; a sum over series has none, but its query names one."""
    if incident.resource:
        return incident.resource in types
    condition = json.dumps(incident.condition_body)
    return any(one in condition for one in types)


def variables_of(dashboard: JsonObject, query: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the dashboard's variables: name to label and value, as chosen on the page or in the document."""
    found: dict[str, tuple[str, str]] = {}
    for one in children(dashboard, "dashboardFilters"):
        name = text(one, "templateVariable")
        if name:
            owner = "metric" if text(one, "filterType") == "METRIC_LABEL" else "resource"
            found[name] = (
                f"{owner}.labels.{text(one, 'labelKey')}",
                query.get(f"var.{name}") or text(one, "stringValue"),
            )
    return found


def marks_alerts(dashboard: JsonObject) -> bool:
    """Return whether its charts show when incidents were open."""
    annotations = dashboard.get("annotations")
    if not isinstance(annotations, dict):
        return False
    return any(
        text(one, "eventType") == "CLOUD_ALERTING_ALERT" and flag(one, "enabled")
        for one in children(annotations, "eventAnnotations")
    )
