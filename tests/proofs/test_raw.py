"""Raw policies of a stack are proven with the typed ones, by derived tests or by those that a file gives."""

import json
from pathlib import Path

from vigil_proofs import Suite
from vigil_runner.stacks import Stack

THRESHOLD = {
    "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"',
    "comparison": "COMPARISON_GT",
    "thresholdValue": 5,
    "duration": "300s",
    "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
}
TESTS = """
policies: [busy.json]
tests:
  - name: ten a second for ten minutes
    policy: Busy
    series:
      - series: run.googleapis.com/request_count{resource.service_name="api"}
        resource: cloud_run_revision
        values: 600x20
    expect:
      - {minute: 15, open: %s}
"""
PROGRAM = """
from vigil_components import *

def raw(name, **more):
    RawPolicy(name, RawPolicyArgs(project="p-1", definition=f"{name}.json", **more))

raw("busy")
raw("never")
raw("by-objective")
raw("tested", tests="right.yaml")
raw("failing", tests="wrong.yaml")
"""
PLAIN = (
    f"FILTER = {THRESHOLD['filter']!r}"
    """
import pulumi_gcp as gcp

gcp.monitoring.AlertPolicy.get("of-another-program", "projects/p-1/alertPolicies/7")
gcp.monitoring.AlertPolicy("plain", display_name="Plain", combiner="OR", conditions=[{
    "display_name": "c",
    "condition_threshold": {
        "filter": FILTER, "comparison": "COMPARISON_GT", "threshold_value": 5, "duration": "300s",
        "aggregations": [{"alignment_period": "60s", "per_series_aligner": "ALIGN_RATE"}],
    },
}])
"""
)


def policy(title: str, **condition: object) -> str:
    return json.dumps({"displayName": title, "combiner": "OR", "conditions": [{"displayName": "c", **condition}]})


def suite_of(folder: Path, code: str) -> Suite:
    (folder / "__main__.py").write_text(code)
    config = {"gcp:project": "p-1"}
    stack = Stack(name="test", project="test", root=folder, main=folder, config=config, secrets=frozenset())
    return Suite.of(stack, root=folder)


def test_a_raw_policy_is_proven_by_derived_tests_or_its_own_and_what_cannot_be_tested_is_listed(tmp_path: Path):
    busy = policy("Busy", conditionThreshold=THRESHOLD)
    burn = {**THRESHOLD, "filter": 'select_slo_burn_rate("projects/p-1/services/s/serviceLevelObjectives/o", "3600s")'}
    del burn["aggregations"]
    files = {
        "busy.json": busy,
        "tested.json": busy,
        "failing.json": busy,
        "never.json": policy(
            "Never", conditionThreshold={**THRESHOLD, "thresholdValue": -1, "comparison": "COMPARISON_LT"}
        ),
        "by-objective.json": policy("By objective", conditionThreshold=burn),
        "right.yaml": TESTS % "1",
        "wrong.yaml": TESTS % "false",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    suite = suite_of(tmp_path, PROGRAM)
    report = suite.run(jobs=1)
    verdicts = {one.name: one for one in report.raw}
    assert verdicts["busy"].proven
    assert verdicts["tested"].proven
    assert verdicts["failing"].breaches == (
        "ten a second for ten minutes: at minute 15: incidents open: 1, expected none",
    )
    assert "c (threshold): can never fire" in verdicts["never"].breaches[0]
    assert not verdicts["by-objective"].proven
    assert not verdicts["by-objective"].breaches
    assert "c (threshold): not inverted" in verdicts["by-objective"].unknown[0]
    assert not report.proven
    assert suite.run(["busy", "By objective"], jobs=1).proven
    assert [one.name for one in suite.run(["tested"], jobs=1).raw] == ["tested"]


def test_a_policy_of_the_provider_s_own_class_is_proven_like_a_raw_one(tmp_path: Path):
    suite = suite_of(tmp_path, PLAIN)
    assert [(one.name, one.title, one.proven) for one in suite.run(jobs=1).raw] == [("plain", "Plain", True)]
    assert suite.run(["Plain"], jobs=1).proven
