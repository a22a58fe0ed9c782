"""`vigil check` on files of every form: correct files pass, a planted fault is found at its line."""

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from vigil_apimodel.rules import UNKNOWN
from vigil_runner import check

POLICY = {
    "displayName": "Too many errors",
    "combiner": "OR",
    "documentation": {"content": "See the runbook."},
    "notificationChannels": ["projects/shop/notificationChannels/1"],
    "conditions": [
        {
            "displayName": "error rate",
            "conditionThreshold": {
                "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"',
                "comparison": "COMPARISON_GT",
                "thresholdValue": 5,
                "duration": "300s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
            },
        }
    ],
}
BROKEN = copy.deepcopy(POLICY)
BROKEN["conditions"][0]["conditionThreshold"]["duration"] = "30s"


def snake(value):
    """As Terraform writes it: snake case, blocks as lists of one."""
    if isinstance(value, dict):
        return {
            "".join(f"_{c.lower()}" if c.isupper() else c for c in key): [snake(inner)]
            if isinstance(inner, dict)
            else snake(inner)
            for key, inner in value.items()
        }
    return [snake(each) for each in value] if isinstance(value, list) else value


def gcloud(policy):
    return json.dumps(
        [{**policy, "name": "projects/shop/alertPolicies/1", "creationRecord": {"mutateTime": "x"}}], indent=2
    )


def state(policy):
    values = {
        **snake(policy),
        "severity": "",
        "user_labels": None,
        "alert_strategy": [],
        "id": "x",
        "name": "projects/x",
    }
    resource = {
        "address": "google_monitoring_alert_policy.a",
        "mode": "managed",
        "type": "google_monitoring_alert_policy",
    }
    module = {"child_modules": [{"resources": [{**resource, "values": values}]}]}
    return json.dumps({"terraform_version": "1.9.0", "values": {"root_module": module}}, indent=2)


def plan(policy):
    values = snake(policy)
    change = {
        "actions": ["create"],
        "after": {key: value for key, value in values.items() if key != "notification_channels"},
        "after_unknown": {"id": True, "notification_channels": [True]},
        "after_sensitive": {},
    }
    resource = {"address": "a.b", "mode": "managed", "type": "google_monitoring_alert_policy", "change": change}
    return json.dumps({"terraform_version": "1.9.0", "planned_values": {}, "resource_changes": [resource]}, indent=2)


URN = "urn:pulumi:prod::shop::gcp:monitoring/alertPolicy:AlertPolicy::errors"
TOKEN = "gcp:monitoring/alertPolicy:AlertPolicy"


def preview(policy):
    step = {"op": "create", "urn": URN, "newState": {"urn": URN, "type": TOKEN, "inputs": {"__defaults": [], **policy}}}
    return json.dumps({"config": {}, "steps": [step]}, indent=2)


def export(policy):
    resource = {"urn": URN, "type": TOKEN, "inputs": policy, "outputs": {}}
    return json.dumps({"version": 3, "deployment": {"resources": [resource]}}, indent=2)


def config_connector(policy):
    spec = {**policy, "notificationChannels": [{"name": "on-call"}]}
    other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}
    mine = {
        "apiVersion": "monitoring.cnrm.cloud.google.com/v1beta1",
        "kind": "MonitoringAlertPolicy",
        "metadata": {"name": "errors"},
        "spec": spec,
    }
    return yaml.safe_dump_all([other, mine], sort_keys=False)


def render(policy):
    resource = {"type": TOKEN, "name": "errors", "urn": URN, "inputs": policy}
    return json.dumps({"stack": "prod", "project": "shop", "resources": [resource]}, indent=2)


def named_as_protos(value):
    """As Google's clients write it with the names of the protos; keys of labels are the user's."""
    if isinstance(value, dict):
        return {
            re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key): inner
            if key == "userLabels"
            else named_as_protos(inner)
            for key, inner in value.items()
        }
    return [named_as_protos(each) for each in value] if isinstance(value, list) else value


def protos(policy):
    return json.dumps({"alert_policies": [named_as_protos(policy)]}, indent=2)


