"""Events of language models and agents as attributes of OpenTelemetry's GenAI conventions, by version.

The conventions are in development and change their names: our fields keep theirs, and this map says what they are
called in a version. Content attributes (`gen_ai.input.messages` and the like) are in no map, since no event has
content.
Sources: https://github.com/open-telemetry/semantic-conventions/blob/v1.36.0/docs/gen-ai/gen-ai-spans.md and
https://github.com/open-telemetry/semantic-conventions/blob/v1.41.1/docs/gen-ai/gen-ai-spans.md, the last there:
they moved to https://github.com/open-telemetry/semantic-conventions-genai.
"""

from __future__ import annotations

from collections.abc import Mapping

from vigil_telemetry.event import Event
from vigil_telemetry.events.agent import (
    AgentRunCompleted,
    AgentRunFailed,
    AgentRunStarted,
    ToolCallAttempted,
    ToolCallCompleted,
    ToolCallFailed,
)
from vigil_telemetry.events.llm import LlmCallAttempted, LlmCallCompleted, LlmCallFailed

LATEST = "1.41.1"

_LLM_1_41: Mapping[str, str] = {
    "operation": "gen_ai.operation.name",
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.request.model",
    "response_model": "gen_ai.response.model",
    "streamed": "gen_ai.request.stream",
    "finish_reason": "gen_ai.response.finish_reasons",
    "first_token": "gen_ai.response.time_to_first_chunk",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_tokens": "gen_ai.usage.cache_read.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "error_type": "error.type",
}
_NEW_SINCE_1_36 = {"provider", "streamed", "first_token", "cached_tokens", "reasoning_tokens"}
_AGENT: Mapping[str, str] = {
    "agent": "gen_ai.agent.name",
    "tool": "gen_ai.tool.name",
    "call_id": "gen_ai.tool.call.id",
    "error_type": "error.type",
}

MAPS: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "1.41.1": {"llm": _LLM_1_41, "agent": _AGENT},
    "1.36.0": {
        "llm": {k: v for k, v in _LLM_1_41.items() if k not in _NEW_SINCE_1_36} | {"provider": "gen_ai.system"},
        "agent": _AGENT,
    },
}
"""Attribute by field, for each version: `gen_ai.system` became `gen_ai.provider.name`."""

_OPERATIONS: Mapping[type[Event], str] = {
    AgentRunStarted: "invoke_agent",
    AgentRunCompleted: "invoke_agent",
    AgentRunFailed: "invoke_agent",
    ToolCallAttempted: "execute_tool",
    ToolCallCompleted: "execute_tool",
    ToolCallFailed: "execute_tool",
}


def attributes(event: Event, version: str = LATEST) -> dict[str, object]:
    """Return the event as span attributes.

    Raises KeyError for a version without a map. Raises TypeError for an event that does not belong to a language model
    or an agent.
    """
    if version not in MAPS:
        raise KeyError(f"no map for version {version!r} of the GenAI conventions; there are {', '.join(MAPS)}")
    found: dict[str, object] = {}
    if isinstance(event, LlmCallAttempted | LlmCallCompleted | LlmCallFailed):
        names = MAPS[version]["llm"]
    elif type(event) in _OPERATIONS:
        names = MAPS[version]["agent"]
        found["gen_ai.operation.name"] = _OPERATIONS[type(event)]
    else:
        raise TypeError(f"{type(event).__name__} has no place in the GenAI conventions")
    for field, attribute in names.items():
        value: object = getattr(event, field, None)
        if value is None:
            continue
        found[attribute] = [value] if field == "finish_reason" else value
    return found
