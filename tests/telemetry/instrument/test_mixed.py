"""API, worker, agent, model and database in separate processes: every line is whole, valid, and knows its cause."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

import tests.telemetry.instrument.shop.events  # noqa: F401 - the shop's own part of the catalog
from demo.stand_ins.llm import Behaviour
from vigil_telemetry.validate import problems

ROOT = Path(__file__).parents[3]
REQUESTS = 12


class Shop:
    """The two processes, and what they write."""

    def __init__(self, temporal: str, llm: str, folder: Path, **more: str) -> None:
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        shop = {"SHOP_TEMPORAL": temporal, "SHOP_LLM": llm, "SHOP_API": self.url, "SHOP_QUEUE": uuid4().hex}
        self._environment = os.environ | shop | {"PYTHONWARNINGS": "ignore"} | more
        self._outputs = [folder / "api.log", folder / "worker.log"]
        fd = self.listener.fileno()
        self._processes = [self._start("api", self._outputs[0], str(fd)), self._start("worker", self._outputs[1])]

    def _start(self, module: str, output: Path, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"tests.telemetry.instrument.shop.{module}", *arguments]
        with output.open("wb") as out:
            return subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=out, pass_fds=[int(a) for a in arguments]
            )

    def stop(self) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait(60)
        self.listener.close()

    def lines(self) -> list[bytes]:
        return [line for output in self._outputs for line in output.read_bytes().splitlines()]


@pytest.fixture
def shop(temporal_address, llm, tmp_path) -> Iterator[Shop]:
    llm.provider.behaviour = Behaviour(per_piece=0.005)
    made = Shop(temporal_address, llm.url, tmp_path)
    yield made
    made.stop()


async def order(url: str) -> dict[str, str]:
    """Send many orders at once, each with its own correlation id; return each id with the user of its order."""
    async with httpx.AsyncClient(base_url=url, timeout=100) as client:

        async def one(number: int) -> tuple[str, str]:
            ids = {"x-correlation-id": uuid4().hex, "x-user": f"user-{number}@example.com"}
            answer = await client.post(f"/orders/{number}", headers=ids)
            assert (answer.status_code, answer.json()) == (200, "All is well.")
            return ids["x-correlation-id"], answer.headers["x-request-id"]

        return dict(await asyncio.gather(*(one(number) for number in range(REQUESTS))))


EXPECTED = Counter({
    "http.request.received": 2, "http.request.completed": 2,  # the order, and the question for the stock
    "temporal.workflow.started": 2, "temporal.workflow.completed": 2, "temporal.workflow.ended": 1, "temporal.child.ended": 1,
    "temporal.activity.started": 3, "temporal.activity.completed": 3,
    "agent.run.started": 1, "agent.run.completed": 1, "agent.tool.attempted": 1, "agent.tool.completed": 1,
    "call.attempted": 1, "call.completed": 1, "llm.call.attempted": 1, "llm.call.completed": 1, "db.query.completed": 1,
    "shop.stepped": 4,
})  # fmt: skip


def test_every_line_of_a_mixed_run_is_valid_and_carries_the_id_of_the_request_that_caused_it(shop) -> None:
    requests = asyncio.run(order(shop.url))
    shop.stop()
    lines = shop.lines()
    assert [(problem, line) for line in lines for problem in problems(line)] == []
    entries: list[dict[str, Any]] = [json.loads(line) for line in lines]
    caused = [entry for entry in entries if entry["event"] not in ("log", "temporal.worker.started")]
    found: dict[str, Counter[str]] = {}
    for entry in caused:
        found.setdefault(entry["correlation_id"], Counter())[entry["event"]] += 1
    assert found == dict.fromkeys(requests, EXPECTED)
    for (
        entry
    ) in caused:  # the id of the request itself comes all the way as well, and so does the pseudonym of the user
        assert entry["request_id"] == requests[entry["correlation_id"]]
    users = {(entry["correlation_id"], entry["user"]) for entry in caused if entry["event"] == "llm.call.completed"}
    assert len({user for _, user in users}) == len(users) == REQUESTS
    assert "@example.com" not in b"".join(lines).decode()
    assert {entry["service"] for entry in caused} == {"api", "worker"}
    traces = {(entry["correlation_id"], entry["logging.googleapis.com/trace"]) for entry in caused}
    assert len(traces) == REQUESTS  # one trace each, in all processes
