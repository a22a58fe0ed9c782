"""The demo's API and workers on a real Temporal server: the lines of each outcome of a workflow."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.stand_ins.switches import Switches
from demo.stand_ins.temporal import TemporalServer, free_port
from tests import temporal

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 100.0
"""Wall seconds to wait for something on a busy machine."""
JANE = {"authorization": "Bearer jane"}

pytestmark = [pytest.mark.timeout(600)]


@dataclass
class Lines:
    """What the processes write, as it comes."""

    all: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def of(self, **wanted: object) -> list[dict[str, Any]]:
        return [line for line in list(self.all) if wanted.items() <= line.items()]

    def until(self, found: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
        """Return what is found, once it is not empty."""
        deadline = time.monotonic() + PATIENCE
        while not (seen := found()) and time.monotonic() < deadline:
            time.sleep(0.05)
        return seen


@dataclass
class Shop:
    """The API, its workers, and the lines of all of them."""

    api: str
    outside: str
    lines: Lines

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, f"{self.api}{path}", trust_env=False, timeout=PATIENCE, **more)

    def ordered(self, correlation: str, **wanted: Any) -> int:
        """The number of a new order of jane's."""
        order = {"item": "compass", "quantity": 2, **wanted}
        answer = self.ask("POST", "/orders", json=order, headers={**JANE, "x-correlation-id": correlation})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])


@contextlib.contextmanager
def process(lines: Lines, *command: str, **variables: str) -> Generator[None]:
    running = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    output = running.stdout

    def read() -> None:
        for line in output:
            lines.all.append(json.loads(line))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield
    finally:
        running.terminate()
        try:
            running.wait(PATIENCE)
        finally:
            running.kill()
            reader.join()
            output.close()


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    binary = temporal.binary()
    lines = Lines()
    ports = [free_port() for _ in range(2)]
    shop = Shop(*(f"http://127.0.0.1:{port}" for port in ports), lines)
    with TemporalServer(binary) as server:
        variables = {
            "TEMPORAL_ADDRESS": server.address,
            "OUTSIDE_URL": shop.outside,
            "GOOGLE_CLOUD_PROJECT": "vigil-local",
            "VIGIL_PSEUDONYM_KEY": "a-key-of-pseudonyms-for-a-test",
        }
        with (
            process(lines, "demo.stand_ins.dependencies", "--port", str(ports[1])),
            process(lines, "demo.shop.worker", **variables),
            process(lines, "demo.shop.api", "--port", str(ports[0]), **variables),
        ):
            assert lines.until(lambda: lines.of(event="temporal.worker.started"))
            assert lines.until(lambda: lines.of(event="service.started", service="api"))
            yield shop


def test_an_order_is_charged_packed_and_shipped_by_a_child(shop: Shop) -> None:
    number = shop.ordered("order-that-goes-well")
    done = shop.lines.until(
        lambda: shop.lines.of(
            event="temporal.workflow.completed", workflow_type="FulfilOrder", correlation_id="order-that-goes-well"
        )
    )
    assert len(done) == 1
    of_it = shop.lines.of(correlation_id="order-that-goes-well")
    assert {line["user"] for line in of_it if "user" in line} == {done[0]["user"]}
    activities = [line["activity_type"] for line in of_it if line["event"] == "temporal.activity.completed"]
    assert activities == ["charge", "pack", "book"]
    (child,) = [line for line in of_it if line["event"] == "temporal.child.ended"]
    assert (child["workflow_type"], child["outcome"]) == ("ShipOrder", "completed")
    assert shop.ask("DELETE", f"/orders/{number}", headers=JANE).status_code == 409, "it is on its way"


def test_an_order_that_is_cancelled_in_time_is_reported_and_its_pieces_come_back(shop: Shop) -> None:
    number = shop.ordered("order-that-is-cancelled", cooling_off=60)
    assert shop.lines.until(
        lambda: shop.lines.of(
            event="temporal.activity.completed", activity_type="pack", correlation_id="order-that-is-cancelled"
        )
    )
    assert shop.ask("DELETE", f"/orders/{number}").status_code == 401
    assert shop.ask("DELETE", f"/orders/{number}", headers=JANE).status_code == 202
    (cancelled,) = shop.lines.until(
        lambda: shop.lines.of(event="temporal.workflow.cancelled", correlation_id="order-that-is-cancelled")
    )
    assert (cancelled["severity"], cancelled["workflow_type"]) == ("NOTICE", "FulfilOrder")
    (released,) = shop.lines.of(event="order.released", correlation_id="order-that-is-cancelled")
    assert (released["severity"], released["order"], released["pieces"]) == ("INFO", number, 2)
    assert not shop.lines.of(event="temporal.child.ended", correlation_id="order-that-is-cancelled")
    assert shop.ask("DELETE", f"/orders/{number}", headers=JANE).status_code == 409, "it is over"


def test_a_declined_card_fails_the_order_at_once_and_a_provider_that_is_away_is_tried_again(shop: Shop) -> None:
    async def payments(state: str) -> None:
        async with Switches(api=shop.api, outside=shop.outside) as switches:
            await switches.around(payments=state)

    asyncio.run(payments("declining"))
    shop.ordered("order-that-is-declined")
    (failed,) = shop.lines.until(
        lambda: shop.lines.of(event="temporal.workflow.failed", correlation_id="order-that-is-declined")
    )
    assert (failed["severity"], failed["error_type"]) == ("ERROR", "CardDeclined")
    (attempt,) = shop.lines.of(event="temporal.activity.failed", correlation_id="order-that-is-declined")
    assert attempt["consequence"] == "final"

    asyncio.run(payments("unavailable"))
    shop.ordered("order-that-waits")
    tried = shop.lines.until(
        lambda: shop.lines.of(
            event="temporal.activity.failed", correlation_id="order-that-waits", consequence="retried"
        )
    )
    asyncio.run(payments("well"))
    assert tried
    assert shop.lines.until(
        lambda: shop.lines.of(
            event="temporal.workflow.completed", workflow_type="FulfilOrder", correlation_id="order-that-waits"
        )
    )


def test_the_schedule_counts_the_stock_and_a_long_count_continues_as_new(shop: Shop) -> None:
    counted = shop.lines.until(lambda: shop.lines.of(event="temporal.workflow.completed", workflow_type="CountStock"))
    assert counted
    started = shop.lines.of(event="temporal.workflow.started", workflow_type="CountStock")
    assert {line["cause"] for line in started} == {"schedule", "continued"}
    assert {line.get("schedule") for line in started if line["cause"] == "schedule"} == {"count-stock"}
    assert shop.lines.of(event="temporal.workflow.continued", workflow_type="CountStock")
