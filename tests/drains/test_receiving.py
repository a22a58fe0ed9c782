"""Who is let in, what is answered, and what a delivery may be."""

import asyncio
import gzip
import json
import re
import zlib

import pytest

from vigil_drains import Drains, vercel_app
from vigil_drains.app import Route
from vigil_drains.authentication import signed_by_vercel
from vigil_drains.batches import MAX_BODY, MAX_PLAIN
from vigil_drains.once import Once
from vigil_drains.secrets import FixedSecret, ManagedSecret
from vigil_drains.vercel import Logs

LOGS = "/vercel/logs"
SECRET = b"0123456789abcdef0123456789abcdef"
HOOK = b"fedcba9876543210fedcba9876543210"


def record(number=1, **changed):
    return {
        "id": f"record-{number}",
        "deploymentId": "dpl_1",
        "source": "lambda",
        "host": "shop.vercel.app",
        "timestamp": 1_760_000_000_000,
        "projectId": "prj_1",
        "level": "info",
        "path": "/orders/[id]",
        "statusCode": 200,
        "requestId": f"request-{number}",
        "environment": "production",
    } | changed


def body(*records):
    return json.dumps(records).encode()


def test_a_signed_delivery_is_written_on(vercel):
    assert vercel.deliver(LOGS, body(record())) == 200
    [line] = vercel.lines.of("frontend.request.completed")
    assert (line["page"], line["status_class"], line["source"], line["target"]) == (
        "/orders/[id]",
        "2xx",
        "function",
        "production",
    )


@pytest.mark.parametrize(
    "signature",
    [None, b"", b"0" * 40, "ä".encode(), b"x" * 10_000],
)
def test_what_is_not_signed_is_refused_and_not_read(vercel, signature):
    headers = {} if signature is None else {"x-vercel-signature": signature}
    status, _ = vercel.request("POST", LOGS, body(record()), headers)
    assert status == 403
    [refused] = vercel.lines.of("drain.delivery.refused")
    assert (refused["kind"], refused["reason"], refused["severity"]) == ("logs", "wrong_secret", "WARNING")
    ours = {"http.request.received", "http.request.completed", "drain.delivery.refused"}
    assert {line["event"] for line in vercel.lines.all} <= ours


def test_a_signature_is_of_this_body_and_this_secret(vercel):
    assert vercel.deliver(LOGS, body(record()), secret=HOOK) == 403
    assert vercel.deliver("/vercel/deployments", body(record()), secret=SECRET) == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_the_check_of_the_address_is_answered_with_the_code(vercel, method):
    status, headers = vercel.request(method, LOGS)
    assert status == 200
    assert headers[b"x-vercel-verify"] == b"the-code"


@pytest.mark.parametrize("secret", [None, b"", b"short"])
def test_without_a_secret_everything_is_refused_even_what_is_signed_with_nothing(lines, receiver_of, secret):
    receiver = receiver_of(vercel_app(drains=FixedSecret(secret), webhook=FixedSecret(None)), lines)
    assert receiver.deliver(LOGS, body(record()), secret=secret or b"") == 503
    assert receiver.deliver("/vercel/deployments", body(record()), secret=b"") == 503
    refusals = [(line["kind"], line["reason"]) for line in lines.of("drain.delivery.refused")]
    assert refusals == [("logs", "no_secret"), ("deployments", "no_secret")]


def test_a_replaced_secret_is_found_and_wrong_signatures_fetch_it_seldom(lines):
    stored, fetches, now = [b"old-secret-of-32-characters-long"], [], [0.0]

    async def fetch():
        fetches.append(now[0])
        return stored[0]

    source = ManagedSecret(fetch, clock=lambda: now[0])
    assert asyncio.run(source.current()) == stored[0]
    stored[0] = b"new-secret-of-32-characters-long"
    now[0] = 5
    assert asyncio.run(source.current(doubted=True)) == b"old-secret-of-32-characters-long"
    now[0] = 11
    assert asyncio.run(source.current(doubted=True)) == b"new-secret-of-32-characters-long"
    now[0] = 12
    assert asyncio.run(source.current()) == b"new-secret-of-32-characters-long"
    assert fetches == [0, 11]


def test_records_come_as_an_array_as_lines_and_alone(vercel):
    lines = b"\n".join(json.dumps(record(number)).encode() for number in (3, 4)) + b"\n\n"
    assert vercel.deliver(LOGS, body(record(1), record(2))) == 200
    assert vercel.deliver(LOGS, lines) == 200
    assert vercel.deliver(LOGS, json.dumps(record(5), indent=2).encode()) == 200
    assert len(vercel.lines.of("frontend.request.completed")) == 5


def test_a_bad_record_spoils_no_other(vercel):
    lines = [json.dumps(record(1)), '{"id": "x", "source": 7}', "{broken", json.dumps(record(2)), "[]", '"text"']
    assert vercel.deliver(LOGS, "\n".join(lines).encode()) == 200
    assert len(vercel.lines.of("frontend.request.completed")) == 2
    [unreadable] = vercel.lines.of("drain.records.unreadable")
    assert (unreadable["records"], unreadable["severity"]) == (4, "WARNING")


def test_a_signed_body_that_is_no_json_is_reported_and_refused(vercel):
    assert vercel.deliver(LOGS, b'[{"id": "x"') == 400
    assert vercel.lines.of("drain.records.unreadable")
    assert [line["reason"] for line in vercel.lines.of("drain.delivery.refused")] == ["unreadable"]


