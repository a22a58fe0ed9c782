"""Policies, channels, dashboards, checks, services, descriptors, groups, snoozes: what Google adds, keeps and refuses."""

import copy
import re
from datetime import timedelta

import pytest

from vigil_emulator.resources.projects import number_of
from vigil_emulator.rest.discovery import document
from vigil_emulator.rest.presence import ONE_OF

POLICIES = "/v3/projects/p/alertPolicies"
CHANNELS = "/v3/projects/p/notificationChannels"
DASHBOARDS = "/v1/projects/p/dashboards"
CHECKS = "/v3/projects/p/uptimeCheckConfigs"
CPU = 'metric.type="run.googleapis.com/container/cpu/utilizations" AND resource.type="cloud_run_revision"'
ERRORS = 'metric.type="logging.googleapis.com/user/errors" AND resource.type="cloud_run_revision"'
RATE = [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}]
MAIL = {"type": "email", "displayName": "Mail", "labels": {"email_address": "a@example.com"}}


def threshold(**changes):
    aggregation = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_PERCENTILE_99"}
    condition = {
        "filter": CPU,
        "comparison": "COMPARISON_GT",
        "thresholdValue": 0.8,
        "duration": "60s",
        "aggregations": [aggregation],
    }
    return {"displayName": "cpu", "conditionThreshold": condition | changes}


def promql(query="up > 0", **changes):
    return {
        "displayName": "query",
        "conditionPrometheusQueryLanguage": {"query": query, "evaluationInterval": "60s"} | changes,
    }


def matched(**changes):
    return {"displayName": "log", "conditionMatchedLog": {"filter": "severity>=ERROR"} | changes}


def absent(**changes):
    return {"displayName": "gone", "conditionAbsent": {"filter": CPU, "duration": "120s"} | changes}


def policy(*conditions, **changes):
    return {"displayName": "P", "combiner": "OR", "conditions": list(conditions or [threshold()])} | changes


LIMITED = {"notificationRateLimit": {"period": "300s"}}


def test_a_policy_gets_names_and_records_and_is_enabled(api):
    made = api.ok("POST", POLICIES, policy(threshold(), threshold()))
    assert re.fullmatch(r"projects/p/alertPolicies/\d{19}", made["name"])
    names = [condition["name"] for condition in made["conditions"]]
    assert len(set(names)) == 2
    assert all(re.fullmatch(re.escape(made["name"]) + r"/conditions/\d{19}", name) for name in names)
    record = {"mutateTime": "2026-01-05T12:00:00Z", "mutatedBy": "user@example.com"}
    assert (made["enabled"], made["creationRecord"], made["mutationRecord"]) == (True, record, record)


