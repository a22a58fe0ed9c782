"""Libraries that teams already use, each real: lines, ids, errors, and nothing of what must not be written."""

from __future__ import annotations

import asyncio
import json
import logging.config
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from vigil_telemetry import bind, configure, counters

ROOT = Path(__file__).parents[2]


def events(recorded, *names):
    return [line for line in recorded.entries if line["event"] in names]


# -- loggers --------------------------------------------------------------------------------------------------------


def test_loguru_s_levels_extra_and_exceptions(recorded) -> None:
    loguru = pytest.importorskip("loguru", reason="pip install loguru")
    from vigil_telemetry.bridges import loguru as bridge

    handler = bridge.capture()
    try:
        logger = loguru.logger.bind(order=7, password="hunter2hunter2")
        with bind(request_id="0123456789abcdef"):
            logger.success("paid by {}", "jane@example.com")
            try:
                int("x")
            except ValueError:
                logger.exception("broken")
        logger.trace("fine")
    finally:
        loguru.logger.remove(handler)
    paid, broken, fine = recorded.entries
    assert (paid["severity"], broken["severity"], fine["severity"]) == ("NOTICE", "ERROR", "DEBUG")
    assert paid["extra"]["order"] == 7
    assert "hunter2" not in json.dumps(recorded.entries)
    assert "jane@example.com" not in paid["message"]
    assert paid["request_id"] == "0123456789abcdef"
    assert "ValueError" in broken["stack_trace"]
    place = paid["logging.googleapis.com/sourceLocation"]
    assert place["file"].endswith("test_libraries.py")


def test_loguru_keeps_to_the_levels_of_the_configuration(reconfigured) -> None:
    loguru = pytest.importorskip("loguru", reason="pip install loguru")
    from vigil_telemetry.bridges import loguru as bridge

    recorded = reconfigured(levels={"log": "ERROR"})
    handler = bridge.capture()
    try:
        loguru.logger.warning("left out")
        loguru.logger.error("written")
    finally:
        loguru.logger.remove(handler)
    assert [line["message"] for line in recorded.entries] == ["written"]


def test_dict_config_names_the_handler(recorded) -> None:
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "handlers": {"vigil": {"class": "vigil_telemetry.bridges.stdlib.BridgeHandler", "level": "INFO"}},
            "loggers": {"shop.dict": {"handlers": ["vigil"], "level": "INFO", "propagate": False}},
        }
    )
    logging.getLogger("shop.dict").info("order %s", 7, extra={"reason": "x"})
    logging.getLogger("shop.dict").debug("left out")
    (line,) = recorded.entries
    assert (line["logger"], line["message"], line["extra"]["reason"]) == ("shop.dict", "order 7", "x")


APPLICATION = """
import logging
from vigil_telemetry import configure
from vigil_telemetry.bridges.stdlib import capture

configure(service="shop", level="INFO")
capture()
{body}
"""
WSGI = APPLICATION.format(
    body="""
def app(environ, start_response):
    logging.getLogger("shop").warning("asked %s", environ["PATH_INFO"])
    start_response("200 OK", [("content-length", "2")])
    return [b"ok"]
"""
)
ASGI = APPLICATION.format(
    body="""
import os
from vigil_telemetry.asgi import RequestLogging

async def answer(scope, receive, send):
    if scope["type"] != "http":
        return
    logging.getLogger("shop").warning("asked by %s", os.getpid())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})

app = RequestLogging(answer)
"""
)


def served(tmp_path, source, command):
    """The lines of a server and its workers, after some requests."""
    (tmp_path / "shop_app.py").write_text(source)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    output = tmp_path / "out"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "ignore"}
    with output.open("wb") as out:
        full = [sys.executable, "-m", *(part.format(port=port) for part in command)]
        process = subprocess.Popen(full, cwd=tmp_path, env=environment, stdout=out, stderr=out)
    try:
        deadline, answered = time.monotonic() + 60, 0
        while answered < 12 and time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/x", timeout=5) as answer:
                    answered += answer.status == 200
            except OSError:
                time.sleep(0.1)
        assert answered == 12, output.read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return [json.loads(line) for line in output.read_bytes().splitlines()]


