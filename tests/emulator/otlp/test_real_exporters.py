"""The real exporters of OpenTelemetry's SDK write logs, metrics and spans, over HTTP and gRPC."""

import logging

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode

TRANSPORTS = ["http", "grpc"]
PATIENCE = 100
"""Seconds that an exporter waits for its answer: on a busy machine, the SDK's ten are over too soon."""


def log_exporter(running, transport):
    if transport == "http":
        return HttpLogs(endpoint=f"{running.url}/v1/logs", timeout=PATIENCE)
    return GrpcLogs(endpoint=f"http://{running.grpc}", insecure=True, timeout=PATIENCE)


def metric_exporter(running, transport):
    if transport == "http":
        return HttpMetrics(endpoint=f"{running.url}/v1/metrics", timeout=PATIENCE)
    return GrpcMetrics(endpoint=f"http://{running.grpc}", insecure=True, timeout=PATIENCE)


def span_exporter(running, transport):
    if transport == "http":
        return HttpSpans(endpoint=f"{running.url}/v1/traces", timeout=PATIENCE)
    return GrpcSpans(endpoint=f"http://{running.grpc}", insecure=True, timeout=PATIENCE)


@pytest.fixture(params=TRANSPORTS)
def transport(request):
    return request.param


def test_a_line_of_standard_logging_is_an_entry_of_the_cloud_run_service(running, resource, transport):
    provider = LoggerProvider(resource=resource)
    provider.add_log_record_processor(SimpleLogRecordProcessor(log_exporter(running, transport)))
    logger = logging.getLogger(f"shop.{transport}")
    logger.addHandler(LoggingHandler(logger_provider=provider))
    logger.warning("order %s refused", 7, extra={"reason": "out_of_stock"})
    provider.shutdown()

    (entry,) = running.entries()
    assert (entry["textPayload"], entry["severity"]) == ("order 7 refused", "WARNING")
    assert entry["resource"] == {
        "type": "cloud_run_revision",
        "labels": {
            "project_id": running.project,
            "service_name": "shop",
            "revision_name": "shop-00001",
            "location": "europe-west1",
            "configuration_name": "shop",
        },
    }
    assert entry["labels"]["reason"] == "out_of_stock"
    assert entry["otel"]["resource"]["attributes"]["service.instance.id"] == "shop-1"
    assert entry["otel"]["scope"]["name"] == f"shop.{transport}"
    assert running.entries('otel.resource.attributes."service.name"="shop"') == [entry]


def test_an_event_is_found_by_its_fields_its_log_and_its_trace(running, resource, transport):
    tracers, loggers = TracerProvider(resource=resource), LoggerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(span_exporter(running, transport)))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(log_exporter(running, transport)))
    with tracers.get_tracer("t").start_as_current_span("POST /orders", kind=SpanKind.SERVER) as span:
        context = span.get_span_context()
        loggers.get_logger("t").emit(
            LogRecord(
                event_name="order.rejected",
                severity_number=SeverityNumber.ERROR,
                body={"event": "order.rejected", "items": 3, "nested": {"waited": 0.5, "tags": ["a", 1]}},
                attributes={"code.function.name": "reject", "retry": True},
            )
        )
    loggers.shutdown()
    tracers.shutdown()

    (entry,) = running.entries(
        'jsonPayload.event="order.rejected" AND jsonPayload.nested.waited>0.4 AND severity=ERROR'
    )
    assert entry["logName"] == f"projects/{running.project}/logs/order.rejected"
    assert entry["jsonPayload"] == {
        "event": "order.rejected",
        "items": 3,
        "nested": {"waited": 0.5, "tags": ["a", 1]},
    }
    assert entry["labels"] == {"retry": "true"}
    assert entry["sourceLocation"] == {"function": "reject"}
    assert entry["trace"] == f"projects/{running.project}/traces/{context.trace_id:032x}"
    assert (entry["spanId"], entry["traceSampled"]) == (f"{context.span_id:016x}", True)

    (found,) = running.trace(f"{context.trace_id:032x}")["spans"]
    assert (found["name"], found["kind"]) == ("POST /orders", "RPC_SERVER")
    assert found["spanId"] == str(context.span_id)


