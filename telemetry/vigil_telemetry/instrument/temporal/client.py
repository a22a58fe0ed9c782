"""What a client sends, and how the workflows end that it awaits."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import TypeVar

from temporalio import client
from temporalio.client import WorkflowHandle

from vigil_telemetry.emitter import emit
from vigil_telemetry.events.temporal import WorkflowEnded, WorkflowOutcome
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.places import caller_place
from vigil_telemetry.instrument.propagation import bound, carried
from vigil_telemetry.instrument.temporal.failures import outcome_of, text_of, type_of
from vigil_telemetry.instrument.temporal.headers import with_ids, with_ids_or_new, with_nexus_ids

S = TypeVar("S")
R = TypeVar("R")


class ClientOutbound(client.OutboundInterceptor):
    """Puts the ids in force on everything that reaches a workflow, an activity or a Nexus operation."""

    async def start_workflow(self, input: client.StartWorkflowInput) -> WorkflowHandle[Duck, Duck]:  # noqa: A002 - the SDK's name
        """Start a workflow; how it ends is logged by whoever awaits the handle."""
        input.headers, ids = with_ids_or_new(input.headers)
        handle = await super().start_workflow(input)
        return _watched(handle, input.workflow, ids)

    async def query_workflow(self, input: client.QueryWorkflowInput) -> Duck:  # noqa: A002 - the SDK's name
        """Ask a workflow."""
        input.headers = with_ids(input.headers)
        return await super().query_workflow(input)

    async def signal_workflow(self, input: client.SignalWorkflowInput) -> None:  # noqa: A002 - the SDK's name
        """Send a signal to a workflow."""
        input.headers = with_ids(input.headers)
        await super().signal_workflow(input)

    async def start_workflow_update(self, input: client.StartWorkflowUpdateInput) -> client.WorkflowUpdateHandle[Duck]:  # noqa: A002 - the SDK's name
        """Change a workflow."""
        input.headers = with_ids(input.headers)
        return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: client.StartWorkflowUpdateWithStartInput,  # noqa: A002 - the SDK's name
    ) -> client.WorkflowUpdateHandle[Duck]:
        """Start a workflow where there is none, and changes it."""
        start, update = input.start_workflow_input, input.update_workflow_input
        start.headers, _ = with_ids_or_new(start.headers)
        update.headers = with_ids(update.headers)
        return await super().start_update_with_start_workflow(input)

    async def start_activity(self, input: client.StartActivityInput) -> client.ActivityHandle[Duck]:  # noqa: A002 - the SDK's name
        """Start an activity without a workflow."""
        input.headers, _ = with_ids_or_new(input.headers)
        return await super().start_activity(input)

    async def start_nexus_operation(self, input: client.StartNexusOperationInput) -> Duck:  # noqa: A002 - the SDK's name
        """Start a Nexus operation."""
        input.headers = with_nexus_ids(input.headers) or {}
        return await super().start_nexus_operation(input)


def watched(handle: WorkflowHandle[S, R], workflow_type: str) -> WorkflowHandle[S, R]:
    """Log the outcome of a workflow whose handle was looked up (`client.get_workflow_handle`), when it is awaited.

    Handles of workflows that this client started are so already.
    """
    return _watched(handle, workflow_type, carried())


def _watched(handle: WorkflowHandle[S, R], workflow_type: str, ids: Mapping[str, str]) -> WorkflowHandle[S, R]:
    place, started, reported = caller_place(), perf_counter(), False
    await_result = handle.result

    def report(outcome: WorkflowOutcome, error: BaseException | None = None) -> None:
        nonlocal reported
        if reported:
            return
        reported = True
        run = handle.result_run_id or handle.first_execution_run_id or handle.run_id
        failed = error is not None and outcome == "failed"
        with bound(ids, workflow_id=handle.id, run_id=run):
            emit(
                WorkflowEnded(
                    workflow_type=workflow_type,
                    outcome=outcome,
                    duration=round(perf_counter() - started, 6),
                    error_type=type_of(error) if error is not None and failed else None,
                    error=text_of(error) if error is not None and failed else None,
                ),
                place=place,
            )

    async def result(*args: Duck, **options: Duck) -> R:
        try:
            value = await await_result(*args, **options)
        except Exception as error:
            outcome = outcome_of(error)
            if outcome is not None:
                report(outcome, error)
            raise
        report("completed")
        return value

    handle.result = result
    return handle
