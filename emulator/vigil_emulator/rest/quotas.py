"""Rates that Google allows a project. With quotas on, the emulator refuses more, in Google's words.

Logging publishes its rates (https://docs.cloud.google.com/logging/quotas); Monitoring publishes none, so none is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.projects import number_of

SERVICE = "logging.googleapis.com"


@dataclass(frozen=True, slots=True)
class Quota:
    """Requests of some methods that a project may make in a minute."""

    metric: str
    identifier: str
    limit: str
    value: int

    def exceeded(self, project: str) -> ApiError:
        """Return what Google answers to the first request too many."""
        number = number_of(project)
        details: Sequence[JsonObject] = (
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "RATE_LIMIT_EXCEEDED",
                "domain": "googleapis.com",
                "metadata": {
                    "service": SERVICE,
                    "consumer": f"projects/{number}",
                    "quota_metric": f"{SERVICE}/{self.identifier}",
                    "quota_limit": self.limit,
                    "quota_limit_value": str(self.value),
                    "quota_location": "global",
                    "quota_unit": "1/min/{project}",
                },
            },
            {
                "@type": "type.googleapis.com/google.rpc.Help",
                "links": [
                    {
                        "description": "Request a higher quota limit.",
                        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
                    }
                ],
            },
        )
        return ApiError(
            "RESOURCE_EXHAUSTED",
            f"Quota exceeded for quota metric '{self.metric}' and limit '{self.metric} per minute' of service "
            f"'{SERVICE}' for consumer 'project_number:{number}'.",
            details=details,
        )


READ = Quota("Read requests", "read_requests", "ReadRequestsPerMinutePerProject", 60)
WRITE = Quota("Write requests", "write_requests", "WriteRequestsPerMinutePerProject", 120_000)
CONTROL = Quota("Control requests", "control_requests", "ControlRequestsPerMinutePerProject", 600)


def quota_of(method: str) -> Quota | None:
    """Return what a request of a method is counted against; None where Google publishes no rate."""
    if not method.startswith("logging."):
        return None
    return {"logging.entries.list": READ, "logging.entries.write": WRITE}.get(method, CONTROL)


@dataclass(slots=True)
class Quotas:
    """Counts each project's requests, minute by minute of the emulator's clock."""

    _spent: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict[tuple[str, str], tuple[int, int]])
    """Minute, and requests in it, by project and quota."""

    def spend(self, method: str, project: str, now: datetime) -> None:
        """Count a request. Raises ApiError RESOURCE_EXHAUSTED for one too many."""
        quota = quota_of(method)
        if quota is None:
            return
        minute = int(now.timestamp()) // 60
        began, count = self._spent.get((project, quota.metric), (minute, 0))
        count = count + 1 if began == minute else 1
        self._spent[project, quota.metric] = (minute, count)
        if count > quota.value:
            raise quota.exceeded(project)
