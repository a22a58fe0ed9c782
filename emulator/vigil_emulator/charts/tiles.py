"""What a widget shows, found by its queries."""

from collections.abc import Sequence

from vigil_apimodel.json_values import JsonObject, child, children, flag, text, texts
from vigil_emulator.charts.contents import (
    Content,
    Empty,
    ErrorPanel,
    Group,
    Heading,
    IncidentList,
    LogsPanel,
    Prose,
)
from vigil_emulator.charts.model import Band
from vigil_emulator.charts.queries import Reader
from vigil_emulator.charts.scorecards import scorecard
from vigil_emulator.charts.shares import pie, treemap
from vigil_emulator.charts.tables import table
from vigil_emulator.charts.window import Window
from vigil_emulator.charts.xy_charts import xy_chart


async def content_of(  # noqa: C901, PLR0911, PLR0912 - one line for each kind of widget
    widget: JsonObject, reader: Reader, window: Window, bands: Sequence[Band] = ()
) -> Content:
    """Return what a widget shows. Nothing is raised for what is in it: a kind without data says so."""
    kind = next((name for name, value in widget.items() if isinstance(value, dict) and name not in _ASIDE), "")
    body = child(widget, kind)
    match kind:
        case "xyChart":
            return await xy_chart(body, reader, window, bands)
        case "scorecard":
            return await scorecard(body, reader, window)
        case "timeSeriesTable":
            return await table(body, reader, window)
        case "pieChart":
            return await pie(body, reader, window)
        case "treemap":
            return await treemap(body, reader, window)
        case "text":
            return Prose(text(body, "content"), text(body, "format", "MARKDOWN") != "RAW")
        case "logsPanel":
            return LogsPanel(text(body, "filter"), tuple(texts(body, "resourceNames")))
        case "incidentList":
            types = tuple(text(one, "type") for one in children(body, "monitoredResources"))
            return IncidentList(types, tuple(texts(body, "policyNames")))
        case "errorReportingPanel":
            return ErrorPanel(tuple(texts(body, "services")))
        case "sectionHeader":
            return Heading(text(body, "subtitle"), flag(body, "dividerBelow"))
        case "collapsibleGroup":
            return Group(flag(body, "collapsed"), tabs=False)
        case "singleViewGroup":
            return Group(collapsed=False, tabs=True)
        case "alertChart":
            return Empty("The chart of an alert policy: its incidents are on the page Incidents.")
        case "filterControl":
            return Empty("A field for a variable of the dashboard: set it at the top of the page.")
        case "blank" | "":
            return Empty("")
        case _:
            return Empty(f"The emulator has no data for widgets of the kind {kind}.")


_ASIDE = frozenset({"visibilityCondition"})
"""Members of a widget that are not what it shows."""
