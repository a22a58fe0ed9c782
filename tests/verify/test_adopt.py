"""What a folder of exported JSON holds becomes a program that declares exactly that, and an import file for it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_runner import check
from vigil_verify import adopt

FILTER = 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"'
AGGREGATION = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}
THRESHOLD = {"filter": FILTER, "comparison": "COMPARISON_GT", "thresholdValue": 5, "aggregations": [AGGREGATION]}
NAME = "projects/shop/alertPolicies"
MAIL, SLACK = (f"projects/shop/notificationChannels/{number}" for number in (1, 2))
EXPORTED = [
    {"name": MAIL, "type": "email", "displayName": "On call", "labels": {"email_address": "a@example.com"}, "enabled": True},
    {"name": SLACK, "type": "slack", "displayName": "#shop", "labels": {"channel_name": "#shop", "auth_token": "****"}},
    {"name": "shop/failed", "filter": 'jsonPayload.event="failed"'},
    {"name": "no-health-checks", "filter": "httpRequest.status=200", "disabled": False, "description": "noise"},
    {"name": "all", "destination": "storage.googleapis.com/shop-archive", "writerIdentity": "serviceAccount:a@b"},
    {"name": "projects/1/dashboards/9", "etag": "e", "displayName": "Shop: now", "gridLayout": {"widgets": [{"text": {"content": "x"}}]}},
    {
        "name": f"{NAME}/1",
        "displayName": "Too busy",
        "combiner": "OR",
        "notificationChannels": [SLACK, MAIL],
        "userLabels": {"service": "checkout", "team": "shop"},
        "documentation": {"content": "Run ${HOME}/fix.sh for ${resource.label.service_name}", "mimeType": "text/markdown"},
        "alertStrategy": {"notificationChannelStrategy": [{"notificationChannelNames": [MAIL], "renotifyInterval": "1800s"}]},
        "conditions": [{"name": f"{NAME}/1/conditions/1", "displayName": "c", "conditionThreshold": THRESHOLD}],
    },
    {
        "name": f"{NAME}/2",
        "displayName": "Too busy",
        "combiner": "OR",
        "enabled": False,
        "conditions": [{"displayName": "c", "conditionThreshold": {**THRESHOLD, "duration": "30s"}}],
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    (folder / "all.json").write_text(json.dumps(EXPORTED))
    return folder


@pytest.fixture(scope="module")
def written(exported: Path) -> Path:
    folder = exported.parent / f"{exported.name}-program"
    done = run("write", str(folder), "--project", "shop", "--from", str(exported))
    assert "The program declares all 7 resources as they were found." in done
    return folder


def run(*arguments: str, code: int = 0, folder: Path | None = None) -> str:
    done = CliRunner().invoke(app, [*(["-C", str(folder)] if folder else []), "adopt", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_the_plan_says_what_becomes_of_each_resource_what_stays_and_what_nobody_uses(exported: Path):
    told = run("plan", "--project", "shop", "--from", str(exported)).splitlines()
    assert "  policy 'Too busy': RawPolicy 'checkout-too-busy', reads run.googleapis.com/request_count" in told
    assert "  policy 'Too busy': RawPolicy 'run-too-busy', reads run.googleapis.com/request_count" in told
    assert (
        "stays: channel '#shop': the API masks the secret of a slack channel; policies refer to it by its name" in told
    )
    assert "unused: log-based metric 'shop/failed': no policy, chart or SLO reads it" in told
    document = json.loads(run("plan", "--project", "shop", "--from", str(exported), "--json"))
    assert {each["kind"]: each["component"] for each in document["adopted"]} == {
        "channel": "RawResource",
        "log-based metric": "RawResource",
        "exclusion": "RawResource",
        "sink": "RawResource",
        "dashboard": "RawDashboard",
        "policy": "RawPolicy",
    }
    assert [each["accept"] for each in document["adopted"] if each["kind"] == "policy"] == [[], ["alert-duration"]]


def test_the_program_is_grouped_refers_to_channels_by_name_and_holds_no_masked_secret(written: Path):
    module = (written / "monitoring" / "checkout.py").read_text()
    assert 'values={"ON_CALL": channels.on_call, "SHOP": channels.shop},' in module
    assert 'tests="tests/checkout/too-busy.yaml",' in module
    policy = json.loads((written / "alerts" / "checkout" / "too-busy.json").read_text())
    assert policy["notificationChannels"] == ["${SHOP}", "${ON_CALL}"]
    assert policy["documentation"]["content"] == "Run $${HOME}/fix.sh for ${resource.label.service_name}"
    assert not {"name", "etag", "creationRecord"} & set(policy)
    channels = (written / "monitoring" / "channels.py").read_text()
    assert f'shop="{SLACK}",' in channels
    assert "****" not in "".join(path.read_text() for path in written.rglob("*") if path.is_file())
    for path in written.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")


def test_existing_files_are_never_touched(written: Path, exported: Path):
    before = (written / "Pulumi.yaml").read_bytes()
    told = run("write", str(written), "--project", "shop", "--from", str(exported), code=2)
    assert "Nothing was written." in told
    assert (written / "Pulumi.yaml").read_bytes() == before


def test_the_import_file_names_each_id_below_its_component(written: Path, exported: Path, tmp_path: Path):
    file = tmp_path / "import.json"
    arguments = ["import", "-s", "prod", "--from", str(exported), "--output", str(file)]
    told = run(*arguments, folder=written)
    assert f"7 resources in {file}" in told
    resources = json.loads(file.read_text())["resources"]
    by_name = {each["name"]: each for each in resources}
    assert len(by_name) == len(resources) == 14
    assert by_name["checkout-too-busy"] == {
        "type": "vigil:raw:RawPolicy",
        "name": "checkout-too-busy",
        "component": True,
    }
    assert by_name["checkout-too-busy-policy"] == {
        "type": "gcp:monitoring/alertPolicy:AlertPolicy",
        "name": "checkout-too-busy-policy",
        "parent": "checkout-too-busy",
        "id": f"{NAME}/1",
    }
    ids = {each["type"]: each["id"] for each in resources if "id" in each}
    assert ids["gcp:logging/metric:Metric"] == "shop/failed"
    assert ids["gcp:logging/projectSink:ProjectSink"] == "projects/shop/sinks/all"
    assert ids["gcp:logging/projectExclusion:ProjectExclusion"] == "projects/shop/exclusions/no-health-checks"
    assert "exists. Nothing was written." in run(*arguments, code=2, folder=written)


def test_a_program_that_does_not_say_what_was_found_is_refused(exported: Path):
    found = check.load(str(exported / "all.json")).resources()
    plan = adopt.plan(found, project="shop")
    files = adopt.files(plan, name="shop", stack="prod", tests=False)
    (path,) = [each for each in files if each.name == "too-busy.json" and "checkout" in each.parts]
    changed = {**files, path: files[path].replace('"thresholdValue": 5', '"thresholdValue": 6')}
    with pytest.raises(adopt.UnequalError, match=r"policy 'Too busy' differs at conditions\[0\]"):
        adopt.prove(plan, changed, stack="prod")


def test_a_project_must_be_named(exported: Path):
    assert "No project is named." in run("plan", "--from", str(exported), code=2)
