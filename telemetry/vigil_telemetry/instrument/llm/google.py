"""How Google's JSON is read: generated content, embeddings."""

from __future__ import annotations

import msgspec

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


def finish(reason: Duck) -> FinishReason:
    """Return why an answer ended, by the name that Google has for it."""
    name = str(reason)
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
    tokens_in = number(usage, "promptTokenCount")
    if tokens_in is None:
        return None
    thoughts = number(usage, "thoughtsTokenCount")
    shown = number(usage, "candidatesTokenCount") or 0
    tokens_in += number(usage, "toolUsePromptTokenCount") or 0
    return Usage(tokens_in, shown + (thoughts or 0), number(usage, "cachedContentTokenCount"), None, thoughts)


def _json(response: Duck) -> Duck:
    """Return what the library's own response holds as text."""
    body = get(response, "body")
    return msgspec.json.decode(body) if isinstance(body, str | bytes) else response


def _content(answer: Answer, response: Duck) -> None:
    part = _json(response)
    answer.model = get(part, "modelVersion") or answer.model
    answer.usage = _usage(get(part, "usageMetadata")) or answer.usage
    if get(part, "promptFeedback", "blockReason") is not None:
        answer.finish_reason, answer.ended = "content_filter", True
    for candidate in get(part, "candidates") or ():
        reason = get(candidate, "finishReason")
        for piece in get(candidate, "content", "parts") or ():
            answer.begun = True
            answer.tool_calls += get(piece, "functionCall") is not None
            text = get(piece, "text")
            if isinstance(text, str):
                answer.text.append(text)
        if reason is not None:
            answer.finish_reason, answer.ended = finish(reason), True
            if answer.finish_reason == "stop" and answer.tool_calls:
                answer.finish_reason = "tool_calls"


def _embedding(answer: Answer, response: Duck) -> None:
    tokens = number(_json(response), "usageMetadata", "promptTokenCount")
    answer.usage = Usage(tokens, 0) if tokens is not None else None


CONTENT = Reading(_content, _content)
EMBEDDINGS = Reading(_embedding, _embedding)
