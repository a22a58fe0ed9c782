"""Ids stand on every line below the place where they are bound, and on no other."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Iterator

from vigil_telemetry import Event, Identifier, TraceContext, add_ids, bind, current_ids, current_trace, emit

TRACE = TraceContext("a" * 32, "b" * 16)


class Noted(Event, tag="context.noted"):
    name: Identifier[str]


def _by_name(recorded) -> dict[str, dict[str, object]]:
    return {entry["name"]: entry for entry in recorded.entries}


def test_inner_ids_win_and_end_with_their_block(recorded) -> None:
    with bind(request_id="outer", tenant="one"):
        with bind(request_id="inner", tenant="two", workflow_id="w"):
            emit(Noted(name="inside"))
        emit(Noted(name="after"))
    emit(Noted(name="outside"))
    lines = _by_name(recorded)
    assert (lines["inside"]["request_id"], lines["inside"]["workflow_id"]) == ("inner", "w")
    assert lines["inside"]["logging.googleapis.com/labels"] == {"tenant": "two"}
    assert lines["after"]["request_id"] == "outer"
    assert "workflow_id" not in lines["after"]
    assert "request_id" not in lines["outside"]


def test_tasks_see_what_was_bound_when_they_were_made_and_keep_to_themselves(recorded) -> None:
    async def work(name: str, gate: asyncio.Event) -> None:
        with bind(activity_id=name):
            await gate.wait()
            emit(Noted(name=name))

    async def main() -> None:
        gate = asyncio.Event()
        with bind(request_id="r"):
            tasks = [asyncio.create_task(work(name, gate)) for name in ("a", "b")]
            await asyncio.sleep(0)
            gate.set()
            await asyncio.gather(*tasks)
            emit(Noted(name="after"))

    asyncio.run(main())
    lines = _by_name(recorded)
    assert {name: (line["request_id"], line.get("activity_id")) for name, line in lines.items()} == {
        "a": ("r", "a"), "b": ("r", "b"), "after": ("r", None),
    }  # fmt: skip


def test_ids_added_in_a_thread_stand_on_lines_written_further_up(recorded) -> None:
    """As a sync endpoint does, which runs in a thread of the pool under a copy of the request's context."""
    with bind(holder=True, request_id="r"), bind(workflow_id="w"):
        context = contextvars.copy_context()
        thread = threading.Thread(target=lambda: context.run(add_ids, user="jane", order="o-1"))
        thread.start()
        thread.join()
        emit(Noted(name="up"))
    line = recorded.last
    assert line["user"].startswith("hmac:")
    assert (line["request_id"], line["workflow_id"], line["logging.googleapis.com/labels"]) == (
        "r",
        "w",
        {"order": "o-1"},
    )


def test_a_thread_started_without_the_context_has_none_of_it(recorded) -> None:
    with bind(request_id="r"):
        thread = threading.Thread(target=emit, args=[Noted(name="bare")])
        thread.start()
        thread.join()
    assert "request_id" not in recorded.last


def test_two_requests_at_once_do_not_mix(recorded) -> None:
    async def request(number: int) -> None:
        with bind(holder=True, request_id=f"r{number}"):
            await asyncio.to_thread(add_ids, user=f"user-{number}")
            await asyncio.sleep(0)
            emit(Noted(name=f"{number}"))

    async def main() -> None:
        await asyncio.gather(*(request(number) for number in range(8)))

    asyncio.run(main())
    lines = _by_name(recorded)
    assert {name: line["request_id"] for name, line in lines.items()} == {f"{n}": f"r{n}" for n in range(8)}
    assert len({line["user"] for line in lines.values()}) == 8


def test_ids_are_carried_to_another_process_with_the_user_as_pseudonym(recorded) -> None:
    with bind(request_id="r", user="jane", trace=TRACE, tenant="t"):
        carried, trace = current_ids(), current_trace()
    assert "jane" not in carried.values()
    with bind(trace=trace, **carried):
        emit(Noted(name="there"))
    line = recorded.last
    assert (line["user"], line["request_id"]) == (carried["user"], "r")
    assert line["logging.googleapis.com/trace"] == f"projects/shop/traces/{'a' * 32}"


def test_a_generator_closed_in_another_context_ends_without_error(recorded) -> None:
    def steps() -> Iterator[None]:
        with bind(request_id="r"):
            yield

    generator = steps()
    contextvars.copy_context().run(next, generator)
    generator.close()
    emit(Noted(name="after"))
    assert "request_id" not in recorded.last


def test_none_is_left_out_and_hostile_names_and_values_stay_inside_their_label(recorded) -> None:
    with bind(
        request_id=None,
        **{
            "severity": "EMERGENCY",
            "logging.googleapis.com/trace": "x",
            'a"\n,"b': "v",
            "api_key": "s3cr3t",
            "mail_of": "a@b.co",
        },
    ):
        emit(Noted(name="hostile"))
    line = recorded.last
    assert line["severity"] == "INFO"
    assert "request_id" not in line
    assert "logging.googleapis.com/trace" not in line
    assert line["logging.googleapis.com/labels"] == {
        "severity": "EMERGENCY", "logging.googleapis.com/trace": "x", 'a"\n,"b': "v", "api_key": "[redacted]", "mail_of": "[redacted]",
    }  # fmt: skip


def test_an_email_inside_an_id_is_taken_out(recorded) -> None:
    with bind(workflow_id="signup-jane@example.com-1"):
        emit(Noted(name="x"))
    assert recorded.last["workflow_id"] == "[email]-1"
