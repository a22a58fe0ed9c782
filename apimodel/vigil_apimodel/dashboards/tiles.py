"""The tiles of a dashboard, and the dashboard line by line, so that a difference names the tile."""

import hashlib
import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vigil_apimodel.json_values import JsonObject, JsonValue, child, children, text

LAYOUTS: Final = (
    ("gridLayout", "widgets"),
    ("mosaicLayout", "tiles"),
    ("rowLayout", "rows"),
    ("columnLayout", "columns"),
)
"""Each layout, and its list."""

_BESIDE: Final = frozenset({"id", "title", "visibilityCondition"})
"""Fields of a widget that say nothing about its kind."""

_HEADING: Final = "sectionHeader"

_WIDTH: Final = 110
"""Characters of a line; the engine cuts a line off at 150 bytes, so that a change at the end of a query was unseen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A widget with its place on the page."""

    title: str
    """The widget's title, or what it is where it has none."""
    section: str
    """Title of the heading above it, empty where there is none."""
    kind: str
    """The widget's kind in words: "xy chart", "logs panel"."""
    widget: JsonObject
    place: JsonObject
    """The fields beside the widget: place and size."""


def tiles(document: JsonObject) -> Iterator[Tile]:
    """Yield the tiles of any layout in the order of the document, without the headings of sections."""
    section = ""
    for widget, place in _widgets(document):
        if _HEADING in widget:
            section = text(widget, "title")
        else:
            kind = _kind(widget)
            title = text(widget, "title") or f"untitled {kind}"
            yield Tile(title=title, section=section, kind=kind, widget=widget, place=place)


def outline(document: JsonObject) -> str:
    """Return everything that a dashboard shows, line by line: each tile with its content, then the rest.

    Pulumi's engine shows a text line by line, with two lines around a change, but a JSON document as a whole. So the
    line of a tile ends with a digest of the tile: it changes with any line below it, and is always shown. Where a tile
    is on the page follows from order and size, and is left out: a tile more changes no line of those below it.
    """
    lines = [line for tile in tiles(document) for line in _lines(tile)]
    layouts = {name for name, _ in LAYOUTS}
    beside = (leaf for key, value in document.items() if key not in layouts for leaf in _leaves(value, key))
    return "\n".join((*lines, *_wrapped(beside, "")))


def _leaves(value: JsonValue, path: str) -> Iterator[str]:
    """Yield `path = value` for each single value inside a JSON value, in its order."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves(item, f"{path}[{index}]")
    else:
        plain = isinstance(value, str) and value.isprintable()
        yield f"{path} = {value if plain else json.dumps(value, ensure_ascii=False)}"


def _lines(tile: Tile) -> Iterator[str]:
    size = [f"{tile.place['width']} x {tile.place['height']}"] if {"width", "height"} <= tile.place.keys() else []
    named = f"{tile.section} / {tile.title}" if tile.section else tile.title
    # No colon: the engine would read such lines as YAML, and show a mapping without order.
    yield " ".join(f"{named} ({', '.join([tile.kind, *size, _digest(tile.widget)])})".split())
    for key, value in tile.widget.items():
        if key != "title":
            yield from _wrapped(_leaves(value, "" if isinstance(value, dict) and value else key), "  ")


def _wrapped(lines: Iterable[str], indent: str) -> Iterator[str]:
    for line in lines:
        if line and len(indent) + len(line) <= _WIDTH and line.isprintable() and line == line.strip():
            yield indent + line  # as `wrap` has it, at a tenth of the time
        else:
            yield from textwrap.wrap(
                line, _WIDTH, initial_indent=indent, subsequent_indent=f"{indent}    ", break_on_hyphens=False
            )


def _digest(widget: JsonObject) -> str:
    written = json.dumps(widget, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:8]


def _widgets(document: JsonObject) -> Iterator[tuple[JsonObject, JsonObject]]:
    for layout, name in LAYOUTS:
        for item in children(child(document, layout), name):
            inner = children(item, "widgets")
            for widget in inner or [child(item, "widget") or item]:
                beside: dict[str, JsonValue] = {
                    key: value for key, value in item.items() if key not in ("widget", "widgets")
                }
                yield widget, {} if item is widget else beside


def _kind(widget: JsonObject) -> str:
    key = next((key for key in widget if key not in _BESIDE), "tile")
    return re.sub(r"(?=[A-Z])", " ", key).lower()
