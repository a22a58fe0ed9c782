"""The workflow of the mixed run."""

from __future__ import annotations

from temporalio import workflow

from tests.telemetry.instrument.shop.events import Stepped
from tests.telemetry.instrument.shop.workflows import SOON, Ship
from vigil_telemetry import emit

with workflow.unsafe.imports_passed_through():
    from tests.telemetry.instrument.shop.assistant import assist, save


@workflow.defn
class Assist:
    @workflow.run
    async def run(self, number: int) -> str:
        emit(Stepped(step="assist"))
        answer = await workflow.execute_activity(assist, number, start_to_close_timeout=SOON)
        await workflow.execute_activity(save, number, start_to_close_timeout=SOON)
        await workflow.execute_child_workflow(Ship.run, "sent", id=f"{workflow.info().workflow_id}-ship")
        return answer
