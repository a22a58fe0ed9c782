"""A story waits for events with deadlines, and reports what it saw when one passes."""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from rich.console import Console

from demo.stand_ins.local_run.system import API_LOG, LocalSystem
from demo.stand_ins.stories import first_light
from demo.stand_ins.stories.stage import Stage
from demo.stand_ins.traffic import Traffic
from vigil_cli.console import Progress
from vigil_cli.errors import FAILED, CommandError, MissedDeadlineError, ProcessEndedError
from vigil_cli.local.emulator import Emulator

START = datetime(2026, 1, 1, tzinfo=UTC)
ANSWERS: dict[str, Any] = {
    "/vigil/v1/clock": {"now": (START + timedelta(minutes=10)).isoformat(), "speed": 6000},
    "/vigil/v1/stats": {"entries": 12, "points": 3, "incidents": 1, "deliveries": 1},
    "/vigil/v1/incidents": [
        {
            "name": "projects/p/alerts/1",
            "policy": "projects/p/alertPolicies/1",
            "policyName": "error ratio",
            "condition": "c",
            "state": "CLOSED",
            "openTime": START.isoformat(),
            "closeTime": START.isoformat(),
            "labels": {},
            "value": 0.02,
            "threshold": 0.05,
        }
    ],
    "/vigil/v1/deliveries": [
        {
            "incident": "projects/p/alerts/1",
            "event": "open",
            "channel": "c",
            "attempts": 3,
            "status": "refused",
            "time": START.isoformat(),
        }
    ],
    "/v2/projects/vigil-local/metrics": {"metrics": [{"name": "http.request.failed"}]},
    "/v3/projects/vigil-local/timeSeries": {
        "timeSeries": [
            {
                "metric": {
                    "type": "logging.googleapis.com/user/http.request.failed",
                    "labels": {"status_class": "5xx"},
                },
                "points": [
                    {"interval": {"endTime": "2026-01-01T00:09:00Z"}, "value": {"int64Value": "7"}},
                    {"interval": {"endTime": "2026-01-01T00:08:00Z"}, "value": {"int64Value": "1"}},
                ],
            }
        ]
    },
}


def staged(scene: Callable[[Stage], Awaitable[None]], *, check: Callable[[], None] = lambda: None) -> str:
    """Play a scene on a stage whose emulator gives the answers above; returns the progress as printed."""
    printed = io.StringIO()

    async def run() -> None:
        emulator = Emulator("http://emulator")
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json=ANSWERS[request.url.path]))
        emulator._http = httpx.AsyncClient(base_url="http://emulator", transport=transport)
        system = SimpleNamespace(
            check=check,
            cloud_start=START,
            crew=SimpleNamespace(logs=Path("/state/logs")),
            emulator=emulator,
            pump=SimpleNamespace(read=20, delivered=12),
            receiver=SimpleNamespace(notifications=[], refused=2),
            mailbox=SimpleNamespace(mails=[]),
            source=API_LOG,
        )
        async with emulator, Traffic("http://api") as traffic:
            stage = Stage(
                system=cast("LocalSystem", system),
                traffic=traffic,
                progress=Progress(Console(file=printed, width=80)),
                started=time.monotonic(),
            )
            await scene(stage)

    asyncio.run(run())
    return printed.getvalue()


def test_what_is_found_is_given_at_once() -> None:
    looks = iter([None, None, "found"])

    async def look() -> str | None:
        return next(looks)

    async def scene(stage: Stage) -> None:
        assert await stage.until("something", look, cloud_seconds=60) == "found"

    staged(scene)


def test_a_missed_deadline_reports_what_was_awaited_and_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.stand_ins.stories.stage.ALLOWANCE", 0.0)

    async def look() -> None:
        return None

    async def scene(stage: Stage) -> None:
        await stage.until("an incident to open", look, cloud_seconds=60)

    with pytest.raises(MissedDeadlineError) as raised:
        staged(scene)
    error = raised.value
    assert error.exit_code == FAILED
    assert error.within == pytest.approx(60 / 6000)
    assert "an incident to open" in error.message
    assert "/state/logs" in error.remedy
    assert {sighting.subject: sighting.value for sighting in error.seen} == {
        "requests answered": "0 answers",
        "log lines": "20 written, 12 delivered",
        "entries": "12",
        "metric points": "3",
        "series http.request.failed {status_class=5xx}": "7 at 2026-01-01T00:09:00Z",
        "incidents": "error ratio CLOSED at value 0.02",
        "deliveries": "open refused after 3 attempts",
        "notifications received": "0 by webhook, refused 2; 0 by e-mail",
    }
    assert error.describe()["seen.entries"] == "12"


def test_a_part_of_the_system_that_ends_is_reported_instead_of_waiting() -> None:
    def check() -> None:
        raise ProcessEndedError("emulator ended by itself", remedy="see the log")

    async def look() -> None:
        pytest.fail("there was nothing more to look for")

    async def scene(stage: Stage) -> None:
        await stage.until("an incident to open", look, cloud_seconds=60)

    with pytest.raises(ProcessEndedError):
        staged(scene, check=check)


def test_a_milestone_has_both_clocks() -> None:
    async def scene(stage: Stage) -> None:
        known = stage.started + 1.5
        stage.mark("opened", "Incident opened", at=START + timedelta(minutes=7), details="0.3 against 0.05", wall=known)
        (milestone,) = stage.milestones
        assert (milestone.cloud_seconds, milestone.wall_seconds) == pytest.approx((420.0, 1.5))

    printed = staged(scene)
    assert printed.endswith("Incident opened (0.3 against 0.05)\n")
    assert "\x1b" not in printed


@pytest.mark.parametrize("kind", ["refused", "never"])
def test_last_lines_that_do_not_arrive_are_reported_as_the_error_that_they_are(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demo.stand_ins.stories.stage.ALLOWANCE", 0.0)

    async def stop_api() -> None:
        if kind == "refused":
            raise CommandError("the lines were refused", remedy="see the log")
        await asyncio.Event().wait()

    async def scene(stage: Stage) -> None:
        stage.system.stop_api = stop_api
        await first_light.quiet(stage)

    with pytest.raises(CommandError, match="the lines were refused" if kind == "refused" else "last log line"):
        staged(scene)


def test_a_moment_on_the_wall_has_its_time_in_the_cloud() -> None:
    async def scene(stage: Stage) -> None:
        now = START + timedelta(minutes=10)
        assert await stage.at(time.monotonic() - 1) <= now - timedelta(seconds=6000)
        assert await stage.at(time.monotonic() + 1000) > now

    staged(scene)
