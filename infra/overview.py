"""The dashboard over all parts: what is wrong now, and one chart for each part's most telling signal."""

from collections.abc import Mapping

import pulumi

from infra.settings import Settings
from vigil_apimodel import lql
from vigil_components import Dashboard, DashboardArgs
from vigil_components.dashboards import Section, error_panel, incident_list, logs_panel, rows
from vigil_components.systems import Part


class Overview(pulumi.ComponentResource):
    """One page for the whole system."""

    TYPE = "vigil:infra:Overview"

    url: pulumi.Output[str]

    def __init__(
        self, name: str, settings: Settings, parts: Mapping[str, Part], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Register the dashboard."""
        super().__init__(self.TYPE, name, {"parts": list(parts)}, opts)
        dashboard = Dashboard(
            name,
            DashboardArgs(
                project=settings.project,
                title=f"System ({settings.stack})",
                sections=(
                    rows("Now", (incident_list("Incidents of all parts"), error_panel("Errors"))),
                    *(_telling(part, one) for part, one in parts.items()),
                    rows("Log", (logs_panel("Errors of all parts", _errors()),)),
                ),
                labels={"managed-by-vigil": "", "overview": ""},
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.url = dashboard.url
        self.register_outputs({"url": self.url})


def _telling(part: str, one: Part) -> Section:
    """The first two charts of a part: what its alerts watch first."""
    return rows(part.capitalize(), one.monitoring.first_charts())


def _errors() -> str:
    return lql.render(lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "ERROR"))