def test_gunicorn_s_master_and_workers_write_whole_lines(tmp_path) -> None:
    pytest.importorskip("gunicorn", reason="pip install gunicorn")
    logger = "vigil_telemetry.bridges.gunicorn.Logger"
    command = ["gunicorn", "shop_app:app", "--bind", "127.0.0.1:{port}", "--workers", "2", "--logger-class", logger]
    lines = served(tmp_path, WSGI, command)
    assert {"gunicorn.error", "shop"} <= {line["logger"] for line in lines}
    assert sum(line["message"] == "asked /x" for line in lines) == 12
    assert not [line for line in lines if line["logger"] == "gunicorn.access"]


def test_uvicorn_s_workers_write_whole_lines(tmp_path) -> None:
    command = ["uvicorn", "shop_app:app", "--host", "127.0.0.1", "--port", "{port}", "--workers", "2"]
    lines = [line for line in served_some(tmp_path, command) if line]
    messages = [line["message"] for line in lines if line.get("logger") == "shop"]
    assert len(messages) == 12
    assert sum(line["event"] == "http.request.completed" for line in lines) == 12


def served_some(tmp_path, command):
    """As `served`; uvicorn's supervisor, which never imports the application, writes its own text on stderr."""
    (tmp_path / "shop_app.py").write_text(ASGI)
    try:
        return served(tmp_path, ASGI, command)
    except json.JSONDecodeError:
        return [json.loads(line) for line in (tmp_path / "out").read_bytes().splitlines() if line.startswith(b"{")]


# -- calls and statements -------------------------------------------------------------------------------------------


