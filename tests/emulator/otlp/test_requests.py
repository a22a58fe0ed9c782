"""Requests of OTLP over HTTP: media types, ids, limits, and what exporters read about rejected items."""

import gzip
import json
import time

import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import ExponentialHistogramDataPoint

from tests.emulator.otlp.conftest import ATTRIBUTES, OWN
from vigil_emulator.otlp.metrics import exponential

JSON = "application/json"
PROTOBUF = "application/x-protobuf"
TRACE = "5b8efff798038103d269b633813fc60c"


def resource(**attributes):
    found = {
        **ATTRIBUTES,
        "gcp.project_id": OWN.decode(),
        **{key.replace("__", "."): value for key, value in attributes.items()},
    }
    return {"attributes": [{"key": key, "value": {"stringValue": value}} for key, value in found.items() if value]}


def logs(*records, **attributes):
    return {"resourceLogs": [{"resource": resource(**attributes), "scopeLogs": [{"logRecords": list(records)}]}]}


def metrics(*found, **attributes):
    return {"resourceMetrics": [{"resource": resource(**attributes), "scopeMetrics": [{"metrics": list(found)}]}]}


def spans(*found, **attributes):
    return {"resourceSpans": [{"resource": resource(**attributes), "scopeSpans": [{"spans": list(found)}]}]}


def gauge(name="temperature", attributes=(), points=1):
    now = time.time_ns()
    point = {"timeUnixNano": str(now), "asDouble": 1.5}
    labels = [{"key": key, "value": {"stringValue": "x"}} for key in attributes]
    return {"name": name, "gauge": {"dataPoints": [{**point, "attributes": labels} for _ in range(points)]}}


def histogram(bounds, counts, temporality=2, **fields):
    now = time.time_ns()
    point = {
        "startTimeUnixNano": str(now - 60 * 10**9),
        "timeUnixNano": str(now),
        "count": str(sum(counts)),
        "sum": 6.0,
        "explicitBounds": bounds,
        "bucketCounts": [str(count) for count in counts],
        **fields,
    }
    return {"name": "h", "histogram": {"aggregationTemporality": temporality, "dataPoints": [point]}}


def span(**fields):
    now = time.time_ns()
    found = {
        "traceId": TRACE,
        "spanId": "eee19b7ec3c1b174",
        "name": "work",
        "kind": 2,
        "startTimeUnixNano": str(now),
        "endTimeUnixNano": str(now + 1000),
    }
    return found | fields


def test_the_json_of_otlp_has_hexadecimal_ids_and_ignores_what_it_does_not_know(running):
    record = {
        "timeUnixNano": str(time.time_ns()),
        "severityNumber": 17,
        "eventName": "a.b",
        "body": {"kvlistValue": {"values": [{"key": "n", "value": {"intValue": "3"}}]}},
        "traceId": TRACE.upper(),
        "spanId": "eee19b7ec3c1b174",
        "flags": 1,
        "futureField": {"x": 1},
    }
    assert running.post("/v1/logs", logs(record), content_type=JSON) == (200, b"{}")
    (entry,) = running.entries()
    assert entry["trace"] == f"projects/{running.project}/traces/{TRACE}"
    assert entry["jsonPayload"] == {"n": 3}
    assert running.post("/v1/traces", spans(span()), content_type=JSON) == (200, b"{}")
    assert running.trace(TRACE)["spans"][0]["spanId"] == str(0xEEE19B7EC3C1B174)


def test_protobuf_is_answered_in_protobuf_and_gzip_is_taken(running):
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add()
    record.resource.attributes.add(key="gcp.project_id").value.string_value = running.project
    record.scope_logs.add().log_records.add().body.string_value = "hello"
    body = gzip.compress(request.SerializeToString())
    status, answer = running.post("/v1/logs", body, content_type=PROTOBUF, content_encoding="gzip")
    assert (status, ExportLogsServiceResponse.FromString(answer)) == (200, ExportLogsServiceResponse())
    assert [entry["textPayload"] for entry in running.entries()] == ["hello"]


def test_a_body_that_gzip_ends_too_early_is_refused_and_several_members_are_one(running):
    body = json.dumps(logs({"body": {"stringValue": "x"}})).replace(OWN.decode(), running.project).encode()
    for sent, status in (
        (gzip.compress(body)[:-9], 400),
        (gzip.compress(body[:50]) + gzip.compress(body[50:]), 200),
    ):
        assert running.post("/v1/logs", sent, content_type=JSON, content_encoding="gzip")[0] == status
    assert len(running.entries()) == 1


def test_a_body_beyond_the_limit_is_answered_and_not_cut_off(running):
    status, answer = running.post("/v1/logs", b" " * (11 * 1024 * 1024), content_type=JSON)
    assert (status, b"exceeds the limit: 10485760 bytes" in answer) == (400, True)