FORMS = [json.dumps, gcloud, state, plan, preview, export, config_connector, render, protos]


def checked(*texts, **options):
    return check.check([check.Source(f"file{index}", text) for index, text in enumerate(texts)], **options)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_right_policy_passes_in_every_form(form):
    report = checked(form(POLICY))
    assert (report.findings, report.resources) == ((), 1)


@pytest.mark.parametrize("form", [form for form in FORMS if form is not json.dumps], ids=lambda form: form.__name__)
def test_a_fault_is_found_at_its_line_in_every_form(form):
    text = form(BROKEN)
    (finding,) = checked(text).findings
    assert (finding.rule, finding.level) == ("alert-duration", "error")
    assert '"30s"' in text.splitlines()[finding.line - 1] or "30s" in text.splitlines()[finding.line - 1]
    assert finding.reason
    assert finding.remedy


def test_documents_of_a_yaml_file_are_counted_with_the_empty_ones():
    text = f"---\n# nothing\n{yaml.safe_dump(named_as_protos(BROKEN), explicit_start=True)}"
    (finding,) = checked(text).findings
    assert text.splitlines()[finding.line - 1].strip() == "duration: 30s"


def test_names_of_protos_are_those_of_the_api_and_keys_of_labels_stay():
    policy = {**POLICY, "userLabels": {"cost_center": "x"}}
    (found,) = check.Source("f", json.dumps(named_as_protos(policy))).resources()
    assert found.body == policy
    metric = {
        "name": "orders",
        "filter": "x",
        "label_extractors": {"order_id": "EXTRACT(jsonPayload.id)", "orderId": "EXTRACT(jsonPayload.id)"},
        "metric_descriptor": {"labels": [{"key": "order_id", "value_type": "INT64"}, {"key": "orderId"}]},
    }
    (found,) = check.Source("f", json.dumps(metric)).resources()
    assert found.body == {
        **{key: metric[key] for key in ("name", "filter")},
        "labelExtractors": metric["label_extractors"],
        "metricDescriptor": {"labels": [{"key": "order_id", "valueType": "INT64"}, {"key": "orderId"}]},
    }


def test_a_field_by_both_of_its_names_is_an_error_where_it_stands():
    both = copy.deepcopy(POLICY)
    both["conditions"][0]["conditionThreshold"]["threshold_value"] = 7
    text = json.dumps(both, indent=1)
    (finding,) = checked(text).findings
    assert (finding.rule, finding.field) == ("set-refused-field", "conditions[0].conditionThreshold.threshold_value")
    assert finding.reason == "it is the same field as thresholdValue beside it"
    assert "threshold_value" in text.splitlines()[finding.line - 1]


def test_what_the_server_sets_and_masks_is_no_fault():
    channel = {
        "name": "projects/shop/notificationChannels/7",
        "type": "slack",
        "displayName": "on-call",
        "labels": {"channel_name": "#alerts", "auth_token": "****-token"},
        "creationRecord": {"mutateTime": "2026-01-01T00:00:00Z"},
        "verificationStatus": "VERIFIED",
    }
    dashboard = {
        "name": "projects/1/dashboards/a",
        "etag": "abc",
        "displayName": "Shop",
        "mosaicLayout": {"columns": 12, "tiles": []},
    }
    report = checked(json.dumps([channel]), json.dumps(dashboard))
    assert (report.findings, report.resources) == ((), 2)


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_state_holds_of_a_dashboard_is_the_server_s_answer_and_what_a_plan_changes_is_written(kept):
    answer = {"name": "projects/1/dashboards/9", "etag": "e", "displayName": "Shop", "gridLayout": {}}
    values = {"dashboard_json": json.dumps(answer)}
    place = {"address": "google_monitoring_dashboard.shop", "mode": "managed", "type": "google_monitoring_dashboard"}
    form = {"format_version": "1.2", "terraform_version": "1.9.0"}
    deployed = {**form, "values": {"root_module": {"resources": [{**place, "values": values}]}}}
    assert broken_by(deployed) == []

    before = values if kept else {"dashboard_json": json.dumps({**answer, "displayName": "Old"})}
    change = {"actions": ["update"], "before": before, "after": values, "after_unknown": {}}
    planned = {**form, "resource_changes": [{**place, "change": change}]}
    assert broken_by(planned) == ([] if kept else ["dashboard-server-fields"] * 2)


