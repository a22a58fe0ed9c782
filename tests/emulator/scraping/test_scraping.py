"""Scraping runs on the emulator's clock, whatever the endpoints do."""

import asyncio
import json
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.emulator.control.test_process import ask, emulator, refused
from tests.emulator.scraping.exposing import exposed
from vigil_apimodel.metrics import supabase, temporal_sdk
from vigil_emulator.clock import VirtualClock
from vigil_emulator.http_server import in_thread
from vigil_emulator.scraping import ScrapeSettings, Scraping, read_first
from vigil_emulator.server import Emulator
from vigil_emulator.times import SECOND, nanoseconds

pytestmark = pytest.mark.anyio

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
PROJECT = "vigil-local"
OF_THE_SCRAPE = {
    "up", "scrape_duration_seconds", "scrape_samples_scraped", "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
}  # fmt: skip
EXTRA = {"enable_target_info": False, "enable_scope_info": False}


class Endpoint:
    """An endpoint whose answer the test decides."""

    def __init__(self):
        self.answer = PlainTextResponse("depth 1\n")
        self.requests = []

    def app(self):
        async def metrics(request):
            self.requests.append(dict(request.headers))
            return self.answer

        return Starlette(routes=[Route("/metrics", metrics)])


@pytest.fixture
def endpoint():
    found = Endpoint()
    with in_thread(found.app()) as url:
        found.address = url.removeprefix("http://")
        yield found


def write(file, *jobs):
    config = {
        "receivers": {"prometheus": {"config": {"scrape_configs": list(jobs)}}},
        "exporters": {"googlemanagedprometheus": {"project": PROJECT, "metric": {"extra_metrics_config": EXTRA}}},
        "service": {"pipelines": {"metrics": {"receivers": ["prometheus"], "exporters": ["googlemanagedprometheus"]}}},
    }
    file.write_text(json.dumps(config))


def job(name, *addresses, **fields):
    return {"job_name": name, "scrape_interval": "30s", "static_configs": [{"targets": list(addresses)}], **fields}


def settings(file, **fields):
    return ScrapeSettings(file=file, variables={"KEY": "of the environment"}, **fields)


class Written:
    """Scraping on a clock that stands still, and the series that it writes."""

    def __init__(self, settings):
        self.clock = VirtualClock(START)
        self.series = []
        self.scraping = Scraping(settings, clock=self.clock, write=self.write, onto_clock=lambda ns: ns)

    def write(self, project, series):
        assert project == PROJECT
        self.series += series
        return []

    def values(self, metric):
        return [
            one["points"][0]["value"]["doubleValue"]
            for one in self.series
            if one["metric"]["type"] == f"prometheus.googleapis.com/{metric}"
        ]


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the code under test notifies nobody
            await asyncio.sleep(0.01)


async def test_a_virtual_clock_decides_when_it_is_time(tmp_path, endpoint):
    write(tmp_path / "c.yaml", job("a", endpoint.address))
    written = Written(settings(tmp_path / "c.yaml"))
    await written.scraping.start()
    try:
        await until(lambda: len(written.values("up/gauge")) == 1)
        written.clock.advance(29)
        before = len(endpoint.requests)
        written.clock.advance(1)
        await until(lambda: len(written.values("up/gauge")) == 2)
        assert before == 1
    finally:
        await written.scraping.stop()
    times = [
        one["points"][0]["interval"]["endTime"] for one in written.series if one["metric"]["type"].endswith("/up/gauge")
    ]
    assert times == ["2026-03-01T12:00:00Z", "2026-03-01T12:00:30Z"]


async def test_what_was_read_before_the_start_is_not_read_again_until_the_file_changes(tmp_path, endpoint):
    file, secret = tmp_path / "c.yaml", tmp_path / "name"
    secret.write_text("first")
    write(file, job(f"${{file:{secret}}}", endpoint.address))
    written = Written(read_first(settings(file)))
    secret.write_text("second")
    await written.scraping.look()
    assert [target["job"] for target in written.scraping.status()["targets"]] == ["first"]
    write(file, job(f"of ${{file:{secret}}}", endpoint.address))
    await written.scraping.look()
    assert [target["job"] for target in written.scraping.status()["targets"]] == ["of second"]
    await written.scraping.stop()
    assert read_first(settings(tmp_path / "none.yaml")).first is None


