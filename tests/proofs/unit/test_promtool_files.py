"""Test files of promtool: converted, they give the verdict on a policy that promtool gives on the rule."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from vigil_cli.app import app
from vigil_proofs import unit
from vigil_proofs.unit import promtool
from vigil_runner import check

ROOT = Path(__file__).resolve().parents[3]
RULES = """
groups:
- name: shop
  interval: 30s
  rules:
  - record: job:errors:rate5m
    expr: sum by (job) (rate(http_errors[5m]))
  - alert: InstanceDown
    expr: up == 0
    for: 5m
    labels: {severity: page, tier: 1}
    annotations:
      summary: "Instance {{ $labels.instance }} is down"
      description: "{{ $labels.instance }} of {{ $labels.job }} has been down for 5 minutes."
  - alert: Errors
    expr: job:errors:rate5m > 1
    labels: {severity: ticket}
    annotations: {summary: "{{ $value }} errors of {{ $labels.job }}"}
"""
DOWN = """{severity: page, tier: "1", instance: "a:80", job: api}"""
ANNOTATIONS = """{summary: Instance a:80 is down, description: a:80 of api has been down for 5 minutes.}"""
TESTS = f"""
rule_files: [rules*.yml]
evaluation_interval: 30s
tests:
- name: one of two is down
  interval: 1m
  input_series:
  - {{series: 'up{{job="api", instance="a:80"}}', values: '0x20'}}
  - {{series: 'up{{job="api", instance="b:80"}}', values: '1+0x6 0 0 1 1 _ _ 1x4'}}
  alert_rule_test:
  - {{eval_time: 4m30s, alertname: InstanceDown, exp_alerts: []}}
  - {{eval_time: 5m, alertname: InstanceDown, exp_alerts: [{{exp_labels: {DOWN}, exp_annotations: {ANNOTATIONS}}}]}}
  - {{eval_time: 19m, alertname: InstanceDown, exp_alerts: [{{exp_labels: {DOWN}, exp_annotations: {ANNOTATIONS}}}]}}
- interval: 1m
  input_series:
  - {{series: 'http_errors{{job="api"}}', values: '0x4 0+120x10 1200x10'}}
  alert_rule_test:
  - {{eval_time: 4m, alertname: Errors}}
  - {{eval_time: 12m, alertname: Errors, exp_alerts: [{{exp_labels: {{severity: ticket, job: api}}, exp_annotations: {{summary: 2 errors of api}}}}]}}
  - {{eval_time: 24m, alertname: Errors, exp_alerts: []}}
  promql_expr_test:
  - {{expr: 'up == 1', eval_time: 1m, exp_samples: []}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULES)
    (tmp_path / "shop.promtool.yml").write_text(TESTS)
    return tmp_path


def vigil(*arguments: object, code: int = 0):
    result = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert result.exit_code == code, result.output
    return json.loads(result.output)


def test_a_file_of_promtool_is_played_as_it_is(folder: Path):
    found = vigil("test", folder / "shop.promtool.yml")
    assert [(each["name"], each["passed"]) for each in found["tests"]] == [
        ("one of two is down: InstanceDown", True),
        ("test 2: Errors", True),
    ]


def test_promtool_accepts_the_same_file(folder: Path):
    tools = f"{ROOT / '.vigil/tools'}{os.pathsep}{os.environ['PATH']}"
    if (tool := shutil.which("promtool", path=tools)) is None:
        pytest.skip("no promtool: `make tools` builds it where Go is installed")
    command = [tool, "test", "rules", "shop.promtool.yml"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("up == 0", "up == 1"),
        ("for: 5m", "for: 10m"),
        ("severity: page", "severity: low"),
        ("> 1", "> 100"),
        ("rate5m > 1", "rate5m < 1"),
        ("is down", "is up"),
    ],
)
def test_a_fault_in_a_rule_fails_the_converted_tests(folder: Path, old: str, new: str):
    (folder / "rules.yml").write_text(RULES.replace(old, new))
    assert not all(each["passed"] for each in vigil("test", folder / "shop.promtool.yml", code=1)["tests"])