def test_a_secret_in_a_state_is_never_shown():
    values = {"type": "webhook_tokenauth", "labels": {"url": "hunter2"}, "sensitive_labels": []}
    resource = {
        "address": "c",
        "mode": "managed",
        "type": "google_monitoring_notification_channel",
        "values": values,
        "sensitive_values": {"labels": {"url": True}},
    }
    text = json.dumps({"terraform_version": "1.9", "values": {"root_module": {"resources": [resource]}}})
    assert "hunter2" not in json.dumps(check.formats.document(checked(text)))


def broken_by(*documents, **options):
    return sorted(each.rule for each in checked(*(json.dumps(each) for each in documents), **options).findings)


METRIC = {
    "name": "orders-failed",
    "filter": 'jsonPayload.event="order.failed"',
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64"},
}


def on_metric(name):
    query = f'rate(logging_googleapis_com:user_{name}{{monitored_resource="cloud_run_revision"}}[5m]) > 1'
    condition = {"query": query, "duration": "60s", "disableMetricValidation": True}
    return {
        **POLICY,
        "displayName": name,
        "conditions": [{"displayName": "c", "conditionPrometheusQueryLanguage": condition}],
    }


def test_an_alert_on_a_metric_of_the_set_passes():
    assert broken_by(METRIC, on_metric("orders_failed")) == []


def test_an_alert_on_a_metric_that_nothing_makes_and_a_metric_that_nothing_reads_are_reported():
    assert broken_by(METRIC, on_metric("orders_faild")) == ["set-metric-missing", "set-metric-unread"]


@pytest.mark.parametrize("name", ["${var.team}-errors", UNKNOWN])
def test_a_metric_whose_name_is_known_later_is_passed_over_and_may_be_what_an_alert_reads(name):
    assert broken_by(METRIC, {**METRIC, "name": name}, on_metric("orders_faild")) == ["set-metric-unread"]


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"tresholdValue": 5}, "tresholdValue", "knows no such field: write thresholdValue"),
        ({"duration": 300}, "duration", "Illegal duration format"),
        ({"filter": 7}, "filter", r"\(TYPE_STRING\), 7"),
        (
            {"aggregations": [{"alignment_period": "60s", "per_series_alinger": "ALIGN_RATE"}]},
            "aggregations[0].perSeriesAlinger",
            "no such field: write perSeriesAligner",
        ),
        ({"perSeriesAligner": "ALIGN_RATE"}, "perSeriesAligner", "no such field: write it in aggregations"),
        ({"conditionMatchedLog": {}}, "conditionMatchedLog", "write it beside conditionThreshold, one level up"),
        ({"trigger": [{"count": 1}]}, "trigger", "not repeating"),
        ({"trigger": {"count": 1, "percent": 50}}, "trigger.percent", "does not take it beside count: remove one"),
    ],
)
@pytest.mark.parametrize("form", [json.dumps, yaml.safe_dump])
def test_a_field_that_google_does_not_know_or_take_is_reported_with_the_remedy(form, changes, field, message):
    body = copy.deepcopy(POLICY) | {"creationRecord": {"mutateTime": datetime(2026, 1, 1, tzinfo=UTC).isoformat()}}
    body["conditions"][0]["conditionThreshold"] |= changes
    found = [one for one in check.check([check.Source("f", form(body))]).findings if one.rule == "set-refused-field"]
    assert [one.field for one in found] == [f"conditions[0].conditionThreshold.{field}"]
    assert re.search(message, found[0].message)


@pytest.mark.parametrize(
    ("condition", "rule", "field"),
    [
        (POLICY["conditions"][0] | {"conditionThreshold": {"comparison": "GREATER"}}, "alert-comparison", "comparison"),
        ({"conditionPrometheusQueryLanguage": {"query": "up >"}}, "promql-syntax", "query"),
    ],
)
def test_one_mistake_is_one_finding_that_of_the_rule_with_the_remedy(condition, rule, field):
    report = check.check([check.Source("f", json.dumps(POLICY | {"conditions": [condition]}))])
    assert [one.rule for one in report.findings if one.field.endswith(f".{field}")] == [rule]


