"""A line that cannot be read costs its batch nothing: it becomes text or is dropped, its neighbours are stored."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.emulator.data.conftest import World

LONG = "9" * 5000
NUMBERS = st.sampled_from([0, -1, 2**53 + 1, 10**30, 10**400, 1e308, float("inf"), float("nan"), -(2**63) - 1])
TEXTS = st.sampled_from(["", LONG, "9" * 400, "1e999", "NaN", "²", "\ud800", "\x00", "é" * 3, "0001-01-01T00:00:00+23:59",
                         "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z", "5s", f"{LONG}s", "-1s", "true"])  # fmt: skip
SCALARS = NUMBERS | TEXTS | st.booleans() | st.none()
ANY = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["seconds", "nanos", "status", "line", "a"]), SCALARS, max_size=3)  # fmt: skip
PREFIX = "logging.googleapis.com/"
FIELDS = ["severity", "time", "timestamp", "timestampSeconds", "timestampNanos", "timeNanos", "httpRequest", "message", "n", "\ud800", "",
          *(PREFIX + name for name in ("labels", "insertId", "trace", "spanId", "trace_sampled", "operation", "sourceLocation"))]  # fmt: skip
RECORDS = st.dictionaries(st.sampled_from(FIELDS), ANY, max_size=6).map(json.dumps)
REQUESTS = st.dictionaries(st.sampled_from(["status", "latency", "requestSize", "cacheHit", "requestUrl"]), SCALARS)
LINES = RECORDS | REQUESTS.map(lambda request: json.dumps({"httpRequest": request})) | st.sampled_from(
    [f'{{"severity": {LONG}}}', f'{{"n": {LONG}}}', "[" * 5000, '{"a":' * 5000 + "1" + "}" * 5000, '{"a":' * 900 + "1" + "}" * 900, "{",
     json.dumps({"n": 1, PREFIX + "labels": {str(n): "x" for n in range(100)}}), json.dumps({"message": "é" * 200_000, "b": 1}),
     "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace")])  # fmt: skip

FILTERS = ["severity>=ERROR", 'timestamp>="2026-01-01"', "jsonPayload.n>5", "httpRequest.status>=500", 'httpRequest.latency>"1s"', "n=1", "message:e",
           "cast(jsonPayload.n, INT64)>5", "cast(jsonPayload.time, TIMESTAMP)>0", 'cast(timestamp, STRING, TIMEZONE("Asia/Tokyo"))=~"2026"',
           'regexp_extract(jsonPayload.n, "([0-9]+)")="9"', "cast(jsonPayload.n, DURATION)>0", 'SEARCH("999")', 'ip_in_net(jsonPayload.n, "10.0.0.0/8")',
           "sample(jsonPayload.n, 0.5)", "labels.a:*", "operation.id:x", "jsonPayload.n:9"]  # fmt: skip


@pytest.fixture(scope="module")
def watched():
    """A world in which each kind of filter, extractor and sink looks at every line."""
    world = World()
    for index, text in enumerate(FILTERS):
        world.counter(
            f"m{index}", text, labels={"n": "EXTRACT(jsonPayload.n)", "s": 'REGEXP_EXTRACT(jsonPayload.n, "(9+)")'}
        )
    world.counter(
        "values",
        "",
        valueExtractor="EXTRACT(jsonPayload.n)",
        metricDescriptor={"metricKind": "DELTA", "valueType": "DISTRIBUTION"},
    )
    return world


def stored(world, marker):
    return len(world.entries(f'textPayload="{marker}"', pageSize=1000))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(lines=st.lists(LINES, min_size=1, max_size=3))
def test_the_lines_around_any_other_are_stored(watched, lines):
    before = stored(watched, "good")
    watched.line("\n".join(["good", *lines, "good"]))
    assert stored(watched, "good") == before + 2


def test_a_line_of_which_nothing_is_readable_is_kept_as_text(world):
    world.line(f'{{"severity": {LONG}, "message": "m"}}')
    (found,) = world.entries()
    assert found["textPayload"].startswith('{"severity": 999')


def test_an_unreadable_severity_is_the_default(world):
    for severity in (LONG, "9" * 400, 10**30, "²", -5):
        world.line({"severity": severity, "event": "e"})
    assert [entry.get("severity") for entry in world.entries("jsonPayload.event=e")] == [None] * 5


def test_an_entry_that_logging_refuses_is_dropped_alone_and_the_log_says_why(world, caplog):
    line = {"event": "e", "logging.googleapis.com/labels": {str(n): "x" for n in range(65)}}
    assert world.line(f"one\n{json.dumps(line)}\ntwo") == 2
    assert [entry["textPayload"] for entry in world.entries()] == ["one", "two"]
    assert "65 labels" in caplog.text
