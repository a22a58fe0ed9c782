"""What a file of Terraform or Pulumi says becomes the API's own JSON."""

import json
from typing import Any, cast

import pytest

from vigil_apimodel import api_json
from vigil_apimodel.field_names import snake_case
from vigil_apimodel.rules import UNKNOWN
from vigil_runner import check, items
from vigil_runner.api_form import FormError, api_form, in_api_form
from vigil_runner.difference import compare

NAME = "projects/shop/alertPolicies/1"
CHANNEL = "projects/shop/notificationChannels/2"
POLICY = {
    "name": NAME,
    "displayName": "Böse",
    "combiner": "AND",
    "enabled": True,
    "notificationChannels": [CHANNEL],
    "userLabels": {"a_b": "c_d"},
    "documentation": {"content": "Look.", "mimeType": "text/markdown", "links": [{"displayName": "x", "url": "y"}]},
    "alertStrategy": {
        "autoClose": "1800s",
        "notificationRateLimit": {"period": "300s"},
        "notificationChannelStrategy": [{"notificationChannelNames": [CHANNEL], "renotifyInterval": "1800s"}],
    },
    "conditions": [
        {
            "displayName": "ratio",
            "conditionThreshold": {
                "filter": "f",
                "comparison": "COMPARISON_GT",
                "thresholdValue": 0.5,
                "duration": "60s",
                "trigger": {"count": 2},
                "forecastOptions": {"forecastHorizon": "3600s"},
                "aggregations": [{"alignmentPeriod": "60s", "groupByFields": ["metric.label.x"]}],
                "denominatorFilter": "g",
                "denominatorAggregations": [{"alignmentPeriod": "60s"}],
            },
        },
        {"displayName": "log", "conditionMatchedLog": {"filter": "h", "labelExtractors": {"a_b": "EXTRACT(c)"}}},
    ],
}
METRIC = {
    "name": "orders/slow",
    "filter": "x",
    "valueExtractor": "EXTRACT(jsonPayload.s)",
    "labelExtractors": {"w_y": "EXTRACT(jsonPayload.w)"},
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "s", "labels": [{"key": "w_y"}]},
    "bucketOptions": {"linearBuckets": {"offset": 0, "width": 2, "numFiniteBuckets": 10}},
}
BUCKET = {
    "name": "projects/shop/locations/global/buckets/app",
    "retentionDays": 90,
    "analyticsEnabled": True,
    "indexConfigs": [{"fieldPath": "jsonPayload.a", "type": "INDEX_TYPE_STRING"}],
}
VIEW = {"name": f"{BUCKET['name']}/views/api", "filter": 'LOG_ID("api")'}
CHECK = {
    "name": "projects/shop/uptimeCheckConfigs/up",
    "displayName": "up",
    "period": "60s",
    "timeout": "10s",
    "monitoredResource": {"type": "uptime_url", "labels": {"host": "shop.example"}},
    "httpCheck": {"path": "/", "port": 443, "useSsl": True, "acceptedResponseStatusCodes": [{"statusValue": 200}]},
    "contentMatchers": [{"content": "ok", "matcher": "CONTAINS_STRING"}],
}
SLO = {
    "name": "projects/shop/services/s/serviceLevelObjectives/o",
    "displayName": "99 %",
    "goal": 0.99,
    "rollingPeriod": "2592000s",
    "serviceLevelIndicator": {
        "requestBased": {"goodTotalRatio": {"goodServiceFilter": "g", "totalServiceFilter": "t"}}
    },
}
BASIC = {"location": ["europe-west1"], "method": ["Get"], "latency": {"threshold": "0.5s"}}
BASIC_SLO = {**SLO, "name": f"{SLO['name']}-basic", "serviceLevelIndicator": {"basicSli": BASIC}}
WINDOWS = {"windowPeriod": "300s", "goodTotalRatioThreshold": {"threshold": 0.9, "basicSliPerformance": BASIC}}
WINDOWS_SLO = {**SLO, "name": f"{SLO['name']}-windows", "serviceLevelIndicator": {"windowsBased": WINDOWS}}
OWN_SINK = {"name": "all", "destination": "storage.googleapis.com/b", "writerIdentity": "serviceAccount:a@b"}
SHARED_SINK = {
    **OWN_SINK,
    "name": "shared",
    "writerIdentity": api_json.SHARED_WRITER,
    "exclusions": [{"name": "e", "filter": "f"}],
}
DASHBOARD = {"name": "projects/1/dashboards/9", "displayName": "D", "gridLayout": {"widgets": [{"title": "a_b"}]}}
PAGER = {
    "name": CHANNEL,
    "type": "email",
    "displayName": "On call",
    "labels": {"email_address": "a@b"},
    "enabled": True,
}
EVERYTHING = [POLICY, METRIC, BUCKET, VIEW, CHECK, SLO, BASIC_SLO, WINDOWS_SLO, OWN_SINK, SHARED_SINK, DASHBOARD, PAGER]
TERRAFORM = {"policy": "monitoring_alert_policy", "log-based metric": "logging_metric", "SLO": "monitoring_slo"} | {
    "log bucket": "logging_project_bucket_config",
    "log view": "logging_log_view",
    "uptime check": "monitoring_uptime_check_config",
    "sink": "logging_project_sink",
    "dashboard": "monitoring_dashboard",
    "channel": "monitoring_notification_channel",
}
LISTS = {name: snake_case(api) for name, api in api_json.SINGULAR.items()}
FREE = {"userLabels", "labelExtractors", "headers"}


