"""What applies to a whole dashboard: filters and variables that its reader sets, and marks of events."""

from dataclasses import dataclass
from typing import Literal

from vigil_components.arguments import Name, OneLine, validated
from vigil_components.dashboards.widgets import Json


@validated
@dataclass(frozen=True, kw_only=True)
class Filter:
    """A choice at the top of the dashboard."""

    label: Name
    """Label that it filters by."""
    on: Literal["RESOURCE_LABEL", "METRIC_LABEL", "USER_METADATA_LABEL"] = "RESOURCE_LABEL"
    """What has the label. Default: the monitored resource."""
    variable: OneLine = ""
    """Name by which queries use the choice, as `${variable}`; it then filters nothing by itself. Default: none."""
    value: OneLine = ""
    """Choice at first. Default: none."""

    def json(self) -> Json:
        """Return the document as the API writes it."""
        body: Json = {"filterType": self.on, "labelKey": self.label}
        if self.variable:
            body["templateVariable"] = self.variable
        if self.value:
            body["stringValue"] = self.value
        return body


EventMark = Literal[
    "CLOUD_RUN_DEPLOYMENT",
    "CLOUD_ALERTING_ALERT",
    "UPTIME_CHECK_FAILURE",
    "SERVICE_HEALTH_INCIDENT",
    "CLOUD_SQL_FAILOVER",
    "CLOUD_SQL_START_STOP",
    "CLOUD_SQL_STORAGE",
]
"""Events that Monitoring marks on every chart (EventAnnotation.eventType, those that our systems have)."""


def annotations(marks: tuple[EventMark, ...]) -> Json:
    """Return the marks as the API writes them, switched on."""
    return {"eventAnnotations": [{"eventType": mark, "enabled": True} for mark in marks]}