def test_aiohttp_s_calls_carry_the_ids_where_that_is_allowed(recorded) -> None:
    aiohttp = pytest.importorskip("aiohttp", reason="pip install aiohttp")
    from aiohttp import web

    from vigil_telemetry.instrument.aiohttp import observe

    async def run():
        seen = []

        async def answer(request):
            seen.append(request.headers.copy())
            return web.Response(status=int(request.query["status"]), text="x")

        app = web.Application()
        app.router.add_get("/items", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        with bind(request_id="0123456789abcdef"):
            config = observe(target="stock", propagate_to=["127.0.0.1"])
            async with aiohttp.ClientSession(trace_configs=[config]) as session:
                for status in (200, 404, 503):
                    async with session.get(f"http://127.0.0.1:{port}/items?status={status}"):
                        pass
                with pytest.raises(aiohttp.ClientError):
                    await session.get("http://127.0.0.1:1/secret-path")
        await runner.cleanup()
        return seen

    seen = asyncio.run(run())
    assert seen[0]["X-Request-Id"] == "0123456789abcdef", seen
    completed = events(recorded, "call.completed")
    assert [(line["outcome"], line.get("status")) for line in completed] == [
        ("ok", 200),
        ("refused", 404),
        ("error", 503),
        ("error", None),
    ]
    assert completed[3]["error_type"].endswith("ClientConnectorError")
    assert counters.failed == 0


def test_redis_commands_are_written_by_name_alone(recorded) -> None:
    pytest.importorskip("redis", reason="pip install redis")
    fakeredis = pytest.importorskip("fakeredis", reason="pip install fakeredis")
    from vigil_telemetry.instrument.redis import observe

    client = observe(observe(fakeredis.FakeRedis(), slow_after=0.0))  # a second call adds no second line
    client.set("jane@example.com", "secret")
    assert client.get("jane@example.com") == b"secret"
    with client.pipeline() as pipe:
        pipe.incr("n")
        pipe.incr("n")
        assert pipe.execute() == [1, 2]
    client.set("text", "x")
    with pytest.raises(Exception, match="integer"):
        client.incr("text")

    async def run():
        waiting = observe(fakeredis.FakeAsyncRedis())
        await waiting.set("k", "v")
        await waiting.aclose()

    asyncio.run(run())
    found = [(line["event"], line["query"]) for line in events(recorded, "db.query.completed", "db.query.failed")]
    assert found[:3] == [
        ("db.query.completed", "SET"),
        ("db.query.completed", "GET"),
        ("db.query.completed", "(pipeline)"),
    ]
    assert ("db.query.failed", "INCRBY") in found or ("db.query.failed", "INCR") in found
    assert {line["system"] for line in recorded.entries} == {"redis"}
    assert len(events(recorded, "db.query.slow")) >= 3
    assert "jane" not in b"".join(recorded.raw).decode()
    with pytest.raises(TypeError, match=r"observe a redis\.Redis"):
        observe(object())


@pytest.mark.parametrize(
    ("statement", "verb", "name"),
    [
        ("-- name: orders.by_customer\nSELECT 1", "select", "orders.by_customer"),
        ("/* name: orders.add */ INSERT INTO x VALUES (1)", "insert", "orders.add"),
        ("  WITH a AS (SELECT 1) SELECT * FROM a", "select", "(unnamed)"),
        ("/* jane@example.com */ delete from x", "delete", "(unnamed)"),
        ("-- name: has 'values' in it\nUPDATE x SET a = 1", "update", "(unnamed)"),
        ("(SELECT 1)", "select", "(unnamed)"),
        ("", "other", "(unnamed)"),
        ("-- only a comment", "other", "(unnamed)"),
    ],
)
def test_a_statement_names_itself_in_a_comment(statement, verb, name) -> None:
    from vigil_telemetry.instrument.statements import name_of, verb_of

    assert (verb_of(statement), name_of(statement)) == (verb, name)


def test_statements_of_asyncpg_and_psycopg_are_written_by_name(recorded) -> None:
    """A real PostgreSQL; neither the text of a statement nor a value is written."""
    asyncpg, psycopg = (
        pytest.importorskip("asyncpg", reason="pip install asyncpg"),
        pytest.importorskip("psycopg", reason="pip install psycopg"),
    )
    from tests.postgres import NAME, server
    from vigil_telemetry.instrument import asyncpg as of_asyncpg
    from vigil_telemetry.instrument.psycopg import AsyncObservedCursor, ObservedCursor

    one, two, wrong = "-- name: orders.one\nSELECT 'jane@example.com'", "INSERT INTO t VALUES (%s)", "SELECT 1 / 0"

    async def run(url):
        async with asyncpg.create_pool(url, min_size=1, max_size=1, init=of_asyncpg.observing(slow_after=0.0)) as pool:
            assert await pool.fetchval(one) == "jane@example.com"
            with pytest.raises(asyncpg.DivisionByZeroError):
                await pool.fetchval(wrong)
        async with await psycopg.AsyncConnection.connect(url, cursor_factory=AsyncObservedCursor) as connection:
            await connection.execute(one)

    with server() as running:
        url = running.cluster.url(NAME)
        asyncio.run(run(url))
        by_asyncpg = [(line["event"], line["verb"], line["query"]) for line in recorded.entries]
        recorded.raw.clear()
        with psycopg.connect(url, autocommit=True, cursor_factory=ObservedCursor) as connection:
            connection.execute("CREATE TEMPORARY TABLE t (a text)")
            with connection.cursor() as cursor:
                cursor.executemany(two, [("jane@example.com",), ("b",)])
            with pytest.raises(psycopg.errors.DivisionByZero):
                connection.execute(wrong)
    assert ("db.query.completed", "select", "orders.one") in by_asyncpg
    assert ("db.query.slow", "select", "orders.one") in by_asyncpg
    assert ("db.query.failed", "select", "(unnamed)") in by_asyncpg
    assert [(line["event"], line["verb"]) for line in recorded.entries] == [
        ("db.query.completed", "other"),
        ("db.query.completed", "insert"),
        ("db.query.failed", "select"),
    ]
    assert "jane" not in b"".join(recorded.raw).decode()
    assert counters.failed == 0


def test_celery_s_tasks_carry_the_ids_of_their_sender(recorded) -> None:
    celery = pytest.importorskip("celery", reason="pip install celery")
    from vigil_telemetry.instrument.celery import observe

    observe(lines=False)
    app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
    app.conf.update(task_always_eager=False, worker_hijack_root_logger=False)
    attempts = []

    @app.task(bind=True, max_retries=1)
    def charge(self, order):
        attempts.append(order)
        if len(attempts) == 1:
            raise self.retry(exc=ValueError("jane@example.com declined"), countdown=0)
        return order

    @app.task
    def fail():
        raise KeyError("gone")

    from celery.contrib.testing.worker import start_worker

    with bind(request_id="0123456789abcdef", correlation_id="fedcba9876543210"):
        sent = [charge.delay(7), fail.delay()]
    with patch.dict(os.environ), start_worker(app, perform_ping_check=False, pool="solo", loglevel="ERROR"):
        assert sent[0].get(timeout=30) == 7
        with pytest.raises(KeyError):
            sent[1].get(timeout=30)
    lines = events(recorded, "task.completed", "task.failed")
    assert sorted((line["event"], line["attempt"], line.get("consequence")) for line in lines) == [
        ("task.completed", 2, None),
        ("task.failed", 1, "final"),
        ("task.failed", 1, "retried"),
    ]
    assert {line["request_id"] for line in lines} == {"0123456789abcdef"}
    assert {line["correlation_id"] for line in lines} == {"fedcba9876543210"}
    assert "jane@example.com" not in b"".join(recorded.raw).decode()


# -- agents ---------------------------------------------------------------------------------------------------------

RUN = ("agent.run.started", "agent.tool.attempted", "agent.tool.completed", "llm.call.attempted", "llm.call.completed",
       "agent.run.completed")  # fmt: skip


def test_langgraph_s_run_tools_and_models(recorded) -> None:
    pytest.importorskip("langgraph", reason="pip install langgraph")
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.tools import tool
    from langgraph.graph import END, START, StateGraph

    from vigil_telemetry.instrument.langgraph import VigilCallbacks

    @tool
    def stock(item: str) -> str:
        """How many are left."""
        return "3"

    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    model = GenericFakeChatModel(messages=iter([AIMessage("secret answer", usage_metadata=usage)]))

    def think(state: dict) -> dict:
        return {"answer": model.invoke("secret prompt").content, "left": stock.invoke({"item": "secret item"})}

    graph = StateGraph(dict)
    graph.add_node("think", think)
    graph.add_edge(START, "think")
    graph.add_edge("think", END)
    result = graph.compile().invoke({}, config={"callbacks": [VigilCallbacks("support")]})
    assert result["left"] == "3"
    found = {line["event"]: line for line in events(recorded, *RUN)}
    assert set(found) == set(RUN)
    assert {line["agent_run_id"] for line in found.values()} == {found["agent.run.started"]["agent_run_id"]}
    assert (found["agent.run.completed"]["agent"], found["agent.run.completed"]["tool_calls"]) == ("support", 1)
    assert found["agent.tool.completed"]["tool"] == "stock"
    assert (found["llm.call.completed"]["input_tokens"], found["agent.run.completed"]["total_tokens"]) == (3, 7)
    assert "secret" not in b"".join(recorded.raw).decode()
    assert counters.failed == 0


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, "stop"),
        ({"finish_reason": "length"}, "length"),
        ({"finish_reason": "content_filter"}, "content_filter"),
        ({"stop_reason": "max_tokens"}, "length"),
        ({"stop_reason": "end_turn"}, "stop"),
        ({"finish_reason": "SAFETY"}, "content_filter"),
        ({"finish_reason": "unheard of"}, "other"),
    ],
)
def test_langgraph_s_models_say_why_an_answer_ended(recorded, about: dict[str, str], expected: str) -> None:
    pytest.importorskip("langgraph", reason="pip install langgraph")
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    from vigil_telemetry.instrument.langgraph import VigilCallbacks

    model = GenericFakeChatModel(messages=iter([AIMessage("yes", response_metadata=about)]))
    model.invoke("?", config={"callbacks": [VigilCallbacks("support")]})
    assert [line["finish_reason"] for line in events(recorded, "llm.call.completed")] == [expected]


