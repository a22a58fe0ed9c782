"""A process says that it started, that it is alive, and why it ends."""

import asyncio
import os
import signal

import pytest

from tests.telemetry.conftest import Recorded
from vigil_telemetry import configure
from vigil_telemetry.lifecycle import process_lifecycle, stop_requested


@pytest.fixture
def emitted():
    output = Recorded()
    configure(service="worker", output=output)
    return lambda: output.entries


def events(emitted) -> list[str]:
    return [line["event"] for line in emitted()]


def test_it_starts_beats_and_finishes(emitted):
    async def work() -> None:
        async with process_lifecycle(heartbeat=0.001):
            while "service.heartbeat" not in events(emitted):  # noqa: ASYNC110 - an output wakes nobody
                await asyncio.sleep(0)

    asyncio.run(work())
    lines = emitted()
    assert lines[0]["event"] == "service.started"
    assert lines[1]["event"] == "service.heartbeat"
    assert lines[1]["interval"] == 0.001
    assert (lines[-1]["event"], lines[-1]["reason"]) == ("service.stopping", "finished")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_the_reason(emitted, number):
    async def work() -> None:
        stop = stop_requested()
        async with process_lifecycle(heartbeat=60):
            os.kill(os.getpid(), number)
            await stop.wait()

    asyncio.run(work())
    assert emitted()[-1]["reason"] == "signal"


def test_a_server_s_lifespan_ends_by_a_signal_that_the_server_handles(emitted):
    async def work() -> None:
        async with process_lifecycle(heartbeat=60, reason="signal"):
            pass

    asyncio.run(work())
    assert emitted()[-1]["reason"] == "signal"


def test_an_error_is_the_reason_and_comes_out(emitted):
    async def work() -> None:
        async with process_lifecycle(heartbeat=60):
            raise RuntimeError("boom")

    with pytest.raises(RuntimeError, match="boom"):
        asyncio.run(work())
    assert emitted()[-1]["reason"] == "error"


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
def test_an_interval_that_never_comes_is_refused(wrong):
    with pytest.raises(ValueError, match="heartbeat"):
        process_lifecycle(heartbeat=wrong)