def test_a_changed_policy_keeps_its_conditions_names_and_what_the_mask_leaves_out(api):
    made = api.ok("POST", POLICIES, policy(severity="WARNING", userLabels={"team": "shop"}))
    conditions = copy.deepcopy(made["conditions"])
    conditions[0]["conditionThreshold"]["thresholdValue"] = 0.9
    api.clock.advance(60)
    body = policy(*conditions, promql(), severity="ERROR")
    changed = api.ok("PATCH", f"/v3/{made['name']}", body, query="updateMask=conditions")
    assert changed["conditions"][0]["name"] == made["conditions"][0]["name"]
    assert changed["conditions"][0]["conditionThreshold"]["thresholdValue"] == 0.9
    assert (changed["severity"], changed["userLabels"]) == ("WARNING", {"team": "shop"})
    assert changed["creationRecord"]["mutateTime"] == "2026-01-05T12:00:00Z"
    assert changed["mutationRecord"]["mutateTime"] == "2026-01-05T12:01:00Z"
    replaced = api.ok("PATCH", f"/v3/{made['name']}", policy(enabled=False))
    assert (replaced["enabled"], "severity" in replaced, "userLabels" in replaced) == (False, False, False)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (policy(displayName=""), "Field alert_policy.display_name is required."),
        (policy(combiner="COMBINE_UNSPECIFIED"), "Field alert_policy.combiner is required."),
        (policy(displayName="x" * 513), "at most 512 characters"),
        (policy(conditions=[]), "Field alert_policy.conditions is required."),
        (policy(*[threshold()] * 7), "7 items: at most 6 are allowed"),
        (policy({"displayName": "none"}), "exactly one condition type"),
        (
            policy(threshold(aggregations=[{"alignmentPeriod": "450s", "perSeriesAligner": "ALIGN_MEAN"}])),
            (
                "Field alert_policy.conditions[0].condition_threshold.aggregations[0].alignment_period had an invalid value of"
                ' "{"seconds":450}": alignment period must be in multiples of one minute'
            ),
        ),
        (
            policy(threshold(aggregations=[{"alignmentPeriod": "90060s", "perSeriesAligner": "ALIGN_MEAN"}])),
            "at most 25 hours",
        ),
        (policy(threshold(aggregations=[{"perSeriesAligner": "ALIGN_MEAN"}])), "alignment_period is required"),
        (
            policy(threshold(duration="30s")),
            'condition_threshold.duration had an invalid value of "30s": only multiples of 1 minute are supported',
        ),
        (
            policy(threshold(duration="0s", evaluationMissingData="EVALUATION_MISSING_DATA_ACTIVE")),
            "Conditions setting evaluation_missing_data must have a non-zero duration.",
        ),
        (
            policy(
                threshold(
                    aggregations=[
                        {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MEAN", "groupByFields": ["project"]}
                    ]
                )
            ),
            "An aggregation cannot have group-by fields without a reducer.",
        ),
        (
            policy(threshold(aggregations=[{"alignmentPeriod": "60s", "crossSeriesReducer": "REDUCE_SUM"}])),
            "a reducer needs an aligner",
        ),
        (policy(threshold(comparison="COMPARISON_GE")), "only COMPARISON_GT and COMPARISON_LT"),
        (policy(threshold(filter="")), "condition_threshold.filter is required"),
        (policy(threshold(filter='metric.type="a.b/c"')), 'must specify a restriction on "resource.type"'),
        (policy(threshold(filter='resource.type="a"')), 'must specify a restriction on "metric.type"'),
        (policy(threshold(filter=CPU + " " * 2048)), "at most 2048"),
        (policy(threshold(filter=CPU + " AND (")), "The filter does not parse"),
        (
            policy(threshold(aggregations=[{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}])),
            (
                'Field aggregation.perSeriesAligner had an invalid value of "ALIGN_RATE": The aligner cannot be applied to metrics'
                " with kind DELTA and value type DISTRIBUTION."
            ),
        ),
        (policy(threshold(forecastOptions={"forecastHorizon": "60s"})), "1 to 60 hours"),
        (policy(absent(duration="60s")), "2 minutes to 23.5 hours"),
        (policy(absent(duration="84660s")), "2 minutes to 23.5 hours"),
        (policy(promql("rate(x[5m")), "The query does not parse"),
        (policy(promql(" ")), "query is required"),
        (policy(promql(evaluationInterval="45s")), "multiple of 30 seconds"),
        (policy(promql(alertRule="not a name")), "valid Prometheus name"),
        (
            policy(matched(), threshold(), alertStrategy=LIMITED),
            "Alert policies with a log matching condition can only have a single condition.",
        ),
        (policy(matched()), "log-based alert policies must specify a notification rate limit"),
        (policy(matched(filter="a ="), alertStrategy=LIMITED), "Unparseable filter"),
        (policy(matched(), alertStrategy={**LIMITED, "notificationPrompts": ["CLOSED"]}), "only support OPENED"),
        (
            policy(alertStrategy={"notificationRateLimit": {"period": "3600s"}}),
            (
                'Field alertStrategy.notificationRateLimit had an invalid value of "period { seconds: 3600 }": only log-based alert'
                " policies may specify a notification rate limit"
            ),
        ),
        (
            policy(alertStrategy={"autoClose": "600s"}),
            (
                'Field alertStrategy.autoClose had an invalid value of "seconds: 600": the autoclose duration should be at least 30'
                " minutes"
            ),
        ),
        (policy(documentation={"content": "x" * 8193}), "8192 characters"),
        (policy(documentation={"content": "é" * 5200}), "10240 bytes"),
        (policy(documentation={"mimeType": "text/plain"}), "only text/markdown"),
        (policy(documentation={"links": [{"displayName": "a", "url": "b"}] * 4}), "at most 3 are allowed"),
        (policy(documentation={"links": [{"displayName": "a" * 64, "url": "b"}]}), "1 to 63 characters"),
        (policy(userLabels={"Team": "x"}), 'invalid key of "Team"'),
        (policy(userLabels={"team": "Shop Floor"}), 'invalid value of "Shop Floor"'),
        (policy(userLabels={f"k{number}": "v" for number in range(65)}), "at most 64"),
        (
            policy(notificationChannels=[f"projects/p/notificationChannels/{number}" for number in range(17)]),
            "at most 16 are allowed",
        ),
    ],
)
def test_policies_that_google_refuses(api, body, message):
    code, status, text = api.refused("POST", POLICIES, body)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert message in text
    assert api.ok("GET", POLICIES) == {}


