"""Events as OTLP log records: the same entries, found by the same filter, counted by the same metric, alerted alike."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.components.shop import ORDERS, OrderReceived, OrderRejected, Reason
from tests.emulator.otlp.conftest import Running, emulator
from vigil_components import ratio
from vigil_emulator.clock import VirtualClock
from vigil_emulator.rest.request import Request
from vigil_emulator.server import Emulator
from vigil_telemetry import TraceContext, bind, counters, emit
from vigil_telemetry.bridges.stdlib import BridgeHandler
from vigil_telemetry.events.http import HttpRequestFailed
from vigil_telemetry.outputs import OtlpOutput, QueueOutput, otlp
from vigil_telemetry.outputs.otlp import attributes_of, record_of, resource_attributes, value_of

CLOUD_RUN = {
    "cloud.platform": "gcp_cloud_run",
    "cloud.region": "europe-west1",
    "faas.name": "orders",
    "faas.version": "orders-00001",
}
TRACE = TraceContext("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", sampled=True)


def write_all() -> None:
    """One line of each kind."""
    with bind(request_id="0123456789abcdef", trace=TRACE, tenant="acme"):
        emit(OrderRejected(reason=Reason.CARD_DECLINED, note="card 4111 1111 1111 1111"))
        emit(OrderReceived(waited=0.25))
        try:
            int("no stock")
        except ValueError as error:
            failed = HttpRequestFailed(
                method="GET",
                route="/a",
                status=500,
                status_class="5xx",
                error_type="ValueError",
                error="x",
                duration=0.1,
            )
            emit(failed, exception=error)
        BridgeHandler().handle(
            logging.makeLogRecord({"name": "lib", "levelno": 30, "levelname": "WARNING", "msg": "foreign", "size": 3})
        )


def test_an_entry_is_the_same_by_both_ways(recorded, reconfigured) -> None:
    """What an agent makes of the line, and what Google's mapping makes of the record."""
    with emulator() as running:
        reconfigured()
        write_all()
        lines = b"".join(recorded.raw)
        labels = {"service_name": "orders", "revision_name": "orders-00001", "configuration_name": "orders"}
        labels = {f"label.{key}": value for key, value in {**labels, "location": "europe-west1"}.items()}
        query = urlencode({"project": "agent", "resourceType": "cloud_run_revision", **labels})
        assert running.post(f"/vigil/v1/agent?{query}", lines)[0] == 200
        output = OtlpOutput(running.url, resource={**CLOUD_RUN, "gcp.project_id": "otlp"})
        output.write_many(lines.splitlines(keepends=True))
        assert counters.dropped == 0
        by_agent = [shape(entry) for entry in Running(running.url, running.grpc, "agent").entries()]
        by_otlp = [shape(entry) for entry in Running(running.url, running.grpc, "otlp").entries()]
    assert len(by_agent) == 4
    assert by_otlp == by_agent


def shape(entry):
    """An entry without what differs by design: its log, its ids, its project, and OTLP's own field."""
    left_out = {"insertId", "receiveTimestamp", "logName", "otel"}
    text = json.dumps({key: value for key, value in entry.items() if key not in left_out}, sort_keys=True)
    return json.loads(
        text.replace("projects/agent", "projects/otlp")
        .replace('"agent"', '"otlp"')
        .replace('"projects/shop', '"projects/otlp')
    )


def stamped(line: bytes, clock: VirtualClock) -> bytes:
    return json.dumps(json.loads(line) | {"time": clock.now().isoformat().replace("+00:00", "Z")}).encode()


def api(emulator: Emulator, path: str, body: object, *, verb: str = "POST") -> None:
    request = Request(http=verb, path=path, body=json.dumps(body).encode())
    answer = asyncio.run(emulator.api.answer(request))
    assert answer.status == 200, answer.body


SIGNAL = ratio(OrderRejected, of=OrderReceived, at_least=5)


def deploy(emulator: Emulator, project: str) -> None:
    """The metrics and the policy as the components make them; the labels of the spec are what the extractors name."""
    for spec in SIGNAL.metrics(ORDERS):
        labels = [label.name for label in spec.schema.metric_labels]
        metric = {
            "name": spec.id,
            "filter": spec.filter,
            "metricDescriptor": {
                "metricKind": "DELTA",
                "valueType": "INT64",
                "labels": [{"key": name, "valueType": "STRING"} for name in labels],
            },
            "labelExtractors": {label.name: ORDERS.extractor(label.path) for label in spec.schema.metric_labels},
        }
        api(emulator, f"/v2/projects/{project}/metrics", metric)
    query = SIGNAL.condition(ORDERS, 0.2)
    condition = {
        "displayName": "rejected",
        "conditionPrometheusQueryLanguage": {"query": query, "duration": "0s", "disableMetricValidation": True},
    }
    policy = {"displayName": "rejected", "combiner": "OR", "conditions": [condition]}
    api(emulator, f"/v3/projects/{project}/alertPolicies", policy)


