"""Workflows as their worker runs them: called inside the sandbox, and again in replay, when nothing is written."""

from __future__ import annotations

import asyncio
from functools import cached_property
from inspect import unwrap
from types import FunctionType
from typing import NoReturn

from temporalio import worker, workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as TemporalTimeout

from vigil_telemetry.emitter import emit
from vigil_telemetry.event import Event
from vigil_telemetry.events.temporal import (
    ActivityTimedOut,
    ChildWorkflowEnded,
    WorkflowCancelled,
    WorkflowCompleted,
    WorkflowContinued,
    WorkflowFailed,
    WorkflowSignalled,
    WorkflowStarted,
    WorkflowTaskFailed,
)
from vigil_telemetry.exceptions import error_text, error_type
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.temporal.failures import TIMEOUTS, is_benign, outcome_of, text_of, type_of
from vigil_telemetry.instrument.temporal.headers import with_ids, with_nexus_ids
from vigil_telemetry.instrument.temporal.origin import Origin
from vigil_telemetry.location import place_of_code
from vigil_telemetry.requests import place_of_error


def replaying() -> bool:
    """Return whether this is workflow code that runs again over history; also while it is torn down."""
    return workflow.in_workflow() and workflow.unsafe.is_replaying_history_events()


class WorkflowInbound(worker.WorkflowInboundInterceptor):
    """One run: its start and end, and the signals, queries and updates that reach it."""

    def init(self, outbound: worker.WorkflowOutboundInterceptor) -> None:
        """Do the plugin's part, as the SDK asks."""
        super().init(WorkflowOutbound(outbound))

    @cached_property
    def _origin(self) -> Origin:
        return Origin.of(workflow.info())

    async def execute_workflow(self, input: worker.ExecuteWorkflowInput) -> Duck:  # noqa: A002 - the SDK's name
        """Run the workflow."""
        place = _place_of(input.run_fn)
        origin, info = self._origin, workflow.info()
        with origin.bound():
            _log(
                WorkflowStarted(
                    workflow_type=info.workflow_type,
                    task_queue=info.task_queue,
                    attempt=info.attempt,
                    cause=origin.cause,
                    schedule=origin.schedule,
                    parent_workflow=info.parent.workflow_id if info.parent is not None else None,
                ),
                place,
            )
            try:
                result = await super().execute_workflow(input)
            except (Exception, asyncio.CancelledError, workflow.ContinueAsNewError) as error:
                # what the SDK takes for an end; a run that is collected outside of its loop sees GeneratorExit
                _ended(info, error, place)
                raise
            _log(
                WorkflowCompleted(
                    workflow_type=info.workflow_type, task_queue=info.task_queue, duration=_duration(info)
                ),
                place,
            )
            return result

    async def handle_signal(self, input: worker.HandleSignalInput) -> None:  # noqa: A002 - the SDK's name
        """Handle a signal, under the ids of who sent it."""
        with self._origin.bound(input.headers):
            _log(WorkflowSignalled(workflow_type=workflow.info().workflow_type, kind="signal", name=input.signal))
            await super().handle_signal(input)

    async def handle_query(self, input: worker.HandleQueryInput) -> Duck:  # noqa: A002 - the SDK's name
        """Handle a query, under the ids of its sender."""
        with self._origin.bound(input.headers):
            if not input.query.startswith("__"):  # the SDK's own
                _log(WorkflowSignalled(workflow_type=workflow.info().workflow_type, kind="query", name=input.query))
            return await super().handle_query(input)

    def handle_update_validator(self, input: worker.HandleUpdateInput) -> None:  # noqa: A002 - the SDK's name
        """Check an update, under the ids of who sent it."""
        with self._origin.bound(input.headers):
            super().handle_update_validator(input)

    async def handle_update_handler(self, input: worker.HandleUpdateInput) -> Duck:  # noqa: A002 - the SDK's name
        """Handle an update, under the ids of who sent it."""
        with self._origin.bound(input.headers):
            _log(WorkflowSignalled(workflow_type=workflow.info().workflow_type, kind="update", name=input.update))
            return await super().handle_update_handler(input)


