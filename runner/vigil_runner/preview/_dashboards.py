"""Dashboards before and after: tiles added, removed, changed and moved."""

from collections.abc import Iterator
from dataclasses import dataclass

from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_runner.normal_form import DASHBOARD
from vigil_runner.preview._changes import Change, FieldChange, Kind, differences
from vigil_runner.preview._declared import Resource

_LISTS = (("gridLayout", "widgets"), ("mosaicLayout", "tiles"), ("rowLayout", "rows"), ("columnLayout", "columns"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TileChange:
    """A tile of a dashboard that changes."""

    title: str
    section: str
    """Title of the section above it, empty where there is none."""
    kind: Kind
    fields: tuple[FieldChange, ...] = ()

    @property
    def name(self) -> str:
        """The tile's title, with its section."""
        return f"{self.section}: {self.title}" if self.section else self.title


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardChange:
    """A dashboard before and after; None where it is not there."""

    change: Change
    title: str
    before: JsonObject | None
    after: JsonObject | None
    tiles: tuple[TileChange, ...] = ()
    moved: int = 0
    """How many tiles are only at another place."""
    others: tuple[FieldChange, ...] = ()
    """What changes beside tiles: title, filters, labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tile:
    title: str
    section: str
    widget: JsonObject
    place: JsonObject


def dashboard_changes(found: tuple[Change, ...]) -> tuple[DashboardChange, ...]:
    """Return the dashboards among the changes, tile by tile."""
    return tuple(_changed(each) for each in found if each.resource.type == DASHBOARD and each.kind is not Kind.RENAMED)


def _changed(change: Change) -> DashboardChange:
    before, after = _document(change.before), _document(change.after)
    document = after or before or {}
    title = text(document, "displayName") or change.resource.name
    if before is None or after is None:
        return DashboardChange(change=change, title=title, before=before, after=after)
    old, new = _tiles(before), _tiles(after)
    tiles = tuple(_compared(old, new))
    moved = sum(
        old[key].place != new[key].place and old[key].widget == new[key].widget for key in old.keys() & new.keys()
    )
    layouts = {name for name, _ in _LISTS}
    others = tuple(one for one in differences(before, after) if one.path.partition(".")[0] not in layouts)
    beside = tuple(one for one in change.fields if not one.path.startswith("dashboard"))
    return DashboardChange(
        change=change, title=title, before=before, after=after, tiles=tiles, moved=moved, others=(*others, *beside)
    )


def _document(resource: Resource | None) -> JsonObject | None:
    return None if resource is None else child(resource.inputs, "dashboard")


def _compared(old: dict[str, _Tile], new: dict[str, _Tile]) -> Iterator[TileChange]:
    for key, tile in new.items():
        if key not in old:
            yield TileChange(title=tile.title, section=tile.section, kind=Kind.ADDED)
        elif old[key].widget != tile.widget:
            fields = tuple(differences(old[key].widget, tile.widget))
            yield TileChange(title=tile.title, section=tile.section, kind=Kind.CHANGED, fields=fields)
    for key, tile in old.items():
        if key not in new:
            yield TileChange(title=tile.title, section=tile.section, kind=Kind.REMOVED)


def _tiles(document: JsonObject) -> dict[str, _Tile]:
    """Return the tiles by section, title and occurrence, so that one that moved is still itself."""
    found: dict[str, _Tile] = {}
    counts: dict[tuple[str, str], int] = {}
    for tile in _walk(document):
        pair = (tile.section, tile.title)
        counts[pair] = counts.get(pair, 0) + 1
        found[f"{tile.section}\0{tile.title}\0{counts[pair]}"] = tile
    return found


def _walk(document: JsonObject) -> Iterator[_Tile]:
    section = ""
    for layout, name in _LISTS:
        for item in children(child(document, layout), name):
            inner = children(item, "widgets")
            for widget in inner or [child(item, "widget") or item]:
                if "sectionHeader" in widget:
                    section = text(widget, "title")
                    continue
                place: JsonObject = {key: value for key, value in item.items() if key not in ("widget", "widgets")}
                place = {} if item is widget else place
                yield _Tile(title=_title(widget), section=section, widget=widget, place=place)


def _title(widget: JsonObject) -> str:
    kind = next((key for key in widget if key not in ("title", "id", "visibilityCondition")), "tile")
    return text(widget, "title") or f"untitled {kind}"