def found(*bodies: dict[str, Any]) -> list[check.Found]:
    return check.Source("api.json", json.dumps(list(bodies))).resources()


def attributes(value: object, key: str = "") -> object:
    """As Terraform has them: snake case, each block a list."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        if key in FREE or (key == "labels" and not {"key"} & set(fields)):
            return fields
        inner = {LISTS.get(name, snake_case(name)): attributes(each, name) for name, each in fields.items()}
        return [inner] if key else inner
    if isinstance(value, list):
        return [attributes(each) for each in cast("list[object]", value)]
    return value


def state(*bodies: dict[str, Any]) -> list[check.Found]:
    """What the resources are in a state of Terraform."""
    resources: list[dict[str, Any]] = []
    for number, each in enumerate(found(*bodies)):
        values = cast("dict[str, Any]", attributes(each.inputs))
        if each.type.endswith("AlertPolicy"):
            values["conditions"] = [{**one, "name": f"{NAME}/conditions/{number}"} for one in values["conditions"]]
            values |= {"name": NAME, "creation_record": [{"mutated_by": "a"}], "severity": None}
        type_ = f"google_{TERRAFORM[items.COMPARED[each.type]]}"
        values["id"] = each.body["name"]
        resources.append({"mode": "managed", "type": type_, "address": f"{type_}.r{number}", "values": values})
    document = {"terraform_version": "1.9.0", "values": {"root_module": {"resources": resources}}}
    return check.Source("state.json", json.dumps(document)).resources()


def exported(*bodies: dict[str, Any]) -> list[check.Found]:
    """What the resources are in an exported stack of Pulumi."""
    resources = [
        {"type": each.type, "urn": f"urn:pulumi:s::p::{each.type}::r", "id": each.body["name"], "inputs": each.inputs}
        for each in found(*bodies)
    ]
    return check.Source("stack.json", json.dumps({"deployment": {"resources": resources}})).resources()


def test_the_state_of_terraform_and_a_stack_of_pulumi_say_what_the_api_says_and_know_each_full_name():
    wanted = items.of_found(found(*EVERYTHING))
    for given in (state(*EVERYTHING), exported(*EVERYTHING)):
        formed, others = in_api_form(given, project="shop")
        assert others == []
        assert compare(wanted, items.of_found(formed)).same == len(EVERYTHING)
        assert [each.body["name"] for each in formed] == [each["name"] for each in EVERYTHING]
        assert [each.name for each in formed] == [api_json.name_of(each) for each in EVERYTHING]
    assert api_form(found(POLICY)[0]) == found(POLICY)[0], "the API's own JSON stays as it is"


def test_a_change_in_a_block_is_a_difference_at_its_field():
    changed = json.loads(json.dumps(POLICY))
    changed["conditions"][0]["conditionThreshold"]["trigger"]["count"] = 3
    difference = compare(items.of_found(found(POLICY)), items.of_found(in_api_form(state(changed))[0]))
    ((change,),) = [each.changes for each in difference.changed]
    assert (change.path, change.before, change.after) == ("conditions[0].conditionThreshold.trigger.count", 2, 3)


def test_what_the_api_has_no_word_for_is_named_and_nothing_is_dropped_in_silence():
    (given,) = state(METRIC)
    given.inputs["newAttribute"] = "x"
    with pytest.raises(FormError, match="the API's JSON has no newAttribute as the file has it"):
        api_form(given)
    assert in_api_form([given])[1] == [(given, "the API's JSON has no newAttribute as the file has it")]


def test_what_a_plan_does_not_know_yet_stays_unknown():
    after = cast("dict[str, Any]", attributes(found(POLICY)[0].inputs))
    change = {"actions": ["create"], "after": after, "after_unknown": {"notification_channels": True, "id": True}}
    resource = {"type": "google_monitoring_alert_policy", "address": "a.b", "change": change}
    document = {"terraform_version": "1.9.0", "resource_changes": [resource]}
    (given,) = check.Source("plan.json", json.dumps(document)).resources()
    formed = api_form(given)
    assert "name" not in formed.body
    assert formed.body["notificationChannels"] == UNKNOWN
