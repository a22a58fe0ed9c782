"""Every resource of Logging and Monitoring that Google's provider has, as it sends them, beyond the recorded ones.

Each is created, read (what was sent is there, so that the provider sees no difference), read again (nothing moved),
changed (what was changed is changed, what was left out is gone), and deleted.
"""

import copy
import json
from dataclasses import dataclass, field

import pytest

P, V3 = "/v2/projects/p", "/v3/projects/p"
RUN = 'resource.type="cloud_run_revision"'
COUNT = f'metric.type="run.googleapis.com/request_count" AND {RUN}'
LATENCY = f'metric.type="run.googleapis.com/request_latencies" AND {RUN}'
BUCKET = f"{P}/locations/europe-west1/buckets/logs"
AGGREGATION = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}


@dataclass
class Flow:
    """How the provider makes, reads, changes and deletes one resource."""

    made: tuple[str, str, dict]
    """Verb, path with query, body."""
    changed: tuple[str, str, dict] | None = None
    """Verb, query and body; the path is that of reading."""
    read: str = ""
    """Path; the served name below its version where it is empty."""
    hidden: tuple[str, ...] = ()
    """Fields that come back otherwise than sent, or not at all."""
    before: list[tuple[str, str, dict]] = field(default_factory=list)
    stays: bool = False
    """There is no way to delete it."""
    gone: int = 404
    version: str = "/v3/"


def condition(**kind):
    return {"displayName": "c", **kind}


def policy(*conditions, **rest):
    return (
        "POST",
        f"{V3}/alertPolicies",
        {"displayName": "P", "combiner": "OR", "conditions": list(conditions), **rest},
    )


def policy_change(body):
    return (
        "PATCH",
        "updateMask=displayName,conditions,combiner,enabled",
        {**body, "enabled": False, "displayName": "Q"},
    )


THRESHOLD = {
    "filter": COUNT,
    "comparison": "COMPARISON_GT",
    "thresholdValue": 1.5,
    "duration": "0s",
    "aggregations": [AGGREGATION],
}
CONDITIONS = {
    "of everything a threshold may say": {"conditionThreshold": THRESHOLD | {
        "denominatorFilter": COUNT, "denominatorAggregations": [AGGREGATION | {"crossSeriesReducer": "REDUCE_SUM", "groupByFields": ["resource.label.service_name"]}],
        "aggregations": [AGGREGATION | {"crossSeriesReducer": "REDUCE_SUM", "groupByFields": ["resource.label.service_name"]}],
        "trigger": {"percent": 50}, "evaluationMissingData": "EVALUATION_MISSING_DATA_INACTIVE", "duration": "120s"}},
    "of a forecast": {"conditionThreshold": THRESHOLD | {"forecastOptions": {"forecastHorizon": "3600s"}, "trigger": {"count": 1}}},
    "of absence": {"conditionAbsent": {"filter": COUNT, "duration": "300s", "aggregations": [AGGREGATION], "trigger": {"count": 2}}},
    "of lines": {"conditionMatchedLog": {"filter": "severity>=ERROR", "labelExtractors": {"who": "EXTRACT(jsonPayload.user)"}}},
    "of MQL": {"conditionMonitoringQueryLanguage": {"query": "fetch gce_instance::compute.googleapis.com/instance/cpu/utilization | window 5m", "duration": "60s", "trigger": {"count": 1}, "evaluationMissingData": "EVALUATION_MISSING_DATA_ACTIVE"}},
    "of PromQL": {"conditionPrometheusQueryLanguage": {"query": "vector(1) > 0", "duration": "60s", "evaluationInterval": "60s", "labels": {"team": "a"}, "ruleGroup": "g", "alertRule": "A", "disableMetricValidation": True}},
    "of SQL": {"conditionSql": {"query": "SELECT 1", "minutes": {"periodicity": 60}, "rowCountTest": {"comparison": "COMPARISON_GT", "threshold": "0"}}},
}  # fmt: skip
STRATEGY = {"autoClose": "1800s", "notificationPrompts": ["OPENED", "CLOSED"]}
DOCUMENTATION = {
    "content": "what to do",
    "mimeType": "text/markdown",
    "subject": "s",
    "links": [{"displayName": "d", "url": "https://example.com"}],
}