def test_an_entry_s_request_and_the_log_of_a_record_without_a_name(running):
    fields = {"request_method": "GET", "requestUrl": "/x", "remote_ip": "10.0.0.1"}
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in fields.items()]
    request = {"key": "gcp.http_request", "value": {"kvlistValue": {"values": pairs}}}
    body = logs({"body": {"stringValue": "x"}, "attributes": [request]})
    assert running.post("/v1/logs", body, content_type=JSON) == (200, b"{}")
    (entry,) = running.entries('httpRequest.requestMethod="GET"')
    assert entry["httpRequest"] == {"requestMethod": "GET", "requestUrl": "/x", "remoteIp": "10.0.0.1"}
    assert entry["logName"] == f"projects/{running.project}/logs/otel"


@pytest.mark.parametrize(
    ("body", "media", "expected"),
    [
        (b"{", JSON, "is no opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest in OTLP's JSON"),
        (b"[1]", JSON, "in OTLP's JSON"),
        (b"[]", JSON, "it is no object, but begins with '[]'"),
        (b"\xff\xff", PROTOBUF, "in protobuf"),
        (b"x", "text/plain", "must be application/x-protobuf or application/json"),
        (json.dumps(logs({"traceId": "xyz"})).encode(), JSON, "traceId 'xyz' is not hexadecimal"),
        (json.dumps(logs({"spanId": "ab"})).encode(), JSON, "spanId 'ab' has 1 bytes, not 8"),
        (
            json.dumps(logs({"body": {}}, gcp__project_id="")).encode(),
            JSON,
            "set the resource attribute gcp.project_id",
        ),
    ],
)
def test_what_is_no_request_is_refused_with_the_reason(running, body, media, expected):
    status, answer = running.post("/v1/logs", body, content_type=media)
    found = Status.FromString(answer) if media == PROTOBUF else json.loads(answer)
    message = found.message if media == PROTOBUF else found["message"]
    assert status == 400
    assert expected in message
    assert (found.code if media == PROTOBUF else found["code"]) == 3


def test_the_project_may_be_the_callers(running):
    body = logs({"body": {"stringValue": "x"}}, gcp__project_id="")
    assert running.post("/v1/logs", body, content_type=JSON, x_goog_user_project=running.project) == (200, b"{}")
    assert len(running.entries()) == 1


@pytest.mark.parametrize(
    ("metric", "attributes", "expected"),
    [
        (
            gauge(),
            {"cloud__region": ""},
            "label location of prometheus_target is empty: set the resource attribute location",
        ),
        (gauge(), {"service__instance__id": ""}, "label instance of prometheus_target is empty"),
        (gauge("1st"), {}, "the metric's name '1st' does not match"),
        (gauge("a b"), {}, "does not match"),
        (gauge(attributes=["user-id"]), {}, "the attribute 'user-id' does not match"),
        (gauge(attributes=["job"]), {}, "'job' is a label of prometheus_target: rename it"),
        (
            {"name": "d", "sum": {"aggregationTemporality": 1, "dataPoints": [{"asInt": "1"}]}},
            {},
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative (https://github.com/GoogleCloudPlatform/",
        ),
        (
            {"name": "d", "sum": {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [{"asInt": "1"}]}},
            {},
            "d: a point of a delta needs a start time before its time",
        ),
        ({"name": "g", "gauge": {"dataPoints": [{"timeUnixNano": "1"}]}}, {}, "g: a point has no value"),
        (histogram([1, 2], [1, 1]), {}, "a histogram with 2 bounds needs 3 counts, not 2"),
        (histogram([1], []), {}, "a histogram with 1 bounds needs 2 counts, not 0"),
        (histogram(["NaN"], [1, 1]), {}, "must be finite numbers, not [nan]"),
        (histogram([1, "Infinity"], [1, 1, 0]), {}, "must be finite numbers, not [1.0, inf]"),
        (gauge("run.googleapis.com/x"), {}, "has a domain other than prometheus.googleapis.com/, workload."),
        (
            {"name": "s", "summary": {"dataPoints": [{"quantileValues": [{"quantile": 0.5}] * 11}]}},
            {},
            "11 quantiles, at most 10",
        ),
    ],
)
def test_a_point_that_is_rejected_leaves_the_others(running, metric, attributes, expected):
    body = metrics(metric, **attributes)
    body["resourceMetrics"] += metrics(gauge("kept"))["resourceMetrics"]
    status, answer = running.post("/v1/metrics", body, content_type=JSON)
    partial = json.loads(answer)["partialSuccess"]
    assert (status, partial["rejectedDataPoints"]) == (200, "1")
    assert expected in partial["errorMessage"]
    assert len(running.query("kept")) == 1


def test_deltas_are_stored_as_deltas_and_add_up(running):
    """Google's mapping: /delta and /histogram:delta, which PromQL reads as counters that grow."""
    start = time.time_ns() - 120 * 10**9
    for step, count in ((0, 4), (50, 7)):
        stamp = {
            "startTimeUnixNano": str(start + step * 10**9),
            "timeUnixNano": str(start + (step + 50) * 10**9),
        }
        counter = {"aggregationTemporality": 1, "isMonotonic": True, "dataPoints": [{**stamp, "asInt": str(count)}]}
        exponential = {**stamp, "count": str(count), "sum": 6.0, "positive": {"bucketCounts": [str(count)]}}
        found = metrics(
            {"name": "orders.taken", "sum": counter},
            histogram([2], [count, 1], temporality=1, **stamp, count=str(count + 1)),
            {"name": "e", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [exponential]}},
        )
        assert running.post("/v1/metrics", found, content_type=JSON) == (200, b"{}")
    descriptors = running.get(f"/v3/projects/{running.project}/metricDescriptors", pageSize="500")["metricDescriptors"]
    kinds = {one["type"]: one["metricKind"] for one in descriptors if one["type"].startswith("prometheus")}
    assert kinds == {
        "prometheus.googleapis.com/orders.taken/delta": "DELTA",
        "prometheus.googleapis.com/h/histogram:delta": "DELTA",
        "prometheus.googleapis.com/e/histogram:delta": "DELTA",
    }
    assert [one["value"][1] for one in running.query('{"orders.taken"}')] == ["11"]
    assert [one["value"][1] for one in running.query("h_count")] == ["13"]
    assert [one["value"][1] for one in running.query('h_bucket{le="2"}')] == ["11"]
    assert [one["value"][1] for one in running.query("e_count")] == ["11"]


