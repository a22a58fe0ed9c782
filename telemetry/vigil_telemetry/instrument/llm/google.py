"""How the objects of google-genai are read: generated content."""

from __future__ import annotations

from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reading, Usage, get, number

_FILTERED = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "MODEL_ARMOR",
    }
)


def _finish(reason: Duck) -> FinishReason:
    name = str(getattr(reason, "value", reason))
    if name in _FILTERED:
        return "content_filter"
    match name:
        case "STOP":
            return "stop"
        case "MAX_TOKENS":
            return "length"
        case "MALFORMED_FUNCTION_CALL" | "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" | "MALFORMED_RESPONSE":
            return "error"
        case _:
            return "other"


def _usage(usage: Duck) -> Usage | None:
    given = number(usage, "prompt_token_count")
    if given is None:
        return None
    thoughts = number(usage, "thoughts_token_count")
    shown = number(usage, "candidates_token_count") or 0
    given += number(usage, "tool_use_prompt_token_count") or 0
    return Usage(given, shown + (thoughts or 0), number(usage, "cached_content_token_count"), None, thoughts)


def _part(answer: Answer, part: Duck) -> None:
    answer.model = get(part, "model_version") or answer.model
    answer.usage = _usage(get(part, "usage_metadata")) or answer.usage
    if get(part, "prompt_feedback", "block_reason") is not None:
        answer.finish_reason = "content_filter"
    for candidate in get(part, "candidates") or ():
        reason = get(candidate, "finish_reason")
        for piece in get(candidate, "content", "parts") or ():
            answer.begun = True
            answer.tool_calls += get(piece, "function_call") is not None
            text = get(piece, "text")
            if isinstance(text, str):
                answer.text.append(text)
        if reason is not None:
            answer.finish_reason = _finish(reason)
            if answer.finish_reason == "stop" and answer.tool_calls:
                answer.finish_reason = "tool_calls"


CONTENT = Reading(_part, _part)
