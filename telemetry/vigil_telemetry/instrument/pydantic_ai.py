"""Agents of Pydantic AI, through its capabilities: `Agent(model, capabilities=[Vigil()])`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic_ai.capabilities import AbstractCapability

from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.agents import AgentRun, agent_run
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Usage
from vigil_telemetry.instrument.llm.calls import LlmCall

_FINISH: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_call": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
}


@dataclass
class Vigil(AbstractCapability[Duck]):
    """Logs runs, tools and model calls; arguments, prompts and answers are not written.

    The model's own client must not be observed as well: its calls would be written twice.
    """

    run: AgentRun | None = None
    """The current run; each run has its own copy."""

    async def for_run(self, ctx: Duck) -> Vigil:
        """Return a copy for one run."""
        return Vigil(agent_run(str(getattr(ctx.agent, "name", None) or "agent")))

    async def wrap_run(self, ctx: Duck, *, handler: Duck) -> Duck:
        """Watch the run as an agent's run."""
        async with self.run or agent_run(str(getattr(ctx.agent, "name", None) or "agent")) as run:
            self.run = run
            return await handler()

    async def wrap_tool_execute(self, ctx: Duck, *, call: Duck, tool_def: Duck, args: Duck, handler: Duck) -> Duck:  # noqa: ARG002 - the library's names
        """Watch a tool's execution as a tool call of the run."""
        if self.run is None:
            return await handler(args)
        async with self.run.tool(str(call.tool_name), call_id=str(call.tool_call_id)):
            return await handler(args)

    async def wrap_model_request(self, ctx: Duck, *, request_context: Duck, handler: Duck) -> Duck:
        """Watch a request to the model as a call of it, and as a step of the run."""
        if self.run is not None:
            self.run.step()
        model = request_context.model if getattr(request_context, "model", None) is not None else ctx.model
        call = LlmCall(str(getattr(model, "system", "other")), str(model.model_name))
        try:
            response = await handler(request_context)
        except BaseException as error:
            call.failed(error)
            raise
        usage, tool_calls = response.usage, len(getattr(response, "tool_calls", ()))
        reason = getattr(response, "finish_reason", None)
        unsaid = "tool_calls" if tool_calls else "stop"
        call.answered(
            Answer(
                usage=Usage(int(usage.input_tokens or 0), int(usage.output_tokens or 0)),
                finish_reason=unsaid if reason is None else _FINISH.get(reason, "other"),
                model=getattr(response, "model_name", None),
                tool_calls=tool_calls,
            )
        )
        return response
