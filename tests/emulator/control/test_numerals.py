"""Numbers that Python refuses or cannot hold: each is an answer of 400, wherever a request has room for one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.numerals import EXACT, as_stored, count, finite, real, whole

LONG = "9" * 5000
HUGE = ["9" * 400, LONG, "-" + LONG, "1e999", "-1e999", "1" + "0" * 4999 + ".5"]
QUERY = "/v1/projects/p/location/global/prometheus/api/v1"


@given(st.text(max_size=40) | st.from_regex(r"-?[0-9]{1,30}", fullmatch=True) | st.floats().map(repr) | st.just(LONG))
def test_reading_a_number_never_raises_and_agrees_with_python_where_python_can(text):
    if (found := whole(text)) is not None:
        assert found == int(text)
    if (found := count(text)) is not None:
        assert found == int(text) >= 0
    if (found := real(text)) is not None:
        assert math.isnan(found) or found == float(text)
    if (found := finite(text)) is not None:
        assert math.isfinite(found)


def test_zeros_in_front_are_no_digits_of_a_number():
    assert whole("0" * 5000 + "7") == 7
    assert whole("-" + "0" * 100 + "12") == -12
    assert whole("٣") is None
    assert whole("²") is None


def test_whole_numbers_of_a_payload_are_kept_as_doubles():
    payload = {"a": EXACT + 1, "b": [EXACT, -EXACT - 1, {"c": 10**30, "d": 10**400}], "e": True}
    as_stored(payload)
    assert payload == {"a": EXACT, "b": [EXACT, -EXACT, {"c": 1e30, "d": str(10**400)}], "e": True}


def test_an_entry_s_large_integer_is_shown_as_the_double_that_logging_keeps(api):
    entry = {"logName": "projects/p/logs/x", "jsonPayload": {"id": 9007199254740993, "ids": [2**60 + 1], "small": 7}}
    api.ok("POST", "/v2/entries:write", {"entries": [entry]})
    (found,) = api.ok("POST", "/v2/entries:list", {"resourceNames": ["projects/p"]})["entries"]
    assert found["jsonPayload"] == {"id": 9007199254740992, "ids": [2**60], "small": 7}


@pytest.mark.parametrize("digits", HUGE)
@pytest.mark.parametrize(
    "body",
    ['{"entries": [], "x": %s}', '{"entries": [{"logName": "projects/p/logs/x", "severity": %s}]}', '{"partialSuccess": %s}',
     '{"entries": [{"logName": "projects/p/logs/x", "severity": "%s"}]}',
     '{"entries": [{"logName": "projects/p/logs/x", "httpRequest": {"status": %s}}]}',
     '{"entries": [{"logName": "projects/p/logs/x", "httpRequest": {"requestSize": "%s"}}]}',
     '{"entries": [{"logName": "projects/p/logs/x", "timestamp": "%s"}]}',
     '{"entries": [{"logName": "projects/p/logs/x", "httpRequest": {"latency": "%ss"}}]}'],
)  # fmt: skip
def test_in_a_body(api, body, digits):
    assert api.refused("POST", "/v2/entries:write", raw=(body % digits).encode())[:2] == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize("digits", HUGE)
@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v3/projects/p/alertPolicies", "pageSize=%s"), ("/v3/projects/p/alerts", "pageToken=%s"), ("/v3/projects/p/alerts", "pageSize=%s"),
        ("/v2/projects/p/logs", "pageToken=%s"), ("/v2/projects/p/sinks", "pageToken=%s"), ("/v2/projects/p/logs", "pageSize=%s"),
        ("/v3/projects/p/timeSeries", "filter=metric.type%%3D%%22x%%22&interval.endTime=%s"),
        ("/v3/projects/p/timeSeries", "filter=metric.type%%3D%%22x%%22&view=%s"),
        ("/v3/projects/p/timeSeries", "filter=metric.type%%3D%%22x%%22&aggregation.alignmentPeriod=%ss"),
        (f"{QUERY}/query", "query=up&time=%s"), (f"{QUERY}/query_range", "query=up&start=0&end=1&step=%s"),
        (f"{QUERY}/query", "query=up+offset+%ss"), (f"{QUERY}/query", "query=up+@+%s"), (f"{QUERY}/query", "query=rate(up[%ss])"),
        (f"{QUERY}/metadata", "limit=%s.5"), (f"{QUERY}/series", "match[]=up&start=%s"),
    ],
)  # fmt: skip
def test_in_a_query(api, path, query, digits):
    status, answer = api.send("GET", path, query=query % digits)
    assert status == 400, answer


@pytest.mark.parametrize("digits", HUGE)
@pytest.mark.parametrize("filter_text", ["severity>=%s", "timestamp>=%s", 'timestamp>="%s"', "jsonPayload.n>%s", 'httpRequest.latency>"%ss"',
                                         "sample(insertId, %s)", "cast(jsonPayload.n, INT64)>%s", "httpRequest.status=%s", 'insertId="%s"'])  # fmt: skip
def test_in_a_filter_it_is_refused_or_matches_nothing(api, filter_text, digits):
    entry = {"logName": "projects/p/logs/x", "jsonPayload": {"n": 1}, "severity": "ERROR"}
    api.ok("POST", "/v2/entries:write", {"entries": [entry]})
    status, answer = api.send(
        "POST", "/v2/entries:list", {"resourceNames": ["projects/p"], "filter": filter_text % digits}
    )
    assert status in {200, 400}, answer
    assert status == 400 or digits.startswith("-") or not answer.get("entries")


@pytest.mark.parametrize("digits", HUGE)
def test_in_numbers_of_resources(api, digits):
    condition = {"displayName": "c", "conditionThreshold": {"filter": 'metric.type="x"', "comparison": "COMPARISON_GT"}}
    for field in ("thresholdValue", "duration"):
        value = digits if field == "thresholdValue" else f"{digits}s"
        body = {"displayName": "p", "combiner": "OR", "conditions": [{**condition, "conditionThreshold": {**condition["conditionThreshold"], field: value}}]}  # fmt: skip
        assert api.refused("POST", "/v3/projects/p/alertPolicies", body)[0] == 400
    tile = {"xPos": digits, "width": 1, "height": 1, "widget": {"text": {}}}
    body = {"displayName": "d", "mosaicLayout": {"columns": 12, "tiles": [tile]}}
    assert api.refused("POST", "/v1/projects/p/dashboards", body)[0] == 400
