"""The agent's rules: what a line on stdout becomes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.logging.agent import LINE_LIMIT, LineContext, entries_of_line
from vigil_emulator.times import SECOND

ARRIVAL = 1_772_366_400 * SECOND  # 2026-03-01T12:00:00Z
CONTEXT = LineContext(arrival_ns=ARRIVAL, project="p")


def entry(line, **context):
    text = line if isinstance(line, str) else json.dumps(line)
    (found,) = entries_of_line(text, LineContext(arrival_ns=ARRIVAL, project="p", **context))
    return found


def test_special_fields_leave_the_payload():
    found = entry(
        {
            "severity": "WARNING",
            "message": "GET /orders answered 404",
            "event": "http.request.completed",
            "time": "2026-03-01T11:59:59.250Z",
            "httpRequest": {"requestMethod": "GET", "status": 404, "latency": "0.012s", "responseSize": 12, "own": 1},
            "logging.googleapis.com/trace": "0123456789abcdef0123456789ABCDEF",
            "logging.googleapis.com/spanId": "0123456789abcdef",
            "logging.googleapis.com/trace_sampled": True,
            "logging.googleapis.com/sourceLocation": {"file": "a.py", "line": 7, "function": "f"},
            "logging.googleapis.com/labels": {"tenant": "t", "number": 1},
            "logging.googleapis.com/operation": {"id": "o", "first": True},
            "logging.googleapis.com/insertId": "i",
        }
    )
    assert found == {
        "severity": "WARNING",
        "timestamp": "2026-03-01T11:59:59.250Z",
        "httpRequest": {"requestMethod": "GET", "status": 404, "latency": "0.012s", "responseSize": "12"},
        "trace": "projects/p/traces/0123456789abcdef0123456789ABCDEF",
        "spanId": "0123456789abcdef",
        "traceSampled": True,
        "sourceLocation": {"file": "a.py", "line": "7", "function": "f"},
        "labels": {"tenant": "t"},
        "operation": {"id": "o", "first": True},
        "insertId": "i",
        "jsonPayload": {
            "message": "GET /orders answered 404",
            "event": "http.request.completed",
            "httpRequest": {"own": 1},
        },
    }


def test_a_lone_message_is_text_and_a_lone_json_string_in_it_is_structured():
    assert entry({"message": "hello", "severity": "INFO"})["textPayload"] == "hello"
    assert entry({"message": '{"event": "a", "severity": "ERROR"}'})["jsonPayload"] == {"event": "a"}
    assert "jsonPayload" in entry({"message": "hello", "event": "e"})


@pytest.mark.parametrize("line", ["plain", "[1, 2]", '"text"', '{"a": ', "{not json}", "12"])
def test_a_line_that_is_no_json_object_is_text(line):
    assert entry(line) == {"timestamp": "2026-03-01T12:00:00Z", "textPayload": line}


def test_stderr_is_an_error_unless_the_line_says_otherwise():
    assert entry("Traceback", stderr=True)["severity"] == "ERROR"
    assert entry({"a": 1}, stderr=True)["severity"] == "ERROR"
    assert entry({"a": 1, "severity": "info"}, stderr=True)["severity"] == "INFO"
    assert "severity" not in entry({"a": 1})


@pytest.mark.parametrize(
    ("written", "read"),
    [("warn", "WARNING"), ("FATAL", "CRITICAL"), ("e", "ERROR"), ("Trace", "DEBUG"), (450, "WARNING"), ("599", "ERROR"),
     (800, "EMERGENCY"), (900, "DEFAULT"), ("WARNNIG", "DEFAULT"), (True, "DEFAULT"), (None, "DEFAULT"), ("", "DEFAULT")],
)  # fmt: skip
def test_a_lines_severity_is_read_as_the_agent_reads_it(written, read):
    assert entry({"severity": written, "a": 1})["severity"] == read


@pytest.mark.parametrize(
    ("fields", "time"),
    [
        (
            {"timestamp": {"seconds": 1772366401, "nanos": 5}, "time": "2020-01-01T00:00:00Z"},
            "2026-03-01T12:00:01.000000005Z",
        ),
        ({"timestampSeconds": 1772366402, "timestampNanos": "7000000"}, "2026-03-01T12:00:02.007Z"),
        ({"time": "2026-03-01T13:00:00.123456789+01:00"}, "2026-03-01T12:00:00.123456789Z"),
        ({"time": "yesterday"}, "2026-03-01T12:00:00Z"),
        ({"timestamp": "2020-01-01T00:00:00Z"}, "2026-03-01T12:00:00Z"),
    ],
)
def test_the_order_of_timestamps(fields, time):
    found = entry({**fields, "a": 1})
    assert found["timestamp"] == time
    assert "time" not in found["jsonPayload"] or "timestamp" in fields


def test_an_applications_clock_is_mapped():
    found = entry({"time": "2026-03-01T11:59:50Z", "a": 1}, clock=lambda written: ARRIVAL - (ARRIVAL - written) * 60)
    assert found["timestamp"] == "2026-03-01T11:50:00Z"


def test_a_line_beyond_the_limit_of_an_entry_is_split_and_loses_nothing():
    line = "ä" * LINE_LIMIT
    parts = list(entries_of_line(line, CONTEXT))
    assert [part["split"]["index"] for part in parts] == list(range(len(parts)))
    assert all(part["split"]["totalSplits"] == len(parts) for part in parts)
    assert "".join(part["textPayload"] for part in parts) == line


@given(st.text())
def test_no_line_is_refused(line):
    for found in entries_of_line(line, CONTEXT):
        assert ("textPayload" in found) != ("jsonPayload" in found)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SPECIAL = ["severity", "time", "httpRequest", "logging.googleapis.com/trace", "logging.googleapis.com/labels",
           "logging.googleapis.com/sourceLocation", "timestamp", "timestampSeconds", "message"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(SPECIAL) | st.text(), values, max_size=6))
def test_every_object_becomes_one_entry_and_its_own_fields_survive(record):
    found = list(entries_of_line(json.dumps(record), CONTEXT))
    assert len(found) == 1
    own = {
        key: value
        for key, value in record.items()
        if key not in SPECIAL and "googleapis" not in key and not key.startswith("timestamp") and key != "timeNanos"
    }
    if own and not (len(record) == 1 and set(record) <= {"log", "msg", "message"}):
        payload = found[0]["jsonPayload"]
        assert {key: payload[key] for key in own} == own
