"""What the OpenTelemetry Collector itself makes of Docker's files, with the example's configuration."""

import json
import time
from datetime import UTC, datetime

import pytest

from tests.emulator.otlp.conftest import emulator
from tests.examples.otelcol import collecting, written_by_docker
from vigil_apimodel import lql
from vigil_components import DockerHost

pytestmark = pytest.mark.timeout(300)

PATIENCE = 120.0
"""Wall seconds; it takes two where the machine has nothing else to do."""
WRITTEN = f"{datetime.now(UTC):%Y-%m-%d}T00:00:01.5"
"""A time that the emulator still keeps, to the tenth of a second."""
TRACE = "0af7651916cd43dd8448eb211c80319c"
SERVED = {
    "severity": "NOTICE",
    "service": "orders",
    "event": "order.accepted",
    "message": "order 1 accepted",
    "time": f"{WRITTEN}Z",
    "pieces": 2,
    "httpRequest": {"requestMethod": "POST", "requestUrl": "/orders", "status": 201, "latency": "0.250s"},
    "logging.googleapis.com/trace": f"projects/shop/traces/{TRACE}",
    "logging.googleapis.com/spanId": "00f067aa0ba902b7",
    "logging.googleapis.com/trace_sampled": True,
    "logging.googleapis.com/sourceLocation": {"file": "api.py", "line": "7", "function": "create"},
    "logging.googleapis.com/labels": {"tenant": "a"},
}
LONG = {**SERVED, "event": "order.long", "message": "x" * 60_000, "severity": "CRITICAL"}
ODD = (
    {"message": "odd 0"},
    {"message": "odd 1", "severity": "LOUD", "time": "noon"},
    {"message": "odd 2", "severity": 7, "time": 1, "httpRequest": "none"},
    {"message": "odd 3", "logging.googleapis.com/sourceLocation": 5},
    {"message": "odd 4", "logging.googleapis.com/sourceLocation": {"file": 5, "line": "x"}},
    {"message": "odd 5", "logging.googleapis.com/trace": "none", "logging.googleapis.com/spanId": "zz"},
    {"message": "odd 6", "logging.googleapis.com/trace": 5, "logging.googleapis.com/trace_sampled": "yes"},
    {"message": "odd 7", "logging.googleapis.com/labels": "none", "logging.googleapis.com/operation": 1},
    {"message": "odd 8", "attributes": {"a": [1, None, {"b": {}}]}, "": 1},
    {"message": "odd 9", "many": [{"but": ["not", {"deep": 1}]}] * 100},
)
DEEP = (
    '{"odd":' + "[" * 200 + "]" * 200 + "}",
    '{"odd":' * 40 + "1" + "}" * 40,
    '{"odd":[1],"with":' * 40 + "1" + "}" * 40,
)
"""Google reads a hundred nested messages, of which a level of JSON takes three, and refuses the whole batch of the rest."""
ASIDE = "said on the other stream"
TEXTS = (*DEEP, "Traceback (most recent call last):", '  File "api.py", line 7', '{"broken', "[1, 2]", "a \ufffd b")


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    folder = tmp_path_factory.mktemp("collector")
    lines = [*(json.dumps(one, separators=(",", ":")) for one in (SERVED, LONG, *ODD)), *TEXTS]
    written_by_docker(folder / "containers", lines, aside=ASIDE, part="shop")
    with (
        emulator() as running,
        collecting(folder / "containers", folder / "state", grpc=running.grpc, project=running.project) as collector,
    ):
        deadline = time.monotonic() + PATIENCE
        asides = len(lines) + sum(len(line) // 16_384 for line in lines)
        while len(everything := running.entries()) < len(lines) + asides and time.monotonic() < deadline:
            time.sleep(0.1)
        found = [each for each in everything if each.get("textPayload") != ASIDE]
        assert len(everything) - len(found) == asides, collector.output()[-3000:]
        host = DockerHost(name="orders", shipper="otel-collector", resource="generic_node")
        query = lql.all_of(host.entry_filter, host.event_filter("order.accepted"))
        assert len(found) == len(lines), collector.output()[-3000:]
        return found, running.entries(lql.render(query))


def one(entries, event):
    (found,) = (each for each in entries[0] if each.get("jsonPayload", {}).get("event") == event)
    return found


def test_severity_time_trace_and_request_stand_where_google_looks_for_them(entries):
    entry = one(entries, "order.accepted")
    assert (entry["severity"], entry["timestamp"][:21]) == ("NOTICE", WRITTEN)
    assert (entry["trace"], entry["spanId"]) == (f"projects/otel/traces/{TRACE}", "00f067aa0ba902b7")
    assert entry["traceSampled"] is True
    assert entry["httpRequest"] == SERVED["httpRequest"] | {"latency": "0.250s"}
    assert entry["sourceLocation"] == {"file": "api.py", "line": "7", "function": "create"}
    labels = {"tenant": "a", "part": "shop", "container_id": "a1b2c3d4e5f6"}
    assert entry["labels"].items() >= labels.items()
    assert entry["jsonPayload"] == {
        "service": "orders", "event": "order.accepted", "message": "order 1 accepted", "pieces": 2,
    }  # fmt: skip
    assert entry["resource"] == {
        "type": "generic_node",
        "labels": {"location": "europe-west1", "namespace": "shop", "node_id": "docker-1"},
    }


def test_the_filters_of_the_host_find_an_event_and_no_other(entries):
    assert [each["jsonPayload"]["event"] for each in entries[1]] == ["order.accepted"]


def test_a_line_that_docker_split_is_one_entry(entries):
    entry = one(entries, "order.long")
    assert (len(entry["jsonPayload"]["message"]), entry["severity"]) == (60_000, "CRITICAL")


def test_lines_of_other_programs_hold_nothing_up_and_lose_nothing(entries):
    odd = {
        each["jsonPayload"]["message"]: each
        for each in entries[0]
        if "odd" in each.get("jsonPayload", {}).get("message", "")
    }
    assert sorted(odd) == [f"odd {number}" for number in range(len(ODD))]
    assert odd["odd 3"]["jsonPayload"]["logging.googleapis.com/sourceLocation"] == 5
    assert odd["odd 5"]["jsonPayload"]["logging.googleapis.com/trace"] == "none"
    assert {each["textPayload"] for each in entries[0] if "textPayload" in each} == set(TEXTS)
