"""Log storage: buckets, sinks with their permissions, views, and what a project has once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel import lql
from vigil_components import (
    BucketDestination,
    DatasetDestination,
    DefaultExclusions,
    DefaultExclusionsArgs,
    Exclusion,
    LogBucket,
    LogBucketArgs,
    LogScope,
    LogScopeArgs,
    LogView,
    LogViewArgs,
    SavedQueries,
    SavedQueriesArgs,
    Sinks,
    SinksArgs,
    SinkSpec,
    StorageDestination,
    TopicDestination,
)
from vigil_components.checked import RuleViolationError
from vigil_components.testing import SyntheticMocks, record

ERRORS = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "ERROR")
TOPIC = TopicDestination(project="example-hub", topic="errors")


def sinks(*specs: SinkSpec, preview: bool = False):
    return record(lambda: Sinks("sinks", SinksArgs(project="example-shop", sinks=specs)), preview=preview)


def test_a_bucket_says_where_entries_are_kept_and_for_how_long():
    args = LogBucketArgs(
        project="example-shop",
        bucket_id="app-logs",
        location="europe-west1",
        retention_days=90,
        indexed_fields=("jsonPayload.request_id", "jsonPayload.event"),
        kms_key="projects/p/locations/l/keyRings/r/cryptoKeys/k",
    )
    bucket = record(lambda: LogBucket("logs", args)).one("gcp:logging/projectBucketConfig:ProjectBucketConfig").inputs
    assert bucket == {
        "project": "example-shop",
        "bucketId": "app-logs",
        "location": "europe-west1",
        "retentionDays": 90,
        "enableAnalytics": True,
        "description": "Application logs",
        "indexConfigs": [
            {"fieldPath": "jsonPayload.event", "type": "INDEX_TYPE_STRING"},
            {"fieldPath": "jsonPayload.request_id", "type": "INDEX_TYPE_STRING"},
        ],
        "cmekSettings": {"kmsKeyName": "projects/p/locations/l/keyRings/r/cryptoKeys/k"},
    }


@pytest.mark.parametrize(
    ("destination", "address", "grant", "role"),
    [
        (
            DatasetDestination(project="example-hub", dataset_id="logs"),
            "bigquery.googleapis.com/projects/example-hub/datasets/logs",
            "gcp:bigquery/datasetIamMember:DatasetIamMember",
            "roles/bigquery.dataEditor",
        ),
        (
            TOPIC,
            "pubsub.googleapis.com/projects/example-hub/topics/errors",
            "gcp:pubsub/topicIAMMember:TopicIAMMember",
            "roles/pubsub.publisher",
        ),
        (
            StorageDestination(bucket="example-archive"),
            "storage.googleapis.com/example-archive",
            "gcp:storage/bucketIAMMember:BucketIAMMember",
            "roles/storage.objectCreator",
        ),
        (
            BucketDestination(name="projects/example-hub/locations/l/buckets/b", key="hub", project="example-hub"),
            "logging.googleapis.com/projects/example-hub/locations/l/buckets/b",
            "gcp:projects/iAMMember:IAMMember",
            "roles/logging.bucketWriter",
        ),
    ],
    ids=["BigQuery", "Pub/Sub", "Cloud Storage", "log bucket of another project"],
)
def test_a_sink_s_writer_gets_the_one_role_that_its_destination_needs(destination, address, grant, role):
    run = sinks(SinkSpec(sink_id="out", destination=destination, filter=ERRORS))
    sink = run.one("gcp:logging/projectSink:ProjectSink")
    assert sink.inputs["destination"] == address
    assert sink.inputs["uniqueWriterIdentity"] is True
    granted = run.one(grant)
    assert granted.inputs["role"] == role
    assert granted.inputs["member"] == sink.outputs["writerIdentity"]


def test_a_log_bucket_of_the_same_project_needs_no_permission():
    destination = BucketDestination(name="projects/example-shop/locations/l/buckets/b", key="own")
    run = sinks(SinkSpec(sink_id="own", destination=destination, filter=ERRORS))
    assert not [one for one in run.registrations if "iam" in one.type.lower()]


def test_two_sinks_to_one_destination_are_granted_once():
    run = sinks(
        SinkSpec(sink_id="errors", destination=TOPIC, filter=ERRORS),
        SinkSpec(sink_id="audit", destination=TOPIC, filter=lql.eq("logName", "x")),
    )
    assert run.counts()["gcp:logging/projectSink:ProjectSink"] == 2
    assert run.counts()["gcp:pubsub/topicIAMMember:TopicIAMMember"] == 1


def test_an_exclusion_can_keep_a_sample():
    exclusion = Exclusion(name="health", filter=lql.eq("httpRequest.requestUrl", "/healthz"), share=0.9)
    run = sinks(SinkSpec(sink_id="out", destination=TOPIC, filter=ERRORS, exclusions=[exclusion]), preview=True)
    assert run.one("gcp:logging/projectSink:ProjectSink").inputs["exclusions"] == [
        {"name": "health", "filter": 'httpRequest.requestUrl="/healthz" AND sample(insertId, 0.9)', "disabled": False}
    ]


@given(st.floats(min_value=0.0001, max_value=1))
def test_every_exclusion_is_a_query_that_parses(share):
    lql.parse(Exclusion(name="x", filter=ERRORS, share=share).query())


def test_mistakes_are_refused_with_what_to_do():
    with pytest.raises(ValueError, match="share is 0; give more than 0 and at most 1"):
        Exclusion(name="x", filter=ERRORS, share=0)
    with pytest.raises(ValueError, match="more than one sink named out"):
        sinks(*[SinkSpec(sink_id="out", destination=TOPIC, filter=ERRORS)] * 2)
    many = [Exclusion(name=f"x{index}", filter=ERRORS) for index in range(11)]
    with pytest.raises(ValueError, match="11 exclusions, a project takes 10: join filters"):
        record(lambda: DefaultExclusions("d", DefaultExclusionsArgs(project="example-shop", exclusions=many)))


def test_a_view_shows_an_audience_its_part_of_a_bucket():
    args = LogViewArgs(
        project="example-shop",
        location="europe-west1",
        bucket_id="app-logs",
        bucket="projects/example-shop/locations/europe-west1/buckets/app-logs",
        view_id="on-call",
        readers=("group:oncall@example.com", "group:support@example.com"),
        log_id="run.googleapis.com/stdout",
        resource_type="cloud_run_revision",
        without_log_ids=("cloudaudit.googleapis.com/activity",),
    )
    run = record(lambda: LogView("view", args))
    view = run.one("gcp:logging/logView:LogView").inputs
    assert view["filter"] == (
        'SOURCE("projects/example-shop") AND LOG_ID("run.googleapis.com/stdout") AND '
        'resource.type="cloud_run_revision" AND NOT LOG_ID("cloudaudit.googleapis.com/activity")'
    )
    lql.parse(view["filter"])
    members = run.of_type("gcp:logging/logViewIamMember:LogViewIamMember")
    assert {one.inputs["member"] for one in members} == set(args.readers)
    assert {one.inputs["role"] for one in members} == {"roles/logging.viewAccessor"}


def test_queries_and_scopes_are_shared_with_the_project():
    queries = SavedQueriesArgs(project="example-shop", queries={"API errors": ERRORS})
    scope = LogScopeArgs(project="example-shop", scope_id="all", resource_names=["projects/example-shop"])

    def program() -> None:
        SavedQueries("queries", queries)
        LogScope("scope", scope)

    run = record(program)
    saved = run.one("gcp:logging/savedQuery:SavedQuery").inputs
    assert (saved["name"], saved["displayName"], saved["visibility"]) == ("api-errors", "API errors", "SHARED")
    assert saved["loggingQuery"] == {"filter": 'severity>="ERROR"'}
    assert run.one("gcp:logging/logScope:LogScope").inputs["resourceNames"] == ["projects/example-shop"]


def test_a_scope_and_a_saved_query_that_the_api_would_refuse_are_errors_of_the_program() -> None:
    views = [f"projects/p/locations/global/buckets/b/views/v{number}" for number in range(101)]
    projects = [f"projects/example-{number}" for number in range(6)]
    for names, reason in ((views, "101 resources, at most 100"), (projects, "6 projects, at most 5")):
        scope = LogScopeArgs(project="example-shop", scope_id="all", resource_names=names)
        with pytest.raises(RuleViolationError, match=rf"scope-scope .*\n.*resourceNames: {reason}"):
            record(lambda scope=scope: LogScope("scope", scope))
    misspelt = lql.compare("severty", lql.Operator.EQUAL, "ERROR")
    queries = SavedQueriesArgs(project="example-shop", queries={"API errors": misspelt})
    with pytest.raises(RuleViolationError, match=r"queries-api-errors .*\n.*loggingQuery.*severty"):
        record(lambda: SavedQueries("queries", queries))


class Pending(SyntheticMocks):
    """A provider that finds every bucket deleted less than seven days ago, as the real one reads it back."""

    def new_resource(self, args):
        identifier, outputs = super().new_resource(args)
        return identifier, {**outputs, "lifecycleState": "DELETE_REQUESTED"}


def test_a_program_warns_of_a_bucket_that_is_pending_deletion():
    """The API takes changes to it, and it is gone after seven days."""
    args = LogBucketArgs(project="example-shop", bucket_id="app-logs", location="europe-west1")

    (warning,) = record(lambda: LogBucket("logs", args), mocks=Pending()).diagnostics.warnings
    assert warning.startswith("log bucket app-logs is pending deletion: seven days after its deletion it is gone")
    assert "gcloud logging buckets undelete app-logs --location=europe-west1 --project=example-shop" in warning

    assert list(record(lambda: LogBucket("logs", args)).diagnostics.warnings) == []
