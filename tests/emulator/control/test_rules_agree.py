"""The same inputs for the rules and for the emulator: what the emulator refuses, a rule reports as an error first.

The inputs are Pulumi's; the bodies are what the provider makes of them. The other way round, a rule's error that the
emulator does not share is listed with its reason.
"""

import asyncio
import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.control.conftest import Client
from vigil_apimodel.rules import Severity, check
from vigil_emulator.clock import VirtualClock
from vigil_emulator.server import Emulator

SLO, UPTIME = "gcp:monitoring/slo:Slo", "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig"
SINK, BUCKET = "gcp:logging/projectSink:ProjectSink", "gcp:logging/projectBucketConfig:ProjectBucketConfig"
METRIC, POLICY = "gcp:logging/metric:Metric", "gcp:monitoring/alertPolicy:AlertPolicy"
CHANNEL = "gcp:monitoring/notificationChannel:NotificationChannel"
EXCLUSION, VIEW = "gcp:logging/projectExclusion:ProjectExclusion", "gcp:logging/logView:LogView"

STRICTER = {
    "sink-writer-identity",  # a sink into a bucket of the same project needs no writer; the provider's default is true
    "sink-filter",  # Logging takes a field that no entry has; a filter with one matches nothing
    "bucket-indexes",  # likewise for an index
    "channel-labels",  # the provider's fields for secrets, and the user of a webhook, which a recording does not have
    "channel-topic",  # the API takes any text; nothing is ever published to what is no topic's name
    "channel-url",  # likewise for an address
    "log-metric-distribution",  # the API chooses buckets where there are none; the provider then shows a change
}
"""Rules whose errors the emulator does not share."""

GENERATED = settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
FEW = settings(GENERATED, max_examples=30)
numbers = itertools.count()


@pytest.fixture(scope="module")
def api():
    emulator = Emulator(clock=VirtualClock(datetime(2026, 1, 5, 12, tzinfo=UTC)))
    client = Client(emulator)
    client.ok("POST", "/v3/projects/shop/services", {"custom": {}}, query={"serviceId": "s"})
    yield client
    asyncio.run(emulator.stop())