@pytest.mark.parametrize(
    "body",
    [
        {**POLICY, "rota": "night"},
        {**POLICY, "alertStrategy": {"quiet_hours": [{"from": "22:00"}]}},
        {**METRIC, "rota": "night"},
        {"name": "s", "destination": "storage.googleapis.com/b", "rota": "night"},
        {"displayName": "d", "gridLayout": {"widgets": [{"text": {"content": "x", "rota": "night"}}]}},
    ],
)
@pytest.mark.parametrize("form", [json.dumps, yaml.safe_dump])
def test_a_field_that_may_be_newer_than_the_description_is_a_warning(form, body):
    report = check.check([check.Source("f", form(body))])
    (found,) = [one for one in report.findings if one.rule.endswith("-unnamed-field")]
    assert found.field.endswith(("rota", "quietHours"))
    assert found.message == "no description of the API names it: check its spelling"
    assert not report.fails()
    assert report.fails(strict=True)


def test_the_key_of_a_label_is_reported_as_it_is_written():
    body = {**POLICY, "user_labels": {"cost_center": 5}}
    found = [
        one for one in check.check([check.Source("f", json.dumps(body))]).findings if one.rule == "set-refused-field"
    ]
    assert [one.field for one in found] == ["userLabels[cost_center]"]


def test_a_placeholder_is_filled_in_later():
    body = copy.deepcopy(POLICY)
    body["conditions"][0]["conditionThreshold"] |= {"duration": "${DURATION}", "comparison": "${COMPARISON}"}
    body["alertStrategy"] = {"notificationPrompts": ["OPENED", "${PROMPT}"]}
    found = check.check([check.Source("f", json.dumps(body))]).findings
    assert "set-refused-field" not in {one.rule for one in found}


def test_a_deployed_policy_without_channels_is_reported_and_a_template_is_only_noted():
    silent = {**POLICY, "notificationChannels": []}
    assert broken_by({**silent, "name": "projects/shop/alertPolicies/1"}) == ["set-no-channel"]
    report = checked(json.dumps(silent))
    assert [each.rule for each in report.notes] == ["set-no-channel-yet"]
    assert report.findings == ()


def test_two_policies_that_say_the_same_in_other_words_are_reported():
    other = copy.deepcopy(POLICY)
    other["displayName"] = "Errors again"
    other["conditions"][0]["displayName"] = "other"
    other["conditions"][0]["conditionThreshold"]["trigger"] = {"count": 1}
    assert broken_by(POLICY, other) == ["set-same-conditions"]
    other["conditions"][0]["conditionThreshold"]["thresholdValue"] = 6
    assert broken_by(POLICY, other) == []


def test_two_policies_of_one_display_name_are_reported_and_names_that_are_not_known_yet_are_not():
    other = threshold(thresholdValue=6)
    assert broken_by(POLICY, other) == ["set-same-name"]
    (finding,) = checked(json.dumps([POLICY, other])).findings
    assert (finding.field, finding.remedy) == ("displayName", "rename one")
    for name in ("Too many errors (EU)", "", "${NAME}", UNKNOWN):
        named = [{**each, "displayName": name} for each in (POLICY, other)]
        assert "set-same-name" not in broken_by(*(named if name in {"${NAME}", "", UNKNOWN} else (POLICY, named[1])))


def test_a_share_in_promql_is_compared_with_a_share():
    share = 'sum(rate(x{code="5xx"}[5m])) / sum(rate(x[5m]))'
    condition = {"query": f"{share} > 5", "duration": "60s"}
    policy = {**POLICY, "conditions": [{"displayName": "c", "conditionPrometheusQueryLanguage": condition}]}
    (finding,) = checked(json.dumps(policy)).findings
    assert (finding.rule, finding.remedy) == ("set-unreachable-threshold", "write 0.05")


def threshold(**changes):
    policy = copy.deepcopy(POLICY)
    policy["conditions"][0]["conditionThreshold"] |= changes
    return policy


