"""Dashboards as values.

A widget is a value, a section places widgets, a layout stacks sections, and only the dashboard is a resource.
The document is brought into one canonical form and stamped with its digest, so that every change is seen.
"""

from vigil_components.dashboards.dashboard import DIGEST_LABEL, Dashboard, DashboardArgs, document
from vigil_components.dashboards.layout import COLUMNS, LayoutError, Section, Tile, mosaic, rows
from vigil_components.dashboards.widgets import (
    Line,
    Threshold,
    error_panel,
    incident_list,
    logs_panel,
    scorecard,
    section_header,
    text,
    xy_chart,
)

__all__ = [
    "COLUMNS",
    "DIGEST_LABEL",
    "Dashboard",
    "DashboardArgs",
    "LayoutError",
    "Line",
    "Section",
    "Threshold",
    "Tile",
    "document",
    "error_panel",
    "incident_list",
    "logs_panel",
    "mosaic",
    "rows",
    "scorecard",
    "section_header",
    "text",
    "xy_chart",
]