def sometimes(**fields):
    """Any part of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


def agree(token, inputs, status, answer):
    errors = [found for found in check(token, inputs) if found.severity is Severity.ERROR]
    if status == 400:
        assert errors, f"the emulator refuses what no rule reports: {answer['error']['message']}\n{inputs}"
    else:
        assert status == 200, answer
        unshared = [str(found) for found in errors if found.rule not in STRICTER]
        assert not unshared, f"rules report what the emulator takes: {unshared}\n{inputs}"


# -- service level objectives

BOUND = st.sampled_from([-5, 0, 0.5, 1, 5, 1440, "NaN", "-Infinity", "Infinity"])
RANGE = sometimes(min=BOUND, max=BOUND)
FILTER = st.sampled_from(
    ['metric.type="custom.googleapis.com/depth" resource.type="global"', 'resource.type="global"', "metric.type=", ""]
)
RATIO = sometimes(goodServiceFilter=FILTER, badServiceFilter=FILTER, totalServiceFilter=FILTER)
CUT = st.fixed_dictionaries({"range": RANGE, "distributionFilter": FILTER})
REQUESTS = sometimes(goodTotalRatio=RATIO, distributionCut=CUT)
IN_RANGE = st.fixed_dictionaries({"range": RANGE, "timeSeries": FILTER})
WINDOWS = sometimes(
    windowPeriod=st.sampled_from(["60s", "300s", "59s", "61s", "86400s", "0s"]),
    goodBadMetricFilter=FILTER,
    metricMeanInRange=IN_RANGE,
    metricSumInRange=IN_RANGE,
    goodTotalRatioThreshold=st.fixed_dictionaries({"threshold": st.sampled_from([0.5, 1]), "performance": REQUESTS}),
)


@GENERATED
@given(
    indicator=sometimes(requestBasedSli=REQUESTS, windowsBasedSli=WINDOWS)
    | WINDOWS.map(lambda windows: {"windowsBasedSli": {"windowPeriod": "60s", **windows}})
    | IN_RANGE.map(lambda ranged: {"windowsBasedSli": {"windowPeriod": "60s", "metricSumInRange": ranged}}),
    goal=st.sampled_from([0.9, 0.9999, 1, 0, 99.5]),
    period=sometimes(
        rollingPeriodDays=st.sampled_from([1, 30, 31, 0.5]), calendarPeriod=st.sampled_from(["DAY", "YEAR"])
    ),
)
def test_rules_and_emulator_agree_on_objectives(api, indicator, goal, period):
    inputs = {"service": "s", "goal": goal, **period, **indicator}
    body = {"goal": goal, "serviceLevelIndicator": {}}
    for key, name in (("requestBasedSli", "requestBased"), ("windowsBasedSli", "windowsBased")):
        if key in indicator:
            body["serviceLevelIndicator"][name] = indicator[key]
    if "rollingPeriodDays" in period:
        body["rollingPeriod"] = f"{period['rollingPeriodDays'] * 86400:g}s"
    if "calendarPeriod" in period:
        body["calendarPeriod"] = period["calendarPeriod"]
    status, answer = api.send("POST", "/v3/projects/shop/services/s/serviceLevelObjectives", body)
    agree(SLO, inputs, status, answer)
    if status == 200:
        api.ok("DELETE", "/v3/projects/shop/services/s/serviceLevelObjectives/" + answer["name"].rpartition("/")[2])


# -- uptime checks

TEXT = st.sampled_from(["", "a/b"])
HTTP = sometimes(
    requestMethod=st.sampled_from(["GET", "POST", "METHOD_UNSPECIFIED"]),
    contentType=st.sampled_from(["URL_ENCODED", "USER_PROVIDED", "TYPE_UNSPECIFIED"]),
    customContentType=TEXT,
    body=st.sampled_from(["", "e30=", "not base64!"]),
    headers=sometimes(**{"Content-Type": TEXT, "content-type": TEXT, "Content-Length": st.just("2"), "X": TEXT}),
    pingConfig=st.fixed_dictionaries({"pingsCount": st.sampled_from([1, 3, 4])}),
)
MATCHER = st.fixed_dictionaries(
    {"content": st.sampled_from(["1", "x" * 1025])},
    optional={
        "matcher": st.sampled_from(["MATCHES_JSON_PATH", "NOT_MATCHES_JSON_PATH", "CONTAINS_STRING", "MATCHES_REGEX"]),
        "jsonPathMatcher": sometimes(jsonPath=st.sampled_from(["$.a", ""]), jsonMatcher=st.just("EXACT_MATCH")),
    },
)
REGIONS = st.lists(st.sampled_from(["USA", "EUROPE", "ASIA_PACIFIC", "USA_OREGON"]), max_size=4)


@GENERATED
@given(
    kind=sometimes(httpCheck=HTTP, tcpCheck=sometimes(port=st.just(443)))
    | HTTP.map(lambda http: {"httpCheck": http})
    | HTTP.map(lambda http: {"httpCheck": {**http, "requestMethod": "POST"}}),
    rest=sometimes(
        timeout=st.sampled_from(["10s", "0s", "61s"]), period=st.sampled_from(["60s", "61s"]), selectedRegions=REGIONS,
        contentMatchers=st.lists(MATCHER, max_size=1),
    )
    | st.just({"timeout": "10s"})
    | MATCHER.map(lambda matcher: {"timeout": "10s", "contentMatchers": [matcher]}),
)  # fmt: skip
def test_rules_and_emulator_agree_on_uptime_checks(api, kind, rest):
    target = {"type": "uptime_url", "labels": {"host": "127.0.0.1", "project_id": "shop"}}
    inputs = {"displayName": "x", "monitoredResource": target, **rest, **kind}
    status, answer = api.send("POST", "/v3/projects/shop/uptimeCheckConfigs", inputs)
    agree(UPTIME, inputs, status, answer)
    if status == 200:
        api.ok("DELETE", "/v3/projects/shop/uptimeCheckConfigs/" + answer["name"].rpartition("/")[2])


# -- sinks, buckets, metrics

DESTINATION = st.builds(
    "{}/projects/{}/{}".format,
    st.sampled_from(["pubsub.googleapis.com", "bigquery.googleapis.com", "logging.googleapis.com"]),
    st.sampled_from(["shop", "other"]),
    st.sampled_from(["topics/t", "datasets/d", "locations/global/buckets/_Default"]),
) | st.sampled_from(["storage.googleapis.com/b", "logging.googleapis.com/projects/other", "nowhere", "pubsub.googleapis.com/projects/shop"])  # fmt: skip


@GENERATED
@given(
    destination=DESTINATION,
    unique=st.booleans(),
    query=st.sampled_from(["severity>=ERROR", "severity>=", "", "colour=red"]),
)
def test_rules_and_emulator_agree_on_sinks(api, destination, unique, query):
    sink = {"name": f"s{next(numbers)}", "destination": destination, "filter": query}
    parameters = {"uniqueWriterIdentity": str(unique).lower()}
    status, answer = api.send("POST", "/v2/projects/shop/sinks", sink, query=parameters)
    agree(SINK, {**sink, "project": "shop", "uniqueWriterIdentity": unique}, status, answer)
    if status == 200:
        api.ok("DELETE", f"/v2/projects/shop/sinks/{sink['name']}")


@GENERATED
@given(
    rest=sometimes(
        retentionDays=st.sampled_from([0, 1, 30, 3650, 3651, -1]), enableAnalytics=st.booleans(), locked=st.booleans(),
        indexConfigs=st.lists(st.fixed_dictionaries({"fieldPath": st.sampled_from(["jsonPayload.a", "colour", "a b"]), "type": st.just("INDEX_TYPE_STRING")}), max_size=2),
    ),
)  # fmt: skip
def test_rules_and_emulator_agree_on_buckets(api, rest):
    bucket_id = f"b{next(numbers)}"
    body = {("analyticsEnabled" if key == "enableAnalytics" else key): value for key, value in rest.items()}
    parent = f"/v2/projects/p{next(numbers)}/locations/global/buckets"
    status, answer = api.send("POST", parent, body, query={"bucketId": bucket_id})
    agree(BUCKET, {"project": "shop", "location": "global", "bucketId": bucket_id, **rest}, status, answer)


COUNT = st.sampled_from([-1, 0, 0.5, 1, 2, 200, 201, 1e300, 1e308, 1e-300, 1.0000000000000002])
WHOLE = st.sampled_from([-1, 0, 1, 200, 201])
OPTIONS = sometimes(
    explicitBuckets=sometimes(bounds=st.lists(COUNT | st.sampled_from(["NaN", "Infinity"]), max_size=3)),
    exponentialBuckets=sometimes(numFiniteBuckets=WHOLE, growthFactor=COUNT, scale=COUNT),
    linearBuckets=sometimes(numFiniteBuckets=WHOLE, width=COUNT, offset=COUNT),
) | st.lists(COUNT, max_size=3).map(lambda bounds: {"explicitBuckets": {"bounds": bounds}})


@GENERATED
@given(
    value_type=st.sampled_from(["INT64", "DISTRIBUTION", "DOUBLE"]),
    rest=sometimes(
        bucketOptions=OPTIONS,
        valueExtractor=st.sampled_from(
            ["EXTRACT(jsonPayload.n)", 'REGEXP_EXTRACT(jsonPayload.n, "n")', "jsonPayload.n"]
        ),
        labelExtractors=sometimes(a=st.just("EXTRACT(jsonPayload.a)")),
    )
    | OPTIONS.map(lambda options: {"bucketOptions": options, "valueExtractor": "EXTRACT(jsonPayload.n)"}),
)
def test_rules_and_emulator_agree_on_log_based_metrics(api, value_type, rest):
    metric = {
        "name": f"m{next(numbers)}",
        "filter": "severity>=ERROR",
        "metricDescriptor": {"metricKind": "DELTA", "valueType": value_type},
        **rest,
    }
    status, answer = api.send("POST", "/v2/projects/shop/metrics", metric)
    agree(METRIC, metric, status, answer)
    if status == 200:
        api.ok("DELETE", f"/v2/projects/shop/metrics/{metric['name']}")


LQL = st.sampled_from(["severity>=ERROR", "severity>=", "", "colour=red", 'log_id("x")', 'source("projects/a") OR log_id("x")', 'NOT resource.type="global"', 'resource.type=~"g"', "sample(insertId, 0.5)", 'textPayload=~"("'])  # fmt: skip


@FEW
@given(rest=sometimes(filter=LQL.filter(lambda query: "colour" not in query), disabled=st.booleans()))
def test_rules_and_emulator_agree_on_exclusions(api, rest):
    exclusion = {"name": f"e{next(numbers)}", **rest}
    status, answer = api.send("POST", "/v2/projects/shop/exclusions", exclusion)
    agree(EXCLUSION, exclusion, status, answer)
    if status == 200:
        api.ok("DELETE", f"/v2/projects/shop/exclusions/{exclusion['name']}")


@FEW
@given(rest=sometimes(filter=LQL))
def test_rules_and_emulator_agree_on_views(api, rest):
    name, bucket = f"v{next(numbers)}", "projects/shop/locations/global/buckets/_Default"
    status, answer = api.send("POST", f"/v2/{bucket}/views", rest, query={"viewId": name})
    agree(VIEW, {"name": name, "bucket": bucket, **rest}, status, answer)
    if status == 200:
        api.ok("DELETE", f"/v2/{bucket}/views/{name}")


# -- channels and policies

EMPTY_OR = ["", "x"]


@FEW
@given(
    kind=st.sampled_from(["email", "pubsub", "webhook_tokenauth", "sms", "google_chat", "webhook", "Email", "mobile", ""]),
    labels=sometimes(
        email_address=st.sampled_from(["a@acme.io", ""]), topic=st.sampled_from(["projects/p/topics/t", "t", ""]),
        url=st.sampled_from(["https://acme.io", "ftp://acme.io", ""]), number=st.sampled_from(EMPTY_OR), space=st.sampled_from(EMPTY_OR),
    ),
    rest=sometimes(
        displayName=st.sampled_from(["n", "n" * 513]), description=st.sampled_from(["d", "d" * 1025]),
        userLabels=st.sampled_from([{"a": "b"}, {"A": "b"}, {"a": "B"}, {f"k{i}": "v" for i in range(65)}]),
    ),
)  # fmt: skip
def test_rules_and_emulator_agree_on_channels(api, kind, labels, rest):
    channel = {"type": kind, "labels": labels, **rest}
    status, answer = api.send("POST", "/v3/projects/shop/notificationChannels", channel)
    agree(CHANNEL, channel, status, answer)
    if status == 200:
        api.ok("DELETE", "/v3/projects/shop/notificationChannels/" + answer["name"].rpartition("/")[2])


REQUESTS_PER_SECOND = 'metric.type="run.googleapis.com/request_count" resource.type="cloud_run_revision"'
WATCHED = st.sampled_from([REQUESTS_PER_SECOND, 'metric.type="logging.googleapis.com/user/x" resource.type="global"', 'resource.type="global"', "metric.type=", "", 'metric.type="a" resource.type="b" metric.labels.x=monitoring.regex.full_match("(")'])  # fmt: skip
LASTING = st.sampled_from(["0s", "60s", "61s", "84600s", "86400s", "-60s", "abc", ""])
AGGREGATION = sometimes(
    alignmentPeriod=st.sampled_from(["60s", "30s", "61s", "93600s", "0s"]),
    perSeriesAligner=st.sampled_from(["ALIGN_RATE", "ALIGN_MEAN", "ALIGN_NONE", "ALIGN_PERCENTILE_99"]),
    crossSeriesReducer=st.sampled_from(["REDUCE_SUM", "REDUCE_NONE", "REDUCE_PERCENTILE_99"]),
    groupByFields=st.sampled_from([[], ["metric.label.a"], ["nothing"]]),
)
AGGREGATIONS = st.lists(AGGREGATION, max_size=2)
TRIGGER = st.sampled_from([{"count": 1}, {"percent": 50}, {"count": 0}, {"percent": 101}, {"count": 1, "percent": 3}])
ANY = sometimes(filter=WATCHED, duration=LASTING, aggregations=AGGREGATIONS, trigger=TRIGGER)
SOUND = {
    "filter": REQUESTS_PER_SECOND,
    "comparison": "COMPARISON_GT",
    "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
}
THRESHOLD = sometimes(
    comparison=st.sampled_from(["COMPARISON_GT", "COMPARISON_LT", "COMPARISON_GE"]),
    thresholdValue=st.sampled_from([0, -1, 1e308]),
    denominatorFilter=WATCHED,
    denominatorAggregations=AGGREGATIONS,
    evaluationMissingData=st.sampled_from(["EVALUATION_MISSING_DATA_ACTIVE", "EVALUATION_MISSING_DATA_NO_OP"]),
    forecastOptions=st.sampled_from([{"forecastHorizon": "3600s"}, {"forecastHorizon": "60s"}, {}]),
)
CONDITION = (
    st.builds(lambda a, b: {"conditionThreshold": {**SOUND, **a, **b}}, THRESHOLD, ANY)
    | THRESHOLD.map(lambda some: {"conditionThreshold": {**SOUND, **some}})
    | ANY.map(lambda some: {"conditionAbsent": {"filter": REQUESTS_PER_SECOND, "duration": "300s", **some}})
    | sometimes(
        filter=LQL, labelExtractors=st.sampled_from([{"a": "EXTRACT(jsonPayload.a)"}, {"a": "jsonPayload"}])
    ).map(lambda some: {"conditionMatchedLog": some})
)
LINK = st.fixed_dictionaries(
    {"url": st.sampled_from(["https://acme.io", "ftp://x", "a"]), "displayName": st.sampled_from(["a", ""])}
)


@GENERATED
@given(
    named=st.sampled_from(["p", "p", "p" * 513, ""]),
    conditions=st.lists(st.builds(lambda name, rest: {"displayName": name, **rest}, st.sampled_from(["c", "c", ""]), CONDITION), min_size=1, max_size=2),
    rest=sometimes(
        severity=st.sampled_from(["CRITICAL", "SEVERITY_UNSPECIFIED"]),
        documentation=sometimes(content=st.sampled_from(["d", "d" * 9000]), mimeType=st.sampled_from(["text/markdown", "text/html"]), links=st.lists(LINK, max_size=4)),
        alertStrategy=sometimes(
            autoClose=st.sampled_from(["1800s", "60s", "9999999s"]), notificationRateLimit=st.sampled_from([{"period": "300s"}, {"period": "1s"}, {}]),
            notificationPrompts=st.sampled_from([["OPENED"], ["CLOSED"], []]),
        ),
        notificationChannels=st.sampled_from([[], ["nope"]]),
    ),
)  # fmt: skip
def test_rules_and_emulator_agree_on_policies(api, named, conditions, rest):
    policy = {"displayName": named, "combiner": "OR", "conditions": conditions, **rest}
    status, answer = api.send("POST", "/v3/projects/shop/alertPolicies", policy)
    if status == 404:  # all but the channel is right, and no rule knows which channels exist
        assert policy["notificationChannels"] == ["nope"]
        del policy["notificationChannels"]
        status, answer = api.send("POST", "/v3/projects/shop/alertPolicies", policy)
    agree(POLICY, policy, status, answer)
    if status == 200:
        api.ok("DELETE", "/v3/projects/shop/alertPolicies/" + answer["name"].rpartition("/")[2])


# -- PromQL

SELECTOR = st.sampled_from(["up", '{__name__="up"}', '{"a.b"}', '{__name__=~"u.*"}', '{job="x"}', '{__name__!="up"}', '{__name__=""}', "a.b", ""])  # fmt: skip
RANGED = st.builds("{}({}[{}])".format, st.sampled_from(["rate", "increase", "mad_over_time", "first_over_time", "last_over_time"]), SELECTOR, st.sampled_from(["5m", "5", "1h"]))  # fmt: skip
QUERY = RANGED | st.sampled_from(
    ["up > 1", "up = 1", "limitk(2, up)", "holt_winters(up[5m], 0.5, 0.5)", "double_exponential_smoothing(up[5m], 0.5, 0.5)", "info(up)",
     'sort_by_label(up, "a")', "sum by (le) (up", "up offset", "histogram_fraction(0, 1, up)", "sum(up) by job", "up @ 1e300", "topk(3, up)",
     'label_replace(up, "double_exponential_smoothing(", "$1", "a", "(.*)")', "(" * 70 + "up" + ")" * 70, "unknown(up)"]
)  # fmt: skip


@GENERATED
@given(query=QUERY)
def test_rules_and_emulator_agree_on_promql_conditions(api, query):
    condition = {"query": query, "duration": "60s", "evaluationInterval": "60s", "disableMetricValidation": True}
    policy = {
        "displayName": "p",
        "combiner": "OR",
        "conditions": [{"displayName": "c", "conditionPrometheusQueryLanguage": condition}],
    }
    status, answer = api.send("POST", "/v3/projects/shop/alertPolicies", policy)
    agree(POLICY, policy, status, answer)
    if status == 200:
        api.ok("DELETE", "/v3/projects/shop/alertPolicies/" + answer["name"].rpartition("/")[2])
