"""Rules of dashboards."""

import re
from collections.abc import Iterator

from vigil_apimodel import limits
from vigil_apimodel.dashboards import WHOLE
from vigil_apimodel.dashboards.defaults import SERVER_SET
from vigil_apimodel.rules.charts import (
    LAYOUTS,
    broken,
    chart_filters,
    content,
    document,
    tiles,
    unnamed_fields,
    widgets,
)
from vigil_apimodel.rules.filters import log_query, series_filter
from vigil_apimodel.rules.inputs import literal, mapping, messages, number, present, seconds, text, within
from vigil_apimodel.rules.model import Finding, Inputs, Severity, rule
from vigil_apimodel.tokens import DASHBOARD

_GROUPS = ("collapsibleGroup", "dropdownGroup", "sectionHeader", "singleViewGroup")
_LAYOUT_FIELDS = {
    "gridLayout": {"columns", "widgets"},
    "mosaicLayout": {"columns", "tiles"},
    "rowLayout": {"rows"},
    "columnLayout": {"columns"},
}
_TILE_FIELDS = {"xPos", "yPos", "width", "height", "widget"}
_VARIABLE = re.compile(r"\$\{([\w]+)(?:\.\w+)?\}")


@rule("dashboard-json", DASHBOARD, source="google/monitoring/dashboard/v1/dashboard.proto")
def is_json(inputs: Inputs) -> Iterator[Finding]:
    """A dashboard is a JSON object with a name."""
    wrong = broken(inputs)
    if wrong:
        yield "dashboardJson", wrong
    elif text(inputs, "dashboardJson") is not None and not present(document(inputs), "displayName"):
        yield "dashboardJson.displayName", "a dashboard needs a name"


@rule(
    "dashboard-server-fields",
    DASHBOARD,
    source="terraform-provider-google services/monitoring/resource_monitoring_dashboard.go, line 236",
    server="Update Dashboard should specify a non empty etag.",
)
def server_fields(inputs: Inputs) -> Iterator[Finding]:
    """A dashboard's document carries no etag and no name."""
    for key in sorted(SERVER_SET):
        if present(document(inputs), key):
            yield f"dashboardJson.{key}", f"{key} is the server's: remove it, or every update is refused or repeated"


@rule("dashboard-layout", DASHBOARD, source="google/monitoring/dashboard/v1/dashboard.proto")
def layout(inputs: Inputs) -> Iterator[Finding]:
    """A dashboard has exactly one layout."""
    found = [name for name in LAYOUTS if present(document(inputs), name)]
    if len(found) > 1 or (not found and document(inputs)):
        yield (
            "dashboardJson",
            f"{len(found)} layouts ({', '.join(found) or 'none'}): give exactly one of {', '.join(LAYOUTS)}",
        )


@rule(
    "dashboard-unknown-field",
    DASHBOARD,
    source="GoogleCloudPlatform/monitoring-dashboard-samples#694; monitoring v1 discovery document",
    server="Unknown name \"legacyRows\" at 'dashboard.mosaic_layout': Cannot find field.",
)
def unknown_field(inputs: Inputs) -> Iterator[Finding]:
    """Layouts and tiles have no fields but their own, and no field is misspelt or in the wrong place."""
    yield from (
        (f"{found.path}.{found.name}".lstrip("."), f"there is no such field: {found.remedy}")
        for found in unnamed_fields(inputs)
        if found.remedy and found.message not in WHOLE
    )
    for name, known in _LAYOUT_FIELDS.items():
        for key in sorted(set(mapping(document(inputs), name)) - known):
            yield f"{name}.{key}", f"there is no such field: remove it, {name} has {', '.join(sorted(known))}"
    for place, tile in tiles(inputs):
        for key in sorted(set(tile) - _TILE_FIELDS):
            yield f"{place}.{key}", f"there is no such field: remove it, a tile has {', '.join(sorted(_TILE_FIELDS))}"


