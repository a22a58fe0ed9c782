"""Buckets, views, links, sinks, exclusions, metrics, saved queries and scopes: what Google adds, keeps and refuses."""

from datetime import timedelta

import pytest

BUCKETS = "/v2/projects/p/locations/global/buckets"
METRICS = "/v2/projects/p/metrics"
SINKS = "/v2/projects/p/sinks"
TOPIC = "pubsub.googleapis.com/projects/p/topics/t"


def test_every_project_has_its_two_buckets_their_views_and_sinks(api):
    buckets = api.ok("GET", BUCKETS)["buckets"]
    assert [
        (bucket["name"].rpartition("/")[2], bucket["retentionDays"], bucket.get("locked")) for bucket in buckets
    ] == [
        ("_Default", 30, None),
        ("_Required", 400, True),
    ]
    views = api.ok("GET", f"{BUCKETS}/_Default/views")["views"]
    assert [view["name"].rpartition("/")[2] for view in views] == ["_AllLogs", "_Default"]
    assert [sink["name"] for sink in api.ok("GET", SINKS)["sinks"]] == ["_Required", "_Default"]
    assert api.ok("GET", "/v2/folders/1/locations/-/buckets")["buckets"][0]["name"].startswith(
        "folders/1/locations/global/"
    )


def test_a_bucket_is_created_at_once_or_by_an_operation_that_is_done(api):
    made = api.ok("POST", BUCKETS, {"description": "Logs"}, query="bucketId=logs")
    assert made == {
        "name": "projects/p/locations/global/buckets/logs",
        "description": "Logs",
        "retentionDays": 30,
        "lifecycleState": "ACTIVE",
        "createTime": "2026-01-05T12:00:00Z",
        "updateTime": "2026-01-05T12:00:00Z",
    }
    operation = api.ok(
        "POST", "/v2/projects/p/locations/eu/buckets:createAsync", {"retentionDays": 90}, query="bucketId=more"
    )
    assert operation["done"] is True
    assert operation["response"]["@type"] == "type.googleapis.com/google.logging.v2.LogBucket"
    assert operation["response"]["name"] == "projects/p/locations/eu/buckets/more"
    assert api.ok("GET", f"/v2/{operation['name']}") == operation
    updated = api.ok("POST", f"{BUCKETS}/logs:updateAsync", {"retentionDays": 5}, query="updateMask=retentionDays")
    assert (updated["response"]["retentionDays"], updated["response"]["description"]) == (5, "Logs")


def test_a_deleted_bucket_can_be_restored_for_seven_days(api):
    api.ok("POST", BUCKETS, {}, query="bucketId=logs")
    api.ok("POST", f"{BUCKETS}/logs/views", {"filter": 'LOG_ID("stdout")'}, query="viewId=v")
    assert api.ok("DELETE", f"{BUCKETS}/logs") == {}
    assert api.ok("GET", f"{BUCKETS}/logs")["lifecycleState"] == "DELETE_REQUESTED"
    assert api.refused("PATCH", f"{BUCKETS}/logs", {"description": "x"})[:2] == (400, "FAILED_PRECONDITION")
    assert api.refused("POST", BUCKETS, {}, query="bucketId=logs")[:2] == (409, "ALREADY_EXISTS")
    api.clock.advance(timedelta(days=6, hours=23).total_seconds())
    assert api.ok("POST", f"{BUCKETS}/logs:undelete", {}) == {}
    assert api.ok("GET", f"{BUCKETS}/logs")["lifecycleState"] == "ACTIVE"
    assert api.refused("POST", f"{BUCKETS}/logs:undelete", {})[1] == "FAILED_PRECONDITION"

    api.ok("DELETE", f"{BUCKETS}/logs")
    api.clock.advance(timedelta(days=7).total_seconds())
    assert api.refused("GET", f"{BUCKETS}/logs") == (
        404,
        "NOT_FOUND",
        "Bucket `logs` in location `global` does not exist",
    )
    assert api.refused("GET", f"{BUCKETS}/logs/views/v") == (404, "NOT_FOUND", "View v does not exist")
    api.ok("POST", BUCKETS, {}, query="bucketId=logs")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"analyticsEnabled": True}, {"analyticsEnabled": False}),
        ({"locked": True, "retentionDays": 10}, {"retentionDays": 9}),
        ({"restrictedFields": ["jsonPayload.a", "jsonPayload.b"]}, {"restrictedFields": ["jsonPayload.a"]}),
        ({}, {"retentionDays": 3651}),
        (
            {},
            {
                "indexConfigs": [
                    {"fieldPath": f"jsonPayload.f{number}", "type": "INDEX_TYPE_STRING"} for number in range(21)
                ]
            },
        ),
    ],
)
def test_what_a_bucket_cannot_become_is_refused_and_changes_nothing(api, first, second):
    made = api.ok("POST", BUCKETS, first, query="bucketId=b")
    assert api.refused("PATCH", f"{BUCKETS}/b", second)[:2] == (400, "INVALID_ARGUMENT")
    assert api.ok("GET", f"{BUCKETS}/b") == made


