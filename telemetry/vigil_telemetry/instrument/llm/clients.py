"""Clients of OpenAI, Anthropic and google-genai, by their shape: none of these libraries has to be installed.

`client = instrument_llm(openai.AsyncOpenAI())` logs every request, also through `with_options`.

Each method of a client, whatever the form of its answer, goes through one method that makes the request. That
one is observed: it sees the call and its end, and `transports` sees the bytes in between.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
from typing import TypeVar, cast

from vigil_telemetry.arguments import validated
from vigil_telemetry.counters import counters
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm import openai
from vigil_telemetry.instrument.llm.answers import Reader
from vigil_telemetry.instrument.llm.calls import Current, LlmCall
from vigil_telemetry.instrument.llm.endpoints import ANTHROPIC, GOOGLE, OPENAI, Endpoint
from vigil_telemetry.instrument.llm.interactions import observe_resources
from vigil_telemetry.instrument.llm.transports import watch_transport
from vigil_telemetry.instrument.llm.wrapper import finished, made
from vigil_telemetry.safe import from_value

C = TypeVar("C")
_SENT = (
    "messages",
    "input",
    "instructions",
    "system",
    "contents",
    "systemInstruction",
    "content",
    "requests",
    "prompt",
)
_OBSERVED = "_vigil_observed"
_COPYING = ("copy", "with_options", "with_middleware")


@validated
def instrument_llm(client: C, *, provider: str | None = None, usage_in_streams: bool = True) -> C:
    """Log the calls of a client; it is changed, and given back.

    OpenAI: chat completions, responses, completions, embeddings; Anthropic: messages; google-genai: content,
    embeddings, interactions, decisions; also of `beta`, with raw and streaming responses, `parse`, `stream` and tool
    runners. Each retry of the library is one attempt.

    Args:
        client: sync or async; also of Azure, Vertex and Bedrock, which have the same shape.
        provider: by OpenTelemetry's names, where another one speaks the same wire format; default: by the client.
        usage_in_streams: whether to request the token counts of streamed chat completions, which report them only on
            request. The caller does not see the part with the counts. Switch it off for servers that refuse
            `stream_options`.

    Raises TypeError for any other client.
    """
    inside, kind = cast("Duck", client), type(client)
    if getattr(inside, _OBSERVED, False):
        return client
    name = kind.__name__
    if hasattr(kind, "chat") and hasattr(kind, "responses") and hasattr(kind, "request"):
        found = provider or ("azure.ai.openai" if "Azure" in name else "openai")
        _observe_requests(inside, _Plan(found, OPENAI, usage_in_streams))
    elif hasattr(kind, "messages") and hasattr(kind, "request"):
        _observe_requests(inside, _Plan(provider or _anthropic_provider(name), ANTHROPIC, usage_in_streams))
    elif hasattr(kind, "models") and hasattr(kind, "aio") and hasattr(inside, "_api_client"):
        found = provider or ("gcp.vertex_ai" if getattr(inside, "vertexai", False) else "gcp.gemini")
        _observe_google(inside._api_client, found)  # noqa: SLF001 - the library hides what makes its requests
        observe_resources(inside, found)
    else:
        raise TypeError(f"{name} is no client that is known here: wrap its function with `wrap`, or use `LlmCall`")
    inside.__dict__[_OBSERVED] = True
    for copying in _COPYING:
        if hasattr(kind, copying):
            _observe_copies(inside, copying, provider, usage_in_streams)
    if "request" in vars(inside):
        _copy_plain(inside, {"request", _OBSERVED, *_COPYING})
    return client


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is known of a client."""

    provider: str
    endpoints: Mapping[str, Endpoint]
    usage_in_streams: bool


def _anthropic_provider(name: str) -> str:
    return "aws.bedrock" if "Bedrock" in name else "gcp.vertex_ai" if "Vertex" in name else "anthropic"


def _observe_copies(client: Duck, name: str, provider: str | None, usage_in_streams: bool) -> None:
    original = getattr(client, name)

    @wraps(original)
    def copied(*args: Duck, **kwargs: Duck) -> Duck:
        return instrument_llm(original(*args, **kwargs), provider=provider, usage_in_streams=usage_in_streams)

    setattr(client, name, copied)


def _copy_plain(client: Duck, bound: Collection[str]) -> None:
    """Let `copy.copy` make a client without what is bound to this one, whose key and address the copy would use."""
    state = client.__getstate__

    def plain_state() -> Duck:
        held = state()
        if not isinstance(held, dict):  # a client of another shape copies itself
            return held
        ours = {*bound, "__getstate__"}
        return {name: value for name, value in cast("Mapping[str, Duck]", held).items() if name not in ours}

    client.__dict__["__getstate__"] = plain_state


