"""Incidents: how they are kept, and the three forms in which they are shown.

Forms: `Alert` of the API (monitoring v3 discovery document), the emulator's own list, and the body of a notification
(docs.cloud.google.com/monitoring/support/notification-options, webhook schema version 1.2).
"""

import hashlib
from dataclasses import dataclass, field, fields
from typing import cast

from vigil_apimodel.json_values import JsonObject, children, json_list, json_map, text
from vigil_emulator.alerting.policy import Policy
from vigil_emulator.times import SECOND, format_time

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_SEVERITIES = {"CRITICAL": "Critical", "ERROR": "Error", "WARNING": "Warning"}


@dataclass(slots=True, kw_only=True)
class Incident:
    """One violation of a policy by one series (or one log entry)."""

    name: str
    """`projects/P/alerts/ID`."""
    policy: str
    policy_name: str
    condition: str
    condition_name: str
    series: str
    opened: int
    """When the condition was found met for long enough, ns."""
    closed: int = 0
    last_seen: int = 0
    """When data last met the condition (or the log entry came), ns."""
    metric: str = ""
    metric_labels: dict[str, str] = field(default_factory=dict[str, str])
    resource: str = ""
    resource_labels: dict[str, str] = field(default_factory=dict[str, str])
    log_labels: dict[str, str] = field(default_factory=dict[str, str])
    value: float | None = None
    threshold: float | None = None
    severity: str = ""
    user_labels: dict[str, str] = field(default_factory=dict[str, str])
    summary: str = ""
    documentation: JsonObject = field(default_factory=dict[str, "JsonObject"])  # type: ignore[arg-type] # an empty object
    condition_body: JsonObject = field(default_factory=dict[str, "JsonObject"])  # type: ignore[arg-type] # an empty object
    notified: dict[str, int] = field(default_factory=dict[str, int])
    """Channels that were notified of the opening, with the time of the last notification."""

    @property
    def open(self) -> bool:
        """Whether it is still open."""
        return not self.closed

    @property
    def identifier(self) -> str:
        """The last part of the name."""
        return self.name.rpartition("/")[2]

    @property
    def project(self) -> str:
        """The project's id."""
        return self.name.split("/")[1]

    def saved(self) -> JsonObject:
        """Return the incident as the database keeps it."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def loaded(cls, body: JsonObject) -> "Incident":
        """Return the incident of a row of the database."""
        return cls(**cast("dict[str, str]", body))  # type: ignore[arg-type] # what saved() wrote

    def alert(self) -> JsonObject:
        """Return the API's `Alert`."""
        policy: JsonObject = {"name": self.policy, "displayName": self.policy_name}
        if self.severity:
            policy["severity"] = self.severity
        if self.user_labels:
            policy["userLabels"] = json_map(self.user_labels)
        body: JsonObject = {
            "name": self.name,
            "state": "OPEN" if self.open else "CLOSED",
            "openTime": format_time(self.opened),
            "resource": {"type": self.resource, "labels": json_map(self.resource_labels)},
            "metadata": {},
            "metric": {"type": self.metric, "labels": json_map(self.metric_labels)},
            "policy": policy,
        }
        if self.closed:
            body["closeTime"] = format_time(self.closed)
        if self.log_labels:
            body["log"] = {"extractedLabels": json_map(self.log_labels)}
        return body

    def listed(self) -> JsonObject:
        """Return the incident in the emulator's own form."""
        return {
            "name": self.name,
            "policy": self.policy,
            "policyName": self.policy_name,
            "condition": self.condition_name,
            "state": "OPEN" if self.open else "CLOSED",
            "openTime": format_time(self.opened),
            "closeTime": format_time(self.closed) if self.closed else None,
            "labels": json_map({**self.resource_labels, **self.metric_labels, **self.log_labels}),
            "value": self.value,
            "threshold": self.threshold,
        }

    def notification(self, *, number: int) -> JsonObject:
        """Return the body of a webhook; `number` is the project's."""
        documentation: JsonObject = {
            "content": self._rendered(text(self.documentation, "content")),
            "mime_type": text(self.documentation, "mimeType", "text/markdown"),
            "subject": self._rendered(text(self.documentation, "subject")) or f"[ALERT] {self.policy_name}",
        }
        if links := children(self.documentation, "links"):
            documentation["links"] = json_list(
                [{"displayName": text(link, "displayName"), "url": text(link, "url")} for link in links]
            )
        where = " ".join(self.resource_labels.values())
        incident: JsonObject = {
            "condition": self.condition_body,
            "condition_name": self.condition_name,
            "documentation": documentation,
            "ended_at": self.closed // SECOND if self.closed else None,
            "incident_id": self.identifier,
            "metadata": {"system_labels": {}, "user_labels": {}},
            "metric": {"type": self.metric, "displayName": self.metric, "labels": json_map(self.metric_labels)},
            "observed_value": number_text(self.value),
            "policy_name": self.policy_name,
            "policy_user_labels": json_map(self.user_labels),
            "resource": {"type": self.resource, "labels": json_map(self.resource_labels)},
            "resource_id": "",
            "resource_display_name": where,
            "resource_name": " ".join(part for part in (self.project, where) if part),
            "resource_type_display_name": self.resource,
            "scoping_project_id": self.project,
            "scoping_project_number": number,
            "severity": _SEVERITIES.get(self.severity, "No severity"),
            "started_at": self.opened // SECOND,
            "state": "open" if self.open else "closed",
            "summary": self.summary,
            "threshold_value": number_text(self.threshold),
            "url": f"https://console.cloud.google.com/monitoring/alerting/alerts/{self.identifier}?project={self.project}",
        }
        return {"version": "1.2", "incident": incident}

    def _rendered(self, content: str) -> str:
        """`${policy.display_name}` and its kin (docs.cloud.google.com/monitoring/alerts/doc-variables)."""
        if "${" not in content:
            return content
        known: dict[str, str] = {
            "condition.display_name": self.condition_name,
            "condition.name": self.condition,
            "metric.type": self.metric,
            "metric.display_name": self.metric,
            "policy.display_name": self.policy_name,
            "policy.name": self.policy,
            "project": self.project,
            "resource.type": self.resource,
            "resource.project": self.project,
        }
        for prefix, labels in (
            ("metric.label.", self.metric_labels),
            ("metric.labels.", self.metric_labels),
            ("resource.label.", self.resource_labels),
            ("resource.labels.", self.resource_labels),
            ("metric_or_resource.label.", {**self.resource_labels, **self.metric_labels}),
            ("metric_or_resource.labels.", {**self.resource_labels, **self.metric_labels}),
            ("log.extracted_label.", self.log_labels),
            ("policy.user_labels.", self.user_labels),
        ):
            known |= {f"{prefix}{name}": value for name, value in labels.items()}
        for name, value in known.items():
            content = content.replace(f"${{{name}}}", value)
        return content


