"""Activities as their worker runs them: each attempt."""

from __future__ import annotations

from datetime import UTC, datetime
from inspect import unwrap
from time import perf_counter
from types import FunctionType, MethodType
from typing import Final, Literal, cast

from temporalio import activity, worker

from vigil_telemetry.emitter import emit
from vigil_telemetry.events.temporal import ActivityCompleted, ActivityFailed, ActivityStarted, Timeout
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.propagation import bound
from vigil_telemetry.instrument.temporal.failures import (
    is_benign,
    is_cancelled,
    is_final,
    text_of,
    type_of,
    unrequested,
)
from vigil_telemetry.instrument.temporal.headers import ids_in
from vigil_telemetry.location import place_of_code
from vigil_telemetry.requests import place_of_error

_HELD_BACK: Final = 1.8
"""Time-outs that a heartbeat may seem late by, where the SDK held the one before it back."""


class ActivityInbound(worker.ActivityInboundInterceptor):
    """One attempt: its start and outcome. Ids are in force in the activity, also in one that runs on a thread."""

    _beats: Heartbeats | None = None

    def init(self, outbound: worker.ActivityOutboundInterceptor) -> None:
        """Prepare the attempt."""
        self._beats = Heartbeats(outbound)
        super().init(self._beats)

    def _given_up(self, info: activity.Info) -> Timeout | None:
        """Which time-out has passed, so that the server has given the attempt up; it does not say so."""
        now = datetime.now(UTC)
        pause = self._beats.longest if self._beats is not None else 0.0
        if info.heartbeat_timeout is not None and pause > info.heartbeat_timeout.total_seconds():
            return "heartbeat"
        if info.start_to_close_timeout is not None and now - info.started_time > info.start_to_close_timeout:
            return "start_to_close"
        if info.schedule_to_close_timeout is not None and now - info.scheduled_time > info.schedule_to_close_timeout:
            return "schedule_to_close"
        return None

    def _refused(self, info: activity.Info, duration: float) -> Timeout | None:
        """Which time-out had certainly passed when an attempt returned, so that the server refuses its result.

        The worker counts the time itself, since the server's clock may differ. The SDK holds a heartbeat back for up to
        0.8 of its time-out.
        """
        silent = self._beats.longest_until_now() if self._beats is not None else 0.0
        for timeout, limit, passed in (
            ("start_to_close", info.start_to_close_timeout, duration),
            ("schedule_to_close", info.schedule_to_close_timeout, duration),
            ("heartbeat", info.heartbeat_timeout, silent / _HELD_BACK),
        ):
            if limit is not None and passed > limit.total_seconds():
                return cast("Timeout", timeout)
        return None

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
                    raise  # the attempt continues elsewhere (`raise_complete_async`), or the process is ending
                reason = unrequested(error, activity.cancellation_details(), self._given_up(info))
                consequence = _consequence(error, info, reason)
                reported = consequence in ("retried", "final")
                emit(
                    ActivityFailed(
                        activity_type=kind,
                        task_queue=queue,
                        attempt=attempt,
                        error_type=reason or type_of(error),
                        consequence=consequence,
                        error=text_of(error),
                        duration=round(perf_counter() - started, 6),
                    ),
                    exception=error if reported else None,
                    place=place_of_error(error) or place if reported else place,
                )
                raise
            duration = round(perf_counter() - started, 6)
            refused = self._refused(info, duration)
            if refused is not None:
                emit(
                    ActivityFailed(
                        activity_type=kind,
                        task_queue=queue,
                        attempt=attempt,
                        error_type=f"Timeout.{refused}",
                        consequence="final"
                        if refused == "schedule_to_close" or is_final(TimeoutError(), attempt, info.retry_policy)
                        else "retried",
                        error="it returned after its time-out, and the server has given it up",
                        duration=duration,
                    ),
                    place=place,
                )
                return result
            emit(
                ActivityCompleted(activity_type=kind, task_queue=queue, attempt=attempt, duration=duration),
                place=place,
            )
            return result


class Heartbeats(worker.ActivityOutboundInterceptor):
    """Knows the longest time without a heartbeat, up to the last one."""

    def __init__(self, following: worker.ActivityOutboundInterceptor) -> None:
        super().__init__(following)
        self.longest = 0.0
        self._last = perf_counter()

    def heartbeat(self, *details: Duck) -> None:
        """Send a heartbeat."""
        now = perf_counter()
        self.longest, self._last = max(self.longest, now - self._last), now
        super().heartbeat(*details)

    def longest_until_now(self) -> float:
        """Return the longest time without a heartbeat, that since the last one among them."""
        return max(self.longest, perf_counter() - self._last)


def _consequence(
    error: BaseException, info: activity.Info, reason: str | None
) -> Literal["retried", "final", "benign", "cancelled"]:
    if is_cancelled(error) and reason is None:
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