class WorkflowOutbound(worker.WorkflowOutboundInterceptor):
    """What a workflow starts and signals: it gets the current ids; events that only the workflow sees are logged."""

    def continue_as_new(self, input: worker.ContinueAsNewInput) -> NoReturn:  # noqa: A002 - the SDK's name
        """Begin a new run with our headers: the SDK gives it none."""
        input.headers = with_ids(input.headers)
        super().continue_as_new(input)

    async def signal_child_workflow(self, input: worker.SignalChildWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        """Send a signal to a child."""
        input.headers = with_ids(input.headers)
        await super().signal_child_workflow(input)

    async def signal_external_workflow(self, input: worker.SignalExternalWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        """Send a signal to another workflow."""
        input.headers = with_ids(input.headers)
        await super().signal_external_workflow(input)

    def start_activity(self, input: worker.StartActivityInput) -> workflow.ActivityHandle[Duck]:  # noqa: A002 - the SDK's name
        """Start an activity."""
        input.headers = with_ids(input.headers)
        return _timed(super().start_activity(input), input.activity)

    def start_local_activity(self, input: worker.StartLocalActivityInput) -> workflow.ActivityHandle[Duck]:  # noqa: A002 - the SDK's name
        """Start a local activity."""
        input.headers = with_ids(input.headers)
        return _timed(super().start_local_activity(input), input.activity)

    async def start_child_workflow(
        self,
        input: worker.StartChildWorkflowInput,  # noqa: A002 - the SDK's name
    ) -> workflow.ChildWorkflowHandle[Duck, Duck]:
        """Start a child."""
        input.headers = with_ids(input.headers)
        started = workflow.time()
        handle = await super().start_child_workflow(input)

        def ended(done: asyncio.Task[Duck]) -> None:
            error = asyncio.CancelledError() if done.cancelled() else done.exception()
            outcome = "completed" if error is None else outcome_of(error)
            if outcome is not None:
                _log(
                    ChildWorkflowEnded(
                        workflow_type=input.workflow,
                        outcome=outcome,
                        duration=round(workflow.time() - started, 6),
                        error_type=type_of(error) if error is not None else None,
                        child_workflow=input.id,
                    )
                )

        handle.add_done_callback(ended)
        return handle

    async def start_nexus_operation(self, input: worker.StartNexusOperationInput[Duck, Duck]) -> Duck:  # noqa: A002 - the SDK's name
        """Start a Nexus operation, whose headers are text."""
        input.headers = with_nexus_ids(input.headers)
        return await super().start_nexus_operation(input)


def _timed(handle: workflow.ActivityHandle[Duck], activity_type: str) -> workflow.ActivityHandle[Duck]:
    def ended(done: asyncio.Task[Duck]) -> None:
        error = None if done.cancelled() else done.exception()
        cause = error.cause if isinstance(error, ActivityError) else None
        if isinstance(cause, TemporalTimeout) and cause.type is not None:
            _log(
                ActivityTimedOut(
                    activity_type=activity_type,
                    workflow_type=workflow.info().workflow_type,
                    timeout=TIMEOUTS[cause.type],
                )
            )

    handle.add_done_callback(ended)
    return handle


def _ended(info: workflow.Info, error: BaseException, place: bytes | None) -> None:
    if replaying():
        return
    kind, queue = info.workflow_type, info.task_queue
    if isinstance(error, workflow.ContinueAsNewError):
        _log(WorkflowContinued(workflow_type=kind, task_queue=queue, events=info.get_current_history_length()), place)
    elif is_cancelled_exception(error) and workflow.cancellation_reason() is not None:
        _log(WorkflowCancelled(workflow_type=kind, task_queue=queue, duration=_duration(info)), place)
    elif isinstance(error, asyncio.CancelledError) or workflow.is_failure_exception(error):
        benign = is_benign(error)
        _log(
            WorkflowFailed(
                workflow_type=kind,
                task_queue=queue,
                error_type=type_of(error),
                benign=benign,
                error=text_of(error),
                duration=_duration(info),
            ),
            place_of_error(error) or place,
            None if benign else error,
        )
    else:
        _log(
            WorkflowTaskFailed(
                workflow_type=kind, task_queue=queue, error_type=error_type(error), error=error_text(error)
            ),
            place_of_error(error) or place,
            error,
        )


def _log(event: Event, place: bytes | None = None, error: BaseException | None = None) -> None:
    if not workflow.unsafe.is_replaying_history_events():
        with workflow.unsafe.sandbox_unrestricted():
            emit(event, place=place, exception=error)


def _duration(info: workflow.Info) -> float:
    return round((workflow.now() - info.workflow_start_time).total_seconds(), 6)


def _place_of(function: object) -> bytes | None:
    bare = unwrap(function) if callable(function) else function
    return place_of_code(bare.__code__, bare.__module__) if isinstance(bare, FunctionType) else None
