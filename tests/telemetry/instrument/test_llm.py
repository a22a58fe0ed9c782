"""Calls of language models: the real client libraries against a provider on a socket, which speaks their wire formats."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import httpx2
import pytest

from demo.stand_ins.llm import Behaviour, Trouble
from tests.telemetry.instrument.conftest import eventually
from vigil_telemetry import bind
from vigil_telemetry.instrument.llm import LlmCall, Usage, fallbacks, instrument_llm, wrap

if TYPE_CHECKING:  # the libraries take seconds to import, and each process of a run imports this file
    import anthropic
    import openai
    from google import genai

HELLO = [{"role": "user", "content": "hello jane@example.com"}]
CORRELATION = "c0ffee00c0ffee00c0ffee00c0ffee00"
MEASURED = ("input_tokens", "output_tokens", "total_tokens", "cached_tokens", "reasoning_tokens")


def of(recorded, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in recorded.entries if entry["event"] == f"llm.call.{kind}"]


def library_errors() -> tuple[type[Exception], ...]:
    import anthropic
    import openai
    from google import genai

    return openai.APIError, anthropic.APIError, genai.errors.APIError, httpx2.HTTPError, httpx.HTTPError


def google(url: str) -> genai.Client:
    from google import genai
    from google.genai.types import HttpOptions

    return genai.Client(api_key="secret", http_options=HttpOptions(base_url=url))


@pytest.fixture
def openai_client(llm) -> Iterator[openai.OpenAI]:
    import openai

    with openai.OpenAI(base_url=f"{llm.url}/v1", api_key="sk-secret", max_retries=0) as client:
        yield instrument_llm(client)


@pytest.fixture
def anthropic_client(llm) -> Iterator[anthropic.Anthropic]:
    import anthropic

    with anthropic.Anthropic(base_url=llm.url, api_key="sk-ant-secret", max_retries=0) as client:
        yield instrument_llm(client)


@pytest.fixture
def google_client(llm) -> Iterator[genai.Client]:
    client = google(llm.url)
    yield instrument_llm(client)
    client.close()


def ask_openai(client: openai.OpenAI, **options: Any) -> Any:
    return client.chat.completions.create(model="gpt-5.4", messages=HELLO, **options)


def ask_anthropic(client: anthropic.Anthropic, **options: Any) -> Any:
    return client.messages.create(model="claude-sonnet-5", max_tokens=100, messages=HELLO, **options)


def test_scenario_18_a_call_of_a_model_logs_attempt_and_outcome_when_it_succeeds(recorded, openai_client) -> None:
    with bind(correlation_id=CORRELATION):
        ask_openai(openai_client)
    (attempted,), (done,) = of(recorded, "attempted"), of(recorded, "completed")
    assert attempted["call_id"] == done["call_id"]
    assert (attempted["provider"], attempted["model"], attempted["operation"], attempted["attempt"]) == (
        "openai",
        "gpt-5.4",
        "chat",
        1,
    )
    assert (done["severity"], done["finish_reason"], done["response_model"]) == ("INFO", "stop", "gpt-5.4-2026-08-07")
    assert [done[name] for name in MEASURED] == [120, 30, 150, 20, 10]
    # 100 fresh at 2.5, 20 cached at 0.25, 30 written at 15 dollars for a million
    assert (done["cost"], done["prices_of"]) == (0.000705, "2026-11-24")
    assert {entry["correlation_id"] for entry in recorded.entries} == {CORRELATION}
    assert done["function"].endswith("ask_openai")


def test_scenario_18_a_call_of_a_model_logs_attempt_and_outcome_when_it_fails(recorded, llm, openai_client) -> None:
    import openai

    llm.provider.behaviour = Behaviour(trouble=Trouble.SERVER)
    with bind(correlation_id=CORRELATION), pytest.raises(openai.InternalServerError):
        ask_openai(openai_client)
    (attempted,), (failed,) = of(recorded, "attempted"), of(recorded, "failed")
    assert attempted["call_id"] == failed["call_id"]
    assert (failed["severity"], failed["error_type"], failed["status"], failed["retried"]) == (
        "ERROR",
        "server",
        500,
        False,
    )
    assert (
        failed["error"] == "InternalServerError, status 500, server_error"
    )  # no text of the provider: it quotes prompts
    assert not of(recorded, "completed")
    assert {entry["correlation_id"] for entry in recorded.entries} == {CORRELATION}


def test_prompts_answers_and_keys_are_never_written(recorded, llm, openai_client, anthropic_client) -> None:
    import openai

    ask_openai(openai_client)
    list(ask_anthropic(anthropic_client, stream=True))
    llm.provider.behaviour = Behaviour(trouble=Trouble.AUTH)
    with pytest.raises(openai.AuthenticationError):
        ask_openai(openai_client)
    text = b"".join(recorded.raw).decode()
    assert not [word for word in ("hello", "jane", "All is well", "sk-") if word in text]
    assert of(recorded, "attempted")[0]["prompt_characters"] == len("hello jane@example.com")


ERRORS = [
    (Trouble.RATE_LIMIT, "rate_limit", "WARNING"),
    (Trouble.AUTH, "auth", "ERROR"),
    (Trouble.INVALID_REQUEST, "invalid_request", "ERROR"),
    (Trouble.SERVER, "server", "ERROR"),
    (Trouble.OVERLOADED, "server", "ERROR"),
    (Trouble.HANG, "timeout", "ERROR"),
    (Trouble.CUT, "connection", "ERROR"),
]


@pytest.mark.parametrize(("trouble", "kind", "severity"), ERRORS)
@pytest.mark.parametrize("library", ["openai", "anthropic"])
def test_failures_are_of_the_same_kinds_for_all_providers(  # noqa: PLR0917 - a table
    recorded, llm, request, library, trouble, kind, severity
) -> None:
    client = request.getfixturevalue(f"{library}_client").with_options(timeout=0.5 if trouble is Trouble.HANG else 60)
    llm.provider.behaviour = Behaviour(trouble=trouble)
    with pytest.raises(library_errors()):
        ask_openai(client) if library == "openai" else ask_anthropic(client)
    (failed,) = of(recorded, "failed")
    assert (failed["error_type"], failed["severity"], failed["provider"]) == (kind, severity, library)


def test_googles_failures_are_of_the_same_kinds(recorded, llm, google_client) -> None:
    for trouble, _, _ in ERRORS[:5]:
        llm.provider.behaviour = Behaviour(trouble=trouble)
        with pytest.raises(library_errors()):
            google_client.models.generate_content(model="gemini-3.5-flash", contents="hello")
    assert [failed["error_type"] for failed in of(recorded, "failed")] == [kind for _, kind, _ in ERRORS[:5]]


def test_an_answer_that_a_filter_stopped_is_logged_by_error_or_by_reason(
    recorded, llm, openai_client, anthropic_client, google_client
) -> None:
    import openai

    llm.provider.behaviour = Behaviour(trouble=Trouble.CONTENT_FILTER)
    with pytest.raises(openai.BadRequestError):
        ask_openai(openai_client)
    ask_anthropic(anthropic_client)
    google_client.models.generate_content(model="gemini-3.5-flash", contents="hello")
    assert [failed["error_type"] for failed in of(recorded, "failed")] == ["content_filter"]
    assert [(done["finish_reason"], done["severity"]) for done in of(recorded, "completed")] == [
        ("content_filter", "WARNING")
    ] * 2


def openai_stream(client: Any) -> Any:
    return ask_openai(client, stream=True)


def anthropic_stream(client: Any) -> Any:
    return ask_anthropic(client, stream=True)


def google_stream(client: Any) -> Any:
    return client.models.generate_content_stream(model="gemini-3.5-flash", contents="hello")


STREAMS = [("openai", openai_stream), ("anthropic", anthropic_stream), ("google", google_stream)]


@pytest.mark.parametrize(("library", "stream"), STREAMS)
def test_a_stream_read_to_its_end_has_its_tokens_and_the_time_to_the_first(
    recorded, llm, request, library, stream
) -> None:
    client = request.getfixturevalue(f"{library}_client")
    llm.provider.behaviour = Behaviour(latency=0.05, per_piece=0.02)
    parts = list(stream(client))
    assert parts
    (attempted,), (done,) = of(recorded, "attempted"), of(recorded, "completed")
    assert attempted["streamed"] is done["streamed"] is True
    assert [done[name] for name in MEASURED[:4]] == [120, 30, 150, 20]
    assert 0.05 <= done["first_token"] < done["duration"]


def test_only_a_caller_that_requests_usage_sees_the_part_with_the_tokens(recorded, llm, openai_client) -> None:
    plain = list(openai_stream(openai_client))
    with_usage = list(ask_openai(openai_client, stream=True, stream_options={"include_usage": True}))
    assert all(chunk.choices for chunk in plain)
    assert (with_usage[-1].choices, with_usage[-1].usage.total_tokens) == ([], 150)
    assert [done["total_tokens"] for done in of(recorded, "completed")] == [150, 150]


@pytest.mark.parametrize(("library", "stream"), STREAMS)
@pytest.mark.parametrize("how", ["closed", "forgotten"])
def test_a_stream_that_nobody_reads_on_has_an_outcome(recorded, request, library, stream, how) -> None:
    client = request.getfixturevalue(f"{library}_client")
    with bind(correlation_id=CORRELATION):
        parts = stream(client)
        next(iter(parts))
    if how == "closed":
        parts.close()
    del parts
    gc.collect()
    (failed,) = of(recorded, "failed")
    assert (failed["error_type"], failed["severity"]) == ("cancelled", "NOTICE")
    assert failed["error"] == "the stream was abandoned by its reader"
    assert failed["correlation_id"] == CORRELATION  # also where it is collected elsewhere


@pytest.mark.parametrize(("library", "stream"), STREAMS[:2])
def test_a_stream_that_breaks_off_is_a_failure(recorded, llm, request, library, stream) -> None:
    client = request.getfixturevalue(f"{library}_client")
    llm.provider.behaviour = Behaviour(trouble=Trouble.CUT)
    with pytest.raises(library_errors()):
        list(stream(client))
    (failed,) = of(recorded, "failed")
    assert (failed["error_type"], failed["retried"]) == ("connection", False)


@pytest.mark.parametrize(("library", "ask"), [("openai", ask_openai), ("anthropic", ask_anthropic)])
def test_retries_of_the_library_are_attempts_of_one_call(recorded, llm, request, library, ask) -> None:
    client = request.getfixturevalue(f"{library}_client").with_options(max_retries=3)
    llm.provider.behaviour = Behaviour(trouble=Trouble.RATE_LIMIT, times=2)
    ask(client)
    assert [entry["attempt"] for entry in of(recorded, "attempted")] == [1, 2, 3]
    assert [(e["attempt"], e["error_type"], e["retried"], e["status"]) for e in of(recorded, "failed")] == [
        (1, "rate_limit", True, 429), (2, "rate_limit", True, 429),
    ]  # fmt: skip
    (done,) = of(recorded, "completed")
    assert done["attempt"] == 3
    assert len({entry["call_id"] for entry in recorded.entries}) == 1


def test_a_fallback_names_the_call_that_it_stands_in_for(recorded, llm, openai_client, anthropic_client) -> None:
    import openai

    llm.provider.behaviour = Behaviour(trouble=Trouble.OVERLOADED, times=1)
    with fallbacks():
        with pytest.raises(openai.InternalServerError):
            ask_openai(openai_client)
        ask_anthropic(anthropic_client)
    ask_openai(openai_client)
    (failed,), (stood_in, alone) = of(recorded, "failed"), of(recorded, "completed")
    assert (stood_in["provider"], stood_in["fallback_of"]) == ("anthropic", failed["call_id"])
    assert "fallback_of" not in alone


def test_asynchronous_clients_are_observed_like_synchronous_ones(recorded, llm) -> None:
    import anthropic
    import openai

    async def main() -> None:
        async with (
            openai.AsyncOpenAI(base_url=f"{llm.url}/v1", api_key="x", max_retries=2) as one,
            anthropic.AsyncAnthropic(base_url=llm.url, api_key="x", max_retries=0) as two,
        ):
            instrument_llm(one)
            instrument_llm(two)
            llm.provider.behaviour = Behaviour(trouble=Trouble.RATE_LIMIT, times=1)
            await one.chat.completions.create(model="gpt-5.4", messages=HELLO)
            async for _ in await one.chat.completions.create(model="gpt-5.4", messages=HELLO, stream=True):
                pass
            async with two.messages.stream(model="claude-sonnet-5", max_tokens=9, messages=HELLO) as stream:
                assert (await stream.get_final_message()).usage.output_tokens == 30
            llm.provider.behaviour = Behaviour(trouble=Trouble.HANG)
            task = asyncio.create_task(two.messages.create(model="claude-sonnet-5", max_tokens=9, messages=HELLO))
            await eventually(lambda: len(llm.provider.requests) == 5)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    assert [(done["provider"], done["attempt"], done["total_tokens"]) for done in of(recorded, "completed")] == [
        ("openai", 2, 150), ("openai", 1, 150), ("anthropic", 1, 150),
    ]  # fmt: skip
    assert [failed["error_type"] for failed in of(recorded, "failed")] == ["rate_limit", "cancelled"]


def test_an_asynchronous_google_client(recorded, llm) -> None:
    async def main() -> None:
        client = instrument_llm(google(llm.url))
        await client.aio.models.generate_content(model="gemini-3.5-flash", contents="hello")
        async for _ in await client.aio.models.generate_content_stream(model="gemini-3.5-flash", contents="hello"):
            pass
        await client.aio.aclose()
        client.close()

    asyncio.run(main())
    assert [(done["operation"], done["total_tokens"], done["reasoning_tokens"]) for done in of(recorded, "completed")] == [
        ("generate_content", 150, 10), ("generate_content", 150, 10),
    ]  # fmt: skip


def final_message(client: anthropic.Anthropic) -> Any:
    with client.messages.stream(model="claude-sonnet-5", max_tokens=9, messages=HELLO) as stream:
        return stream.get_final_message()


CALLS: list[tuple[str, Callable[[Any], Any]]] = [
    ("openai", lambda client: client.responses.create(model="gpt-5.4", input="hello")),
    ("openai", lambda client: list(client.responses.create(model="gpt-5.4", input="hello", stream=True))),
    (
        "openai",
        lambda client: client.chat.completions.with_raw_response.create(model="gpt-5.4", messages=HELLO).parse(),
    ),
    ("anthropic", final_message),
]


@pytest.mark.parametrize(("library", "ask"), CALLS, ids=["responses", "responses streamed", "raw", "messages.stream"])
def test_the_other_ways_to_call(recorded, request, library, ask) -> None:
    ask(request.getfixturevalue(f"{library}_client"))
    (attempted,), (done,) = of(recorded, "attempted"), of(recorded, "completed")
    assert (done["call_id"], done["finish_reason"]) == (attempted["call_id"], "stop")


def test_the_streaming_helper_of_openai_is_seen_once(recorded, openai_client) -> None:
    with openai_client.chat.completions.stream(model="gpt-5.4", messages=HELLO) as stream:
        assert stream.get_final_completion().choices[0].message.content == "All is well."
    (done,) = of(recorded, "completed")
    assert done["total_tokens"] == 150


def test_embeddings_and_tools_and_cut_answers(recorded, llm, openai_client, anthropic_client) -> None:
    openai_client.embeddings.create(model="text-embedding-4", input="hello", encoding_format="float")
    llm.provider.behaviour = Behaviour(tool="search", arguments='{"query": "lamp"}')
    ask_openai(openai_client)
    list(anthropic_stream(anthropic_client))
    llm.provider.behaviour = Behaviour(finish_length=True)
    ask_anthropic(anthropic_client)
    found = [
        (done["operation"], done["finish_reason"], done.get("tool_calls"), done["severity"])
        for done in of(recorded, "completed")
    ]
    assert found == [
        ("embeddings", "stop", None, "INFO"), ("chat", "tool_calls", 1, "INFO"), ("chat", "tool_calls", 1, "INFO"),
        ("chat", "length", None, "WARNING"),
    ]  # fmt: skip
    assert "lamp" not in b"".join(recorded.raw).decode()


def test_any_function_can_be_wrapped(recorded) -> None:
    def read(answer, reply) -> None:
        answer.usage = Usage(reply["in"], reply["out"])

    def ask(prompt: str) -> dict[str, int]:
        if prompt == "fail":
            raise httpx.ReadTimeout("too slow")
        return {"in": 3, "out": 4}

    async def ask_async(prompt: str) -> dict[str, int]:
        return ask(prompt)

    wrapped = wrap(ask, provider="mistral_ai", model="mistral-large", read=read)
    assert wrapped("hello") == {"in": 3, "out": 4}
    asyncio.run(wrap(ask_async, provider="a new one", model="m", read=read)("hello"))
    with pytest.raises(httpx.ReadTimeout):
        wrapped("fail")
    assert [(done["provider"], done["total_tokens"]) for done in of(recorded, "completed")] == [
        ("mistral_ai", 7),
        ("other", 7),
    ]
    assert [failed["error_type"] for failed in of(recorded, "failed")] == ["timeout"]


def test_a_call_can_be_logged_by_hand(recorded) -> None:
    with LlmCall("cohere", "command") as call:
        call.first_part()
        call.usage(10, 20, "length")
    with pytest.raises(ConnectionError), LlmCall("cohere", "command"):
        raise ConnectionError("gone")
    (done,), (failed,) = of(recorded, "completed"), of(recorded, "failed")
    assert (done["total_tokens"], done["finish_reason"], "first_token" in done, "cost" in done) == (
        30,
        "length",
        True,
        False,
    )
    assert failed["error_type"] == "connection"


def test_a_client_of_unknown_shape_is_refused() -> None:
    with pytest.raises(TypeError, match="wrap its function with `wrap`"):
        instrument_llm(object())
