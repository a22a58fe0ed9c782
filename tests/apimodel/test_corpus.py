"""Everything that Google publishes is accepted: filters parse, no rule cries wolf."""

import json

import pytest

from vigil_apimodel import lql, monitoring_filter, rules, tokens

LOGS = {"conditionMatchedLog", "logsPanel", "errorReportingPanel", "eventAnnotations"}


def filters(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key.lower().endswith("filter") and isinstance(inner, str):
                yield bool(LOGS & set(path)), inner
            yield from filters(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from filters(inner, path)


def test_every_filter_parses_and_is_read_back(sample_dashboards, sample_policies):
    found = [
        entry for document in (*sample_dashboards.values(), *sample_policies.values()) for entry in filters(document)
    ]
    assert len(found) > 800
    for of_logs, text in found:
        grammar = lql if of_logs else monitoring_filter
        parsed = grammar.parse(text)
        assert grammar.parse(grammar.render(parsed)) == parsed, text


def test_no_rule_is_broken_by_a_sample_policy(sample_policies):
    assert len(sample_policies) > 100
    assert {
        name: [str(broken) for broken in violations]
        for name, policy in sample_policies.items()
        if (violations := rules.check(tokens.ALERT_POLICY, policy))
    } == {}


def test_no_rule_is_broken_by_a_sample_dashboard(sample_dashboards):
    assert {
        name: [str(broken) for broken in violations]
        for name, document in sample_dashboards.items()
        if (violations := rules.check(tokens.DASHBOARD, {"dashboardJson": json.dumps(document)}))
    } == {}


@pytest.mark.parametrize("moment", ["resources-1-created.json", "resources-2-changed.json"])
def test_no_rule_is_broken_by_the_resources_that_the_provider_applied(corpus, moment):
    applied = [
        rules.Resource(entry["type"], f"{entry['type']}#{index}", entry["inputs"])
        for index, entry in enumerate(json.loads((corpus / "provider" / moment).read_text()))
    ]
    assert len(applied) > 30
    assert [str(broken) for broken in rules.check_program(applied)] == []


def test_sample_policies_all_together_break_no_rule_of_a_program(sample_policies):
    together = [rules.Resource(tokens.ALERT_POLICY, name, policy) for name, policy in sample_policies.items()]
    assert rules.check_program(together) == []
