"""OpenAI's wire formats: chat completions, responses, embeddings."""

import json
from collections.abc import Iterator
from typing import Any

from demo.stand_ins.llm.behaviour import Behaviour, Trouble

Json = dict[str, Any]  # JSON as the provider sends it

ERRORS: dict[Trouble, tuple[int, str, str | None]] = {
    Trouble.RATE_LIMIT: (429, "rate_limit_exceeded", "rate_limit_exceeded"),
    Trouble.AUTH: (401, "invalid_request_error", "invalid_api_key"),
    Trouble.INVALID_REQUEST: (400, "invalid_request_error", "context_length_exceeded"),
    Trouble.CONTENT_FILTER: (400, "invalid_request_error", "content_filter"),
    Trouble.SERVER: (500, "server_error", None),
    Trouble.OVERLOADED: (503, "server_error", "overloaded"),
}


def error(trouble: Trouble | None) -> tuple[int, Json] | None:
    """Return the status and body of a failed call; None where the call is answered."""
    if trouble is None or trouble not in ERRORS:
        return None
    status, kind, code = ERRORS[trouble]
    return status, {"error": {"message": f"the call failed: {trouble}", "type": kind, "param": None, "code": code}}


def completion(model: str, behaviour: Behaviour, number: int) -> Json:
    """Return the answer of `POST /v1/chat/completions`."""
    message: Json = {"role": "assistant", "content": behaviour.text, "refusal": None}
    if behaviour.tool is not None:
        message |= {"content": None, "tool_calls": [_tool_call(behaviour, number)]}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(behaviour)}
    return _completion_head(model, number, "chat.completion") | {"choices": [choice], "usage": _usage(behaviour)}


def completion_stream(model: str, behaviour: Behaviour, number: int, *, usage: bool) -> Iterator[bytes]:
    """Yield the same as server-sent events; the usage comes last, where the request wants it."""
    head = _completion_head(model, number, "chat.completion.chunk")

    def chunk(delta: Json, finish: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _data(head | {"choices": [choice]} | ({"usage": None} if usage else {}))

    yield chunk({"role": "assistant", "content": "", "refusal": None}, None)
    if behaviour.tool is not None:
        yield chunk({"tool_calls": [{"index": 0} | _tool_call(behaviour, number)]}, None)
    else:
        for piece in behaviour.pieces():
            yield chunk({"content": piece}, None)
    yield chunk({}, _finish(behaviour))
    if usage:
        yield _data(head | {"choices": [], "usage": _usage(behaviour)})
    yield b"data: [DONE]\n\n"


def response(model: str, behaviour: Behaviour, number: int) -> Json:
    """Return the answer of `POST /v1/responses`."""
    return _response(model, behaviour, number, "incomplete" if behaviour.finish_length else "completed")


def response_stream(model: str, behaviour: Behaviour, number: int) -> Iterator[bytes]:
    """Yield the same as server-sent events, each with its name."""
    empty = _response(model, behaviour, number, "in_progress")
    empty["output"], empty["usage"] = [], None
    done = response(model, behaviour, number)
    item, sequence = f"msg_{number:08x}", iter(range(10_000))

    def event(kind: str, **members: object) -> bytes:
        return _named(kind, {"type": kind, "sequence_number": next(sequence)} | members)

    yield event("response.created", response=empty)
    for piece in behaviour.pieces():
        yield event(
            "response.output_text.delta", item_id=item, output_index=0, content_index=0, delta=piece, logprobs=[]
        )
    kind = "response.incomplete" if behaviour.finish_length else "response.completed"
    yield event(kind, response=done)


def embeddings(model: str, behaviour: Behaviour) -> Json:
    """Return the answer of `POST /v1/embeddings`."""
    usage = {"prompt_tokens": behaviour.input_tokens, "total_tokens": behaviour.input_tokens}
    data = [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5, 0.125]}]
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _completion_head(model: str, number: int, kind: str) -> Json:
    return {"id": f"chatcmpl-{number:08x}", "object": kind, "created": 1_790_000_000, "model": f"{model}-2026-08-07"}


def _finish(behaviour: Behaviour) -> str:
    return "tool_calls" if behaviour.tool is not None else "length" if behaviour.finish_length else "stop"


def _tool_call(behaviour: Behaviour, number: int) -> Json:
    function = {"name": behaviour.tool, "arguments": behaviour.arguments}
    return {"id": f"call_{number:08x}", "type": "function", "function": function}


def _usage(behaviour: Behaviour) -> Json:
    return {
        "prompt_tokens": behaviour.input_tokens,
        "completion_tokens": behaviour.output_tokens,
        "total_tokens": behaviour.input_tokens + behaviour.output_tokens,
        "prompt_tokens_details": {"cached_tokens": behaviour.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": behaviour.reasoning_tokens, "audio_tokens": 0},
    }


def _response(model: str, behaviour: Behaviour, number: int, status: str) -> Json:
    content: list[Json] = [{"type": "output_text", "text": behaviour.text, "annotations": [], "logprobs": []}]
    item: Json = {"type": "message", "id": f"msg_{number:08x}", "status": status, "role": "assistant"}
    usage = {
        "input_tokens": behaviour.input_tokens,
        "input_tokens_details": {"cached_tokens": behaviour.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": behaviour.output_tokens,
        "output_tokens_details": {"reasoning_tokens": behaviour.reasoning_tokens},
        "total_tokens": behaviour.input_tokens + behaviour.output_tokens,
    }
    return {
        "id": f"resp_{number:08x}", "object": "response", "created_at": 1_790_000_000, "status": status, "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": None, "metadata": {}, "model": f"{model}-2026-08-07", "output": [item | {"content": content}],
        "parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
        "usage": usage,
    }  # fmt: skip


def _data(body: Json) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def _named(event: str, body: Json) -> bytes:
    return f"event: {event}\n".encode() + _data(body)
