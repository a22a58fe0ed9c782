"""Runs of agents: nested by id, with what their model calls add up to."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from typing import Any

import pytest

from demo.stand_ins.llm import Behaviour
from vigil_telemetry import bind
from vigil_telemetry.instrument.agents import agent_run
from vigil_telemetry.instrument.llm import LlmCall, fallbacks, instrument_llm
from vigil_telemetry.instrument.outbound import operation


def by_event(recorded) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for entry in recorded.entries:
        found.setdefault(entry["event"], []).append(entry)
    return found


def test_a_run_with_its_model_calls_and_tools(recorded, llm) -> None:
    import anthropic

    llm.provider.behaviour = Behaviour(tool="search", arguments='{"query": "jane"}')
    with (
        anthropic.Anthropic(base_url=llm.url, api_key="x") as client,
        bind(correlation_id="c0ffee00c0ffee00"),
        agent_run("support") as run,
    ):
        instrument_llm(client)
        run.step()
        reply = client.messages.create(model="claude-sonnet-5", max_tokens=9, messages=[])
        with run.tool(reply.content[0].name, call_id=reply.content[0].id) as tool:
            tool.answered(size=1200)
        llm.provider.behaviour = Behaviour()
        run.step()
        client.messages.create(model="claude-sonnet-5", max_tokens=9, messages=[])
    found = by_event(recorded)
    (done,) = found["agent.run.completed"]
    # twice 100 fresh at 2, 20 cached at 0.2, 30 written at 10 dollars for a million
    assert (done["outcome"], done["steps"], done["tool_calls"], done["total_tokens"], done["cost"]) == (
        "answered",
        2,
        1,
        300,
        0.001008,
    )
    (answered,) = found["agent.tool.completed"]
    assert (answered["tool"], answered["call_id"], answered["result_size"]) == ("search", reply.content[0].id, 1200)
    assert {(entry["agent_run_id"], entry["correlation_id"]) for entry in recorded.entries} == {
        (run.run_id, "c0ffee00c0ffee00")
    }
    assert "jane" not in b"".join(recorded.raw).decode()


def test_each_line_of_a_run_names_the_function_that_made_the_call(recorded) -> None:
    with agent_run("support") as run, run.tool("search"), LlmCall("cohere", "command"):
        pass
    assert {entry["function"] for entry in recorded.entries} == {
        f"{__name__}.test_each_line_of_a_run_names_the_function_that_made_the_call"
    }
    assert len(recorded.entries) == 6


def test_an_agent_inside_another_ones_tool_is_nested(recorded) -> None:
    with agent_run("planner") as outer:
        with outer.tool("delegate") as tool, agent_run("worker") as inner, LlmCall("cohere", "command") as call:
            call.usage(10, 5)
        with LlmCall("cohere", "command") as call:
            call.usage(1, 1)
    found = by_event(recorded)
    started = found["agent.run.started"][1]
    assert (started["agent_run_id"], started["parent_run"], started["parent_call"]) == (
        inner.run_id,
        outer.run_id,
        tool.call_id,
    )
    first, second = found["llm.call.completed"]
    assert (first["agent_run_id"], second["agent_run_id"]) == (inner.run_id, outer.run_id)
    assert first["logging.googleapis.com/labels"] == {"tool_call_id": tool.call_id}
    assert [(done["agent"], done["total_tokens"]) for done in found["agent.run.completed"]] == [
        ("worker", 15),
        ("planner", 17),
    ]


def test_a_tool_that_fails_and_a_run_that_fails(recorded) -> None:
    def work() -> None:
        with agent_run("support") as run:
            run.step()
            with pytest.raises(ValueError, match="no answer"), run.tool("search", attempt=2):
                raise ValueError("no answer for jane@example.com")
            raise KeyError("lost")

    with pytest.raises(KeyError):
        work()
    found = by_event(recorded)
    (tool,), (failed,) = found["agent.tool.failed"], found["agent.run.failed"]
    assert (tool["severity"], tool["error_type"], tool["error"]) == ("WARNING", "ValueError", "no answer for [email]")
    assert (failed["severity"], failed["error_type"], failed["steps"]) == ("ERROR", "KeyError", 1)
    assert failed["stack_trace"].startswith("Traceback")
    assert "agent.run.completed" not in found


def test_how_a_run_ends(recorded) -> None:
    async def cancelled() -> None:
        async with agent_run("support"):
            await asyncio.sleep(60)

    async def main() -> None:
        async with agent_run("support") as run:
            run.end("step_limit")
        task = asyncio.create_task(cancelled())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    ends = [(done["outcome"], done["severity"]) for done in by_event(recorded)["agent.run.completed"]]
    assert ends == [("step_limit", "WARNING"), ("cancelled", "NOTICE")]


class Stopped(BaseException):
    """What ends a task of another library than asyncio."""


@pytest.mark.parametrize(
    ("error", "noted", "ended"),
    [
        (None, None, "answered"),
        (GeneratorExit(), None, "cancelled"),
        (GeneratorExit(), "refused", "refused"),
        (Stopped(), None, "cancelled"),
        (SystemExit(1), None, "cancelled"),
        (BaseExceptionGroup("tasks", [asyncio.CancelledError(), GeneratorExit()]), None, "cancelled"),
        (BaseExceptionGroup("tasks", [asyncio.CancelledError(), ValueError()]), None, "failed"),
        (ExceptionGroup("tasks", [ValueError()]), "refused", "failed"),
    ],
)
def test_a_run_ends_as_its_block_does(recorded, error: BaseException | None, noted: Any, ended: str) -> None:
    with contextlib.suppress(BaseException), agent_run("support") as run:
        if noted is not None:
            run.end(noted)
        if error is not None:
            raise error
    assert recorded.last.get("outcome", recorded.last["event"].rpartition(".")[2]) == ended


def test_a_generator_that_is_closed_in_another_context_ends_its_run_and_raises_nothing(recorded) -> None:
    """As an async generator is that its reader leaves early: the event loop closes it elsewhere."""

    def answers():
        with operation("GET /a"), fallbacks(), agent_run("support"):
            yield 1
            yield 2

    left = answers()
    assert contextvars.copy_context().run(next, left) == 1
    left.close()
    assert [line["event"] for line in recorded.entries] == ["agent.run.started", "agent.run.completed"]
