"""The first story on real input: from a real HTTP error to a received notification, and back."""

from datetime import datetime
from itertools import pairwise

import pytest

from tests.stories.running import Run

pytestmark = [pytest.mark.timeout(900)]

IN_ORDER = (
    "entriesIngested",
    "metricPoints",
    "healthy",
    "failuresBegan",
    "incidentOpened",
    "notificationReceived",
    "recoveryBegan",
    "incidentClosed",
    "recoveryReceived",
    "linesCounted",
)


@pytest.fixture(params=["first run", "second run"])
def run(request: pytest.FixtureRequest, runs: list[Run]) -> Run:
    return runs[0 if request.param == "first run" else 1]


def test_the_story_is_reported_whole_and_in_order(run: Run) -> None:
    assert run.document["ok"] is True
    assert [step["name"] for step in run.document["milestones"]] == list(IN_ORDER)
    for clock in ("cloudSeconds", "wallSeconds"):
        times = [step[clock] for step in run.document["milestones"]]
        assert all(earlier <= later for earlier, later in pairwise(times)), times


def test_the_incident_opens_after_the_failures_and_closes_after_the_recovery(run: Run) -> None:
    steps = {name: step["cloudSeconds"] for name, step in run.steps.items()}
    assert steps["failuresBegan"] < steps["incidentOpened"] <= steps["notificationReceived"]
    assert steps["recoveryBegan"] < steps["incidentClosed"] <= steps["recoveryReceived"]


def test_the_policy_is_not_faster_than_google_would_be(run: Run) -> None:
    """Its condition must hold for a minute, and the errors must leave the window before it is over."""
    steps = {name: step["cloudSeconds"] for name, step in run.steps.items()}
    assert steps["incidentOpened"] - steps["failuresBegan"] >= 60
    assert steps["incidentClosed"] - steps["recoveryBegan"] >= 60


def test_the_webhook_has_both_notifications_in_googles_format(run: Run) -> None:
    opened, closed = run.of_the_incident
    for body, state in ((opened, "open"), (closed, "closed")):
        incident = body["incident"]
        assert body["version"] == "1.2"
        assert incident["state"] == state
        assert incident["scoping_project_id"] == "vigil-local"
        assert incident["severity"].upper() == "CRITICAL"
        assert incident["policy_name"]
        assert incident["condition_name"]
    assert opened["incident"]["incident_id"] == closed["incident"]["incident_id"]
    assert opened["incident"]["policy_name"] == closed["incident"]["policy_name"]
    assert opened["incident"]["ended_at"] is None
    began = datetime.fromisoformat(run.steps["failuresBegan"]["time"]).timestamp()
    assert began < opened["incident"]["started_at"] <= closed["incident"]["ended_at"]


def test_the_mail_server_has_both_e_mails(run: Run) -> None:
    about = run.document["incident"]
    opened, closed = [mail for mail in run.document["mails"] if about in mail["text"]]
    assert opened["subject"].startswith("[ALERT] ")
    assert closed["subject"] == opened["subject"].replace("[ALERT]", "[RESOLVED]")
    for words in ("PAGE", "api", "local"):
        assert words in opened["subject"]
    assert opened["to"] == "backend@vigil.example", "the address of the team's channel in Pulumi.local.yaml"
    assert "\nRunbook: https://vigil.example/runbooks/error-ratio" in opened["text"]


def test_every_line_of_the_api_is_an_entry_and_every_request_has_one(run: Run) -> None:
    lines, requests = run.document["lines"], run.document["requests"]
    assert lines["written"] == lines["delivered"] == run.document["entries"]
    assert requests["5xx"] > 0
    assert lines["written"] > requests["2xx"] + 2 * requests["5xx"], (
        "a request is a line, an error two, a start another"
    )
    assert run.document["points"] > 0


def test_resources_are_applied_and_recorded(runs: list[Run]) -> None:
    first = runs[0].document["resources"]
    assert first["created"] >= 5, "bucket, sink, metrics, channel, policy, dashboard"
    assert (first["updated"], first["deleted"], first["unchanged"]) == (0, 0, 0)


def test_a_second_run_changes_nothing(runs: list[Run]) -> None:
    first, second = (run.document["resources"] for run in runs)
    assert second["unchanged"] == first["created"]
    assert (second["created"], second["updated"], second["deleted"]) == (0, 0, 0)
    assert second["recorded"] == first["recorded"]


def test_no_process_outlives_a_run(run: Run) -> None:
    assert run.left == []


def test_progress_is_plain_lines_off_a_terminal(run: Run) -> None:
    assert "\x1b" not in run.progress
    for words in (
        "Emulator ready",
        "Stack local deployed",
        "Incident opened",
        "Notification received",
        "Incident closed",
    ):
        assert words in run.progress


def test_the_logs_are_kept_after_the_run(runs: list[Run]) -> None:
    logs = runs[1].state / "logs"
    assert len((logs / "api.jsonl").read_bytes().splitlines()) == runs[1].document["lines"]["written"]
    assert (logs / "emulator.log").exists()