def policies():
    for name, kind in CONDITIONS.items():
        limit = (
            {"alertStrategy": {"notificationRateLimit": {"period": "300s"}}}
            if "lines" in name
            else {"alertStrategy": STRATEGY}
        )
        made = policy(
            condition(**kind), documentation=DOCUMENTATION, userLabels={"a": "b"}, severity="WARNING", **limit
        )
        yield f"an alert policy {name}", Flow(made, policy_change(made[2]))


INDICATORS = {
    "good of total": {"requestBased": {"goodTotalRatio": {"goodServiceFilter": COUNT, "totalServiceFilter": COUNT}}},
    "bad of total": {"requestBased": {"goodTotalRatio": {"badServiceFilter": COUNT, "totalServiceFilter": COUNT}}},
    "a cut of a distribution": {"requestBased": {"distributionCut": {"distributionFilter": LATENCY, "range": {"min": 1, "max": 50.5}}}},
    "good windows": {"windowsBased": {"windowPeriod": "300s", "goodBadMetricFilter": 'metric.type="monitoring.googleapis.com/uptime_check/check_passed" AND resource.type="uptime_url"'}},
    "windows by a ratio": {"windowsBased": {"windowPeriod": "300s", "goodTotalRatioThreshold": {"threshold": 0.9, "performance": {"goodTotalRatio": {"goodServiceFilter": COUNT, "badServiceFilter": COUNT}}}}},
    "windows by a mean": {"windowsBased": {"windowPeriod": "300s", "metricMeanInRange": {"timeSeries": LATENCY, "range": {"max": 5}}}},
    "windows by a sum": {"windowsBased": {"windowPeriod": "300s", "metricSumInRange": {"timeSeries": COUNT, "range": {"min": 5, "max": 9}}}},
    "latency": {"basicSli": {"latency": {"threshold": "1.500s"}}},
    "availability": {"basicSli": {"availability": {}}},
}  # fmt: skip


def objectives():
    custom = (
        "POST",
        f"{V3}/services?serviceId=s",
        {"displayName": "S", "custom": {}, "telemetry": {"resourceName": "//x/y"}},
    )
    basic = (
        "POST",
        f"{V3}/services?serviceId=s",
        {
            "displayName": "S",
            "basicService": {"serviceType": "CLOUD_RUN", "serviceLabels": {"service_name": "a", "location": "b"}},
        },
    )
    for name, indicator in INDICATORS.items():
        body = {
            "displayName": "O",
            "goal": 0.995,
            "rollingPeriod": "2592000s",
            "serviceLevelIndicator": indicator,
            "userLabels": {"a": "b"},
        }
        change = {"displayName": "O", "goal": 0.9, "calendarPeriod": "WEEK", "serviceLevelIndicator": indicator}
        yield f"an objective by {name}", Flow(
            ("POST", f"{V3}/services/s/serviceLevelObjectives?serviceLevelObjectiveId=o", body),
            ("PATCH", "updateMask=displayName,goal,rollingPeriod,calendarPeriod,userLabels", change),
            f"{V3}/services/s/serviceLevelObjectives/o", before=[basic if "basicSli" in indicator else custom],
        )  # fmt: skip
    change = ("PATCH", "updateMask=displayName,telemetry,userLabels", {"displayName": "T"})
    yield "a custom service", Flow(custom, change, f"{V3}/services/s")
    yield (
        "a service of a known kind",
        Flow(
            basic,
            ("PATCH", "updateMask=displayName,userLabels", {"displayName": "T", "userLabels": {"x": "y"}}),
            f"{V3}/services/s",
        ),
    )


CHANNELS = {
    "email": {"email_address": "a@example.com"}, "sms": {"number": "+491234567"}, "pubsub": {"topic": "projects/p/topics/t"},
    "google_chat": {"space": "spaces/s"}, "slack": {"channel_name": "#c", "auth_token": "token-1234"}, "pagerduty": {"service_key": "key-1234"},
    "webhook_basicauth": {"url": "https://example.com/h", "username": "u", "password": "w"}, "webhook_tokenauth": {"url": "https://example.com/h?auth_token=t"},
}  # fmt: skip


def channels():
    for kind, labels in CHANNELS.items():
        body = {
            "type": kind,
            "displayName": kind,
            "labels": labels,
            "enabled": True,
            "userLabels": {"a": "b"},
            "description": "d",
        }
        hidden = ("labels",) if {"auth_token", "service_key"} & labels.keys() else ()
        yield f"a channel of type {kind}", Flow(
            ("POST", f"{V3}/notificationChannels", body),
            ("PATCH", "updateMask=displayName,enabled,labels,userLabels,description", {"type": kind, "displayName": "n", "labels": labels, "enabled": False}),
            hidden=hidden,
        )  # fmt: skip


