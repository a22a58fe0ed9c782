"""Silencing alert policies that are deployed, for a while and with a reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from vigil_apimodel.json_values import JsonObject, text, text_map
from vigil_runner.access import Access

ROLE: Final = "roles/monitoring.editor on the project"
MOST: Final = 16
"""Policies that one snooze may name (google/monitoring/v3/snooze.proto)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An alert policy of ours, found by its labels."""

    name: str
    service: str
    alert: str

    @property
    def key(self) -> str:
        """How people name it: `api/error-ratio`."""
        return f"{self.service}/{self.alert}"


def policies(access: Access) -> Iterator[Policy]:
    """Yield the alert policies that this project's program made. Raises AccessError."""
    path = f"v3/{access.name}/alertPolicies"
    for policy in access.pages("listing alert policies", path, "alertPolicies"):
        labels = text_map(policy, "userLabels")
        if labels.get("managed-by") == "vigil":
            yield Policy(name=text(policy, "name"), service=labels.get("service", ""), alert=labels.get("alert", ""))


def snooze(
    access: Access, chosen: Sequence[Policy], *, lasting: timedelta, reason: str, now: datetime
) -> tuple[str, ...]:
    """Silence policies from `now` on, the project's time; the resource names of the snoozes. Raises AccessError.

    There are several where there are more policies than one may name.
    """
    made: list[str] = []
    for start in range(0, len(chosen), MOST):
        body: JsonObject = {
            "displayName": reason,
            "criteria": {"policies": [policy.name for policy in chosen[start : start + MOST]]},
            "interval": {"startTime": _written(now), "endTime": _written(now + lasting)},
        }
        made.append(text(access.post("making a snooze", f"v3/{access.name}/snoozes", body, role=ROLE), "name"))
    return tuple(made)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