UTILIZATION = 'resource.type="cloudsql_database" AND metric.type="cloudsql.googleapis.com/database/cpu/utilization"'
MEAN = [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN"}]


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"filter": UTILIZATION, "aggregations": MEAN, "thresholdValue": 0.9}, []),
        ({"filter": UTILIZATION, "aggregations": MEAN, "thresholdValue": 90}, ["set-unreachable-threshold"]),
        ({"thresholdValue": 0, "comparison": "COMPARISON_LT"}, ["set-unreachable-threshold"]),
        (
            {
                "denominatorFilter": POLICY["conditions"][0]["conditionThreshold"]["filter"],
                "denominatorAggregations": POLICY["conditions"][0]["conditionThreshold"]["aggregations"],
                "filter": POLICY["conditions"][0]["conditionThreshold"]["filter"]
                + ' AND metric.labels.response_code_class="5xx"',
            },
            ["set-unreachable-threshold"],
        ),
    ],
)
def test_a_threshold_that_no_value_crosses_is_reported(changes, found):
    assert broken_by(threshold(**changes)) == found


def test_a_filter_that_matches_none_of_the_recorded_entries_is_reported():
    entries = check.entries_of("e", '{"jsonPayload": {"event": "order.failed"}, "severity": "ERROR"}\n')
    wrong = {**METRIC, "name": "typo", "filter": 'jsonPayload.evnt="order.failed"'}
    report = checked(json.dumps([METRIC, wrong]), entries=entries)
    assert [(each.rule, each.resource) for each in report.findings] == [("set-filter-matches-none", "typo")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"severity": "INFO"}\n{"severity": "INFO", "severity": "ERROR"}',
            "e, line 2: the key 'severity' stands here",
        ),
        ('[{"severity": "INFO",\n"severity": "ERROR"}]', "e, line 2: the key 'severity' stands here again"),
        ("[" * 100_000, "nested too deep"),
        ('{"a":' * 100_000, "nested too deep"),
        ("[]", "e holds no log entry"),
        (" \n\n", "e holds no log entry"),
    ],
)
def test_recorded_entries_that_cannot_be_read_are_refused_with_the_line(text, message):
    with pytest.raises(check.UnreadableError, match=message):
        check.entries_of("e", text)


def test_mql_is_reported_with_the_promql_that_says_the_same():
    query = (
        "fetch cloud_run_revision::run.googleapis.com/request_count"
        " | filter metric.response_code_class == '5xx' | align rate(5m)"
        " | group_by [resource.service_name], sum(val()) | condition val() > 3"
    )
    mql = {"displayName": "c", "conditionMonitoringQueryLanguage": {"query": query, "duration": "60s"}}
    (finding,) = checked(json.dumps({**POLICY, "conditions": [mql]})).findings
    expected = (
        'sum by (service_name) (rate(run_googleapis_com:request_count{monitored_resource="cloud_run_revision",'
        'response_code_class="5xx"}[5m])) > 3'
    )
    assert finding.rule == "set-mql-deprecated"
    assert expected in finding.message


def test_accepted_findings_are_left_out_and_those_that_went_are_reported(tmp_path: Path):
    file = tmp_path / "baseline.json"
    first = checked(json.dumps(BROKEN))
    check.baseline.write(file, [], first.findings, "until the team has moved")
    accepted = check.baseline.read(file)
    again = checked(json.dumps(BROKEN), accepted=accepted)
    assert (again.findings, len(again.accepted), again.stale) == ((), 1, ())
    assert len(checked(json.dumps(POLICY), accepted=accepted).stale) == 1
    file.write_text(json.dumps({"accepted": [{"rule": "a", "resource": "b", "field": "c", "reason": " "}]}))
    with pytest.raises(check.UnreadableError, match="Say why"):
        check.baseline.read(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "b.json is no JSON: "),
        ("null", "b.json is no baseline: it has no list 'accepted'"),
        ('[{"rule": "a"}]', "b.json is no baseline: it has no list 'accepted'"),
        ('{"acepted": []}', "b.json is no baseline: it has no list 'accepted'"),
    ],
)
def test_another_file_is_no_baseline(tmp_path: Path, text, message):
    (tmp_path / "b.json").write_text(text)
    with pytest.raises(check.UnreadableError) as error:
        check.baseline.read(tmp_path / "b.json")
    assert message in str(error.value)
    assert str(error.value).endswith("Correct it, or remove it and write one with --accept REASON.")