@pytest.mark.parametrize("bucket", ["_Default", "_Required"])
def test_the_initial_buckets_cannot_be_deleted(api, bucket):
    assert api.refused("DELETE", f"{BUCKETS}/{bucket}")[0] == 400


@pytest.mark.parametrize(
    ("query", "code"), [("", 400), ("bucketId=a/b", 400), ("bucketId=" + "a" * 101, 400), ("bucketId=_Mine", 400)]
)
def test_ids_of_buckets_are_checked(api, query, code):
    assert api.refused("POST", BUCKETS, {}, query=query)[0] == code


def test_a_link_is_an_operation_that_is_done_when_it_is_read(api):
    api.ok("POST", BUCKETS, {}, query="bucketId=plain")
    assert api.refused("POST", f"{BUCKETS}/plain/links", {}, query="linkId=l")[1] == "FAILED_PRECONDITION"
    api.ok("POST", BUCKETS, {"analyticsEnabled": True}, query="bucketId=logs")
    operation = api.ok("POST", f"{BUCKETS}/logs/links", {"description": "d"}, query="linkId=l")
    assert "done" not in operation
    done = api.ok("GET", f"/v2/{operation['name']}")
    assert done["response"]["bigqueryDataset"] == {"datasetId": "bigquery.googleapis.com/projects/p/datasets/l"}
    assert api.ok("GET", f"{BUCKETS}/logs/links/l")["description"] == "d"
    assert api.refused("POST", f"{BUCKETS}/logs/links", {}, query="linkId=second")[1] == "RESOURCE_EXHAUSTED"


def test_a_views_policy_is_kept_with_an_etag_that_an_old_one_does_not_replace(api):
    view = f"{BUCKETS}/_Default/views/v"
    api.ok("POST", f"{BUCKETS}/_Default/views", {}, query="viewId=v")
    empty = api.ok("POST", f"{view}:getIamPolicy", {"options": {"requestedPolicyVersion": 3}})
    bindings = [{"role": "roles/logging.viewAccessor", "members": ["group:a@example.com"]}]
    first = api.ok(
        "POST", f"{view}:setIamPolicy", {"policy": {"bindings": bindings, "etag": empty["etag"], "version": 3}}
    )
    assert (first["bindings"], first["version"]) == (bindings, 3)
    second = api.ok("POST", f"{view}:setIamPolicy", {"policy": {"etag": first["etag"], "version": 3}})
    assert "bindings" not in second
    code, status, _ = api.refused(
        "POST", f"{view}:setIamPolicy", {"policy": {"bindings": bindings, "etag": first["etag"]}}
    )
    assert (code, status) == (409, "ABORTED")
    assert api.ok("POST", f"{view}:testIamPermissions", {"permissions": ["logging.views.access"]})["permissions"]


