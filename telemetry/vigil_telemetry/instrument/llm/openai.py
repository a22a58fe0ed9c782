"""How OpenAI's JSON is read: chat completions, responses, embeddings."""

from __future__ import annotations

from collections.abc import Mapping

from vigil_telemetry.events.llm import FinishReason
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reading, Usage, get, number

FINISH: Mapping[str, FinishReason] = {
    "stop": "stop", "length": "length", "max_output_tokens": "length", "tool_calls": "tool_calls",
    "function_call": "tool_calls", "content_filter": "content_filter",
}  # fmt: skip
_ENDS = ("response.completed", "response.incomplete", "response.failed")


def _usage(usage: Duck) -> Usage | None:
    tokens_in = number(usage, "prompt_tokens")
    if tokens_in is not None:
        return Usage(
            input=tokens_in,
            output=number(usage, "completion_tokens") or 0,
            cached=number(usage, "prompt_tokens_details", "cached_tokens"),
            cache_write=number(usage, "prompt_tokens_details", "cache_write_tokens"),
            reasoning=number(usage, "completion_tokens_details", "reasoning_tokens"),
        )
    tokens_in = number(usage, "input_tokens")
    if tokens_in is None:
        return None
    return Usage(
        input=tokens_in,
        output=number(usage, "output_tokens") or 0,
        cached=number(usage, "input_tokens_details", "cached_tokens"),
        cache_write=number(usage, "input_tokens_details", "cache_write_tokens"),
        reasoning=number(usage, "output_tokens_details", "reasoning_tokens"),
    )


def _completion(answer: Answer, result: Duck) -> None:
    answer.model, answer.usage = get(result, "model"), _usage(get(result, "usage"))
    for choice in get(result, "choices") or ():
        answer.finish_reason = FINISH.get(get(choice, "finish_reason"), "other")
        answer.tool_calls += len(get(choice, "message", "tool_calls") or ())
        text = get(choice, "message", "content") or get(choice, "text")
        if isinstance(text, str):
            answer.text.append(text)


def _completion_part(answer: Answer, part: Duck) -> None:
    answer.model = get(part, "model") or answer.model
    answer.usage = _usage(get(part, "usage")) or answer.usage
    for choice in get(part, "choices") or ():
        finish = get(choice, "finish_reason")
        if finish is not None:
            answer.finish_reason, answer.ended = FINISH.get(finish, "other"), True
        text, calls = get(choice, "delta", "content"), get(choice, "delta", "tool_calls") or ()
        text = text or get(choice, "text")  # of a text completion
        answer.begun = answer.begun or bool(text) or bool(calls)
        answer.tool_calls += sum(1 for call in calls if get(call, "id"))
        if text:
            answer.text.append(text)


def only_usage(part: Duck) -> bool:
    """Return whether a part is the last one, which we requested and which has nothing but the usage."""
    return not get(part, "choices") and get(part, "usage") is not None


def _response(answer: Answer, result: Duck) -> None:
    answer.model, answer.usage = get(result, "model"), _usage(get(result, "usage"))
    output = get(result, "output") or ()
    answer.tool_calls = sum(1 for item in output if get(item, "type") == "function_call")
    match get(result, "status"):
        case "incomplete":
            answer.finish_reason = FINISH.get(get(result, "incomplete_details", "reason"), "other")
        case "failed":
            answer.finish_reason = "error"
        case _:
            answer.finish_reason = "tool_calls" if answer.tool_calls else "stop"
    for item in output:
        for content in get(item, "content") or ():
            text = get(content, "text")
            if isinstance(text, str):
                answer.text.append(text)


def _response_part(answer: Answer, part: Duck) -> None:
    kind = get(part, "type")
    if kind in _ENDS:
        answer.text.clear()
        answer.ended = True
        _response(answer, get(part, "response"))
    elif isinstance(kind, str) and kind.endswith(".delta"):
        answer.begun = True


def _embedding(answer: Answer, result: Duck) -> None:
    answer.model, answer.usage = get(result, "model"), _usage(get(result, "usage"))


COMPLETIONS = Reading(_completion, _completion_part)
RESPONSES = Reading(_response, _response_part)
EMBEDDINGS = Reading(_embedding, _embedding)
