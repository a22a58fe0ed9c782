"""A table of planted faults: `vigil check` or the tests derived from the right policy find each."""

import copy
import json
from functools import cache

import pytest

from tests.proofs.unit.derive.test_derive import POLICIES
from vigil_proofs import unit
from vigil_proofs.unit.derive import derive
from vigil_runner import check

T = "conditions.0.conditionThreshold"
P = "conditions.0.conditionPrometheusQueryLanguage"
L = "conditions.0.conditionMatchedLog"
A = "conditions.0.conditionAbsent"
QUERY = POLICIES["promql-rate"]["conditions"][0]["conditionPrometheusQueryLanguage"]["query"]
LOG = POLICIES["log"]["conditions"][0]["conditionMatchedLog"]["filter"]
LABELS = POLICIES["labels"]["conditions"][0]["conditionThreshold"]["filter"]
FAULTS = [
    ("rate", f"{T}.thresholdValue", 500),
    ("rate", f"{T}.thresholdValue", 0.05),
    ("rate", f"{T}.thresholdValue", 6),
    ("rate", f"{T}.duration", "30s"),
    ("rate", f"{T}.duration", "900s"),
    ("rate", f"{T}.duration", "0s"),
    ("rate", f"{T}.comparison", "COMPARISON_LT"),
    ("rate", f"{T}.comparison", "COMPARISON_EQ"),
    ("rate", f"{T}.aggregations.0.perSeriesAligner", "ALIGN_DELTA"),
    ("rate", f"{T}.aggregations.0.perSeriesAligner", "ALIGN_MEAN"),
    ("rate", f"{T}.aggregations.0.perSeriesAligner", "ALIGN_FRACTION_TRUE"),
    ("rate", f"{T}.aggregations.0.alignmentPeriod", "90s"),
    ("rate", f"{T}.aggregations.0.alignmentPeriod", "600s"),
    ("rate", f"{T}.filter", 'metric.type="run.googleapis.com/request_count"'),
    ("rate", f"{T}.filter", 'resource.type="cloud_run_job" AND metric.type="run.googleapis.com/request_count"'),
    ("rate", f"{T}.filter", 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_counts"'),
    ("rate", f"{T}.filter", 'resource.type="cloud_run_revision AND metric.type="run.googleapis.com/request_count"'),
    ("rate", f"{T}.trigger", {"count": 2}),
    ("rate", f"{T}.trigger", {"count": 1, "percent": 50}),
    ("rate", "combiner", "XOR"),
    ("rate", "notificationChannels", []),
    ("rate", "notificationChannels", ["projects/shop/notificationChannels/2"]),
    ("rate", "notificationChannels", ["on-call"]),
    ("rate", "alertStrategy", {"notificationRateLimit": {"period": "300s"}}),
    ("rate", "alertStrategy", {"autoClose": "60s"}),
    ("rate", "severity", "HIGH"),
    ("rate", "userLabels", {"Team": "Shop"}),
    ("rate", "documentation", {"content": "x" * 9000}),
    ("rate-by-service", f"{T}.aggregations.0.groupByFields", []),
    ("rate-by-service", f"{T}.aggregations.0.crossSeriesReducer", "REDUCE_NONE"),
    ("mean", f"{T}.thresholdValue", 90),
    ("labels", f"{T}.filter", LABELS.replace("[45]xx", "[12]xx")),
    ("labels", f"{T}.filter", LABELS.replace("response_code_class", "response_class")),
    ("ratio", f"{T}.thresholdValue", 5),
    ("ratio", f"{T}.denominatorAggregations.0.alignmentPeriod", "300s"),
    ("absence", f"{A}.duration", "60s"),
    ("absence", f"{A}.duration", "3600s"),
    ("log", f"{L}.filter", LOG.replace("jsonPayload.event", "jsonPayload.evnt")),
    ("log", f"{L}.filter", LOG.replace("severity>=ERROR", "severity>=CRITICAL")),
    ("log", f"{L}.filter", LOG.replace("severity", "severty")),
    ("promql-rate", f"{P}.query", QUERY.replace("[5m]", "[1h]")),
    ("promql-rate", f"{P}.query", QUERY.replace("5..", "4..")),
    ("promql-rate", f"{P}.query", QUERY.replace("sum by (job) ", "sum")),
    ("promql-rate", f"{P}.query", QUERY.replace("rate(", "increase(")),
    ("promql-rate", f"{P}.query", QUERY.replace("))", ")")),
    ("promql-rate", f"{P}.evaluationInterval", "45s"),
]


def changed(name, path, value):
    body = copy.deepcopy(POLICIES[name])
    *outer, last = path.split(".")
    inner = body
    for part in outer:
        inner = inner[int(part)] if part.isdigit() else inner[part]
    inner[last] = value
    return body


@cache
def derived_from(name):
    return tuple(test for each in derive(POLICIES[name]) for test in each.tests)


def findings(body):
    return check.check([check.Source("policy.json", json.dumps(body))]).findings


def failures(name, body):
    return [one for test in derived_from(name) for one in unit.run_one(test, body).breaches]


@pytest.mark.parametrize(("name", "path", "value"), FAULTS, ids=[f"{n}-{i}" for i, (n, _, _) in enumerate(FAULTS)])
def test_a_planted_fault_is_found(name, path, value):
    body = changed(name, path, value)
    assert body != POLICIES[name]
    assert findings(body) or failures(name, body)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in FAULTS}))
def test_the_unchanged_policy_is_right(name):
    assert (findings(POLICIES[name]), failures(name, POLICIES[name])) == ((), [])