def test_langgraph_s_failure(recorded) -> None:
    pytest.importorskip("langgraph", reason="pip install langgraph")
    from langgraph.graph import END, START, StateGraph

    from vigil_telemetry.instrument.langgraph import VigilCallbacks

    def think(state: dict) -> dict:
        raise RuntimeError("no model")

    graph = StateGraph(dict)
    graph.add_node("think", think)
    graph.add_edge(START, "think")
    graph.add_edge("think", END)
    with pytest.raises(RuntimeError):
        graph.compile().invoke({}, config={"callbacks": [VigilCallbacks("support")]})
    (failed,) = events(recorded, "agent.run.failed")
    assert (failed["agent"], failed["error_type"]) == ("support", "RuntimeError")


def test_pydantic_ai_s_run_tools_and_models(recorded) -> None:
    pydantic_ai = pytest.importorskip("pydantic_ai", reason="pip install pydantic-ai-slim")
    from pydantic_ai.models.test import TestModel

    from vigil_telemetry.instrument.pydantic_ai import Vigil

    agent = pydantic_ai.Agent(TestModel(), name="support", capabilities=[Vigil()])

    @agent.tool_plain
    def stock(item: str) -> str:
        return "3 secret"

    asyncio.run(agent.run("secret prompt"))  # `run_sync` leaves a loop open for the next call
    lines = events(recorded, *RUN)
    found = {line["event"]: line for line in lines}
    assert set(found) == set(RUN)
    assert {line["agent_run_id"] for line in lines} == {found["agent.run.started"]["agent_run_id"]}
    completed = found["agent.run.completed"]
    assert (completed["agent"], completed["steps"], completed["tool_calls"]) == ("support", 2, 1)
    assert sum(line["event"] == "llm.call.completed" for line in lines) == 2
    assert found["agent.tool.completed"]["tool"] == "stock"
    assert "secret" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(None, "stop"), ("stop", "stop"), ("length", "length"), ("error", "error"), ("content_filter", "content_filter")],
)
def test_pydantic_ai_s_models_say_why_an_answer_ended(recorded, reason: str | None, expected: str) -> None:
    pydantic_ai = pytest.importorskip("pydantic_ai", reason="pip install pydantic-ai-slim")
    from pydantic_ai.messages import ModelResponse, TextPart
    from pydantic_ai.models.function import FunctionModel

    from vigil_telemetry.instrument.pydantic_ai import Vigil

    model = FunctionModel(lambda *_: ModelResponse(parts=[TextPart("yes")], finish_reason=reason))
    asyncio.run(pydantic_ai.Agent(model, name="support", capabilities=[Vigil()]).run("?"))
    assert [line["finish_reason"] for line in events(recorded, "llm.call.completed")] == [expected]


