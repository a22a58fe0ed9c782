"""A running project is adopted and compared: the emulator's, through the commands, in one process."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_emulator.http_server import in_thread
from vigil_emulator.server import Emulator
from vigil_proofs.inprocess import apply

METRIC = {"name": "orders/failed", "filter": 'jsonPayload.event="failed"'}
QUERY = 'metric.type = "logging.googleapis.com/user/orders/failed" AND resource.type = "cloud_run_revision"'
MAIL = {"type": "email", "displayName": "On call", "labels": {"email_address": "a@example.com"}}
HOOK = {"type": "webhook_tokenauth", "displayName": "Hook", "labels": {"url": "https://example.com/?token=s3cret"}}


def policy(*, above: float = 5, channels: Sequence[str] = ()) -> dict[str, object]:
    threshold = {
        "filter": QUERY,
        "comparison": "COMPARISON_GT",
        "thresholdValue": above,
        "duration": "0s",
        "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_DELTA"}],
    }
    return {
        "displayName": "Orders fail",
        "combiner": "OR",
        "userLabels": {"service": "checkout"},
        "conditions": [{"displayName": "failed", "conditionThreshold": threshold}],
        "notificationChannels": list(channels),
    }


class Project:
    """A project of an emulator that somebody filled by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = f"{url}/v3/projects/shop"

    def send(self, method: str, url: str, body: object) -> str:
        answer = httpx.request(method, url, json=body, timeout=60)
        assert answer.status_code == 200, answer.text
        return str(answer.json().get("name", ""))


@pytest.fixture
def live() -> Iterator[Project]:
    server = Emulator(visibility_seconds=0)
    with in_thread(server.app, around=server.running) as url:
        project = Project(url)
        project.send("POST", f"{url}/v2/projects/shop/metrics", METRIC)
        names = [project.send("POST", f"{project.path}/notificationChannels", each) for each in (MAIL, HOOK)]
        project.send("POST", f"{project.path}/alertPolicies", policy(channels=names))
        yield project


def vigil(*arguments: str, folder: Path | None = None, code: int = 0) -> str:
    done = CliRunner().invoke(app, [*(["-C", str(folder)] if folder else []), *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_a_live_project_becomes_a_program_that_differs_in_nothing_and_names_each_id(live: Project, tmp_path: Path):
    source = ("--project", "shop", "--emulator", live.url)
    plan = json.loads(vigil("adopt", "plan", *source, "--json"))
    assert {each["title"]: each["component"] for each in plan["adopted"]} == {
        "On call": "NotificationChannel",
        "orders/failed": "LogMetric",
        "Orders fail": "Policy",
    }
    assert [each["title"] for each in plan["left"]] == ["Hook"]
    assert (plan["unused"], plan["notRead"]) == ([], {})

    program = tmp_path / "monitoring"
    vigil("adopt", "write", str(program), *source)
    assert "s3cret" not in "".join(path.read_text() for path in program.rglob("*") if path.is_file())
    compared = ("diff", "-s", "prod", "--emulator", live.url)
    assert "+" not in vigil(*compared, folder=program, code=1), "only the channel that stays differs"

    file = tmp_path / "import.json"
    vigil("adopt", "import", "-s", "prod", "--emulator", live.url, "-o", str(file), folder=program)
    ids = {each["name"]: each["id"] for each in json.loads(file.read_text())["resources"] if "id" in each}
    assert ids["orders-failed-metric"] == "orders/failed"
    (name,) = [each for each in ids.values() if each.startswith("projects/shop/alertPolicies/")]
    assert httpx.get(f"{live.url}/v3/{name}", timeout=60).json()["displayName"] == "Orders fail"

    live.send("PATCH", f"{live.url}/v3/{name}?updateMask=conditions", policy(above=9))
    output = vigil(*compared, folder=program, code=1)
    assert "    conditions[0].conditionThreshold.thresholdValue: 9 -> 5" in output.splitlines()


def test_the_program_deploys_to_an_empty_project_in_the_order_that_google_needs(live: Project, tmp_path: Path):
    program = tmp_path / "monitoring"
    vigil("adopt", "write", str(program), "--project", "shop", "--emulator", live.url)
    assert "ResourceOptions(depends_on=first)" in (program / "monitoring" / "checkout.py").read_text()
    _, emulator = apply("prod", root=program)
    emulator.store.close()


def test_an_objective_waits_for_its_service_and_one_of_a_service_that_google_made_is_tested_too(
    live: Project, tmp_path: Path
):
    requests = 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"'
    ratio = {"totalServiceFilter": requests, "goodServiceFilter": f'{requests} AND metric.labels.response_code="200"'}
    objective = {"goal": 0.99, "rollingPeriod": "2592000s"}
    objective["serviceLevelIndicator"] = {"requestBased": {"goodTotalRatio": ratio}}
    made = {"pay": {"custom": {}}, "run:eu:pay": {"cloudRun": {"serviceName": "pay", "location": "europe-west1"}}}
    for name, identifier in made.items():
        live.send("POST", f"{live.path}/services?serviceId={name}", {"displayName": name, **identifier})
        path = f"{live.path}/services/{name}/serviceLevelObjectives?serviceLevelObjectiveId=good"
        live.send("POST", path, {"displayName": f"Good {name}", **objective})

    program = tmp_path / "monitoring"
    output = vigil("adopt", "write", str(program), "--project", "shop", "--emulator", live.url)
    assert "stays: service" not in output
    assert f"adopt import -s prod --emulator {live.url}`" in output, "the next step reads the same project"
    module = (program / "monitoring" / "service_levels.py").read_text()
    assert module.index('"slos/pay.json"') < module.index("return [")
    assert module.count("ResourceOptions(depends_on=services)") == 2
    _, emulator = apply("prod", root=program)
    try:
        assert len(emulator.store.names("monitoring.serviceLevelObjectives")) == 2
    finally:
        emulator.store.close()


def test_an_emulator_that_does_not_answer_is_an_error_and_nothing_is_written(tmp_path: Path):
    folder = tmp_path / "new"
    output = vigil("adopt", "write", str(folder), "--project", "shop", "--emulator", "http://127.0.0.1:9", code=2)
    assert "The project shop cannot be read" in output
    assert not folder.exists()