def test_a_sinks_writer_depends_on_its_parent_and_destination(api):
    number = api.ok("POST", "/v1/projects/p/dashboards", {"displayName": "d"})["name"].split("/")[1]

    def writer(parent, destination, query="uniqueWriterIdentity=true", name="s"):
        body = {"name": name, "destination": destination}
        return api.ok("POST", f"/v2/{parent}/sinks", body, query=query).get("writerIdentity")

    account = "serviceAccount:service-{}@gcp-sa-logging.iam.gserviceaccount.com"
    bucket = "logging.googleapis.com/projects/p/locations/global/buckets/_Default"
    assert writer("projects/p", TOPIC) == account.format(number)
    assert writer("folders/1", TOPIC) == account.format("folder-1")
    assert writer("organizations/2", TOPIC) == account.format("org-2")
    assert (
        writer("projects/p", TOPIC, query="", name="shared") == "serviceAccount:cloud-logs@system.gserviceaccount.com"
    )
    assert writer("projects/p", bucket, name="own") is None
    assert writer("projects/q", bucket) == account.format(
        api.ok("POST", "/v1/projects/q/dashboards", {"displayName": "d"})["name"].split("/")[1]
    )
    refused = api.refused("POST", "/v2/projects/q/sinks", {"name": "x", "destination": bucket})
    assert refused[2].startswith(
        "Advanced sink options require using per sink service accounts. Use uniqueWriterIdentity=true"
    )


def test_a_sink_changes_by_mask_and_without_one_in_the_three_documented_fields(api):
    api.ok(
        "POST",
        SINKS,
        {"name": "s", "destination": TOPIC, "filter": "a", "description": "d"},
        query="uniqueWriterIdentity=true",
    )
    changed = api.ok("PATCH", f"{SINKS}/s", {"filter": "b", "description": "e"}, query="updateMask=description")
    assert (changed["filter"], changed["description"]) == ("a", "e")
    changed = api.ok("PUT", f"{SINKS}/s", {"destination": TOPIC, "filter": "c"})
    assert (changed["filter"], changed["description"]) == ("c", "e")
    assert changed["writerIdentity"].startswith("serviceAccount:service-")
    assert api.refused("PATCH", f"{SINKS}/s", {}, query="updateMask=colour")[0] == 400


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"name": "s", "destination": "somewhere"}, "sink.destination"),
        ({"name": "-s", "destination": TOPIC}, "ids of sinks"),
        ({"name": "s" * 101, "destination": TOPIC}, "ids of sinks"),
        ({"destination": TOPIC}, "sink.name is required"),
        ({"name": "s", "destination": TOPIC, "filter": "a ="}, "Unparseable filter"),
        ({"name": "s", "destination": TOPIC, "filter": "a" * 20_001}, "too long"),
        ({"name": "s", "destination": TOPIC, "exclusions": [{"name": "e", "filter": "("}]}, "Unparseable filter"),
        (
            {"name": "s", "destination": TOPIC, "exclusions": [{"name": f"e{n}", "filter": "a"} for n in range(51)]},
            "50 exclusions",
        ),
        ({"name": "s", "destination": TOPIC, "description": "d" * 8001}, "8000"),
    ],
)
def test_sinks_that_google_refuses(api, body, part):
    code, status, message = api.refused("POST", SINKS, body)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert part in message


def test_not_found_and_already_exists_in_googles_words(api):
    assert api.refused("GET", f"{SINKS}/x") == (404, "NOT_FOUND", "Sink x does not exist")
    assert api.refused("GET", f"{METRICS}/x%2Fy") == (404, "NOT_FOUND", "Metric x/y does not exist.")
    assert api.refused("GET", "/v2/projects/p/exclusions/x")[2] == "Exclusion projects/p/exclusions/x does not exist"
    api.ok("POST", SINKS, {"name": "s", "destination": TOPIC})
    assert api.refused("POST", SINKS, {"name": "s", "destination": TOPIC})[:2] == (409, "ALREADY_EXISTS")


DISTRIBUTION = {
    "name": "a/b",
    "filter": "severity>=ERROR",
    "valueExtractor": "EXTRACT(jsonPayload.ms)",
    "metricDescriptor": {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "unit": "ms"},
    "bucketOptions": {"explicitBuckets": {"bounds": [1, 2, 4.5]}},
}


def test_a_metric_gets_a_descriptor_and_may_have_slashes_in_its_id(api):
    made = api.ok("POST", METRICS, {"name": "a/b", "filter": "x", "description": "d"})
    assert made["metricDescriptor"] == {
        "name": "projects/p/metricDescriptors/logging.googleapis.com/user/a/b",
        "type": "logging.googleapis.com/user/a/b",
        "metricKind": "DELTA",
        "valueType": "INT64",
        "unit": "1",
        "description": "d",
    }
    assert (made["name"], made["resourceName"]) == ("a/b", "projects/p/metrics/a/b")
    assert api.ok("GET", f"{METRICS}/a%2Fb") == made
    assert api.ok("GET", METRICS)["metrics"] == [made]


