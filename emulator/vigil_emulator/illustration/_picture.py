"""A dashboard's picture with made-up data."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TypeAlias

from promql_parser import BinaryExpr, NumberLiteral, ParenExpr, VectorSelector

from vigil_apimodel import promql
from vigil_apimodel.json_values import JsonObject, child, text
from vigil_emulator import data_methods
from vigil_emulator.charts import layout
from vigil_emulator.charts.board import Board, Shelf, Tile
from vigil_emulator.charts.contents import Content, Empty, ErrorPanel, IncidentList, LogsPanel
from vigil_emulator.charts.model import Mark, ThemeName
from vigil_emulator.charts.picture import picture_of
from vigil_emulator.charts.queries import Reader
from vigil_emulator.charts.renderer import Renderer
from vigil_emulator.charts.tiles import content_of
from vigil_emulator.charts.window import Window
from vigil_emulator.clock import VirtualClock
from vigil_emulator.console.boards import variables_of
from vigil_emulator.illustration._series import Wanted, fill, level_of, queries_of, thresholds_of, wanted
from vigil_emulator.illustration._shape import CALM, DAY, INCIDENT, NORMAL, WORST, Shape, worst
from vigil_emulator.promql.evaluate import parse
from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.server import Emulator

NOTICE: Final = "Illustrative data: made up to show the layout, not measured"
"""What every such picture says below its title."""
_NOW: Final = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
_PROJECT: Final = "example-project"
_CALIBRATION: Final = "3h"
_WINDOW: Final = re.compile(r"\[(\d+)([smhdw])(?::\w*)?\]")
_MINUTES: Final = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0, "w": 10_080.0}

Marks: TypeAlias = Mapping[str, Mark]


class Illustration:
    """Draws dashboards with made-up data. Keep one for several pictures: the processes that draw start once."""

    def __init__(self) -> None:
        """Nothing starts until the first picture."""
        self._renderer = Renderer()

    async def svg(self, document: JsonObject, *, theme: ThemeName = "light", marks: Marks | None = None) -> str:
        """Return the dashboard as SVG; `marks` frame tiles by their title.

        Raises LayoutError or DrawingError for a document that is no dashboard.
        """
        emulator = _emulator()
        try:
            shapes = await self.shapes(document)
            now = emulator.data.now()
            fill(emulator.data.series, document, project=_PROJECT, now=now, minutes=DAY, shapes=shapes)
            board = await _board(document, emulator, Window.last("1d", now))
        finally:
            _close(emulator)
        return await picture_of(board, NOTICE, self._renderer, theme, marks=marks or {})

    async def png(self, svg: str) -> bytes:
        """Return a picture as PNG."""
        return await self._renderer.png(svg, scale=1.5)

    async def close(self) -> None:
        """End the processes that draw."""
        await self._renderer.close()

    async def shapes(self, document: JsonObject) -> dict[str, Shape]:
        """Return how each metric must run for charts with a threshold to cross it in the incident.

        A chart's value follows its metrics in a straight line: two tries say by how much to scale those that no chart
        has fixed yet. Where it does not, as with a query over what is absent, the metric keeps its usual size.
        """
        shapes: dict[str, Shape] = {}
        for widget in _widgets(document):
            for (limit, below), query in zip(thresholds_of(widget), queries_of(widget), strict=False):
                free = [one for one in _deciding(query) if one.metric not in shapes]
                if not free:
                    continue
                if not limit:
                    if not below:
                        shapes |= {one.metric: Shape(_few(one), quiet=True) for one in free}
                    continue
                tried: list[float] = []
                for factor in (1.0, 2.0):
                    free_shapes = {one.metric: Shape(level_of(one) * factor) for one in free}
                    tried.append(await _shown(document, widget, query, {**shapes, **free_shapes}))
                slope = tried[1] - tried[0]
                if not slope or slope != slope:  # noqa: PLR0124 - NaN alone is not itself
                    if below:  # what only is or is not, is not in the incident
                        shapes |= {one.metric: Shape(level_of(one), 0.0) for one in free}
                    continue
                offset = tried[0] - slope
                high = worst(limit, share=_is_share(query))
                usual, bad = (limit * CALM, limit / WORST) if below else (limit * NORMAL, high)
                scale, peak = (usual - offset) / slope, (bad - offset) / slope
                if scale > 0:
                    factor = 1 + (max(peak, 0.0) / scale - 1) / _part_of_window(query)
                    shapes |= {one.metric: Shape(level_of(one) * scale, max(factor, 0.0)) for one in free}
        return shapes


def _is_share(query: JsonObject) -> bool:
    """Whether a query is a part of a whole: a quotient without a unit."""
    return text(query, "unitOverride") in ("1", "10^2.%") or "timeSeriesFilterRatio" in query


def _few(one: Wanted) -> float:
    """Return a level for what usually is not there at all; of a counter, a few a minute."""
    return 0.05 if one.kind != "GAUGE" else 1.0


def _part_of_window(query: JsonObject) -> float:
    """Return which part of a query's longest window the incident fills: of one shorter than the incident, all."""
    windows = [float(size) * _MINUTES[unit] for size, unit in _WINDOW.findall(text(query, "prometheusQuery"))]
    return min(1.0, (INCIDENT[1] - INCIDENT[0]) / max(windows, default=1.0))


