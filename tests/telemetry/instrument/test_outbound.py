"""Calls to other services and to databases, against a real server and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import requests
import sqlalchemy
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select, text
from sqlalchemy.pool import QueuePool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.telemetry.instrument.conftest import eventually, served
from vigil_telemetry import TraceContext, bind
from vigil_telemetry.instrument import _httpx as observed_httpx
from vigil_telemetry.instrument import _requests as observed_requests
from vigil_telemetry.instrument import _sqlalchemy as observed_sqlalchemy
from vigil_telemetry.instrument.outbound import operation

REQUEST, CORRELATION = "5e1f5e1f5e1f5e1f5e1f5e1f5e1f5e1f", "c0ffee00c0ffee00c0ffee00c0ffee00"
TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
OURS = ("x-request-id", "x-correlation-id", "traceparent")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    async def headers(request: Request) -> Response:
        return JSONResponse(dict(request.headers))

    async def status(request: Request) -> Response:
        return Response("", request.path_params["status"])

    async def slow(request: Request) -> Response:
        await asyncio.sleep(30)
        return Response("")

    async def elsewhere(request: Request) -> Response:
        return RedirectResponse(str(request.url.replace(path="/headers", hostname="localhost")))

    routes = [
        Route("/headers", headers, methods=["GET", "POST"]),
        Route("/status/{status:int}", status),
        Route("/slow", slow),
        Route("/elsewhere", elsewhere),
    ]
    with served(Starlette(routes=routes)) as url:
        yield url


class Sync:
    def __init__(self, allowed: list[str]) -> None:
        self.client = observed_httpx.instrument_httpx(
            httpx.Client(follow_redirects=True, timeout=60), target="inventory", propagate_to=allowed
        )

    def __call__(self, method: str, url: str, **options: Any) -> Any:
        return self.client.request(method, url, **options)

    def close(self) -> None:
        self.client.close()


class Async:
    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed

    def __call__(self, method: str, url: str, **options: Any) -> Any:
        async def main() -> httpx.Response:
            client = httpx.AsyncClient(follow_redirects=True, timeout=60)
            async with observed_httpx.instrument_httpx(client, target="inventory", propagate_to=self.allowed):
                return await client.request(method, url, **options)

        return asyncio.run(main())

    def close(self) -> None:
        pass


class Requests:
    def __init__(self, allowed: list[str]) -> None:
        self.session = observed_requests.instrument_requests(
            requests.Session(), target="inventory", propagate_to=allowed
        )

    def __call__(self, method: str, url: str, content: bytes | None = None, **options: Any) -> Any:
        return self.session.request(method, url, data=content, **options)

    def close(self) -> None:
        self.session.close()


@pytest.fixture(params=[Sync, Async, Requests], ids=["httpx", "httpx async", "requests"])
def call(request) -> Iterator[Any]:
    made = request.param(["127.0.0.1"])
    yield made
    made.close()


def logged(recorded, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in recorded.entries if entry["event"] == f"call.{kind}"]


def test_a_call_has_an_attempt_and_an_outcome(recorded, address, call) -> None:
    with bind(request_id=REQUEST, correlation_id=CORRELATION), operation("POST /headers"):
        call("POST", f"{address}/headers?token=secret", content=b"x" * 100)
    (attempted,), (done,) = logged(recorded, "attempted"), logged(recorded, "completed")
    assert attempted["call_id"] == done["call_id"]
    assert (attempted["target"], attempted["operation"], attempted["severity"]) == (
        "inventory",
        "POST /headers",
        "DEBUG",
    )
    assert (done["outcome"], done["status"], done["request_size"], done["severity"]) == ("ok", 200, 100, "INFO")
    assert done["response_size"] > 0
    assert 0 < done["duration"] < 60
    assert (done["request_id"], done["correlation_id"]) == (REQUEST, CORRELATION)
    assert done["function"].startswith("tests.telemetry.instrument.test_outbound")
    assert "secret" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize(("status", "outcome", "severity"), [(404, "refused", "WARNING"), (503, "error", "ERROR")])
def test_an_answer_that_is_no_success(recorded, address, call, status, outcome, severity) -> None:  # noqa: PLR0917 - a table
    call("GET", f"{address}/status/{status}")
    (done,) = logged(recorded, "completed")
    assert (done["outcome"], done["status"], done["severity"], done["operation"]) == (outcome, status, severity, "GET")


def test_no_answer_in_time_and_no_connection(recorded, address, call) -> None:
    for url, timeout in ((f"{address}/slow", 0.3), ("http://127.0.0.1:1/users/jane@example.com", 60)):
        with pytest.raises((httpx.HTTPError, requests.RequestException)):
            call("GET", url, timeout=timeout)
    slow, refused = logged(recorded, "completed")
    assert (slow["outcome"], refused["outcome"]) == ("timeout", "error")
    assert slow["error_type"].endswith("Timeout")
    assert "jane" not in b"".join(recorded.raw).decode()


def test_ids_go_to_allowed_hosts_alone(recorded, address, call) -> None:
    trace = TraceContext(TRACE, SPAN, sampled=True)
    with bind(request_id=REQUEST, correlation_id=CORRELATION, trace=trace, user="jane"):
        allowed = call("GET", f"{address}/headers").json()
        other = call("GET", f"{address.replace('127.0.0.1', 'localhost')}/headers").json()
        redirected = call("GET", f"{address}/elsewhere").json()
    assert [allowed[name] for name in OURS] == [REQUEST, CORRELATION, f"00-{TRACE}-{SPAN}-01"]
    assert not [name for name in OURS if name in other]
    assert not [name for name in OURS if name in redirected]  # a redirect from an allowed host to one that is not
    assert len(logged(recorded, "completed")) == 4


def test_a_domain_is_allowed_with_all_its_hosts(recorded, address) -> None:
    from vigil_telemetry.instrument.propagation import Hosts

    hosts = Hosts([".internal.example", "api.example.com"])
    assert [hosts.allow(host) for host in ("a.internal.example", "A.B.Internal.Example.", "api.example.com")] == [
        True
    ] * 3
    assert not any(
        hosts.allow(host) for host in ("internal.example.evil.com", "evilinternal.example", "b.example.com", "")
    )
    with pytest.raises(TypeError, match="a collection of hosts"):
        Hosts("api.example.com")


def test_a_cancelled_call_is_no_error(recorded, address) -> None:
    async def main() -> None:
        async with observed_httpx.instrument_httpx(httpx.AsyncClient(), target={"127.0.0.1": "inventory"}) as client:
            task = asyncio.create_task(client.get(f"{address}/slow"))
            await eventually(lambda: logged(recorded, "attempted"))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    (done,) = logged(recorded, "completed")
    assert (done["outcome"], done["severity"], done["target"], "error" in done) == (
        "cancelled",
        "NOTICE",
        "inventory",
        False,
    )


@pytest.mark.parametrize("observe", [observed_httpx.instrument_httpx, observed_requests.instrument_requests])
def test_what_is_no_client_is_refused(observe) -> None:
    with pytest.raises(TypeError, match="instrument a"):
        observe(object(), target="inventory")


ORDERS = Table("orders", MetaData(), Column("id", Integer, primary_key=True), Column("customer", String, unique=True))


@pytest.fixture
def engine() -> Iterator[sqlalchemy.Engine]:
    made = create_engine("sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05)
    ORDERS.create(made)
    yield observed_sqlalchemy.instrument_sqlalchemy(made, slow_after=0.05)
    made.dispose()


def queries(recorded, kind: str = "query.completed") -> list[dict[str, Any]]:
    return [entry for entry in recorded.entries if entry["event"] == f"db.{kind}"]


def test_statements_are_logged_by_name_never_by_text(recorded, engine) -> None:
    named = observed_sqlalchemy.named_query
    with bind(request_id=REQUEST), engine.begin() as connection:
        connection.execute(
            named(insert(ORDERS), "orders.add"), [{"customer": "jane@example.com"}, {"customer": "Joe Bloggs"}]
        )
        connection.execute(named(select(ORDERS).where(ORDERS.c.customer == "Joe Bloggs"), "orders.by_customer")).all()
        connection.execute(text("UPDATE orders SET customer = 'Joe Bloggs junior' WHERE id = 2"))
    assert [(q["query"], q["verb"], q["system"], q.get("rows")) for q in queries(recorded)] == [
        ("orders.add", "insert", "sqlite", 2), ("orders.by_customer", "select", "sqlite", None), ("(unnamed)", "update", "sqlite", 1),
    ]  # fmt: skip
    assert {q["request_id"] for q in queries(recorded)} == {REQUEST}
    assert all(q["function"].endswith("test_statements_are_logged_by_name_never_by_text") for q in queries(recorded))
    text_written = b"".join(recorded.raw).decode()
    assert not [word for word in ("jane", "Joe", "orders SET", "WHERE", "SELECT") if word in text_written]


def test_a_statement_that_fails_is_logged_without_its_values(recorded, engine) -> None:
    with engine.connect() as connection:
        adding = observed_sqlalchemy.named_query(insert(ORDERS), "orders.add")
        connection.execute(adding, {"customer": "jane"})
        with pytest.raises(sqlalchemy.exc.IntegrityError):
            connection.execute(adding, {"customer": "jane"})
    (failed,) = queries(recorded, "query.failed")
    assert (failed["query"], failed["error_type"], failed["severity"]) == (
        "orders.add",
        "sqlite3.IntegrityError",
        "ERROR",
    )
    assert "jane" not in b"".join(recorded.raw).decode()


def test_a_slow_statement_is_logged_as_well(recorded, engine) -> None:
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500000) SELECT count(*) FROM n"
    with engine.connect() as connection:
        connection.execute(observed_sqlalchemy.named_query(text(count), "numbers.count"))
    (slow,) = queries(recorded, "query.slow")
    assert (slow["query"], slow["allowed"], slow["severity"]) == ("numbers.count", 0.05, "WARNING")
    assert slow["duration"] > 0.05


def test_a_pool_without_a_free_connection_is_logged(recorded, engine) -> None:
    with engine.connect(), pytest.raises(sqlalchemy.exc.TimeoutError):
        engine.connect()
    (exhausted,) = queries(recorded, "pool.exhausted")
    assert (exhausted["size"], exhausted["severity"]) == (1, "ERROR")
    assert exhausted["waited"] >= 0.05