def test_notes_are_shown_in_every_format():
    report = checked(json.dumps({**POLICY, "documentation": {}}, indent=1))
    (result,) = check.formats.sarif(report, version="1", notes=True)["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("set-no-runbook", "note")
    first, last = check.formats.github(report, notes=True)
    assert first.startswith("::notice file=file0,line=4,title=set-no-runbook::Too many errors: documentation: ")
    assert last == "1 resource checked, 0 errors, 0 warnings"
    assert check.formats.sarif(report, version="1")["runs"][0]["results"] == []
    assert list(check.formats.github(report)) == [f"{last}, 1 note (see them with --notes)"]


def test_a_file_of_one_line_is_named_without_it_and_the_resource_says_where():
    address = "a.b"
    report = check.check([check.Source("plan.json", json.dumps(json.loads(plan(BROKEN))))])
    text, *_ = check.formats.lines(report)
    assert text.startswith(f"plan.json: error alert-duration: {address}: conditions[0]")
    first, *_ = check.formats.github(report)
    assert first.startswith(f"::error file=plan.json,title=alert-duration::{address}: conditions[0]")
    assert check.formats.document(report)["findings"][0]["line"] == 1


def test_sarif_and_github_name_the_file_and_the_line():
    report = check.check([check.Source("alerts/a,b.json", gcloud(BROKEN))])
    (result,) = check.formats.sarif(report, version="1")["runs"][0]["results"]
    where = result["locations"][0]["physicalLocation"]
    (resource,) = result["locations"][0]["logicalLocations"]
    assert resource["name"] == "Too many errors"
    assert resource["fullyQualifiedName"] == "Too many errors/conditions[0].conditionThreshold.duration"
    assert (result["ruleId"], where["artifactLocation"]["uri"]) == ("alert-duration", "alerts/a,b.json")
    first, *_ = check.formats.github(report)
    line = where["region"]["startLine"]
    assert first.startswith(f"::error file=alerts/a%2Cb.json,line={line},title=alert-duration::")


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("alerts/a,b.json", "alerts/a,b.json"),
        ("al erts/50%#1?.json", "al%20erts/50%25%231%3F.json"),
        ("a:b.json", "a%3Ab.json"),
        ("/ci/alerts/é.json", "file:///ci/alerts/%C3%A9.json"),
        ("-", "stdin"),
    ],
)
def test_sarif_names_a_file_by_a_uri(file, uri):
    report = check.check([check.Source(file, gcloud(BROKEN))])
    (result,) = check.formats.sarif(report, version="1")["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is not JSON"),
        ('{"a": {"b": 1, "c": [{"b": 2}],\n"b": 3}}', "line 2: the key 'b' stands here again. Keep one of them."),
        ('[{"a:{": 1, "a\\u003a{": 2}]', "line 1: the key 'a:{' stands here again. Keep one of them."),
        ("filter: a\nname: b\nfilter: c\n", "line 3: the key 'filter' stands here again. Keep one of them."),
        ("a: [", "neither JSON nor YAML"),
        ('{"a": 1}', "nothing that is known"),
        ("", "empty"),
        ("[" * 200 + "]" * 200, "nested too deep"),
        ("[" * 5000 + "]" * 5000, "nested too deep"),
        ("- " * 200, "nested too deep"),
        ("- " * 5000, "nested too deep"),
        ("conditions: &all [{displayName: a, other: *all}]\ncombiner: OR", "contains itself"),
        ("displayName: a\nmutateTime: 2026-13-45", "month must be in"),
        ('{"displayName": "a", "n": ' + "9" * 5000 + "}", "cannot be read"),
        ('{"version": 4, "terraform_version": "1.9.0", "lineage": "x", "resources": []}', "terraform show -json"),
    ],
)
def test_what_is_no_input_is_refused_with_the_reason(text, message):
    with pytest.raises(check.UnreadableError, match=message):
        checked(text)