def test_the_openai_agents_sdk_s_run_tools_and_models(recorded, monkeypatch) -> None:
    agents = pytest.importorskip("agents", reason="pip install openai-agents")
    from agents import tracing

    from vigil_telemetry.instrument.openai_agents import VigilProcessor

    monkeypatch.setenv("OPENAI_API_KEY", "x")
    agents.set_trace_processors([VigilProcessor()])
    try:
        with tracing.trace("order"), tracing.agent_span("support"):
            with tracing.generation_span(model="gpt-5", input=[{"role": "user", "content": "secret"}]) as generation:
                generation.span_data.usage = {"input_tokens": 3, "output_tokens": 4}
            with tracing.response_span() as answered:
                cut, tokens = (
                    SimpleNamespace(reason="max_output_tokens"),
                    SimpleNamespace(input_tokens=1, output_tokens=2),
                )
                answered.span_data.response = SimpleNamespace(
                    model="gpt-5-mini", status="incomplete", incomplete_details=cut, output=[], usage=tokens
                )
            with tracing.function_span("stock", input="secret"):
                pass
            with tracing.function_span("broken") as broken:
                broken.set_error({"message": "no stock", "data": None})
    finally:
        agents.set_trace_processors([])
    lines = events(recorded, *RUN, "agent.tool.failed")
    (cut_off,) = [line for line in lines if line.get("finish_reason") == "length"]
    assert cut_off["model"] == "unknown", "the span of a response does not say which model was wanted"
    found = {line["event"]: line for line in lines if line is not cut_off}
    assert set(found) == {*RUN, "agent.tool.failed"}
    assert {line["agent_run_id"] for line in lines} == {found["agent.run.started"]["agent_run_id"]}
    assert (found["agent.run.completed"]["agent"], found["agent.run.completed"]["total_tokens"]) == ("support", 10)
    assert (found["llm.call.completed"]["model"], found["llm.call.completed"]["provider"]) == ("gpt-5", "openai")
    assert "secret" not in b"".join(recorded.raw).decode()
    assert counters.failed == 0


def test_nothing_of_these_libraries_is_imported_before_its_bridge() -> None:
    code = "import sys, vigil_telemetry, vigil_telemetry.bridges, vigil_telemetry.instrument, vigil_telemetry.outputs; print(sorted({'loguru','gunicorn','aiohttp','redis','asyncpg','psycopg','celery','langchain_core','agents','pydantic_ai','opentelemetry'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
    configure(service="x")