def test_a_histogram_without_buckets_has_a_count_and_a_sum(running):
    for name, counts in (("h", [3]), ("h2", [])):
        metric = {**histogram([], counts, count="3"), "name": name}
        assert running.post("/v1/metrics", metrics(metric), content_type=JSON) == (200, b"{}")
        assert [one["value"][1] for one in running.query(f"{name}_count")] == ["3"]
        assert [one["value"][1] for one in running.query(f"{name}_sum")] == ["6"]


def test_a_metric_keeps_a_domain_that_google_lets_it_have(running):
    for name in ("workload.googleapis.com/a", "custom.googleapis.com/b", "prometheus.googleapis.com/c"):
        assert running.post("/v1/metrics", metrics(gauge(name)), content_type=JSON) == (200, b"{}")
    descriptors = running.get(f"/v3/projects/{running.project}/metricDescriptors", pageSize="500")["metricDescriptors"]
    assert {"workload.googleapis.com/a", "custom.googleapis.com/b", "prometheus.googleapis.com/c/gauge"} <= {
        one["type"] for one in descriptors
    }


def test_a_metric_s_name_may_have_each_character_that_google_s_page_allows(running):
    status, answer = running.post("/v1/metrics", metrics(gauge("a-b.c/d:e_1")), content_type=JSON)
    assert (status, answer) == (200, b"{}")
    assert len(running.query('{"a-b.c/d:e_1"}')) == 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (metrics(gauge(points=201)), "data_points had 201 items: at most 200"),
        ({"resourceMetrics": metrics()["resourceMetrics"] * 201}, "resource_metrics had 201 items: at most 200"),
    ],
)
def test_a_request_beyond_a_limit_is_refused_whole(running, body, expected):
    status, answer = running.post("/v1/metrics", body, content_type=JSON)
    assert status == 400
    assert expected in json.loads(answer)["message"]


LONG = {"key": "k", "value": {"stringValue": "x" * (64 * 1024 + 1)}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"traceId": "0" * 32}, "the trace id must have 16 bytes, not all zero"),
        ({"spanId": ""}, "the span id must have 8 bytes"),
        ({"endTimeUnixNano": "1"}, "the end must not be before the start"),
        ({"name": "n" * 1025}, "a name has more than 1024 bytes"),
        ({"events": [{"name": "e"}] * 257}, "has 257 events, at most 256"),
        ({"links": [{"traceId": TRACE}] * 129}, "has 129 links, at most 128"),
        ({"attributes": [{"key": "k" * 513, "value": {}}]}, "has more than 512 bytes"),
        ({"attributes": [LONG]}, "the value of 'k' has more than 65536 bytes"),
        ({"events": [{"name": "e", "attributes": [LONG]}]}, "the value of 'k' has more than 65536 bytes"),
        ({"attributes": [{"key": f"k{n}", "value": {}} for n in range(1025)]}, "has 1025 attributes, at most 1024"),
    ],
)
def test_a_span_beyond_a_limit_leaves_the_others(running, fields, expected):
    kept = span(spanId="00f067aa0ba902b7", name="kept")
    status, answer = running.post("/v1/traces", spans(span(**fields), kept), content_type=JSON)
    partial = json.loads(answer)["partialSuccess"]
    assert (status, partial["rejectedSpans"]) == (200, "1")
    assert expected in partial["errorMessage"]
    assert [one["name"] for one in running.trace(TRACE)["spans"]] == ["kept"]