def _observe_requests(client: Duck, plan: _Plan) -> None:
    """Clients of OpenAI and Anthropic: every method ends in `request(cast_to, options, *, stream, stream_cls)`."""
    original = client.request
    watch_transport(getattr(client, "_client", None))

    @wraps(original)
    def request(*args: Duck, **kwargs: Duck) -> Duck:
        begun, args, kwargs = _begun(plan, args, kwargs)
        if begun is None:
            return original(*args, **kwargs)
        with Current(begun):
            result = original(*args, **kwargs)
        return _returned(begun, result)

    @wraps(original)
    async def request_async(*args: Duck, **kwargs: Duck) -> Duck:
        begun, args, kwargs = _begun(plan, args, kwargs)
        if begun is None:
            return await original(*args, **kwargs)
        with Current(begun):
            result = await original(*args, **kwargs)
        return _returned(begun, result)

    client.request = request_async if iscoroutinefunction(original) else request


def _returned(call: LlmCall, result: Duck) -> Duck:
    """Return what the library returns; without a transport that can be watched, it is read from that."""
    call.returned = True
    if call.watched or call.reading is None:
        return result
    return finished(call, *call.reading[:1], result, call.reading[1])


def _begun(
    plan: _Plan, args: tuple[Duck, ...], kwargs: dict[str, Duck]
) -> tuple[LlmCall | None, tuple[Duck, ...], dict[str, Duck]]:
    """The call that a request is, and what the request is made with; None for one that asks no model. Never raises."""
    try:
        options = args[1] if len(args) > 1 else kwargs["options"]
        endpoint = plan.endpoints.get(str(options.url).partition("?")[0])
        if endpoint is None or str(options.method).lower() != "post":
            return None, args, kwargs
        sent: Mapping[str, Duck] = {**_mapping(options.json_data), **_mapping(getattr(options, "extra_json", None))}
        streamed = sent.get("stream") is True or kwargs.get("stream") is True
        hidden = None
        if endpoint.asks_usage and streamed and plan.usage_in_streams:
            stream_options = _mapping(sent.get("stream_options"))
            if stream_options.get("include_usage") is not True:
                hidden = openai.only_usage
                options = copy.copy(options)
                options.json_data = {
                    **_mapping(options.json_data), "stream_options": {**stream_options, "include_usage": True},
                }  # fmt: skip
                args, kwargs = (
                    ((args[0], options, *args[2:]), kwargs) if len(args) > 1 else (args, {**kwargs, "options": options})
                )
        begun = _call(plan.provider, endpoint, str(sent.get("model") or "unknown"), sent, streamed=streamed)
        begun.reading = (endpoint.reader, hidden)
    except from_value():  # a request of unknown form is made as without us
        counters.note("failed")
        return None, args, kwargs
    return begun, args, kwargs


def _mapping(value: Duck) -> Mapping[str, Duck]:
    return cast("Mapping[str, Duck]", value) if isinstance(value, Mapping) else {}


def _call(provider: str, endpoint: Endpoint, model: str, sent: Mapping[str, Duck], *, streamed: bool) -> LlmCall:
    prompt = {name: sent[name] for name in _SENT if name in sent}
    return LlmCall(provider, model, endpoint.operation, streamed=streamed, prompt=prompt)


def _observe_google(client: Duck, provider: str) -> None:
    """Google's clients: every method of a model ends in one of four, with `(http_method, path, request_dict)`."""
    for http in ("_httpx_client", "_async_httpx_client"):
        watch_transport(getattr(client, http, None))
    for name in ("request", "request_streamed", "async_request", "async_request_streamed"):
        original = getattr(client, name, None)
        if original is not None:
            setattr(client, name, _google_request(original, provider))


def _google_request(original: Callable[..., Duck], provider: str) -> Callable[..., Duck]:
    def call_of(args: tuple[Duck, ...], kwargs: Mapping[str, Duck]) -> tuple[LlmCall, Reader] | None:
        try:
            path = str(args[1] if len(args) > 1 else kwargs["path"]).partition("?")[0]
            sent = _mapping(args[2] if len(args) > 2 else kwargs.get("request_dict"))  # noqa: PLR2004 - the third
            name, _, method = path.rpartition(":")
            endpoint = GOOGLE.get(method)
            if endpoint is None:
                return None
            model = name.rpartition("/")[2] or "unknown"
            return _call(provider, endpoint, model, sent, streamed=endpoint.streamed), endpoint.reader
        except from_value():  # as above
            counters.note("failed")
            return None

    if iscoroutinefunction(original):

        @wraps(original)
        async def request_async(*args: Duck, **kwargs: Duck) -> Duck:
            begun = call_of(args, kwargs)
            if begun is None:
                return await original(*args, **kwargs)
            return await cast("Awaitable[Duck]", made(*begun, lambda: original(*args, **kwargs)))

        return request_async

    @wraps(original)
    def request(*args: Duck, **kwargs: Duck) -> Duck:
        begun = call_of(args, kwargs)
        if begun is None:
            return original(*args, **kwargs)
        return made(*begun, lambda: original(*args, **kwargs))

    return request
