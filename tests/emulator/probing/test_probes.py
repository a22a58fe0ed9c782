"""What one probe of a real server finds, and which points it becomes."""

import asyncio
import base64
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.emulator.probing.servers import answer, certificate, serving
from vigil_emulator.clock import VirtualClock
from vigil_emulator.probing import Probing
from vigil_emulator.resources import ResourceStore

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAME = "projects/p/uptimeCheckConfigs/api-1"
ALL = {"usa-oregon", "usa-iowa", "usa-virginia", "eur-belgium", "sa-brazil-sao_paulo", "apac-singapore"}


def check(server, *, http=None, tcp=None, host="127.0.0.1", **more):
    port = server.port if server else 1
    request = {"tcpCheck": {"port": port, **tcp}} if tcp is not None else {"httpCheck": {"port": port, **(http or {})}}
    resource = {"type": "uptime_url", "labels": {"host": host, "project_id": "p"}}
    return {"displayName": "API", "monitoredResource": resource, "period": "60s", "timeout": "10s", **request, **more}


def required(content, matcher="CONTAINS_STRING", **path):
    return {"contentMatchers": [{"content": content, "matcher": matcher, **path}]}


def at_path(path, content, matcher="MATCHES_JSON_PATH", kind="EXACT_MATCH"):
    return required(content, matcher, jsonPathMatcher={"jsonPath": path, "jsonMatcher": kind})


class Probe:
    """One probe of one check, on a clock that stands still."""

    def __init__(self, body, **options):
        store = ResourceStore()
        store.put("monitoring.uptimeCheckConfigs", NAME, body)
        self.series = []
        self.probing = Probing(store, clock=VirtualClock(START), write=self.write, **options)
        began = time.monotonic()
        asyncio.run(self.run())
        self.took = time.monotonic() - began
        (self.status,) = self.probing.status()["checks"]

    async def run(self):
        await self.probing.look()
        await self.probing.probe_all()

    def write(self, project, series):
        assert project == "p"
        self.series += series
        return []

    def values(self, location="eur-belgium"):
        """The value of each metric, for one checker; without the latency, which differs each time."""
        found = {}
        for one in self.series:
            if one["metric"]["labels"]["checker_location"] == location:
                (value,) = one["points"][0]["value"].items()
                found[one["metric"]["type"].removeprefix("monitoring.googleapis.com/uptime_check/")] = value
        found.pop("request_latency", None)
        return found


PASSED, FAILED = ("boolValue", True), ("boolValue", False)


def status(code):
    return ("stringValue", str(code))


def failure(code):
    return {"check_passed": FAILED, "error_code": ("stringValue", code)}


def test_a_good_answer_is_a_point_of_each_metric_for_each_checker():
    with serving() as server:
        probe = Probe(check(server))
    assert probe.values() == {"check_passed": PASSED, "http_status": status(200)}
    assert {one["metric"]["labels"]["checker_location"] for one in probe.series} == ALL
    assert len(probe.series) == 3 * len(ALL)
    assert len(server.requests) == 1  # one real probe for all of them
    latency = next(one for one in probe.series if one["metric"]["type"].endswith("request_latency"))
    assert 0 < latency["points"][0]["value"]["doubleValue"] < 10_000
    assert latency == {
        "metric": {
            "type": "monitoring.googleapis.com/uptime_check/request_latency",
            "labels": {
                "check_id": "api-1",
                "checker_location": "usa-oregon",
                "checked_resource_id": "127.0.0.1",
            },
        },
        "resource": {"type": "uptime_url", "labels": {"host": "127.0.0.1", "project_id": "p"}},
        "metricKind": "GAUGE",
        "unit": "ms",
        "points": [{"interval": {"endTime": "2026-03-01T12:00:00Z"}, "value": latency["points"][0]["value"]}],
    }


