"""A dashboard's layout as blocks from top to bottom, whatever of the API's four layouts it has.

Everything is brought to 48 columns. A block is one grid of tiles whose rows belong together: so a group that is folded
away takes no room, and gaps between sections close.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.numerals import number

COLUMNS = 48
CHART_ROWS = 16
"""Height of a tile where the layout gives none: a chart's."""

GROUPS = ("collapsibleGroup", "singleViewGroup")


@dataclass(slots=True)
class Placed:
    """A widget with its place in its block. `index` counts the dashboard's widgets in the document's order."""

    index: int
    widget: JsonObject
    x: int
    y: int
    width: int
    height: int
    inside: list["Placed"] = field(default_factory=list["Placed"])
    """Of a group: what it frames, at places within it."""

    @property
    def title(self) -> str:
        """The widget's title."""
        return text(self.widget, "title")

    @property
    def is_group(self) -> bool:
        """Whether it frames other tiles."""
        return any(name in self.widget for name in GROUPS)


@dataclass(frozen=True, slots=True)
class Block:
    """Tiles of one grid, `height` rows high."""

    tiles: tuple[Placed, ...]
    height: int


def blocks(dashboard: JsonObject) -> list[Block]:
    """Return the dashboard from top to bottom."""
    return _blocks(_grouped(list(placed(dashboard))))


def placed(dashboard: JsonObject) -> Iterator[Placed]:
    """Yield all tiles at absolute places, groups beside what they frame, in the document's order."""
    if "mosaicLayout" in dashboard:
        yield from _mosaic(child(dashboard, "mosaicLayout"))
    elif "gridLayout" in dashboard:
        yield from _grid(child(dashboard, "gridLayout"))
    elif "rowLayout" in dashboard:
        yield from _rows(children(child(dashboard, "rowLayout"), "rows"))
    elif "columnLayout" in dashboard:
        yield from _columns(children(child(dashboard, "columnLayout"), "columns"))


def _mosaic(layout: JsonObject) -> Iterator[Placed]:
    columns = max(1, int(number(layout, "columns", COLUMNS)))
    unit = COLUMNS / columns
    for index, tile in enumerate(children(layout, "tiles")):
        left, width = number(tile, "xPos"), number(tile, "width", 1)
        top, height = number(tile, "yPos"), number(tile, "height", 1)
        x = min(COLUMNS - 1, round(left * unit))
        y = round(top * unit)
        yield Placed(
            index,
            child(tile, "widget"),
            x,
            y,
            max(1, min(COLUMNS, round((left + width) * unit)) - x),
            max(1, round((top + height) * unit) - y),
        )


def _grid(layout: JsonObject) -> Iterator[Placed]:
    columns = max(1, int(number(layout, "columns", 1)))
    for index, widget in enumerate(children(layout, "widgets")):
        row, column = divmod(index, columns)
        x = round(column * COLUMNS / columns)
        yield Placed(index, widget, x, row * CHART_ROWS, round((column + 1) * COLUMNS / columns) - x, CHART_ROWS)


def _rows(rows: Sequence[JsonObject]) -> Iterator[Placed]:
    index = 0
    for place, row in enumerate(rows):
        widgets = children(row, "widgets")
        for column, widget in enumerate(widgets):
            x = round(column * COLUMNS / len(widgets))
            width = round((column + 1) * COLUMNS / len(widgets)) - x
            yield Placed(index, widget, x, place * CHART_ROWS, width, CHART_ROWS)
            index += 1


def _columns(columns: Sequence[JsonObject]) -> Iterator[Placed]:
    index = 0
    for place, column in enumerate(columns):
        x = round(place * COLUMNS / len(columns))
        width = round((place + 1) * COLUMNS / len(columns)) - x
        for row, widget in enumerate(children(column, "widgets")):
            yield Placed(index, widget, x, row * CHART_ROWS, width, CHART_ROWS)
            index += 1


def _grouped(tiles: list[Placed]) -> list[Placed]:
    """The outermost tiles, with what each group encloses moved into the innermost group around it."""
    groups = sorted((tile for tile in tiles if tile.is_group), key=lambda group: group.width * group.height)
    outer: list[Placed] = []
    origins = {id(tile): (tile.x, tile.y) for tile in tiles}
    for tile in tiles:
        home = next((group for group in groups if group is not tile and _encloses(origins, group, tile)), None)
        if home is None:
            outer.append(tile)
        else:
            home.inside.append(tile)
            left, top = origins[id(home)]
            tile.x, tile.y = tile.x - left, tile.y - top
    return outer


def _encloses(origins: dict[int, tuple[int, int]], group: Placed, tile: Placed) -> bool:
    left, top = origins[id(group)]
    x, y = origins[id(tile)]
    inside = left <= x and top <= y and x + tile.width <= left + group.width and y + tile.height <= top + group.height
    same = (left, top, group.width, group.height) == (x, y, tile.width, tile.height)
    # of two frames with the same place, the one that stands first in the document is the outer one
    return inside and not (same and tile.is_group and tile.index < group.index)


def _blocks(tiles: list[Placed]) -> list[Block]:
    found: list[Block] = []
    current: list[Placed] = []
    bottom = 0
    for tile in sorted(tiles, key=lambda each: (each.y, each.x)):
        if current and tile.y >= bottom:
            found.append(_block(current))
            current = []
        current.append(tile)
        bottom = max(bottom, tile.y + tile.height)
    if current:
        found.append(_block(current))
    return found


def _block(tiles: list[Placed]) -> Block:
    top = min(tile.y for tile in tiles)
    for tile in tiles:
        tile.y -= top
    return Block(tuple(tiles), max(tile.y + tile.height for tile in tiles))


def inner_blocks(group: Placed) -> list[Block]:
    """Return what a group frames, as grids of the group's own width brought to 48 columns."""
    tiles: list[Placed] = []
    for tile in group.inside:
        x = round(tile.x * COLUMNS / group.width)
        width = max(1, round((tile.x + tile.width) * COLUMNS / group.width) - x)
        tiles.append(Placed(tile.index, tile.widget, x, tile.y, width, tile.height, tile.inside))
    return _blocks(tiles)
