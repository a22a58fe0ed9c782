"""Google's sample dashboards and alert policies are accepted, and read back equal but for what the server adds."""

import json
import re
from datetime import timedelta

import pytest

ADDED_TO_DASHBOARDS = {"name", "etag", "targetAxis", "scale", "format", "style", "minAlignmentPeriod"}
ADDED_TO_POLICIES = {"name", "creationRecord", "mutationRecord", "enabled"}


@pytest.fixture(scope="session")
def samples(corpus):
    def read(folder):
        files = sorted((corpus / "monitoring-dashboard-samples" / folder).rglob("*.json"))
        fill = re.compile(r"\$\{(\w+)\}")
        return {
            str(file.relative_to(corpus)): json.loads(fill.sub(lambda found: found[1].lower(), file.read_text()))
            for file in files
        }

    return read


def test_every_dashboard_is_read_back_with_the_defaults_gone_and_the_servers_additions(api, samples):
    dashboards = samples("dashboards")
    assert len(dashboards) == 151
    problems = []
    for file, sent in dashboards.items():
        status, created = api.send("POST", "/v1/projects/p/dashboards", sent)
        if status != 200:
            problems.append((file, created["error"]["message"]))
            continue
        read = api.ok("GET", f"/v1/{created['name']}")
        problems += [(file, found) for found in differences(sent, read, ADDED_TO_DASHBOARDS)]
        again = api.ok("PATCH", f"/v1/{created['name']}", {**sent, "etag": read["etag"]})
        assert {**again, "etag": ""} == {**read, "etag": ""}, file
    assert problems == []


def test_every_alert_policy_is_read_back_with_the_servers_additions(api, samples):
    policies = samples("alerts")
    assert len(policies) == 142
    make_the_metrics_that_policies_need(api, policies)
    problems = []
    for file, sent in policies.items():
        status, created = api.send("POST", "/v3/projects/p/alertPolicies", sent)
        if status != 200:
            problems.append((file, created["error"]["message"]))
            continue
        read = api.ok("GET", f"/v3/{created['name']}")
        problems += [(file, found) for found in differences(sent, read, ADDED_TO_POLICIES)]
    assert problems == []


def make_the_metrics_that_policies_need(api, policies):
    """Five samples are about log-based metrics, whose definitions are beside them in Google's repository."""
    found = set(re.findall(r"logging\.googleapis\.com/user/([\w.\-]+)", json.dumps(policies)))
    assert len(found) == 5
    for metric in sorted(found):
        api.ok("POST", "/v2/projects/p/metrics", {"name": metric, "filter": "severity>=ERROR"})
    api.clock.advance(timedelta(minutes=10).total_seconds())


def differences(sent, read, added, where=""):
    """What is not the same, other than additions by name and values that proto3 does not keep."""
    if isinstance(sent, dict) and isinstance(read, dict):
        for key in sent.keys() | read.keys():
            inner = f"{where}.{key}"
            if key not in read:
                if not is_default(sent[key]):
                    yield f"{inner} is lost: {sent[key]}"
            elif key not in sent:
                if key not in added:
                    yield f"{inner} is new: {read[key]}"
            else:
                yield from differences(sent[key], read[key], added, inner)
    elif isinstance(sent, list) and isinstance(read, list) and len(sent) == len(read):
        for index, (left, right) in enumerate(zip(sent, read, strict=True)):
            yield from differences(left, right, added, f"{where}[{index}]")
    elif sent != read and str(sent) != str(read):
        yield f"{where}: {sent} became {read}"


def is_default(value):
    enum_zero = isinstance(value, str) and re.search(r"_UNSPECIFIED$|_NONE$", value)
    return value in (None, False, 0, "", [], {}) or bool(enum_zero)
