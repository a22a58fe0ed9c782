"""Agents of the OpenAI Agents SDK, through its tracing: `agents.add_trace_processor(VigilProcessor())`.

Its own upload of traces to OpenAI stays as it is configured; `agents.set_trace_processors([VigilProcessor()])` ends it.
"""

from __future__ import annotations

import contextlib
from contextvars import Context, copy_context

from agents.tracing import TracingProcessor

from vigil_telemetry.counters import counters
from vigil_telemetry.instrument.agents import AgentRun, ToolCall, agent_run
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Usage
from vigil_telemetry.instrument.llm.calls import LlmCall
from vigil_telemetry.instrument.llm.openai import RESPONSES
from vigil_telemetry.safe import from_value


class AgentError(Exception):
    """What the SDK says of a span that failed; the exception itself is not in its trace."""


class _Open:
    """A span that is a run, a tool call or a model call, with the context of its lines."""

    __slots__ = ("context", "held", "run")

    def __init__(self, held: AgentRun | ToolCall | LlmCall | None, context: Context, run: AgentRun | None) -> None:
        self.held, self.context, self.run = held, context, run


class VigilProcessor(TracingProcessor):
    """Logs runs, tools and model calls; arguments, prompts and answers are not written."""

    def __init__(self) -> None:
        self._open: dict[str, _Open] = {}

    def on_trace_start(self, trace: Duck) -> None:
        """Do nothing: a trace has runs as its spans."""

    def on_trace_end(self, trace: Duck) -> None:
        """Do nothing when a trace ends."""

    def on_span_start(self, span: Duck) -> None:
        """Begin what the span is. Never raises."""
        try:
            outer = self._open.get(str(span.parent_id))
            context = outer.context.copy() if outer is not None else copy_context()
            run = outer.run if outer is not None else None
            self._open[str(span.span_id)] = context.run(_begun, span.span_data, context, run)
        except from_value():  # as the SDK's own processors
            counters.note("failed")

    def on_span_end(self, span: Duck) -> None:
        """End it. Never raises."""
        try:
            found = self._open.pop(str(span.span_id), None)
            if found is not None and found.held is not None:
                found.context.run(_ended, found.held, span)
        except from_value():  # as above
            counters.note("failed")

    def shutdown(self) -> None:
        """Forget the open spans."""
        self._open.clear()

    def force_flush(self) -> None:
        """Do nothing: nothing is held."""


def _begun(data: Duck, context: Context, run: AgentRun | None) -> _Open:
    match data.type:
        case "agent":
            begun = agent_run(str(data.name))
            begun.__enter__()
            return _Open(begun, context, begun)
        case "function" if run is not None:
            tool = run.tool(str(data.name))
            tool.__enter__()
            return _Open(tool, context, run)
        case "generation" | "response":
            if run is not None:
                run.step()
            return _Open(LlmCall("openai", str(getattr(data, "model", None) or "unknown")), context, run)
        case _:
            return _Open(None, context, run)


def _ended(held: AgentRun | ToolCall | LlmCall, span: Duck) -> None:
    failure = span.error
    error = AgentError(str(failure.get("message", "failed"))) if failure else None
    if isinstance(held, LlmCall):
        if error is not None:
            held.failed(error)
            return
        data = span.span_data
        response = getattr(data, "response", None)
        usage: Duck = getattr(data, "usage", None) or {}
        tokens = Usage(int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0)) if usage else None
        read = Answer()
        if response is not None:
            RESPONSES.whole(read, response)
        held.answered(
            Answer(
                usage=tokens if tokens is not None else read.usage,
                finish_reason=read.finish_reason,
                model=read.model or getattr(data, "model", None),
                tool_calls=read.tool_calls,
            )
        )
        return
    with contextlib.suppress(AgentError):
        held.__exit__(type(error) if error is not None else None, error, None)
