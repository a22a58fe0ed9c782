"""Google's interactions and decisions: resources beside `models`, with their own way to make a request.

The library makes them on first use, since their import takes seconds. They are observed then, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from inspect import getattr_static
from typing import cast

import msgspec

from vigil_telemetry.counters import counters
from vigil_telemetry.events.llm import FinishReason, LlmOperation
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm.answers import Answer, Reading, Usage, get, number
from vigil_telemetry.instrument.llm.calls import Current, LlmCall
from vigil_telemetry.instrument.llm.content import capturing
from vigil_telemetry.safe import from_value

_PROVIDER = "_vigil_provider"
_OBSERVED = "_vigil_observed"
_OPERATIONS: Mapping[str, LlmOperation] = {"interactions": "chat", "decisions": "other"}
"""By the name of the resource, which ends the path of the request that creates one."""
_SENT = ("input", "system_instruction", "questions")
_REFUSED = 400
_FINISH: Mapping[str, FinishReason] = {
    "completed": "stop", "requires_action": "tool_calls", "incomplete": "length", "failed": "error",
}  # fmt: skip
_ENDED = ("failed", "cancelled")


def observe_resources(client: Duck, provider: str) -> None:
    """Log the calls of `interactions` and `decisions` of a client of google-genai, and of its `aio`."""
    for holder in (client, client.aio):
        for name in _OPERATIONS:
            _observe_property(cast("type[object]", type(holder)), name)
        holder.__dict__[_PROVIDER] = provider


class _Observed(property):
    """A property of the library's class; what it returns is observed where its client is."""

    def __get__(self, instance: Duck, owner: type | None = None, /) -> Duck:
        found = super().__get__(instance, owner)
        if instance is not None and (provider := instance.__dict__.get(_PROVIDER)) is not None:
            _observe(found, provider)
        return found


def _observe_property(kind: type[object], name: str) -> None:
    for owner in kind.__mro__:
        there = owner.__dict__.get(name)
        if isinstance(there, property):
            if not isinstance(there, _Observed):
                setattr(owner, name, _Observed(there.fget, there.fset, there.fdel, there.__doc__))
            return


def _observe(resource: Duck, provider: str) -> None:
    """Every method of a resource ends in `do_request(hook_ctx, request, is_error_status_code, stream, ...)`."""
    try:
        if resource.__dict__.get(_OBSERVED):
            return
        resource.__dict__[_OBSERVED] = True
        if getattr_static(resource, "do_request", None) is not None:
            resource.do_request = _request(resource.do_request, provider)
        if getattr_static(resource, "do_request_async", None) is not None:
            resource.do_request_async = _request_async(resource.do_request_async, provider)
    except from_value():  # a resource of unknown form is the caller's all the same
        counters.note("failed")


def _request(original: Duck, provider: str) -> Duck:
    @wraps(original)
    def request(*args: Duck, **kwargs: Duck) -> Duck:
        begun = _begun(provider, args, kwargs)
        if begun is None:
            return original(*args, **kwargs)
        with Current(begun):
            response = original(*args, **kwargs)
        _returned(begun, response)
        return response

    return request


def _request_async(original: Duck, provider: str) -> Duck:
    @wraps(original)
    async def request(*args: Duck, **kwargs: Duck) -> Duck:
        begun = _begun(provider, args, kwargs)
        if begun is None:
            return await original(*args, **kwargs)
        with Current(begun):
            response = await original(*args, **kwargs)
        _returned(begun, response)
        return response

    return request


def _begun(provider: str, args: tuple[Duck, ...], kwargs: Mapping[str, Duck]) -> LlmCall | None:
    """Return the call that a request is; None for one that asks no model. Never raises."""
    try:
        request = args[1] if len(args) > 1 else kwargs["request"]
        operation = _OPERATIONS.get(str(request.url.path).rpartition("/")[2])
        if operation is None or request.method.upper() != "POST":
            return None
        sent = msgspec.json.decode(request.content, type=dict[str, object])
        model = str(sent.get("model") or sent.get("agent") or "unknown").removeprefix("models/")
        prompt = {name: sent[name] for name in _SENT if name in sent}
        begun = LlmCall(provider, model, operation, streamed=sent.get("stream") is True, prompt=prompt)
        begun.reading = (INTERACTIONS, None)
    except from_value():  # a request of unknown form is made as without us
        counters.note("failed")
        return None
    return begun


def _returned(call: LlmCall, response: Duck) -> None:
    """Note that the caller has its response; the bytes of a good one are read as they come, where that is possible."""
    call.returned = True
    try:
        if response.status_code >= _REFUSED:
            call.refused(response.status_code)
        elif not call.watched:
            answer = Answer(finish_reason="other")
            if response.is_closed:
                answer = Answer()
                _interaction(answer, msgspec.json.decode(response.content))
            if not capturing():
                answer.text.clear()
            call.answered(answer)
    except from_value():  # an answer of unknown form is one all the same
        call.answered(Answer(finish_reason="other"))


def _usage(usage: Duck) -> Usage | None:
    tokens_in = number(usage, "total_input_tokens")
    if tokens_in is None:
        return None
    thoughts = number(usage, "total_thought_tokens")
    tokens_in += number(usage, "total_tool_use_tokens") or 0
    shown = number(usage, "total_output_tokens") or 0
    return Usage(tokens_in, shown + (thoughts or 0), number(usage, "total_cached_tokens"), None, thoughts)


def _interaction(answer: Answer, result: Duck) -> None:
    answer.model = get(result, "model") or answer.model
    answer.usage = _usage(get(result, "usage")) or answer.usage
    steps = cast("list[Duck]", get(result, "steps") or [])
    if steps:
        answer.tool_calls = sum(1 for step in steps if get(step, "type") == "function_call")
        answer.text.clear()
    for step in steps:
        if get(step, "type") == "model_output":
            answer.text += [text for piece in get(step, "content") or () if isinstance(text := get(piece, "text"), str)]
    status = get(result, "status")
    if status is not None:
        answer.finish_reason = _FINISH.get(status, "other")
    elif get(result, "prompt_feedback", "block_reason") is not None:
        answer.finish_reason = "content_filter"


def _event(answer: Answer, part: Duck) -> None:
    match get(part, "event_type"):
        case "step.start":
            answer.tool_calls += get(part, "step", "type") == "function_call"
        case "step.delta":
            answer.begun = True
            text = get(part, "delta", "text")
            if isinstance(text, str) and get(part, "delta", "type") == "text":
                answer.text.append(text)
        case "interaction.completed":
            answer.ended = True
            _interaction(answer, get(part, "interaction"))
        case "interaction.status_update" if get(part, "status") in _ENDED:
            answer.ended, answer.finish_reason = True, _FINISH.get(get(part, "status"), "other")
        case _:
            answer.model = get(part, "interaction", "model") or answer.model


INTERACTIONS = Reading(_interaction, _event)
"""How interactions and decisions are read: https://ai.google.dev/gemini-api/docs/interactions/streaming."""
