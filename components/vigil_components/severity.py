"""How urgent an alert is, which decides who is notified and how."""

from enum import StrEnum


class AlertSeverity(StrEnum):
    """What an alert asks from the team that owns it."""

    PAGE = "page"
    """Somebody acts now, at any hour."""

    TICKET = "ticket"
    """Somebody acts within a working day."""

    @property
    def policy_severity(self) -> str:
        """The severity of the alert policy (google.monitoring.v3.AlertPolicy.Severity)."""
        return {AlertSeverity.PAGE: "CRITICAL", AlertSeverity.TICKET: "WARNING"}[self]