async def test_a_dead_endpoint_is_reported_and_counted_and_the_others_are_still_scraped(tmp_path, endpoint):
    write(tmp_path / "c.yaml", job("dead", "127.0.0.1:1"), job("alive", endpoint.address))
    written = Written(settings(tmp_path / "c.yaml"))
    await written.scraping.look()
    await written.scraping.scrape_all()
    await written.scraping.scrape_all()
    status = written.scraping.status()
    dead, alive = status["targets"]
    assert (dead["up"], dead["scrapes"], dead["failures"], dead["points"]) == (False, 2, 2, 10)
    assert "ConnectError" in dead["error"]
    assert (alive["up"], alive["failures"]) == (True, 0)
    assert (status["scrapes"], status["failures"]) == (4, 2)
    assert sorted(written.values("up/gauge")) == [0, 0, 1, 1]
    await written.scraping.stop()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Response("no", status_code=503), "the endpoint answered 503"),
        (PlainTextResponse("fine 1\nnot a line\n"), "line 2: 'a' is no number"),
        (PlainTextResponse(b"a \xff\n"), "the answer is not UTF-8"),
        (PlainTextResponse('a{b="1",b="2"} 1\n'), "label b is there twice"),
        (Response(status_code=302, headers={"location": "http://example.com/"}), "the endpoint answered 302"),
    ],
)
async def test_a_malformed_answer_is_a_failed_scrape_and_nothing_of_it_is_written(tmp_path, endpoint, answer, why):
    endpoint.answer = answer
    written = await scraped(tmp_path, job("a", endpoint.address))
    assert why in written.scraping.status()["targets"][0]["error"]
    assert written.values("up/gauge") == [0]
    assert {one["metric"]["type"].split("/")[1] for one in written.series} == {
        "up",
        "scrape_duration_seconds",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
        "scrape_series_added",
    }


async def scraped(tmp_path, *jobs, **fields):
    """What one scrape of each target wrote."""
    write(tmp_path / "c.yaml", *jobs)
    written = Written(settings(tmp_path / "c.yaml", **fields))
    await written.scraping.look()
    written.series.clear()
    await written.scraping.scrape_all()
    await written.scraping.stop()
    return written


async def test_other_machines_are_scraped_only_where_that_is_allowed(tmp_path):
    written = await scraped(tmp_path, job("a", "0.0.0.0:1"))
    assert (
        "0.0.0.0 is not this machine: start the emulator with --allow-external"
        in written.scraping.status()["targets"][0]["error"]
    )
    written = await scraped(tmp_path, job("a", "0.0.0.0:1"), anywhere=True)
    assert "ConnectError" in written.scraping.status()["targets"][0]["error"]


async def test_a_scrape_has_its_credentials_and_reads_their_file_each_time(tmp_path, endpoint):
    (tmp_path / "password").write_text("first\n")
    auth = {"username": "u", "password_file": str(tmp_path / "password")}
    write(tmp_path / "c.yaml", job("a", endpoint.address, basic_auth=auth), job("b", endpoint.address, authorization={"credentials": "${env:KEY}"}))  # fmt: skip
    written = Written(settings(tmp_path / "c.yaml"))
    await written.scraping.look()
    endpoint.requests.clear()
    await written.scraping.scrape_all()
    (tmp_path / "password").write_text("second")
    await written.scraping.scrape_all()
    await written.scraping.stop()
    assert sorted(one["authorization"] for one in endpoint.requests) == sorted(
        ["Basic dTpmaXJzdA==", "Basic dTpzZWNvbmQ=", *["Bearer of the environment"] * 2]
    )
    assert endpoint.requests[0]["accept"].startswith("application/openmetrics-text;version=1.0.0")


async def test_labels_of_the_target_win_unless_the_samples_are_honoured(tmp_path, endpoint):
    endpoint.answer = PlainTextResponse('depth{job="mine",team="x"} 1\n')
    labels = {"static_configs": [{"targets": [endpoint.address], "labels": {"team": "backend"}}]}
    for honour, expected in (
        (False, {"team": "backend", "exported_team": "x", "exported_job": "mine"}),
        (True, {"team": "x"}),
    ):
        written = await scraped(tmp_path, {"job_name": "a", "honor_labels": honour, **labels})
        (found,) = [one for one in written.series if one["metric"]["type"].endswith("/depth/unknown")]
        assert found["metric"]["labels"] == expected
        assert found["resource"]["labels"]["job"] == ("mine" if honour else "a")


async def test_too_many_samples_fail_the_scrape(tmp_path, endpoint):
    endpoint.answer = PlainTextResponse("a 1\nb 1\nc 1\n")
    assert (await scraped(tmp_path, job("a", endpoint.address, sample_limit=3))).values("up/gauge") == [1]
    assert (await scraped(tmp_path, job("a", endpoint.address, sample_limit=2))).values("up/gauge") == [0]


