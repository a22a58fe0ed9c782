"""Every public method of the three clients: observed, or not and why; and what is observed is as without Vigil.

The clients get canned bytes, in every way in which a network may hand them on. Each form of a call is made with and
without `observe`, and what the caller sees is compared.
"""

from __future__ import annotations

import asyncio
import copy
import gzip
import inspect
import json
import pkgutil
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pydantic import BaseModel

from demo.stand_ins.llm import Behaviour
from demo.stand_ins.llm import anthropic as anthropic_wire
from demo.stand_ins.llm import google as google_wire
from demo.stand_ins.llm import openai as openai_wire
from vigil_telemetry.instrument.llm import instrument_llm

if TYPE_CHECKING:  # the libraries take seconds to import, and each process of a run imports this file
    from google import genai

LISTED = Path(__file__).with_name("llm_methods.txt")
MESSAGES: Any = [{"role": "user", "content": "hello"}]
SPEECH = Behaviour(text='{"word": "three little words"}')
RESOURCES = ("openai.resources", "anthropic.resources", "google.genai")


class Word(BaseModel):
    word: str


def _listed() -> dict[str, list[str]]:
    """The methods that the file names, by library."""
    found: dict[str, list[str]] = {}
    library = ""
    for line in LISTED.read_text().splitlines():
        if line.startswith("["):
            library = line.strip("[]")
            found[library] = []
        elif line and not line.startswith("#"):
            found[library].append(line)
    return found


def _methods(client: object) -> list[str]:
    """The public methods of a client and of what hangs below it."""
    found: list[str] = []

    def walk(thing: Any, path: str) -> None:
        for name in dir(type(thing)):
            if name.startswith(("_", "with_raw", "with_streaming")):
                continue  # the last two are forms of all methods beside them
            member = inspect.getattr_static(type(thing), name)
            if isinstance(member, property) or type(member).__name__ == "cached_property":
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    inner = getattr(thing, name)
                if type(inner).__module__.startswith(RESOURCES):
                    walk(inner, f"{path}{name}.")
            elif callable(getattr(type(thing), name)):
                found.append(path + name)

    walk(client, "")
    return sorted(found)


def _google(**options: Any) -> genai.Client:
    from google import genai
    from google.genai.types import HttpOptions

    return genai.Client(api_key="k", http_options=HttpOptions(base_url="http://x", **options))


@pytest.mark.parametrize(
    ("library", "clients"),
    [
        ("openai", ["openai.OpenAI", "openai.AsyncOpenAI"]),
        ("anthropic", ["anthropic.Anthropic", "anthropic.AsyncAnthropic"]),
        ("google", ["google.genai.Client"]),
    ],
)
def test_every_public_method_is_listed_as_observed_or_not_and_why(library: str, clients: list[str]) -> None:
    listed = _listed()[library]
    there = {method for client in clients for method in _methods(pkgutil.resolve_name(client)(api_key="k"))}
    assert sorted(there - set(listed)) == [], f"new methods: say in {LISTED.name} whether they are observed"
    assert sorted(set(listed) - there) == []
    assert len(listed) == len(set(listed))


def _answer(path: str, body: dict[str, Any]) -> tuple[str, list[bytes]]:
    """Content type and pieces of an answer, by the request."""
    model, streamed = body.get("model", "m"), body.get("stream") is True
    if "/chat/completions" in path:
        usage = bool((body.get("stream_options") or {}).get("include_usage"))
        parts = openai_wire.completion_stream(model, SPEECH, 1, usage=usage)
        whole = openai_wire.completion(model, SPEECH, 1)
    elif "/responses" in path or "/decisions" in path:
        parts, whole = openai_wire.response_stream(model, SPEECH, 1), openai_wire.response(model, SPEECH, 1)
    elif "/embeddings" in path:
        parts, whole = iter(()), openai_wire.embeddings(model, SPEECH)
    elif "/completions" in path:
        choice = {"index": 0, "text": "hi", "finish_reason": "stop", "logprobs": None}
        usage = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150}
        whole = {
            "id": "c",
            "object": "text_completion",
            "created": 1,
            "model": model,
            "choices": [choice],
            "usage": usage,
        }
        with_usage = (body.get("stream_options") or {}).get("include_usage")
        sent = [{**whole, "usage": None} if with_usage else {k: v for k, v in whole.items() if k != "usage"}]
        sent += [{**whole, "choices": []}] if with_usage else []
        parts = iter([*(f"data: {json.dumps(one)}\n\n".encode() for one in sent), b"data: [DONE]\n\n"])
    elif "/messages" in path:
        parts, whole = anthropic_wire.message_stream(model, SPEECH, 1), anthropic_wire.message(model, SPEECH, 1)
    elif "mbed" in path:
        tokens = {"promptTokenCount": 120}
        parts, whole = iter(()), {"embeddings": [{"values": [0.5]}], "usageMetadata": tokens}
    else:
        streamed = "streamGenerateContent" in path
        parts, whole = google_wire.content_stream("m", SPEECH, 1), google_wire.content("m", SPEECH, 1)
    if streamed:
        return "text/event-stream", [piece.replace(b'"created": ', b'"created": 1') for piece in parts]
    return "application/json", [json.dumps(whole).encode()]