def test_a_threshold_on_a_new_log_based_metric_is_refused_for_ten_minutes(api):
    unknown = (
        404,
        "NOT_FOUND",
        (
            'Cannot find metric(s) that match type = "logging.googleapis.com/user/errors". If a metric was created recently, it could'
            " take up to 10 minutes to become available. Please try again soon."
        ),
    )
    descriptor = "/v3/projects/p/metricDescriptors/logging.googleapis.com/user/errors"
    assert api.refused("POST", POLICIES, policy(threshold(filter=ERRORS, aggregations=RATE))) == unknown
    api.ok("POST", "/v2/projects/p/metrics", {"name": "errors", "filter": "severity>=ERROR"})
    api.clock.advance(timedelta(minutes=10).total_seconds() - 1)
    assert api.refused("POST", POLICIES, policy(threshold(filter=ERRORS, aggregations=RATE))) == unknown
    assert api.refused("GET", descriptor)[0] == 404
    api.ok(
        "POST",
        POLICIES,
        policy(promql("rate(logging_googleapis_com:user_errors[5m]) > 1", disableMetricValidation=True)),
    )
    api.clock.advance(1)
    api.ok("POST", POLICIES, policy(threshold(filter=ERRORS, aggregations=RATE)))
    assert api.ok("GET", descriptor)["type"] == "logging.googleapis.com/user/errors"


