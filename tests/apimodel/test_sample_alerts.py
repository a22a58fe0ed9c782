"""Google's sample alerts: each is covered by an alert of the watches, or left out with a reason."""

import json
import re
from fnmatch import fnmatchcase

import pytest

from vigil_components.watches._samples import SAMPLES
from vigil_components.watches.catalog import EXAMPLES

ALERTS = [alert for one in EXAMPLES.values() for alert in one.watch.alerts]
METRIC = re.compile(r"(?:bigquery|loadbalancing)\.googleapis\.com/[a-z0-9_/]+|kubernetes\.io/container/[a-z0-9_/]+")
PROMETHEUS = re.compile(r"(bigquery)_googleapis_com:([a-z0-9]+)_([a-z0-9_]+)")
NOTICE = re.compile(r"google\.container\.v1beta1\.(\w+)|jsonPayload\.reason=\W*(\w+)")


def subjects(text: str) -> set[str]:
    """What an alert is about: what its metrics measure, or the kind of entry that it reads."""
    full = PROMETHEUS.sub(r"\1.googleapis.com/\2/\3", text)
    measured = {name if "restart" in name else name.rpartition("/")[0] for name in METRIC.findall(full)}
    return measured | {kind or reason for kind, reason in NOTICE.findall(text)}


def test_every_sample_alert_matches_exactly_one_entry(sample_policies):
    matched = {name: [one.pattern for one in SAMPLES if fnmatchcase(name, one.pattern)] for name in sample_policies}
    assert {name: found for name, found in matched.items() if len(found) != 1} == {}


def test_every_entry_matches_a_sample_alert(sample_policies):
    unused = [one.pattern for one in SAMPLES if not any(fnmatchcase(name, one.pattern) for name in sample_policies)]
    assert unused == []


def test_the_alert_here_is_about_the_same_as_the_sample(sample_policies):
    for one in SAMPLES:
        for name, policy in sample_policies.items():
            if one.alert and fnmatchcase(name, one.pattern):
                theirs = subjects(json.dumps(policy["conditions"]))
                assert theirs
                assert any(theirs <= subjects(repr(alert.condition)) for alert in ALERTS if alert.name == one.alert), (
                    name
                )


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: one.pattern)
def test_an_entry_names_an_alert_that_exists_or_a_reason(one):
    assert bool(one.alert) != bool(one.reason)
    assert not one.alert or one.alert in {alert.name for alert in ALERTS}
