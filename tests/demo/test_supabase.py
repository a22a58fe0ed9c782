"""What the demo's Supabase delivers: lines that the drain's receiver reads, as the database is."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.stand_ins.database.invented_figures import State
from demo.stand_ins.dependencies import build
from demo.stand_ins.supabase import Supabase
from vigil_drains import supabase_app
from vigil_drains.secrets import FixedSecret
from vigil_drains.supabase import Lines
from vigil_emulator.http_server import in_thread
from vigil_telemetry import configure
from vigil_telemetry.events.drains import DatabaseLogged

SECRET = "0123456789abcdef"
PATIENCE = 60.0


def read(database: State, *, batches: int = 100) -> Counter[tuple[str, str]]:
    """How often each part and level came out of the receiver's reader."""
    sender, reader = Supabase("", SECRET), Lines()
    events = [
        event
        for _ in range(batches)
        for record in sender.batch(database)
        for event in reader.events(json.dumps(record).encode())
    ]
    return Counter((event.part, event.level) for event in events if isinstance(event, DatabaseLogged))


def test_on_a_normal_day_it_is_a_trickle_of_every_part_and_no_error() -> None:
    found = read(State.WELL)
    assert set(found) == {("postgres", "info"), ("auth", "info"), ("api", "info"), ("api", "warning")}
    assert sum(found.values()) == 100 * 6


@pytest.mark.parametrize(
    ("database", "errors"),
    [
        (State.CROWDED, {("postgres", "fatal"), ("postgres", "error"), ("api", "error")}),
        (State.DOWN, {("postgres", "fatal"), ("api", "error")}),
    ],
)
def test_a_database_in_trouble_says_so(database: State, errors: set[tuple[str, str]]) -> None:
    found = read(database)
    assert {key for key in found if key[1] in ("error", "fatal")} == errors
    assert sum(found[key] for key in errors) > sum(found.values()) / 2


class Kept:
    """An output that keeps what was written."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def write(self, line: bytes) -> None:
        self.lines.append(json.loads(line))

    def flush(self, deadline: float) -> None:
        """Nothing waits."""

    def close(self, deadline: float) -> None:
        """Nothing is open."""

    def levels(self) -> set[str]:
        return {line["level"] for line in self.lines if line["event"] == "database.line.logged"}


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    configure(service="supabase-drain", level="DEBUG", output=kept)
    yield kept
    configure()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_deliveries_are_taken_and_report_the_database_as_it_is_now(kept: Kept) -> None:
    app = supabase_app(secret=FixedSecret(SECRET.encode()))
    with in_thread(app) as receiver, in_thread(build()) as outside:
        sender = Supabase(receiver, SECRET, outside=outside)
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            await sender.deliver(http)
            assert sender.delivered == 6
            assert not kept.levels() & {"error", "fatal"}
            await http.put(f"{outside}/_demo/trouble", json={"database": "down"})
            await sender.deliver(http)
            assert kept.levels() >= {"error", "fatal"}
    assert (sender.delivered, sender.refused) == (24, 0)


@pytest.mark.anyio
async def test_who_does_not_know_the_secret_is_refused(kept: Kept) -> None:
    with in_thread(supabase_app(secret=FixedSecret(SECRET.encode()))) as receiver:
        sender = Supabase(receiver, "another secret, as long")
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http:
            await sender.deliver(http)
    assert (sender.delivered, sender.refused) == (0, 1)
    assert kept.levels() == set()
