"""The tiles of a dashboard, and the dashboard in words: a line for each tile, so that a difference names the tile."""

import hashlib
import json
import re
from collections.abc import Iterator
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
    """Return a line for each tile, in order: section, title, kind, size, thresholds, and a digest of the widget.

    The digest changes with anything inside the widget, such as its query. Where a tile is on the page is left out, so
    that a tile more changes no line of those below it. One text, because Pulumi's engine compares a text line by line,
    but a list by place.
    """
    return "\n".join(_line(tile) for tile in tiles(document))


def _line(tile: Tile) -> str:
    size = [f"{tile.place['width']} x {tile.place['height']}"] if {"width", "height"} <= tile.place.keys() else []
    named = f"{tile.section} / {tile.title}" if tile.section else tile.title
    told = [tile.kind, *size, *_thresholds(tile.widget), _digest(tile.widget)]
    # No colon: the engine would read the lines as YAML, and show a mapping without order.
    return " ".join(f"{named} ({', '.join(told)})".split())


def _thresholds(widget: JsonObject) -> Iterator[str]:
    for value in widget.values():
        if isinstance(value, dict):
            for one in children(value, "thresholds"):
                # The API leaves a value of zero out.
                side = text(one, "direction", "at").lower()
                yield f"{text(one, 'label') or 'threshold'} {side} {json.dumps(one.get('value', 0))}"


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