@rule(
    "dashboard-unnamed-field",
    DASHBOARD,
    severity=Severity.WARNING,
    source="GoogleCloudPlatform/monitoring-dashboard-samples: some fields that the API serves are in no description",
)
def unnamed_field(inputs: Inputs) -> Iterator[Finding]:
    """A field is one that the API's description names."""
    for found in unnamed_fields(inputs):
        if not found.refused:
            yield f"{found.path}.{found.name}".lstrip("."), "no description of the API names it: check its spelling"


def _leaves(inputs: Inputs) -> int:
    return sum(1 for _, widget, _ in widgets(inputs) if not present(widget, "collapsibleGroup"))


@rule(
    "dashboard-widget-count",
    DASHBOARD,
    source="release note of 2025-05-02 (GoogleCloudPlatform/monitoring-dashboard-samples#1004)",
)
def widget_count(inputs: Inputs) -> Iterator[Finding]:
    """A dashboard has at most 100 widgets."""
    found = len(widgets(inputs))
    if found > limits.DASHBOARD_WIDGETS:
        yield "dashboardJson", f"{found} widgets, at most {limits.DASHBOARD_WIDGETS} are allowed: split the dashboard"


@rule(
    "dashboard-widget-count-cautious",
    DASHBOARD,
    severity=Severity.WARNING,
    source="chainguard-dev/terraform-infra-common modules/dashboard/main.tf (2026-07), against the release note",
)
def widget_count_cautious(inputs: Inputs) -> Iterator[Finding]:
    """A dashboard has at most 50 widgets that are no groups, by a source that contradicts the limit of 100."""
    found = _leaves(inputs)
    if limits.DASHBOARD_WIDGETS_CAUTIOUS < found <= limits.DASHBOARD_WIDGETS:
        yield "dashboardJson", f"{found} widgets: some projects are refused more than 50, split it if yours is"


@rule(
    "dashboard-labels",
    DASHBOARD,
    severity=Severity.WARNING,
    source="chainguard-dev/terraform-infra-common modules/dashboard/main.tf; unverified at the API",
)
def labels(inputs: Inputs) -> Iterator[Finding]:
    """A dashboard has at most 64 labels."""
    found = len(mapping(document(inputs), "labels"))
    if found > limits.DASHBOARD_LABELS:
        yield "dashboardJson.labels", f"{found} labels, at most {limits.DASHBOARD_LABELS} are allowed: remove some"


@rule(
    "dashboard-mosaic",
    DASHBOARD,
    source="google/monitoring/dashboard/v1/layouts.proto (12 columns; published dashboards have 48)",
)
def mosaic(inputs: Inputs) -> Iterator[Finding]:
    """A mosaic has 1 to 48 columns; tiles are at least 1 by 1 and lie within them."""
    grid = mapping(document(inputs), "mosaicLayout")
    columns = number(grid, "columns")
    if present(grid, "columns") and columns is not None and not 1 <= columns <= limits.MOSAIC_COLUMNS:
        yield "mosaicLayout.columns", f"{columns:g} columns: use 12 or 48"
        return
    for place, tile in tiles(inputs):
        left, top = number(tile, "xPos") or 0, number(tile, "yPos") or 0
        width, height = number(tile, "width"), number(tile, "height")
        if left < 0 or top < 0:
            yield place, f"the tile starts at {left:g}, {top:g}: positions are 0 or more"
        for name, size in (("width", width), ("height", height)):
            if (size is None and not present(tile, name)) or (size is not None and size < 1):
                yield f"{place}.{name}", f"a tile has a {name} of at least 1"
        if columns is not None and width is not None and left + width > columns:
            yield place, f"the tile ends at column {left + width:g}, the mosaic has {columns:g}: move or narrow it"


