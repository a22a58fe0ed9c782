"""What the calls of models are made of: prices, kinds of errors, captured content."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigil_telemetry.instrument.llm import (
    Price,
    Rates,
    Usage,
    add_prices,
    capture_content,
    classify,
    cost_of,
    instrument_llm,
)
from vigil_telemetry.instrument.llm import prices as table
from vigil_telemetry.instrument.llm.content import ContentRefusedError, characters

TODAY = date(2026, 11, 24)


def test_the_cost_counts_each_kind_of_token_at_its_rate() -> None:
    usage = Usage(input=1_000_000, output=100_000, cached=400_000, cache_write=200_000)
    # 0.4 M fresh at 2, 0.4 M cached at 0.2, 0.2 M put in at 2.5, 0.1 M written at 10
    assert cost_of("claude-sonnet-5", usage, on=TODAY) == (0.8 + 0.08 + 0.5 + 1.0, TODAY)


@pytest.mark.parametrize(("tokens", "dollars"), [(272_000, 0.68 + 0.015), (272_001, 1.360005 + 0.0225)])
def test_a_long_prompt_costs_more_from_its_limit_on(tokens: int, dollars: float) -> None:
    cost = cost_of("gpt-5.4", Usage(tokens, 1000), on=TODAY)
    assert cost is not None
    assert cost[0] == pytest.approx(dollars)


@pytest.mark.parametrize(
    ("model", "known"),
    [
        ("gpt-5.4", 2.5), ("gpt-5.4-2026-03-05", 2.5), ("gpt-5.4-mini", 0.75), ("gpt-5.4-mini-2026-03-05", 0.75), ("gpt-5.4-pro", None),
        ("claude-sonnet-4-5-20250929", 3.0), ("claude-opus-5@20260724", 5.0), ("claude-opus-5-5", None), ("gemini-3.5-flash-001", 1.5), ("", None),
    ],
)  # fmt: skip
def test_a_model_is_known_by_its_name_without_the_version(model: str, known: float | None) -> None:
    cost = cost_of(model, Usage(100_000, 0), on=TODAY)
    assert (cost[0] if cost else None) == (pytest.approx(known / 10) if known else None)


def test_of_two_prices_the_one_in_force_holds(monkeypatch) -> None:
    monkeypatch.setattr(table, "_table", [])
    add_prices(
        [
            Price("m", Rates(1, 1), date(2026, 1, 1)),
            Price("m", Rates(2, 2), date(2026, 6, 1)),
            Price("m", Rates(9, 9), date(2030, 1, 1)),
        ]
    )
    usage = Usage(1_000_000, 0)
    assert cost_of("m", usage, on=date(2026, 5, 31)) == (1.0, date(2026, 1, 1))
    assert cost_of("m", usage, on=date(2026, 6, 1)) == (2.0, date(2026, 6, 1))
    assert cost_of("m", usage, on=date(2025, 12, 31)) is None


@settings(max_examples=30)
@given(st.integers(0, 10**7), st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_tokens_never_cost_less(base: int, more_in: int, more_out: int) -> None:
    for price in table._table:
        less = cost_of(price.model, Usage(base, base), on=TODAY)
        more = cost_of(price.model, Usage(base + more_in, base + more_out), on=TODAY)
        assert less is not None
        assert more is not None
        assert less[0] <= more[0]


class CodedError(Exception):
    def __init__(self, **members: object) -> None:
        super().__init__("failed")
        self.__dict__.update(members)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CodedError(status_code=429), "rate_limit"), (CodedError(code=429), "rate_limit"), (CodedError(status_code=529), "server"), (CodedError(status_code=403), "auth"),
        (CodedError(status_code=404), "invalid_request"), (CodedError(status_code=400, code="content_filter"), "content_filter"),
        (CodedError(status_code=400, body={"error": {"code": "content_policy_violation"}}), "content_filter"),
        (CodedError(body={"error": {"type": "overloaded_error"}}), "server"), (CodedError(code="insufficient_quota"), "unknown"),
        (TimeoutError(), "timeout"), (ConnectionResetError(), "connection"), (ValueError(), "unknown"), (KeyboardInterrupt(), "cancelled"),
    ],
)  # fmt: skip
def test_an_error_is_of_one_kind(error: BaseException, kind: str) -> None:
    assert classify(error) == kind


@pytest.fixture
def capturing(reconfigured):
    recorded = reconfigured(environment="dev")
    capture_content()
    yield recorded
    capture_content(on=False)


def ask(url: str) -> str:
    import openai

    with openai.OpenAI(base_url=f"{url}/v1", api_key="x") as client:
        reply = instrument_llm(client).chat.completions.create(
            model="gpt-5.4", messages=[{"role": "user", "content": "write to jane@example.com"}]
        )
        return reply.choices[0].message.content


def test_content_is_captured_where_that_is_switched_on_and_scanned(capturing, llm) -> None:
    ask(llm.url)
    (captured,) = [entry for entry in capturing.entries if entry["event"] == "llm.content.captured"]
    assert (captured["severity"], captured["answer"]) == ("DEBUG", "All is well.")
    assert "write to [email]" in captured["prompt"]


@pytest.mark.parametrize("environment", ["prod", "production", "PROD", None])
def test_capturing_is_refused_in_production_and_where_the_environment_has_no_name(
    reconfigured, monkeypatch, environment
) -> None:
    monkeypatch.delenv("VIGIL_ENVIRONMENT", raising=False)
    reconfigured(environment=environment)
    with pytest.raises(ContentRefusedError, match="hold personal data"):
        capture_content()


def test_capturing_ends_when_the_process_turns_out_to_be_in_production(capturing, reconfigured, llm) -> None:
    recorded = reconfigured(environment="prod")
    ask(llm.url)
    assert "All is well" not in b"".join(recorded.raw).decode()
    assert [entry["event"] for entry in recorded.entries][-1] == "llm.call.completed"


def test_the_length_of_what_is_sent_is_that_of_its_texts() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "four"}, {"type": "text", "text": "and 3"}]}]
    assert characters({"messages": messages, "system": "be brief", "n": 5}) == len("four") + len("and 3") + len(
        "be brief"
    )