URL = {"type": "uptime_url", "labels": {"project_id": "p", "host": "example.com"}}
CHECKS = {
    "GET": {"httpCheck": {"path": "/health", "port": 443, "useSsl": True, "validateSsl": True, "requestMethod": "GET"}, "monitoredResource": URL, "selectedRegions": ["USA", "EUROPE", "ASIA_PACIFIC"], "checkerType": "STATIC_IP_CHECKERS"},
    "status codes": {"httpCheck": {"path": "/", "port": 80, "requestMethod": "GET", "acceptedResponseStatusCodes": [{"statusClass": "STATUS_CLASS_2XX"}, {"statusValue": 404}], "pingConfig": {"pingsCount": 3}}, "monitoredResource": URL},
    "JSON": {"httpCheck": {"requestMethod": "GET"}, "monitoredResource": URL, "contentMatchers": [{"content": '"ok"', "matcher": "MATCHES_JSON_PATH", "jsonPathMatcher": {"jsonPath": "$.status", "jsonMatcher": "EXACT_MATCH"}}, {"content": "x.*", "matcher": "MATCHES_REGEX"}]},
    "a service agent": {"httpCheck": {"requestMethod": "GET", "serviceAgentAuthentication": {"type": "OIDC_TOKEN"}}, "monitoredResource": URL},
    "TCP": {"tcpCheck": {"port": 888, "pingConfig": {"pingsCount": 2}}, "monitoredResource": URL},
    "a group": {"tcpCheck": {"port": 22}, "resourceGroup": {"resourceType": "INSTANCE", "groupId": "projects/p/groups/1"}},
    "a function": {"syntheticMonitor": {"cloudFunctionV2": {"name": "projects/p/locations/europe-west1/functions/f"}}},
}  # fmt: skip


def checks():
    for name, check in CHECKS.items():
        body = {"displayName": "Check", "timeout": "10s", "period": "300s", "userLabels": {"a": "b"}, **check}
        change = {k: v for k, v in body.items() if k != "userLabels"} | {"displayName": "Other", "period": "600s"}
        yield (
            f"an uptime check of {name}",
            Flow(
                ("POST", f"{V3}/uptimeCheckConfigs", body),
                ("PATCH", "updateMask=displayName,period,timeout,userLabels", change),
            ),
        )


def sinks():
    for parent in ("projects/p", "folders/1", "organizations/2", "billingAccounts/01-AB"):
        body = {
            "name": "s", "destination": "bigquery.googleapis.com/projects/p/datasets/d", "filter": "severity>=ERROR", "description": "d", "disabled": False,
            "bigqueryOptions": {"usePartitionedTables": True}, "exclusions": [{"name": "x", "description": "e", "filter": "severity<DEBUG", "disabled": True}],
        }  # fmt: skip
        if parent != "projects/p" and not parent.startswith("billing"):
            body |= {"includeChildren": True}
        change = {
            "name": "s",
            "destination": "pubsub.googleapis.com/projects/p/topics/t",
            "filter": "",
            "exclusions": [],
        }
        yield f"a sink of {parent}", Flow(
            ("POST", f"/v2/{parent}/sinks?uniqueWriterIdentity=true", body),
            ("PATCH", "uniqueWriterIdentity=true&updateMask=destination,filter,includeChildren,description,disabled,bigqueryOptions,exclusions", change),
            f"/v2/{parent}/sinks/s", hidden=("disabled",),
        )  # fmt: skip
        yield f"an exclusion of {parent}", Flow(
            ("POST", f"/v2/{parent}/exclusions", {"name": "x", "filter": "severity<DEBUG", "description": "d", "disabled": True}),
            ("PATCH", "updateMask=description,filter,disabled", {"filter": "severity<INFO"}), f"/v2/{parent}/exclusions/x",
        )  # fmt: skip


