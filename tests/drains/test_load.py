"""What a delivery may cost: bytes, records, seconds, and the delay of other requests."""

import asyncio
import gzip
import hashlib
import hmac
import itertools
import json
import socket
import threading
import tracemalloc

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from vigil_drains import batches
from vigil_drains.batches import (
    MAX_MEMBERS,
    MAX_PLAIN,
    MAX_RECORDS,
    TooLargeError,
    UnreadableError,
    decode,
    decompressed,
    records,
)
from vigil_drains.bodies import Bodies, BusyError, TooSlowError
from vigil_drains.once import Once
from vigil_drains.pages import PATTERN_MAX, Pages
from vigil_drains.protocol import ImpatientProtocol
from vigil_drains.supabase import Lines
from vigil_drains.texts import shortened
from vigil_drains.vercel import Deployments, Logs, Views, Vitals

LOGS = "/vercel/logs"
SECRET = b"0123456789abcdef0123456789abcdef"
PERSON = "Anna Schmidt, Hauptstr. 5"
FEWER_BRACKETS = 100_000
"""A limit at which memory would be seen to grow, and that is reached sooner than the drains' own."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='a"\\[]{},: \né', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='k"]}', max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=8), st.sampled_from([None, 1]))
def test_an_array_comes_apart_where_its_elements_end(values, indent):
    found = [json.loads(one) for one in records(json.dumps(values, indent=indent).encode()) if one[:1] in b"[{"]
    assert found == [value for value in values if isinstance(value, list | dict)]


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"0," * 4_000_000 + b"0]",
        b"[" + b'"a",' * 4_000_000 + b"0]",
        b"[" + b"{}," * MAX_RECORDS + b"{}]",
        b"{}\n" * (MAX_RECORDS + 1),
        b"[[" + b"[]," * (FEWER_BRACKETS // 2) + b"[]]]",
    ],
    ids=["numbers", "texts", "objects", "lines", "brackets"],
)
def test_too_many_records_are_refused_and_never_held(body, monkeypatch):
    monkeypatch.setattr(batches, "MAX_BRACKETS", FEWER_BRACKETS)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with pytest.raises(TooLargeError):
            for _ in records(body):
                pass
        assert tracemalloc.get_traced_memory()[1] - before < 3 * len(body) + 4_000_000
    finally:
        tracemalloc.stop()


def test_as_many_records_as_are_allowed_come_through():
    assert sum(1 for _ in records(b"[" + b"{}," * (MAX_RECORDS - 1) + b"{}]")) == MAX_RECORDS


def test_a_delivery_of_too_many_records_is_answered_413_and_nothing_of_it_is_written(vercel):
    body = b"[" + b'{"id":"1","source":"lambda","statusCode":500},' * MAX_RECORDS + b"{}]"
    assert vercel.deliver(LOGS, body) == 413
    assert not vercel.lines.of("frontend.request.completed")
    assert [line["reason"] for line in vercel.lines.of("drain.delivery.refused")] == ["too_large"]


def requests(number):
    return [{"id": str(i), "source": "lambda", "statusCode": 200, "message": "x" * 500} for i in range(number)]


@pytest.mark.parametrize("form", ["array", "lines", "gzip"])
def test_other_requests_are_served_while_a_large_delivery_is_written(vercel, form):
    some = requests(4_000)
    body = ("\n".join(map(json.dumps, some)) if form == "lines" else json.dumps(some)).encode()
    headers = [(b"content-encoding", b"gzip")] if form == "gzip" else []
    body = gzip.compress(body) if form == "gzip" else body
    headers.append((b"x-vercel-signature", hmac.new(SECRET, body, hashlib.sha1).hexdigest().encode()))
    written_at_each_turn = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        assert message.get("status", 200) == 200

    async def large():
        await vercel.app({"type": "http", "method": "POST", "path": LOGS, "headers": headers}, receive, send)

    async def both():
        delivery = asyncio.create_task(large())
        while not delivery.done():
            written_at_each_turn.append(len(vercel.lines.of("frontend.request.completed")))
            await vercel.app({"type": "http", "method": "GET", "path": "/healthz", "headers": []}, receive, send)
            await asyncio.sleep(0)
        await delivery

    asyncio.run(both())
    assert len(vercel.lines.of("frontend.request.completed")) == 4_000
    steps = [later - earlier for earlier, later in itertools.pairwise(written_at_each_turn)]
    assert max(steps) < 100, "records between two turns"


def test_every_member_of_a_gzip_body_is_read(vercel):
    body = b"".join(gzip.compress(json.dumps(one).encode() + b"\n") for one in requests(3))
    assert vercel.deliver(LOGS, body, **{"content-encoding": b"gzip"}) == 200
    assert len(vercel.lines.of("frontend.request.completed")) == 3


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5), st.integers(0, 20))
def test_members_and_padding_decompress_to_what_was_compressed(parts, padding):
    assert decompressed(b"".join(map(gzip.compress, parts)) + b"\0" * padding) == b"".join(parts)


ONE = gzip.compress(b"{}")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (gzip.compress(b" " * (MAX_PLAIN + 1), 1), TooLargeError),
        (gzip.compress(b" " * (MAX_PLAIN // 2), 1) * 2 + gzip.compress(b" "), TooLargeError),
        (gzip.compress(b"") * (MAX_MEMBERS + 1), TooLargeError),
        (ONE + ONE[:-4], UnreadableError),
        (ONE + b"rubbish", UnreadableError),
        (ONE + b"\0\0rubbish", UnreadableError),
        (b"{}", UnreadableError),
    ],
    ids=["one", "together", "members", "torn", "rubbish", "rubbish-behind-zeros", "plain"],
)
def test_bombs_and_torn_members_are_refused(body, error):
    with pytest.raises(error):
        decompressed(body)


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"zstd", b"gzip, gzip"])
def test_an_encoding_that_is_not_read_is_refused_as_such(vercel, encoding):
    assert vercel.deliver(LOGS, b"{}", **{"content-encoding": encoding}) == 415


def test_a_body_that_does_not_arrive_is_waited_for_only_so_long():
    async def receive():
        await asyncio.Event().wait()

    with pytest.raises(TooSlowError):
        asyncio.run(Bodies(seconds=0.01).read({}, receive))


def test_bodies_under_way_are_bounded_together_and_forgotten_when_read():
    bodies = Bodies(most=100)

    async def run():
        arrived, go_on = asyncio.Event(), asyncio.Event()

        async def slow():
            if arrived.is_set():
                await go_on.wait()
                return {"type": "http.request", "body": b"", "more_body": False}
            arrived.set()
            return {"type": "http.request", "body": b"x" * 80, "more_body": True}

        async def quick():
            return {"type": "http.request", "body": b"y" * 30, "more_body": False}

        first = asyncio.create_task(bodies.read({}, slow))
        await arrived.wait()
        with pytest.raises(BusyError):
            await bodies.read({}, quick)
        go_on.set()
        assert await first == b"x" * 80
        assert await bodies.read({}, quick) == b"y" * 30

    asyncio.run(run())


@pytest.mark.parametrize(
    "sent", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /he"]
)
def test_a_connection_without_a_whole_request_is_closed(vercel, sent):
    class Short(ImpatientProtocol):
        seconds = 0.2

    config = uvicorn.Config(vercel.app, http=Short, log_config=None, access_log=False, timeout_keep_alive=75)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with socket.create_connection(listener.getsockname(), timeout=60) as connection:
                connection.sendall(sent)
                answer = b""
                while part := connection.recv(65536):
                    answer += part
            assert answer.count(b"HTTP/1.1 200") == sent.count(b"\r\n\r\n"), "each whole request is answered"
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.parametrize(
    ("reader", "record"),
    [
        (Views(), {"eventType": PERSON}),
        (Vitals(), {"metricType": PERSON, "value": 1}),
        (Vitals(), {"metricType": "LCP", "value": PERSON}),
        (Logs(), {"id": "1", "source": ["", PERSON]}),
        (Deployments(), {"id": "1", "type": "deployment.error", "payload": {"deployment": {"id": 1, PERSON: PERSON}}}),
        (Lines(), {"event_message": {PERSON: PERSON}}),
    ],
)
def test_the_reason_of_an_unreadable_record_names_the_field_and_no_content(reader, record):
    with pytest.raises(UnreadableError) as raised:
        reader.events(json.dumps(record).encode())
    assert "$." in str(raised.value)
    assert not any(word in str(raised.value) for word in ("Anna", "Schmidt", "Haupt"))


def test_malformed_json_is_reported_by_its_place():
    from vigil_drains.vercel import _log

    with pytest.raises(UnreadableError, match=r"JSON is malformed: .*\(byte \d+\)"):
        decode(_log, b'{"id": anna}')


def test_what_any_visitor_may_cause_is_short_before_it_is_scanned():
    hostile = ("a" * 63 + "@") * 3_900
    [_, failed] = Logs().events(
        json.dumps({"id": "1", "source": "lambda", "statusCode": 500, "message": hostile}).encode()
    )
    assert len(failed.error) < 16_100
    [line] = Lines().events(json.dumps({"event_message": hostile}).encode())
    assert len(line.text) < 8_100


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one two three four", "one two"),
        ("one two\nthree four", "one two"),
        ("4111 1111 1111 1111", ""),
        ("password: abcdefghijkl", ""),
        ("abcdefghijklmnopqrstuvwxyz", ""),
    ],
)
def test_a_text_is_cut_where_nothing_is_torn(text, kept):
    found = shortened(text, 12)
    assert found.startswith(kept)
    assert found.removeprefix(kept).strip() == f"[{len(text) - len(kept)} characters cut]"


@given(st.text(max_size=60), st.integers(1, 50))
def test_a_short_text_stays_and_a_long_one_is_its_start(text, size):
    found = shortened(text, size)
    if len(text) <= size:
        assert found == text
    else:
        head = found[: found.rindex("[")].rstrip()
        assert len(head) <= size
        assert text.startswith(head) or text.lstrip().startswith(head)


def test_long_ids_are_remembered_by_a_digest():
    once = Once()
    assert [once.first(key) for key in ("a" * 1_000_000, "a" * 1_000_000, "a" * 999_999 + "b")] == [True, False, True]
    assert all(len(key) <= 64 for key in once._seen)


def test_a_path_of_a_megabyte_is_a_page_of_a_hundred_characters():
    assert len(Pages().of(None, "/a" * 500_000)) == PATTERN_MAX
