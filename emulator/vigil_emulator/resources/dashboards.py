"""Dashboards: what the server adds to them, and what it refuses."""

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from vigil_apimodel import limits
from vigil_apimodel.dashboards import FIELDS, unnamed
from vigil_apimodel.json_values import JsonObject, child, children, text
from vigil_emulator.calls import Call
from vigil_emulator.errors import invalid_argument
from vigil_emulator.numerals import number
from vigil_emulator.resources.collection import Change, Collection, last
from vigil_emulator.resources.etags import check_etag, new_etag
from vigil_emulator.rest.presence import ONE_OF
from vigil_emulator.times import MINUTE, parse_duration

CONTENTS = ONE_OF["Widget"]["content"]

_NO_CONTENTS = frozenset(FIELDS["Widget"]) - frozenset(CONTENTS)
"""What a widget has besides its content; an object under a name that nobody describes may be a content."""

_ONLY_IN_MOSAIC = {
    "singleViewGroup": "dropdownGroup",  # Google's error has the old name
    "sectionHeader": "sectionHeader",
    "collapsibleGroup": "collapsibleGroup",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A widget and where it is: `gridLayout.widgets[0]`."""

    widget: JsonObject
    where: str
    in_mosaic: bool


class Dashboards(Collection):
    """`monitoring.dashboards`; stored under the project's id, served with its number."""

    kind = "monitoring.dashboards"
    api = "monitoring.v1"
    schema = "Dashboard"
    segment = "dashboards"
    id_pattern = re.compile(r"[A-Za-z0-9_.\-]{1,100}")
    limit: ClassVar[tuple[int, str] | None] = (1000, "dashboards")
    server_fields = frozenset({"name", "etag"})

    def new_id(self, call: Call) -> str:
        """Return the last part of the body's name if it has one."""
        identifier = last(text(call.body, "name"))
        return self.valid_id(identifier) if identifier else str(uuid.uuid4())

    def served_name(self, name: str) -> str:
        """Return the name with the project's number."""
        return self.context.projects.numbered(name)

    def add(self, call: Call) -> JsonObject:
        """Add the dashboard; with `validateOnly`, check it and keep nothing."""
        if call.query.get("validateOnly") == "true":
            return self.prepare(Change(name="", body=dict(call.body), before=None, call=call))
        return super().add(call)

    def change(self, call: Call) -> JsonObject:
        """Change the dashboard; the request needs its etag."""
        before = self.existing(self.name(call))
        etag = text(call.body, "etag")
        if not etag:
            raise invalid_argument("Update Dashboard should specify a non empty etag.")
        check_etag(
            etag, text(before, "etag"), "The dashboard has been changed since it was read: its etag is another one."
        )
        if call.query.get("validateOnly") == "true":
            return self.prepare(Change(name="", body=dict(call.body), before=before, call=call))
        return super().change(call)

    def mask(self, call: Call) -> None:
        """Return no mask: a change replaces the dashboard."""
        del call

    def prepare(self, change: Change) -> JsonObject:
        """Check widgets and layout, and add what the server adds."""
        body = change.body
        if not text(body, "displayName"):
            raise invalid_argument("Dashboard is missing required field display_name.")
        placed = list(widgets(body))
        leaves = [one for one in placed if not {"collapsibleGroup", "sectionHeader"} & one.widget.keys()]
        if len(leaves) > limits.DASHBOARD_WIDGETS:
            raise invalid_argument(
                f"A dashboard may have at most {limits.DASHBOARD_WIDGETS} widgets, not {len(leaves)}."
            )
        _check_mosaic(child(body, "mosaicLayout"))
        for one in placed:
            _check(one)
            _complete(one.widget)
        revision = [text(change.before or {}, "etag"), {key: value for key, value in body.items() if key != "etag"}]
        body["etag"] = new_etag(hashlib.sha256(json.dumps(revision, sort_keys=True).encode()).digest())
        return body


def widgets(dashboard: JsonObject) -> Iterator[Placed]:
    """Yield every widget. A group's are the tiles that it covers, so none is inside another."""
    for index, widget in enumerate(children(child(dashboard, "gridLayout"), "widgets")):
        yield Placed(widget, f"gridLayout.widgets[{index}]", in_mosaic=False)
    for index, tile in enumerate(children(child(dashboard, "mosaicLayout"), "tiles")):
        yield Placed(child(tile, "widget"), f"mosaicLayout.tiles[{index}].widget", in_mosaic=True)
    for layout, lines in (("rowLayout", "rows"), ("columnLayout", "columns")):
        for line_index, line in enumerate(children(child(dashboard, layout), lines)):
            for index, widget in enumerate(children(line, "widgets")):
                yield Placed(widget, f"{layout}.{lines}[{line_index}].widgets[{index}]", in_mosaic=False)


def _check_mosaic(layout: JsonObject) -> None:
    if not layout:
        return
    columns = int(number(layout, "columns", 12))
    if not 1 <= columns <= limits.MOSAIC_COLUMNS:
        raise invalid_argument(
            f'Field mosaicLayout.columns has an invalid value of "{columns}": must be 1 to {limits.MOSAIC_COLUMNS}.',
        )
    for index, tile in enumerate(children(layout, "tiles")):
        where = f"mosaicLayout.tiles[{index}]"
        x, y, width, height = (int(number(tile, field)) for field in ("xPos", "yPos", "width", "height"))
        if width < 1 or height < 1:
            raise invalid_argument(
                f"Field {where} has an invalid size of {width} x {height}: width and height must be at least 1.",
            )
        if x < 0 or y < 0 or x + width > columns:
            raise invalid_argument(f"Field {where} has an invalid position: columns {x} to {x + width} of {columns}.")


def unnamed_fields(dashboard: JsonObject) -> str:
    """Return which fields of a stored dashboard nobody describes; empty where there are none."""
    found = dict.fromkeys(f"{one.path}.{one.name}".lstrip(".") for one in unnamed(dashboard))
    if not found:
        return ""
    return f"kept as written, since no description of the API names them: {', '.join(found)}"


def _check(placed: Placed) -> None:
    contents = [name for name in CONTENTS if name in placed.widget]
    if not contents and not any(isinstance(placed.widget[name], dict) for name in set(placed.widget) - _NO_CONTENTS):
        raise invalid_argument(f"Dashboard is missing required field {placed.where}.content.")
    if contents and contents[0] in _ONLY_IN_MOSAIC and not placed.in_mosaic:
        raise invalid_argument(f"{_ONLY_IN_MOSAIC[contents[0]]} is only allowed in MosaicLayout.")
    chart = child(placed.widget, "xyChart")
    shift = text(chart, "timeshiftDuration")
    if not shift or parse_duration(shift) == 0:
        return
    if parse_duration(shift) < MINUTE:
        raise invalid_argument(
            f'Field {placed.where}.xyChart.timeshiftDuration has an invalid value of "{shift}": must be greater'
            " than or equal to one minute.",
        )
    for index, data in enumerate(children(chart, "dataSets")):
        if text(data, "plotType") == "STACKED_BAR":
            raise invalid_argument(
                f'Field {placed.where}.xyChart.dataSets[{index}].plotType has an invalid value of "STACKED_BAR":'
                " plot type is"
                " incompatible with XyChart's timeshiftDuration.",
            )


def _complete(widget: JsonObject) -> None:
    """What the server adds: seen in every recorded dashboard (corpus/recorded-http)."""
    if "text" in widget:
        content = child(widget, "text")
        content.setdefault("format", "MARKDOWN")
        content.setdefault("style", {})
    chart = child(widget, "xyChart")
    for data in children(chart, "dataSets"):
        data.setdefault("targetAxis", "Y1")
    if "yAxis" in chart:
        child(chart, "yAxis").setdefault("scale", "LINEAR")
    for data in children(child(widget, "timeSeriesTable"), "dataSets"):
        data.setdefault("minAlignmentPeriod", "0s")
