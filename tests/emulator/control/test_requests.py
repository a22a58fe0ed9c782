"""The front end: names, enums, types, queries, and every kind of bad request, as Google's answers them."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigil_emulator.errors import ApiError
from vigil_emulator.rest.discovery import resolve
from vigil_emulator.rest.masks import select
from vigil_emulator.rest.request import MAX_BODY
from vigil_emulator.rest.schema import decode, encode

POLICIES = "/v3/projects/p/alertPolicies"
CHANNELS = "/v3/projects/p/notificationChannels"
MAIL = {"type": "email", "labels": {"email_address": "a@example.com"}}


@pytest.mark.parametrize(
    ("http", "path", "method", "parameters"),
    [
        (
            "GET",
            "/v2/projects/p/metrics/a%2Fb",
            "logging.projects.metrics.get",
            {"metricName": "projects/p/metrics/a/b"},
        ),
        ("POST", "/v2/folders/1/sinks", "logging.folders.sinks.create", {"parent": "folders/1"}),
        (
            "POST",
            "/v2/projects/p/locations/global/buckets/b:undelete",
            "logging.projects.locations.buckets.undelete",
            {"name": "projects/p/locations/global/buckets/b"},
        ),
        (
            "GET",
            "/v3/projects/p/metricDescriptors/custom.googleapis.com/a/b",
            "monitoring.projects.metricDescriptors.get",
            {"name": "projects/p/metricDescriptors/custom.googleapis.com/a/b"},
        ),
        (
            "GET",
            "/v2/projects/example.com:p/sinks/s",
            "logging.projects.sinks.get",
            {"sinkName": "projects/example.com:p/sinks/s"},
        ),
        ("GET", "/v3/projects/p/services/s", "monitoring.services.get", {"name": "projects/p/services/s"}),
        (
            "POST",
            "/v1/projects/p/location/global/prometheus/api/v1/query_range",
            "monitoring.projects.location.prometheus.api.v1.query_range",
            {"name": "projects/p", "location": "global"},
        ),
    ],
)
def test_a_path_is_one_method(http, path, method, parameters):
    found, values = resolve(http, path)
    assert (found.id, values) == (method, parameters)


def test_both_spellings_of_names_are_taken_and_the_json_one_is_kept(api):
    made = api.ok("POST", CHANNELS, {**MAIL, "display_name": "Mail", "user_labels": {"team": "shop"}})
    assert (made["displayName"], made["userLabels"]) == ("Mail", {"team": "shop"})
    assert "display_name" not in made


def test_enums_are_taken_as_names_and_numbers_and_written_in_the_dialect_that_is_asked_for(api):
    chart = {
        "dataSets": [
            {
                "plotType": 1,
                "timeSeriesQuery": {
                    "timeSeriesFilter": {
                        "filter": 'metric.type="a"',
                        "aggregation": {"alignmentPeriod": "60s", "perSeriesAligner": 18},
                    }
                },
            }
        ]
    }
    body = {"displayName": "d", "gridLayout": {"widgets": [{"xyChart": chart}]}}
    made = api.ok("POST", "/v1/projects/p/dashboards", body)
    data = made["gridLayout"]["widgets"][0]["xyChart"]["dataSets"][0]
    assert data["plotType"] == "LINE"
    assert data["timeSeriesQuery"]["timeSeriesFilter"]["aggregation"]["perSeriesAligner"] == "ALIGN_PERCENTILE_99"
    for query in ("$alt=json;enum-encoding=int", "%24alt=json%3Benum-encoding%3Dint"):
        numbers = api.ok("GET", f"/v1/{made['name']}", query=query)
        data = numbers["gridLayout"]["widgets"][0]["xyChart"]["dataSets"][0]
        assert (data["plotType"], data["targetAxis"]) == (1, 1)
        assert data["timeSeriesQuery"]["timeSeriesFilter"]["aggregation"]["perSeriesAligner"] == 18


def test_proto3_keeps_no_default_but_where_a_field_has_presence():
    kept = decode(
        "monitoring.v3",
        "AlertPolicy",
        {
            "displayName": "",
            "enabled": False,
            "severity": "SEVERITY_UNSPECIFIED",
            "userLabels": {},
            "notificationChannels": [],
            "documentation": {},
            "alertStrategy": None,
            "conditions": [{"conditionThreshold": {"thresholdValue": 0, "duration": "0s", "trigger": {"count": 0}}}],
        },
    )
    assert kept == {
        "enabled": False,
        "documentation": {},
        "conditions": [{"conditionThreshold": {"duration": "0s", "trigger": {"count": 0}}}],
    }


def test_numbers_of_64_bits_are_text_and_times_are_as_protobuf_writes_them():
    assert decode("monitoring.v1", "Dashboard", {"columnLayout": {"columns": [{"weight": 2}]}}) == {
        "columnLayout": {"columns": [{"weight": "2"}]}
    }
    entry = {"timestamp": "2026-01-01T01:00:00.50+01:00", "httpRequest": {"latency": "0.5s", "requestSize": 12}}
    assert decode("logging.v2", "LogEntry", entry) == {
        "timestamp": "2026-01-01T00:00:00.500Z",
        "httpRequest": {"latency": "0.500s", "requestSize": "12"},
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            {"mosaicLayout": {"legacyRows": 1}},
            "Invalid JSON payload received. Unknown name \"legacyRows\" at 'dashboard.mosaic_layout': Cannot find field.",
        ),
        ({"displayName": 3}, "Invalid value at 'dashboard.display_name' (TYPE_STRING), 3"),
        ({"mosaicLayout": {"columns": "x"}}, "Invalid value at 'dashboard.mosaic_layout.columns' (TYPE_INT32), \"x\""),
        (
            {"displayName": ["a"]},
            (
                "Invalid JSON payload received. Unknown name \"display_name\" at 'dashboard': Proto field is not repeating, cannot"
                " start list."
            ),
        ),
        (
            {"gridLayout": {}, "mosaicLayout": {}},
            "Invalid value at 'dashboard' (oneof), oneof field 'layout' is already set. Cannot set 'mosaicLayout'",
        ),
        (
            {"gridLayout": {"widgets": [{"text": {"contents": "red"}}, {"titel": "x"}]}},
            (
                "Invalid JSON payload received. Unknown name \"contents\" at 'dashboard.grid_layout.widgets[0].text': Cannot find field.\n"
                "Invalid JSON payload received. Unknown name \"titel\" at 'dashboard.grid_layout.widgets[1]': Cannot find field."
            ),
        ),
    ],
)
def test_what_a_schema_does_not_take_is_refused_in_googles_words(api, body, message):
    assert api.refused("POST", "/v1/projects/p/dashboards", body) == (400, "INVALID_ARGUMENT", message)


def test_violations_are_listed_as_details(api):
    _status, answer = api.send("POST", CHANNELS, {"kind": "x", "enabled": "yes"})
    details = answer["error"]["details"]
    assert details[0]["@type"] == "type.googleapis.com/google.rpc.BadRequest"
    assert [violation["field"] for violation in details[0]["fieldViolations"]] == [
        "notification_channel",
        "notification_channel.enabled",
    ]


@pytest.mark.parametrize(
    ("raw", "part"),
    [
        (b"{", "Invalid JSON payload received. Unexpected token."),
        (b"", "Unrecognized channel type"),
        (b"[]", "Proto field is not repeating"),
        (b'"x"', "Invalid value at 'notification_channel'"),
        (b"\xff\xfe{}", "not valid UTF-8"),
        (b'{"description": "\\ud800"}', "not valid UTF-8"),
        (b'{"enabled": NaN}', "Unexpected token"),
        (b"[" * 100_000, "Message too deep"),
        (b'{"labels":' * 50_000, "Message too deep"),
        (b'{"a":' + b"[" * 500 + b"]" * 500 + b"}", 'Unknown name "a"'),
    ],
)
def test_bodies_that_are_no_message_are_400(api, raw, part):
    code, status, message = api.refused("POST", CHANNELS, raw=raw)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert part in message


def test_messages_deeper_than_protobuf_takes_are_refused():
    predicate = {"operatorType": "LEAF"}
    for _ in range(101):
        predicate = {"operatorType": "AND", "childPredicates": [predicate]}
    assert decode("logging.v2", "FilterPredicate", predicate["childPredicates"][0])
    with pytest.raises(ApiError, match=r"Message too deep\. Max recursion depth reached for key 'child_predicates"):
        decode("logging.v2", "FilterPredicate", predicate)


def test_query_parameters_are_checked_like_bodies(api):
    assert api.refused("GET", CHANNELS, query="pageSize=many") == (
        400,
        "INVALID_ARGUMENT",
        "Invalid value at 'page_size' (TYPE_INT32), \"many\"",
    )
    assert api.refused("GET", CHANNELS, query="colour=red")[2].startswith(
        'Invalid JSON payload received. Unknown name "colour": Cannot bind query parameter.'
    )
    assert api.refused("GET", CHANNELS, query="alt=proto")[0] == 400
    assert api.ok("GET", CHANNELS, query="page_size=5&alt=json&prettyPrint=false&key=x&$.xgafv=2") == {}


def test_pages_are_followed_by_their_tokens(api):
    made = [api.ok("POST", CHANNELS, {**MAIL, "displayName": str(number)})["name"] for number in range(5)]
    read, token = [], ""
    while True:
        page = api.ok("GET", CHANNELS, query={"pageSize": 2, "pageToken": token})
        assert page["totalSize"] == 5
        read += [channel["name"] for channel in page["notificationChannels"]]
        token = page.get("nextPageToken")
        if not token:
            break
    assert read == made
    assert api.refused("GET", CHANNELS, query="pageToken=nonsense")[2] == "page_token is invalid"


def test_fields_selects_parts_of_an_answer(api):
    made = api.ok("POST", CHANNELS, {**MAIL, "displayName": "Mail", "userLabels": {"a": "b"}})
    assert api.ok(
        "GET", f"/v3/{made['name']}", query="fields=displayName,labels(email_address),creationRecord/mutateTime"
    ) == {
        "displayName": "Mail",
        "labels": {"email_address": "a@example.com"},
        "creationRecord": {"mutateTime": "2026-01-05T12:00:00Z"},
    }
    listed = api.ok("GET", CHANNELS, query="fields=notificationChannels.type,totalSize")
    assert listed == {"notificationChannels": [{"type": "email"}], "totalSize": 1}
    assert api.refused("GET", CHANNELS, query="fields=a(b")[0] == 400


def test_gzip_both_ways(api):
    body = gzip.compress(json.dumps({**MAIL, "description": "x" * 1000}).encode())
    headers = {"content-encoding": "gzip", "accept-encoding": "gzip, deflate"}
    made = api.ok("POST", CHANNELS, raw=body, headers=headers)
    assert made["description"] == "x" * 1000
    assert api.refused("POST", CHANNELS, raw=b"not gzip", headers={"content-encoding": "gzip"})[0] == 400
    bomb = gzip.compress(b" " * (MAX_BODY + 1))
    assert api.refused("POST", CHANNELS, raw=bomb, headers={"content-encoding": "gzip"})[2] == (
        "Request payload size exceeds the limit: 10485760 bytes."
    )


def test_a_get_that_is_too_long_for_an_address_comes_as_a_post(api):
    api.ok("POST", CHANNELS, {**MAIL, "displayName": "Mail"})
    headers = {"x-http-method-override": "GET", "content-type": "application/x-www-form-urlencoded"}
    listed = api.ok("POST", CHANNELS, raw=b"filter=display_name%3D%22Mail%22&fields=totalSize", headers=headers)
    assert listed == {"totalSize": 1}


def test_unknown_paths_and_unimplemented_methods_are_distinguished(api):
    assert api.refused("GET", "/v2/nothing/here/at/all/x/y/z")[:2] == (404, "NOT_FOUND")
    assert api.refused("GET", "/v2/projects/p/locations") == (
        501,
        "UNIMPLEMENTED",
        "The emulator does not implement logging.projects.locations.list (docs/emulator-methods.md).",
    )


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ('display_name="One"', 1),
        ('type="email"', 2),
        ('type = "email" AND display_name = "Two"', 1),
        ('user_labels.team="shop"', 1),
        ('labels.email_address="a@example.com"', 2),
        ('display_name=starts_with("T")', 1),
        ('display_name!="Two"', 1),
        ("", 2),
    ],
)
def test_lists_are_filtered(api, query, count):
    api.ok("POST", CHANNELS, {**MAIL, "displayName": "One", "userLabels": {"team": "shop"}})
    api.ok("POST", CHANNELS, {**MAIL, "displayName": "Two"})
    assert len(api.ok("GET", CHANNELS, query={"filter": query}).get("notificationChannels", [])) == count


def test_lists_are_ordered_as_requested_and_by_creation_otherwise(api):
    for name, team in (("b", "x"), ("a", "y"), ("c", "x")):
        api.ok("POST", CHANNELS, {**MAIL, "displayName": name, "userLabels": {"team": team}})

    def listed(order):
        page = api.ok("GET", CHANNELS, query={"orderBy": order})
        return "".join(channel["displayName"] for channel in page["notificationChannels"])

    orders = ["", "display_name", "-display_name", "user_labels.team,display_name", "display_name desc"]
    assert [listed(order) for order in orders] == ["bac", "abc", "cba", "bca", "cba"]


def test_a_filter_that_cannot_be_evaluated_is_an_error_never_everything(api):
    api.ok("POST", CHANNELS, {**MAIL, "displayName": "One"})
    assert api.refused("GET", CHANNELS, query={"filter": 'NOT type="email"'})[1] == "UNIMPLEMENTED"
    assert api.refused("GET", CHANNELS, query={"filter": "type=="})[1] == "INVALID_ARGUMENT"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["name", "displayName", "conditions", "conditionThreshold", "filter", "duration", "aggregations", "alignmentPeriod",
         "trigger", "count", "enabled", "userLabels", "documentation", "links", "combiner", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=200)
@given(JSON)
def test_any_json_is_either_kept_or_refused_and_what_is_kept_is_a_fixed_point(value):
    kept = or_refused(lambda: decode("monitoring.v3", "AlertPolicy", value))
    if kept is None:
        return
    assert decode("monitoring.v3", "AlertPolicy", kept) == kept
    numbered = encode("monitoring.v3", "AlertPolicy", kept)
    assert decode("monitoring.v3", "AlertPolicy", numbered) == kept


@settings(max_examples=100)
@given(st.text(alphabet="ab(),/.* $", max_size=12))
def test_any_selection_is_either_applied_or_refused(fields):
    or_refused(lambda: select({"a": {"b": 1}, "b": [{"a": 2}]}, fields))


def or_refused(work):
    """The result; None if it is INVALID_ARGUMENT. Any other error is a failure."""
    try:
        return work()
    except ApiError as error:
        if error.status != "INVALID_ARGUMENT":
            raise
        return None
