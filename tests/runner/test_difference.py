"""Two sets of resources differ where people would say so: what Google adds, orders or drops is no difference."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vigil_apimodel import tokens
from vigil_cli.app import app
from vigil_runner import check
from vigil_runner import items as resources
from vigil_runner.difference import Change, compare

POLICY: dict[str, Any] = {
    "displayName": "Errors",
    "combiner": "OR",
    "notificationChannels": ["projects/shop/notificationChannels/1"],
    "conditions": [
        {
            "displayName": "rate",
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
SERVED: dict[str, Any] = {
    **POLICY,
    "name": "projects/shop/alertPolicies/7",
    "enabled": True,
    "creationRecord": {"mutateTime": "2026-01-01T00:00:00Z"},
    "userLabels": {},
    "conditions": [
        {
            **POLICY["conditions"][0],
            "name": "projects/shop/alertPolicies/7/conditions/8",
            "conditionThreshold": {
                **POLICY["conditions"][0]["conditionThreshold"],
                "thresholdValue": 5.0,
                "duration": "300.0s",
                "trigger": {"count": 1},
                "aggregations": [
                    {
                        "alignmentPeriod": "60s",
                        "perSeriesAligner": "ALIGN_RATE",
                        "crossSeriesReducer": "REDUCE_NONE",
                    }
                ],
            },
        }
    ],
}
COUNTER = {"name": "errors", "filter": "severity>=ERROR"}
SERVED_COUNTER = {
    **COUNTER,
    "metricDescriptor": {
        "name": "projects/shop/metricDescriptors/logging.googleapis.com/user/errors",
        "metricKind": "DELTA",
        "valueType": "INT64",
        "unit": "1",
        "type": "logging.googleapis.com/user/errors",
    },
    "createTime": "2026-01-01T00:00:00Z",
    "resourceName": "projects/shop/metrics/errors",
}
LABELLED = {
    **COUNTER,
    "metricDescriptor": {"labels": [{"key": "b", "valueType": "STRING"}, {"key": "a"}]},
    "labelExtractors": {"a": "EXTRACT(x)", "b": "EXTRACT(y)"},
}
TURNED = {
    **LABELLED,
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": "a"}, {"key": "b"}]},
}
CHECK: dict[str, Any] = {
    "displayName": "site",
    "period": "60s",
    "timeout": "10s",
    "monitoredResource": {"type": "uptime_url", "labels": {"host": "shop.example"}},
    "httpCheck": {"useSsl": True, "path": "/"},
    "selectedRegions": ["USA", "EUROPE", "ASIA_PACIFIC"],
}
SERVED_CHECK = {
    **CHECK,
    "name": "projects/shop/uptimeCheckConfigs/site-1",
    "checkerType": "STATIC_IP_CHECKERS",
    "monitoredResource": {"type": "uptime_url", "labels": {"host": "shop.example", "project_id": "shop"}},
    "httpCheck": {"useSsl": True, "path": "/", "port": 443, "requestMethod": "GET"},
    "selectedRegions": ["ASIA_PACIFIC", "EUROPE", "USA"],
}
BOARD: dict[str, Any] = {
    "displayName": "Shop",
    "mosaicLayout": {
        "columns": 12,
        "tiles": [
            {
                "xPos": 0,
                "width": 6,
                "height": 4,
                "widget": {"title": "", "text": {"content": "x", "format": "MARKDOWN"}},
            }
        ],
    },
    "dashboardFilters": [],
}
SERVED_BOARD: dict[str, Any] = {
    "name": "projects/1/dashboards/2",
    "etag": "abc",
    "displayName": "Shop",
    "mosaicLayout": {
        "columns": 12,
        "tiles": [{"width": 6, "height": 4, "widget": {"text": {"content": "x", "format": "MARKDOWN", "style": {}}}}],
    },
}


def sql(rows: object) -> dict[str, Any]:
    test = {"comparison": "COMPARISON_GT", "threshold": rows}
    query = {"query": "SELECT 1", "minutes": {"periodicity": 30}, "rowCountTest": test}
    return {"displayName": "SQL", "combiner": "OR", "conditions": [{"displayName": "c", "conditionSql": query}]}


def counted(number: object) -> dict[str, Any]:
    """A dashboard with one chart of SQL whose function takes a number."""
    function = {"type": "percentile", "parameters": [{"intValue": number}]}
    chart = {"measures": [{"aggregationFunction": function, "column": "x"}]}
    return {"displayName": "N", "gridLayout": {"widgets": [{"scorecard": chart}]}}


def listed(*bodies: dict[str, Any]) -> list[resources.Item]:
    return resources.of_found(check.Source("x.json", json.dumps(list(bodies))).resources())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (POLICY, SERVED), (COUNTER, SERVED_COUNTER), (LABELLED, TURNED), (CHECK, SERVED_CHECK), (BOARD, SERVED_BOARD),
        (sql(10), sql("10")), (counted(3), counted("3")),
    ],
    ids=["policy", "counter", "labels of a metric", "uptime check", "dashboard", "rows of SQL", "a whole number of a dashboard"],
)  # fmt: skip
def test_what_google_adds_orders_or_drops_is_no_difference(before: dict[str, Any], after: dict[str, Any]):
    found = compare(listed(before), listed(after))
    assert not found, found
    assert found.same == 1


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("conditions.0.conditionThreshold.thresholdValue", 7, ("conditions[0].conditionThreshold.thresholdValue", 5, 7)),
        ("conditions.0.conditionThreshold.duration", "600s", ("conditions[0].conditionThreshold.duration", "300s", "600s")),
        ("enabled", False, ("enabled", True, None)),
        ("conditions.0.conditionThreshold.trigger", {"count": 2}, ("conditions[0].conditionThreshold.trigger", None, {"count": 2})),
        ("userLabels", {"team": ""}, ("userLabels", None, {"team": ""})),
        ("notificationChannels", [], ("notificationChannels", ["projects/shop/notificationChannels/1"], None)),
    ],
)  # fmt: skip
def test_what_somebody_changed_is_a_difference_at_its_field(
    path: str, value: object, expected: tuple[str, object, object]
):
    changed: Any = copy.deepcopy(SERVED)
    *way, last = path.split(".")
    inner = changed
    for step in way:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    inner[last] = value
    (found,) = compare(listed(SERVED), listed(changed)).changed
    assert found.changes == (Change(*expected),)  # pyright: ignore[reportArgumentType]


def test_a_channel_is_compared_by_its_fields_and_not_by_the_name_that_a_server_gave_it():
    mail = {"type": "email", "displayName": "on call", "labels": {"email_address": "a@example.com"}}
    before = listed({**mail, "name": "projects/shop/notificationChannels/1"}, POLICY)
    there = {**POLICY, "notificationChannels": ["projects/shop/notificationChannels/99"]}
    assert not compare(before, listed({**mail, "name": "projects/shop/notificationChannels/99"}, there))
    (found,) = compare(before, listed({**mail, "name": "projects/shop/notificationChannels/98"}, there)).changed
    assert found.changes[0].path == "notificationChannels[0]"


def test_the_number_of_a_project_is_its_id():
    sink = {"name": "all", "destination": "logging.googleapis.com/projects/shop/locations/eu/buckets/b"}
    bucket = {"name": "projects/shop/locations/eu/buckets/b", "retentionDays": 5}
    numbered = json.loads(json.dumps([sink, bucket]).replace("projects/shop/", "projects/123/"))
    assert not compare(listed(sink, bucket), listed(*numbered))


def test_of_several_policies_with_one_name_those_that_say_the_same_come_together():
    other: dict[str, Any] = {**POLICY, "notificationChannels": []}
    found = compare(listed(POLICY, other, POLICY), listed(other, POLICY))
    assert found.same == 2
    assert [each.key for each in found.removed] == ["Errors"]


def test_secrets_that_nobody_can_compare_are_no_difference():
    slack = {"type": "slack", "displayName": "#shop", "labels": {"channel_name": "#shop", "auth_token": "xoxb-secret"}}
    masked = {**slack, "labels": {"channel_name": "#shop", "auth_token": "******"}}
    assert not compare(listed(slack), listed(masked))
    assert "xoxb-secret" not in repr(listed(slack))


def test_the_whole_of_an_export_of_pulumi_equals_the_api_s_answer():
    inputs: dict[str, Any] = {**POLICY, "project": "shop", "__defaults": []}
    state: dict[str, Any] = {
        "deployment": {"resources": [{"type": tokens.ALERT_POLICY, "urn": "a::b", "inputs": inputs}]}
    }
    exported = resources.of_found(check.Source("state.json", json.dumps(state)).resources())
    assert not compare(exported, listed(SERVED))


def test_the_command_names_each_difference_and_exits_with_1(tmp_path: Path):
    (tmp_path / "before.json").write_text(json.dumps([SERVED, SERVED_COUNTER]))
    after = copy.deepcopy(POLICY)
    after["conditions"][0]["conditionThreshold"]["thresholdValue"] = 7
    (tmp_path / "after.json").write_text(json.dumps([after, BOARD]))
    run = CliRunner()
    files = [str(tmp_path / "before.json"), str(tmp_path / "after.json")]
    found = run.invoke(app, ["diff", *files])
    assert found.exit_code == 1
    assert found.output.splitlines() == [
        "- log-based metric 'errors': only before",
        "+ dashboard 'Shop': only after",
        "~ policy 'Errors'",
        "    conditions[0].conditionThreshold.thresholdValue: 5.0 -> 7",
        "1 only before, 1 only after, 1 changed, 0 the same",
    ]
    document = json.loads(run.invoke(app, ["diff", *files, "--json"]).output)
    assert document["ok"] is False
    assert document["changed"][0]["fields"] == [
        {"path": "conditions[0].conditionThreshold.thresholdValue", "before": 5.0, "after": 7}
    ]
    same = run.invoke(app, ["diff", files[0], files[0]])
    assert (same.exit_code, same.output) == (0, "No difference: 2 resources.\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "There is nothing to compare with. Name a stack"),
        (["missing.json", "missing.json"], "missing.json cannot be read"),
        (["a", "b", "-s", "x"], "Two files are compared without a stack"),
    ],
)
def test_what_cannot_be_compared_is_an_error_with_a_remedy(arguments: list[str], message: str):
    found = CliRunner().invoke(app, ["diff", *arguments])
    assert found.exit_code == 2
    assert message in found.output
