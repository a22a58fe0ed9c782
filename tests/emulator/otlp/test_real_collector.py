"""The real Collector takes what the SDK exports and passes it on to the emulator, by every exporter of OTLP that it has.

`make collector` builds it.
"""

import json
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind

from demo.stand_ins.temporal import free_port
from tests.emulator.otlp.conftest import ATTRIBUTES, Running
from tests.emulator.otlp.test_real_exporters import TRANSPORTS, log_exporter, metric_exporter, span_exporter

TOOLS = Path(__file__).resolve().parents[3] / ".vigil" / "tools"
COLLECTOR = shutil.which("otelcol", path=str(TOOLS))
PATIENCE = 120.0
"""Wall seconds in which the Collector must answer; it takes one where the machine has nothing else to do."""

pytestmark = [
    pytest.mark.skipif(COLLECTOR is None, reason="no OpenTelemetry Collector is built here: make collector (needs Go)"),
    pytest.mark.timeout(600),
]


@dataclass
class Collector:
    """Where it listens, in the words of the exporters that write to it."""

    url: str
    grpc: str


def exporters(running: Running) -> dict[str, dict[str, object]]:
    """Every way to the emulator; without a queue, so that whoever writes to the Collector is answered at the end."""
    at_once = {"sending_queue": {"enabled": False}, "retry_on_failure": {"enabled": False}}
    return {
        "otlp_http/protobuf": {"endpoint": running.url, **at_once},
        "otlp_http/json": {"endpoint": running.url, "encoding": "json", "compression": "none", **at_once},
        "otlp_grpc": {"endpoint": running.grpc, "tls": {"insecure": True}, **at_once},
    }


WAYS = ["otlp_http/protobuf", "otlp_http/json", "otlp_grpc"]


def project(way: str) -> str:
    return f"by-{way.replace('/', '-').replace('_', '-')}"


@pytest.fixture(scope="module")
def collector(process, tmp_path_factory) -> Iterator[Collector]:
    assert COLLECTOR is not None
    found = Collector(f"http://127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}")
    ways = exporters(process)
    assert list(ways) == WAYS
    placed = {
        f"resource/{number}": {"attributes": [{"key": "gcp.project_id", "value": project(way), "action": "upsert"}]}
        for number, way in enumerate(ways)
    }
    config = {
        "receivers": {
            "otlp": {
                "protocols": {"http": {"endpoint": found.url.removeprefix("http://")}, "grpc": {"endpoint": found.grpc}}
            }
        },
        "processors": placed,
        "exporters": ways,
        "service": {
            "telemetry": {"metrics": {"level": "none"}},
            "pipelines": {
                f"{signal}/{number}": {"receivers": ["otlp"], "processors": [processor], "exporters": [way]}
                for signal in ("logs", "metrics", "traces")
                for number, (processor, way) in enumerate(zip(placed, ways, strict=True))
            },
        },
    }
    folder = tmp_path_factory.mktemp("collector")
    file, log = folder / "collector.yaml", folder / "collector.log"
    file.write_text(yaml.safe_dump(config))
    with log.open("wb") as output, subprocess.Popen([COLLECTOR, "--config", str(file)], stderr=output) as running:
        try:
            until_it_answers(found.url, log)
            yield found
        finally:
            running.kill()


