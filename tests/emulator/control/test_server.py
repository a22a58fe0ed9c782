"""The HTTP server: own endpoints, faults, tokens, bounds, and clients that misbehave."""

import asyncio
import contextlib
import json
import resource
import socket
import threading
from datetime import UTC, datetime

import httpx
import pytest

from vigil_emulator.clock import ScaledClock, VirtualClock
from vigil_emulator.http_server import DroppableProtocol, drop, in_thread
from vigil_emulator.rest.request import MAX_BODY
from vigil_emulator.server import Emulator

SINKS = "/v2/projects/p/sinks"


@pytest.fixture(scope="module")
def server():
    emulator = Emulator(clock=VirtualClock(datetime(2026, 1, 5, 12, tzinfo=UTC)), drop=drop)
    with in_thread(emulator.app, around=emulator.running) as url:
        yield emulator, url


@pytest.fixture
def http(server):
    emulator, url = server
    emulator.faults.clear()
    with httpx.Client(base_url=url, timeout=60) as client:
        yield client
    emulator.faults.clear()


@contextlib.contextmanager
def many_files():
    """Both ends of the connections are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 3000:
        pytest.skip(f"this machine allows {hard} open files; both ends of 1,000 connections need more")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 3000), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def connect(server):
    host, port = server[1].removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=60)


def test_health_clock_and_index(http):
    assert http.get("/vigil/v1/health").json() == {"status": "ok"}
    assert http.get("/vigil/v1/clock").json() == {"now": "2026-01-05T12:00:00Z", "speed": 0.0}
    assert http.get("/").json()["logging"].startswith("/v2/")
    missing = http.get("/vigil/v1/nothing")
    assert missing.status_code == 404
    assert "GET /vigil/v1/health" in missing.json()["error"]["message"]


def test_a_scaled_clock_continues_at_another_speed():
    emulator = Emulator(clock=ScaledClock(60))
    with in_thread(emulator.app, around=emulator.running) as url:
        client = httpx.Client(base_url=f"{url}/vigil/v1", timeout=60)
        with client:
            assert client.post("/clock", json={"speed": 2.5}).json()["speed"] == 2.5
            assert client.get("/clock").json()["speed"] == 2.5
            for wrong in (0, -1, "60", True, None, 1e300):
                refused = client.post("/clock", json={"speed": wrong})
                assert refused.status_code == 400, wrong
                message = refused.json()["error"]["message"]
                assert message == 'speed must be a number above 0 and up to 1,000,000, as {"speed": 60}.'
            assert client.get("/clock").json()["speed"] == 2.5


def test_a_clock_without_a_scale_says_how_to_get_one(http):
    refused = http.post("/vigil/v1/clock", json={"speed": 2})
    assert refused.status_code == 400
    assert "with a --speed other than 1" in refused.json()["error"]["message"]


def test_answers_are_sent_at_once_and_not_held_back_for_an_acknowledgement(http, monkeypatch):
    seen = []
    made = DroppableProtocol.connection_made

    def connection_made(self, transport):
        made(self, transport)
        seen.append(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(DroppableProtocol, "connection_made", connection_made)
    http.get("/vigil/v1/health")
    assert seen
    assert all(seen)


def test_answers_are_compressed_for_clients_that_request_it(http):
    assert http.get(SINKS, headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    plain = http.get(SINKS, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-type"] == "application/json; charset=UTF-8"


def test_health_says_why_writes_fail(tmp_path):
    emulator = Emulator(state=tmp_path, clock=VirtualClock(datetime(2026, 1, 5, 12, tzinfo=UTC)), drop=drop)
    store = emulator.store
    body = {"name": "full", "destination": "storage.googleapis.com/b", "description": "x" * 8000}
    with (
        in_thread(emulator.app, around=emulator.running) as url,
        httpx.Client(base_url=url, timeout=60) as http,
    ):
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        refused = [http.post(SINKS, json={**body, "name": f"full{number}"}) for number in range(40)][-1]
        store._connection.execute("PRAGMA max_page_count = 100000")
        assert (refused.status_code, refused.json()["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert "Free space in its state folder" in refused.json()["error"]["message"]
        assert http.get("/vigil/v1/health").json()["status"] == "degraded"
        assert http.post(SINKS, json=body).status_code == 200
        assert http.get("/vigil/v1/health").json() == {"status": "ok"}


@pytest.mark.parametrize(("status", "name"), [(429, "RESOURCE_EXHAUSTED"), (503, "UNAVAILABLE")])
def test_a_fault_of_a_status_lasts_for_its_count(http, status, name):
    assert (
        http.post("/vigil/v1/faults", json={"methods": ["logging.*"], "status": status, "count": 2}).status_code == 200
    )
    answers = [http.get(SINKS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["error"]["status"] == name
    assert http.get("/vigil/v1/faults").json() == {"faults": []}


def test_a_fault_is_for_the_methods_it_names_until_it_is_removed(http):
    http.post("/vigil/v1/faults", json={"methods": ["*.sinks.create"], "status": 503})
    assert http.get(SINKS).status_code == 200
    assert http.post(SINKS, json={}).status_code == 503
    assert http.get("/vigil/v1/faults").json() == {"faults": [{"methods": ["*.sinks.create"], "status": 503}]}
    http.request("DELETE", "/vigil/v1/faults")
    assert http.post(SINKS, json={}).status_code == 400


def test_a_dropped_connection_has_no_answer(http):
    http.post("/vigil/v1/faults", json={"drop": True, "count": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        http.get(SINKS)
    assert http.get(SINKS).status_code == 200


def test_a_late_answer_is_the_right_one(http):
    http.post("/vigil/v1/faults", json={"latency": "0.01s", "count": 1})
    assert http.get(SINKS).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": 418},
        {"latency": "soon"},
        {"latency": "61s"},
        {"drop": True, "count": 0},
        {"delay": 1, "drop": True},
    ],
)
def test_faults_that_make_no_sense_are_refused(http, body):
    assert http.post("/vigil/v1/faults", json=body).status_code == 400


def test_a_body_that_is_too_large_is_refused_before_or_while_it_is_read(http):
    expected = "Request payload size exceeds the limit: 10485760 bytes."
    answer = http.post(SINKS, content=b"x" * (MAX_BODY + 1))
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, expected)
    chunks = (b"x" * 65536 for _ in range(MAX_BODY // 65536 + 1))
    answer = http.post(SINKS, content=chunks)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, expected)


@pytest.mark.parametrize(
    "raw",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /v2/projects/p/sinks HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v2/projects/p/sinks HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_the_server_stays(http, server, raw):
    with connect(server) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536)[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.1 404"}
    assert http.get("/vigil/v1/health").status_code == 200


def test_clients_that_stop_in_the_middle_hold_up_nobody(http, server):
    slow = [connect(server) for _ in range(50)]
    for connection in slow:
        connection.sendall(b"POST /v2/projects/p/sinks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert http.get(SINKS).status_code == 200
    for connection in slow:
        connection.close()
    assert http.get(SINKS).status_code == 200


def test_a_connection_that_sends_no_whole_head_is_closed(http, server, monkeypatch):
    with monkeypatch.context() as impatient:
        impatient.setattr("vigil_emulator.http_server.HEAD_SECONDS", 0.01)
        # an error also means closed, where that came before a byte
        with connect(server) as connection, contextlib.suppress(ConnectionError):
            connection.sendall(b"GET /vigil/v1/health HTTP/1.1\r\nHost:")
            assert connection.recv(1) == b""
    # patient again: on a busy machine a good client is slower than that
    assert http.get("/vigil/v1/health").status_code == 200


def test_a_thousand_connections_at_once(server):
    host, port = server[1].removeprefix("http://").split(":")

    async def ask():
        connections = [await asyncio.open_connection(host, int(port)) for _ in range(1000)]
        for _reader, writer in connections:
            writer.write(b"GET /vigil/v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answers = await asyncio.gather(*(reader.read() for reader, _writer in connections))
        for _reader, writer in connections:
            writer.close()
        return answers

    with many_files():
        assert {answer.split(b"\r\n")[0] for answer in asyncio.run(ask())} == {b"HTTP/1.1 200 OK"}


def test_a_body_that_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr("vigil_emulator.rest.asgi.BODY_SECONDS", 0.01)
    emulator = Emulator()
    sent = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": SINKS, "headers": [], "query_string": b""}
    asyncio.run(emulator.app(scope, receive, send))
    asyncio.run(emulator.stop())
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["error"]["status"] == "REQUEST_TIMEOUT"


def test_a_page_of_another_site_is_kept_out(http):
    assert http.get(SINKS, headers={"origin": "http://localhost:3000"}).status_code == 200
    refused = http.post(SINKS, json={}, headers={"origin": "https://example.com"})
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")


def test_with_a_token_only_the_health_check_is_open():
    emulator = Emulator(token="right")
    with in_thread(emulator.app, around=emulator.running) as url, httpx.Client(base_url=url, timeout=60) as client:
        refused = client.get(SINKS)
        assert (refused.status_code, refused.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
        assert client.get(SINKS, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert client.get("/vigil/v1/clock").status_code == 401
        assert client.get(SINKS, headers={"authorization": "Bearer right"}).status_code == 200
        assert client.get("/vigil/v1/health").status_code == 200


def test_a_handler_that_breaks_is_an_internal_error_and_is_logged(api, monkeypatch, caplog):
    monkeypatch.setattr(api.emulator.store, "names", lambda *_: 1 / 0)
    assert api.refused("GET", "/v2/projects/p/sinks") == (500, "INTERNAL", "Internal error encountered.")
    assert "ZeroDivisionError" in caplog.text


def test_a_server_in_a_thread_ends_whatever_its_loop_waits_for():
    loops, asleep, before = [], threading.Event(), set(threading.enumerate())

    @contextlib.asynccontextmanager
    async def around():
        loops.append(asyncio.get_running_loop())
        yield

    with in_thread(Emulator().app, around=around):
        (loop,) = loops
        select = loop._selector.select

        def watched(timeout):
            if timeout is not None and timeout > 100:
                asleep.set()
            return select(timeout)

        loop._selector.select = watched
        loop.time = lambda: -1e6  # as a clock of the process that jumps back: the next timer is due in a week
        assert asleep.wait(60)
        del loop.time
    assert [thread.name for thread in set(threading.enumerate()) - before] == []
