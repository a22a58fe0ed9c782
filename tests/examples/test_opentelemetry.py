"""An application that only `opentelemetry-distro` instruments: its alert and objective are proven, and fire with real processes."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.emulator.otlp.conftest import Running
from tests.stories.running import found_within
from vigil_proofs.suite import Suite
from vigil_runner import deployment

EXAMPLE = Path(__file__).parents[2] / "examples" / "opentelemetry"
PROJECT = "otel-shop"
SPEED = 120
"""Emulated seconds in a wall second: the exporter's half second is a minute of the policies."""

pytest.importorskip("opentelemetry.distro", reason="install opentelemetry-distro")


def test_each_alert_is_proven():
    report = Suite.of("dev", root=EXAMPLE).run(jobs=1)
    assert [verdict.name for verdict in report.verdicts] == [
        "otel-shop-availability-burns-fast",
        "otel-shop-availability-burns-slowly",
        "otel-shop-errors",
    ]
    assert report.failed == ()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@pytest.fixture
def running():
    command = [sys.executable, "-m", "vigil_emulator", "--memory", "--port", "0", "--speed", str(SPEED)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        ready = json.loads(process.stdout.readline())
        yield Running(ready["url"], "", PROJECT)
        process.terminate()


@pytest.fixture
def application(running):
    port = free_port()
    attributes = {
        "gcp.project_id": PROJECT,
        "service.instance.id": "1",
        "cloud.platform": "gcp_cloud_run",
        "cloud.region": "europe-west1",
        "faas.name": "otel-shop",
        "faas.version": "otel-shop-00001",
    }
    environment = {
        **os.environ,
        "OTEL_SERVICE_NAME": "otel-shop",
        "OTEL_RESOURCE_ATTRIBUTES": ",".join(f"{key}={value}" for key, value in attributes.items()),
        "OTEL_EXPORTER_OTLP_ENDPOINT": running.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_METRIC_EXPORT_INTERVAL": "500",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "OTEL_BLRP_SCHEDULE_DELAY": "200",
        "OTEL_SEMCONV_STABILITY_OPT_IN": "http,database",
        "OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED": "true",
    }
    tool = Path(sys.executable).with_name("opentelemetry-instrument")
    command = [str(tool), sys.executable, "app.py", str(port)]
    with subprocess.Popen(command, cwd=EXAMPLE, env=environment, stderr=subprocess.PIPE, text=True) as process:
        url = f"http://127.0.0.1:{port}"
        assert found_within(lambda: ask(url, 1) == 200, within=120), process.stderr.read()
        yield url
        process.terminate()


def ask(url, number, path="orders"):
    try:
        with urllib.request.urlopen(f"{url}/{path}/{number}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return None


def test_its_telemetry_fires_the_alert_and_the_objective(running, application, tmp_path):
    done = deployment.deploy("dev", url=running.url, state=tmp_path / "state.json", root=EXAMPLE)
    assert done.run is not None

    def incidents():
        return {one["policyName"] for one in running.get("/vigil/v1/incidents") if one["state"] == "OPEN"}

    def after_traffic(*numbers):
        for number in numbers:
            ask(application, number)
        time.sleep(0.05)
        return incidents()

    found_within(lambda: after_traffic(*range(1, 9)) and False, within=4)  # eight good minutes
    assert incidents() == set()
    opened = found_within(lambda: len(after_traffic(1, 2, 3, -4, -5)) >= 2 and incidents(), within=90)
    assert "otel-shop: errors (dev)" in opened
    assert any(name.startswith("otel-shop: availability-burns-") for name in opened), opened

    errors = running.entries('severity>=ERROR AND labels.reason="broken"')
    assert errors
    assert errors[0]["resource"]["labels"]["service_name"] == "otel-shop"
    assert running.trace(errors[0]["trace"].rpartition("/")[2])["spans"][0]["name"] == "GET /orders/{number}"
    assert ask(application, 5, "twice") == 200

    def called():
        """The trace of a request that calls another service, once all its spans are there."""
        found = running.get(f"/v1/projects/{PROJECT}/traces", view="COMPLETE", filter='root:"GET /twice"')
        names = [{span["name"] for span in one["spans"]} for one in found.get("traces", [])]
        return next((one for one in names if "GET /orders/{number}" in one and "GET /twice/{number}" in one), set())

    assert "GET" in found_within(called, within=30), "httpx's own span"
    routes = running.query('sum by ("http.route") ({"http.server.request.duration_count"})')
    assert "/orders/{number}" in {one["metric"].get("http.route") for one in routes}
    (board,) = running.get("/console/dashboards.json")["dashboards"]
    picture = f"{running.url}/console/dashboards/{board['name'].rpartition('/')[2]}/picture.svg?project={PROJECT}"
    with urllib.request.urlopen(picture) as answer:
        drawn = answer.read().decode()
    assert "Slowest requests by route" in drawn
    assert "/orders/{number}" in drawn, "the legend of the chart is the label with its dots"
