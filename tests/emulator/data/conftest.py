"""A data plane on a virtual clock, and a receiver of webhooks."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from vigil_emulator import data_methods
from vigil_emulator.alerting.channels import NotificationSettings
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import format_time, nanoseconds

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RESOURCE = {
    "type": "cloud_run_revision",
    "labels": {"project_id": "p", "location": "europe-west1", "service_name": "api"},
}


@dataclass
class Receiver:
    """A real HTTP server on loopback that keeps what it is sent."""

    url: str = ""
    status: int = 200
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.received.append(json.loads(body))
            receiver.headers.append(dict(self.headers))
            self.send_response(receiver.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


class World:
    """A store, a clock and a data plane, with what tests do to them."""

    def __init__(self, database: Path | None = None, resources: ResourceStore | None = None, **settings: Any) -> None:
        self.clock = VirtualClock(START)
        self.resources = resources or ResourceStore()
        self.database = database
        self.settings = NotificationSettings(**settings)
        self.plane = self._plane()

    def _plane(self) -> DataPlane:
        return DataPlane(
            resources=self.resources, clock=self.clock, database=self.database, notifications=self.settings
        )

    def restart(self) -> None:
        """A new process with the same state."""
        asyncio.run(self.plane.stop())
        self.plane = self._plane()

    def write(self, *entries: dict[str, Any], **request: Any) -> dict[str, Any]:
        defaults = {"logName": "projects/p/logs/app", "resource": RESOURCE, "timestamp": self.time()}
        return self.plane.write({"entries": [{**defaults, **entry} for entry in entries], **request})

    def line(self, text: str | dict[str, Any], **options: Any) -> int:
        line = text if isinstance(text, str) else json.dumps(text)
        return self.plane.take_lines(
            line, project="p", resource=RESOURCE, log_name="projects/p/logs/run.googleapis.com%2Fstdout", **options
        )

    def time(self, seconds: float = 0) -> str:
        """The clock's time and some seconds."""
        return format_time(nanoseconds(self.clock.now()) + round(seconds * 1e9))

    def entries(self, filter_text: str = "", **request: Any) -> list[dict[str, Any]]:
        body = {"resourceNames": ["projects/p"], "filter": filter_text, **request}
        return data_methods.handlers(self.plane)["logging.entries.list"](call("logging.entries.list", body=body)).get(
            "entries", []
        )

    def counter(self, name: str, filter_text: str, **body: Any) -> None:
        labels = body.pop("labels", {})
        metric = {
            "name": name,
            "filter": filter_text,
            "metricDescriptor": {
                "metricKind": "DELTA",
                "valueType": "INT64",
                "labels": [{"key": key} for key in labels],
            },
            "labelExtractors": labels,
            **body,
        }
        self.resources.put("logging.metrics", f"projects/p/metrics/{name}", metric)

    def policy(self, condition: dict[str, Any], *, name: str = "1", channels: tuple[str, ...] = (), **body: Any) -> str:
        full = f"projects/p/alertPolicies/{name}"
        conditions = condition if isinstance(condition, list) else [condition]
        policy = {
            "name": full,
            "displayName": "too many errors",
            "combiner": "OR",
            "enabled": True,
            "conditions": [
                {"name": f"{full}/conditions/{i}", "displayName": f"c{i}", **c} for i, c in enumerate(conditions)
            ],
            "notificationChannels": list(channels),
            **body,
        }
        self.resources.put("monitoring.alertPolicies", full, policy)
        return full

    def channel(self, kind: str, labels: dict[str, str], *, name: str = "1", **body: Any) -> str:
        full = f"projects/p/notificationChannels/{name}"
        self.resources.put(
            "monitoring.notificationChannels",
            full,
            {"name": full, "type": kind, "labels": labels, "enabled": True, **body},
        )
        return full

    def pass_time(self, seconds: float, *, every: float = 30, during: Callable[[], None] | None = None) -> None:
        """Let time pass in steps, evaluating (and delivering) at each."""
        passed = 0.0
        while passed < seconds:
            if during is not None:
                during()
            self.clock.advance(every)
            passed += every
            self.plane.step()
            asyncio.run(self.deliver())

    async def deliver(self) -> None:
        await self.plane.deliver()
        await self.plane.notifier.close()

    def open_incidents(self) -> list[dict[str, Any]]:
        return [incident for incident in self.plane.incidents() if incident["state"] == "OPEN"]

    def query(self, text: str, **parameters: Any) -> list[dict[str, Any]]:
        """An instant PromQL query's result."""
        method = "monitoring.projects.location.prometheus.api.v1.query"
        return data_methods.handlers(self.plane)[method](
            call(method, path={"name": "projects/p"}, body={"query": text, **parameters})
        )["data"]["result"]

    def time_series(self, filter_text: str, *, minutes: int = 60, **query: str) -> list[dict[str, Any]]:
        method = "monitoring.projects.timeSeries.list"
        interval = {"interval.startTime": self.time(-60 * minutes), "interval.endTime": self.time()}
        found = data_methods.handlers(self.plane)[method](
            call(method, path={"name": "projects/p"}, query={"filter": filter_text, **interval, **query})
        )
        return found.get("timeSeries", [])


def call(method: str, **parts: Any) -> Any:
    from vigil_emulator.calls import Call

    return Call(method=method, **parts)


@pytest.fixture
def world() -> Iterator[World]:
    found = World()
    yield found
    asyncio.run(found.plane.stop())


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(*arguments: Any, **options: Any) -> World:
        made.append(World(*arguments, **options))
        return made[-1]

    yield make
    for found in made:
        asyncio.run(found.plane.stop())
