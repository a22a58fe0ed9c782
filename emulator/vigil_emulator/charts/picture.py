"""A whole dashboard as one SVG: title, sections, tiles with their content."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from vigil_emulator.charts import prose
from vigil_emulator.charts.board import (
    COLUMN_PIXELS,
    GAP,
    PADDING,
    ROW_PIXELS,
    TITLE_PIXELS,
    Board,
    Listing,
    Shelf,
    Tile,
)
from vigil_emulator.charts.contents import Chart, Empty, Group, Heading, Prose, Scorecard, Table
from vigil_emulator.charts.layout import COLUMNS
from vigil_emulator.charts.model import Drawing, Level, Mark, Size, ThemeName
from vigil_emulator.charts.renderer import Renderer
from vigil_emulator.charts.text_lines import wrapped_lines
from vigil_emulator.charts.theme import FONT, Theme, theme

WIDTH = COLUMNS * COLUMN_PIXELS
MARGIN = 24
HEAD = 76
FRAME_HEAD = 38
LINE = 18
LETTER = 6.3
"""Mean width of a letter at 12 pixels."""
STROKE = ' stroke-width="3"'
"""The frame of a tile that a change adds, changes or removes."""
_MARKED: Mapping[Mark, Level] = {"added": "ok", "changed": "warning", "removed": "critical"}
_IDENTIFIER = re.compile(r'(\bid="|url\(#|href="#)')
_OPEN = re.compile(r"^<svg\b[^>]*>")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


async def picture_of(
    board: Board, subtitle: str, renderer: Renderer, name: ThemeName, *, marks: Mapping[str, Mark] | None = None
) -> str:
    """Return the dashboard as SVG, which a PNG can be made of. `marks` frame tiles by title. Raises DrawingError."""
    sheet = _Sheet(renderer, name, marks or {})
    bottom = await sheet.shelves(board.blocks, MARGIN, MARGIN + HEAD, WIDTH)
    look = theme(name)
    height, width = bottom + MARGIN - GAP, WIDTH + 2 * MARGIN
    head = [
        f'<rect width="{width}" height="{height}" fill="{look.page}"/>',
        _text(board.title, MARGIN, MARGIN + 26, 24, look.text, bold=True),
        _text(subtitle, MARGIN, MARGIN + 50, 13, look.muted),
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" font-family={quoteattr(FONT)} role="img" '
        f"aria-label={quoteattr(_clean(board.title))}>"
    )
    return opening + "".join([*head, *sheet.parts]) + "</svg>"


@dataclass(frozen=True, slots=True)
class _Box:
    """A place, in pixels."""

    x: float
    y: float
    width: float
    height: float


class _Sheet:
    """Draws tiles at their places."""

    def __init__(self, renderer: Renderer, name: ThemeName, marks: Mapping[str, Mark]) -> None:
        self._renderer = renderer
        self._marks = marks
        self._name: ThemeName = name
        self._look: Theme = theme(name)
        self.parts: list[str] = []
        self._drawings = 0

    async def shelves(self, shelves: Sequence[Shelf], x: float, y: float, width: float) -> float:
        """Draw shelves below each other, and return where they end."""
        for shelf in shelves:
            column = width / COLUMNS
            end = y + shelf.height * ROW_PIXELS
            for tile in shelf.tiles:
                box = _Box(
                    x + tile.x * column,
                    y + tile.y * ROW_PIXELS,
                    tile.width * column - GAP,
                    tile.height * ROW_PIXELS - GAP,
                )
                if isinstance(tile.content, Group) and tile.blocks:
                    end = (
                        max(end, await self._group(tile, box)) if len(shelf.tiles) > 1 else await self._group(tile, box)
                    )
                else:
                    await self._tile(tile, box)
            y = end
        return y

    async def _group(self, tile: Tile, box: _Box) -> float:
        """A frame with its tiles; of tiles of which one is seen at a time, the first."""
        assert isinstance(tile.content, Group)  # noqa: S101 - the caller looked
        title = tile.title
        blocks: Sequence[Shelf] = tile.blocks
        if tile.content.tabs:
            inside = [one for shelf in blocks for one in shelf.tiles]
            title = " · ".join(part for part in (tile.title, "  |  ".join(one.title for one in inside)) if part)
            first = inside[0]
            first.x, first.y, first.width = 0, 0, COLUMNS
            blocks = [Shelf(tiles=(first,), height=first.height)]
        self.parts.append(_text(title, box.x + 2, box.y + 24, 15, self._look.text, bold=True, width=box.width))
        line = f'<path d="M{box.x},{box.y + 33.5}h{box.width}" stroke="{self._look.border}"/>'
        self.parts.append(line)
        return await self.shelves(blocks, box.x, box.y + FRAME_HEAD + 2, box.width + GAP)

    async def _tile(self, tile: Tile, box: _Box) -> None:
        look, content = self._look, tile.content
        if isinstance(content, Heading):
            size = 18 if box.height > LINE else 14
            self.parts.append(
                _text(
                    tile.title,
                    box.x + 2,
                    box.y + min(28.0, box.height / 2 + 6),
                    size,
                    look.text,
                    bold=True,
                    width=box.width,
                )
            )
            if content.subtitle and box.height > 3 * LINE:
                self.parts.append(_text(content.subtitle, box.x + 2, box.y + 48, 12, look.muted, width=box.width))
            if content.divider:
                line = f'<path d="M{box.x},{box.y + box.height - 0.5}h{box.width}" stroke="{look.border}"/>'
                self.parts.append(line)
            return
        if isinstance(content, Empty) and not content.note and not tile.title:
            return
        mark = self._marks.get(tile.title)
        stroke = look.border if mark is None else look.levels[_MARKED[mark]]
        self.parts.append(
            f'<rect x="{box.x + 0.5}" y="{box.y + 0.5}" width="{box.width}" height="{max(box.height, 8)}" rx="8" '
            f'fill="{look.card}" stroke="{stroke}"{"" if mark is None else STROKE}/>'
        )
        if mark is not None:
            self.parts.append(_text(mark, box.x + box.width - PADDING, box.y + 22, 12, stroke, bold=True, anchor="end"))
        self.parts.append(
            _text(tile.title, box.x + PADDING, box.y + 22, 13, look.text, bold=True, width=box.width - 2 * PADDING)
        )
        room = _Box(
            box.x + PADDING,
            box.y + (TITLE_PIXELS if tile.title else PADDING),
            box.width - 2 * PADDING,
            max(10.0, box.height - (TITLE_PIXELS if tile.title else PADDING) - PADDING),
        )
        await self._content(content, room)

    async def _content(self, content: object, room: _Box) -> None:
        look = self._look
        match content:
            case Chart():
                await self._drawing(content.drawing, room)
            case Scorecard():
                colour = look.text if content.level == "none" else look.levels[content.level]
                size = min(34.0, max(16.0, room.height * 0.4))
                self.parts.append(
                    _text(content.value, room.x, room.y + size, size, colour, bold=True, width=room.width)
                )
                if content.verdict and room.height > size + LINE:
                    self.parts.append(_text(content.verdict, room.x, room.y + size + LINE, 12, colour))
                below = room.y + size + 2 * LINE
                if content.spark is not None and room.y + room.height - below > 2 * LINE:
                    await self._drawing(content.spark, _Box(room.x, below, room.width, room.y + room.height - below))
            case Table():
                self._table(content, room)
            case Prose():
                self._prose(content, room)
            case Listing():
                self._listing(content, room)
            case Empty():
                self._note(content.note, room)
            case _:
                pass

    async def _drawing(self, drawing: Drawing, room: _Box) -> None:
        size = Size(max(60, round(room.width)), max(40, round(room.height)))
        svg = await self._renderer.svg(drawing, size, self._name)
        self._drawings += 1
        own = _IDENTIFIER.sub(rf"\g<1>d{self._drawings}-", svg)
        place = f'<svg x="{room.x:.1f}" y="{room.y:.1f}" width="{size.width}" height="{size.height}">'
        self.parts.append(_OPEN.sub(place, own, count=1))

    def _note(self, note: str, room: _Box) -> None:
        lines = wrapped_lines(note, max(10, int(room.width / LETTER)))[: max(1, int(room.height // LINE))]
        top = room.y + max(LINE, room.height / 2 - LINE * len(lines) / 2 + 6)
        for place, line in enumerate(lines):
            self.parts.append(
                _text(line, room.x + room.width / 2, top + place * LINE, 12, self._look.muted, anchor="middle")
            )

    def _table(self, table: Table, room: _Box) -> None:
        columns = len(table.columns)
        step = room.width / columns
        shown = [table.columns, *table.rows][: max(1, int(room.height // (LINE + 4)))]
        for place, row in enumerate(shown):
            y = room.y + 14 + place * (LINE + 4)
            if place and table.shares:
                share = room.width * table.shares[place - 1]
                self.parts.append(
                    f'<rect x="{room.x}" y="{y - 14:.1f}" width="{share:.1f}" height="{LINE + 1}" rx="3" '
                    f'fill="{self._look.series[0]}" fill-opacity="0.16"/>'
                )
            for column, cell in enumerate(row):
                last = column == columns - 1
                x = room.x + (room.width if last else column * step)
                colour = self._look.text if place else self._look.muted
                anchor = "end" if last else "start"
                self.parts.append(
                    _text(cell, x, y, 12, colour, width=step - 8, anchor=anchor, bold=bool(place) and last)
                )

    def _prose(self, text: Prose, room: _Box) -> None:
        blocks = prose.lines(text.content) if text.markdown else [("p", line) for line in text.content.splitlines()]
        y = room.y
        for kind, line in blocks:
            size = 14 if kind == "h" else 12
            indent = 12 if kind == "li" else 0
            for place, part in enumerate(wrapped_lines(line, max(8, int((room.width - indent) / LETTER)))):
                y += LINE
                if y > room.y + room.height:
                    return
                start = "• " if kind == "li" and not place else ""
                self.parts.append(_text(start + part, room.x + indent, y, size, self._look.text, bold=kind == "h"))
            y += 4

    def _listing(self, listing: Listing, room: _Box) -> None:
        if not listing.rows:
            self._note(listing.note, room)
            return
        for place, row in enumerate(listing.rows[: max(1, int(room.height // (LINE + 2)))]):
            y = room.y + 14 + place * (LINE + 2)
            colour = self._look.levels[row.level]
            self.parts.append(f'<circle cx="{room.x + 4}" cy="{y - 4:.1f}" r="4" fill="{colour}"/>')
            self.parts.append(_text(row.time, room.x + 16, y, 12, self._look.muted))
            self.parts.append(_text(row.label, room.x + 100, y, 12, self._look.muted, width=84))
            self.parts.append(_text(row.text, room.x + 190, y, 12, self._look.text, width=room.width - 190))


def _text(
    text: str,
    x: float,
    y: float,
    size: float,
    colour: str,
    *,
    bold: bool = False,
    width: float = 0,
    anchor: str = "start",
) -> str:
    """One line of text, cut where it does not fit."""
    if width:
        most = max(1, int(width / (size * LETTER / 12)))
        text = text if len(text) <= most else text[: most - 1] + "…"
    weight = ' font-weight="600"' if bold else ""
    at = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" fill="{colour}"{weight}{at}>{escape(_clean(text))}</text>'
    )


def _clean(text: str) -> str:
    """Without characters that XML does not have."""
    return _UNPRINTABLE.sub("\ufffd", text)
