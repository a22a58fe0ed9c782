"""Which values of a dashboard the API leaves out when it serves it, and which it adds, field by field.

The API's messages are proto3: a field without presence that has its default value is not served, so that a document
which spells it out differs from what is served for ever (hashicorp/terraform-provider-google#7242, #16173, #24650).
Google's own samples show it: dashboards exported from the API have thresholds without `value` and gauges without
`lowerBound` where these are 0.

Only fields listed here are touched; what a newer API adds stays as written. Not listed, since their presence says
something: members of a `oneof` (`stringValue`, `prometheusQuery`, `blank`, `blankView`, `singleViewGroup`, ...), keys
of maps (`labels`, `userLabels`), durations in which zero is not the same as none (`alignmentPeriod`, `maxDuration`).

Sources: monitoring v1 discovery document (types and enums); the fields that it does not name but the API serves
(`showLegend`, `displayColumnType`, `description`, ...) from dashboards that Google publishes.
"""

from collections.abc import Mapping
from types import MappingProxyType

FALSE = frozenset(
    {
        "collapsed",
        "displayColumnType",
        "displayHorizontal",
        "dividerBelow",
        "enabled",
        "outputFullDuration",
        "showFilterBar",
        "showLabels",
        "showLegend",
        "useReservedSlots",
        "visible",
    }
)
"""Booleans whose default is false."""

ZERO = frozenset(
    {
        "columns",
        "floatBinSize",
        "height",
        "limit",
        "lowerBound",
        "maxBinCount",
        "numTimeSeries",
        "numericBinSize",
        "sliceAggregatedThreshold",
        "upperBound",
        "value",
        "weight",
        "width",
        "xPos",
        "yPos",
    }
)
"""Numbers whose default is 0."""

EMPTY_TEXT = frozenset(
    {
        "backgroundColor",
        "column",
        "columnType",
        "content",
        "description",
        "displayName",
        "filter",
        "id",
        "label",
        "labelKey",
        "legendTemplate",
        "queryHandle",
        "savedQueryId",
        "sliceNameTemplate",
        "sortColumn",
        "subtitle",
        "tableTemplate",
        "templateVariable",
        "textColor",
        "title",
        "unitOverride",
    }
)
"""Texts whose default is empty."""

ENUMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "alignment": frozenset({"CELL_ALIGNMENT_UNSPECIFIED"}),
        "chartType": frozenset({"PIE_CHART_TYPE_UNSPECIFIED"}),
        "color": frozenset({"COLOR_UNSPECIFIED"}),
        "comparator": frozenset({"COMPARATOR_UNSPECIFIED"}),
        "crossSeriesReducer": frozenset({"REDUCE_NONE"}),
        "direction": frozenset({"DIRECTION_UNSPECIFIED", "SORT_ORDER_UNSPECIFIED"}),
        "displayType": frozenset({"DISPLAY_TYPE_UNSPECIFIED"}),
        "eventType": frozenset({"EVENT_TYPE_UNSPECIFIED"}),
        "filterType": frozenset({"FILTER_TYPE_UNSPECIFIED"}),
        "fontSize": frozenset({"FONT_SIZE_UNSPECIFIED"}),
        "format": frozenset({"FORMAT_UNSPECIFIED"}),
        "groupBy": frozenset({"GROUP_BY_TYPE_UNSPECIFIED"}),
        "horizontalAlignment": frozenset({"HORIZONTAL_ALIGNMENT_UNSPECIFIED"}),
        "metricVisualization": frozenset({"METRIC_VISUALIZATION_UNSPECIFIED"}),
        "mode": frozenset({"MODE_UNSPECIFIED"}),
        "padding": frozenset({"PADDING_SIZE_UNSPECIFIED"}),
        "perSeriesAligner": frozenset({"ALIGN_NONE"}),
        "plotType": frozenset({"PLOT_TYPE_UNSPECIFIED"}),
        "pointerLocation": frozenset({"POINTER_LOCATION_UNSPECIFIED"}),
        "rankingMethod": frozenset({"METHOD_UNSPECIFIED"}),
        "scale": frozenset({"SCALE_UNSPECIFIED"}),
        "sortOrder": frozenset({"SORT_ORDER_UNSPECIFIED"}),
        "spanDataValue": frozenset({"SPAN_DATA_VALUE_UNSPECIFIED"}),
        "sparkChartType": frozenset({"SPARK_CHART_TYPE_UNSPECIFIED"}),
        "targetAxis": frozenset({"TARGET_AXIS_UNSPECIFIED"}),
        "valueType": frozenset({"VALUE_TYPE_UNSPECIFIED"}),
        "verticalAlignment": frozenset({"VERTICAL_ALIGNMENT_UNSPECIFIED"}),
    }
)
"""Enumerations with their first value, which is the default."""

ZERO_DURATION = frozenset({"minAlignmentPeriod", "timeBinSize", "timeshiftDuration"})
"""Durations in which `0s` means the same as no duration."""

EMPTY_MESSAGE = frozenset(
    {
        "aggregation",
        "annotations",
        "chartOptions",
        "labels",
        "opsAnalyticsSettings",
        "queryExecutionRules",
        "secondaryAggregation",
        "style",
        "tableDisplayOptions",
        "userLabels",
        "xAxis",
        "y2Axis",
        "yAxis",
    }
)
"""Maps and messages that say nothing when empty, also when they become so by leaving out defaults."""

MAPS = frozenset({"labels", "userLabels"})
"""Maps from text to text: their entries are the user's, whatever the value."""

SERVER_SET = frozenset({"etag", "name"})
"""What the server gives a dashboard; a document that carries it is tied to one state of one dashboard."""

INT64_TEXT = frozenset({"gridLayout.columns", "columns.weight", "rows.weight", "parameters.intValue"})
"""64-bit integers, by parent and field: JSON has them as text."""

TEXTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **ENUMS,
        **dict.fromkeys(EMPTY_TEXT, frozenset({""})),
        **dict.fromkeys(ZERO_DURATION, frozenset({"0s"})),
        "columns": frozenset({"0"}),
        "weight": frozenset({"0"}),
    }
)
"""All defaults that JSON has as text, by field."""

ADDED: Mapping[tuple[str, str], Mapping[str, object]] = MappingProxyType(
    {
        ("xyChart", "dataSets"): MappingProxyType({"targetAxis": "Y1"}),
        ("xyChart", "yAxis"): MappingProxyType({"scale": "LINEAR"}),
        ("timeSeriesTable", "dataSets"): MappingProxyType({"minAlignmentPeriod": "0s"}),
        ("widget", "text"): MappingProxyType({"format": "MARKDOWN", "style": {}}),
        ("widgets", "text"): MappingProxyType({"format": "MARKDOWN", "style": {}}),
    }
)
"""What the API fills in, by a message and the one that holds it: seen in recorded answers to documents without it.

A document that leaves them out differs from what is served, so each preview would show them come and go.
"""