@pytest.mark.parametrize(
    ("regions", "places"),
    [
        (["USA"], {"usa-oregon", "usa-iowa", "usa-virginia"}),
        (["EUROPE", "USA_IOWA", "ASIA_PACIFIC"], {"eur-belgium", "usa-iowa", "apac-singapore"}),
        (["SOUTH_AMERICA", "USA"], {"sa-brazil-sao_paulo", "usa-oregon", "usa-iowa", "usa-virginia"}),
        ([], ALL),
    ],
)
def test_the_chosen_regions_say_which_checkers_there_are(regions, places):
    with serving() as server:
        probe = Probe(check(server, selectedRegions=regions))
    assert {one["metric"]["labels"]["checker_location"] for one in probe.series} == places


@pytest.mark.parametrize(
    ("codes", "code", "verdict"),
    [
        ([], 204, PASSED),
        ([], 304, FAILED),
        ([], 404, FAILED),
        ([], 500, FAILED),
        ([{"statusValue": 404}], 404, PASSED),
        ([{"statusValue": 404}], 200, FAILED),
        ([{"statusClass": "STATUS_CLASS_4XX"}, {"statusValue": 200}], 499, PASSED),
        ([{"statusClass": "STATUS_CLASS_4XX"}, {"statusValue": 200}], 200, PASSED),
        ([{"statusClass": "STATUS_CLASS_4XX"}, {"statusValue": 200}], 500, FAILED),
        ([{"statusClass": "STATUS_CLASS_ANY"}], 503, PASSED),
    ],
)
def test_a_status_passes_if_the_check_accepts_it(codes, code, verdict):
    with serving(answer(code, b"")) as server:
        probe = Probe(check(server, http={"acceptedResponseStatusCodes": codes}))
    assert probe.values() == {"check_passed": verdict, "http_status": status(code)}
    assert probe.status["state"] == ("passed" if verdict == PASSED else "failed")
    if verdict == FAILED:
        assert probe.status["reason"] == f"the answer's status {code} is not accepted"


DOCUMENT = b'{"status": "ok", "parts": [{"up": true, "n": 3}, {"up": false}], "a b": null}'


@pytest.mark.parametrize(
    ("body", "matchers", "mismatch"),
    [
        (b"all is fine", required("is fine"), False),
        (b"all is fine", required("is bad"), True),
        (b"all is fine", required("is fine", ""), False),
        (b"all is fine", required("is bad", "NOT_CONTAINS_STRING"), False),
        (b"all is fine", required("is fine", "NOT_CONTAINS_STRING"), True),
        ("für".encode(), required("für"), False),
        (b"build 1234 ok", required(r"build \d{4}", "MATCHES_REGEX"), False),
        (b"build 123 ok", required(r"build \d{4}", "MATCHES_REGEX"), True),
        (b"build 1234 ok", required(r"build \d{4}", "NOT_MATCHES_REGEX"), True),
        (b"build 123 ok", required(r"build \d{4}", "NOT_MATCHES_REGEX"), False),
        (DOCUMENT, at_path("$.status", '"ok"'), False),
        (DOCUMENT, at_path("$.status", "ok"), False),
        (DOCUMENT, at_path("$.status", '"o"'), True),
        (DOCUMENT, at_path("$.parts[0].n", "3"), False),
        (DOCUMENT, at_path("$.parts[-1].up", "false"), False),
        (DOCUMENT, at_path("$['parts'][*].up", "false"), False),
        (DOCUMENT, at_path('$["a b"]', "null"), False),
        (DOCUMENT, at_path("$.nothing", "null"), True),
        (DOCUMENT, at_path("$.nothing", "null", "NOT_MATCHES_JSON_PATH"), False),
        (DOCUMENT, at_path("$.status", '"ok"', "NOT_MATCHES_JSON_PATH"), True),
        (DOCUMENT, at_path("$.status", "^o", kind="REGEX_MATCH"), False),
        (DOCUMENT, at_path("$.status", "^k", kind="REGEX_MATCH"), True),
        (b"no json", at_path("$", "null"), True),
        (b"[" * 100_000, at_path("$[0]", "1"), True),
    ],
)
def test_content_that_does_not_match_fails_the_check(body, matchers, mismatch):
    with serving(answer(body=body)) as server:
        probe = Probe(check(server, **matchers))
    assert probe.values() == {
        "check_passed": ("boolValue", not mismatch),
        "http_status": status(200),
        "content_mismatch": ("boolValue", mismatch),
    }


