"""Reading a dashboard's document: its widgets, its charts' queries, its layout."""

import json
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


_REMEMBERED = 256
"""Documents whose parts are kept, since some thirty rules ask for them in turn."""


@lru_cache(maxsize=_REMEMBERED)
def _parsed(source: str) -> Inputs | str:
    try:
        found = cast("object", json.loads(source))
    except json.JSONDecodeError as error:
        return f"this is not JSON: {error}"
    return cast("Inputs", found) if isinstance(found, dict) else "a dashboard is a JSON object, {...}"


def _document(source: str) -> Inputs:
    found = _parsed(source)
    return {} if isinstance(found, str) else found


def document(inputs: Inputs) -> Inputs:
    """The dashboard's document, empty where it is unknown or no JSON object."""
    return _document(_source(inputs))


def _source(inputs: Inputs) -> str:
    return text(inputs, "dashboardJson") or "{}"


def broken(inputs: Inputs) -> str | None:
    """Why the document cannot be read, or None."""
    value = text(inputs, "dashboardJson")
    if value is None:
        return None
    found = _parsed(value)
    return found if isinstance(found, str) else None


def widgets(inputs: Inputs) -> tuple[tuple[str, Inputs, str], ...]:
    """All widgets with their places and the layout that they stand in."""
    return _widgets(_source(inputs))


@lru_cache(maxsize=_REMEMBERED)
def _widgets(source: str) -> tuple[tuple[str, Inputs, str], ...]:
    found = _document(source)
    listed = [
        (f"{place}.widget", mapping(tile, "widget"), "mosaicLayout")
        for place, tile in _tiles(source)
        if present(tile, "widget")
    ]
    for place, widget in messages(mapping(found, "gridLayout"), "widgets"):
        listed.append((f"gridLayout.{place}", widget, "gridLayout"))
    for layout, lines in (("rowLayout", "rows"), ("columnLayout", "columns")):
        for outer, line in messages(mapping(found, layout), lines):
            for place, widget in messages(line, "widgets"):
                listed.append((f"{layout}.{outer}.{place}", widget, layout))
    return tuple(listed)


def tiles(inputs: Inputs) -> tuple[tuple[str, Inputs], ...]:
    """The tiles of a mosaic with their places."""
    return _tiles(_source(inputs))


@lru_cache(maxsize=_REMEMBERED)
def _tiles(source: str) -> tuple[tuple[str, Inputs], ...]:
    found = messages(mapping(_document(source), "mosaicLayout"), "tiles")
    return tuple((f"mosaicLayout.{place}", tile) for place, tile in found)


def content(widget: Inputs) -> list[str]:
    """The contents that a widget has; a well-formed one has one."""
    return [name for name in CONTENTS if present(widget, name)]


def queries(inputs: Inputs) -> tuple[tuple[str, Inputs], ...]:
    """All time-series queries of a dashboard, each with its place."""
    return _queries(_source(inputs))


@lru_cache(maxsize=_REMEMBERED)
def _queries(source: str) -> tuple[tuple[str, Inputs], ...]:
    listed: list[tuple[str, Inputs]] = []
    for place, widget, _ in _widgets(source):
        for name in ("xyChart", "pieChart", "timeSeriesTable", "treemap"):
            for inner, data in messages(mapping(widget, name), "dataSets"):
                if present(data, "timeSeriesQuery"):
                    listed.append((f"{place}.{name}.{inner}.timeSeriesQuery", mapping(data, "timeSeriesQuery")))
        scorecard = mapping(widget, "scorecard")
        if present(scorecard, "timeSeriesQuery"):
            listed.append((f"{place}.scorecard.timeSeriesQuery", mapping(scorecard, "timeSeriesQuery")))
    return tuple(listed)


def chart_filters(inputs: Inputs) -> tuple[tuple[str, Inputs], ...]:
    """All filters with aggregations of a dashboard: plain ones, numerators and denominators."""
    return _chart_filters(_source(inputs))


@lru_cache(maxsize=_REMEMBERED)
def _chart_filters(source: str) -> tuple[tuple[str, Inputs], ...]:
    listed: list[tuple[str, Inputs]] = []
    for place, query in _queries(source):
        if present(query, "timeSeriesFilter"):
            listed.append((f"{place}.timeSeriesFilter", mapping(query, "timeSeriesFilter")))
        ratio = mapping(query, "timeSeriesFilterRatio")
        listed += (
            (f"{place}.timeSeriesFilterRatio.{part}", mapping(ratio, part))
            for part in ("numerator", "denominator")
            if present(ratio, part)
        )
    return tuple(listed)
