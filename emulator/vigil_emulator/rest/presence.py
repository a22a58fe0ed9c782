"""What the discovery documents do not say about fields: presence, exclusive fields, enum numbers.

A discovery document lists names and types. It does not tell whether a scalar that has its default value is sent back
(proto3 leaves it out unless the field has presence), which fields exclude each other, or which number an enum value
has. These tables say it. The tests check them against the published protos of google-cloud-logging and
google-cloud-monitoring. Fields of dashboards that no document names: `vigil_apimodel.dashboards.unnamed`.
"""

from collections.abc import Mapping

PRESENT: frozenset[tuple[str, str]] = frozenset(
    {
        ("AlertPolicy", "enabled"),
        ("Hourly", "minuteOffset"),
        ("LabelValue", "boolValue"),
        ("LabelValue", "int64Value"),
        ("LabelValue", "stringValue"),
        ("LogEntry", "textPayload"),
        ("NotificationChannel", "enabled"),
        ("ResponseStatusCode", "statusClass"),
        ("ResponseStatusCode", "statusValue"),
        ("ServiceLevelObjective", "calendarPeriod"),
        ("Trigger", "count"),
        ("Trigger", "percent"),
        ("TypedValue", "boolValue"),
        ("TypedValue", "doubleValue"),
        ("TypedValue", "int64Value"),
        ("TypedValue", "stringValue"),
        ("WindowsBasedSli", "goodBadMetricFilter"),
    }
)
"""Scalars that come back even with their default value: members of a oneof, optional fields, wrapper messages.

Source: googleapis `google/monitoring/v3/*.proto`, `google/logging/v2/*.proto`.
"""

ONE_OF: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "BasicSli": {"sli_criteria": ("availability", "latency")},
    "BucketOptions": {"options": ("linearBuckets", "exponentialBuckets", "explicitBuckets")},
    "Condition": {
        "condition": (
            "conditionThreshold",
            "conditionAbsent",
            "conditionMatchedLog",
            "conditionMonitoringQueryLanguage",
            "conditionPrometheusQueryLanguage",
            "conditionSql",
        )
    },
    "Dashboard": {"layout": ("gridLayout", "mosaicLayout", "rowLayout", "columnLayout")},
    "LogEntry": {"payload": ("protoPayload", "textPayload", "jsonPayload")},
    "RequestBasedSli": {"method": ("goodTotalRatio", "distributionCut")},
    "ResponseStatusCode": {"status_code": ("statusValue", "statusClass")},
    "ServiceLevelIndicator": {"type": ("basicSli", "requestBased", "windowsBased")},
    "ServiceLevelObjective": {"period": ("rollingPeriod", "calendarPeriod")},
    "SqlCondition": {
        "schedule": ("minutes", "hourly", "daily"),
        "evaluate": ("rowCountTest", "booleanTest"),
    },
    "TimeSeriesQuery": {
        "source": (
            "timeSeriesFilter",
            "timeSeriesFilterRatio",
            "timeSeriesQueryLanguage",
            "prometheusQuery",
            "opsAnalyticsQuery",
        )
    },
    "Trigger": {"type": ("count", "percent")},
    "TypedValue": {"value": ("boolValue", "int64Value", "doubleValue", "stringValue", "distributionValue")},
    "UptimeCheckConfig": {
        "resource": ("monitoredResource", "resourceGroup", "syntheticMonitor"),
        "check_request_type": ("httpCheck", "tcpCheck"),
    },
    "Widget": {
        "content": (
            "alertChart",
            "blank",
            "collapsibleGroup",
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
    },
    "WindowsBasedSli": {
        "window_criterion": (
            "goodBadMetricFilter",
            "goodTotalRatioThreshold",
            "metricMeanInRange",
            "metricSumInRange",
        )
    },
}
"""By schema: the name of the oneof and its members, at most one of which may be set.

Source: the same protos, and `google/monitoring/dashboard/v1/{dashboard,widget,metrics}.proto`.
"""

_ALIGNER = {
    "ALIGN_MIN": 10,
    "ALIGN_MAX": 11,
    "ALIGN_MEAN": 12,
    "ALIGN_COUNT": 13,
    "ALIGN_SUM": 14,
    "ALIGN_STDDEV": 15,
    "ALIGN_COUNT_TRUE": 16,
    "ALIGN_FRACTION_TRUE": 17,
    "ALIGN_PERCENTILE_99": 18,
    "ALIGN_PERCENTILE_95": 19,
    "ALIGN_PERCENTILE_50": 20,
    "ALIGN_PERCENTILE_05": 21,
    "ALIGN_PERCENT_CHANGE": 23,
    "ALIGN_COUNT_FALSE": 24,
}
_REDUCER = {
    "REDUCE_FRACTION_TRUE": 8,
    "REDUCE_PERCENTILE_99": 9,
    "REDUCE_PERCENTILE_95": 10,
    "REDUCE_PERCENTILE_50": 11,
    "REDUCE_PERCENTILE_05": 12,
    "REDUCE_COUNT_FALSE": 15,
}
_LAUNCH_STAGE = {
    "EARLY_ACCESS": 1,
    "ALPHA": 2,
    "BETA": 3,
    "GA": 4,
    "DEPRECATED": 5,
    "UNIMPLEMENTED": 6,
    "PRELAUNCH": 7,
}
_SEVERITY = {
    "DEBUG": 100,
    "INFO": 200,
    "NOTICE": 300,
    "WARNING": 400,
    "ERROR": 500,
    "CRITICAL": 600,
    "ALERT": 700,
    "EMERGENCY": 800,
}

NUMBERS: Mapping[tuple[str, str], Mapping[str, int]] = {
    ("Aggregation", "perSeriesAligner"): _ALIGNER,
    ("Aggregation", "crossSeriesReducer"): _REDUCER,
    ("AlertStrategy", "notificationPrompts"): {"CLOSED": 3},
    ("LogEntry", "severity"): _SEVERITY,
    ("LogLine", "severity"): _SEVERITY,
    ("MetricDescriptor", "launchStage"): _LAUNCH_STAGE,
    ("MetricDescriptorMetadata", "launchStage"): _LAUNCH_STAGE,
    ("MonitoredResourceDescriptor", "launchStage"): _LAUNCH_STAGE,
    ("NotificationChannelDescriptor", "launchStage"): _LAUNCH_STAGE,
    ("ResponseStatusCode", "statusClass"): {
        "STATUS_CLASS_1XX": 100,
        "STATUS_CLASS_2XX": 200,
        "STATUS_CLASS_3XX": 300,
        "STATUS_CLASS_4XX": 400,
        "STATUS_CLASS_5XX": 500,
        "STATUS_CLASS_ANY": 1000,
    },
    ("Threshold", "color"): {"YELLOW": 4, "RED": 6},
    ("UptimeCheckConfig", "checkerType"): {"VPC_CHECKERS": 3},
}
"""By schema and field: values whose number is not their position in the discovery document's list."""

BODY_NAMES: Mapping[str, str] = {
    "LogBucket": "bucket",
    "LogExclusion": "exclusion",
    "LogMetric": "metric",
    "LogSink": "sink",
    "LogView": "view",
}
"""By schema: the request's field that the body is, where it is not the schema's own name in snake case.

Error texts speak of it: `Unknown name "x" at 'dashboard.mosaic_layout'`.
"""