def test_metrics_keep_their_names_labels_and_kinds(running, resource, transport):
    reader = PeriodicExportingMetricReader(metric_exporter(running, transport), export_interval_millis=3_600_000)
    provider = MeterProvider([reader], resource)
    meter = provider.get_meter("t")
    counter = meter.create_counter("orders.taken", unit="{order}")
    counter.add(5, {"order.kind": "new", "error.type": "timeout"})
    counter.add(2, {"order.kind": "old"})
    meter.create_up_down_counter("orders.open").add(-3)
    meter.create_gauge("temperature").set(21.5)
    histogram = meter.create_histogram("order.duration", unit="s", explicit_bucket_boundaries_advisory=[0.1, 0.5, 1])
    for value in (0.05, 0.3, 0.3, 2):
        histogram.record(value, {"http.route": "/orders"})
    assert provider.force_flush()

    (taken,) = running.query('{"orders.taken","error.type"!=""}')
    assert (taken["metric"]["order.kind"], taken["value"][1]) == ("new", "5")
    assert {key: taken["metric"][key] for key in ("job", "instance", "location", "cluster", "namespace")} == {
        "job": "shop",
        "instance": "shop-1",
        "location": "europe-west1",
        "cluster": "__run__",
        "namespace": "",
    }
    assert [one["value"][1] for one in running.query('{"orders.open"}')] == ["-3"]
    assert [one["value"][1] for one in running.query("temperature")] == ["21.5"]
    buckets = {one["metric"]["le"]: one["value"][1] for one in running.query('{"order.duration_bucket"}')}
    assert buckets == {"0.1": "1", "0.5": "3", "1": "3", "+Inf": "4"}
    assert [one["value"][1] for one in running.query('{"order.duration_sum","http.route"="/orders"}')] == ["2.65"]
    descriptors = running.get(
        f"/v3/projects/{running.project}/metricDescriptors",
        filter='metric.type=starts_with("prometheus.googleapis.com/order")',
    )["metricDescriptors"]
    assert {one["type"]: (one["metricKind"], one["valueType"], one.get("unit")) for one in descriptors} == {
        "prometheus.googleapis.com/order.duration/histogram": ("CUMULATIVE", "DISTRIBUTION", "s"),
        "prometheus.googleapis.com/orders.open/gauge": ("GAUGE", "DOUBLE", None),
        "prometheus.googleapis.com/orders.taken/counter": ("CUMULATIVE", "DOUBLE", "{order}"),
    }
    provider.shutdown()


def test_a_trace_has_parents_attributes_and_errors(running, resource, transport):
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(SimpleSpanProcessor(span_exporter(running, transport)))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("GET /orders/{id}", kind=SpanKind.SERVER, attributes={"http.route": "/orders"}):
        with tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT) as inner:
            inner.add_event("retry", {"attempt": 2})
            inner.set_status(StatusCode.ERROR, "connection lost")
        trace = f"{inner.get_span_context().trace_id:032x}"
    provider.shutdown()

    outer, nested = running.trace(trace)["spans"]
    assert (outer["name"], nested["name"]) == ("GET /orders/{id}", "SELECT")
    assert nested["parentSpanId"] == outer["spanId"]
    assert (outer["kind"], nested["kind"]) == ("RPC_SERVER", "RPC_CLIENT")
    assert outer["labels"]["http.route"] == "/orders"
    assert nested["labels"]["/error/message"] == "connection lost"
    listed = running.get(f"/v1/projects/{running.project}/traces", view="ROOTSPAN", filter="+root:GET latency:0ms")
    assert listed == {}, "an exact root is the whole name"
    for wanted in ('root:"GET /ord"', "span:SEL", "http.route:/orders", "label:http.rou", "+http.route:/orders"):
        listed = running.get(f"/v1/projects/{running.project}/traces", view="ROOTSPAN", filter=wanted)
        assert [one["spans"][0]["name"] for one in listed["traces"]] == ["GET /orders/{id}"], wanted
    assert running.get(f"/v1/projects/{running.project}/traces", filter="latency:1h") == {}
