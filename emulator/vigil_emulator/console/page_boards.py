"""The overview, and dashboards."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from vigil_apimodel.json_values import JsonValue, children, text, text_map
from vigil_emulator.charts import prose
from vigil_emulator.charts.board import Board, Listing, Shelf, Tile, lone_frame
from vigil_emulator.charts.contents import Chart, Empty, Group, Heading, Prose, Scorecard, Table
from vigil_emulator.charts.layout import Block, blocks, inner_blocks, placed
from vigil_emulator.charts.model import Drawing, Size, TimeChart
from vigil_emulator.charts.units import number, scale
from vigil_emulator.console import web
from vigil_emulator.console.boards import Boards
from vigil_emulator.console.entries import grouped
from vigil_emulator.console.frame import Frame, Image
from vigil_emulator.console.web import PageRequest
from vigil_emulator.rest.api import Answer

_MILLION = 1_000_000
LARGE = Size(1320, 420)
SPARK_ROOM = 88
"""Pixels of a scorecard above its spark line."""
_SILENT_LABELS = ("managed-by-vigil", "vigil-digest")
_COUNTED = {"entries": "log entries", "points": "points of metrics", "deliveries": "notifications"}
_QUERY_KINDS = {
    "prometheusQuery": "PromQL",
    "timeSeriesQueryLanguage": "MQL",
    "filter": "Filter",
    "sql": "SQL",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A tile as the template sets it."""

    tile: Tile
    kind: str
    heading: str
    href: str
    image: Image | None = None
    html: Markup | None = None
    shelves: tuple["ShelfView", ...] = ()


@dataclass(frozen=True, slots=True)
class ShelfView:
    """A grid of tiles; `lone` where it is one heading or group as wide as the page."""

    views: tuple[View, ...]
    lone: bool


_KINDS: dict[type, str] = {
    Chart: "chart",
    Scorecard: "scorecard",
    Table: "table",
    Prose: "prose",
    Listing: "listing",
    Heading: "heading",
    Group: "group",
    Empty: "empty",
}


