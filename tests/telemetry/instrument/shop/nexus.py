"""A Nexus service, its operations, and a workflow that calls them."""

from __future__ import annotations

from uuid import uuid4

import nexusrpc
from nexusrpc.handler import StartOperationContext, service_handler, sync_operation
from temporalio import nexus, workflow

from tests.telemetry.instrument.shop.events import Stepped
from vigil_telemetry import emit


@nexusrpc.service
class Till:
    price: nexusrpc.Operation[str, int]
    charge: nexusrpc.Operation[int, str]


@workflow.defn
class Charge:
    @workflow.run
    async def run(self, amount: int) -> str:
        emit(Stepped(step="charge"))
        return f"{amount} charged"


@service_handler(service=Till)
class TillHandler:
    @sync_operation
    async def price(self, ctx: StartOperationContext, item: str) -> int:
        emit(Stepped(step="sync operation"))
        return 12

    @nexus.workflow_run_operation
    async def charge(self, ctx: nexus.WorkflowRunOperationContext, amount: int) -> nexus.WorkflowHandle[str]:
        return await ctx.start_workflow(Charge.run, amount, id=uuid4().hex)


@workflow.defn
class Buy:
    @workflow.run
    async def run(self, endpoint: str) -> str:
        till = workflow.create_nexus_client(service=Till, endpoint=endpoint)
        price = await till.execute_operation(Till.price, "lamp")
        return await till.execute_operation(Till.charge, price)
