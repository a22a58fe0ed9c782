# ruff: noqa: ARG002 - langchain calls by name: each of its arguments must be there
"""Graphs of LangGraph, and whatever runs on langchain-core, through its callbacks.

```python
graph.invoke(state, config={"callbacks": [VigilCallbacks("support")]})
```
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context
from typing import TypeAlias
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

from vigil_telemetry.counters import counters
from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.agents import AgentRun, ToolCall, agent_run
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm import anthropic, google, openai
from vigil_telemetry.instrument.llm.answers import Answer, Usage
from vigil_telemetry.instrument.llm.calls import LlmCall
from vigil_telemetry.safe import from_value

Held: TypeAlias = AgentRun | ToolCall | LlmCall
Make: TypeAlias = Callable[[AgentRun | None], "Held | None"]

_PROVIDERS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "google_genai": "gcp.gen_ai",
    "google_vertexai": "gcp.vertex_ai",
}


class VigilCallbacks(BaseCallbackHandler):
    """Logs the run of a graph, its tools and its model calls; states, arguments, prompts and answers are not written.

    Args:
        agent: which agent; default the graph's name.
    """

    run_inline = True

    def __init__(self, agent: str | None = None) -> None:
        self._agent = agent
        self._open: dict[UUID, tuple[Held | None, Context, AgentRun | None]] = {}

    def on_chain_start(
        self, serialized: Duck, inputs: Duck, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Duck
    ) -> None:
        """Begin the run with the outermost chain, and a step of it with each further one."""
        name = self._agent or str(kwargs.get("name") or "graph")
        self._begin(run_id, parent_run_id, _run(name) if parent_run_id is None else _step)

    def on_chain_end(self, outputs: Duck, *, run_id: UUID, **kwargs: Duck) -> None:
        """Log the end of a graph's or node's run."""
        self._end(run_id, None)

    def on_chain_error(self, error: BaseException, *, run_id: UUID, **kwargs: Duck) -> None:
        """Log the failure of a graph's or node's run."""
        self._end(run_id, error)

    def on_tool_start(
        self, serialized: Duck, input_str: str, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Duck
    ) -> None:
        """Begin the call of a tool."""
        about: dict[str, Duck] = serialized or {}
        name = str(about.get("name") or kwargs.get("name") or "tool")
        self._begin(run_id, parent_run_id, _tool(name))

    def on_tool_end(self, output: Duck, *, run_id: UUID, **kwargs: Duck) -> None:
        """Log the answer of a tool."""
        self._end(run_id, None)

    def on_tool_error(self, error: BaseException, *, run_id: UUID, **kwargs: Duck) -> None:
        """Log the failure of a tool."""
        self._end(run_id, error)

    def on_chat_model_start(
        self, serialized: Duck, messages: Duck, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Duck
    ) -> None:
        """Begin the call of a model."""
        about: Duck = kwargs.get("metadata") or {}
        provider = _PROVIDERS.get(str(about.get("ls_provider")), "other")
        model = str(about.get("ls_model_name") or "unknown")
        self._begin(run_id, parent_run_id, _call(provider, model))

    def on_llm_end(self, response: Duck, *, run_id: UUID, **kwargs: Duck) -> None:
        """Log the answer of a model."""
        self._end(run_id, None, response)

    def on_llm_error(self, error: BaseException, *, run_id: UUID, **kwargs: Duck) -> None:
        """Log the failure of a call of a model."""
        self._end(run_id, error)

    def _begin(self, run_id: UUID, parent: UUID | None, make: Make) -> None:
        try:
            outer = self._open.get(parent) if parent is not None else None
            context = outer[1].copy() if outer is not None else copy_context()
            held = context.run(make, outer[2] if outer is not None else None)
            if isinstance(held, AgentRun | ToolCall):
                context.run(held.__enter__)
            run = held if isinstance(held, AgentRun) else outer[2] if outer is not None else None
            self._open[run_id] = held, context, run
        except from_value():  # a callback must not stop the graph
            counters.note("failed")

    def _end(self, run_id: UUID, error: BaseException | None, response: Duck = None) -> None:
        try:
            held, context, _ = self._open.pop(run_id, (None, None, None))
            if held is None or context is None:
                return
            if isinstance(held, LlmCall):
                context.run(held.failed, error) if error is not None else context.run(held.answered, _answer(response))
            else:
                context.run(held.__exit__, type(error) if error is not None else None, error, None)
        except from_value():  # as above
            counters.note("failed")


def _run(agent: str) -> Make:
    return lambda _: agent_run(agent)


def _step(run: AgentRun | None) -> None:
    if run is not None:
        run.step()


def _tool(name: str) -> Make:
    return lambda run: run.tool(name) if run is not None else None


def _call(provider: str, model: str) -> Make:
    return lambda _: LlmCall(provider, model)


def _answer(response: Duck) -> Answer:
    message = response.generations[0][0].message if response is not None and response.generations else None
    usage: Duck = getattr(message, "usage_metadata", None)
    tokens = Usage(int(usage["input_tokens"]), int(usage["output_tokens"])) if usage else None
    about: Duck = getattr(message, "response_metadata", None) or {}
    tool_calls = len(getattr(message, "tool_calls", None) or ())
    return Answer(
        usage=tokens, finish_reason=_finish(about, tool_calls), model=about.get("model_name"), tool_calls=tool_calls
    )


def _finish(about: Duck, tool_calls: int) -> FinishReason:
    """Return why an answer ended: each integration hands on the name that its provider has for it."""
    native = about.get("finish_reason") or about.get("stop_reason") or "stop"
    reason = openai.FINISH.get(native) or anthropic.FINISH.get(native) or google.finish(native)
    return "tool_calls" if tool_calls and reason == "stop" else reason