def test_an_aligner_must_fit_a_metric_that_is_known(api):
    api.ok("POST", "/v2/projects/p/metrics", {"name": "errors", "filter": "severity>=ERROR"})
    api.clock.advance(600)
    percentile = [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_PERCENTILE_99"}]
    refused = api.refused("POST", POLICIES, policy(threshold(filter=ERRORS, aggregations=percentile)))
    assert refused[2].endswith("cannot be applied to metrics with kind DELTA and value type INT64.")
    api.ok("POST", POLICIES, policy(threshold(filter=ERRORS, aggregations=RATE)))
    unknown = 'metric.type="custom.googleapis.com/unknown" AND resource.type="global"'
    api.ok("POST", POLICIES, policy(threshold(filter=unknown, aggregations=percentile)))


def test_quoted_metric_names_and_a_single_equals_sign_are_promql(api):
    for query in ('rate({"logging.googleapis.com/user/a.b", x="y"}[5m]) > 1', '{"a.b/c", x="="} = 0', "up == 1"):
        api.ok("POST", POLICIES, policy(promql(query)))


def test_a_channel_shows_the_last_four_characters_of_a_token_and_keeps_the_whole(api):
    body = {"type": "slack", "labels": {"channel_name": "#alerts", "auth_token": "not-a-secret"}}
    made = api.ok("POST", CHANNELS, body)
    assert made["labels"] == {"channel_name": "#alerts", "auth_token": "********cret"}
    kept = api.emulator.store.get("monitoring.notificationChannels", made["name"])
    assert kept["labels"]["auth_token"] == "not-a-secret"
    assert "it is masked" in api.refused("PATCH", f"/v3/{made['name']}", made)[2]
    changed = api.ok("PATCH", f"/v3/{made['name']}", {"displayName": "Hook"}, query="updateMask=display_name")
    assert changed["displayName"] == "Hook"
    kept = api.emulator.store.get("monitoring.notificationChannels", made["name"])
    assert kept["labels"]["auth_token"] == "not-a-secret"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"type": "pigeon"}, "Unrecognized channel type"),
        ({"type": "email"}, "email_address"),
        ({**MAIL, "description": "x" * 1025}, "at most 1024"),
        ({**MAIL, "userLabels": {"1": "x"}}, "invalid key"),
    ],
)
def test_channels_that_google_refuses(api, body, message):
    code, _status, text = api.refused("POST", CHANNELS, body)
    assert (code, message in text) == (400, True)


def test_a_channel_in_use_cannot_be_deleted_unless_forced(api):
    used, other = (api.ok("POST", CHANNELS, MAIL)["name"] for _ in range(2))
    made = api.ok("POST", POLICIES, policy(notificationChannels=[used, other]))
    assert api.refused("DELETE", f"/v3/{used}") == (
        400,
        "INVALID_ARGUMENT",
        f'Could not delete "{used}" because it is still being referenced by: "{made["name"]}"',
    )
    assert api.ok("DELETE", f"/v3/{used}", query="force=true") == {}
    assert api.ok("GET", f"/v3/{made['name']}")["notificationChannels"] == [other]
    assert api.refused("POST", POLICIES, policy(notificationChannels=[used]))[0] == 404


def grid(*widgets):
    return {"displayName": "D", "gridLayout": {"widgets": list(widgets)}}


def tile(**changes):
    return {
        "displayName": "D",
        "mosaicLayout": {"columns": 12, "tiles": [{"width": 4, "height": 4, "widget": {"text": {}}} | changes]},
    }


def chart(plot="LINE", **changes):
    query = {"timeSeriesFilter": {"filter": CPU, "aggregation": {"alignmentPeriod": "60s"}}}
    return {"xyChart": {"dataSets": [{"plotType": plot, "timeSeriesQuery": query}]} | changes}


def test_a_dashboard_gets_what_the_server_adds(api):
    table = {"timeSeriesTable": {"dataSets": [{"timeSeriesQuery": {}}]}}
    made = api.ok("POST", DASHBOARDS, grid({"text": {"content": "x"}}, chart(yAxis={"label": "l"}), table))
    text, xy, rows = made["gridLayout"]["widgets"]
    assert text == {"text": {"content": "x", "format": "MARKDOWN", "style": {}}}
    assert (xy["xyChart"]["dataSets"][0]["targetAxis"], xy["xyChart"]["yAxis"]) == (
        "Y1",
        {"label": "l", "scale": "LINEAR"},
    )
    assert rows["timeSeriesTable"]["dataSets"][0]["minAlignmentPeriod"] == "0s"
    assert re.fullmatch(r"projects/\d{12}/dashboards/[0-9a-f-]{36}", made["name"])


