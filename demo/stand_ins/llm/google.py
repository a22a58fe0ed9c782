"""Google's wire format: `generateContent` of the Gemini API."""

import json
from collections.abc import Iterator
from typing import Any

from demo.stand_ins.llm.behaviour import Behaviour, Trouble

Json = dict[str, Any]  # JSON as the provider sends it

ERRORS: dict[Trouble, tuple[int, str]] = {
    Trouble.RATE_LIMIT: (429, "RESOURCE_EXHAUSTED"),
    Trouble.AUTH: (403, "PERMISSION_DENIED"),
    Trouble.INVALID_REQUEST: (400, "INVALID_ARGUMENT"),
    Trouble.SERVER: (500, "INTERNAL"),
    Trouble.OVERLOADED: (503, "UNAVAILABLE"),
}
"""A filtered answer is not an error: it is an answer that ends in `SAFETY`."""


def error(trouble: Trouble | None) -> tuple[int, Json] | None:
    """Return the status and body of a failed call; None where the call is answered."""
    if trouble is None or trouble not in ERRORS:
        return None
    status, name = ERRORS[trouble]
    return status, {"error": {"code": status, "message": f"the call failed: {trouble}", "status": name}}


def content(model: str, behaviour: Behaviour, number: int) -> Json:
    """Return the answer of `POST /v1beta/models/{model}:generateContent`."""
    return _answer(model, behaviour, number, _parts(behaviour), _finish(behaviour))


def content_stream(model: str, behaviour: Behaviour, number: int) -> Iterator[bytes]:
    """Yield the same as server-sent events: each is an answer with some of the text, the last one says how it ended."""
    pieces: list[list[Json]] = (
        [_parts(behaviour)] if behaviour.tool is not None else [[{"text": piece}] for piece in behaviour.pieces()]
    )
    for place, parts in enumerate(pieces):
        last = place == len(pieces) - 1
        answer = _answer(model, behaviour, number, parts, _finish(behaviour) if last else None)
        yield f"data: {json.dumps(answer)}\r\n\r\n".encode()


def _parts(behaviour: Behaviour) -> list[Json]:
    if behaviour.tool is not None:
        return [{"functionCall": {"name": behaviour.tool, "args": json.loads(behaviour.arguments)}}]
    return [{"text": behaviour.text}]


def _finish(behaviour: Behaviour) -> str:
    if behaviour.trouble is Trouble.CONTENT_FILTER:
        return "SAFETY"
    return "MAX_TOKENS" if behaviour.finish_length else "STOP"


def _answer(model: str, behaviour: Behaviour, number: int, parts: list[Json], finish: str | None) -> Json:
    candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish is not None:
        candidate["finishReason"] = finish
    shown = behaviour.output_tokens - behaviour.reasoning_tokens
    usage = {
        "promptTokenCount": behaviour.input_tokens,
        "cachedContentTokenCount": behaviour.cached_tokens,
        "candidatesTokenCount": shown,
        "thoughtsTokenCount": behaviour.reasoning_tokens,
        "totalTokenCount": behaviour.input_tokens + behaviour.output_tokens,
    }
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": f"{model}-001",
        "responseId": f"resp-{number:08x}",
    }
