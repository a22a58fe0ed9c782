"""Unit tests of policies that any tool wrote: what holds passes, what does not fails with the reason."""

import json
from pathlib import Path

import msgspec
import pytest
import yaml
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_proofs import unit

ROOT = Path(__file__).parents[3]
CHANNEL = "projects/shop/notificationChannels/1"


def threshold(**changes):
    condition = {
        "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"'
        ' AND metric.labels.response_code_class="5xx"',
        "comparison": "COMPARISON_GT",
        "thresholdValue": 1,
        "duration": "120s",
        "aggregations": [
            {
                "alignmentPeriod": "60s",
                "perSeriesAligner": "ALIGN_RATE",
                "crossSeriesReducer": "REDUCE_SUM",
                "groupByFields": ["resource.labels.service_name"],
            }
        ],
        **changes,
    }
    return {
        "displayName": "Errors of ${SERVICE}",
        "combiner": "OR",
        "severity": "CRITICAL",
        "notificationChannels": [CHANNEL],
        "documentation": {"content": "Look at ${resource.label.service_name}.", "mimeType": "text/markdown"},
        "conditions": [{"displayName": "errors", "conditionThreshold": condition}],
    }


# 120 errors a minute are 2 a second, twice the threshold, in minutes 3 to 10
ERRORS = {
    "series": 'run.googleapis.com/request_count{response_code_class="5xx", service_name="api"}',
    "resource": "cloud_run_revision",
    "values": "0x2 120x7 0x10",
}


def outcome(policy, test, metrics=()):
    made = msgspec.convert({"name": "t", **test}, unit.UnitTest)
    return unit.run_one(made, policy, metrics, "shop")


@pytest.mark.parametrize(
    ("expected", "breach"),
    [
        ({"minute": 4, "open": False}, None),
        (
            {"minute": 6, "open": 1, "labels": {"service_name": "api"}, "notified": [CHANNEL], "text": "Look at api."},
            None,
        ),
        ({"minute": 15, "open": 0, "closed": 1}, None),
        ({"minute": 6, "open": False}, "incidents open: 1, expected none"),
        ({"minute": 4, "open": True}, "incidents open: 0, expected at least one"),
        ({"minute": 6, "open": 1, "labels": {"service_name": "web"}}, "expected 1; there are"),
        ({"minute": 6, "notified": []}, "notified"),
        ({"minute": 6, "text": "Look at web."}, "does not contain 'Look at web.'"),
    ],
)
def test_an_expectation_holds_or_says_what_is_there(expected, breach):
    found = outcome(threshold(), {"series": [ERRORS], "expect": [expected]})
    if breach is None:
        assert found.passed, found.report()
    else:
        assert breach in " ".join(found.breaches)
        line = "incident: opened at minute 5, still open" if expected["minute"] > 5 else "incident: none"
        assert line in found.report()


@pytest.mark.parametrize(
    "changes",
    [
        {"thresholdValue": 100},
        {"duration": "600s"},
        {"comparison": "COMPARISON_LT"},
        {"filter": threshold()["conditions"][0]["conditionThreshold"]["filter"].replace("5xx", "4xx")},
    ],
)
def test_a_changed_policy_fails_the_test_of_the_right_one(changes):
    expect = [{"minute": 4, "open": False}, {"minute": 6, "open": 1}, {"minute": 15, "open": 0}]
    test = {"series": [ERRORS], "expect": expect}
    assert outcome(threshold(), test).passed
    assert not outcome(threshold(**changes), test).passed


def test_prometheus_series_and_intervals():
    query = "sum by (job) (rate(http_errors_total[5m])) > 1"
    condition = {"query": query, "duration": "60s", "evaluationInterval": "30s"}
    policy = {**threshold(), "conditions": [{"displayName": "c", "conditionPrometheusQueryLanguage": condition}]}
    series = [{"series": 'http_errors_total{job="api"}', "values": "0x20 0+60x20"}]
    expect = [{"minute": 9, "open": False}, {"minute": 18, "open": 1, "labels": {"job": "api"}}]
    found = outcome(policy, {"series": series, "interval": "30s", "expect": expect})
    assert found.passed, found.report()


METRIC = {
    "name": "orders-failed",
    "filter": 'jsonPayload.event="order.failed"',
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64"},
}


def test_entries_go_through_log_based_metrics():
    query = 'sum(increase(logging_googleapis_com:user_orders_failed{monitored_resource="global"}[5m])) > 3'
    condition = {"query": query, "duration": "0s"}
    policy = {**threshold(), "conditions": [{"displayName": "c", "conditionPrometheusQueryLanguage": condition}]}
    entries = [{"minute": 3, "until": 10, "entry": {"jsonPayload": {"event": "order.failed"}}}]
    right = {"entries": entries, "expect": [{"minute": 3, "open": 0}, {"minute": 10, "open": 1}]}
    assert outcome(policy, right, [METRIC]).passed
    assert not outcome(policy, right, [{**METRIC, "filter": 'jsonPayload.event="order.lost"'}]).passed