def test_a_record_beyond_logging_s_limit_leaves_the_others(running):
    records = [{"body": {"stringValue": "x" * 300_000}}, {"body": {"stringValue": "kept"}}]
    status, answer = running.post("/v1/logs", logs(*records), content_type=JSON)
    partial = json.loads(answer)["partialSuccess"]
    assert (status, partial["rejectedLogRecords"]) == (200, "1")
    assert "exceeds maximum size of 256.0K" in partial["errorMessage"]
    assert [entry["textPayload"] for entry in running.entries()] == ["kept"]


def test_a_fault_reaches_exporters(running):
    fault = {"methods": ["telemetry.traces.*"], "status": 503, "count": 1}
    running.post("/vigil/v1/faults", fault, content_type=JSON)
    assert running.post("/v1/traces", spans(span()), content_type=JSON)[0] == 503
    assert running.post("/v1/traces", spans(span()), content_type=JSON)[0] == 200


def test_a_metric_with_every_kind_of_point_is_written(running):
    """Two exports of one process: the cumulative series continue and do not begin anew."""
    start = time.time_ns() - 120 * 10**9

    def export(at, count):
        stamp = {"startTimeUnixNano": str(start), "timeUnixNano": str(at)}
        exponential = {
            **stamp,
            "count": str(count + 1),
            "sum": 6.0 * count,
            "scale": 0,
            "zeroCount": "1",
            "positive": {"offset": 1, "bucketCounts": [str(count), "0"]},
        }
        summary = {**stamp, "count": str(count), "sum": 2.0 * count, "quantileValues": [{"quantile": 0.5, "value": 2}]}
        return metrics(
            {
                "name": "c",
                "sum": {
                    "aggregationTemporality": 2,
                    "isMonotonic": True,
                    "dataPoints": [{**stamp, "asInt": str(count)}],
                },
            },
            {"name": "e", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": [exponential]}},
            {"name": "s", "summary": {"dataPoints": [summary]}},
        )

    for at, count in ((start + 60 * 10**9, 10), (start + 110 * 10**9, 25)):
        assert running.post("/v1/metrics", export(at, count), content_type=JSON) == (200, b"{}")
    assert [one["value"][1] for one in running.query("c")] == ["25"]
    assert [one["value"][1] for one in running.query("resets(c[5m])")] == ["0"]
    buckets = {one["metric"]["le"]: one["value"][1] for one in running.query("e_bucket")}
    assert buckets == {"2": "1", "4": "26", "8": "26", "+Inf": "26"}
    assert {one["metric"].get("quantile"): one["value"][1] for one in running.query("s")} == {"0.5": "2"}
    assert [one["value"][1] for one in running.query("s_sum")] == ["50"]


def test_the_messages_of_metrics_and_traces_are_protobuf_too(running):
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add()
    status, answer = running.post(
        "/v1/metrics", request.SerializeToString(), content_type=PROTOBUF, x_goog_user_project="p"
    )
    assert (status, ExportMetricsServiceResponse.FromString(answer)) == (200, ExportMetricsServiceResponse())
    assert running.post("/v1/traces", ExportTraceServiceRequest().SerializeToString(), content_type=PROTOBUF) == (
        200,
        b"",
    )


@pytest.mark.parametrize(
    ("scale", "offset", "positive", "negative", "expected"),
    [
        (-10, 0, [1], [], ([1.0], [0, 1])),
        (-11, 0, [1, 1], [], ([1.0], [0, 2])),
        (0, 1022, [1, 1, 1], [], ([2.0**1022, 2.0**1023], [0, 1, 2])),
        (0, -1076, [1, 1, 1], [], ([0.0, 5e-324, 1e-323], [0, 2, 1, 0])),
        (100, 2**31 - 1, [1], [], ([1.0], [0, 1])),
        (-(2**31), -3, [1, 2], [], ([0.0], [0, 3])),
        (0, 0, [1], [1, 2], ([-4.0, -2.0, -1.0, 1.0, 2.0], [0, 2, 1, 0, 1, 0])),
        (0, 0, [], [], ([1.0], [0, 0])),
    ],
)
def test_an_exponential_histogram_has_buckets_that_a_double_can_tell_apart(scale, offset, positive, negative, expected):
    point = ExponentialHistogramDataPoint(scale=scale)
    point.positive.offset = offset
    point.positive.bucket_counts.extend(positive)
    point.negative.bucket_counts.extend(negative)
    assert exponential(point) == expected
