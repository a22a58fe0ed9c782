"""Reading a dashboard's document: its widgets, its charts' queries, its layout."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from vigil_apimodel.dashboards import LAYOUTS as LISTS_OF_LAYOUTS
from vigil_apimodel.dashboards import Unnamed, unnamed
from vigil_apimodel.rules.inputs import mapping, messages, present, text
from vigil_apimodel.rules.model import Inputs

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

LAYOUTS = tuple(layout for layout, _ in LISTS_OF_LAYOUTS)
"""What arranges the widgets, by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What a dashboard's document has, or why it cannot be read."""

    document: Inputs
    broken: str | None = None
    tiles: tuple[tuple[str, Inputs], ...] = ()
    widgets: tuple[tuple[str, Inputs, str], ...] = ()
    queries: tuple[tuple[str, Inputs], ...] = ()
    chart_filters: tuple[tuple[str, Inputs], ...] = ()
    unnamed: tuple[Unnamed, ...] = ()


def _parts(inputs: Inputs) -> _Parts:
    source = text(inputs, "dashboardJson")
    return _read("{}" if source is None else source)


@lru_cache(maxsize=1)  # all rules read a document before the next one; its parts take 15 kB
def _read(source: str) -> _Parts:
    """Read once: some thirty rules ask for the parts in turn."""
    try:
        found = cast("object", json.loads(source))
    except json.JSONDecodeError as error:
        return _Parts(document={}, broken=f"this is not JSON: {error}")
    if not isinstance(found, dict):
        return _Parts(document={}, broken="a dashboard is a JSON object, {...}")
    whole = cast("Inputs", found)
    tiles_ = tuple(_tiles(whole))
    widgets_ = tuple(_widgets(whole, tiles_))
    queries_ = tuple(_queries(widgets_))
    filters = tuple(_chart_filters(queries_))
    return _Parts(
        document=whole,
        tiles=tiles_,
        widgets=widgets_,
        queries=queries_,
        chart_filters=filters,
        unnamed=tuple(unnamed(whole)),
    )


def document(inputs: Inputs) -> Inputs:
    """Return the dashboard's document, empty where it is unknown or no JSON object."""
    return _parts(inputs).document


def unnamed_fields(inputs: Inputs) -> tuple[Unnamed, ...]:
    """Return the fields of the document that no description of the API names."""
    return _parts(inputs).unnamed


def broken(inputs: Inputs) -> str | None:
    """Return why the document cannot be read, or None."""
    return _parts(inputs).broken


def widgets(inputs: Inputs) -> tuple[tuple[str, Inputs, str], ...]:
    """Return all widgets with their places and the layout that they stand in."""
    return _parts(inputs).widgets


def _widgets(whole: Inputs, mosaic: Iterable[tuple[str, Inputs]]) -> Iterator[tuple[str, Inputs, str]]:
    for place, tile in mosaic:
        if present(tile, "widget"):
            yield f"{place}.widget", mapping(tile, "widget"), "mosaicLayout"
    for place, widget in messages(mapping(whole, "gridLayout"), "widgets"):
        yield f"gridLayout.{place}", widget, "gridLayout"
    for layout, lines in (("rowLayout", "rows"), ("columnLayout", "columns")):
        for outer, line in messages(mapping(whole, layout), lines):
            for place, widget in messages(line, "widgets"):
                yield f"{layout}.{outer}.{place}", widget, layout


def tiles(inputs: Inputs) -> tuple[tuple[str, Inputs], ...]:
    """Return the tiles of a mosaic with their places."""
    return _parts(inputs).tiles


def _tiles(whole: Inputs) -> Iterator[tuple[str, Inputs]]:
    for place, tile in messages(mapping(whole, "mosaicLayout"), "tiles"):
        yield f"mosaicLayout.{place}", tile


def content(widget: Inputs) -> list[str]:
    """Return the contents that a widget has; a well-formed one has one."""
    return [name for name in CONTENTS if present(widget, name)]


def queries(inputs: Inputs) -> tuple[tuple[str, Inputs], ...]:
    """Return all time-series queries of a dashboard, each with its place."""
    return _parts(inputs).queries


def _queries(among: Iterable[tuple[str, Inputs, str]]) -> Iterator[tuple[str, Inputs]]:
    for place, widget, _ in among:
        for name in ("xyChart", "pieChart", "timeSeriesTable", "treemap"):
            for inner, data in messages(mapping(widget, name), "dataSets"):
                if present(data, "timeSeriesQuery"):
                    yield f"{place}.{name}.{inner}.timeSeriesQuery", mapping(data, "timeSeriesQuery")
        scorecard = mapping(widget, "scorecard")
        if present(scorecard, "timeSeriesQuery"):
            yield f"{place}.scorecard.timeSeriesQuery", mapping(scorecard, "timeSeriesQuery")


def chart_filters(inputs: Inputs) -> tuple[tuple[str, Inputs], ...]:
    """Return all filters with aggregations of a dashboard: plain ones, numerators and denominators."""
    return _parts(inputs).chart_filters


def _chart_filters(among: Iterable[tuple[str, Inputs]]) -> Iterator[tuple[str, Inputs]]:
    for place, query in among:
        if present(query, "timeSeriesFilter"):
            yield f"{place}.timeSeriesFilter", mapping(query, "timeSeriesFilter")
        ratio = mapping(query, "timeSeriesFilterRatio")
        for part in ("numerator", "denominator"):
            if present(ratio, part):
                yield f"{place}.timeSeriesFilterRatio.{part}", mapping(ratio, part)