class Network(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers without a server, and passes the bytes on in one way."""

    def __init__(self, how: str) -> None:
        self._how = how

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return self._response(request, lambda chunks: chunks)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        async def later(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

        await request.aread()
        return self._response(request, later)

    def _response(self, request: httpx2.Request, stream: Callable[[Iterator[bytes]], Any]) -> httpx2.Response:
        kind, pieces = _answer(str(request.url), json.loads(request.read()))
        headers = {"content-type": kind, "request-id": "r"}
        if self._how == "there at once":
            return httpx2.Response(200, headers=headers, content=b"".join(pieces))
        if self._how == "compressed" and "gzip" in request.headers["accept-encoding"]:
            headers["content-encoding"] = "gzip"
            pieces = [gzip.compress(b"".join(pieces), mtime=0)]
        if self._how == "in one piece":
            pieces = [b"".join(pieces)]
        if self._how == "in sevens":
            whole = b"".join(pieces)
            pieces = [whole[place : place + 7] for place in range(0, len(whole), 7)]
        return httpx2.Response(200, headers=headers, content=stream(iter(pieces)))


HOWS = ["piece by piece", "in one piece", "in sevens", "compressed", "there at once"]


def plain(thing: Any) -> Any:
    """The parts of an answer that a caller can see."""
    if isinstance(thing, BaseModel):
        return type(thing).__name__, thing.model_dump(exclude_unset=True, warnings=False)
    if isinstance(thing, list | tuple):
        return [plain(one) for one in thing]
    return thing


def _chat(client: Any) -> Any:
    return client.chat.completions


def _with(**more: Any) -> dict[str, Any]:
    return {"model": "m", "messages": MESSAGES} | more


CREATED: dict[str, tuple[str, Callable[[Any], Any], dict[str, Any]]] = {
    "chat": ("openai", _chat, _with()),
    "beta chat": ("openai", lambda client: client.beta.chat.completions, _with()),
    "responses": ("openai", lambda client: client.responses, {"model": "m", "input": "hello"}),
    "beta responses": ("openai", lambda client: client.beta.responses, {"model": "m", "input": "hello"}),
    "completions": ("openai", lambda client: client.completions, {"model": "m", "prompt": "hello"}),
    "messages": ("anthropic", lambda client: client.messages, _with(max_tokens=9)),
    "beta messages": ("anthropic", lambda client: client.beta.messages, _with(max_tokens=9)),
}
"""What has `create`, with `stream`, raw and streaming responses."""


_OF_THE_BYTES = {"content-length", "content-encoding"}
"""Headers that differ because the request wants the token counts as well."""


def _raw(answer: Any) -> Any:
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in _OF_THE_BYTES)
    return answer.http_response.status_code, headers, answer.http_response.request.method


def created(resource: Any, sent: dict[str, Any], form: str) -> Any:  # noqa: PLR0911 - a table
    """One form of `create`, of a synchronous client."""
    match form:
        case "create":
            return plain(resource.create(**sent))
        case "stream":
            return plain(list(resource.create(**sent, stream=True)))
        case "raw":
            answer = resource.with_raw_response.create(**sent)
            return _raw(answer), answer.http_response.content, plain(answer.parse())
        case "raw stream":
            answer = resource.with_raw_response.create(**sent, stream=True)
            return _raw(answer), plain(list(answer.parse()))
        case "streaming":
            with resource.with_streaming_response.create(**sent) as answer:
                return _raw(answer), answer.read(), plain(answer.parse())
        case "streaming stream":
            with resource.with_streaming_response.create(**sent, stream=True) as answer:
                return _raw(answer), plain(list(answer.parse()))
        case _:
            with resource.with_streaming_response.create(**sent, stream=True) as answer:
                return [line for line in answer.iter_lines() if line]


async def created_async(resource: Any, sent: dict[str, Any], form: str) -> Any:  # noqa: PLR0911 - a table
    """The same of an asynchronous client."""
    match form:
        case "create":
            return plain(await resource.create(**sent))
        case "stream":
            return plain([part async for part in await resource.create(**sent, stream=True)])
        case "raw":
            answer = await resource.with_raw_response.create(**sent)
            parsed = answer.parse()
            return _raw(answer), answer.http_response.content, plain(await _now(parsed))
        case "raw stream":
            answer = await resource.with_raw_response.create(**sent, stream=True)
            return _raw(answer), plain([part async for part in await _now(answer.parse())])
        case "streaming":
            async with resource.with_streaming_response.create(**sent) as answer:
                return _raw(answer), await answer.read(), plain(await _now(answer.parse()))
        case "streaming stream":
            async with resource.with_streaming_response.create(**sent, stream=True) as answer:
                return _raw(answer), plain([part async for part in await _now(answer.parse())])
        case _:
            async with resource.with_streaming_response.create(**sent, stream=True) as answer:
                return [line async for line in answer.iter_lines() if line]


async def _now(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


FORMS = ["create", "stream", "raw", "raw stream", "streaming", "streaming stream", "lines"]


def _client(library: str, how: str, *, later: bool) -> Any:
    if library == "google":
        return _google(
            httpx_client=httpx2.Client(transport=Network(how)),
            httpx_async_client=httpx2.AsyncClient(transport=Network(how)),
        )
    import anthropic
    import openai

    made = {
        ("openai", False): openai.OpenAI, ("openai", True): openai.AsyncOpenAI,
        ("anthropic", False): anthropic.Anthropic, ("anthropic", True): anthropic.AsyncAnthropic,
    }[library, later]  # fmt: skip
    http = httpx2.AsyncClient(transport=Network(how)) if later else httpx2.Client(transport=Network(how))
    return made(api_key="k", base_url="http://x", http_client=http, max_retries=0)  # type: ignore[arg-type] - one of two kinds


def _one_outcome(recorded: Any, tokens: tuple[int, int] | None = (120, 30)) -> None:
    events = [(entry["event"], entry.get("attempt")) for entry in recorded.entries]
    assert events == [("llm.call.attempted", 1), ("llm.call.completed", 1)]
    done = recorded.last
    assert done["finish_reason"] == "stop"
    assert tokens is None or (done["input_tokens"], done["output_tokens"]) == tokens


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", CREATED)
def test_a_call_is_as_without_vigil_and_has_one_attempt_and_one_outcome(
    recorded, what: str, form: str, how: str
) -> None:
    library, resource, sent = CREATED[what]
    bare, seen = _client(library, how, later=False), instrument_llm(_client(library, how, later=False))
    expected = created(resource(bare), sent, form)
    assert recorded.entries == []
    assert created(resource(seen), sent, form) == expected
    _one_outcome(recorded)


@pytest.mark.parametrize("how", ["piece by piece", "in sevens"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", CREATED)
def test_an_asynchronous_call_is_as_without_vigil(recorded, what: str, form: str, how: str) -> None:
    library, resource, sent = CREATED[what]

    async def both() -> tuple[Any, Any]:
        bare, seen = _client(library, how, later=True), instrument_llm(_client(library, how, later=True))
        return await created_async(resource(bare), sent, form), await created_async(resource(seen), sent, form)

    expected, got = asyncio.run(both())
    assert got == expected
    _one_outcome(recorded)


def _helper(open_stream: Callable[[], Any], final: str) -> Any:
    with open_stream() as stream:
        return [type(event).__name__ for event in stream], plain(getattr(stream, final)())


OTHERS: dict[str, tuple[str, Callable[[Any], Any], tuple[int, int] | None]] = {
    "chat.parse": ("openai", lambda c: c.chat.completions.parse(**_with(response_format=Word)), (120, 30)),
    "beta.chat.parse": ("openai", lambda c: c.beta.chat.completions.parse(**_with(response_format=Word)), (120, 30)),
    "chat.stream": ("openai", lambda c: _helper(lambda: c.chat.completions.stream(**_with()), "get_final_completion"), (120, 30)),
    "responses.parse": ("openai", lambda c: c.responses.parse(model="m", input="x", text_format=Word), (120, 30)),
    "responses.compact": ("openai", lambda c: c.responses.compact(model="m", input="x"), (120, 30)),
    "embeddings": ("openai", lambda c: c.embeddings.create(model="m", input="x", encoding_format="float"), None),
    "copy": ("openai", lambda c: c.with_options(timeout=3).copy().responses.create(model="m", input="x"), (120, 30)),
    "post": ("openai", lambda c: c.post("/chat/completions", cast_to=httpx2.Response, body=_with()).json(), (120, 30)),
    "messages.parse": ("anthropic", lambda c: c.messages.parse(**_with(max_tokens=9), output_format=Word), (120, 30)),
    "messages.stream": ("anthropic", lambda c: _helper(lambda: c.messages.stream(**_with(max_tokens=9)), "get_final_message"), (120, 30)),
    "beta.messages.stream": ("anthropic", lambda c: _helper(lambda: c.beta.messages.stream(**_with(max_tokens=9)), "get_final_message"), (120, 30)),
    "tool runner": ("anthropic", lambda c: c.beta.messages.tool_runner(**_with(max_tokens=9), tools=[]).until_done(), (120, 30)),
    "content": ("google", lambda c: c.models.generate_content(model="m", contents="x"), (120, 30)),
    "content stream": ("google", lambda c: list(c.models.generate_content_stream(model="m", contents="x")), (120, 30)),
    "chat of google": ("google", lambda c: c.chats.create(model="m").send_message("x"), (120, 30)),
    "embed": ("google", lambda c: c.models.embed_content(model="m", contents="x"), (120, 0)),
    "content, later": ("google", lambda c: asyncio.run(_soon(c.aio.models.generate_content(model="m", contents="x"))), (120, 30)),
}  # fmt: skip


async def _soon(value: Awaitable[Any]) -> Any:
    return await value


@pytest.mark.parametrize("what", OTHERS)
def test_other_ways_to_call_are_as_without_vigil(recorded, what: str) -> None:
    library, ask, tokens = OTHERS[what]
    how = "piece by piece"
    expected = plain(ask(_client(library, how, later=False)))
    assert plain(ask(instrument_llm(_client(library, how, later=False)))) == expected
    _one_outcome(recorded, tokens)


@pytest.mark.parametrize("form", ["stream", "raw stream", "streaming stream"])
def test_a_caller_that_requests_the_usage_part_gets_it(recorded, form: str) -> None:
    sent = _with(stream_options={"include_usage": True})
    expected = created(_chat(_client("openai", "piece by piece", later=False)), sent, form)
    assert created(_chat(instrument_llm(_client("openai", "piece by piece", later=False))), sent, form) == expected
    _one_outcome(recorded)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('{"id": "c", "usage": null}', '{"id": "c"}'),
        ('{"usage": null, "id": "c"}', '{ "id": "c"}'),
        ('{"id": "c", "usage":null, "x": 1}', '{"id": "c", "x": 1}'),
        ('{"choices": [{"index": 0, "usage": null}]}', None),
        ('{"x_groq": {"id": "r", "usage": null}, "usage": null}', '{"x_groq": {"id": "r", "usage": null}}'),
        ('{"usage": null, "x_groq": {"id": "r", "usage": null}}', '{ "x_groq": {"id": "r", "usage": null}}'),
        ('{"choices": [{"index": 0}], "usage": {"total_tokens": 1}, "usage_of": {"a": 1, "usage": null}}', None),
    ],
)
def test_the_empty_usage_that_vigil_requested_goes_and_no_other(recorded, sent: str, shown: str | None) -> None:
    def answer(_: httpx2.Request) -> httpx2.Response:
        content = iter([f"data: {sent}\n\n".encode()])
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=content)

    client = instrument_llm(_client("openai", "in one piece", later=False))
    client._client._transport._inner = httpx2.MockTransport(answer)
    with client.chat.completions.with_streaming_response.create(**_with(), stream=True) as response:
        assert list(response.iter_lines()) == [f"data: {shown or sent}", ""]


def test_an_answer_that_arrived_whole_is_left_unread_where_the_caller_stops(recorded) -> None:
    client = instrument_llm(_client("openai", "in one piece", later=False))
    stream = client.chat.completions.create(**_with(), stream=True)
    next(iter(stream))
    stream.close()
    assert recorded.last["event"] == "llm.call.failed"
    assert recorded.last["error_type"] == "cancelled"


def test_an_error_inside_a_stream_is_the_outcome(recorded) -> None:
    import anthropic

    def answer(_: httpx2.Request) -> httpx2.Response:
        event = (
            b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
        )
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=iter([event]))

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    client = instrument_llm(anthropic.Anthropic(api_key="k", base_url="http://x", http_client=http, max_retries=0))
    with pytest.raises(anthropic.APIStatusError):
        list(client.messages.create(**_with(max_tokens=9), stream=True))
    assert [(entry["event"], entry.get("error_type")) for entry in recorded.entries] == [
        ("llm.call.attempted", None), ("llm.call.failed", "server"),
    ]  # fmt: skip


def _copied(client: Any) -> Any:
    found = copy.copy(client)
    found.api_key = "of the copy"
    return found


@pytest.mark.parametrize(("library", "later"), [("openai", False), ("openai", True), ("anthropic", False)])
def test_a_copy_by_the_standard_library_makes_its_requests_with_its_own_key(library: str, *, later: bool) -> None:
    bare, seen = (
        _client(library, "in one piece", later=later),
        instrument_llm(_client(library, "in one piece", later=later)),
    )
    assert vars(_copied(seen)).keys() == vars(_copied(bare)).keys()
    assert _copied(seen).request.__self__.api_key == "of the copy"
    assert seen.request is not type(seen).request, "the client itself stays observed"
    again = instrument_llm(_copied(seen))
    assert again.request.__wrapped__.__self__ is again


@pytest.mark.parametrize("what", ["chat", "messages"])
def test_bytes_before_a_broken_connection_are_the_callers(what: str) -> None:
    def broken() -> Iterator[bytes]:
        yield b'data: {"choices": []}\n\ndata: {"cho'
        raise httpx2.ReadError("gone")

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=broken())

    library, resource, sent = CREATED[what]
    client = instrument_llm(_client(library, "in one piece", later=False))
    client._client._transport._inner = httpx2.MockTransport(answer)
    got: list[bytes] = []
    with resource(client).with_streaming_response.create(**sent, stream=True) as found, pytest.raises(httpx2.ReadError):
        got.extend(found.iter_bytes())
    assert b"".join(got) == b'data: {"choices": []}\n\ndata: {"cho'


def test_a_cancelled_caller_of_a_stream_gets_no_more_bytes() -> None:
    async def waiting() -> AsyncIterator[bytes]:
        yield b'data: {"choices": []}\n\ndata: {"cho'
        await asyncio.Event().wait()

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=waiting())

    async def first_two() -> list[bytes]:
        library, resource, sent = CREATED["chat"]
        client = instrument_llm(_client(library, "in one piece", later=True))
        client._client._transport._inner = httpx2.MockTransport(answer)
        got: list[bytes] = []
        begun = asyncio.Event()

        async def reads() -> None:
            async with resource(client).with_streaming_response.create(**sent, stream=True) as found:
                async for piece in found.iter_bytes():
                    got.append(piece)
                    begun.set()
                    if len(got) > 1:
                        return  # and the cancellation with it

        reading = asyncio.create_task(reads())
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        return got

    assert asyncio.run(first_two()) == [b'data: {"choices": []}\n\n']


def test_a_client_whose_transport_has_another_shape_is_read_from_what_it_returns(recorded) -> None:
    client = _client("openai", "piece by piece", later=False)
    transport = client._client._transport
    instrument_llm(client)
    client._client._transport = transport  # as a library does that replaces it later
    client.chat.completions.create(**_with())
    _one_outcome(recorded)
