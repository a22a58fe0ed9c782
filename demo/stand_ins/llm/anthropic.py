"""Anthropic's wire format: messages."""

import json
from collections.abc import Iterator
from typing import Any

from demo.stand_ins.llm.behaviour import Behaviour, Trouble

Json = dict[str, Any]  # JSON as the provider sends it

ERRORS: dict[Trouble, tuple[int, str]] = {
    Trouble.RATE_LIMIT: (429, "rate_limit_error"),
    Trouble.AUTH: (401, "authentication_error"),
    Trouble.INVALID_REQUEST: (400, "invalid_request_error"),
    Trouble.SERVER: (500, "api_error"),
    Trouble.OVERLOADED: (529, "overloaded_error"),
}
"""A filtered answer is not an error: it is an answer that ends in `refusal`."""


def error(trouble: Trouble | None) -> tuple[int, Json] | None:
    """Return the status and body of a failed call; None where the call is answered."""
    if trouble is None or trouble not in ERRORS:
        return None
    status, kind = ERRORS[trouble]
    return status, {"type": "error", "error": {"type": kind, "message": f"the call failed: {trouble}"}}


def message(model: str, behaviour: Behaviour, number: int) -> Json:
    """Return the answer of `POST /v1/messages`."""
    return _head(model, number) | {
        "content": [_block(behaviour, number)],
        "stop_reason": _stop(behaviour),
        "stop_sequence": None,
        "usage": _input(behaviour) | {"output_tokens": behaviour.output_tokens},
    }


def message_stream(model: str, behaviour: Behaviour, number: int) -> Iterator[bytes]:
    """Yield the same as server-sent events: the input's tokens come first, the output's last."""
    start = _head(model, number) | Json(content=[], stop_reason=None, stop_sequence=None)
    yield _event("message_start", message=start | {"usage": _input(behaviour) | {"output_tokens": 1}})
    block = _block(behaviour, number)
    if behaviour.tool is not None:
        yield _event("content_block_start", index=0, content_block=block | Json(input=Json()))
        delta = {"type": "input_json_delta", "partial_json": behaviour.arguments}
        yield _event("content_block_delta", index=0, delta=delta)
    else:
        yield _event("content_block_start", index=0, content_block=block | {"text": ""})
        for piece in behaviour.pieces():
            yield _event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
    yield _event("content_block_stop", index=0)
    delta = {"stop_reason": _stop(behaviour), "stop_sequence": None}
    yield _event("message_delta", delta=delta, usage={"output_tokens": behaviour.output_tokens})
    yield _event("message_stop")


def _head(model: str, number: int) -> Json:
    return {"id": f"msg_{number:08x}", "type": "message", "role": "assistant", "model": model}


def _block(behaviour: Behaviour, number: int) -> Json:
    if behaviour.tool is None:
        return {"type": "text", "text": behaviour.text}
    arguments = json.loads(behaviour.arguments)
    return {"type": "tool_use", "id": f"toolu_{number:08x}", "name": behaviour.tool, "input": arguments}


def _stop(behaviour: Behaviour) -> str:
    if behaviour.trouble is Trouble.CONTENT_FILTER:
        return "refusal"
    return "tool_use" if behaviour.tool is not None else "max_tokens" if behaviour.finish_length else "end_turn"


def _input(behaviour: Behaviour) -> Json:
    """Anthropic counts what came from its cache apart."""
    return {
        "input_tokens": behaviour.input_tokens - behaviour.cached_tokens,
        "cache_read_input_tokens": behaviour.cached_tokens,
        "cache_creation_input_tokens": 0,
    }


def _event(kind: str, **members: object) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind} | members)}\n\n".encode()