@pytest.mark.parametrize(("rejected", "opens"), [(4, True), (1, False)])
def test_one_metric_and_one_alert_hold_for_both_ways(recorded, reconfigured, rejected, opens) -> None:
    clock = VirtualClock(datetime.now(UTC).replace(microsecond=0))
    emulator = Emulator(clock=clock, projects=("agent", "otlp"))
    try:
        for project in ("agent", "otlp"):
            deploy(emulator, project)
        reconfigured(level="INFO")
        resource = {"type": "cloud_run_revision", "labels": {"service_name": "orders", "location": "europe-west1"}}
        attributes = attributes_of({**CLOUD_RUN, "gcp.project_id": "otlp"})
        for _ in range(12):
            recorded.raw.clear()
            for number in range(10):
                emit(OrderReceived(waited=0.1))
                if number < rejected:
                    emit(OrderRejected(reason=Reason.OUT_OF_STOCK, note="-"))
            for line in recorded.raw:
                now = stamped(line, clock)
                name = "projects/agent/logs/run.googleapis.com%2Fstdout"
                emulator.data.take_lines(now.decode(), project="agent", resource=resource, log_name=name)
                records = {"resource": {"attributes": attributes}, "scopeLogs": [{"logRecords": [record_of(now)]}]}
                body = json.dumps({"resourceLogs": [records]}).encode()
                headers = {"content-type": "application/json"}
                answer = emulator.otlp(Request(http="POST", path="/v1/logs", body=body, headers=headers))
                assert (answer.status, answer.body) == (200, b"{}")
            clock.advance(60)
            emulator.data.step()
        found = {incident["policy"].split("/")[1] for incident in emulator.data.incidents()}
        assert found == ({"agent", "otlp"} if opens else set())
        query = SIGNAL.promql(ORDERS)
        values = [evaluated(emulator, project, query) for project in ("agent", "otlp")]
        assert values[0] == values[1] == pytest.approx(rejected / 10)
    finally:
        asyncio.run(emulator.stop())


def evaluated(emulator: Emulator, project: str, query: str) -> float:
    path = f"/v1/projects/{project}/location/global/prometheus/api/v1/query"
    answer = asyncio.run(
        emulator.api.answer(Request(http="POST", path=path, body=json.dumps({"query": query}).encode()))
    )
    return float(json.loads(answer.body)["data"]["result"][0]["value"][1])


@dataclass
class Receiver:
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    bodies: list[dict] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            found.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            found.tokens.append(self.headers.get("authorization", ""))
            status = found.statuses.pop(0) if found.statuses else 200
            answer = b'{"partialSuccess":{"rejectedLogRecords":"1"}}' if status == 299 else b"{}"
            self.send_response(200 if status == 299 else status)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_pause(monkeypatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(otlp, "sleep", pauses.append)
    return pauses


@pytest.mark.parametrize(
    ("statuses", "outcome"),
    [
        ([], (1, 0)),
        ([503], (2, 0)),
        ([429, 504], (3, 0)),
        ([503, 503, 503], (3, 1)),
        ([400], (1, 1)),
        ([401], (1, 1)),
        ([299], (1, 1)),
    ],
)
def test_what_is_not_taken_is_tried_again_where_that_helps_and_counted(
    reconfigured, receiver, no_pause, statuses, outcome
) -> None:
    receiver.statuses = statuses
    tokens = iter(["a", "b"])
    reconfigured(output=OtlpOutput(receiver.url, headers=lambda: {"authorization": next(tokens, "c")}))
    emit(OrderReceived(waited=0.1))
    requests = outcome[0]
    assert (len(receiver.bodies), counters.dropped) == outcome
    assert no_pause == [0.2, 1.0][: requests - 1]
    assert receiver.tokens[:2] == ["a", "b"][:requests]


def test_without_a_listener_the_application_continues(reconfigured, no_pause) -> None:
    """A Collector that restarts is waited for once; one that stays away delays no line."""
    reconfigured(output=OtlpOutput("http://127.0.0.1:1"))
    for dropped in (1, 2, 3):
        emit(OrderReceived(waited=0.1))
        assert (counters.dropped, no_pause) == (dropped, [0.2, 1.0])


def test_a_collector_that_comes_back_gets_the_lines(reconfigured, receiver, monkeypatch) -> None:
    output = OtlpOutput("http://127.0.0.1:1")
    reconfigured(output=output)
    there = int(receiver.url.rpartition(":")[2])
    monkeypatch.setattr("vigil_telemetry.outputs.otlp.sleep", lambda _: setattr(output, "_port", there))
    emit(OrderReceived(waited=0.1))
    assert (len(receiver.bodies), counters.dropped) == (1, 0)


def test_the_normal_end_of_a_process_writes_what_a_queue_holds(reconfigured, receiver, monkeypatch) -> None:
    at_end: list[object] = []
    monkeypatch.setattr("vigil_telemetry.outputs.queue.at_end", at_end.append)
    output = QueueOutput(OtlpOutput(receiver.url))
    reconfigured(output=output)
    for _ in range(5):
        emit(OrderReceived(waited=0.1))
    (end,) = at_end
    assert callable(end)
    end()
    records = [one for body in receiver.bodies for one in body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]]
    assert (len(records), counters.dropped) == (5, 0)


