"""Container, emulator and engine are killed in turn, and what is lost is counted."""

import pytest

from demo.containers.stage import until
from tests.containers.numbered import arrived, numbers, write

pytestmark = pytest.mark.timeout(900)


def some(stage, name, least=1):
    until(lambda: len(numbers(stage, name)) >= least, stage.engine.tail)


def test_what_a_killed_container_wrote_before_arrives_once(stage):
    write(stage, "killed", 100_000, pause=0.02, wait=False)
    some(stage, "killed", 20)
    stage.engine.docker("kill", "killed")
    found = arrived(stage, "killed", 100_000)
    assert found.repeated == ()
    assert found.missing == tuple(range(found.arrived, 100_000)), "nothing is missing in between"


def test_lines_of_a_minute_in_which_the_emulator_is_away_arrive_once_when_it_is_back(stage, tmp_path):
    write(stage, "outage", 600, "--volume", f"{tmp_path}:/ended", pause=0.1, wait=False)
    some(stage, "outage")
    stage.kill_emulator()
    # `docker wait` would wait too: the engine takes a container for running until its last line is delivered
    until((tmp_path / "outage").exists, stage.engine.tail)
    stage.start_emulator()
    stage.engine.docker("wait", "outage", patience=600)
    found = arrived(stage, "outage", 600)
    assert found.complete, found.describe()


def test_lines_that_a_driver_does_not_wait_for_are_lost_and_the_loss_is_a_number(stage):
    waits_not = ["--log-opt", "mode=non-blocking", "--log-opt", "max-buffer-size=4k"]
    write(stage, "dropping", 20_000, *waits_not, size=500)
    found = arrived(stage, "dropping", 20_000)
    assert found.repeated == ()
    assert found.arrived + len(found.missing) == 20_000
    assert 0 < found.arrived < 20_000, found.describe()


def test_lines_arrive_once_when_the_engine_is_stopped_and_started_again(stage):
    write(stage, "restarted", 100_000, pause=0.02, wait=False)
    some(stage, "restarted", 20)
    stage.engine.stop()
    stage.engine.start()
    found = arrived(stage, "restarted", 100_000)
    assert found.repeated == ()
    assert found.missing == tuple(range(found.arrived, 100_000)), "nothing is missing in between"
    write(stage, "afterwards", 10)
    assert arrived(stage, "afterwards", 10).complete


def test_a_killed_engine_loses_what_it_had_not_sent_and_the_loss_is_a_number(stage):
    write(stage, "crashed", 100_000, pause=0.005, wait=False)
    some(stage, "crashed", 50)
    before = len(numbers(stage, "crashed"))
    stage.engine.kill()
    stage.engine.start()
    found = arrived(stage, "crashed", 100_000)
    assert found.arrived >= before, "what was acknowledged stays"
    assert found.repeated == ()
    assert "missing" in found.describe()
