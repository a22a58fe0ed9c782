"""The OpenTelemetry Collector ships the files of containers; it and the emulator are killed while these write."""

import pytest

from demo.containers.stage import IMAGES, PROJECT, until
from tests.containers.numbered import QUIET, arrived_of, write
from tests.examples.otelcol import collecting, needed

pytestmark = pytest.mark.timeout(900)
FILES = ("--log-driver", "json-file", "--log-opt", "labels=part", "--label", "part=shop")
BATCH = 100
"""Lines that the Collector holds in memory at most, before it sends them."""
CONTAINERS = IMAGES / "engine" / "data" / "containers"


@pytest.fixture(scope="module")
def offsets(tmp_path_factory):
    needed()
    return tmp_path_factory.mktemp("collector")


def collector(stage, offsets):
    return collecting(CONTAINERS, offsets, grpc=f"127.0.0.1:{stage.grpc}", project=PROJECT)


def shipped(stage, name):
    query = f'logName="projects/{PROJECT}/logs/containers" AND jsonPayload.service="{name}"'
    return [int(each["jsonPayload"]["number"]) for each in stage.entries(query)]


def some(stage, name, least=1):
    until(lambda: len(shipped(stage, name)) >= least, stage.engine.tail)


def test_lines_of_a_container_arrive_as_fields_each_once(stage, offsets):
    write(stage, "filed", 5000, *FILES)
    with collector(stage, offsets):
        found = arrived_of(lambda: shipped(stage, "filed"), 5000)
    assert found.describe() == "5000 written, 5000 arrived, none missing, none twice"
    entry = stage.entries('jsonPayload.service="filed"')[0]
    assert entry["labels"].items() >= {"part": "shop"}.items()
    assert entry["resource"]["type"] == "generic_node"


def test_a_line_of_twenty_kilobytes_arrives_whole(stage, offsets):
    write(stage, "whole", 1, *FILES, size=20_000)
    with collector(stage, offsets):
        some(stage, "whole")
    (entry,) = stage.entries('jsonPayload.service="whole"')
    assert len(entry["jsonPayload"]["pad"]) == 20_000


def test_lines_written_while_the_emulator_is_away_arrive_when_it_is_back(stage, offsets):
    with collector(stage, offsets):
        write(stage, "away", 600, *FILES, pause=0.1, wait=False)
        some(stage, "away")
        stage.kill_emulator()
        stage.engine.docker("wait", "away", patience=600)
        stage.start_emulator()
        found = arrived_of(lambda: shipped(stage, "away"), 600, quiet=3 * QUIET)
    assert found.missing == (), found.describe()


def test_a_killed_collector_loses_a_batch_at_most_and_continues_where_it_was(stage, offsets):
    with collector(stage, offsets) as first:
        write(stage, "resumed", 1000, *FILES, pause=0.02, wait=False)
        some(stage, "resumed", 20)
        first.kill()
        before = set(shipped(stage, "resumed"))
        stage.engine.docker("wait", "resumed", patience=600)
    with collector(stage, offsets):
        found = arrived_of(lambda: shipped(stage, "resumed"), 1000)
    assert before.isdisjoint(found.missing), "what was acknowledged stays"
    assert found.repeated == (), found.describe()
    assert len(found.missing) <= BATCH, found.describe()
