"""Checks are probed on the emulator's clock, as they come, change and go."""

import asyncio
import json
import threading
import urllib.request
from datetime import UTC, datetime

import pytest

from tests.emulator.control.test_process import ask, emulator
from tests.emulator.probing.servers import answer, serving
from tests.emulator.probing.test_probes import check, required
from vigil_emulator import data_methods
from vigil_emulator.calls import Call
from vigil_emulator.clock import VirtualClock
from vigil_emulator.metrics.descriptors import Descriptors
from vigil_emulator.rest.request import Request
from vigil_emulator.server import Emulator

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHECKS = "/v3/projects/p/uptimeCheckConfigs"


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the code under test notifies nobody
            await asyncio.sleep(0.01)


class Running:
    """An emulator on a clock that stands still, and requests to its API."""

    def __init__(self, **options):
        self.clock = VirtualClock(START)
        self.emulator = Emulator(clock=self.clock, **options)
        self.probing = self.emulator.data.probing

    def create(self, body):
        return self.emulator.store.put("monitoring.uptimeCheckConfigs", body["name"], body)

    def statuses(self):
        return {one["displayName"]: one for one in self.probing.status()["checks"]}

    def points(self, metric="check_passed", location="usa-iowa"):
        """Seconds from the start and value of each point."""
        found = []
        for one in self.emulator.data.series.of_metric("p", f"monitoring.googleapis.com/uptime_check/{metric}"):
            if dict(one.key.metric_labels)["checker_location"] == location:
                start = int(START.timestamp())
                found += [(end // 10**9 - start, value) for end, value in zip(one.ends, one.values, strict=True)]
        return sorted(found)


def named(server, name, **more):
    return {"name": f"projects/p/uptimeCheckConfigs/{name}"} | check(server, **more) | {"displayName": name}


async def test_a_check_is_probed_at_once_and_on_its_period():
    with serving() as server:
        running = Running()
        async with running.emulator.running():
            running.create(named(server, "often"))
            running.create(named(server, "seldom", period="300s"))
            await until(lambda: running.probing.status()["probes"] == 2)
            for minute in range(1, 11):
                running.clock.advance(60)
                expected = 2 + minute + minute // 5
                await until(lambda expected=expected: running.probing.status()["probes"] == expected)
            status = running.statuses()
    assert (status["often"]["probes"], status["seldom"]["probes"]) == (11, 3)
    assert (status["often"]["last"], status["often"]["next"]) == ("2026-03-01T12:10:00Z", "2026-03-01T12:11:00Z")
    assert status["seldom"]["next"] == "2026-03-01T12:15:00Z"
    assert status["seldom"]["points"] == 3 * 3 * 6
    assert len(running.points()) == 11 + 3


async def test_a_check_that_is_changed_switched_off_or_deleted_is_followed():
    with serving() as one, serving() as other:
        running = Running()
        async with running.emulator.running():
            running.create(named(one, "a"))
            await until(lambda: len(one.requests) == 1)
            running.clock.advance(20)
            running.create(named(other, "a"))
            await until(lambda: len(other.requests) == 1)
            running.create(named(other, "a", disabled=True))
            await until(lambda: running.statuses()["a"]["state"] == "disabled")
            running.clock.advance(300)
            running.create(named(one, "b"))  # probed at once, as the other would be by now if it were on
            await until(lambda: len(one.requests) == 2)
            running.emulator.store.delete("monitoring.uptimeCheckConfigs", "projects/p/uptimeCheckConfigs/a")
            await until(lambda: "a" not in running.statuses())
            running.create(named(other, "a"))
            await until(lambda: len(other.requests) == 2)
    assert (len(one.requests), len(other.requests)) == (2, 2)


async def test_one_check_that_hangs_holds_up_neither_the_others_nor_the_emulators_end():
    released = threading.Event()
    with serving(lambda *_: released.wait(60)) as hung, serving() as server:
        running = Running()
        async with asyncio.timeout(50):  # less than the probes of the other may take
            async with running.emulator.running():
                running.create(named(hung, "hung", timeout="60s"))
                running.create(named(server, "fine"))
                await until(lambda: running.probing.status()["probes"] == 1)
                assert set(running.statuses()) == {"hung", "fine"}
                for minute in range(1, 21):
                    running.clock.advance(60)
                    await until(lambda minute=minute: running.statuses()["fine"]["probes"] == minute + 1)
                    await until(lambda: running.statuses()["hung"]["next"] == running.statuses()["fine"]["next"])
                status = running.statuses()["hung"]
        assert (status["probes"], status["leftOut"]) == (0, 5)  # 16 of 21 are under way
        released.set()


async def test_a_secret_that_is_shown_as_stars_is_sent_whole():
    http = {"headers": {"X-Key": "whole"}, "maskHeaders": True, "authInfo": {"username": "u", "password": "p"}}
    with serving() as server:
        running = Running()
        async with running.emulator.running():
            request = json.dumps(check(server, http=http)).encode()
            made = await running.emulator.api.answer(
                Request(http="POST", path=CHECKS, query="", headers={}, body=request)
            )
            assert json.loads(made.body)["httpCheck"]["headers"] == {"X-Key": "******"}
            await until(running.points)
    ((_, headers),) = server.heads
    assert (headers["x-key"], headers["authorization"]) == ("whole", "Basic dTpw")


async def test_points_are_what_the_descriptors_say_and_are_read_by_both_apis():
    with serving() as server:
        running = Running()
        async with running.emulator.running():
            running.create(named(server, "a", **required("fine")))
            await until(running.points)
            server.answer = answer(500)
            running.clock.advance(60)
            await until(lambda: len(running.points()) == 2)
        assert running.points() == [(0, True), (60, False)]
        assert running.points("http_status") == [(0, "200"), (60, "500")]
        assert running.points("content_mismatch") == [(0, False), (60, False)]
        handlers = data_methods.handlers(running.emulator.data)
        query = "monitoring.projects.location.prometheus.api.v1.query"
        found = handlers[query](
            Call(
                method=query,
                path={"name": "projects/p"},
                body={"query": 'sum(monitoring_googleapis_com:uptime_check_check_passed{check_id="a"})'},
            )
        )
        assert found["data"]["result"][0]["value"][1] == "0"
        method = "monitoring.projects.timeSeries.list"
        listed = handlers[method](
            Call(
                method=method,
                path={"name": "projects/p"},
                query={
                    "filter": 'metric.type="monitoring.googleapis.com/uptime_check/check_passed"',
                    "interval.startTime": "2026-03-01T11:59:00Z",
                    "interval.endTime": "2026-03-01T12:02:00Z",
                    "aggregation.alignmentPeriod": "60s",
                    "aggregation.perSeriesAligner": "ALIGN_NEXT_OLDER",
                    "aggregation.crossSeriesReducer": "REDUCE_COUNT_FALSE",
                },
            )
        )
        (series,) = listed["timeSeries"]
        assert series["points"][0]["value"] == {"int64Value": "6"}


async def test_the_metrics_are_known_before_there_is_a_point():
    running = Running()
    known = Descriptors(running.emulator.store, running.emulator.data.series)
    described = {
        name: known.get("p", f"monitoring.googleapis.com/uptime_check/{name}", 0)
        for name in ("check_passed", "request_latency", "http_status", "time_until_ssl_cert_expires")
    }
    await running.emulator.stop()
    assert {name: (one["metricKind"], one["valueType"], one.get("unit")) for name, one in described.items()} == {
        "check_passed": ("GAUGE", "BOOL", None),
        "request_latency": ("GAUGE", "DOUBLE", "ms"),
        "http_status": ("GAUGE", "STRING", None),
        "time_until_ssl_cert_expires": ("GAUGE", "DOUBLE", "d"),
    }


def test_the_process_probes_and_reports_it():
    with serving() as server, emulator("--memory", "--speed", "600") as (_, url):
        send(url + CHECKS, check(server))
        send(url + CHECKS, check(server, host="example.com"))
        assert asyncio.run(waited(lambda: ask(url, "/vigil/v1/probing")["probes"] >= 3))
        here, elsewhere = ask(url, "/vigil/v1/probing")["checks"]
        assert (here["state"], here["url"]) == ("passed", f"http://127.0.0.1:{server.port}/")
        assert (elsewhere["state"], elsewhere["probes"]) == ("not probed", 0)
        assert list(ask(url, "/vigil/v1/problems").values()) == [
            "not probed: example.com is not this machine: start the emulator with --allow-external"
        ]


def send(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answered:
        return json.load(answered)


async def waited(condition):
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return True