def test_a_put_creates_or_replaces_but_kind_and_labels_stay(api):
    api.ok("PUT", f"{METRICS}/a%2Fb", DISTRIBUTION)
    api.clock.advance(5)
    changed = api.ok("PUT", f"{METRICS}/a%2Fb", {**DISTRIBUTION, "filter": "severity>=WARNING"})
    assert (changed["createTime"], changed["updateTime"]) == ("2026-01-05T12:00:00Z", "2026-01-05T12:00:05Z")
    count = {"name": "a/b", "filter": "x"}
    assert "valueType cannot be changed" in api.refused("PUT", f"{METRICS}/a%2Fb", count)[2]
    labelled = {"metricKind": "DELTA", "valueType": "DISTRIBUTION", "labels": [{"key": "k"}]}
    api.ok(
        "PUT",
        f"{METRICS}/a%2Fb",
        {**DISTRIBUTION, "metricDescriptor": labelled, "labelExtractors": {"k": "EXTRACT(jsonPayload.k)"}},
    )
    assert "Label k" in api.refused("PUT", f"{METRICS}/a%2Fb", DISTRIBUTION)[2]


def labels(*keys):
    return {"metricKind": "DELTA", "valueType": "INT64", "labels": [{"key": key} for key in keys]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"name": "m"}, "Field metric.filter is required"),
        ({"name": "m", "filter": "a b = "}, "Unparseable filter"),
        ({"name": "m m", "filter": "a"}, "ids of metrics"),
        ({"name": "/m", "filter": "a"}, "ids of metrics"),
        (
            {"name": "m", "filter": "a", "metricDescriptor": labels("k")},
            "Number of label descriptors must match number of label extractors",
        ),
        (
            {
                "name": "m",
                "filter": "a",
                "metricDescriptor": labels("k"),
                "labelExtractors": {"instanceId": "EXTRACT(a)"},
            },
            "No label descriptor found for label extractor with key instanceId",
        ),
        (
            {
                "name": "m",
                "filter": "a",
                "metricDescriptor": labels("k"),
                "labelExtractors": {"k": 'REGEXP_EXTRACT(a, "b")'},
            },
            "exactly one capture group",
        ),
        (
            {
                "name": "m",
                "filter": "a",
                "metricDescriptor": labels("k"),
                "labelExtractors": {"k": 'REGEXP_EXTRACT(a, "(b")'},
            },
            "Invalid regular expression",
        ),
        (
            {"name": "m", "filter": "a", "metricDescriptor": labels("k"), "labelExtractors": {"k": "a"}},
            "Unparseable extractor",
        ),
        ({"name": "m", "filter": "a", "valueExtractor": "EXTRACT(a)"}, "requires a metric of value type DISTRIBUTION"),
        ({**DISTRIBUTION, "valueExtractor": ""}, "value extractor is required"),
        ({**DISTRIBUTION, "bucketOptions": {"explicitBuckets": {"bounds": [1, 1]}}}, "strictly increasing"),
        (
            {
                **DISTRIBUTION,
                "bucketOptions": {"exponentialBuckets": {"numFiniteBuckets": 3, "growthFactor": 1, "scale": 1}},
            },
            "growth_factor > 1",
        ),
        ({**DISTRIBUTION, "bucketOptions": {"linearBuckets": {"numFiniteBuckets": 201, "width": 1}}}, "200 buckets"),
        ({"name": "m", "filter": "a", "metricDescriptor": {"metricKind": "GAUGE"}}, "kind DELTA"),
        (
            {
                "name": "m",
                "filter": "a",
                "metricDescriptor": labels(*(f"k{n}" for n in range(11))),
                "labelExtractors": {f"k{n}": "EXTRACT(a)" for n in range(11)},
            },
            "at most 10 labels",
        ),
    ],
)
def test_metrics_that_google_refuses(api, body, message):
    code, status, text = api.refused("POST", METRICS, body)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert message in text
    assert api.ok("GET", METRICS) == {}