def test_content_is_examined_in_the_first_four_megabytes_and_no_more_is_read():
    for padding, verdict in ((4 * 2**20 - 4, PASSED), (4 * 2**20 - 3, FAILED)):
        with serving(answer(body=b"x" * padding + b"fine" + b"y" * 2**20)) as server:
            assert Probe(check(server, **required("fine"))).values()["check_passed"] == verdict


def test_only_the_first_matcher_counts():
    matchers = required("fine")["contentMatchers"] + required("never")["contentMatchers"]
    with serving() as server:
        assert Probe(check(server, contentMatchers=matchers)).values()["check_passed"] == PASSED


def test_a_request_is_as_the_check_says():
    http = {
        "path": "deep/down?key=secret",
        "requestMethod": "POST",
        "contentType": "USER_PROVIDED",
        "customContentType": "text/plain",
        "body": base64.b64encode(b"ping").decode(),
        "headers": {"X-Key": "whole", "Content-Length": "4"},
        "maskHeaders": True,
        "authInfo": {"username": "user", "password": "word"},
    }
    with serving() as server:
        probe = Probe(check(server, http=http))
    ((first, headers),) = server.heads
    assert first == "POST /deep/down?key=secret HTTP/1.1"
    assert server.requests[0].endswith(b"\r\n\r\nping")
    assert (headers["x-key"], headers["content-type"], headers["content-length"]) == ("whole", "text/plain", "4")
    assert headers["authorization"] == "Basic dXNlcjp3b3Jk"
    assert headers["host"] == f"127.0.0.1:{server.port}"
    assert headers["user-agent"] == "GoogleStackdriverMonitoring-UptimeChecks(https://cloud.google.com/monitoring)"
    assert "secret" not in str(probe.status)
    with serving() as server:
        Probe(check(server, http={"requestMethod": "POST", "contentType": "URL_ENCODED"}))
        Probe(check(server, http={"headers": {"User-Agent": "mine", "Host": "other", "Content-Length": "4"}}))
    (_, posted), (first, got) = server.heads
    assert posted["content-type"] == "application/x-www-form-urlencoded"
    assert (first, got["user-agent"], got["host"]) == ("GET / HTTP/1.1", "mine", "other")
    assert "content-length" not in got  # a GET has no body to wait for


def test_redirects_are_followed_and_the_last_answer_counts():
    def hop(connection, request):
        path = request.split(b" ")[1]
        to = {b"/": answer(302, location="/b"), b"/b": answer(301, location=f"http://127.0.0.1:{other.port}/c")}
        connection.sendall(to.get(path, answer(302, location="/again")))

    with serving(answer(201, b"there")) as other, serving(hop) as server:
        probe = Probe(check(server, http={"authInfo": {"username": "u", "password": "p"}}, **required("there")))
        endless = Probe(check(server, http={"path": "/endless"}))
    assert probe.values()["http_status"] == status(201)
    assert probe.values()["check_passed"] == PASSED
    assert "authorization" not in other.heads[0][1]
    assert endless.values() == failure("too_many_redirects")


def test_a_redirect_to_another_machine_is_neither_passed_nor_failed_but_reported():
    with serving(answer(302, location="http://example.com/")) as server:
        probe = Probe(check(server))
    assert probe.series == []
    assert probe.probing.problems() == {
        NAME: "not probed: example.com is not this machine: start the emulator with --allow-external"
    }


