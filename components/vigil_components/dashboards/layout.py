"""From widgets to a page: a section places widgets in rows, a layout stacks sections."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from vigil_components.arguments import Name, PositiveCount, validated
from vigil_components.dashboards.widgets import (
    Json,
    JsonValue,
    collapsible_group,
    section_header,
    single_view_group,
)
from vigil_telemetry.arguments import Constraint

COLUMNS = 48
"""Columns of the mosaic: what the console itself makes, since it leaves room for thirds, quarters and sixths."""

ROW_HEIGHT = 16
"""Height of a chart: with 48 columns a third of the page's width is then about twice as wide as high."""

HEADER_HEIGHT = 4
"""Height of a section's heading."""


class LayoutError(ValueError):
    """Widgets that do not fit the page."""


@validated
@dataclass(frozen=True, kw_only=True)
class Tile:
    """A widget with its place in its section."""

    widget: Json
    """The widget, as the functions of this package make it."""
    x: Annotated[int, Constraint(lambda value: 0 <= value < COLUMNS, f"give 0 to {COLUMNS - 1}")]
    """Columns from the left edge."""
    y: Annotated[int, Constraint(lambda value: value >= 0, "give 0 or more")]
    """Rows from the section's top."""
    width: Annotated[int, Constraint(lambda value: 0 < value <= COLUMNS, f"give 1 to {COLUMNS}")]
    """Columns that it takes, of 48."""
    height: PositiveCount
    """Rows that it takes."""


class Group(StrEnum):
    """What frames a section."""

    HEADER = "header"
    """A heading with a line below it."""
    OPEN = "open"
    """A group that can be folded away."""
    FOLDED = "folded"
    """A group that is folded away until somebody opens it."""
    TABS = "tabs"
    """One tile at a time, chosen by tab."""


@validated
@dataclass(frozen=True, kw_only=True)
class Section:
    """Tiles under a heading, at coordinates of the section's own."""

    title: Name
    """Heading."""
    tiles: tuple[Tile, ...]
    """Widgets with their places."""
    group: Group = Group.HEADER
    """What frames the section. Default: a heading with a line below."""

    @property
    def height(self) -> int:
        """Rows from the top of the first tile to the bottom of the last."""
        return max((tile.y + tile.height for tile in self.tiles), default=0)


@validated
def rows(title: Name, *widgets_by_row: Sequence[Json], height: PositiveCount = ROW_HEIGHT) -> Section:
    """Return a section of rows, each shared evenly by its widgets.

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


@validated
def mosaic(sections: Sequence[Section]) -> Json:
    """Return the sections below each other, each under its heading. A section without tiles is left out."""
    tiles: list[JsonValue] = []
    top = 0
    for section in sections:
        if not section.tiles:
            continue
        frame, height = _frame(section)
        tiles.append({"xPos": 0, "yPos": top, "width": COLUMNS, "height": height, "widget": frame})
        if section.group is Group.HEADER:
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


def _frame(section: Section) -> tuple[Json, int]:
    """Return the tile that frames the section, and its height: a heading's own, or that of all it encloses."""
    match section.group:
        case Group.HEADER:
            return section_header(section.title), HEADER_HEIGHT
        case Group.OPEN:
            return collapsible_group(section.title), section.height
        case Group.FOLDED:
            return collapsible_group(section.title, collapsed=True), section.height
        case Group.TABS:
            return single_view_group(section.title, tabs=True), section.height
