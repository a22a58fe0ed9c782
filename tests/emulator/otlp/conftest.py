"""An emulator on a real port, with OTLP over HTTP and gRPC, and the real exporters that write to it."""

import itertools
import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

import pytest

pytest.importorskip("opentelemetry.exporter.otlp.proto.grpc", reason="install opentelemetry-exporter-otlp")

from opentelemetry.sdk.resources import Resource

OWN = b"otel-requests"
"""Stands in requests for the project of the test."""
ATTRIBUTES = {
    "service.name": "shop",
    "service.instance.id": "shop-1",
    "cloud.platform": "gcp_cloud_run",
    "cloud.region": "europe-west1",
    "faas.name": "shop",
    "faas.version": "shop-00001",
}


@dataclass
class Running:
    """Addresses, and what a test asks the emulator."""

    url: str
    grpc: str
    project: str = "otel"

    def get(self, path: str, **query: str) -> Any:
        with urllib.request.urlopen(f"{self.url}{path}?{urlencode(query)}") as answer:
            return json.load(answer)

    def post(self, path: str, body: bytes | dict[str, Any], **headers: str) -> tuple[int, bytes]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        raw = raw.replace(OWN, self.project.encode())
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.url}{path}", raw, names)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def entries(self, query: str = "") -> list[dict[str, Any]]:
        body = {"resourceNames": [f"projects/{self.project}"], "filter": query, "orderBy": "timestamp asc"}
        status, answer = self.post("/v2/entries:list", body, content_type="application/json")
        assert status == 200, answer
        return json.loads(answer).get("entries", [])

    def query(self, promql: str) -> list[dict[str, Any]]:
        path = f"/v1/projects/{self.project}/location/global/prometheus/api/v1/query"
        return self.get(path, query=promql)["data"]["result"]

    def trace(self, identifier: str) -> dict[str, Any]:
        return self.get(f"/v1/projects/{self.project}/traces/{quote(identifier)}")


@contextmanager
def emulator(*arguments: str) -> Iterator[Running]:
    """A real emulator process."""
    command = [sys.executable, "-m", "vigil_emulator", "--memory", "--port", "0", "--grpc-port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            yield Running(ready["url"], ready["grpc"])
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def process() -> Iterator[Running]:
    with emulator() as found:
        yield found


_number = itertools.count(1)


@pytest.fixture
def running(process) -> Running:
    """A new project in one emulator."""
    return replace(process, project=f"otel-{next(_number)}")


@pytest.fixture
def resource(running) -> Resource:
    return Resource({"gcp.project_id": running.project, **ATTRIBUTES})