class BoardPages:
    """Pages about dashboards."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._sources = frame.sources

    async def overview(self, request: PageRequest) -> Answer:
        """Return what is wrong, what there is to look at, and the last errors."""
        project = self._frame.project(request)
        window = self._frame.window(request)
        incidents = self._sources.incidents(project)
        errors = await self._sources.errors(project, window.start * _MILLION)
        return self._frame.page(
            request,
            "overview.html",
            title="Overview",
            nav="overview",
            stats=[
                (_COUNTED.get(name, name), number(float(str(count))))
                for name, count in self._sources.data.stats().items()
            ],
            open=[each for each in incidents if each.open],
            closed=[each for each in incidents if not each.open][:5],
            dashboards=self._dashboards(project),
            errors=grouped(errors)[:8],
            failed=[each for each in self._sources.data.notifier.deliveries if each.status in {"failed", "refused"}][
                -5:
            ],
            problems=self._sources.data.problems(),
        )

    async def dashboards(self, request: PageRequest) -> Answer:
        """Return all dashboards of the project."""
        project = self._frame.project(request)
        return self._frame.page(
            request, "dashboards.html", title="Dashboards", nav="dashboards", dashboards=self._dashboards(project)
        )

    async def listed(self, request: PageRequest) -> Answer:
        """Return the dashboards of all projects, for programs that want pictures of them."""
        del request
        found = [
            {"name": text(body, "name"), "displayName": text(body, "displayName")}
            for project in self._sources.project_ids()
            for body in self._sources.dashboards(project)
        ]
        return web.document({"dashboards": found})

    def _dashboards(self, project: str) -> list[dict[str, object]]:
        return [
            {
                "id": text(body, "name").rpartition("/")[2],
                "title": text(body, "displayName"),
                "labels": [name for name in text_map(body, "labels") if name not in _SILENT_LABELS],
                "charts": sum(1 for tile in placed(body) if "xyChart" in tile.widget),
                "widgets": sum(1 for _ in placed(body)),
            }
            for body in self._sources.dashboards(project)
        ]

    async def dashboard(self, request: PageRequest, identifier: str) -> Answer:
        """Return one dashboard with its data."""
        body = self._sources.dashboard(identifier)
        if body is None:
            return self._frame.problem(request, 404, f"There is no dashboard {identifier}: it may have been deleted.")
        board = await Boards(self._sources, request, self._frame.window(request)).board(body)
        filters = [
            {
                "name": f"var.{text(one, 'templateVariable')}",
                "label": text(one, "templateVariable"),
                "value": request.get(f"var.{text(one, 'templateVariable')}") or text(one, "stringValue"),
            }
            for one in children(body, "dashboardFilters")
            if text(one, "templateVariable")
        ]
        return self._frame.page(
            request,
            "dashboard.html",
            title=board.title,
            nav="dashboards",
            project=board.project,
            board=board,
            rows_of_tiles=self._shelves(request, board, list(board.blocks)),
            filters=filters,
            description=text(body, "description"),
        )

    async def layout(self, request: PageRequest, identifier: str) -> Answer:
        """Return the places of a dashboard's tiles, as a style sheet: the pages hold no style themselves."""
        del request
        body = self._sources.dashboard(identifier)
        rules = [] if body is None else _places(blocks(body))
        return web.style("@media (min-width: 1001px) {\n" + "\n".join(rules) + "\n}\n")

    async def tile(self, request: PageRequest, identifier: str, index: str) -> Answer:
        """Return one tile, large, with its queries and values."""
        body = self._sources.dashboard(identifier)
        found = None if body is None else next((one for one in placed(body) if one.index == int(index)), None)
        if body is None or found is None:
            return self._frame.problem(request, 404, "There is no such tile: the dashboard may have changed.")
        boards = Boards(self._sources, request, self._frame.window(request))
        project = self._sources.project_of(text(body, "name"))
        tile = await boards.single(body, found)
        rows = values_of(tile.content.drawing) if isinstance(tile.content, Chart) else []
        return self._frame.page(
            request,
            "tile.html",
            title=tile.title or "Tile",
            nav="dashboards",
            project=project,
            board={"id": identifier, "title": text(body, "displayName")},
            view=self._view(request, identifier, tile, size=LARGE),
            queries=queries_of(found.widget),
            rows=rows,
        )

    # -- views ------------------------------------------------------------------------------------------------------

    def _shelves(self, request: PageRequest, board: Board, shelves: list[Shelf]) -> tuple[ShelfView, ...]:
        return tuple(
            ShelfView(
                tuple(self._view(request, board.identifier, tile, board=board) for tile in shelf.tiles),
                lone_frame(shelf) is not None,
            )
            for shelf in shelves
        )

    def _view(
        self,
        request: PageRequest,
        identifier: str,
        tile: Tile,
        *,
        size: Size | None = None,
        board: Board | None = None,
    ) -> View:
        content = tile.content
        image, html = None, None
        room = size or tile.drawing_size()
        if isinstance(content, Chart):
            alt = f"{tile.title or 'Chart'}. {content.summary}"
            image = self._frame.image(content.drawing, room, alt)
        elif isinstance(content, Scorecard) and content.spark is not None:
            below = Size(room.width, max(40, room.height - SPARK_ROOM))
            image = self._frame.image(content.spark, below, "", narrow=Size(380, 90))
        elif isinstance(content, Prose):
            html = prose.html(content.content) if content.markdown else prose.plain(content.content)
        return View(
            tile=tile,
            kind=_KINDS[type(content)],
            heading="" if size is not None else tile.title,
            href=request.link(f"/console/dashboards/{identifier}/tiles/{tile.index}"),
            image=image,
            html=html,
            shelves=self._shelves(request, board, tile.blocks) if board is not None else (),
        )


def _places(blocks: Sequence[Block]) -> list[str]:
    """Where each tile is in its grid, from the layout alone: this runs no query."""
    rules: list[str] = []
    for block in blocks:
        for tile in block.tiles:
            rules.append(
                f".t{tile.index}{{grid-column:{tile.x + 1}/span {tile.width};grid-row:{tile.y + 1}/span {tile.height}}}"
            )
            if tile.inside:
                rules += _places(inner_blocks(tile))
    return rules


def queries_of(value: JsonValue) -> list[tuple[str, str]]:
    """Return the queries in a widget, each with its kind."""
    found: list[tuple[str, str]] = []
    if isinstance(value, list):
        for item in value:
            found += queries_of(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in _QUERY_KINDS and isinstance(item, str):
                found.append((_QUERY_KINDS[name], item))
            else:
                found += queries_of(item)
    return found


def values_of(drawing: Drawing) -> list[tuple[str, str, str, str, str]]:
    """Return the name of each line, with its newest, least, mean and greatest value."""
    if not isinstance(drawing, TimeChart):
        return []
    rows: list[tuple[str, str, str, str, str]] = []
    for line in drawing.lines:
        values = [value for value in line.values if value - value == 0]
        if not values:
            continue
        unit = drawing.right_unit if line.right else drawing.unit
        shown = scale(unit, max(abs(value) for value in values), share=drawing.share)
        mean = sum(values) / len(values)
        newest, least, middle, greatest = (shown.text(one) for one in (values[-1], min(values), mean, max(values)))
        rows.append((line.name, newest, least, middle, greatest))
    return rows
