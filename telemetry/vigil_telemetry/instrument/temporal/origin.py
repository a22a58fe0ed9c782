"""Where a workflow run comes from, and which ids its lines have."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from vigil_telemetry.context import bind
from vigil_telemetry.events.temporal import Cause
from vigil_telemetry.instrument.propagation import CARRIED, Carried, bound
from vigil_telemetry.instrument.temporal.headers import Headers, ids_in

_SCHEDULED_BY = SearchAttributeKey.for_keyword(
    "TemporalScheduledById"
)  # the search attribute that the server sets on a scheduled run


@dataclass(frozen=True, slots=True)
class Origin:
    """Of one run."""

    cause: Cause
    schedule: str | None
    ids: Carried
    """As they came. A run that came without gets the id of its chain's first run, the same in every replay."""
    workflow_id: str
    run_id: str

    @classmethod
    def of(cls, info: workflow.Info) -> Origin:
        """Read it from what the server says of the run."""
        ids = ids_in(info.headers)
        arrived = "correlation_id" in ids
        schedule = _schedule(info)
        if not arrived:
            ids["correlation_id"] = info.first_execution_run_id.replace("-", "")
        return cls(_cause(info, schedule, arrived=arrived), schedule, ids, info.workflow_id, info.run_id)

    def bound(self, headers: Headers | None = None) -> bind:
        """Put the run's ids on lines; those of a signal, query or update where it brought its own.

        A sender without a correlation id is correlated by its request, or with the run.
        """
        ids = ids_in(headers) if headers is not None else {}
        if any(name in ids for name in CARRIED):
            ids.setdefault("correlation_id", ids.get("request_id") or self.ids["correlation_id"])
        else:
            ids = self.ids
        return bound(ids, workflow_id=self.workflow_id, run_id=self.run_id, schedule=self.schedule)


def _schedule(info: workflow.Info) -> str | None:
    return info.typed_search_attributes.get(_SCHEDULED_BY)


def _cause(info: workflow.Info, schedule: str | None, *, arrived: bool) -> Cause:
    if info.attempt > 1:
        return "retry"
    if info.continued_run_id is not None:
        return "cron" if info.cron_schedule else "continued"
    if schedule is not None:
        return "schedule"
    if info.parent is not None:
        return "parent"
    return "client" if arrived else "unknown"
