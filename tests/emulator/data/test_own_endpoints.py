"""The emulator's own endpoints of the data plane."""

import asyncio
import json
from urllib.parse import urlencode

import pytest

from vigil_emulator import data_methods, own_endpoints
from vigil_emulator.errors import ApiError
from vigil_emulator.rest.request import Request


def post(world, lines, **query):
    handler = own_endpoints.endpoints(world.plane)["POST", "/vigil/v1/agent"]
    request = Request(http="POST", path="/vigil/v1/agent", query=urlencode(query), body=lines.encode())
    return asyncio.run(handler(request))


def test_the_agent_takes_lines_with_what_the_query_says_of_them(world):
    query = {
        "project": "p",
        "logName": "projects/p/logs/run.googleapis.com%2Fstderr",
        "resourceType": "cloud_run_revision",
        "label.service_name": "api",
    }
    assert post(world, 'Traceback\n\n{"event": "e"}\n', **query) == {"entries": 2}
    first, second = world.entries()
    assert {first["severity"], second["severity"]} == {"ERROR"}
    assert first["logName"] == query["logName"]
    assert first["resource"] == {"type": "cloud_run_revision", "labels": {"project_id": "p", "service_name": "api"}}
    assert second["jsonPayload"] == {"event": "e"}


def test_lines_that_are_sent_again_as_the_same_batch_are_taken_once(world):
    for batch in ("one.1", "one.1", "one.2", "two.1", "one.2"):
        assert post(world, f"{batch}\n{batch}\n", project="p", batch=batch) == {"entries": 2}
        world.pass_time(1)  # so that they would be other entries by their time
    assert [entry["textPayload"] for entry in world.entries()] == ["one.1"] * 2 + ["one.2"] * 2 + ["two.1"] * 2
    with pytest.raises(ApiError, match=r"SENDER\.NUMBER"):
        post(world, "x", project="p", batch="one.last")


def test_the_agent_needs_a_project_and_has_defaults_for_the_rest(world):
    with pytest.raises(ApiError, match="project is required"):
        post(world, "x")
    post(world, "x", project="p")
    assert world.entries()[0]["logName"] == "projects/p/logs/run.googleapis.com%2Fstdout"


def test_stats_count_what_there_is(world):
    world.counter("all", "")
    world.write({"textPayload": "x"})
    stats = world.plane.stats()
    assert (stats["entries"], stats["incidents"], stats["deliveries"]) == (1, 0, 0)
    assert stats["points"] == 4  # the metric's, log_entry_count, byte_count and billing/bytes_ingested


def points(world, metric):
    body = {
        "name": "projects/p",
        "timeSeries": [
            {
                "metric": {"type": metric, "labels": {"state": "active"}},
                "resource": {"type": "cloud_run_revision", "labels": {"service_name": "api"}},
                "metricKind": "GAUGE",
                "points": [{"interval": {"endTime": world.time()}, "value": {"int64Value": "3"}}],
            }
        ],
    }
    request = Request(http="POST", path="/vigil/v1/points", query="", body=json.dumps(body).encode())
    return asyncio.run(own_endpoints.endpoints(world.plane)["POST", "/vigil/v1/points"](request))


def test_points_of_googles_own_metrics_come_in_here_though_the_api_takes_none(world):
    assert points(world, "run.googleapis.com/container/instance_count") == {"points": 1}
    (series,) = world.plane.series.of_metric("p", "run.googleapis.com/container/instance_count")
    assert series.values == [3]
    with pytest.raises(ApiError, match="written in order"):
        points(world, "run.googleapis.com/container/instance_count")


def test_the_prometheus_api_of_labels_and_series(world):
    from vigil_emulator.calls import Call

    world.counter("all", "", labels={"code": "EXTRACT(textPayload)"})
    world.write({"textPayload": "7"}, {"textPayload": "8"})
    world.pass_time(120)
    handlers = data_methods.handlers(world.plane)
    prefix = "monitoring.projects.location.prometheus.api.v1."

    def ask(method, **parts):
        path = {"name": "projects/p", "location": "global", **parts.pop("path", {})}
        return handlers[prefix + method](Call(method=prefix + method, path=path, body=parts))["data"]

    match = ["logging_googleapis_com:user_all"]
    assert ask("label.values", path={"label": "code"}, match=match) == ["7", "8"]
    assert "code" in ask("labels", match=match)
    assert {item["code"] for item in ask("series", match=match)} == {"7", "8"}
    matrix = ask(
        "query_range",
        query='sum by (code) (logging_googleapis_com:user_all{code="7"})',
        start=world.time(-60),
        end=world.time(),
        step="30s",
    )
    assert matrix == {
        "resultType": "matrix",
        "result": [{"metric": {"code": "7"}, "values": [[1772366460, "1"], [1772366490, "1"], [1772366520, "1"]]}],
    }
    assert ask("query", query="1 + 1", time="1772366520.5") == {"resultType": "scalar", "result": [1772366520.5, "2"]}
    assert ask("query", query='logging_googleapis_com:user_all{code="7"}[2m]')["result"][0]["values"] == [
        [1772366400, "0"],  # Google's windows are closed at both ends
        [1772366460, "1"],
        [1772366520, "1"],
    ]
    assert ask("metadata.list")["logging.googleapis.com/user/all"][0]["type"] == "counter"
    with pytest.raises(ApiError) as caught:
        ask("query", query="rate(")
    assert caught.value.body()["status"] == "error"
    for bad in (
        {"start": "1", "end": "0", "step": "1"},
        {"start": "0", "end": "1", "step": "0"},
        {"start": "0", "end": "100000", "step": "1"},
        {"start": "x", "end": "1", "step": "1"},
    ):
        with pytest.raises(ApiError):
            ask("query_range", query="vector(1)", **bad)
