"""Rules of Cloud Logging's resources: for each what it refuses, where, with which remedy, and what it lets pass."""

import pytest

from vigil_apimodel.rules import UNKNOWN, log_metrics, log_storage
from vigil_apimodel.rules.log_metrics import extractor_mistake
from vigil_apimodel.tokens import (
    ALERT_POLICY,
    LINKED_DATASET,
    LOG_METRIC,
    LOG_SCOPE,
    LOG_VIEW,
    PROJECT_BUCKET,
    PROJECT_EXCLUSION,
    PROJECT_SINK,
    SAVED_QUERY,
)

COUNTER = {"metricKind": "DELTA", "valueType": "INT64"}
DISTRIBUTION = {"metricKind": "DELTA", "valueType": "DISTRIBUTION"}
EXPONENTIAL = {"numFiniteBuckets": 20, "growthFactor": 2.0, "scale": 0.01}
BUCKET = "logging.googleapis.com/projects/p/locations/global/buckets/b"


def metric(**fields):
    return {"name": "orders.rejected_v1", "filter": 'jsonPayload.event="order.rejected"', **fields}


def labelled(*keys, **fields):
    labels = [{"key": key, "valueType": "STRING"} for key in keys]
    extractors = {key: f"EXTRACT(jsonPayload.{key})" for key in keys}
    return metric(metricDescriptor={**COUNTER, "labels": labels}, labelExtractors=extractors, **fields)


def distribution(**fields):
    options = {"exponentialBuckets": EXPONENTIAL}
    return metric(
        **{
            "metricDescriptor": DISTRIBUTION,
            "valueExtractor": "EXTRACT(jsonPayload.seconds)",
            "bucketOptions": options,
            **fields,
        }
    )


def buckets(**options):
    return distribution(bucketOptions=options)


def sink(**fields):
    return {"name": "app-logs", "destination": BUCKET, "uniqueWriterIdentity": True, **fields}


def bucket(**fields):
    return {"bucketId": "app-logs", "location": "europe-west1", "project": "p", **fields}


def view(query):
    return {"name": "on-call", "bucket": "projects/p/locations/global/buckets/b", "filter": query}


