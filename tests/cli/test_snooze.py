"""`vigil snooze`: one command silences an alert for a while."""

import json

import httpx
import pytest
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_cli.commands.snooze import parse
from vigil_cli.errors import CommandError
from vigil_emulator.http_server import in_thread
from vigil_emulator.server import Emulator

PROJECT = "vigil-local"


def policy(service: str, alert: str) -> dict[str, object]:
    return {
        "displayName": f"{service}: {alert}",
        "combiner": "OR",
        "userLabels": {"alert": alert, "managed-by": "vigil", "service": service},
        "conditions": [
            {"displayName": alert, "conditionPrometheusQueryLanguage": {"query": "vector(1)", "duration": "0s"}}
        ],
    }


@pytest.fixture
def emulator():
    server = Emulator()
    with in_thread(server.app, around=server.running) as url:
        for service, alert in (("api", "error-ratio"), ("api", "latency"), ("workers", "backlog")):
            answer = httpx.post(f"{url}/v3/projects/{PROJECT}/alertPolicies", json=policy(service, alert), timeout=60)
            assert answer.status_code == 200, answer.text
        by_hand = {**policy("other", "made-by-hand"), "userLabels": {}}
        assert httpx.post(f"{url}/v3/projects/{PROJECT}/alertPolicies", json=by_hand, timeout=60).status_code == 200
        yield url


@pytest.fixture
def faulty(emulator):
    """The emulator with the test's own fault: `faulty(method, status)`."""

    def spoil(method: str, status: int) -> str:
        fault = {"methods": [method], "status": status}
        httpx.post(f"{emulator}/vigil/v1/faults", json=fault, timeout=60).raise_for_status()
        return emulator

    return spoil


def vigil(*arguments: str):
    return CliRunner().invoke(app, ["snooze", *arguments])


def test_one_alert_is_silent_for_the_given_time(emulator):
    ran = vigil(
        "api/error-ratio", "-s", "local", "--for", "2h", "--reason", "load test", "--emulator", emulator, "--json"
    )
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout)
    assert report["alerts"] == ["api/error-ratio"]
    (name,) = report["snoozes"]
    snooze = httpx.get(f"{emulator}/v3/{name}", timeout=60).json()
    assert snooze["displayName"] == "load test"
    assert len(snooze["criteria"]["policies"]) == 1
    start, end = snooze["interval"]["startTime"], snooze["interval"]["endTime"]
    from datetime import datetime

    assert (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() == 7200


def test_all_means_all_alerts_of_the_stack_and_none_made_by_hand(emulator):
    report = json.loads(vigil("all", "-s", "local", "--emulator", emulator, "--json").stdout)
    assert report["alerts"] == ["api/error-ratio", "api/latency", "workers/backlog"]


def test_an_unknown_alert_is_refused_with_the_list_of_alerts(emulator):
    ran = vigil("api/error", "-s", "local", "--emulator", emulator)
    assert ran.exit_code == 2
    assert "api/error-ratio, api/latency, workers/backlog" in ran.output


@pytest.mark.parametrize("text", ["2", "2w", "-1h", "0m", ""])
def test_a_malformed_duration_is_refused_before_any_request(text):
    with pytest.raises(CommandError, match="is no duration"):
        parse(text)


@pytest.mark.parametrize(
    ("method", "status", "remedy"),
    [
        ("monitoring.projects.snoozes.create", 403, "roles/monitoring.editor"),
        ("monitoring.projects.alertPolicies.list", 403, "roles/monitoring.viewer"),
        ("monitoring.projects.alertPolicies.list", 401, "gcloud auth application-default login"),
    ],
)
def test_a_refusal_is_reported_with_its_remedy(faulty, method, status, remedy):
    ran = vigil("all", "-s", "local", "--emulator", faulty(method, status))
    assert ran.exit_code == 2
    assert remedy in " ".join(ran.output.split())


def test_more_policies_than_one_snooze_may_name_are_silenced_by_several(emulator):
    for number in range(20):
        added = policy("many", f"alert-{number}")
        httpx.post(f"{emulator}/v3/projects/{PROJECT}/alertPolicies", json=added, timeout=60).raise_for_status()
    ran = vigil("all", "-s", "local", "--emulator", emulator, "--json")
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout)
    named = [httpx.get(f"{emulator}/v3/{one}", timeout=60).json()["criteria"]["policies"] for one in report["snoozes"]]
    assert [len(some) for some in named] == [16, 7]
    assert len({one for some in named for one in some}) == 23
