"""Google's interactions and decisions: every form of a call is as without Vigil, with one attempt and one outcome."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx2
import pytest

from vigil_telemetry.instrument.llm import instrument_llm

ASKED: dict[str, Any] = {"model": "gemini-3-flash-preview", "input": "three words"}
USAGE = {
    "total_input_tokens": 100, "total_tool_use_tokens": 20, "total_output_tokens": 22, "total_thought_tokens": 8,
    "total_cached_tokens": 40, "total_tokens": 150,
}  # fmt: skip
MADE = {"id": "v1_a", "object": "interaction", "model": "gemini-3-flash-preview-001", "created": "2026-11-01T00:00:00Z"}
STEPS = [
    {"type": "thought", "signature": "c2lnbg=="},
    {"type": "model_output", "content": [{"type": "text", "text": "three little words"}]},
]
WHOLE = {**MADE, "status": "completed", "steps": STEPS, "usage": USAGE}
CALLED = {"type": "function_call", "id": "f", "name": "look", "arguments": {"where": "here"}}
EVENTS: list[dict[str, Any]] = [
    {"event_type": "interaction.created", "interaction": {**MADE, "status": "in_progress"}},
    {"event_type": "interaction.status_update", "interaction_id": "v1_a", "status": "in_progress"},
    {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
    {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "three "}},
    {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": "little words"}},
    {"event_type": "step.stop", "index": 0},
    {"event_type": "interaction.completed", "interaction": {**MADE, "status": "completed", "usage": USAGE}},
]


def stream(events: list[dict[str, Any]]) -> Iterator[bytes]:
    for event in events:
        yield f"event: {event['event_type']}\ndata: {json.dumps(event)}\n\n".encode()
    yield b"event: done\ndata: [DONE]\n\n"


class Network(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers each request with the next of the answers; the last one stays."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self.answers = list(answers)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self._next(stream)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        async def later(events: list[dict[str, Any]]) -> Any:
            for piece in stream(events):
                yield piece

        await request.aread()
        return self._next(later)

    def _next(self, streaming: Callable[[list[dict[str, Any]]], Any]) -> httpx2.Response:
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(body, list):
            return httpx2.Response(status, headers={"content-type": "text/event-stream"}, content=streaming(body))
        return httpx2.Response(status, headers={"content-type": "application/json"}, content=json.dumps(body).encode())


def client(*answers: tuple[int, Any], observed: bool = True, attempts: int = 1) -> Any:
    from google import genai
    from google.genai.types import HttpOptions, HttpRetryOptions

    options = HttpOptions(
        base_url="http://x",
        httpx_client=httpx2.Client(transport=Network(*answers)),
        httpx_async_client=httpx2.AsyncClient(transport=Network(*answers)),
        retry_options=HttpRetryOptions(attempts=attempts, initial_delay=0.001, max_delay=0.001, jitter=0),
    )
    made = genai.Client(api_key="k", http_options=options)
    return instrument_llm(made) if observed else made


def plain(thing: Any) -> Any:
    return thing.model_dump() if hasattr(thing, "model_dump") else thing


def _streaming(interactions: Any) -> Any:
    with interactions.with_streaming_response.create(**ASKED) as answer:
        return answer.status_code, plain(answer.parse())


def _streaming_stream(interactions: Any) -> Any:
    with interactions.with_streaming_response.create(**ASKED, stream=True) as answer:
        return answer.status_code, [plain(event) for event in answer.parse()]


FORMS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "create": (WHOLE, lambda i: plain(i.create(**ASKED))),
    "stream": (EVENTS, lambda i: [plain(event) for event in i.create(**ASKED, stream=True)]),
    "raw": (WHOLE, lambda i: plain(i.with_raw_response.create(**ASKED).parse())),
    "raw stream": (EVENTS, lambda i: [plain(e) for e in i.with_raw_response.create(**ASKED, stream=True).parse()]),
    "streaming": (WHOLE, _streaming),
    "streaming stream": (EVENTS, _streaming_stream),
}


def outcome(recorded: Any) -> tuple[Any, ...]:
    assert [entry["event"] for entry in recorded.entries] == ["llm.call.attempted", "llm.call.completed"]
    done = recorded.last
    return done["finish_reason"], done["input_tokens"], done["output_tokens"], done["response_model"]


@pytest.mark.parametrize("form", FORMS)
def test_an_interaction_is_as_without_vigil_and_has_one_attempt_and_one_outcome(recorded, form: str) -> None:
    body, ask = FORMS[form]
    expected = ask(client((200, body), observed=False).interactions)
    assert recorded.entries == []
    assert ask(client((200, body)).interactions) == expected
    assert outcome(recorded) == ("stop", 120, 30, "gemini-3-flash-preview-001")
    done = recorded.last
    assert (done["cached_tokens"], done["reasoning_tokens"], done["provider"]) == (40, 8, "gcp.gemini")
    assert done["streamed"] is isinstance(body, list) is recorded.entries[0]["streamed"]
    assert recorded.entries[0]["prompt_characters"] == len("three words")
    assert "three" not in json.dumps(recorded.entries)


def test_an_asynchronous_interaction_is_as_without_vigil(recorded) -> None:
    async def ask(observed: bool) -> Any:
        whole = await client((200, WHOLE), observed=observed).aio.interactions.create(**ASKED)
        events = await client((200, EVENTS), observed=observed).aio.interactions.create(**ASKED, stream=True)
        return plain(whole), [plain(event) async for event in events]

    expected = asyncio.run(ask(observed=False))
    assert recorded.entries == []
    assert asyncio.run(ask(observed=True)) == expected
    assert [entry["event"] for entry in recorded.entries] == ["llm.call.attempted", "llm.call.completed"] * 2
    assert {entry["call_id"] for entry in recorded.entries[:2]} != {entry["call_id"] for entry in recorded.entries[2:]}


@pytest.mark.parametrize(
    ("answer", "finish"),
    [
        ({"status": "incomplete"}, "length"),
        ({"status": "requires_action", "steps": [CALLED]}, "tool_calls"),
        ({"status": "failed"}, "error"),
        ({"status": "in_progress"}, "other"),
        ({"status": "a status of next year"}, "other"),
        ({"status": 7, "steps": "none", "usage": [3]}, "other"),
    ],
)
def test_the_status_says_how_it_ended(recorded, answer: dict[str, Any], finish: str) -> None:
    with suppress(ValueError, TypeError):  # the library's own, of an answer that it cannot read
        client((200, MADE | answer)).interactions.create(**ASKED)
    assert recorded.last["finish_reason"] == finish


def test_an_agent_is_named_where_there_is_no_model(recorded) -> None:
    client((200, MADE | {"status": "queued"})).interactions.create(agent="deep-research", input="x", background=True)
    assert recorded.entries[0]["model"] == "deep-research"


def test_retries_are_attempts_of_one_call(recorded) -> None:
    client((503, {"error": {"message": "busy"}}), (200, WHOLE), attempts=3).interactions.create(**ASKED)
    assert [(entry["event"], entry["attempt"]) for entry in recorded.entries] == [
        ("llm.call.attempted", 1), ("llm.call.failed", 1), ("llm.call.attempted", 2), ("llm.call.completed", 2),
    ]  # fmt: skip
    assert recorded.entries[1]["retried"] is True


@pytest.mark.parametrize("status", [400, 401, 429, 500])
@pytest.mark.parametrize("form", ["create", "raw"])
def test_a_refused_call_fails_as_without_vigil(recorded, status: int, form: str) -> None:
    body = {"error": {"code": "invalid_request", "message": "the prompt 'three words' is too short"}}
    ask = FORMS[form][1]
    with pytest.raises(Exception) as expected:
        ask(client((status, body), observed=False).interactions)
    with pytest.raises(type(expected.value)) as got:
        ask(client((status, body)).interactions)
    assert str(got.value) == str(expected.value)
    assert [entry["event"] for entry in recorded.entries] == ["llm.call.attempted", "llm.call.failed"]
    assert recorded.last["status"] == status
    assert "three words" not in json.dumps(recorded.entries)


def test_an_error_inside_a_stream_is_the_outcome(recorded) -> None:
    events = [*EVENTS[:4], {"event_type": "error", "error": {"code": "internal", "message": "three words broke"}}]
    list(client((200, events)).interactions.create(**ASKED, stream=True, automatic_continuation=False))
    assert [entry["event"] for entry in recorded.entries] == ["llm.call.attempted", "llm.call.failed"]
    assert "three words" not in json.dumps(recorded.entries)


def test_a_stream_that_is_left_is_cancelled(recorded) -> None:
    events = client((200, EVENTS)).interactions.create(**ASKED, stream=True)
    next(iter(events))
    events.close()
    assert (recorded.last["event"], recorded.last["error_type"]) == ("llm.call.failed", "cancelled")


def test_what_asks_no_model_and_who_is_not_observed_write_nothing(recorded) -> None:
    from google import genai

    seen = client((200, WHOLE))
    seen.interactions.get("v1_a")
    seen.interactions.cancel("v1_a")
    client((200, WHOLE), observed=False).interactions.create(**ASKED)
    assert recorded.entries == []
    assert isinstance(genai.Client.interactions, property)


def test_decisions_are_calls_too(recorded) -> None:
    seen = client((200, {"answers": {}, "usage": USAGE}))
    questions = {"short": {"type": "noul", "instructions": "Is it short?"}}
    seen.decisions.create(model="models/gemini-3-flash-preview", input="three words", questions=questions)
    assert recorded.entries[0]["model"] == "gemini-3-flash-preview"
    assert (recorded.last["operation"], recorded.last["input_tokens"]) == ("other", 120)
    assert "three words" not in json.dumps(recorded.entries)
