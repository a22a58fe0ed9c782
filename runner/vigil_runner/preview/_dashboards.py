"""Dashboards before and after: tiles added, removed, changed and moved."""

from collections.abc import Iterator
from dataclasses import dataclass

from vigil_apimodel import dashboards, tokens
from vigil_apimodel.json_values import JsonObject, child, text
from vigil_runner.preview._changes import Change, FieldChange, Kind, differences
from vigil_runner.preview._declared import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class TileChange:
    """A tile of a dashboard that changes."""

    title: str
    section: str
    """Title of the section above it, empty where there is none."""
    kind: Kind
    fields: tuple[FieldChange, ...] = ()
    former: str = ""
    """Its title before, where that is another one."""

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


def dashboard_changes(found: tuple[Change, ...]) -> tuple[DashboardChange, ...]:
    """Return the dashboards among the changes, tile by tile."""
    return tuple(
        _changed(each) for each in found if each.resource.type == tokens.DASHBOARD and each.kind is not Kind.RENAMED
    )


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
    layouts = {name for name, _ in dashboards.LAYOUTS}
    others = tuple(one for one in differences(before, after) if one.path.partition(".")[0] not in layouts)
    beside = tuple(one for one in change.fields if not one.path.startswith("dashboard"))
    return DashboardChange(
        change=change, title=title, before=before, after=after, tiles=tiles, moved=moved, others=(*others, *beside)
    )


def _document(resource: Resource | None) -> JsonObject | None:
    return None if resource is None else child(resource.inputs, "dashboard")


def _compared(old: dict[str, dashboards.Tile], new: dict[str, dashboards.Tile]) -> Iterator[TileChange]:
    renamed = _renamed(old, new)
    for key, tile in new.items():
        before = old.get(renamed.get(key, key))
        if before is None:
            yield TileChange(title=tile.title, section=tile.section, kind=Kind.ADDED)
        elif before.widget != tile.widget:
            fields = tuple(differences(before.widget, tile.widget))
            former = before.title if before.title != tile.title else ""
            yield TileChange(title=tile.title, section=tile.section, kind=Kind.CHANGED, fields=fields, former=former)
    for key, tile in old.items():
        if key not in new and key not in renamed.values():
            yield TileChange(title=tile.title, section=tile.section, kind=Kind.REMOVED)


def _renamed(old: dict[str, dashboards.Tile], new: dict[str, dashboards.Tile]) -> dict[str, str]:
    """Return tiles that only have another title now, by their keys: the same chart, or the same kind at its place."""
    gone = {key: tile for key, tile in old.items() if key not in new}
    found: dict[str, str] = {}
    for alike in (_same_content, _same_place):
        for key, tile in new.items():
            if key in old or key in found:
                continue
            former = next((one for one, before in gone.items() if alike(before, tile)), None)
            if former is not None:
                found[key] = former
                del gone[former]
    return found


def _same_content(one: dashboards.Tile, other: dashboards.Tile) -> bool:
    return one.section == other.section and _without_title(one.widget) == _without_title(other.widget)


def _same_place(one: dashboards.Tile, other: dashboards.Tile) -> bool:
    placed = bool(one.place) and one.place == other.place
    return placed and one.section == other.section and _kind(one.widget) == _kind(other.widget)


def _without_title(widget: JsonObject) -> JsonObject:
    return {key: value for key, value in widget.items() if key not in ("title", "id")}


def _kind(widget: JsonObject) -> str:
    return next((key for key in widget if key not in ("title", "id", "visibilityCondition")), "tile")


def _tiles(document: JsonObject) -> dict[str, dashboards.Tile]:
    """Return the tiles by section, title and occurrence, so that one that moved is still itself."""
    found: dict[str, dashboards.Tile] = {}
    counts: dict[tuple[str, str], int] = {}
    for tile in dashboards.tiles(document):
        pair = (tile.section, tile.title)
        counts[pair] = counts.get(pair, 0) + 1
        found[f"{tile.section}\0{tile.title}\0{counts[pair]}"] = tile
    return found
