"""An emulator with a story in it, served on loopback, and a browser to look at it."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vigil_apimodel.json_values import JsonObject
from vigil_emulator.clock import VirtualClock
from vigil_emulator.http_server import in_thread
from vigil_emulator.rest.request import Request
from vigil_emulator.server import Emulator
from vigil_emulator.times import format_time, nanoseconds

pytest.importorskip("altair", reason="the console needs vigil-emulator[console]")
pytest.importorskip("vl_convert", reason="the console needs vigil-emulator[console]")

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
CORRELATION = "c0ffee11c0ffee11c0ffee11c0ffee11"
HOSTILE = "<script>document.title='owned'</script>\"'><img src=x onerror=alert(1)> שלום \u202eevil\u202c {{7*7}} ${x}"
CHROMIUM = Path("/usr/bin/chromium")
PROMQL = "sum by (status) (rate(logging_googleapis_com:user_requests[5m]))"
RESOURCE: JsonObject = {
    "type": "cloud_run_revision",
    "labels": {"project_id": "p", "location": "europe-west1", "service_name": "api"},
}


@dataclass
class Served:
    """A running emulator and what is in it."""

    url: str
    emulator: Emulator


def call(emulator: Emulator, method: str, path: str, body: Any = None) -> Any:
    """One request to the APIs, without a server."""
    raw = json.dumps(body).encode() if body is not None else b""
    answer = asyncio.run(emulator.api.answer(Request(http=method, path=path, body=raw)))
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def entry(at: datetime, severity: str, **payload: Any) -> dict[str, Any]:
    return {
        "logName": "projects/p/logs/run.googleapis.com%2Fstdout",
        "resource": RESOURCE,
        "severity": severity,
        "timestamp": format_time(nanoseconds(at)),
        "jsonPayload": {"service": "api", **payload},
    }


DASHBOARD = {
    "displayName": "Shop <b>one</b>",
    "labels": {"team": ""},
    "annotations": {"eventAnnotations": [{"eventType": "CLOUD_ALERTING_ALERT", "enabled": True}]},
    "mosaicLayout": {
        "columns": 48,
        "tiles": [
            {"xPos": 0, "yPos": 0, "width": 48, "height": 4, "widget": {"title": "Now", "sectionHeader": {"dividerBelow": True}}},
            {"xPos": 0, "yPos": 4, "width": 24, "height": 16, "widget": {"title": "Requests", "xyChart": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": PROMQL, "unitOverride": "1/s"}, "plotType": "STACKED_AREA"}], "thresholds": [{"label": "limit", "value": 0.3}]}}},
            {"xPos": 24, "yPos": 4, "width": 24, "height": 16, "widget": {"title": "Silent", "xyChart": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": "never_written"}, "plotType": "LINE"}]}}},
            {"xPos": 0, "yPos": 20, "width": 12, "height": 10, "widget": {"title": "Failing", "scorecard": {"timeSeriesQuery": {"prometheusQuery": 'sum(rate(logging_googleapis_com:user_requests{status="5xx"}[5m]))', "unitOverride": "1/s"}, "sparkChartView": {"sparkChartType": "SPARK_LINE"}, "thresholds": [{"value": 0.01, "color": "RED", "direction": "ABOVE"}]}}},
            {"xPos": 12, "yPos": 20, "width": 12, "height": 10, "widget": {"title": "Dial", "scorecard": {"timeSeriesQuery": {"prometheusQuery": "sum(rate(logging_googleapis_com:user_requests[5m]))"}, "gaugeView": {"lowerBound": 0, "upperBound": 2}}}},
            {"xPos": 24, "yPos": 20, "width": 24, "height": 10, "widget": {"title": "Table", "timeSeriesTable": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": PROMQL}}], "metricVisualization": "BAR"}}},
            {"xPos": 0, "yPos": 30, "width": 24, "height": 12, "widget": {"title": "Shares", "pieChart": {"chartType": "DONUT", "dataSets": [{"timeSeriesQuery": {"prometheusQuery": PROMQL}, "sliceNameTemplate": "{{status}}"}]}}},
            {"xPos": 24, "yPos": 30, "width": 24, "height": 12, "widget": {"title": "Areas", "treemap": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": PROMQL}}], "treemapHierarchy": ["status"]}}},
            {"xPos": 0, "yPos": 42, "width": 48, "height": 20, "widget": {"title": "Details", "collapsibleGroup": {"collapsed": True}}},
            {"xPos": 0, "yPos": 46, "width": 48, "height": 16, "widget": {"title": "Inside", "text": {"content": "# Hi\n<script>alert(1)</script> [run](javascript:alert(2)) ![x](https://example.com/x.png)", "format": "MARKDOWN"}}},
            {"xPos": 0, "yPos": 62, "width": 48, "height": 20, "widget": {"title": "One of", "singleViewGroup": {}}},
            {"xPos": 0, "yPos": 62, "width": 24, "height": 20, "widget": {"title": "First", "text": {"content": "first"}}},
            {"xPos": 24, "yPos": 62, "width": 24, "height": 20, "widget": {"title": "Second", "text": {"content": "second"}}},
            {"xPos": 0, "yPos": 82, "width": 24, "height": 12, "widget": {"title": "Open", "incidentList": {}}},
            {"xPos": 24, "yPos": 82, "width": 24, "height": 12, "widget": {"title": "Errors", "errorReportingPanel": {}}},
            {"xPos": 0, "yPos": 94, "width": 48, "height": 16, "widget": {"title": "Log", "logsPanel": {"filter": "severity>=WARNING"}}},
        ],
    },
}  # fmt: skip


def story(emulator: Emulator, clock: VirtualClock) -> None:
    """Half an hour of requests, of which many fail in the last ten minutes; one hostile line; one traced request."""
    metric = {
        "name": "requests",
        "filter": 'jsonPayload.event="http.request.completed"',
        "metricDescriptor": {"metricKind": "DELTA", "valueType": "INT64", "unit": "1", "labels": [{"key": "status"}]},
        "labelExtractors": {"status": "EXTRACT(jsonPayload.status_class)"},
    }
    call(emulator, "POST", "/v2/projects/p/metrics", metric)
    channel = {"type": "webhook_tokenauth", "displayName": "Team", "labels": {"url": "http://127.0.0.1:9/hook"}}
    named = call(emulator, "POST", "/v3/projects/p/notificationChannels", channel)["name"]
    condition = {
        "query": 'sum(rate(logging_googleapis_com:user_requests{status="5xx"}[5m])) > 0.05',
        "duration": "60s",
        "evaluationInterval": "60s",
        "disableMetricValidation": True,
    }
    policy = {
        "displayName": "Requests fail",
        "combiner": "OR",
        "severity": "CRITICAL",
        "conditions": [{"displayName": "5xx", "conditionPrometheusQueryLanguage": condition}],
        "notificationChannels": [named],
        "documentation": {
            "content": "**Look** at <img src=x> ${policy.display_name}",
            "mimeType": "text/markdown",
            "links": [{"displayName": "Runbook", "url": "https://example.com/runbook"}],
        },
    }
    call(emulator, "POST", "/v3/projects/p/alertPolicies", policy)
    call(emulator, "POST", "/v1/projects/p/dashboards", DASHBOARD)
    for minute in range(30):
        now = clock.now()
        failing = minute >= 20
        lines = [
            entry(now, "WARNING" if failing and number % 2 else "INFO", event="http.request.completed",
                  message=f"GET /orders {number}", status_class="5xx" if failing and number % 2 else "2xx")
            for number in range(20)
        ]  # fmt: skip
        emulator.data.write({"entries": lines})
        clock.advance(60)
        emulator.data.step()
    now = clock.now()
    emulator.data.write({
        "entries": [
            entry(now, "ERROR", event="http.request.failed", message=HOSTILE, correlation_id=HOSTILE, stack_trace="ValueError: <b>"),
            entry(now, "INFO", event="http.request.completed", message="POST /orders 201", correlation_id=CORRELATION, duration=2.5),
            entry(now - timedelta(seconds=2), "INFO", event="temporal.workflow.started", message="workflow", correlation_id=CORRELATION, service="workers"),
            entry(now - timedelta(seconds=1), "WARNING", event="temporal.activity.completed", message="activity", correlation_id=CORRELATION, duration=0.4, service="workers"),
            entry(now - timedelta(seconds=0.5), "INFO", event="llm.call.completed", message="call of the model", correlation_id=CORRELATION, duration=0.2, service="agents"),
        ]
    })  # fmt: skip


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    """An emulator with a story in it."""
    clock = VirtualClock(NOON)
    emulator = Emulator(clock=clock)
    story(emulator, clock)
    with in_thread(emulator.app, around=emulator.running) as url:
        yield Served(url, emulator)


@pytest.fixture(scope="session")
def empty() -> Iterator[Served]:
    """An emulator without any data."""
    emulator = Emulator(clock=VirtualClock(NOON))
    with in_thread(emulator.app, around=emulator.running) as url:
        yield Served(url, emulator)


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """An installed Chromium, driven by Playwright, whose event loop ends with the module: other tests have their own."""
    pytest.importorskip("playwright", reason="pages are tested in a browser with the pip package playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}: apt-get install -y chromium")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=str(CHROMIUM), args=arguments, timeout=120_000)
        yield started
        started.close()


@dataclass
class Looker:
    """A browser's window and what went wrong in it."""

    page: "Page"
    wrong: list[str]

    def see(self, url: str) -> "Page":
        """Opens a page and waits until every picture in it is drawn."""
        answer = self.page.goto(url)
        assert answer is not None
        self.page.evaluate("for (const image of document.images) image.loading = 'eager'")
        while not self.page.evaluate("[...document.images].every(image => image.complete)"):
            self.page.wait_for_timeout(20)
        broken = self.page.evaluate("[...document.images].filter(image => !image.naturalWidth).map(image => image.src)")
        assert broken == []
        return self.page


def follow(page: "Page", selector: str) -> None:
    """Clicks on what leads to another page, and waits until that one is loaded: a click alone returns while it still arrives."""
    with page.expect_navigation(wait_until="load"):
        page.click(selector)


@pytest.fixture(scope="module")
def window(browser: "Browser") -> "Iterator[Looker]":
    """One window for all tests: each new one costs a second of a core."""
    page = browser.new_context().new_page()
    page.set_default_timeout(90_000)  # ms: on a busy machine a page takes its time
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda made: None if made.url.startswith("http://127.0.0.1") else wrong.append(made.url))
    yield Looker(page, wrong)
    page.context.close()


@pytest.fixture
def looker(window: Looker, request: pytest.FixtureRequest) -> Iterator[Looker]:
    """The window, of this size and colour scheme; its console, failed requests and requests to other hosts are watched."""
    given = getattr(request, "param", {})
    window.page.set_viewport_size(given.get("viewport", {"width": 1440, "height": 900}))
    window.page.emulate_media(color_scheme=given.get("color_scheme", "light"))
    yield window
    window.page.goto("about:blank")  # ends the test's page
    wrong, window.wrong[:] = list(window.wrong), []
    assert wrong == []
