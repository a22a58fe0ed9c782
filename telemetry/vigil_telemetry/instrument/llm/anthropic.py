"""How Anthropic's JSON is read: messages."""

from __future__ import annotations

from collections.abc import Mapping

from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reading, Usage, get, number

FINISH: Mapping[str, FinishReason] = {
    "end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "model_context_window_exceeded": "length",
    "tool_use": "tool_calls", "refusal": "content_filter", "pause_turn": "other",
}  # fmt: skip
_COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_THINKING = "thinking_tokens"


def _count(answer: Answer, usage: Duck) -> None:
    """Add the counts of a part to those before, each by itself.

    Anthropic sends the input first and the output last, gateways divide them otherwise. Counts are cumulative: the
    larger one is the later one. What the cache gave and took stands beside the input.
    """
    counts = answer.counts
    found = {name: number(usage, name) for name in _COUNTS}
    found[_THINKING] = number(usage, "output_tokens_details", _THINKING)
    for name, count in found.items():
        if count is not None:
            counts[name] = max(count, counts.get(name, 0))
    fresh, output, read, written = (counts.get(name) for name in _COUNTS)
    if fresh is None and read is None and written is None and output is None:
        return
    answer.usage = Usage((fresh or 0) + (read or 0) + (written or 0), output or 0, read, written, counts.get(_THINKING))


def _message(answer: Answer, result: Duck) -> None:
    answer.model = get(result, "model")
    _count(answer, get(result, "usage"))
    answer.finish_reason = FINISH.get(get(result, "stop_reason"), "other")
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
            _count(answer, get(part, "message", "usage"))
        case "content_block_start":
            answer.tool_calls += get(part, "content_block", "type") == "tool_use"
        case "content_block_delta":
            answer.begun = True
            text = get(part, "delta", "text")
            if isinstance(text, str):
                answer.text.append(text)
        case "message_delta":
            _count(answer, get(part, "usage"))
            reason = get(part, "delta", "stop_reason")
            if reason is not None:
                answer.finish_reason, answer.ended = FINISH.get(reason, "other"), True
        case "message_stop":
            answer.ended = True
        case _:
            pass


MESSAGES = Reading(_message, _message_part)
