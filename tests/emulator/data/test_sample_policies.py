"""Alert policies that Google publishes: every condition is one that the emulator evaluates, over series that it may have."""

import json
import re

import pytest

from tests.corpus import CORPUS, missing
from vigil_emulator.alerting.policy import Absence, Log, PromQL, Threshold, policy_of
from vigil_emulator.logging.filters import compiled
from vigil_emulator.metrics import filters
from vigil_emulator.promql.evaluate import parse

FOLDER = CORPUS / "monitoring-dashboard-samples" / "alerts"
FILES = sorted(FOLDER.rglob("*.json")) if FOLDER.is_dir() else []
BROKEN = {"otel-genai-agent-tool-error-rate.v1.json"}
"""A query that does not parse, as published."""


@pytest.mark.skipif(not FILES, reason=missing(FOLDER))
def test_every_sample_is_read(make_world):
    read = 0
    for file in FILES:
        body = json.loads(re.sub(r"\$\{\w+\}", "x", file.read_text()))
        policy = policy_of("projects/p/alertPolicies/1", body)
        assert policy.problems == () or "MonitoringQueryLanguage" in file.read_text(), (file.name, policy.problems)
        for condition in policy.conditions:
            match condition.test:
                case PromQL() as test:
                    if file.name not in BROKEN:
                        parse(test.query)
                case Threshold() | Absence() as test:
                    expr = filters.parsed(test.filter)
                    filters.metric_type(expr, test.filter)
                    filters.predicate(expr)
                case Log() as test:
                    compiled(test.filter)
                case _:
                    continue
            read += 1
    assert read > 100


@pytest.mark.skipif(not FILES, reason=missing(FOLDER))
def test_every_sample_is_evaluated_without_data(make_world):
    world = make_world()
    for number, file in enumerate(FILES):
        body = json.loads(re.sub(r"\$\{\w+\}", "x", file.read_text()))
        name = f"projects/p/alertPolicies/{number}"
        for position, condition in enumerate(body["conditions"]):
            condition["name"] = f"{name}/conditions/{position}"
        world.resources.put("monitoring.alertPolicies", name, {**body, "name": name, "enabled": True})
    world.clock.advance(600)
    world.plane.step()
    problems = {k: v for k, v in world.plane.problems().items() if "MonitoringQueryLanguage" not in v}
    assert {v.split(":")[0] for v in problems.values()} <= {"unexpected end of input inside braces"}, problems
