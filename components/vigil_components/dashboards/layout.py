"""From widgets to a page: a section places widgets in rows, a layout stacks sections."""

from collections.abc import Sequence
from dataclasses import dataclass

from vigil_components.dashboards.widgets import Json, JsonValue, section_header

COLUMNS = 48
"""Columns of the mosaic: what the console itself makes, since it leaves room for thirds, quarters and sixths."""

ROW_HEIGHT = 16
"""Height of a chart: with 48 columns a third of the page's width is then about twice as wide as high."""

HEADER_HEIGHT = 4
"""Height of a section's heading."""


class LayoutError(ValueError):
    """Widgets that do not fit the page."""


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A widget with its place, in columns and rows from the upper left corner of its section."""

    widget: Json
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Section:
    """Tiles under a heading, at coordinates of the section's own."""

    title: str
    tiles: tuple[Tile, ...]

    @property
    def height(self) -> int:
        """Rows from the top of the first tile to the bottom of the last."""
        return max((tile.y + tile.height for tile in self.tiles), default=0)


def rows(title: str, *widgets_by_row: Sequence[Json], height: int = ROW_HEIGHT) -> Section:
    """A section of rows, each shared evenly by its widgets.

    Raises LayoutError for a row whose number of widgets does not divide the page's columns.
    """
    tiles: list[Tile] = []
    for index, row in enumerate(widgets_by_row):
        if not row:
            continue
        if COLUMNS % len(row):
            raise LayoutError(
                f"section {title!r}, row {index + 1}: {len(row)} widgets do not share {COLUMNS} columns evenly; "
                "use 1, 2, 3, 4, 6 or 8"
            )
        width = COLUMNS // len(row)
        tiles += [
            Tile(widget=widget, x=position * width, y=index * height, width=width, height=height)
            for position, widget in enumerate(row)
        ]
    return Section(title=title, tiles=tuple(tiles))


def mosaic(sections: Sequence[Section]) -> Json:
    """The sections below each other, each under its heading. A section without tiles is left out."""
    tiles: list[JsonValue] = []
    top = 0
    for section in sections:
        if not section.tiles:
            continue
        header = section_header(section.title)
        tiles.append({"xPos": 0, "yPos": top, "width": COLUMNS, "height": HEADER_HEIGHT, "widget": header})
        top += HEADER_HEIGHT
        for tile in section.tiles:
            if tile.x < 0 or tile.width < 1 or tile.x + tile.width > COLUMNS:
                raise LayoutError(
                    f"section {section.title!r}: a tile spans columns {tile.x} to {tile.x + tile.width}, "
                    f"the page has {COLUMNS}"
                )
            tiles.append(
                {
                    "xPos": tile.x,
                    "yPos": top + tile.y,
                    "width": tile.width,
                    "height": tile.height,
                    "widget": tile.widget,
                }
            )
        top += section.height
    return {"columns": COLUMNS, "tiles": tiles}
