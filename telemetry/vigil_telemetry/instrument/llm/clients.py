"""Clients of OpenAI, Anthropic and google-genai, by their shape: none of these libraries has to be installed.

`client = observe(openai.AsyncOpenAI())` logs all that is asked of it, also through `with_options`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from typing import TypeVar

from vigil_telemetry.events.llm import LlmOperation
from vigil_telemetry.instrument.duck import Duck
from vigil_telemetry.instrument.llm import anthropic, google, openai
from vigil_telemetry.instrument.llm.answers import Reader
from vigil_telemetry.instrument.llm.calls import LlmCall
from vigil_telemetry.instrument.llm.managers import AsyncObservedManager, ObservedManager
from vigil_telemetry.instrument.llm.retries import count_retries
from vigil_telemetry.instrument.llm.streams import Hidden
from vigil_telemetry.instrument.llm.wrapping import made

C = TypeVar("C")
_SENT = ("messages", "input", "instructions", "system", "contents", "prompt")
_OBSERVED = "_vigil_observed"


def observe(client: C, *, provider: str | None = None, usage_in_streams: bool = True) -> C:
    """Logs the calls of a client; it is changed, and given back.

    OpenAI: `chat.completions`, `responses`, `embeddings`, with `parse` and `stream`; Anthropic: `messages`, with
    `stream`; google-genai: `models` and `aio.models`. Retries that the library makes are attempts of their own.

    Args:
        client: sync or async; also of Azure, Vertex and Bedrock, which have the same shape.
        provider: by OpenTelemetry's names, where another one speaks the same wire format; default: by the client.
        usage_in_streams: whether streams of chat completions, which tell their tokens only when asked, are asked to;
            the part that has them is kept from the caller. Switch it off for servers that refuse `stream_options`.

    Raises:
        TypeError: where the client is none of these.
    """
    inside: Duck = client
    if getattr(inside, _OBSERVED, False):
        return client
    name = type(client).__name__
    if hasattr(inside, "chat") and hasattr(inside, "responses"):
        _observe_openai(inside, provider or ("azure.ai.openai" if "Azure" in name else "openai"), usage_in_streams)
    elif hasattr(inside, "messages"):
        _observe_anthropic(inside, provider or _anthropic_provider(name))
    elif hasattr(inside, "models") and hasattr(inside, "aio"):
        _observe_google(inside, provider or ("gcp.vertex_ai" if getattr(inside, "vertexai", False) else "gcp.gemini"))
    else:
        raise TypeError(f"{name} is no client that is known here: wrap its function with `wrap`, or use `LlmCall`")
    inside.__dict__[_OBSERVED] = True
    for copying in ("copy", "with_options"):
        if hasattr(inside, copying):
            _observe_copies(inside, copying, provider, usage_in_streams)
    return client


def _anthropic_provider(name: str) -> str:
    return "aws.bedrock" if "Bedrock" in name else "gcp.vertex_ai" if "Vertex" in name else "anthropic"


def _observe_copies(client: Duck, name: str, provider: str | None, usage_in_streams: bool) -> None:
    original = getattr(client, name)

    @wraps(original)
    def copy(*args: Duck, **kwargs: Duck) -> Duck:
        return observe(original(*args, **kwargs), provider=provider, usage_in_streams=usage_in_streams)

    setattr(client, name, copy)


def _observe_openai(client: Duck, provider: str, usage_in_streams: bool) -> None:
    completions, responses = client.chat.completions, client.responses
    _replace(completions, "create", provider, "chat", openai.COMPLETIONS, ask_usage=usage_in_streams)
    _replace(completions, "parse", provider, "chat", openai.COMPLETIONS)
    _replace(responses, "create", provider, "chat", openai.RESPONSES)
    _replace(responses, "parse", provider, "chat", openai.RESPONSES)
    _replace(client.embeddings, "create", provider, "embeddings", openai.EMBEDDINGS)
    count_retries(client._client)  # noqa: SLF001 - the libraries hide their HTTP client


def _observe_anthropic(client: Duck, provider: str) -> None:
    _replace(client.messages, "create", provider, "chat", anthropic.MESSAGES)
    _replace(client.messages, "parse", provider, "chat", anthropic.MESSAGES)
    original = getattr(client.messages, "stream", None)
    if original is not None:

        @wraps(original)
        def stream(*args: Duck, **kwargs: Duck) -> Duck:
            manager = original(*args, **kwargs)
            kind = AsyncObservedManager if hasattr(manager, "__aenter__") else ObservedManager
            begin = _beginner(provider, "chat", kwargs, streamed=True)
            return kind(manager, begin, anthropic.MESSAGES)

        client.messages.stream = stream
    count_retries(client._client)  # noqa: SLF001 - as above


def _observe_google(client: Duck, provider: str) -> None:
    for models in (client.models, client.aio.models):
        _replace(models, "generate_content", provider, "generate_content", google.CONTENT)
        _replace(models, "generate_content_stream", provider, "generate_content", google.CONTENT, streamed=True)
    inner = client._api_client  # noqa: SLF001 - as above
    for http in ("_httpx_client", "_async_httpx_client"):
        count_retries(getattr(inner, http, None))


def _beginner(provider: str, operation: LlmOperation, kwargs: Mapping[str, Duck], *, streamed: bool) -> Duck:
    prompt = {name: kwargs[name] for name in _SENT if name in kwargs}
    model = str(kwargs.get("model") or "unknown")
    return lambda: LlmCall(provider, model, operation, streamed=streamed, prompt=prompt)


def _replace(
    owner: Duck,
    name: str,
    provider: str,
    operation: LlmOperation,
    reader: Reader,
    *,
    streamed: bool = False,
    ask_usage: bool = False,
) -> None:
    original = getattr(owner, name, None)
    if original is None:
        return  # an older or newer library without it

    @wraps(original)
    def call(*args: Duck, **kwargs: Duck) -> Duck:
        hidden: Hidden | None = None
        parts = streamed or kwargs.get("stream") is True
        begun: LlmCall = _beginner(provider, operation, kwargs, streamed=parts)()
        if ask_usage and parts:
            options = kwargs.get("stream_options")
            if not isinstance(options, dict):
                kwargs["stream_options"], hidden = {"include_usage": True}, openai.only_usage
        return made(begun, reader, lambda: original(*args, **kwargs), hidden)

    setattr(owner, name, call)
