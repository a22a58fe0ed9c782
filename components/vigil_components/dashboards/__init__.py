"""Dashboards as values.

A widget is a value, a section places widgets, a layout stacks sections, and only the dashboard is a resource.
The document is brought into one canonical form and stamped with its digest, so that every change is seen.
"""

from vigil_components.dashboards.controls import EventMark, Filter
from vigil_components.dashboards.dashboard import DIGEST_LABEL, Dashboard, DashboardArgs, document
from vigil_components.dashboards.layout import COLUMNS, Group, LayoutError, Section, Tile, mosaic, rows
from vigil_components.dashboards.widgets import (
    Line,
    Threshold,
    alert_chart,
    blank,
    collapsible_group,
    error_panel,
    filter_control,
    gauge,
    incident_list,
    logs_panel,
    pie,
    scorecard,
    section_header,
    single_view_group,
    table,
    text_panel,
    treemap,
    xy_chart,
)

__all__ = [
    "COLUMNS",
    "DIGEST_LABEL",
    "Dashboard",
    "DashboardArgs",
    "EventMark",
    "Filter",
    "Group",
    "LayoutError",
    "Line",
    "Section",
    "Threshold",
    "Tile",
    "alert_chart",
    "blank",
    "collapsible_group",
    "document",
    "error_panel",
    "filter_control",
    "gauge",
    "incident_list",
    "logs_panel",
    "mosaic",
    "pie",
    "rows",
    "scorecard",
    "section_header",
    "single_view_group",
    "table",
    "text_panel",
    "treemap",
    "xy_chart",
]