def test_log_match_takes_labels_from_the_entry():
    matched = {"filter": "severity>=ERROR", "labelExtractors": {"team": "EXTRACT(jsonPayload.team)"}}
    policy = {**threshold(), "conditions": [{"displayName": "c", "conditionMatchedLog": matched}]}
    policy["alertStrategy"] = {"notificationRateLimit": {"period": "300s"}, "autoClose": "1800s"}
    entries = [{"minute": 2, "entry": {"severity": "ERROR", "jsonPayload": {"team": "shop"}}}]
    expect = [
        {"minute": 1, "open": 0},
        {"minute": 2, "open": 1, "labels": {"team": "shop"}},
        {"minute": 33, "closed": 1},
    ]
    found = outcome(policy, {"entries": entries, "expect": expect})
    assert found.passed, found.report()


def terraform(policy):
    def snake(name):
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name)

    def blocks(value):
        if isinstance(value, dict):
            return {
                snake(key): [blocks(each)] if isinstance(each, dict) else blocks(each) for key, each in value.items()
            }
        return [blocks(each) for each in value] if isinstance(value, list) else value

    resource = {"address": "a", "mode": "managed", "type": "google_monitoring_alert_policy", "values": blocks(policy)}
    return {"terraform_version": "1.9.0", "values": {"root_module": {"resources": [resource]}}}


@pytest.mark.parametrize("form", [lambda policy: policy, lambda policy: [policy], terraform])
def test_files_of_any_form_are_played(tmp_path, form):
    (tmp_path / "policy.json").write_text(json.dumps(form(threshold())))
    tests = {
        "policies": ["policy.json"],
        "variables": {"SERVICE": "api"},
        "tests": [
            {
                "name": "errors open it",
                "series": [ERRORS],
                "expect": [{"minute": 6, "open": 1, "text": "Errors of api"}],
            }
        ],
    }
    file = tmp_path / "a.test.yaml"
    file.write_text(yaml.safe_dump(tests))
    result = CliRunner().invoke(app, ["test", str(file), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["tests"][0]["passed"]


def test_a_failure_is_reported_in_words_and_as_a_picture_and_exits_with_1(tmp_path):
    (tmp_path / "policy.json").write_text(json.dumps(threshold()))
    tests = {
        "policies": ["policy.json"],
        "tests": [{"name": "wrong", "series": [ERRORS], "expect": [{"minute": 6, "open": 0}]}],
    }
    file = tmp_path / "a.test.yaml"
    file.write_text(yaml.safe_dump(tests))
    result = CliRunner().invoke(
        app, ["test", str(file), "--pictures", str(tmp_path / "drawn"), "--junit", str(tmp_path / "j.xml")]
    )
    assert result.exit_code == 1
    assert "incidents open: 1, expected 0" in result.output
    assert (tmp_path / "drawn" / "wrong.svg").exists()
    assert 'failures="1"' in (tmp_path / "j.xml").read_text()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"tests": []}, "no test file"),
        ({"policies": ["p.json"], "tests": [{"name": "a", "expect": []}]}, "no test file"),
        ({"policies": ["p.json"], "tests": [{"name": "a", "expect": [{"minute": 1}], "serie": []}]}, "serie"),
        ({"policies": ["p.json"], "tests": [{"name": "a", "expect": [{"minute": 1e12}]}]}, "`float` <= 100000"),
        (
            {"policies": ["p.json"], "tests": [{"name": "a", "policy": "other", "expect": [{"minute": 1}]}]},
            "no policy 'other'",
        ),
        ({"policies": ["gone.json"], "tests": [{"name": "a", "expect": [{"minute": 1}]}]}, "cannot be read"),
        (
            {
                "policies": ["p.json"],
                "tests": [{"name": "a", "series": [{"series": "up", "values": "a"}], "expect": [{"minute": 1}]}],
            },
            "'a' is no value",
        ),
    ],
)
def test_what_is_no_test_file_is_refused_with_the_reason(tmp_path, document, message):
    (tmp_path / "p.json").write_text(json.dumps(threshold()))
    (tmp_path / "a.yaml").write_text(yaml.safe_dump(document))
    result = CliRunner().invoke(app, ["test", str(tmp_path / "a.yaml"), "--json"])
    assert result.exit_code == 2
    assert message in json.loads(result.output)["error"]["message"]


def test_the_published_schema_is_that_of_the_reader():
    assert (ROOT / "docs" / "unit-tests.schema.json").read_text().strip() == unit.schema().decode().strip()


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "is nested too deep to be read"),
        (b"tests: 2026-02-31", "is no YAML: day "),
        (b"tests: [", "is no YAML"),
        (b"tests: []\ntests: []", "line 2: the key 'tests' stands here again. Keep one of them."),
        (b"tests: \xff", "is no YAML"),
    ],
)
def test_a_file_that_is_no_yaml_is_one_sentence(tmp_path: Path, written: bytes, reason: str):
    (tmp_path / "t.yaml").write_bytes(written)
    refused = CliRunner().invoke(app, ["test", str(tmp_path / "t.yaml")])
    assert refused.exit_code == 2
    assert reason in " ".join(refused.output.split())