def test_a_dashboard_changes_with_the_etag_of_what_it_was(api):
    made = api.ok("POST", DASHBOARDS, grid({"text": {"content": "x"}}))
    path = f"/v1/{made['name']}"
    assert api.refused("PATCH", path, grid())[2] == "Update Dashboard should specify a non empty etag."
    changed = api.ok("PATCH", path, {**grid({"blank": {}}), "etag": made["etag"]})
    assert changed["etag"] != made["etag"]
    assert api.refused("PATCH", path, {**grid(), "etag": made["etag"]})[:2] == (409, "ABORTED")
    assert api.ok("GET", path)["gridLayout"] == {"widgets": [{"blank": {}}]}
    assert api.ok("DELETE", path) == {}
    assert api.refused("GET", path) == (404, "NOT_FOUND", "Requested entity was not found.")


def test_a_dashboard_that_is_only_validated_is_not_kept(api):
    api.ok("POST", DASHBOARDS, grid({"blank": {}}), query="validateOnly=true")
    assert api.refused("POST", DASHBOARDS, grid({"title": "t"}), query="validateOnly=True")[0] == 400
    assert api.ok("GET", DASHBOARDS) == {}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"gridLayout": {}}, "display_name"),
        (grid({"title": "empty"}), "Dashboard is missing required field gridLayout.widgets[0].content."),
        (grid({"singleViewGroup": {}}), "dropdownGroup is only allowed in MosaicLayout."),
        (grid({"sectionHeader": {}}), "sectionHeader is only allowed in MosaicLayout."),
        (grid({"collapsibleGroup": {}}), "collapsibleGroup is only allowed in MosaicLayout."),
        (
            grid(chart(timeshiftDuration="30s")),
            (
                'Field gridLayout.widgets[0].xyChart.timeshiftDuration has an invalid value of "30s": must be greater than or equal to'
                " one minute."
            ),
        ),
        (
            grid(chart("STACKED_BAR", timeshiftDuration="60s")),
            "plot type is incompatible with XyChart's timeshiftDuration.",
        ),
        (grid({"text": {}, "blank": {}}), "oneof field 'content' is already set"),
        (grid(*[{"blank": {}}] * 101), "at most 100 widgets"),
        (tile(xPos=9), "columns 9 to 13 of 12"),
        (tile(width=0), "at least 1"),
        ({"displayName": "D", "mosaicLayout": {"columns": 49}}, "1 to 48"),
    ],
)
def test_dashboards_that_google_refuses(api, body, message):
    code, status, text = api.refused("POST", DASHBOARDS, body)
    assert (code, status, message in text) == (400, "INVALID_ARGUMENT", True), text


def check(**changes):
    resource = {"type": "uptime_url", "labels": {"host": "example.com", "project_id": "p"}}
    return {
        "displayName": "API up",
        "monitoredResource": resource,
        "httpCheck": {"path": "/"},
        "period": "60s",
        "timeout": "10s",
    } | changes


def test_an_uptime_check_hides_secrets_and_counts_its_body(api):
    http = {
        "authInfo": {"username": "u", "password": "secret"},
        "headers": {"x": "y"},
        "maskHeaders": True,
        "requestMethod": "POST",
        "contentType": "URL_ENCODED",
        "body": "Ym9keQ==",
    }
    made = api.ok("POST", CHECKS, check(httpCheck=http))
    assert made["httpCheck"]["authInfo"] == {"username": "u", "password": "******"}
    assert made["httpCheck"]["headers"] == {"Content-Length": "******", "x": "******"}
    assert re.fullmatch(r"projects/p/uptimeCheckConfigs/api-up-[\w\-]{11}", made["name"])
    kept = api.emulator.store.get("monitoring.uptimeCheckConfigs", made["name"])["httpCheck"]
    assert (kept["authInfo"]["password"], kept["headers"]) == ("secret", {"x": "y", "Content-Length": "4"})
    identifier = made["name"].rpartition("/")[2]
    api.ok("DELETE", f"/v3/{made['name']}")
    assert api.refused("GET", f"/v3/{made['name']}")[2] == f"Config not found for check {identifier} in project p"