def incident_name(project: str, *parts: str) -> str:
    """Return a name that the same incident would get again: `projects/P/alerts/0.` and twelve characters."""
    number = int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest())
    digits = ""
    for _ in range(12):
        number, rest = divmod(number, 36)
        digits += _DIGITS[rest]
    return f"projects/{project}/alerts/0.{digits}"


def number_text(value: float | None) -> str:
    """Return the values as notifications show them: three decimals."""
    return "" if value is None else f"{value:.3f}"


def summary_of(policy: Policy, incident: Incident, comparison: str, *, normal: float | None = None) -> str:
    """Return one sentence, as notifications have it. `normal` is the value with which it ended."""
    labels = ", ".join(f"{name}={value}" for name, value in incident.metric_labels.items())
    where = " ".join([incident.project, *incident.resource_labels.values()])
    subject = incident.metric or incident.condition_name or policy.display_name
    series = f"{subject} for {where}" + (f" with metric labels {{{labels}}}" if labels else "")
    if incident.closed:
        return f"{series} returned to normal" + (
            f" with a value of {number_text(normal)}." if normal is not None else "."
        )
    if comparison == "absent":
        return f"{series} is absent: there has been no data for {number_text(incident.value)} s."
    if incident.threshold is None:
        return f"{series} meets the condition {incident.condition_name!r}" + (
            f" with a value of {number_text(incident.value)}." if incident.value is not None else "."
        )
    side = "below" if comparison in {"<", "<=", "COMPARISON_LT", "COMPARISON_LE"} else "above"
    return (
        f"{series} is {side} the threshold of {number_text(incident.threshold)} "
        f"with a value of {number_text(incident.value)}."
    )