def test_rules_become_policies_that_google_takes_and_tests_of_them(folder: Path):
    written = folder / "out" / "shop.test.yaml"
    report = vigil("test", "--from-promtool", folder / "shop.promtool.yml", "--write", written)
    assert (report["tests"], report["policies"]) == (2, ["shop.policies.json"])
    assert [each.split(": ")[0] for each in report["notConverted"]] == ["test 2", "alert Errors"]
    (down, errors) = json.loads((folder / "out" / "shop.policies.json").read_text())
    condition = down["conditions"][0]["conditionPrometheusQueryLanguage"]
    assert condition == {
        "query": "up == 0",
        "duration": "300s",
        "evaluationInterval": "30s",
        "ruleGroup": "shop",
        "alertRule": "InstanceDown",
        "disableMetricValidation": True,
        "labels": {"severity": "page", "tier": "1"},
    }
    assert down["documentation"]["subject"] == "Instance ${metric_or_resource.label.instance} is down"
    inlined = errors["conditions"][0]["conditionPrometheusQueryLanguage"]["query"]
    assert inlined == "(sum by (job) (rate(http_errors[5m]))) > 1"
    assert check.check([check.load(str(folder / "out" / "shop.policies.json"))]).findings == ()
    assert vigil("test", written)["ok"]


def test_the_tests_are_of_policies_where_these_are_named(folder: Path):
    policies = folder / "alerts" / "mine.json"
    policies.parent.mkdir()
    converted = promtool.convert(folder / "shop.promtool.yml").policies
    policies.write_text(
        json.dumps([{**each, "displayName": f"{each['displayName']} of the shop"} for each in converted])
    )
    written = folder / "tests" / "mine.test.yaml"
    vigil("test", "--from-promtool", folder / "shop.promtool.yml", policies, "--write", written)
    document = yaml.safe_load(written.read_text())
    assert document["policies"] == ["../alerts/mine.json"]
    assert [each["policy"] for each in document["tests"]] == ["InstanceDown of the shop", "Errors of the shop"]
    assert vigil("test", written)["ok"]
    assert list(written.parent.iterdir()) == [written]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("rules*.yml", "gone.yml", "there is no rule file gone.yml"),
        ("eval_time: 4m,", "eval_time: soon,", "'soon' is no duration"),
        ("alertname: Errors", "alertname: Other", None),
        ("0x20", "{{schema:0 count:1}}", "is no value"),
    ],
)
def test_what_cannot_be_converted_is_named(folder: Path, old: str, new: str, problem: str | None):
    file = folder / "shop.promtool.yml"
    file.write_text(TESTS.replace(old, new))
    if problem is None:
        assert "test 2: there is no rule or policy for the alert Other" in promtool.convert(file).left
    elif "value" in problem:
        assert any(problem in each for each in promtool.convert(file).left)
    else:
        with pytest.raises(unit.FileError, match=problem):
            promtool.convert(file)


TWO = """
groups:
- name: queue
  rules:
  - {alert: Full, expr: depth > 10, labels: {severity: ticket}, annotations: {summary: filling}}
  - {alert: Full, expr: depth > 100, labels: {severity: page}, annotations: {summary: full}}
"""
TWO_TESTS = """
rule_files: [rules.yml]
tests:
- input_series: [{series: 'depth{job="q"}', values: '0x2 50x5 500x5'}]
  alert_rule_test:
  - {eval_time: 6m, alertname: Full, exp_alerts: [{exp_labels: {severity: ticket, job: q}, exp_annotations: {summary: filling}}]}
  - eval_time: 12m
    alertname: Full
    exp_alerts:
    - {exp_labels: {severity: ticket, job: q}, exp_annotations: {summary: filling}}
    - {exp_labels: {severity: page, job: q}, exp_annotations: {summary: full}}
"""


def test_rules_of_one_name_are_conditions_of_one_policy(folder: Path):
    (folder / "rules.yml").write_text(TWO)
    file = folder / "two.promtool.yml"
    file.write_text(TWO_TESTS)
    (policy,) = promtool.convert(file).policies
    assert [each["displayName"] for each in policy["conditions"]] == ["Full", "Full 2"]
    assert vigil("test", file)["ok"]
    (folder / "rules.yml").write_text(TWO.replace("> 100", "> 1000"))
    assert not vigil("test", file, code=1)["ok"]


def test_what_is_no_rule_file_is_refused(folder: Path):
    (folder / "rules.yml").write_text("groups: [{name: a, rules: [{alert: A}]}]")
    with pytest.raises(unit.FileError, match=r"rules\.yml is no rule file"):
        promtool.convert(folder / "shop.promtool.yml")


def test_other_files_are_not_taken_for_promtools():
    ours = {"policies": ["a.json"], "tests": [{"name": "a", "expect": []}]}
    assert not promtool.is_promtool(ours)
    assert not promtool.is_promtool({"tests": [{"name": "a"}]})
    assert promtool.is_promtool(yaml.safe_load(TESTS))