def test_the_environment_of_opentelemetry_says_where_to_and_with_which_headers(monkeypatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:1/base/")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x=1, api-key=a%20b,broken")
    output = OtlpOutput()
    assert (output._host, output._port, output._path) == ("a", 1, "/base/v1/logs")
    assert output._headers == {"x": "1", "api-key": "a b"}
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://b/own")
    output = OtlpOutput(headers={"y": "2"})
    assert (output._secure, output._host, output._port, output._path) == (True, "b", None, "/own")
    assert output._headers == {"y": "2"}
    assert OtlpOutput("http://c:3")._path == "/v1/logs"


def test_a_child_process_is_another_instance(monkeypatch) -> None:
    output = OtlpOutput()
    output._resource = b"[]"
    output._forked()
    assert output._resource is None


def test_a_queue_sends_what_it_holds_in_one_request(reconfigured, receiver) -> None:
    output = QueueOutput(OtlpOutput(receiver.url))
    reconfigured(output=output)
    for _ in range(50):
        emit(OrderReceived(waited=0.1))
    output.close(10)
    records = [
        record
        for body in receiver.bodies
        for scope in body["resourceLogs"][0]["scopeLogs"]
        for record in scope["logRecords"]
    ]
    assert [record["eventName"] for record in records] == ["order.received"] * 50
    assert counters.dropped == 0
    assert len(receiver.bodies) <= 50


def test_the_resource_is_that_of_the_settings_and_the_environment(reconfigured, monkeypatch) -> None:
    monkeypatch.setenv("K_SERVICE", "orders")
    monkeypatch.setenv("K_REVISION", "orders-00002")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "cloud.region=europe%2Dwest1, service.instance.id=a,=b,c")
    reconfigured(environment="test")
    found = resource_attributes()
    assert found == {
        "gcp.project_id": "shop",
        "service.name": "orders",
        "service.version": "7",
        "service.instance.id": "a",
        "deployment.environment.name": "test",
        "cloud.platform": "gcp_cloud_run",
        "faas.name": "orders",
        "faas.version": "orders-00002",
        "cloud.region": "europe-west1",
    }


@pytest.mark.parametrize("endpoint", ["localhost:4318", "ftp://x", "http://", "http://x:99999", "http://x:y", ""])
def test_a_malformed_endpoint_is_refused(endpoint) -> None:
    with pytest.raises(ValueError, match="give an address such as http://localhost:4318"):
        OtlpOutput(endpoint)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=10,
    )
)
def test_every_json_value_comes_back(value) -> None:
    from google.protobuf import json_format
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue

    from vigil_emulator.otlp.attributes import value_of as read

    large = isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63
    try:
        found = read(json_format.ParseDict(value_of(value), AnyValue()))
    except UnicodeEncodeError:
        return
    if not large and not contains_large(value):
        assert found == value


def contains_large(value) -> bool:
    if isinstance(value, list):
        return any(map(contains_large, value))
    if isinstance(value, dict):
        return any(map(contains_large, value.values()))
    return isinstance(value, int) and not -(2**63) <= value < 2**63