async def _shown(document: JsonObject, widget: JsonObject, query: JsonObject, shapes: Mapping[str, Shape]) -> float:
    """Return what a query usually shows, NaN where it shows nothing."""
    emulator = _emulator()
    try:
        now = emulator.data.now()
        fill(emulator.data.series, widget, project=_PROJECT, now=now, minutes=180, shapes=shapes)
        found = await _reader(document, emulator).answer(query, Window.last(_CALIBRATION, now))
    finally:
        _close(emulator)
    values = sorted(value for one in found.series for value in one.values)
    return values[len(values) // 2] if values else float("nan")


def _deciding(query: JsonObject) -> list[Wanted]:
    """Return the metrics by which a query's value is set: of a quotient, those above the line."""
    reads = wanted(query)
    if ratio := child(query, "timeSeriesFilterRatio"):
        return wanted({"timeSeriesFilter": child(ratio, "numerator")})
    try:
        parsed = parse(text(query, "prometheusQuery"))
    except PromQLError:
        return reads
    above, below = _quotient(parsed)
    lower = {promql.name_of(one).removesuffix("_bucket") for one in below}
    upper = {promql.name_of(one).removesuffix("_bucket") for one in above} - lower
    return [one for one in reads if one.metric in upper] or reads


def _quotient(expr: object) -> "tuple[list[VectorSelector], list[VectorSelector]]":
    """Return the selectors above and below the line of the outermost quotient; all above where there is none."""
    if isinstance(expr, ParenExpr):
        return _quotient(expr.expr)
    if isinstance(expr, BinaryExpr):
        if str(expr.op) == "/" and not isinstance(expr.rhs, NumberLiteral):
            return list(promql.selectors(expr.lhs)), list(promql.selectors(expr.rhs))
        if isinstance(expr.lhs, NumberLiteral):
            return _quotient(expr.rhs)
        if isinstance(expr.rhs, NumberLiteral):
            return _quotient(expr.lhs)
    return list(promql.selectors(expr)), []


def _widgets(document: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = []

    def visit(blocks: list[layout.Block]) -> None:
        for block in blocks:
            for placed in block.tiles:
                found.append(placed.widget)
                if placed.inside:
                    visit(list(layout.inner_blocks(placed)))

    visit(list(layout.blocks(document)))
    return found


def _emulator() -> Emulator:
    return Emulator(clock=VirtualClock(_NOW), projects=(_PROJECT,))


def _close(emulator: Emulator) -> None:
    emulator.store.close()


def _reader(document: JsonObject, emulator: Emulator) -> Reader:
    return Reader(
        project=_PROJECT,
        handlers=data_methods.handlers(emulator.data),
        series=emulator.data.series,
        variables=variables_of(document, {}),
    )


async def _board(document: JsonObject, emulator: Emulator, window: Window) -> Board:
    reader = _reader(document, emulator)
    shelves = [await _shelf(block, reader, window) for block in layout.blocks(document)]
    title = text(document, "displayName") or "Dashboard without a title"
    return Board(identifier="illustration", title=title, project=_PROJECT, blocks=tuple(shelves))


async def _shelf(block: layout.Block, reader: Reader, window: Window) -> Shelf:
    return Shelf(tiles=tuple([await _tile(one, reader, window) for one in block.tiles]), height=block.height)


async def _tile(placed: layout.Placed, reader: Reader, window: Window) -> Tile:
    tile = Tile(
        index=placed.index,
        title=placed.title,
        x=placed.x,
        y=placed.y,
        width=placed.width,
        height=placed.height,
        content=_spoken(await content_of(placed.widget, reader, window)),
    )
    if placed.inside:
        tile.blocks = [await _shelf(block, reader, window) for block in layout.inner_blocks(placed)]
    return tile


def _spoken(content: Content) -> Content:
    """Panels of entries and incidents have no data to make up: they say what they will list."""
    match content:
        case LogsPanel():
            return Empty(f"Log entries that match: {content.filter or 'everything'}")
        case IncidentList():
            return Empty("Incidents that are open, and those that ended.")
        case ErrorPanel():
            services = ", ".join(content.services)
            return Empty(f"Groups of errors of {services}." if services else "Groups of errors.")
        case _:
            return content
