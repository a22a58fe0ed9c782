"""The policy pack: the same rules for Pulumi's policy engine."""

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pulumi_policy import (
    EnforcementLevel,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    StackValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_NUMBER_VALUE, UNKNOWN_STRING_VALUE, unknown_checking_proxy

from vigil_apimodel.rules import PROGRAM_RULES, RULES
from vigil_apimodel.tokens import ALERT_POLICY, LOG_METRIC

FOLDER = Path(__file__).parents[2] / "policy"


@pytest.fixture(scope="module")
def pack():
    spec = importlib.util.spec_from_file_location("vigil_policy_pack", FOLDER / "pack.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def options():
    names = [name for name in inspect.signature(PolicyResourceOptions.__init__).parameters if name != "self"]
    return PolicyResourceOptions(**dict.fromkeys(names))


def reported(pack, options, resource_type, props):
    """The pack's messages about one resource: {policy: [message, ...]}."""
    found = {}
    args = ResourceValidationArgs(resource_type, unknown_checking_proxy(props), "urn:x", "x", options, None)
    for policy in pack.policies():
        if policy.name in RULES:
            policy.validate(
                args, lambda message, _urn=None, name=policy.name: found.setdefault(name, []).append(message)
            )
    return found


def test_there_is_a_policy_for_each_rule_as_strict_as_the_rule(pack):
    levels = {policy.name: policy.enforcement_level for policy in pack.policies()}
    assert set(levels) == set(RULES) | set(PROGRAM_RULES)
    assert levels["alert-duration"] is EnforcementLevel.MANDATORY
    assert levels["log-metric-label-order"] is EnforcementLevel.ADVISORY
    assert all(policy.description for policy in pack.policies())


def test_a_broken_rule_is_reported_with_field_and_remedy(pack, options):
    condition = {
        "conditionThreshold": {
            "filter": 'metric.type="custom.googleapis.com/x" resource.type="global"',
            "comparison": "COMPARISON_GT",
            "duration": "30s",
        }
    }
    props = {"displayName": "p", "combiner": "OR", "conditions": [condition]}
    assert reported(pack, options, ALERT_POLICY, props) == {
        "alert-duration": [
            'conditions[0].conditionThreshold.duration: 30 seconds is no multiple of a minute: write "60s"'
        ]
    }
    assert reported(pack, options, "gcp:storage/bucket:Bucket", props) == {}


def test_what_a_preview_does_not_know_stops_no_rule(pack, options):
    condition = {
        "conditionThreshold": {
            "filter": UNKNOWN_STRING_VALUE,
            "duration": "30s",
            "thresholdValue": UNKNOWN_NUMBER_VALUE,
            "aggregations": UNKNOWN_ARRAY_VALUE,
        }
    }
    props = {"displayName": UNKNOWN_STRING_VALUE, "conditions": [condition, UNKNOWN_STRING_VALUE]}
    assert set(reported(pack, options, ALERT_POLICY, props)) == {"alert-duration"}


def test_rules_of_a_program_are_reported_of_the_stack(pack, options):
    resources = [
        PolicyResource(
            LOG_METRIC,
            unknown_checking_proxy({"name": name, "project": "p"}),
            f"urn:{name}",
            name,
            options,
            None,
            None,
            [],
            {},
        )
        for name in ("orders.rejected", "orders-rejected", UNKNOWN_STRING_VALUE)
    ]
    found = []
    for policy in pack.policies():
        if policy.name in PROGRAM_RULES:
            policy.validate(
                StackValidationArgs(resources),
                lambda message, urn=None, name=policy.name: found.append((name, urn, message)),
            )
    ((name, urn, message),) = found
    assert (name, urn) == ("promql-name-collision", "urn:orders-rejected")
    assert "rename one" in message


def test_the_project_file_is_what_the_engine_reads():
    project = yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text())
    assert project["runtime"]["name"] == "python"
    assert project["description"]


def test_the_entry_serves_the_policies_under_the_packs_name():
    """Run as the engine runs it, from its own folder, with a pack in the place of Pulumi's that prints and returns."""
    program = (
        "import pulumi_policy, runpy\n"
        "pulumi_policy.PolicyPack = lambda name, policies: print(name, len(policies))\n"
        "runpy.run_path('.', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=FOLDER, capture_output=True, text=True, check=True)
    assert done.stdout == f"vigil {len(RULES) + len(PROGRAM_RULES)}\n"
