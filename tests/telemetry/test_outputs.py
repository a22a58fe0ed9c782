"""The console for people, and the Logging API without an agent."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.logging import Client

from vigil_telemetry import (
    Event,
    HttpRequestCompleted,
    Identifier,
    Label,
    Measure,
    Number,
    Severity,
    Text,
    TraceContext,
    bind,
    counters,
    emit,
)
from vigil_telemetry.outputs import ConsoleOutput, GoogleOutput, QueueOutput


class Shown(Event, tag="outputs.shown"):
    severity: ClassVar = Severity.WARNING
    message: ClassVar = "{note}"
    note: Text
    ok: Label[bool]
    count: Measure[Number]
    number: Identifier[int]


SHOWN = Shown(note="three \x1b[2J left", ok=True, count=3, number=7)


def test_the_console_shows_a_row_without_control_characters(reconfigured) -> None:
    stream = io.StringIO()
    reconfigured(output=ConsoleOutput(stream, colour=False))
    with bind(request_id="0123456789abcdef"):
        emit(SHOWN)
    row = stream.getvalue()
    assert (
        row[12:]
        == " WARNING  three \\x1b[2J left outputs.shown note=three \\x1b[2J left ok=true count=3 number=7 request_id=0123456789abc\n"
    )
    assert row[:12].count(":") == 2


def test_the_console_colours_the_severity_and_puts_the_trace_below(reconfigured) -> None:
    stream = io.StringIO()
    reconfigured(output=ConsoleOutput(stream, colour=True))
    emit(SHOWN, exception=ValueError("x"))
    first, *rest = stream.getvalue().splitlines()
    assert "\x1b[33mWARNING " in first
    assert rest[0] == "\x1b[31mValueError: x"


def test_a_closed_console_costs_a_line(reconfigured) -> None:
    stream = io.StringIO()
    stream.close()
    reconfigured(output=ConsoleOutput(stream, colour=False))
    emit(SHOWN)
    assert counters.dropped == 1


@pytest.fixture
def api() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes `entries:write` as the API does."""
    taken: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append({"path": self.path} | json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()
        thread.join()


def _client(endpoint: str) -> Client:
    return Client(
        project="shop",
        credentials=AnonymousCredentials(),
        client_options=ClientOptions(api_endpoint=endpoint),
        _use_grpc=False,
    )


def test_the_api_gets_the_entry_that_the_agent_would_make(reconfigured, api) -> None:
    endpoint, taken = api
    output = QueueOutput(GoogleOutput.connect(project="shop", log="orders", client=_client(endpoint)))
    reconfigured(output=output)
    with bind(request_id="r", tenant="t", trace=TraceContext("a" * 32, "b" * 16, sampled=True)):
        emit(HttpRequestCompleted(method="GET", route="/x", status=503, status_class="5xx", duration=0.5))
        emit(SHOWN)
    output.close(20.0)
    entries = [entry for call in taken for entry in call["entries"]]
    assert {call["path"].partition("?")[0] for call in taken} == {"/v2/entries:write"}
    first, second = entries
    assert {call["logName"] for call in taken} == {"projects/shop/logs/orders"}
    assert (first["severity"], first["trace"], first["spanId"], first["traceSampled"]) == (
        "WARNING",
        f"projects/shop/traces/{'a' * 32}",
        "b" * 16,
        True,
    )
    assert first["httpRequest"] == {"requestMethod": "GET", "requestUrl": "/x", "status": 503, "latency": "0.500000s"}
    assert first["labels"]["tenant"] == "t"
    assert first["sourceLocation"]["function"].endswith("test_the_api_gets_the_entry_that_the_agent_would_make")
    assert first["timestamp"].endswith("Z")
    assert (
        first["jsonPayload"]["event"],
        first["jsonPayload"]["status_class"],
        first["jsonPayload"]["request_id"],
    ) == ("http.request.completed", "5xx", "r")
    assert not {"severity", "time", "httpRequest"} & set(first["jsonPayload"])
    assert second["jsonPayload"]["number"] == 7
    assert counters.dropped == 0


def test_an_api_that_cannot_be_reached_costs_lines_and_nothing_else(reconfigured) -> None:
    class Broken:
        def log_struct(self, message: dict[str, object], **entry: object) -> None: ...

        def commit(self) -> None:
            raise ConnectionError("no network")

    reconfigured(output=GoogleOutput(Broken))
    emit(SHOWN)
    assert counters.dropped == 1