def test_other_machines_are_probed_only_where_that_is_allowed():
    probe = Probe(check(None, host="0.0.0.0"))
    assert (probe.series, probe.status["state"]) == ([], "not probed")
    assert probe.status["reason"] == "0.0.0.0 is not this machine: start the emulator with --allow-external"
    assert Probe(check(None, host="0.0.0.0"), anywhere=True).values() == failure("connection_refused")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"monitoredResource": {"type": "cloud_run_revision", "labels": {"service_name": "api"}}},
            "monitoredResource.type is cloud_run_revision, whose address Google looks up",
        ),
        ({"monitoredResource": {"type": "uptime_url", "labels": {}}}, "monitoredResource.labels.host is empty"),
        ({"monitoredResource": {"type": "uptime_url", "labels": {"host": "a/b"}}}, "give a host's name or address"),
        ({"monitoredResource": {}, "resourceGroup": {"groupId": "1"}}, "resourceGroup is not followed"),
        ({"monitoredResource": {}, "syntheticMonitor": {}}, "syntheticMonitor is not followed"),
        ({"httpCheck": {"serviceAgentAuthentication": {}}}, "httpCheck.serviceAgentAuthentication needs a token"),
        ({"httpCheck": {"port": 70_000}}, "httpCheck.port is 70000: give 1 to 65535"),
        (required("(", "MATCHES_REGEX"), "contentMatchers[0].content: Invalid regular expression '('"),
        (at_path("$..a", "1"), "contentMatchers[0].jsonPathMatcher.jsonPath: '$..a' is not followed from '..a' on"),
        (at_path("a", "1"), "'a' is no JSONPath: it begins with $"),
    ],
)
def test_what_cannot_be_probed_is_reported_with_the_field(change, reason):
    probe = Probe(check(None) | change)
    assert (probe.series, probe.status["state"]) == ([], "not probed")
    assert reason in probe.status["reason"]


def test_a_disabled_check_is_not_probed_and_is_no_problem():
    with serving() as server:
        probe = Probe(check(server, disabled=True))
    assert (server.requests, probe.status["state"], probe.probing.problems()) == ([], "disabled", {})


def test_a_port_that_nobody_listens_on_is_a_refused_connection():
    with serving() as server:
        server.stop()
        probe = Probe(check(server))
    assert probe.values() == failure("connection_refused")


def test_a_name_that_nobody_knows():
    assert Probe(check(None, host="nobody.invalid"), anywhere=True).values() == failure("dns_error")


def drip(head, piece):
    def send(connection, request):
        connection.sendall(head)
        while not ended.is_set():
            connection.sendall(piece)
            ended.wait(0.05)

    ended = threading.Event()
    return send, ended


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b""),  # silence
        (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"),  # headers without an end
        (b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_slow_server_has_its_time_and_no_more(head, piece):
    send, ended = drip(head, piece)
    with serving(send) as server:
        probe = Probe(check(server, timeout="1s"))
        ended.set()
    assert probe.values() == failure("timeout")
    assert probe.status["reason"] == "no whole answer within 1 s"
    assert 1 <= probe.took < 60  # what is sent would take hours


def flood(connection, request):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"a-header: " + b"x" * 65_000)


def gush(connection, request):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65_536)


def test_endless_headers_are_no_answer_and_the_beginning_of_an_endless_body_is_one():
    with serving(flood) as server:
        assert Probe(check(server)).values() == failure("protocol_error")
    with serving(gush) as server:
        assert Probe(check(server)).values() == {"check_passed": PASSED, "http_status": status(200)}


