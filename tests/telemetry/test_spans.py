"""Spans of what is instrumented: one trace for one request, its ids on its lines, and no second span beside a team's own."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from vigil_telemetry import Event, Severity, bind, counters, emit
from vigil_telemetry.bridges import spans
from vigil_telemetry.instrument import instrument_fastapi, instrument_httpx, instrument_sqlalchemy, named_query
from vigil_telemetry.instrument.agents import agent_run
from vigil_telemetry.instrument.llm.calls import LlmCall

TRACE = "5b8efff798038103d269b633813fc60c"
PARENT = "eee19b7ec3c1b174"


class Noted(Event, tag="spans.noted"):
    severity = Severity.INFO


@pytest.fixture
def exported():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter, provider
    spans.disable()
    provider.shutdown()


def application():
    app = FastAPI()
    engine = instrument_sqlalchemy(create_engine("sqlite://", poolclass=NullPool))

    @app.get("/orders/{number}")
    async def order(number: int):
        with engine.connect() as connection:
            connection.execute(named_query(text("SELECT 1"), "orders.by_number"))
        transport = httpx.MockTransport(
            lambda request: httpx.Response(503, headers={"x": request.headers.get("traceparent", "")})
        )
        async with instrument_httpx(
            httpx.AsyncClient(transport=transport), target="stock", propagate_to=["stock"]
        ) as client:
            answer = await client.get("http://stock/items")
        with agent_run("support"), LlmCall("openai", "gpt-5") as call:
            call.usage(3, 4)
        emit(Noted())
        if number == 13:
            raise ValueError("unlucky")
        return {"sent": answer.headers["x"]}

    return app


def ask(app, path="/orders/7", **headers):
    async def run():
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(run())


def test_one_request_is_one_trace_with_its_ids_on_its_lines(recorded, exported) -> None:
    exporter, provider = exported
    spans.enable(provider)
    answer = ask(instrument_fastapi(application()), traceparent=f"00-{TRACE}-{PARENT}-01")
    found = {span.name: span for span in exporter.get_finished_spans()}
    assert set(found) == {"GET /orders/{number}", "orders.by_number", "GET", "invoke_agent support", "chat gpt-5"}
    assert {f"{span.context.trace_id:032x}" for span in found.values()} == {TRACE}
    server = found["GET /orders/{number}"]
    assert (server.kind, f"{server.parent.span_id:016x}", server.parent.is_remote) == (SpanKind.SERVER, PARENT, True)
    assert server.attributes == {
        "http.request.method": "GET",
        "http.route": "/orders/{number}",
        "http.response.status_code": 200,
    }
    inside = {name: span.parent.span_id for name, span in found.items()}
    assert inside["orders.by_number"] == inside["GET"] == inside["invoke_agent support"] == server.context.span_id
    assert inside["chat gpt-5"] == found["invoke_agent support"].context.span_id
    assert found["GET"].status.status_code is StatusCode.ERROR
    assert found["GET"].attributes["error.type"] == "503"
    assert found["orders.by_number"].attributes["db.system.name"] == "sqlite"
    assert found["chat gpt-5"].attributes["gen_ai.usage.output_tokens"] == 4
    for line in recorded.entries:
        assert line["logging.googleapis.com/trace"] == f"projects/shop/traces/{TRACE}"
        assert line["logging.googleapis.com/trace_sampled"] is True
    by_event = {line["event"]: line["logging.googleapis.com/spanId"] for line in recorded.entries}
    assert by_event["spans.noted"] == by_event["http.request.completed"] == f"{server.context.span_id:016x}"
    assert by_event["llm.call.completed"] == f"{found['invoke_agent support'].context.span_id:016x}"
    assert answer.json()["sent"] == f"00-{TRACE}-{server.context.span_id:016x}-01"
    assert counters.failed == 0


def test_without_a_header_a_trace_begins(recorded, exported) -> None:
    exporter, provider = exported
    spans.enable(provider)
    ask(instrument_fastapi(application()))
    (server,) = [span for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER]
    assert server.parent is None
    traces = {line["logging.googleapis.com/trace"] for line in recorded.entries}
    assert traces == {f"projects/shop/traces/{server.context.trace_id:032x}"}


def test_a_request_that_is_not_sampled_has_no_span_but_its_ids(recorded, exported) -> None:
    exporter, provider = exported
    spans.enable(provider)
    ask(instrument_fastapi(application()), traceparent=f"00-{TRACE}-{PARENT}-00")
    assert exporter.get_finished_spans() == ()
    assert {line["logging.googleapis.com/trace"] for line in recorded.entries} == {f"projects/shop/traces/{TRACE}"}
    assert {line["logging.googleapis.com/trace_sampled"] for line in recorded.entries} == {False}


def test_an_exception_is_the_status_of_its_span(recorded, exported) -> None:
    exporter, provider = exported
    spans.enable(provider)
    ask(instrument_fastapi(application()), "/orders/13")
    (server,) = [span for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER]
    assert server.status.status_code is StatusCode.ERROR
    assert server.attributes["error.type"] == "ValueError"
    assert server.attributes["http.response.status_code"] == 500


def test_a_team_s_own_spans_are_not_made_twice(recorded, exported) -> None:
    exporter, provider = exported
    app = application()
    FastAPIInstrumentor().instrument(tracer_provider=provider)
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider)
    HTTPXClientInstrumentor().instrument(tracer_provider=provider)
    try:
        spans.enable(provider)
        ask(instrument_fastapi(app), traceparent=f"00-{TRACE}-{PARENT}-01")
    finally:
        HTTPXClientInstrumentor().uninstrument()
        FastAPIInstrumentor.uninstrument_app(app)
        FastAPIInstrumentor().uninstrument()
    servers = [span for span in exporter.get_finished_spans() if span.kind is SpanKind.SERVER]
    assert len(servers) == 1
    assert servers[0].instrumentation_scope.name.startswith("opentelemetry.instrumentation")
    assert {span.instrumentation_scope.name for span in exporter.get_finished_spans() if span.name == "GET"} <= {
        "opentelemetry.instrumentation.httpx"
    }
    noted = next(line for line in recorded.entries if line["event"] == "spans.noted")
    assert noted["logging.googleapis.com/spanId"] == f"{servers[0].context.span_id:016x}"
    assert {line["logging.googleapis.com/trace"] for line in recorded.entries} == {f"projects/shop/traces/{TRACE}"}


def test_a_span_further_out_is_the_request_s(recorded, exported) -> None:
    exporter, provider = exported
    spans.enable(provider)
    with provider.get_tracer("team").start_as_current_span("outer") as outer, bind(holder=True, request_id="a" * 16):
        emit(Noted())
    assert [span.name for span in exporter.get_finished_spans()] == ["outer"]
    assert recorded.last["logging.googleapis.com/spanId"] == f"{outer.get_span_context().span_id:016x}"


def test_a_provider_that_raises_reaches_nobody(recorded) -> None:
    class Broken(trace.TracerProvider):
        def get_tracer(self, *_, **__):
            return self

        def start_span(self, *_, **__):
            raise RuntimeError("broken")

    spans.enable(Broken())
    try:
        assert ask(instrument_fastapi(application())).status_code == 200
    finally:
        spans.disable()
    assert counters.failed > 0
    assert "http.request.completed" in {line["event"] for line in recorded.entries}


def test_what_is_off_makes_no_span(recorded, exported) -> None:
    exporter, _ = exported
    ask(instrument_fastapi(application()))
    assert exporter.get_finished_spans() == ()


def test_a_statement_below_the_level_is_a_span_all_the_same(reconfigured, exported) -> None:
    exporter, provider = exported
    reconfigured(level="ERROR")
    spans.enable(provider)
    engine = instrument_sqlalchemy(create_engine("sqlite://", poolclass=NullPool))
    before = time.time_ns()
    with engine.connect() as connection:
        connection.execute(named_query(text("SELECT 1"), "orders.all"))
    (span,) = exporter.get_finished_spans()
    assert span.name == "orders.all"
    assert before - 10**9 <= span.start_time <= span.end_time