def test_saved_queries_and_scopes(api):
    saved = "/v2/projects/p/locations/global/savedQueries"
    body = {"displayName": "Errors", "visibility": "SHARED", "loggingQuery": {"filter": "severity>=ERROR"}}
    made = api.ok("POST", saved, body, query="savedQueryId=errors")
    assert made["name"] == "projects/p/locations/global/savedQueries/errors"
    assert len(api.ok("POST", saved, body)["name"].rpartition("/")[2]) == 36
    assert api.refused("POST", saved, {**body, "loggingQuery": {"filter": "a ="}})[0] == 400
    scopes = "/v2/projects/p/locations/global/logScopes"
    view = "projects/p/locations/global/buckets/_Default/views/_AllLogs"
    api.ok("POST", scopes, {"resourceNames": ["projects/p", view]}, query="logScopeId=all")
    assert api.refused("PATCH", f"{scopes}/all", {"resourceNames": ["folders/1"]})[0] == 400
    assert api.refused("POST", scopes, {"resourceNames": []}, query="logScopeId=none")[0] == 400


def test_a_projects_number_names_the_same_things_as_its_id(api):
    name = api.ok("POST", "/v1/projects/p/dashboards", {"displayName": "d"})["name"]
    number = name.split("/")[1]
    api.ok("POST", f"/v2/projects/{number}/sinks", {"name": "s", "destination": TOPIC})
    assert api.ok("GET", f"{SINKS}/s")["destination"] == TOPIC
    assert api.ok("GET", f"/v1/projects/p/dashboards/{name.rpartition('/')[2]}")["name"] == name


KEY = "projects/p/locations/eu/keyRings/r/cryptoKeys/k"


def test_settings_of_a_folder_are_changed_by_their_mask_and_name_the_service_accounts(api):
    assert set(api.ok("GET", "/v2/folders/1/settings")) == {"name", "kmsServiceAccountId", "loggingServiceAccountId"}

    body = {"storageLocation": "europe-west1", "disableDefaultSink": True}
    made = api.ok("PATCH", "/v2/folders/1/settings", body, query="updateMask=storageLocation,disableDefaultSink")
    api.ok("PATCH", "/v2/folders/1/settings", {"storageLocation": "us"}, query="updateMask=disableDefaultSink")

    assert made["name"] == "folders/1/settings"
    assert made["disableDefaultSink"] is True
    after = api.ok("GET", "/v2/folders/1/settings")
    assert after["storageLocation"] == "europe-west1"
    assert "disableDefaultSink" not in after


def test_the_key_of_an_organization_is_one_whichever_settings_name_it(api):
    api.ok("PATCH", "/v2/organizations/1/cmekSettings", {"kmsKeyName": KEY}, query="updateMask=kmsKeyName")

    assert api.ok("GET", "/v2/organizations/1/settings")["kmsKeyName"] == KEY
    assert api.ok("GET", "/v2/organizations/1/cmekSettings") == {
        "name": "organizations/1/cmekSettings",
        "kmsKeyName": KEY,
        "kmsKeyVersionName": f"{KEY}/cryptoKeyVersions/1",
        "serviceAccountId": "cmek-org-1@gcp-sa-logging.iam.gserviceaccount.com",
    }
    assert "kmsKeyName" not in api.ok("GET", "/v2/projects/p/cmekSettings")


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("folders/1/settings", {"kmsKeyName": "k"}, 'Field kmsKeyName had an invalid value of "k"'),
        ("folders/1/settings", {"storageLocation": "EU!"}, "Location EU! is not supported"),
        ("folders/1/settings", {"defaultSinkConfig": {"filter": "x"}}, "default_sink_config.mode must be specified"),
        ("projects/p/settings", {"storageLocation": "eu"}, "projects/p has no such settings itself"),
        ("folders/1/cmekSettings", {"kmsKeyName": KEY}, "folders/1 has no such settings itself"),
    ],
)
def test_settings_that_are_refused_change_nothing(api, path, body, says):
    before = api.ok("GET", f"/v2/{path}")
    code, status, message = api.refused("PATCH", f"/v2/{path}", body)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert says in message
    assert api.ok("GET", f"/v2/{path}") == before