@rule("dashboard-widget-content", DASHBOARD, source="mockgcp dashboard.go, from observed answers")
def widget_content(inputs: Inputs) -> Iterator[Finding]:
    """A widget has at most one content that is known, and one at all."""
    known = {"title", "id", "visibilityCondition", "timeRange"}
    for place, widget, _ in widgets(inputs):
        found = content(widget)
        if len(found) > 1:
            yield place, f"{len(found)} contents ({', '.join(found)}): a widget has one"
        if not set(widget) - known:
            yield place, 'the widget is empty: give it a content, or {"blank": {}}'


@rule(
    "dashboard-mosaic-only",
    DASHBOARD,
    source="mockgcp dashboard.go, from observed answers",
    server="sectionHeader is only allowed in MosaicLayout.",
)
def mosaic_only(inputs: Inputs) -> Iterator[Finding]:
    """Groups and section headers stand in a mosaic only."""
    for place, widget, within_layout in widgets(inputs):
        for name in _GROUPS:
            if present(widget, name) and within_layout != "mosaicLayout":
                yield f"{place}.{name}", f"{name} is only allowed in mosaicLayout: use that layout"


@rule(
    "dashboard-timeshift",
    DASHBOARD,
    source="mockgcp dashboard.go, from observed answers",
    server='Field ...xyChart.timeshiftDuration has an invalid value of "30s": must be greater than or equal to one '
    "minute.",
)
def timeshift(inputs: Inputs) -> Iterator[Finding]:
    """A time shift is at least a minute."""
    for place, widget, _ in widgets(inputs):
        found = seconds(mapping(widget, "xyChart"), "timeshiftDuration")
        if found is not None and 0 < found < limits.TIMESHIFT_MINIMUM_SECONDS:
            message = f'{found:g} seconds is less than a minute: write "60s" or more, or leave it out'
            yield f"{place}.xyChart.timeshiftDuration", message


@rule(
    "dashboard-timeshift-plot",
    DASHBOARD,
    source="mockgcp dashboard.go, from observed answers",
    server='...plotType has an invalid value of "STACKED_BAR": plot type is incompatible with XyChart\'s '
    "timeshiftDuration.",
)
def timeshift_plot(inputs: Inputs) -> Iterator[Finding]:
    """A chart with a time shift draws lines."""
    for place, widget, _ in widgets(inputs):
        chart = mapping(widget, "xyChart")
        if not seconds(chart, "timeshiftDuration"):
            continue
        for inner, data in messages(chart, "dataSets"):
            plot = literal(data, "plotType")
            if plot not in (None, "LINE", "PLOT_TYPE_UNSPECIFIED"):
                yield f"{place}.xyChart.{inner}.plotType", f"{plot} cannot be shifted in time: use LINE"


@rule("dashboard-filter-syntax", DASHBOARD, source="https://cloud.google.com/monitoring/api/v3/filters")
def filter_syntax(inputs: Inputs) -> Iterator[Finding]:
    """A chart's filter is a monitoring filter."""
    for place, chart in chart_filters(inputs):
        yield from within(place, series_filter(chart))


@rule("dashboard-log-filter", DASHBOARD, source="https://cloud.google.com/logging/docs/view/logging-query-language")
def log_filter(inputs: Inputs) -> Iterator[Finding]:
    """A log panel's filter is a query over fields that log entries have."""
    for place, widget, _ in widgets(inputs):
        if present(widget, "logsPanel"):
            yield from within(f"{place}.logsPanel", log_query(mapping(widget, "logsPanel")))


@rule(
    "dashboard-variable",
    DASHBOARD,
    severity=Severity.WARNING,
    source="https://cloud.google.com/monitoring/dashboards/filter-chart",
)
def variable(inputs: Inputs) -> Iterator[Finding]:
    """A variable in a chart's filter is one of the dashboard's filters."""
    declared = {literal(found, "templateVariable") for _, found in messages(document(inputs), "dashboardFilters")}
    for place, chart in chart_filters(inputs):
        for name in dict.fromkeys(_VARIABLE.findall(text(chart, "filter") or "")):
            if name not in declared:
                message = f"${{{name}}} is not a filter of the dashboard: add one with templateVariable {name!r}"
                yield f"{place}.filter", message