A_VIEW = "projects/p/locations/global/buckets/b/views/v"
BROKEN = {
    "log-metric-name": [
        (LOG_METRIC, metric(name="x" * 101), "name", "at most 100"),
        (LOG_METRIC, metric(name="/orders"), "name", "do not start with a slash"),
        (LOG_METRIC, metric(name="orders rejected"), "name", "use letters"),
    ],
    "log-metric-description": [(LOG_METRIC, metric(description="x" * 8001), "description", "at most 8000")],
    "log-metric-filter": [
        (LOG_METRIC, metric(filter="jsonPayload.event="), "filter", "is missing"),
        (LOG_METRIC, metric(filter="event=x"), "filter", "did you mean jsonPayload.event"),
        (LOG_METRIC, metric(filter=" "), "filter", "counts every entry"),
        (LOG_METRIC, metric(filter="a" * 20_001), "filter", "at most 20000"),
    ],
    "log-metric-descriptor": [
        (LOG_METRIC, metric(metricDescriptor={"labels": []}), "metricDescriptor.metricKind", "write DELTA"),
        (
            LOG_METRIC,
            metric(metricDescriptor={"metricKind": "GAUGE", "valueType": "INT64"}),
            "metricDescriptor.metricKind",
            "write DELTA",
        ),
        (
            LOG_METRIC,
            metric(metricDescriptor={"metricKind": "DELTA", "valueType": "DOUBLE"}),
            "metricDescriptor.valueType",
            "INT64 or DISTRIBUTION",
        ),
    ],
    "log-metric-label-count": [
        (LOG_METRIC, labelled(*[f"k{n:02}" for n in range(11)]), "metricDescriptor.labels", "at most 10")
    ],
    "log-metric-label-extractors": [
        (
            LOG_METRIC,
            metric(metricDescriptor={**COUNTER, "labels": [{"key": "a", "valueType": "STRING"}]}),
            "labelExtractors",
            "add a: EXTRACT(jsonPayload.a)",
        ),
        (
            LOG_METRIC,
            metric(metricDescriptor=COUNTER, labelExtractors={"a": "EXTRACT(jsonPayload.a)"}),
            "metricDescriptor.labels",
            "add {key: a, valueType: STRING}",
        ),
    ],
    "log-metric-label-key": [
        (LOG_METRIC, labelled("a-b"), "metricDescriptor.labels[0].key", "use letters, digits and _"),
        (LOG_METRIC, labelled("a", "a"), "metricDescriptor.labels[1].key", "stands twice"),
    ],
    "log-metric-label-type": [
        (
            LOG_METRIC,
            metric(
                metricDescriptor={**COUNTER, "labels": [{"key": "status", "valueType": "INT64"}]},
                labelExtractors={"status": "EXTRACT(jsonPayload.status)"},
            ),
            "metricDescriptor.labels[0].valueType",
            "use STRING",
        )
    ],
    "log-metric-label-order": [(LOG_METRIC, labelled("b", "a"), "metricDescriptor.labels", "(a, b)")],
    "log-metric-extractor": [
        (
            LOG_METRIC,
            {**labelled("a"), "labelExtractors": {"a": "jsonPayload.a"}},
            "labelExtractors.a",
            "write EXTRACT(jsonPayload.field)",
        ),
        (
            LOG_METRIC,
            {**labelled("a"), "labelExtractors": {"a": 'REGEXP_EXTRACT(jsonPayload.a, "x")'}},
            "labelExtractors.a",
            "exactly one capture group",
        ),
        (
            LOG_METRIC,
            distribution(valueExtractor="EXTRACT(seconds)"),
            "valueExtractor",
            "did you mean jsonPayload.seconds",
        ),
        (
            ALERT_POLICY,
            {
                "combiner": "OR",
                "alertStrategy": {"notificationRateLimit": {"period": "300s"}},
                "conditions": [{"conditionMatchedLog": {"filter": "x", "labelExtractors": {"w": "EXTRACT(w)"}}}],
            },
            "conditions[0].conditionMatchedLog.labelExtractors.w",
            "did you mean jsonPayload.w",
        ),
    ],
    "log-metric-distribution": [
        (LOG_METRIC, metric(metricDescriptor=DISTRIBUTION), "valueExtractor", "needs one"),
        (
            LOG_METRIC,
            metric(metricDescriptor=DISTRIBUTION, valueExtractor="EXTRACT(jsonPayload.x)"),
            "bucketOptions",
            "needs buckets",
        ),
    ],
    "log-metric-counter": [
        (
            LOG_METRIC,
            metric(metricDescriptor=COUNTER, valueExtractor="EXTRACT(jsonPayload.x)"),
            "valueExtractor",
            "make it a DISTRIBUTION",
        )
    ],
    "log-metric-counter-buckets": [
        (
            LOG_METRIC,
            metric(metricDescriptor=COUNTER, bucketOptions={"explicitBuckets": {"bounds": [1]}}),
            "bucketOptions",
            "make it a DISTRIBUTION",
        )
    ],
    "log-metric-buckets": [
        (
            LOG_METRIC,
            buckets(explicitBuckets={"bounds": [1, 2]}, exponentialBuckets=EXPONENTIAL),
            "bucketOptions",
            "exactly one",
        ),
        (
            LOG_METRIC,
            buckets(exponentialBuckets={**EXPONENTIAL, "growthFactor": 1}),
            "bucketOptions.exponentialBuckets.growthFactor",
            "greater than 1",
        ),
        (
            LOG_METRIC,
            buckets(exponentialBuckets={**EXPONENTIAL, "scale": 0}),
            "bucketOptions.exponentialBuckets.scale",
            "greater than 0",
        ),
        (
            LOG_METRIC,
            buckets(exponentialBuckets={"growthFactor": 2, "scale": 1}),
            "bucketOptions.exponentialBuckets.numFiniteBuckets",
            "add numFiniteBuckets",
        ),
        (
            LOG_METRIC,
            buckets(exponentialBuckets={**EXPONENTIAL, "numFiniteBuckets": 201}),
            "bucketOptions.exponentialBuckets.numFiniteBuckets",
            "at most 200",
        ),
        (
            LOG_METRIC,
            buckets(linearBuckets={"numFiniteBuckets": 10, "width": 0, "offset": 0}),
            "bucketOptions.linearBuckets.width",
            "greater than 0",
        ),
        (
            LOG_METRIC,
            buckets(explicitBuckets={"bounds": [1, 3, 2]}),
            "bucketOptions.explicitBuckets.bounds",
            "strictly increasing",
        ),
        (
            LOG_METRIC,
            buckets(explicitBuckets={"bounds": [1, 1]}),
            "bucketOptions.explicitBuckets.bounds",
            "strictly increasing",
        ),
        (LOG_METRIC, buckets(explicitBuckets={"bounds": []}), "bucketOptions.explicitBuckets.bounds", "at least one"),
        (
            LOG_METRIC,
            buckets(explicitBuckets={"bounds": list(range(201))}),
            "bucketOptions.explicitBuckets.bounds",
            "at most 200",
        ),
    ],
    "log-metric-bucket-name": [(LOG_METRIC, metric(bucketName="app-logs"), "bucketName", "use the bucket's .name")],
    "sink-name": [
        (PROJECT_SINK, sink(name="-x"), "name", "a letter or digit first"),
        (PROJECT_SINK, sink(name="x" * 101), "name", "at most 100"),
        (
            PROJECT_SINK,
            sink(exclusions=[{"name": "no spaces", "filter": "x"}]),
            "exclusions[0].name",
            "use letters",
        ),
        (PROJECT_EXCLUSION, {"name": "drop it", "filter": "severity<=DEBUG"}, "name", "use letters"),
    ],
    "sink-description": [(PROJECT_SINK, sink(description="x" * 8001), "description", "at most 8000")],
    "sink-filter": [
        (PROJECT_SINK, sink(filter="severity>"), "filter", "is missing"),
        (PROJECT_SINK, sink(filter="service=x"), "filter", "did you mean jsonPayload.service"),
        (
            PROJECT_SINK,
            sink(exclusions=[{"name": "health", "filter": "url=x"}]),
            "exclusions[0].filter",
            "no log entry has a field url",
        ),
        (PROJECT_SINK, sink(exclusions=[{"name": "all", "filter": " "}]), "exclusions[0].filter", "every entry"),
    ],
    "exclusion-filter-empty": [(PROJECT_EXCLUSION, {"name": "all", "filter": ""}, "filter", "every entry")],
    "sink-exclusion-count": [
        (
            PROJECT_SINK,
            sink(exclusions=[{"name": f"x{n}", "filter": "a"} for n in range(51)]),
            "exclusions",
            "at most 50",
        )
    ],
    "sink-destination": [
        (
            PROJECT_SINK,
            sink(destination="projects/p/topics/t"),
            "destination",
            "pubsub.googleapis.com/projects/P/topics/T",
        ),
        (
            PROJECT_SINK,
            sink(destination="storage.googleapis.com/buckets/b"),
            "destination",
            "storage.googleapis.com/BUCKET",
        ),
    ],
    "sink-writer-identity": [
        (PROJECT_SINK, sink(uniqueWriterIdentity=False), "uniqueWriterIdentity", "set it to true")
    ],
    "sink-other-project": [
        (
            PROJECT_SINK,
            sink(
                project=project,
                uniqueWriterIdentity=False,
                destination=f"{service}.googleapis.com/projects/other/{rest}",
            ),
            "uniqueWriterIdentity",
            "the destination is in the project other, the sink in shop: set it to true",
        )
        for project in ("shop", "projects/shop")
        for service, rest in (("pubsub", "topics/t"), ("bigquery", "datasets/d"))
    ],
    "bucket-id": [
        (PROJECT_BUCKET, bucket(bucketId="app logs"), "bucketId", "use letters"),
        (PROJECT_BUCKET, bucket(bucketId="x" * 101), "bucketId", "at most 100"),
    ],
    "bucket-retention": [
        (PROJECT_BUCKET, bucket(retentionDays=-1), "retentionDays", "from 1 to 3650"),
        (PROJECT_BUCKET, bucket(retentionDays=1.5), "retentionDays", "whole number"),
        (PROJECT_BUCKET, bucket(retentionDays=3651), "retentionDays", "export to Cloud Storage"),
    ],
    "bucket-retention-zero": [(PROJECT_BUCKET, bucket(retentionDays=0), "retentionDays", "write 30")],
    "bucket-required": [(PROJECT_BUCKET, bucket(bucketId="_Required"), "bucketId", "cannot be changed")],
    "bucket-indexes": [
        (
            PROJECT_BUCKET,
            bucket(indexConfigs=[{"fieldPath": f"jsonPayload.k{n}", "type": "INDEX_TYPE_STRING"} for n in range(21)]),
            "indexConfigs",
            "at most 20",
        ),
        (
            PROJECT_BUCKET,
            bucket(indexConfigs=[{"fieldPath": "jsonPayload.x", "type": "STRING"}]),
            "indexConfigs[0].type",
            "INDEX_TYPE_STRING",
        ),
        (
            PROJECT_BUCKET,
            bucket(indexConfigs=[{"fieldPath": "event", "type": "INDEX_TYPE_STRING"}]),
            "indexConfigs[0].fieldPath",
            "did you mean jsonPayload.event",
        ),
    ],
    "view-filter": [
        (LOG_VIEW, view('log_id("a") OR log_id("b")'), "filter", "no OR"),
        (LOG_VIEW, view("severity>=ERROR"), "filter", "resource.type only"),
        (LOG_VIEW, view('resource.type:"run"'), "filter", "= only"),
        (LOG_VIEW, view("log_id("), "filter", ""),
    ],
    "view-name": [(LOG_VIEW, {**view('log_id("a")'), "name": "on call"}, "name", "use letters")],
    "link-id": [
        (LINKED_DATASET, {"linkId": "app-logs", "bucket": "b"}, "linkId", "letters, digits and _ only"),
        (LINKED_DATASET, {"linkId": "x" * 101, "bucket": "b"}, "linkId", "at most 100"),
    ],
    "scope-size": [
        (LOG_SCOPE, {"resourceNames": [f"{A_VIEW}{n}" for n in range(101)]}, "resourceNames", "at most 100"),
        (LOG_SCOPE, {"resourceNames": [f"projects/p{n}" for n in range(6)]}, "resourceNames", "6 projects, at most 5"),
    ],
    "saved-query-filter": [
        (SAVED_QUERY, {"loggingQuery": {"filter": "event=x"}}, "loggingQuery.filter", "did you mean jsonPayload.event")
    ],
}
ALLOWED = [
    (LOG_SCOPE, {"resourceNames": [*(f"projects/p{n}" for n in range(5)), *(f"{A_VIEW}{n}" for n in range(95))]}),
    (LOG_METRIC, metric()),
    (LOG_METRIC, metric(name="x" * 100)),
    (LOG_METRIC, metric(name="a-b_c.d,e+f!g*h'i(j)k%l/m")),
    (LOG_METRIC, labelled(*[f"k{n}" for n in range(10)])),
    (LOG_METRIC, distribution()),
    (LOG_METRIC, buckets(explicitBuckets={"bounds": [0.5, 1, 2.5]})),
    (LOG_METRIC, buckets(linearBuckets={"numFiniteBuckets": 200, "width": 0.1, "offset": 0})),
    (LOG_METRIC, metric(bucketName="projects/p/locations/global/buckets/b")),
    (LOG_METRIC, metric(bucketName=UNKNOWN, filter=UNKNOWN, metricDescriptor=UNKNOWN, labelExtractors=UNKNOWN)),
    (PROJECT_SINK, sink()),
    (PROJECT_SINK, sink(destination=UNKNOWN, filter="", exclusions=[])),
    (PROJECT_SINK, sink(destination="logging.googleapis.com/projects/other")),
    (PROJECT_SINK, sink(destination="bigquery.googleapis.com/projects/p/datasets/d")),
    (PROJECT_SINK, sink(destination="pubsub.googleapis.com/projects/p/topics/t", uniqueWriterIdentity=False)),
    (PROJECT_SINK, sink(destination="storage.googleapis.com/my-bucket")),
    (PROJECT_BUCKET, bucket(retentionDays=1)),
    *(
        (PROJECT_SINK, sink(destination=f"pubsub.googleapis.com/projects/{owner}/topics/t", **more))
        for owner, more in (
            ("shop", {"project": "shop", "uniqueWriterIdentity": False}),
            ("other", {"project": "shop", "uniqueWriterIdentity": True}),
            ("other", {"uniqueWriterIdentity": False}),
            ("other", {"project": UNKNOWN, "uniqueWriterIdentity": False}),
            ("123456", {"project": "shop", "uniqueWriterIdentity": False}),
        )
    ),
    (PROJECT_BUCKET, bucket(bucketId="_Default", retentionDays=3650)),
    (LOG_VIEW, view('SOURCE("projects/p") AND LOG_ID("stdout") AND NOT resource.type="gce_instance"')),
    (LOG_VIEW, {**view(""), "name": "projects/p/locations/global/buckets/b/views/v"}),
]


