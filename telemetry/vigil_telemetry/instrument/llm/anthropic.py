"""How Anthropic's objects are read: messages."""

from __future__ import annotations

from collections.abc import Mapping

from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reading, Usage, get, number

_FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "model_context_window_exceeded": "length",
    "tool_use": "tool_calls", "refusal": "content_filter", "pause_turn": "other",
}  # fmt: skip


def _usage(usage: Duck, before: Usage | None = None) -> Usage | None:
    """Tokens: in a stream the input first, the output last. What the cache gave and took stands beside the input."""
    fresh, output = number(usage, "input_tokens"), number(usage, "output_tokens")
    read, written = number(usage, "cache_read_input_tokens"), number(usage, "cache_creation_input_tokens")
    reasoning = number(usage, "output_tokens_details", "thinking_tokens")
    if before is not None and not fresh:
        return Usage(before.input, output or before.output, before.cached, before.cache_write, reasoning)
    if fresh is None:
        return before
    return Usage(fresh + (read or 0) + (written or 0), output or 0, read, written, reasoning)


def _message(answer: Answer, result: Duck) -> None:
    answer.model, answer.usage = get(result, "model"), _usage(get(result, "usage"))
    answer.finish_reason = _FINISH.get(get(result, "stop_reason"), "other")
    for block in get(result, "content") or ():
        if get(block, "type") == "tool_use":
            answer.tool_calls += 1
        text = get(block, "text")
        if isinstance(text, str):
            answer.text.append(text)


def _message_part(answer: Answer, part: Duck) -> None:
    match get(part, "type"):
        case "message_start":
            answer.model = get(part, "message", "model")
            answer.usage = _usage(get(part, "message", "usage"))
        case "content_block_start":
            answer.tool_calls += get(part, "content_block", "type") == "tool_use"
        case "content_block_delta":
            answer.begun = True
            text = get(part, "delta", "text")
            if isinstance(text, str):
                answer.text.append(text)
        case "message_delta":
            answer.usage = _usage(get(part, "usage"), answer.usage)
            answer.finish_reason = _FINISH.get(get(part, "delta", "stop_reason"), "other")
        case _:
            pass


MESSAGES = Reading(_message, _message_part)
