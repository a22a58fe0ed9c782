"""The demo runs in containers, and an error in one is a notification: all of it by way of Docker's own driver."""

import pytest

from demo.containers import story
from demo.containers.compose import state
from demo.containers.stage import until

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def played(stage):
    lines = []
    story.play(stage, lines.append)
    return lines


def test_an_error_in_the_container_is_a_received_notification(stage, played):
    assert "An order ended with HTTP 500 in the container of the API." in played
    incident = story.notification(stage, "request-failed")
    assert incident["state"] == "open"
    assert incident["resource"]["type"] == "gce_instance"


def test_the_metric_of_the_text_counts_it_too(stage, played):
    assert story.notification(stage, "requests-failing")["state"] == "open"


@pytest.mark.parametrize("service", ["api", "workers", "agents"])
def test_lines_of_each_part_arrive(stage, played, service):
    found = until(lambda: story.events(stage, service), stage.engine.tail)
    assert found[0]["event"] == "service.started"


@pytest.mark.parametrize("name", ["api", "worker", "agent", "llm", "outside", "vercel-drain", "supabase-drain"])
def test_each_part_is_healthy_and_ends_in_order_within_ten_seconds(stage, played, name):
    service = stage.services[name]
    until(lambda: state(stage.engine, service)["State"]["Health"]["Status"] == "healthy", stage.engine.tail)
    stage.engine.docker("stop", "--time", "10", service.container)
    assert state(stage.engine, service)["State"]["ExitCode"] == 0, "137 would be SIGKILL after ten seconds"