METRICS = {
    "a counter": {"metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "unit": "1", "displayName": "d", "labels": [{"key": "a", "description": "x"}, {"key": "n", "valueType": "INT64"}, {"key": "b", "valueType": "BOOL"}]},
        "labelExtractors": {"a": "EXTRACT(jsonPayload.a)", "n": 'REGEXP_EXTRACT(jsonPayload.n, "([0-9]+)")', "b": "EXTRACT(jsonPayload.b)"}},
    "explicit buckets": {"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "s"}, "valueExtractor": "EXTRACT(jsonPayload.d)", "bucketOptions": {"explicitBuckets": {"bounds": [0, 1, 2.5]}}},
    "linear buckets": {"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}, "valueExtractor": "EXTRACT(jsonPayload.d)", "bucketOptions": {"linearBuckets": {"numFiniteBuckets": 3, "width": 1.5, "offset": 1}}},
    "exponential buckets": {"metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}, "valueExtractor": "EXTRACT(jsonPayload.d)", "bucketOptions": {"exponentialBuckets": {"numFiniteBuckets": 64, "growthFactor": 2, "scale": 0.01}}},
    "a bucket's lines": {"bucketName": "projects/p/locations/global/buckets/_Default", "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64"}},
}  # fmt: skip


def metrics():
    for name, rest in METRICS.items():
        body = {"name": "my-(custom)/metric", "filter": "severity>=ERROR", "description": "d", "disabled": True, **rest}
        change = {"name": "my-(custom)/metric", "filter": "severity>=WARNING", **rest}
        yield (
            f"a metric of {name}",
            Flow(("POST", f"{P}/metrics", body), ("PUT", "", change), f"{P}/metrics/my-%28custom%29%2Fmetric"),
        )


def storage():
    made = ("POST", f"{P}/locations/europe-west1/buckets:createAsync?bucketId=logs", {"name": "", "retentionDays": 30, "analyticsEnabled": True, "cmekSettings": None, "locked": False, "description": "d", "indexConfigs": [{"fieldPath": "jsonPayload.a", "type": "INDEX_TYPE_STRING"}]})  # fmt: skip
    yield "a bucket", Flow(
        made, ("PATCH", "updateMask=retentionDays,description,indexConfigs", {"retentionDays": 60, "description": ""}), BUCKET,
        hidden=("name", "locked", "cmekSettings", "indexConfigs"), gone=200,
    )  # fmt: skip
    yield "the bucket that every project has", Flow(
        ("PATCH", f"{P}/locations/global/buckets/_Default?updateMask=retentionDays,description", {"retentionDays": 10, "description": "x"}),
        ("PATCH", "updateMask=retentionDays", {"retentionDays": 30}), f"{P}/locations/global/buckets/_Default", stays=True,
    )  # fmt: skip
    yield "a view", Flow(
        ("POST", f"{BUCKET}/views?viewId=v", {"description": "d", "filter": 'SOURCE("projects/p") AND LOG_ID("stdout")'}),
        ("PATCH", "updateMask=description,filter", {"filter": 'LOG_ID("stdout")'}), f"{BUCKET}/views/v", before=[made],
    )  # fmt: skip
    yield (
        "a linked data set",
        Flow(("POST", f"{BUCKET}/links?linkId=l", {"description": "d"}), None, f"{BUCKET}/links/l", before=[made]),
    )
    yield "a saved query", Flow(
        ("POST", f"{P}/locations/global/savedQueries?savedQueryId=q", {"displayName": "q", "description": "d", "visibility": "SHARED", "loggingQuery": {"filter": "severity>=ERROR", "summaryFields": [{"field": "jsonPayload.a"}], "summaryFieldStart": 2, "summaryFieldEnd": 3}}),
        ("PATCH", "updateMask=displayName,description,loggingQuery", {"displayName": "r", "visibility": "SHARED", "loggingQuery": {"filter": ""}}), f"{P}/locations/global/savedQueries/q",
    )  # fmt: skip
    yield "a saved query in SQL", Flow(
        ("POST", f"{P}/locations/global/savedQueries?savedQueryId=q", {"displayName": "q", "visibility": "PRIVATE", "opsAnalyticsQuery": {"sqlQueryText": "SELECT 1"}}),
        None, f"{P}/locations/global/savedQueries/q",
    )  # fmt: skip
    yield "a log scope", Flow(
        ("POST", f"{P}/locations/global/logScopes?logScopeId=s", {"description": "d", "resourceNames": ["projects/p", "projects/q"]}),
        ("PATCH", "updateMask=description,resourceNames", {"resourceNames": ["projects/p"]}), f"{P}/locations/global/logScopes/s",
    )  # fmt: skip


def others():
    descriptor = {
        "type": "custom.googleapis.com/stores/daily", "metricKind": "GAUGE", "valueType": "DOUBLE", "unit": "{USD}", "displayName": "n", "description": "d", "launchStage": "BETA",
        "labels": [{"key": "store", "valueType": "STRING", "description": "i"}], "metadata": {"samplePeriod": "60s", "ingestDelay": "30s"},
    }  # fmt: skip
    yield "a metric descriptor", Flow(
        ("POST", f"{V3}/metricDescriptors", descriptor), None, f"{V3}/metricDescriptors/custom.googleapis.com/stores/daily", hidden=("labels", "launchStage", "metadata"),
    )  # fmt: skip
    yield "a group", Flow(
        ("POST", f"{V3}/groups", {"displayName": "g", "filter": 'resource.metadata.region="europe-west2"', "isCluster": True}),
        ("PUT", "", {"displayName": "h", "filter": 'resource.metadata.name=has_substring("x")'}),
    )  # fmt: skip
    snooze = {
        "displayName": "z",
        "criteria": {"policies": ["POLICY"]},
        "interval": {"startTime": "2026-02-01T00:00:00Z", "endTime": "2026-02-02T00:00:00Z"},
    }
    yield "a snooze", Flow(
        ("POST", f"{V3}/snoozes", snooze),
        ("PATCH", "updateMask=displayName,interval.endTime", snooze | {"displayName": "y", "interval": {"startTime": "2026-02-01T00:00:00Z", "endTime": "2026-02-03T00:00:00Z"}}),
        before=[policy(condition(conditionThreshold=THRESHOLD))], stays=True,
    )  # fmt: skip
    yield "a dashboard", Flow(
        ("POST", "/v1/projects/p/dashboards", {"displayName": "D", "labels": {"a": ""}, "mosaicLayout": {"columns": 48, "tiles": [{"width": 24, "height": 16, "widget": {"title": "T", "text": {"content": "x", "format": "RAW"}}}]}}),
        ("PATCH", "", {"displayName": "E", "gridLayout": {"columns": "2", "widgets": [{"blank": {}}]}}), hidden=("labels",), version="/v1/",
    )  # fmt: skip


FLOWS = dict([*policies(), *objectives(), *channels(), *checks(), *sinks(), *metrics(), *storage(), *others()])


def sent(body, answer, hidden=()):
    """What of the body is not in the answer, but defaults."""
    if isinstance(body, dict):
        return {
            key: left
            for key, value in body.items()
            if key not in hidden and value not in ("", False, 0, None, [], "0")
            if (left := sent(value, answer.get(key) if isinstance(answer, dict) else None))
            or (isinstance(answer, dict) and key not in answer and value != {})
        }
    if isinstance(body, list):
        if not isinstance(answer, list) or len(answer) != len(body):
            return body
        return [left for one, other in zip(body, answer, strict=True) if (left := sent(one, other))]
    return None if body == answer else (body, answer)


@pytest.mark.parametrize("name", FLOWS)
def test_a_resource_is_created_read_changed_and_deleted(api, name):
    flow = FLOWS[name]
    made_before: list[dict] = []
    for verb, path, body in flow.before:
        made_before.append(_send(api, verb, path, body))
    verb, path, body = copy.deepcopy(flow.made)
    if made_before and "POLICY" in json.dumps(body):
        body["criteria"]["policies"] = [made_before[0]["name"]]
    answer = _send(api, verb, path, body)
    read = flow.read or flow.version + answer["name"]
    first = api.ok("GET", read)
    assert not sent(body, first, flow.hidden)
    assert api.ok("GET", read) == first
    if flow.changed is not None:
        verb, query, change = copy.deepcopy(flow.changed)
        if "etag" in first:
            change["etag"] = first["etag"]
        change.pop("criteria", None)
        _send(api, verb, f"{read}?{query}", change)
        second = api.ok("GET", read)
        assert not sent(change, second, (*flow.hidden, "etag"))
        left_out = ((body.keys() - change.keys()) & second.keys()) - {"name", "type", "criteria"}
        masked = query.partition("updateMask=")[2].split("&")[0].split(",") if "updateMask" in query else list(body)
        assert not left_out & set(masked), left_out
    if flow.stays:
        return
    api.ok("DELETE", read)
    status, last = api.send("GET", read)
    assert (status, last.get("lifecycleState", "")) == (flow.gone, "DELETE_REQUESTED" if flow.gone == 200 else "")


def _send(api, verb, path, body):
    path, _, query = path.partition("?")
    return api.ok(verb, path, body, query=query)
