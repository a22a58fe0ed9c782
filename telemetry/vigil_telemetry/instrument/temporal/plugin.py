"""The plugin: give it to the client, and its workers have it as well."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Sequence

from temporalio import activity, client, worker, workflow
from temporalio.plugin import SimplePlugin
from temporalio.service import ConnectConfig, ServiceClient
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from vigil_telemetry import runtime
from vigil_telemetry.emitter import emit
from vigil_telemetry.event import registered
from vigil_telemetry.events.temporal import WorkerStarted
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.temporal.activity import ActivityInbound
from vigil_telemetry.instrument.temporal.client import ClientOutbound
from vigil_telemetry.instrument.temporal.metrics import forward_core_logs
from vigil_telemetry.instrument.temporal.nexus import NexusInbound
from vigil_telemetry.instrument.temporal.workflow import WorkflowInbound, replaying

_OURS = ("vigil_telemetry", "msgspec")


class VigilInterceptor(client.Interceptor, worker.Interceptor):
    """The interceptors of client and worker, for who composes plugins themselves."""

    def intercept_client(self, next: client.OutboundInterceptor) -> client.OutboundInterceptor:  # noqa: A002 - the SDK's name
        """See the SDK."""
        return ClientOutbound(super().intercept_client(next))

    def intercept_activity(self, next: worker.ActivityInboundInterceptor) -> worker.ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        """See the SDK."""
        return ActivityInbound(super().intercept_activity(next))

    def intercept_nexus_operation(
        self,
        next: worker.NexusOperationInboundInterceptor,  # noqa: A002 - the SDK's name
    ) -> worker.NexusOperationInboundInterceptor:
        """See the SDK."""
        return NexusInbound(super().intercept_nexus_operation(next))

    def workflow_interceptor_class(self, input: worker.WorkflowInterceptorClassInput) -> type[WorkflowInbound]:  # noqa: A002 - the SDK's name
        """See the SDK."""
        del input
        return WorkflowInbound


class VigilPlugin(SimplePlugin):
    """Logs workflows and activities, and passes ids to everything that they start or signal.

    ```python
    client = await Client.connect(address, plugins=[VigilPlugin()])
    worker = Worker(client, task_queue="orders", workflows=[...], activities=[...])
    ```

    The sandbox stays on. This library and the modules that declare events pass through it, so that they are imported
    once and write as configured; a module with a workflow in it never does: declare events in separate modules.

    Args:
        passthrough: more modules that workflows may share with the process, such as those with events that are
            imported late.
    """

    def __init__(self, *, passthrough: Collection[str] = ()) -> None:
        super().__init__("vigil.telemetry", interceptors=[VigilInterceptor()])
        self._passthrough = tuple(passthrough)
        runtime.mute_when(replaying)
        # the SDK's loggers put their details into `extra`, from where they become fields; not into the text as well
        workflow.logger.workflow_info_on_message = False
        activity.logger.activity_info_on_message = False

    async def connect_service_client(
        self,
        config: ConnectConfig,
        next: Callable[[ConnectConfig], Awaitable[ServiceClient]],  # noqa: A002 - the SDK's name
    ) -> ServiceClient:
        """Send the lines of the SDK's core through `logging`, where no runtime says otherwise."""
        if config.runtime is None:
            forward_core_logs()
        return await super().connect_service_client(config, next)

    def configure_worker(self, config: worker.WorkerConfig) -> worker.WorkerConfig:
        """Do the plugin's part, as the SDK asks."""
        config = super().configure_worker(config)
        runner = config.get("workflow_runner")
        if runner is not None:
            config["workflow_runner"] = self._open(runner, config.get("workflows") or [])
        return config

    def configure_replayer(self, config: worker.ReplayerConfig) -> worker.ReplayerConfig:
        """Do the plugin's part, as the SDK asks."""
        config = super().configure_replayer(config)
        runner = config.get("workflow_runner")
        if runner is not None:
            config["workflow_runner"] = self._open(runner, config.get("workflows") or [])
        return config

    async def run_worker(self, worker: worker.Worker, next: Callable[[worker.Worker], Awaitable[None]]) -> None:  # noqa: A002 - the SDK's names
        """Do the plugin's part, as the SDK asks."""
        config: Duck = worker.config(active_config=True)  # its activities are callables of any kind
        emit(
            WorkerStarted(
                task_queue=worker.task_queue,
                workflows=len(config.get("workflows") or ()),
                activities=len(config.get("activities") or ()),
            )
        )
        await super().run_worker(worker, next)

    def _open(self, runner: worker.WorkflowRunner, workflows: Sequence[Duck]) -> worker.WorkflowRunner:
        if not isinstance(runner, SandboxedWorkflowRunner):
            return runner
        guarded = {"__main__", *(str(getattr(cls, "__module__", "")) for cls in workflows)}
        events = {event.__module__ for event in registered().values()} - guarded
        shared = {*_OURS, *self._passthrough, *(module for module in events if module.partition(".")[0] not in _OURS)}
        return dataclasses.replace(runner, restrictions=runner.restrictions.with_passthrough_modules(*shared))