def test_each_rule_has_a_case(rules_of):
    assert set(BROKEN) == rules_of(log_metrics, log_storage)


@pytest.mark.parametrize(("rule", "case"), [(rule, case) for rule in BROKEN for case in BROKEN[rule]])
def test_what_is_refused(broken, rule, case):
    resource_type, inputs, field, words = case
    found = broken(resource_type, inputs)
    assert any(place == field and words in message for place, message in found.get(rule, [])), found


@pytest.mark.parametrize(("resource_type", "inputs"), ALLOWED)
def test_what_is_allowed(broken, resource_type, inputs):
    assert broken(resource_type, inputs) == {}


@pytest.mark.parametrize(
    "written",
    [
        "EXTRACT(jsonPayload.route)",
        'EXTRACT(jsonPayload."a.b")',
        "EXTRACT(httpRequest.status)",
        'EXTRACT(labels."k8s-pod/app")',
        'REGEXP_EXTRACT(jsonPayload.status, "^([0-9])")',
        'REGEXP_EXTRACT(textPayload, "user=(\\\\w+),")',
        'REGEXP_EXTRACT(jsonPayload.path, "/(?:v1|v2)/([^/]+)\\"?")',
        'regexp_extract(jsonPayload.a, "(x)")',
    ],
)
def test_extractors_that_are_right(written):
    assert extractor_mistake(written) is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("", "write EXTRACT"),
        ("EXTRACT()", "write EXTRACT"),
        ("EXTRACT(jsonPayload.a b)", "is not a field's path"),
        ("EXTRACT(errorGroups.id)", "cannot be extracted"),
        ("REGEXP_EXTRACT(jsonPayload.a)", "REGEXP_EXTRACT(jsonPayload.field"),
        ('REGEXP_EXTRACT(jsonPayload.a, "(x)(y)")', "not 2"),
    ],
)
def test_extractors_that_are_wrong(written, words):
    assert words in extractor_mistake(written)