@pytest.mark.parametrize(
    "body",
    [
        check(displayName=""),
        check(period="120s"),
        check(timeout="61s"),
        check(timeout="0s"),
        check(selectedRegions=["EUROPE", "ASIA_PACIFIC"]),
        check(contentMatchers=[{"content": "x" * 1025}]),
        check(httpCheck={"headers": {f"h{number}": "v" for number in range(101)}}),
        {"displayName": "x", "httpCheck": {}},
    ],
)
def test_uptime_checks_that_google_refuses(api, body):
    assert api.refused("POST", CHECKS, body)[:2] == (400, "INVALID_ARGUMENT")


def objective(**changes):
    good = {"goodTotalRatio": {"badServiceFilter": CPU, "totalServiceFilter": CPU}}
    return {"goal": 0.99, "rollingPeriod": "2419200s", "serviceLevelIndicator": {"requestBased": good}} | changes


def test_services_and_objectives_are_named_by_the_projects_number(api):
    service = api.ok("POST", "/v3/projects/p/services", {"custom": {}, "displayName": "API"}, query="serviceId=api")
    assert re.fullmatch(r"projects/\d{12}/services/api", service["name"])
    made = api.ok(
        "POST", f"/v3/{service['name']}/serviceLevelObjectives", objective(), query="serviceLevelObjectiveId=a"
    )
    assert made["name"] == f"{service['name']}/serviceLevelObjectives/a"
    changed = api.ok("PATCH", f"/v3/{made['name']}", {"goal": 0.995}, query="updateMask=goal")
    assert (changed["goal"], changed["rollingPeriod"]) == (0.995, "2419200s")
    number = service["name"].split("/")[1]
    assert (
        api.refused("GET", "/v3/projects/p/services/x")[2] == f"There is no service with id 'x' in project '{number}'"
    )
    assert api.refused("GET", "/v3/projects/p/services/api/serviceLevelObjectives/x")[2] == (
        'There is no slo with id "x" under service "api" in project "p"'
    )
    api.ok("DELETE", "/v3/projects/p/services/api")
    assert api.emulator.store.names("monitoring.serviceLevelObjectives") == []


@pytest.mark.parametrize(
    "body",
    [
        objective(goal=0),
        objective(goal=0.99999),
        objective(rollingPeriod="3600s"),
        objective(rollingPeriod="2678400s"),
        {**objective(), "calendarPeriod": "WEEK"},
        {"goal": 0.9, "serviceLevelIndicator": objective()["serviceLevelIndicator"]},
        {**objective(rollingPeriod=None), "calendarPeriod": "CALENDAR_PERIOD_UNSPECIFIED"},
        objective(serviceLevelIndicator={}),
        objective(serviceLevelIndicator={"basicSli": {"availability": {}}}),
        objective(serviceLevelIndicator={"windowsBased": {"windowPeriod": "7000s", "goodBadMetricFilter": CPU}}),
        objective(serviceLevelIndicator={"requestBased": {"distributionCut": {"distributionFilter": "x"}}}),
        objective(
            serviceLevelIndicator={"requestBased": {"distributionCut": {"distributionFilter": 'resource.type="a"'}}}
        ),
    ],
)
def test_objectives_that_google_refuses(api, body):
    api.ok("POST", "/v3/projects/p/services", {"custom": {}}, query="serviceId=api")
    assert api.refused("POST", "/v3/projects/p/services/api/serviceLevelObjectives", body)[:2] == (
        400,
        "INVALID_ARGUMENT",
    )