async def test_a_file_that_changes_is_followed_and_one_that_is_wrong_leaves_things_as_they_are(tmp_path, endpoint):
    file = tmp_path / "c.yaml"
    written = Written(settings(file))
    await written.scraping.start()
    try:
        assert "No such file" in written.scraping.status()["problem"]
        write(file, job("a", endpoint.address))
        await until(lambda: written.values("up/gauge"))
        assert "problem" not in written.scraping.status()
        file.write_text("service: {pipelines: {}}")
        await until(lambda: "problem" in written.scraping.status())
        assert [one["job"] for one in written.scraping.status()["targets"]] == ["a"]
        write(file, job("b", endpoint.address))
        await until(lambda: [one["job"] for one in written.scraping.status()["targets"]] == ["b"])
    finally:
        await written.scraping.stop()


async def test_points_that_monitoring_refuses_are_counted(tmp_path, endpoint):
    write(tmp_path / "c.yaml", job("a", endpoint.address))
    emulator = Emulator(clock=VirtualClock(START), scrape=settings(tmp_path / "c.yaml"))
    async with emulator.running():
        await until(lambda: emulator.scraping.status()["points"] == 6)
        await emulator.scraping.scrape_all()  # at the same time once more
        status = emulator.scraping.status()
        assert (status["points"], status["refused"]) == (6, 6)
        assert "Points must be written in order" in status["targets"][0]["error"]


async def test_times_of_the_endpoint_are_put_onto_the_clock(tmp_path, endpoint):
    wall = nanoseconds(datetime.now(UTC)) - 180 * SECOND
    endpoint.answer = PlainTextResponse(f"depth 1 {wall // 1_000_000}\n")
    for honour, late in ((True, 180), (False, 0)):
        write(tmp_path / "c.yaml", job("a", endpoint.address, honor_timestamps=honour))
        clock = VirtualClock(START)
        written = []
        scraping = Scraping(
            settings(tmp_path / "c.yaml"),
            clock=clock,
            write=lambda _, series, written=written: written.extend(series) or [],
            onto_clock=lambda ns, wall=wall: nanoseconds(START) - 180 * SECOND + ns - wall,
        )
        await scraping.look()
        written.clear()
        await scraping.scrape_all()
        await scraping.stop()
        (found,) = [one for one in written if one["metric"]["type"].endswith("/depth/unknown")]
        end = datetime.fromisoformat(found["points"][0]["interval"]["endTime"])
        assert round((START - end).total_seconds()) == late


def test_the_process_scrapes_and_reports_it(tmp_path, endpoint):
    write(tmp_path / "c.yaml", job("a", endpoint.address))
    with emulator("--memory", "--speed", "60", "--scrape", str(tmp_path / "c.yaml")) as (_, url):
        deadline = asyncio.run(waited(lambda: ask(url, "/vigil/v1/scraping")["points"] >= 12))
        assert deadline
        (target,) = ask(url, "/vigil/v1/scraping")["targets"]
        assert (target["job"], target["instance"], target["up"]) == ("a", endpoint.address, True)
        found = ask(url, f"/v1/projects/{PROJECT}/location/global/prometheus/api/v1/query?query=depth")
        assert found["data"]["result"][0]["value"][1] == "1"


async def waited(condition):
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    return True


def test_a_file_that_cannot_be_followed_is_refused_at_the_start(tmp_path, capsys):
    file = tmp_path / "c.yaml"
    write(file, job("a", "127.0.0.1:1", oauth2={"client_id": "x"}))
    message = refused(capsys, "--memory", "--scrape", str(file))
    assert f"{file}: receivers.prometheus.config.scrape_configs[0].oauth2 is not followed" in message


CATALOGS = {
    "supabase": supabase.METRICS,
    "temporal": tuple(one.at(temporal_sdk.Route.SCRAPE) for one in temporal_sdk.SDK_METRICS),
    "temporal in seconds": tuple(one.at(temporal_sdk.Route.SCRAPE_SECONDS) for one in temporal_sdk.SDK_METRICS),
}


@pytest.mark.parametrize("catalog", CATALOGS)
async def test_every_metric_of_a_catalog_arrives_under_the_name_that_the_catalog_gives_it(tmp_path, endpoint, catalog):
    metrics = CATALOGS[catalog]
    write(tmp_path / "c.yaml", job("a", endpoint.address))
    written = Written(settings(tmp_path / "c.yaml"))
    endpoint.answer = PlainTextResponse(exposed(metrics, 1))
    await written.scraping.start()
    try:
        await until(lambda: len(written.values("up/gauge")) == 1)
        endpoint.answer = PlainTextResponse(exposed(metrics, 2))  # a cumulative series begins with its second point
        written.clock.advance(30)
        await until(lambda: len(written.values("up/gauge")) == 2)
    finally:
        await written.scraping.stop()
    types = {one["metric"]["type"] for one in written.series}
    assert {metric.type for metric in metrics} <= types
    others = types - {metric.type for metric in metrics}
    assert {one for one in others if not one.endswith("/unknown:counter")} == {
        f"prometheus.googleapis.com/{name}/gauge" for name in OF_THE_SCRAPE
    }
