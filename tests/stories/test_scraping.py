"""The local stack's own collector configuration, followed by the emulator against the demo's own endpoints."""

import json
from datetime import UTC, datetime

import pytest

from demo.stand_ins.database.exposition import exposition
from demo.stand_ins.database.invented_figures import State, invented
from demo.stand_ins.dependencies import build
from demo.stand_ins.local_run.parts import SECRETS, Addresses
from demo.stand_ins.local_run.system import PROJECT
from tests import rendered
from vigil_apimodel.metrics import supabase
from vigil_cli.deployment import configured, hand_over
from vigil_cli.local.folder import COLLECTOR_FILE
from vigil_components.collector import SupabaseEndpoint
from vigil_emulator.clock import VirtualClock
from vigil_emulator.http_server import in_thread
from vigil_emulator.scraping import ScrapeSettings, read
from vigil_emulator.scraping.exposition import labels_of, parse
from vigil_emulator.server import Emulator
from vigil_runner import collector

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORKER = """\
# TYPE temporal_num_pollers gauge
temporal_num_pollers{namespace="default",poller_type="activity_task",task_queue="orders"} 5
# TYPE temporal_workflow_completed counter
temporal_workflow_completed{namespace="default",workflow_type="Fulfil"} 7
"""


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """The file that `vigil deploy` leaves for a whole local run, with the demo's metrics endpoint running."""
    folder = tmp_path_factory.mktemp("state")
    with in_thread(build()) as outside:
        at = Addresses(
            outside=outside,
            llm="",
            vercel_drain="",
            supabase_drain="",
            temporal="127.0.0.1:1",
            metrics=("127.0.0.1:2", "127.0.0.1:3"),
        )
        run = rendered.run(configured("local", dict(at.config())))
        hand_over(collector.configuration(run), folder)
        yield run, ScrapeSettings(file=folder / COLLECTOR_FILE, variables=dict(SECRETS))


def test_the_emulator_is_handed_every_endpoint_of_the_run(followed):
    _, settings = followed
    found = read(settings)
    assert found.project == PROJECT
    assert [(job.job_name, [one for group in job.static_configs for one in group.targets]) for job in found.jobs][
        1:
    ] == [("temporal-workers", ["127.0.0.1:2", "127.0.0.1:3"])]
    assert dict(SECRETS).keys() == {SupabaseEndpoint(project="local", secret="s").credential.variable}


def test_without_a_collector_no_file_is_left(followed, tmp_path):
    (tmp_path / COLLECTOR_FILE).write_text("{}")
    hand_over(collector.configuration(rendered.run("local")), tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_the_database_s_charts_get_their_metrics_by_it(followed):
    run, settings = followed
    emulator = Emulator(clock=VirtualClock(START), scrape=settings)
    await emulator.scraping.look()
    await emulator.scraping.scrape_all()
    emulator.clock.advance(60)
    await emulator.scraping.scrape_all()
    database, *workers = emulator.scraping.status()["targets"]
    assert (database["up"], database["refused"], [one["up"] for one in workers]) == (True, 0, [False, False])
    written = {
        one for one in emulator.data.series.metrics(PROJECT) if not one.split("/")[1].startswith(("up", "scrape_"))
    }
    assert written <= {one.type for one in supabase.METRICS}
    boards = json.dumps([one.inputs for one in run.of_type("gcp:monitoring/dashboard:Dashboard")])
    read_by_charts = {one for one in written if one.split("/")[1] in boards}
    assert len(read_by_charts) >= 8
    await emulator.stop()


@pytest.fixture
def anyio_backend():
    return "asyncio"


pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("database", list(State))
def test_the_database_serves_documented_names_alone(database):
    found = parse(exposition(invented(database, seconds=100)))
    assert not found.problem
    values = {labels_of(one.series)["__name__"]: one.value for one in found.samples}
    for name in values:
        assert supabase.get(name).type == f"prometheus.googleapis.com/{name}/{found.families[name].kind}"
    assert values["pg_up"] == (0 if database is State.DOWN else 1)