def test_a_key_of_a_merge_may_be_overridden():
    text = "base: &base {displayName: a, combiner: OR}\nother: &other {<<: *base, combiner: AND}\nmore: {<<: *other, combiner: OR}\n"
    with pytest.raises(check.UnknownError, match="nothing that is known"):
        checked(text)


def test_keys_and_values_that_yaml_reads_as_dates_and_numbers_are_texts():
    text = yaml.safe_dump(POLICY) + "userLabels: {2026-11-30: first, 5: second, team: shop}\n"
    assert [(each.rule, each.field) for each in checked(text).findings] == [
        ("user-labels", "userLabels.2026-11-30"),
        ("user-labels", "userLabels.5"),
    ]


@pytest.mark.parametrize("name", ["_Default", "_Required"])
def test_the_sinks_that_google_makes_itself_have_legal_names(name):
    sink = {"name": name, "destination": "logging.googleapis.com/projects/shop/locations/global/buckets/_Default"}
    assert checked(json.dumps([sink])).findings == ()


def test_a_folder_passes_over_what_holds_nothing_known_and_names_it(tmp_path: Path):
    alerts = tmp_path / "alerts"
    for name, text in (
        ("policy.json", json.dumps(POLICY)),
        ("a.test.yaml", "policies: [policy.json]\ntests: []"),
        (".terraform/modules.json", "{"),
        ("node_modules/x/package.json", '{"name": "x"}'),
    ):
        file = alerts / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    sources, passed = check.load_all([str(alerts)])
    assert [each.file for each in sources] == [str(alerts / "policy.json")]
    assert passed == [str(alerts / "a.test.yaml")]
    report = check.check(sources, passed_over=passed)
    assert f"nothing known in them: {passed[0]}" in "\n".join(check.formats.lines(report))
    assert check.formats.document(report)["passedOver"] == passed
    named = str(alerts / "a.test.yaml")
    (source,), none = check.load_all([named])
    assert none == []
    with pytest.raises(check.UnknownError, match="nothing that is known"):
        source.resources()
    (alerts / "policy.json").write_text("{")
    with pytest.raises(check.UnreadableError, match="line 1: this is not JSON"):
        check.load_all([str(alerts)])


def test_a_file_by_several_names_and_by_a_link_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    alerts = tmp_path / "alerts"
    alerts.mkdir()
    (alerts / "errors.json").write_text(json.dumps(POLICY))
    (alerts / "link.json").symlink_to("errors.json")
    (alerts / "around").symlink_to("..")
    (alerts / "broken.json").symlink_to("nowhere.json")
    (alerts / "other.json").write_text("{}")
    sources, passed = check.load_all(["./alerts/errors.json", "alerts", str(alerts), "-", "-"], json.dumps(METRIC))
    assert [each.file for each in sources] == ["./alerts/errors.json", "-"]
    assert passed == ["alerts/other.json"]
    with pytest.raises(check.UnknownError):
        check.check(check.load_all(["alerts", "./alerts/other.json"])[0])


def test_an_empty_state_of_terraform_is_nothing_to_check():
    report = checked('{"format_version": "1.0"}')
    assert (report.findings, report.resources) == ((), 0)


def test_a_folder_of_nothing_known_is_refused(tmp_path: Path):
    (tmp_path / "package.json").write_text("{}")
    with pytest.raises(check.UnreadableError, match="nothing that is known here in 1 file\\."):
        check.load_all([str(tmp_path)])


@pytest.mark.parametrize("kind", ["alerts", "dashboards"])
def test_nothing_is_found_in_what_google_publishes(corpus: Path, kind):
    files = check.files_of(str(corpus / "monitoring-dashboard-samples" / kind))
    report = check.check([check.load(each) for each in files])
    assert report.resources > 100
    # two versions of a sample have one display name: only one of them is meant to be deployed
    wrong = [each for each in report.findings if each.rule != "set-same-name"]
    assert [(each.file, each.rule, each.message) for each in wrong] == []
