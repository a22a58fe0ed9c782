"""With spans on, one request through API, workflow, activity, agent, model and database is one trace that can be looked at."""

from __future__ import annotations

import json
import urllib.request

import httpx
import pytest

from demo.stand_ins.llm import Behaviour
from tests.emulator.otlp.conftest import Running, emulator
from tests.telemetry.instrument.test_mixed import Shop

TRACE = "5b8efff798038103d269b633813fc60c"
PARENT = "eee19b7ec3c1b174"


@pytest.fixture
def running():
    with emulator() as found:
        yield Running(found.url, found.grpc, "shop")


def test_one_request_is_one_trace_and_its_ids_are_in_its_lines(temporal_address, llm, tmp_path, running) -> None:
    llm.provider.behaviour = Behaviour(per_piece=0.005)
    shop = Shop(temporal_address, llm.url, tmp_path, SHOP_OTLP=running.url)
    try:
        headers = {"x-user": "jane@example.com", "traceparent": f"00-{TRACE}-{PARENT}-01"}
        answer = httpx.post(f"{shop.url}/orders/7", headers=headers, timeout=100)
        assert answer.json() == "All is well."
    finally:
        shop.stop()

    spans = running.trace(TRACE)["spans"]
    by_name = {span["name"]: span for span in spans}
    assert sorted(span["name"] for span in spans) == [
        "GET",  # the agent's tool asks the API for the stock
        "GET /stock/{item}",
        "POST /orders/{number}",
        "RunActivity:assist",
        "RunActivity:reserve",
        "RunActivity:save",
        "RunWorkflow:Assist",
        "RunWorkflow:Ship",
        "chat claude-sonnet-5",
        "execute_tool stock",
        "invoke_agent support",
        "orders.save",
    ]
    parents = {span["name"]: span.get("parentSpanId") for span in spans}
    ids = {name: span["spanId"] for name, span in by_name.items()}
    assert parents["POST /orders/{number}"] == str(int(PARENT, 16))
    order = ids["POST /orders/{number}"]
    assert parents["RunWorkflow:Assist"] == parents["RunActivity:assist"] == order
    assert parents["invoke_agent support"] == ids["RunActivity:assist"]
    assert parents["chat claude-sonnet-5"] == parents["GET"] == ids["invoke_agent support"]
    assert parents["GET /stock/{item}"] == ids["invoke_agent support"]
    assert parents["orders.save"] == ids["RunActivity:save"]

    entries = running.entries(f'trace="projects/shop/traces/{TRACE}"')
    assert {"http.request.completed", "temporal.workflow.completed", "llm.call.completed", "db.query.completed"} <= {
        entry["jsonPayload"]["event"] for entry in entries
    }
    assert "jane@example.com" not in json.dumps(entries) + json.dumps(spans)
    known = {f"{int(span['spanId']):016x}" for span in spans}
    assert {entry["spanId"] for entry in entries} <= known, "each line leads to a span that exists"
    correlation = entries[0]["jsonPayload"]["correlation_id"]
    for query in (f"trace={TRACE}", f"correlation_id={correlation}"):
        with urllib.request.urlopen(f"{running.url}/console/trace?project=shop&{query}") as page:
            text = page.read().decode()
        assert "12 spans" in text
        assert "llm.call.completed" in text
