"""Activities as their worker runs them: each attempt."""

from __future__ import annotations

from inspect import unwrap
from time import perf_counter
from types import FunctionType, MethodType
from typing import Literal

from temporalio import activity, worker

from vigil_telemetry.emitter import emit
from vigil_telemetry.events.temporal import ActivityCompleted, ActivityFailed, ActivityStarted
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.propagation import bound
from vigil_telemetry.instrument.temporal.failures import is_benign, is_cancelled, is_final, text_of, type_of
from vigil_telemetry.instrument.temporal.headers import ids_in
from vigil_telemetry.location import place_of_code
from vigil_telemetry.requests import place_of_error


class ActivityInbound(worker.ActivityInboundInterceptor):
    """One attempt: its start and outcome. Ids are in force in the activity, also in one that runs on a thread."""

    async def execute_activity(self, input: worker.ExecuteActivityInput) -> Duck:  # noqa: A002 - the SDK's name
        """Run the attempt."""
        info, place = activity.info(), _place_of(input.fn)
        kind, queue, attempt = info.activity_type, info.task_queue, info.attempt
        waited = (info.started_time - info.current_attempt_scheduled_time).total_seconds()
        with bound(
            ids_in(input.headers),
            workflow_id=info.workflow_id,
            run_id=info.workflow_run_id,
            activity_id=info.activity_id,
        ):
            emit(
                ActivityStarted(
                    activity_type=kind, task_queue=queue, attempt=attempt, waited=max(round(waited, 6), 0.0)
                ),
                place=place,
            )
            started = perf_counter()
            try:
                result = await super().execute_activity(input)
            except BaseException as error:
                if not (isinstance(error, Exception) or is_cancelled(error)):
                    raise  # the attempt goes on elsewhere (`raise_complete_async`), or the process is ending
                consequence = _consequence(error, info)
                told = consequence in ("retried", "final")
                emit(
                    ActivityFailed(
                        activity_type=kind,
                        task_queue=queue,
                        attempt=attempt,
                        error_type=type_of(error),
                        consequence=consequence,
                        error=text_of(error),
                        duration=round(perf_counter() - started, 6),
                    ),
                    exception=error if told else None,
                    place=place_of_error(error) or place if told else place,
                )
                raise
            duration = round(perf_counter() - started, 6)
            emit(
                ActivityCompleted(activity_type=kind, task_queue=queue, attempt=attempt, duration=duration),
                place=place,
            )
            return result


def _consequence(error: BaseException, info: activity.Info) -> Literal["retried", "final", "benign", "cancelled"]:
    if is_cancelled(error):
        return "cancelled"
    if is_benign(error):
        return "benign"
    return "final" if is_final(error, info.attempt, info.retry_policy) else "retried"


def _place_of(function: object) -> bytes | None:
    bare = unwrap(function) if callable(function) else function
    if isinstance(bare, MethodType):
        bare = bare.__func__
    elif not isinstance(bare, FunctionType) and callable(bare):
        bare = getattr(type(bare).__call__, "__func__", type(bare).__call__)
    return place_of_code(bare.__code__, bare.__module__) if isinstance(bare, FunctionType) else None