def until_it_answers(url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    request = urllib.request.Request(f"{url}/v1/logs", b"{}", {"content-type": "application/json"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE):
                return
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)


@dataclass
class Sent:
    """What one process has written."""

    name: str
    trace: str
    span: str


@pytest.fixture(scope="module")
def sent(collector) -> dict[str, Sent]:
    """An event inside a span, and a histogram and a counter, by the SDK's exporters over both transports."""
    return {transport: send(collector, transport) for transport in TRANSPORTS}


def send(collector: Collector, transport: str) -> Sent:
    name = f"shop-{transport}"
    resource = Resource({**ATTRIBUTES, "service.name": name, "faas.name": name})
    tracers, loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(span_exporter(collector, transport)))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(log_exporter(collector, transport)))
    reader = PeriodicExportingMetricReader(metric_exporter(collector, transport), export_interval_millis=3_600_000)
    meters = MeterProvider([reader], resource)
    with tracers.get_tracer("shop").start_as_current_span("POST /orders", kind=SpanKind.SERVER) as span:
        body = {"event": "order.rejected", "items": 3, "nested": {"tags": ["a", 1]}}
        loggers.get_logger("shop").emit(
            LogRecord(
                event_name="order.rejected",
                severity_number=SeverityNumber.ERROR,
                body=body,
                attributes={"error.type": "timeout"},
            )
        )
        span.set_attribute("http.route", "/orders")
        span.add_event("retry", {"attempt": 2})
        context = span.get_span_context()
    meter = meters.get_meter("shop")
    duration = meter.create_histogram("order.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 0.5])
    for value in (0.05, 0.3, 2):
        duration.record(value, {"error.type": "timeout"})
    meter.create_counter("orders.taken", unit="{order}").add(5, {"order.kind": "new"})
    meters.shutdown(timeout_millis=PATIENCE * 1000)
    tracers.shutdown()
    loggers.shutdown()
    return Sent(name, f"{context.trace_id:032x}", f"{context.span_id:016x}")


@pytest.fixture(params=WAYS)
def by(request, process) -> Running:
    """What one of the Collector's exporters has written."""
    return replace(process, project=project(request.param))


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_log_record_is_the_same_entry_as_without_the_collector(sent, by, transport):
    written = sent[transport]
    (entry,) = by.entries(f'resource.labels.service_name="{written.name}" AND jsonPayload.items=3')
    assert entry["logName"] == f"projects/{by.project}/logs/order.rejected"
    assert entry["severity"] == "ERROR"
    assert entry["jsonPayload"]["nested"]["tags"] == ["a", 1]
    assert entry["labels"] == {"error.type": "timeout"}
    assert entry["resource"]["type"] == "cloud_run_revision"
    assert (entry["trace"], entry["spanId"]) == (f"projects/{by.project}/traces/{written.trace}", written.span)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_metrics_keep_their_dots(sent, by, transport):
    job = f'job="{sent[transport].name}"'
    buckets = by.query(f'{{"order.duration_bucket","error.type"="timeout",{job}}}')
    assert {one["metric"]["le"]: one["value"][1] for one in buckets} == {"0.1": "1", "0.5": "2", "+Inf": "3"}
    assert [one["value"][1] for one in by.query(f'{{"order.duration_sum",{job}}}')] == ["2.35"]
    (taken,) = by.query(f'{{"orders.taken",{job}}}')
    assert (taken["metric"]["order.kind"], taken["value"][1]) == ("new", "5")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_span_is_stored_with_what_belongs_to_it(sent, by, transport):
    (span,) = by.trace(sent[transport].trace)["spans"]
    assert (span["name"], span["kind"], span["spanId"]) == (
        "POST /orders",
        "RPC_SERVER",
        str(int(sent[transport].span, 16)),
    )
    assert span["labels"]["http.route"] == "/orders"


def test_what_the_emulator_refuses_is_an_error_of_the_collector(collector, process):
    point = {"asDouble": 1, "timeUnixNano": str(time.time_ns())}
    metric = {"name": "too.many", "gauge": {"dataPoints": [point] * 201}}
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in ATTRIBUTES.items()]
    body = {"resourceMetrics": [{"resource": {"attributes": attributes}, "scopeMetrics": [{"metrics": [metric]}]}]}
    status, answer = replace(process, url=collector.url).post("/v1/metrics", body, content_type="application/json")
    assert status >= 400, answer
    assert "at most 200 are allowed" in json.loads(answer)["message"], answer
