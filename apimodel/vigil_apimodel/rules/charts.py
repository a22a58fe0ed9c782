"""Reading a dashboard's document: its widgets, its charts' queries, its layout."""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import cast

from vigil_apimodel.rules.model import Inputs
from vigil_apimodel.rules.reading import mapping, messages, present, text

CONTENTS = (
    "alertChart",
    "blank",
    "collapsibleGroup",
    "dropdownGroup",
    "errorReportingPanel",
    "filterControl",
    "incidentList",
    "logsPanel",
    "pieChart",
    "scorecard",
    "sectionHeader",
    "singleViewGroup",
    "text",
    "timeSeriesTable",
    "treemap",
    "xyChart",
)
"""What a widget may contain, by field."""

LAYOUTS = ("gridLayout", "mosaicLayout", "rowLayout", "columnLayout")
"""What arranges the widgets, by field."""


@lru_cache(maxsize=256)
def _parsed(text_of_it: str) -> Mapping[str, object] | str:
    try:
        found = cast("object", json.loads(text_of_it))
    except json.JSONDecodeError as error:
        return f"this is not JSON: {error}"
    return cast("Mapping[str, object]", found) if isinstance(found, dict) else "a dashboard is a JSON object, {...}"


def document(inputs: Inputs) -> Inputs:
    """The dashboard's document, empty where it is unknown or no JSON object."""
    found = _parsed(text(inputs, "dashboardJson") or "{}")
    return {} if isinstance(found, str) else found


def broken(inputs: Inputs) -> str | None:
    """Why the document cannot be read, or None."""
    value = text(inputs, "dashboardJson")
    if value is None:
        return None
    found = _parsed(value)
    return found if isinstance(found, str) else None


def widgets(inputs: Inputs) -> Iterator[tuple[str, Inputs, str]]:
    """All widgets with their places and the layout that they stand in."""
    if "dashboardJson" not in inputs:
        return
    found = document(inputs)
    for place, tile in tiles(inputs):
        if present(tile, "widget"):
            yield f"{place}.widget", mapping(tile, "widget"), "mosaicLayout"
    for place, widget in messages(mapping(found, "gridLayout"), "widgets"):
        yield f"gridLayout.{place}", widget, "gridLayout"
    for layout, lines in (("rowLayout", "rows"), ("columnLayout", "columns")):
        for outer, line in messages(mapping(found, layout), lines):
            for place, widget in messages(line, "widgets"):
                yield f"{layout}.{outer}.{place}", widget, layout


def tiles(inputs: Inputs) -> Iterator[tuple[str, Inputs]]:
    """The tiles of a mosaic with their places."""
    for place, tile in messages(mapping(document(inputs), "mosaicLayout"), "tiles"):
        yield f"mosaicLayout.{place}", tile


def content(widget: Inputs) -> list[str]:
    """The contents that a widget has; a well-formed one has one."""
    return [name for name in CONTENTS if present(widget, name)]


def queries(inputs: Inputs) -> Iterator[tuple[str, Inputs]]:
    """All time-series queries of a dashboard, each with its place."""
    for place, widget, _ in widgets(inputs):
        for name in ("xyChart", "pieChart", "timeSeriesTable", "treemap"):
            for inner, data in messages(mapping(widget, name), "dataSets"):
                if present(data, "timeSeriesQuery"):
                    yield f"{place}.{name}.{inner}.timeSeriesQuery", mapping(data, "timeSeriesQuery")
        if present(mapping(widget, "scorecard"), "timeSeriesQuery"):
            yield f"{place}.scorecard.timeSeriesQuery", mapping(mapping(widget, "scorecard"), "timeSeriesQuery")


def chart_filters(inputs: Inputs) -> Iterator[tuple[str, Inputs]]:
    """All filters with aggregations of a dashboard: plain ones, numerators and denominators."""
    for place, query in queries(inputs):
        if present(query, "timeSeriesFilter"):
            yield f"{place}.timeSeriesFilter", mapping(query, "timeSeriesFilter")
        ratio = mapping(query, "timeSeriesFilterRatio")
        for part in ("numerator", "denominator"):
            if present(ratio, part):
                yield f"{place}.timeSeriesFilterRatio.{part}", mapping(ratio, part)
