"""Nexus operations as their worker handles them: under the ids of the caller."""

from __future__ import annotations

from temporalio import worker

from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.propagation import bound
from vigil_telemetry.instrument.temporal.headers import nexus_ids_in


class NexusInbound(worker.NexusOperationInboundInterceptor):
    """One operation; a workflow that it starts gets the ids in turn."""

    async def execute_nexus_operation_start(self, input: worker.ExecuteNexusOperationStartInput) -> Duck:  # noqa: A002 - the SDK's name
        """Start the operation."""
        with bound(nexus_ids_in(input.ctx.headers)):
            return await super().execute_nexus_operation_start(input)

    async def execute_nexus_operation_cancel(self, input: worker.ExecuteNexusOperationCancelInput) -> None:  # noqa: A002 - the SDK's name
        """Cancel the operation."""
        with bound(nexus_ids_in(input.ctx.headers)):
            await super().execute_nexus_operation_cancel(input)
