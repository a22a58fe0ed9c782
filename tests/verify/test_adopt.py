"""A folder of exported JSON becomes a program that declares exactly its resources, and an import file for them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigil_apimodel import api_json
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


def test_the_plan_says_what_each_resource_becomes_what_stays_and_what_is_unused(exported: Path):
    lines = run("plan", "--project", "shop", "--from", str(exported)).splitlines()
    reads = "reads run.googleapis.com/request_count"
    spelled = FILTER.replace("=", " = ")
    assert (
        f"  policy 'Too busy': RawPolicy 'checkout-too-busy', {reads}; raw: a typed query spells its filter otherwise: "
        f"{spelled}"
    ) in lines
    assert (
        f"  policy 'Too busy': RawPolicy 'run-too-busy', {reads}; raw: it breaks rules that a typed one keeps: "
        "alert-duration"
    ) in lines
    assert "  channel 'On call': NotificationChannel 'on-call', a channel by email" in lines
    assert (
        "stays: channel '#shop': the API masks the secret of a slack channel; policies refer to it by its name" in lines
    )
    assert "unused: log-based metric 'shop/failed': no policy, chart or SLO reads it" in lines
    document = json.loads(run("plan", "--project", "shop", "--from", str(exported), "--json"))
    assert {each["kind"]: each["component"] for each in document["adopted"]} == {
        "channel": "NotificationChannel",
        "log-based metric": "LogMetric",
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
    output = run("write", str(written), "--project", "shop", "--from", str(exported), code=2)
    assert "Nothing was written." in output
    assert (written / "Pulumi.yaml").read_bytes() == before


def test_the_import_file_names_each_id_below_its_component(written: Path, exported: Path, tmp_path: Path):
    file = tmp_path / "import.json"
    arguments = ["import", "-s", "prod", "--from", str(exported), "--output", str(file)]
    output = run(*arguments, folder=written)
    assert f"7 resources in {file}" in output
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


def test_a_program_that_does_not_declare_what_was_found_is_refused(exported: Path):
    found = check.load(str(exported / "all.json")).resources()
    plan = adopt.plan(found, project="shop")
    files = adopt.files(plan, name="shop", stack="prod", tests=False)
    (path,) = [each for each in files if each.name == "too-busy.json" and "checkout" in each.parts]
    changed = {**files, path: files[path].replace('"thresholdValue": 5', '"thresholdValue": 6')}
    with pytest.raises(adopt.UnequalError, match=r"policy 'Too busy' differs at conditions\[0\]"):
        adopt.prove(plan, changed, stack="prod")


def test_a_folder_may_hold_other_files_and_standard_input_is_a_file_too(exported: Path, tmp_path: Path):
    text = (exported / "all.json").read_text()
    (tmp_path / "all.json").write_text(text)
    (tmp_path / "notes.yaml").write_text("owner: shop\n")
    wanted = run("plan", "--project", "shop", "--from", str(exported))
    assert run("plan", "--project", "shop", "--from", str(tmp_path)) == wanted
    piped = CliRunner().invoke(app, ["adopt", "plan", "--project", "shop", "--from", "-"], input=text)
    assert piped.output == wanted
    compared = CliRunner().invoke(app, ["diff", str(tmp_path), "-"], input=text)
    assert compared.output == f"No difference: {len(EXPORTED)} resources.\n"


def test_a_project_must_be_named(exported: Path):
    assert "No project is named." in run("plan", "--from", str(exported), code=2)


QUERY = 'resource.type = "cloud_run_revision" AND metric.type = "run.googleapis.com/request_count"'
FAILED = 'metric.type = "logging.googleapis.com/user/shop/failed" AND resource.type = "cloud_run_revision"'
SUM = {"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_SUM"}
CLASS = {"groupByFields": ["metric.label.response_code_class", "resource.label.service_name"]}


def policy(title: str, condition: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "displayName": title,
        "combiner": "OR",
        "enabled": True,
        "conditions": [{"displayName": title, **condition}],
        **more,
    }


def threshold(filter_: str = QUERY, **more: object) -> dict[str, object]:
    given = {"filter": filter_, "comparison": "COMPARISON_GT", "thresholdValue": 5, "duration": "300s"}
    return {"conditionThreshold": {**given, "aggregations": [AGGREGATION], "trigger": {"count": 1}, **more}}


MEANT = [
    ("RawPolicy", policy("odd", threshold('metric.type = starts_with("run.") AND resource.type = "cloud_run_revision"'))),
    ("RawPolicy", policy("two steps", threshold(aggregations=[AGGREGATION, {**SUM, "perSeriesAligner": "ALIGN_MEAN"}]))),
    ("RawPolicy", policy("half", threshold(trigger={"percent": 50}))),
    ("RawPolicy", policy("unknown", threshold(QUERY.replace("run.googleapis.com/request_count", "custom.googleapis.com/x")))),
    ("RawPolicy", policy("and", threshold(), combiner="AND")),
    ("Policy", policy("busy", threshold(), documentation={"content": "Look.\n" * 30, "mimeType": "text/markdown"})),
    ("Policy", policy("ratio", threshold(f'{QUERY} AND metric.labels.response_code_class = one_of("4xx", "5xx")', thresholdValue=0.2, aggregations=[{**SUM, **CLASS}], denominatorFilter=QUERY, denominatorAggregations=[{**SUM, **CLASS}]))),
    ("Policy", policy("quiet", {"conditionAbsent": {"filter": QUERY, "duration": "600s", "aggregations": [AGGREGATION]}})),
    ("Policy", policy("failed", threshold(FAILED, aggregations=[SUM], comparison="COMPARISON_LT"), severity="ERROR")),
    ("Policy", policy("promql", {"conditionPrometheusQueryLanguage": {"query": "vector(1) > 2", "duration": "60s", "evaluationInterval": "60s", "ruleGroup": "g"}}, alertStrategy={"autoClose": "3600s"})),
    ("Policy", policy("long", {"conditionPrometheusQueryLanguage": {"query": "vector(1)\n" + "  + vector(1)\n" * 60 + "  > 99", "duration": "60s", "evaluationInterval": "60s"}})),
    ("Policy", policy("logged", {"conditionMatchedLog": {"filter": "severity>=ERROR", "labelExtractors": {"who": "EXTRACT(jsonPayload.user)"}}}, alertStrategy={"notificationRateLimit": {"period": "300s"}, "autoClose": "3600s"})),
    ("LogMetric", {"name": "shop/failed", "filter": 'jsonPayload.event="failed"', "labelExtractors": {"why": "EXTRACT(jsonPayload.why)"}, "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "why", "description": "Reason"}]}}),
    ("LogMetric", {"name": "shop/seconds", "filter": "jsonPayload.s>0", "valueExtractor": "EXTRACT(jsonPayload.s)", "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "s"}, "bucketOptions": {"linearBuckets": {"offset": 0, "width": 2, "numFiniteBuckets": 10}}}),
    ("LogMetric", {"name": "shop/bounds", "filter": "jsonPayload.s>0", "valueExtractor": "EXTRACT(jsonPayload.s)", "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "s"}, "bucketOptions": {"explicitBuckets": {"bounds": [n / 8 for n in range(30)]}}}),
    ("LogMetric", {"name": "shop/one", "filter": "jsonPayload.s>0", "valueExtractor": "EXTRACT(jsonPayload.s)", "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "s"}, "bucketOptions": {"explicitBuckets": {"bounds": [0.5]}}}),
    ("RawResource", {"name": "shop/number", "filter": "jsonPayload.n>0", "labelExtractors": {"n": "EXTRACT(jsonPayload.n)"}, "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "n", "valueType": "INT64"}]}}),
    ("LogBucket", {"name": "projects/shop/locations/europe-west1/buckets/app", "retentionDays": 90, "analyticsEnabled": True, "description": "App"}),
    ("NotificationChannel", {"name": MAIL, "type": "pubsub", "displayName": "Bus", "labels": {"topic": "projects/shop/topics/t"}, "enabled": True}),
    ("RawResource", {"name": SLACK, "type": "email", "displayName": "Off", "labels": {"email_address": "a@example.com"}, "enabled": False}),
    ("UptimeCheck", {"displayName": "front", "period": "60s", "timeout": "10s", "monitoredResource": {"type": "uptime_url", "labels": {"host": "shop.example", "project_id": "shop"}}, "httpCheck": {"path": "/ok", "port": 443, "useSsl": True, "validateSsl": True, "requestMethod": "GET", "acceptedResponseStatusCodes": [{"statusClass": "STATUS_CLASS_2XX"}]}}),
    ("RawResource", {"displayName": "port", "period": "60s", "timeout": "10s", "monitoredResource": {"type": "uptime_url", "labels": {"host": "shop.example"}}, "tcpCheck": {"port": 22}}),
]  # fmt: skip
"""Resources of every kind, each with the component that declares exactly the same."""


@pytest.fixture(scope="module")
def meant() -> adopt.Plan:
    found = check.Source("all.json", json.dumps([each for _, each in MEANT])).resources()
    assert len(found) == len(MEANT)
    return adopt.plan(found, project="shop")


def test_what_a_typed_component_renders_exactly_is_typed_and_the_rest_says_why_it_is_raw(meant: adopt.Plan):
    assert meant.left == ()
    wanted = sorted((api_json.name_of(body), component) for component, body in MEANT)
    assert sorted((api_json.name_of(each.found.body), each.component) for each in meant.adopted) == wanted
    nouns = list(dict.fromkeys(each.noun for each in meant.adopted))
    assert nouns == ["channel", "uptime check", "log-based metric", "log bucket", "policy"], (
        "what others refer to first"
    )
    assert all((each.typed is None) == bool(each.raw) for each in meant.adopted)
    reasons = {each.found.name: each.raw for each in meant.adopted if each.raw}
    assert reasons["two steps"] == "it has 2 aggregations; a typed query has one"
    assert reasons["unknown"] == "nobody knows the kind and the unit of custom.googleapis.com/x"
    assert reasons["and"] == "a typed one differs at combiner: AND -> OR"
    assert "differs at conditions[0].conditionThreshold.trigger" in reasons["half"]


def test_typed_code_reads_as_a_person_writes_it_and_declares_what_was_found(meant: adopt.Plan):
    files = adopt.files(meant, name="shop", stack="prod", tests=False)
    assert adopt.prove(meant, files, stack="prod").same == len(MEANT)
    text = "".join(text for path, text in files.items() if path.suffix == ".py")
    assert "metric=cloud_run.REQUEST_COUNT," in text
    assert ").above(5, lasting=minutes(5))," in text
    assert 'metric=metrics.user_metric("shop/failed", labels=[metrics.MetricLabel("why")]),' in text
    assert 'Email(address="a@example.com")' not in text, "a channel that is switched off stays raw"
    assert "=[]" not in text, "what is a default is not written"
    assert max(len(line) for line in text.splitlines()) <= 110
    raw = [path for path in files if path.suffix == ".json"]
    assert len(raw) == sum(component.startswith("Raw") for component, _ in MEANT)