def test_a_descriptor_is_answered_as_sent_and_read_in_the_servers_form(api):
    path = "/v3/projects/p/metricDescriptors"
    body = {
        "type": "custom.googleapis.com/queue/depth",
        "metricKind": "GAUGE",
        "valueType": "INT64",
        "labels": [{"key": "b"}, {"key": "a"}],
        "launchStage": "BETA",
    }
    assert api.ok("POST", path, body) == {
        **body,
        "name": "projects/p/metricDescriptors/custom.googleapis.com/queue/depth",
    }
    read = api.ok("GET", f"{path}/custom.googleapis.com/queue/depth")
    assert ([label["key"] for label in read["labels"]], "launchStage" in read) == (["a", "b"], False)
    assert "global" in read["monitoredResourceTypes"]
    listed = api.ok("GET", path, query={"filter": 'metric.type = starts_with("custom.googleapis.com/queue")'})
    assert [one["type"] for one in listed.get("metricDescriptors", [])] == [body["type"]]
    assert "cannot be changed" in api.refused("POST", path, {**body, "metricKind": "CUMULATIVE"})[2]
    assert api.refused("POST", path, {**body, "type": "logging.googleapis.com/user/x"})[0] == 400
    api.ok("DELETE", f"{path}/custom.googleapis.com/queue/depth")
    assert api.refused("GET", f"{path}/custom.googleapis.com/queue/depth")[2] == (
        "Could not find descriptor for metric 'custom.googleapis.com/queue/depth'."
    )


def test_googles_own_and_written_metrics_have_descriptors_too(api):
    path = "/v3/projects/p/metricDescriptors"
    assert api.ok("GET", f"{path}/logging.googleapis.com/log_entry_count")["metricKind"] == "DELTA"
    point = {"interval": {"endTime": "2026-01-05T12:00:00Z"}, "value": {"doubleValue": 1}}
    series = {
        "metric": {"type": "custom.googleapis.com/written", "labels": {"queue": "a"}},
        "resource": {"type": "global", "labels": {"project_id": "p"}},
        "points": [point],
    }
    api.ok("POST", "/v3/projects/p/timeSeries", {"timeSeries": [series]})
    assert api.ok("GET", f"{path}/custom.googleapis.com/written")["valueType"] == "DOUBLE"
    types = [one["type"] for one in api.ok("GET", path)["metricDescriptors"]]
    assert {"custom.googleapis.com/written", "logging.googleapis.com/byte_count"} <= set(types)
    assert len(types) == len(set(types))


def test_groups_with_groups_below_them_go_together_or_not_at_all(api):
    path = "/v3/projects/p/groups"
    top = api.ok("POST", path, {"displayName": "top", "filter": 'resource.type="x"'})["name"]
    api.ok("POST", path, {"displayName": "below", "filter": 'resource.type="y"', "parentName": top})
    assert len(api.ok("GET", path)["group"]) == 2
    assert api.ok("PUT", f"/v3/{top}", {"displayName": "new", "filter": 'resource.type="z"'})["displayName"] == "new"
    assert api.refused("DELETE", f"/v3/{top}")[0] == 400
    api.ok("DELETE", f"/v3/{top}", query="recursive=true")
    assert api.ok("GET", path) == {}
    assert api.refused("GET", f"{path}/7")[2] == "Could not find group definition for '7'."


def test_a_snooze_is_of_policies_that_are_there_and_does_not_begin_in_the_past(api):
    name = api.ok("POST", POLICIES, policy())["name"]
    body = {
        "displayName": "deploy",
        "criteria": {"policies": [name]},
        "interval": {"startTime": "2026-01-05T12:00:00Z", "endTime": "2026-01-05T13:00:00Z"},
    }
    made = api.ok("POST", "/v3/projects/p/snoozes", body)
    changed = api.ok(
        "PATCH",
        f"/v3/{made['name']}",
        {"interval": {"endTime": "2026-01-05T12:30:00Z"}},
        query="updateMask=interval.endTime",
    )
    assert changed["interval"] == {"startTime": "2026-01-05T12:00:00Z", "endTime": "2026-01-05T12:30:00Z"}
    assert (
        api.refused(
            "POST", "/v3/projects/p/snoozes", {**body, "criteria": {"policies": ["projects/p/alertPolicies/1"]}}
        )[0]
        == 400
    )
    api.clock.advance(3600)
    assert api.refused("POST", "/v3/projects/p/snoozes", body)[0] == 400