@pytest.mark.parametrize(
    ("nonsense", "code"),
    [
        (b"", "protocol_error"),
        (b"SSH-2.0-x\r\n", "protocol_error"),
        (b"HTTP/1.1 abc\r\n\r\n", "protocol_error"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", "protocol_error"),
        (answer(302, location="http://127.0.0.1:99999/"), "protocol_error"),
        (answer(302, location="gopher://127.0.0.1/"), "protocol_error"),
    ],
)
def test_nonsense_is_no_answer(nonsense, code):
    with serving(nonsense) as server:
        assert Probe(check(server)).values() == failure(code)


# -- TLS ---------------------------------------------------------------------------------------------------------------


def secure(validated):
    return {"useSsl": True, "validateSsl": validated}


def test_a_certificate_that_nobody_vouches_for_fails_only_where_it_is_validated(tmp_path):
    ends = datetime(2026, 3, 16, tzinfo=UTC)
    _, tls, _ = certificate(tmp_path, ends=ends)
    with serving(tls=tls) as server:
        lax, strict = Probe(check(server, http=secure(False))), Probe(check(server, http=secure(True)))
        plain = Probe(check(server))
    assert lax.values() == {
        "check_passed": PASSED,
        "http_status": status(200),
        "time_until_ssl_cert_expires": ("doubleValue", 14.5),  # days from noon on the first of March
    }
    assert strict.values() == failure("ssl_error")
    assert "self-signed certificate" in strict.status["reason"].replace("self signed", "self-signed")
    assert plain.values()["check_passed"] == FAILED


def test_a_certificate_of_a_trusted_authority_is_good(tmp_path, monkeypatch):
    file, tls, _ = certificate(tmp_path, ends=datetime.now(UTC) + timedelta(days=365))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(tls=tls) as server:
        assert Probe(check(server, http=secure(True))).values()["check_passed"] == PASSED
        assert Probe(check(server, host="localhost", http=secure(True))).values() == failure("ssl_error")


def test_an_expired_certificate_fails_where_it_is_validated(tmp_path, monkeypatch):
    file, tls, _ = certificate(tmp_path, ends=datetime(2021, 1, 1, tzinfo=UTC))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(tls=tls) as server:
        strict = Probe(check(server, http=secure(True)))
        lax = Probe(check(server, http=secure(False)))
    assert strict.values() == failure("ssl_error")
    assert "expired" in strict.status["reason"]
    assert lax.values()["time_until_ssl_cert_expires"][1] < 0


def test_a_server_that_speaks_no_tls():
    with serving(b"HTTP/1.1 400 No\r\n\r\n", reads=False) as server:
        assert Probe(check(server, http=secure(False))).values() == failure("ssl_error")


# -- TCP ---------------------------------------------------------------------------------------------------------------


def test_a_port_that_takes_a_connection_passes_over_tcp():
    with serving(b"", reads=False) as server:
        probe = Probe(check(server, tcp={}))
        assert probe.values() == {"check_passed": PASSED}
        assert "monitoring.googleapis.com/uptime_check/request_latency" in {
            one["metric"]["type"] for one in probe.series
        }
        assert probe.status["url"] == f"tcp://127.0.0.1:{server.port}"
        server.stop()
        assert Probe(check(server, tcp={})).values() == failure("connection_refused")


@pytest.mark.parametrize(
    ("matcher", "mismatch"),
    [
        (required("220 "), False),
        (required("221 "), True),
        (required("220 ", "NOT_CONTAINS_STRING"), True),
        (required("221 ", "NOT_CONTAINS_STRING"), False),
    ],
)
@pytest.mark.parametrize("stays", [False, True])
def test_what_a_server_says_by_itself_over_tcp(matcher, mismatch, stays):
    def greet(connection, request):
        connection.sendall(b"220 mail\r\n")
        if stays:
            connection.settimeout(30)
            connection.recv(1)

    # a text that is missing is awaited until the server or the timeout ends: long enough for a greeting on a busy machine
    with serving(greet, reads=False) as server:
        probe = Probe(check(server, tcp={}, timeout="2s" if stays else "60s", **matcher))
    assert probe.values() == {
        "check_passed": ("boolValue", not mismatch),
        "content_mismatch": ("boolValue", mismatch),
    }


def test_over_tcp_the_probe_ends_once_the_text_is_found():
    def greet(connection, request):
        connection.sendall(b"220 mail\r\n")
        connection.recv(1)

    with serving(greet, reads=False) as server:
        assert Probe(check(server, tcp={}, timeout="60s", **required("220"))).took < 30


@pytest.mark.parametrize(("before", "verdict"), [(2**20 - 1, PASSED), (2**20, FAILED)])
def test_over_tcp_a_megabyte_is_examined(before, verdict):
    with serving(b"x" * before + b"y", reads=False) as server:
        assert Probe(check(server, tcp={}, **required("y"))).values()["check_passed"] == verdict


def test_over_tcp_no_more_than_that_is_read():
    def gush(connection, request):
        while True:
            connection.sendall(b"x" * 65_536)

    with serving(gush, reads=False) as server:
        assert Probe(check(server, tcp={}, timeout="60s", **required("y"))).took < 30


def test_over_tcp_there_are_no_expressions():
    probe = Probe(check(None, tcp={}, **required("y", "MATCHES_REGEX")))
    assert "contentMatchers[0].matcher is MATCHES_REGEX, which is for HTTP checks only" in probe.status["reason"]