def test_a_repeated_delivery_is_taken_once(vercel):
    assert [vercel.deliver(LOGS, body(record(1), record(2))) for _ in range(3)] == [200, 200, 200]
    assert len(vercel.lines.of("frontend.request.completed")) == 2
    assert [line["repeated"] for line in vercel.lines.of("drain.batch.received")] == [0, 2, 2]


def test_what_was_seen_is_forgotten_in_order():
    once = Once(size=2)
    assert [once.first(key) for key in "abacb"] == [True, True, False, True, True]


def test_a_large_message_is_cut_to_what_an_entry_may_have(vercel):
    vercel.deliver(LOGS, body(record(level="error", message="lorem ipsum " * 30_000)))
    [line] = vercel.lines.of("frontend.error.raised")
    assert len(json.dumps(line)) < 256 * 1024
    assert line["page"] == "/orders/[id]"
    assert 8_000 < len(line["error"]) <= 16_000 + len(" [352000 characters cut]")
    assert re.search(r"ipsum \[3\d{5} characters cut\]$", line["error"])


def test_personal_data_does_not_come_through(vercel):
    proxy = {
        "path": "/login?email=ann@shop.example&token=abc",
        "clientIp": "203.0.113.9",
        "userAgent": ["Mozilla/5.0 (Special)"],
        "referer": "https://elsewhere.example/?q=ann",
        "statusCode": 500,
    }
    vercel.deliver(
        LOGS,
        body(
            record(
                level="error",
                path=None,
                proxy=proxy,
                ja4Digest="t13d1516h2",
                message="no user ann@shop.example from 203.0.113.9",
            )
        ),
    )
    text = json.dumps(vercel.lines.all)
    assert vercel.lines.of("frontend.error.raised")[0]["page"] == "/login"
    for personal in ("ann@shop.example", "203.0.113.9", "Special", "elsewhere", "t13d1516h2", "token=abc"):
        assert personal not in text


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_not_read_on(vercel, announced):
    if announced:
        status, _ = vercel.request("POST", LOGS, b"x", {"content-length": str(MAX_BODY + 1).encode()})
    else:
        status, _ = vercel.request("POST", LOGS, chunks=[b" " * (MAX_BODY // 2)] * 3)
    assert status == 413
    assert [line["reason"] for line in vercel.lines.of("drain.delivery.refused")] == ["too_large"]


def test_a_sender_that_goes_away_leaves_nothing(vercel):
    async def receive():
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "http", "method": "POST", "path": LOGS, "headers": []}
    asyncio.run(vercel.app(scope, receive, send))
    assert not vercel.lines.of("drain.batch.received")
    assert not vercel.lines.of("drain.delivery.refused"), "it will come again"


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/healthz", 200), ("PUT", LOGS, 405), ("POST", "/x", 404)]
)
def test_any_other_request_has_its_status(vercel, method, path, status):
    assert vercel.request(method, path)[0] == status


def test_requests_are_logged_by_route(vercel):
    vercel.deliver(LOGS, body(record()))
    [line] = vercel.lines.of("http.request.completed")
    assert (line["route"], line["status"]) == (LOGS, 200)


def test_events_go_to_the_output_that_the_application_is_given(receiver_of):
    written = []
    app = Drains(
        [Route(path="/x", reader=Logs(), secret=FixedSecret(SECRET), check=signed_by_vercel)], write=written.append
    )
    receiver_of(app, None).deliver("/x", body(record()))
    assert [type(event).__name__ for event in written] == ["FrontendRequestCompleted"]


class TestSupabase:
    PATH = "/supabase/logs"

    def deliver(self, supabase, payload, secret=SECRET, **headers):
        return supabase.request("POST", self.PATH, payload, {"x-vigil-drain-secret": secret, **headers})[0]

    def test_a_batch_with_the_secret_is_written_on(self, supabase):
        line = {"id": "1", "event_message": "ready", "metadata": [{"parsed": {"error_severity": "LOG"}}]}
        assert self.deliver(supabase, body(line)) == 200
        [found] = supabase.lines.of("database.line.logged")
        assert (found["part"], found["level"], found["text"]) == ("postgres", "info", "ready")

    def test_without_it_nothing_is(self, supabase):
        payload = body({"event_message": "x"})
        assert self.deliver(supabase, payload, secret=b"another") == 403
        assert supabase.request("POST", self.PATH, payload)[0] == 403
        assert not supabase.lines.of("database.line.logged")

    def test_gzip_is_read(self, supabase):
        payload = gzip.compress(body(*({"id": str(one), "event_message": "x"} for one in range(250))))
        assert self.deliver(supabase, payload, **{"content-encoding": b"gzip"}) == 200
        assert len(supabase.lines.of("database.line.logged")) == 250

    def test_a_bomb_and_a_torn_body_are_refused(self, supabase):
        bomb = zlib.compressobj(wbits=31)
        payload = b"".join(bomb.compress(b" " * 1_000_000) for _ in range(MAX_PLAIN // 1_000_000 + 2)) + bomb.flush()
        assert len(payload) < 100_000
        assert self.deliver(supabase, payload, **{"content-encoding": b"gzip"}) == 413
        assert self.deliver(supabase, gzip.compress(b"[]")[:-4], **{"content-encoding": b"gzip"}) == 400
        assert self.deliver(supabase, b"[]", **{"content-encoding": b"gzip"}) == 400
