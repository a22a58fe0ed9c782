"""A dashboard with its content: a page shows it as HTML, a picture as SVG."""

from dataclasses import dataclass, field

from vigil_emulator.charts.contents import Content, Group, Heading
from vigil_emulator.charts.layout import COLUMNS
from vigil_emulator.charts.model import Level, Size

COLUMN_PIXELS = 28
"""Width of a column where a page has room for all 48."""
ROW_PIXELS = 16
PADDING = 12
TITLE_PIXELS = 34
"""Height of a tile's title with the space around it."""
GAP = 12
"""Between two tiles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a list: an entry, an incident, a group of errors."""

    time: str
    level: Level
    label: str
    text: str
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Rows, or a note that says why there are none; `href` leads to more of them."""

    rows: tuple[Row, ...]
    note: str = ""
    href: str = ""
    more: str = ""


@dataclass(slots=True, kw_only=True)
class Tile:
    """A widget with its place in its block (columns and rows) and what it shows."""

    index: int
    title: str
    x: int
    y: int
    width: int
    height: int
    content: Content | Listing
    blocks: list["Shelf"] = field(default_factory=list["Shelf"])

    def drawing_size(self) -> Size:
        """Return the room for a drawing inside the tile, at the full width of a page."""
        width = self.width * COLUMN_PIXELS - GAP - 2 * PADDING
        height = self.height * ROW_PIXELS - GAP - TITLE_PIXELS - PADDING
        return Size(max(80, width), max(60, height))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Tiles of one grid, `height` rows high."""

    tiles: tuple[Tile, ...]
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard with its data."""

    identifier: str
    title: str
    project: str
    blocks: tuple[Shelf, ...]

    def tile(self, index: int) -> Tile | None:
        """Return the tile of a number, wherever it is."""
        return next((tile for tile in self.tiles() if tile.index == index), None)

    def tiles(self) -> list[Tile]:
        """Return all tiles, groups before what they frame."""
        found: list[Tile] = []

        def visit(blocks: tuple[Shelf, ...] | list[Shelf]) -> None:
            for block in blocks:
                for tile in block.tiles:
                    found.append(tile)
                    visit(tile.blocks)

        visit(self.blocks)
        return found


def lone_frame(block: Shelf) -> Tile | None:
    """Return the group or heading that a block consists of, if it is nothing else and as wide as the page."""
    if len(block.tiles) != 1 or block.tiles[0].width < COLUMNS:
        return None
    tile = block.tiles[0]
    return tile if isinstance(tile.content, Group | Heading) else None
