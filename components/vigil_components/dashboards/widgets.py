"""Widgets: values of the dashboards API, made by functions, without a place on a page yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | dict[str, JsonValue] | None"
Json: TypeAlias = "dict[str, JsonValue]"

PlotType = Literal["LINE", "STACKED_AREA", "STACKED_BAR"]


@dataclass(frozen=True, kw_only=True)
class Threshold:
    """A line across a chart where an alert opens. Its value comes from the alert itself."""

    label: str
    value: float
    direction: Literal["ABOVE", "BELOW"] = "ABOVE"

    def json(self) -> Json:
        """As the API writes it."""
        return {"label": self.label, "value": self.value, "color": "RED", "direction": self.direction}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One query of a chart. ``legend`` is a template over labels such as ``{{status_class}}``, or plain text."""

    promql: str
    unit: str = ""
    legend: str = ""
    plot: PlotType = "LINE"

    def json(self) -> Json:
        """A data set of an XyChart."""
        query: Json = {"prometheusQuery": self.promql}
        if self.unit:
            query["unitOverride"] = self.unit
        data: Json = {"plotType": self.plot, "timeSeriesQuery": query}
        if self.legend:
            data["legendTemplate"] = self.legend
        return data


def xy_chart(title: str, lines: Sequence[Line], *, thresholds: Sequence[Threshold] = (), axis: str = "") -> Json:
    """A chart over time. ``axis`` names the unit for people; thresholds are drawn as lines."""
    chart: Json = {"dataSets": [line.json() for line in lines]}
    if thresholds:
        chart["thresholds"] = [threshold.json() for threshold in thresholds]
    if axis:
        chart["yAxis"] = {"label": axis, "scale": "LINEAR"}
    return {"title": title, "xyChart": chart}


def scorecard(title: str, line: Line, *, thresholds: Sequence[Threshold] = ()) -> Json:
    """The newest value of one query, with a small line of its past."""
    card: Json = {"timeSeriesQuery": line.json()["timeSeriesQuery"], "sparkChartView": {"sparkChartType": "SPARK_LINE"}}
    if thresholds:
        card["thresholds"] = [threshold.json() for threshold in thresholds]
    return {"title": title, "scorecard": card}


def text(title: str, markdown: str) -> Json:
    """A note in Markdown."""
    return {"title": title, "text": {"content": markdown, "format": "MARKDOWN"}}


def logs_panel(title: str, query: str) -> Json:
    """Log entries of the dashboard's project that match a Logging query."""
    return {"title": title, "logsPanel": {"filter": query}}


def incident_list(title: str, *, resource_types: Sequence[str] = ()) -> Json:
    """Open incidents, of policies over the given monitored resource types, or of all."""
    resources: list[JsonValue] = [{"type": one} for one in resource_types]
    return {"title": title, "incidentList": {"monitoredResources": resources} if resources else {}}


def error_panel(title: str, *, services: Sequence[str] = ()) -> Json:
    """Error groups of Error Reporting, of the given services, or of all."""
    return {"title": title, "errorReportingPanel": {"services": list(services)} if services else {}}


def section_header(title: str) -> Json:
    """A heading with a dividing line below, for mosaic layouts only."""
    return {"title": title, "sectionHeader": {"dividerBelow": True}}