def test_a_project_watches_itself_and_what_is_added_to_its_scope(api):
    scopes = "/v1/locations/global/metricsScopes"
    api.ok("GET", "/v3/projects/other/groups")
    number, other = (number_of(project) for project in ("p", "other"))
    body = {"name": "locations/global/metricsScopes/p/projects/other"}
    made = api.ok("POST", f"{scopes}/p/projects", body)
    assert (made["done"], made["response"]["name"]) == (
        True,
        f"locations/global/metricsScopes/{number}/projects/{other}",
    )
    assert api.ok("GET", f"/v1/{made['name']}") == made
    for project in ("p", number):
        names = [one["name"].rpartition("/")[2] for one in api.ok("GET", f"{scopes}/{project}")["monitoredProjects"]]
        assert names == [number, other]
    watching = api.ok(
        "GET", f"{scopes}:listMetricsScopesByMonitoredProject", query="monitoredResourceContainer=projects/other"
    )
    assert [scope["name"].rpartition("/")[2] for scope in watching["metricsScopes"]] == [other, number]
    assert api.refused("POST", f"{scopes}/p/projects", body)[1] == "ALREADY_EXISTS"
    assert api.refused("POST", f"{scopes}/p/projects", {"name": "projects/other"})[1] == "INVALID_ARGUMENT"
    assert api.ok("DELETE", f"{scopes}/{number}/projects/{other}")["done"]
    assert len(api.ok("GET", f"{scopes}/p")["monitoredProjects"]) == 1
    assert api.refused("DELETE", f"{scopes}/p/projects/other")[1] == "NOT_FOUND"
    assert api.refused("GET", "/v1/operations/none")[1] == "NOT_FOUND"


def test_types_of_channels_members_of_groups_and_where_checks_come_from_are_read(api):
    types = "/v3/projects/p/notificationChannelDescriptors"
    listed = api.ok("GET", types)["channelDescriptors"]
    slack = {"name": f"{types.removeprefix('/v3/')}/slack", "type": "slack", "labels": [{"key": "channel_name"}]}
    assert slack in listed
    assert api.ok("GET", f"{types}/slack") == slack
    assert api.refused("GET", f"{types}/pigeon")[1] == "NOT_FOUND"
    group = api.ok("POST", "/v3/projects/p/groups", {"displayName": "g", "filter": 'resource.type="x"'})["name"]
    assert api.ok("GET", f"/v3/{group}/members") == {}
    assert api.refused("GET", "/v3/projects/p/groups/7/members")[1] == "NOT_FOUND"
    assert {one["ipAddress"] for one in api.ok("GET", "/v3/uptimeCheckIps")["uptimeCheckIps"]} == {"127.0.0.1"}


def test_every_content_of_a_widget_that_google_documents_is_one(api):
    documented = document("monitoring.v1")["schemas"]["Widget"]["properties"]
    contents = {name for name, declared in documented.items() if "$ref" in declared} - {
        "timeRange",
        "visibilityCondition",
    }
    assert contents == set(ONE_OF["Widget"]["content"])
    filled = {
        "text": {"content": "x"},
        "filterControl": {"templateVariable": "v"},
        "alertChart": {"name": "projects/p/alertPolicies/1"},
    }
    for name in contents - {"xyChart", "scorecard", "pieChart", "timeSeriesTable", "treemap"}:
        tile = {"width": 24, "height": 8, "widget": {"title": name, name: filled.get(name, {})}}
        made = api.ok("POST", DASHBOARDS, {"displayName": name, "mosaicLayout": {"columns": 48, "tiles": [tile]}})
        assert name in api.ok("GET", f"/v1/{made['name']}")["mosaicLayout"]["tiles"][0]["widget"]
