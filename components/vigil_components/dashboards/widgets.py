"""Widgets: values of the dashboards API, made by functions, without a place on a page yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vigil_components.arguments import Filled, Name, OneLine, validated
from vigil_components.durations import api_duration
from vigil_components.queries import Query

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | dict[str, JsonValue] | None"
Json: TypeAlias = "dict[str, JsonValue]"

PlotType = Literal["LINE", "STACKED_AREA", "STACKED_BAR", "HEATMAP"]


@validated
@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A line across a chart where an alert opens. Its value comes from the alert itself."""

    label: Name
    """What people read beside the line."""
    value: float
    """Where the line is, in the chart's unit."""
    direction: Literal["ABOVE", "BELOW"] = "ABOVE"
    """Which side of the line is bad. Default: above."""

    def json(self) -> Json:
        """Return the document as the API writes it."""
        return {"label": self.label, "value": self.value, "color": "RED", "direction": self.direction}


@validated
@dataclass(frozen=True, kw_only=True)
class Line:
    """One query of a widget."""

    query: Filled | Query
    """PromQL, or a typed query over a metric of others."""
    unit: OneLine = ""
    """Unit (UCUM) that is shown. Default: the metric's."""
    legend: OneLine = ""
    """Template over labels such as `{{status_class}}`, or plain text. Default: the console's own."""
    plot: PlotType = "LINE"
    """How it is drawn on a chart. Default: as a line."""

    def time_series_query(self) -> Json:
        """Return the query as every widget with data takes it."""
        if isinstance(self.query, str):
            body: Json = {"prometheusQuery": self.query}
        else:
            aggregation: Json = {
                "alignmentPeriod": api_duration(self.query.alignment),
                "perSeriesAligner": self.query.aligner,
            }
            if self.query.reducer is not None:
                aggregation["crossSeriesReducer"] = self.query.reducer
            if self.query.group_by:
                aggregation["groupByFields"] = list(self.query.group_by_fields)
            body = {"timeSeriesFilter": {"filter": self.query.filter, "aggregation": aggregation}}
        if self.unit:
            body["unitOverride"] = self.unit
        return body

    def json(self) -> Json:
        """Return a data set of an XyChart."""
        data: Json = {"plotType": self.plot, "timeSeriesQuery": self.time_series_query()}
        if self.legend:
            data["legendTemplate"] = self.legend
        return data


@validated
def xy_chart(
    title: OneLine, lines: Sequence[Line], *, thresholds: Sequence[Threshold] = (), axis: OneLine = ""
) -> Json:
    """Return a chart over time. `axis` names the unit for people; thresholds are drawn as lines."""
    chart: Json = {"dataSets": [line.json() for line in lines]}
    if thresholds:
        chart["thresholds"] = [threshold.json() for threshold in thresholds]
    if axis:
        chart["yAxis"] = {"label": axis, "scale": "LINEAR"}
    return {"title": title, "xyChart": chart}


@validated
def scorecard(title: OneLine, line: Line, *, thresholds: Sequence[Threshold] = ()) -> Json:
    """Return the newest value of one query, with a small line of its past."""
    card: Json = {"timeSeriesQuery": line.time_series_query(), "sparkChartView": {"sparkChartType": "SPARK_LINE"}}
    if thresholds:
        card["thresholds"] = [threshold.json() for threshold in thresholds]
    return {"title": title, "scorecard": card}


@validated
def gauge(title: OneLine, line: Line, *, lowest: float, highest: float, thresholds: Sequence[Threshold] = ()) -> Json:
    """Return the newest value of one query on a dial from `lowest` to `highest`. Raises ValueError."""
    if highest <= lowest:
        raise ValueError(f"gauge: highest is {highest!r}; give more than lowest, which is {lowest!r}")
    card: Json = {
        "timeSeriesQuery": line.time_series_query(),
        "gaugeView": {"lowerBound": lowest, "upperBound": highest},
    }
    if thresholds:
        card["thresholds"] = [threshold.json() for threshold in thresholds]
    return {"title": title, "scorecard": card}


@validated
def table(title: OneLine, lines: Sequence[Line], *, bars: bool = False) -> Json:
    """Return the newest value of each series, a row each."""
    data: list[JsonValue] = []
    for line in lines:
        row: Json = {"timeSeriesQuery": line.time_series_query()}
        if line.legend:
            row["tableTemplate"] = line.legend
        data.append(row)
    return {"title": title, "timeSeriesTable": {"dataSets": data, "metricVisualization": "BAR" if bars else "NUMBER"}}


@validated
def pie(title: OneLine, line: Line, *, donut: bool = False) -> Json:
    """Return the share of each series in the whole."""
    data: Json = {"timeSeriesQuery": line.time_series_query()}
    if line.legend:
        data["sliceNameTemplate"] = line.legend
    return {"title": title, "pieChart": {"chartType": "DONUT" if donut else "PIE", "dataSets": [data]}}


@validated
def treemap(title: OneLine, line: Line, *, hierarchy: Sequence[Name]) -> Json:
    """Return the share of each series as an area, nested by the labels of `hierarchy`."""
    data: Json = {"timeSeriesQuery": line.time_series_query()}
    return {"title": title, "treemap": {"dataSets": [data], "treemapHierarchy": list(hierarchy)}}


@validated
def alert_chart(title: OneLine, policy_name: Name) -> Json:
    """Return the condition of one policy by its full resource name, known only once it exists.

    A dashboard of ours draws the signal with the alert's threshold instead, so that its document stays plain text.
    """
    return {"title": title, "alertChart": {"name": policy_name}}


def blank() -> Json:
    """Return an empty place."""
    return {"blank": {}}


@validated
def filter_control(variable: Name) -> Json:
    """Return a field in which the reader chooses the value of a template variable."""
    return {"filterControl": {"templateVariable": variable}}


@validated
def text_panel(title: OneLine, markdown: str) -> Json:
    """Return a note in Markdown."""
    return {"title": title, "text": {"content": markdown, "format": "MARKDOWN"}}


@validated
def logs_panel(title: OneLine, query: str) -> Json:
    """Return log entries of the dashboard's project that match a Logging query."""
    return {"title": title, "logsPanel": {"filter": query}}


@validated
def incident_list(title: OneLine, *, resource_types: Sequence[Name] = ()) -> Json:
    """Return open incidents, of policies over the given monitored resource types, or of all."""
    resources: list[JsonValue] = [{"type": one} for one in resource_types]
    return {"title": title, "incidentList": {"monitoredResources": resources} if resources else {}}


@validated
def error_panel(title: OneLine, *, services: Sequence[Name] = ()) -> Json:
    """Return error groups of Error Reporting, of the given services, or of all."""
    return {"title": title, "errorReportingPanel": {"services": list(services)} if services else {}}


@validated
def collapsible_group(title: OneLine, *, collapsed: bool = False) -> Json:
    """Return the frame of tiles that fold away together, for mosaic layouts only."""
    return {"title": title, "collapsibleGroup": {"collapsed": True} if collapsed else {}}


@validated
def single_view_group(title: OneLine, *, tabs: bool = False) -> Json:
    """Return the frame of tiles of which one is seen at a time, for mosaic layouts only."""
    return {"title": title, "singleViewGroup": {"displayType": "TAB" if tabs else "DROPDOWN"}}


@validated
def section_header(title: OneLine) -> Json:
    """Return a heading with a dividing line below, for mosaic layouts only."""
    return {"title": title, "sectionHeader": {"dividerBelow": True}}
