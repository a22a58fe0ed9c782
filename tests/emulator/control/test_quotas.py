"""Rates of requests, where the emulator enforces them."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.emulator.control.conftest import Client
from vigil_emulator.clock import VirtualClock
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.projects import number_of
from vigil_emulator.rest.discovery import resolve
from vigil_emulator.rest.quotas import CONTROL, READ, WRITE, quota_of
from vigil_emulator.server import Emulator

LIST = {"resourceNames": ["projects/p"]}


@pytest.fixture
def limited():
    made = Emulator(clock=VirtualClock(datetime(2026, 1, 5, 12, 0, 20, tzinfo=UTC)), quotas=True)
    yield Client(made)
    asyncio.run(made.stop())


def test_one_request_too_many_in_a_minute_is_refused_in_google_s_words(limited):
    for _ in range(60):
        limited.ok("POST", "/v2/entries:list", LIST)
    status, answer = limited.send("POST", "/v2/entries:list", LIST)
    assert status == 429
    assert answer["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert answer["error"]["message"] == (
        "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute' of service "
        f"'logging.googleapis.com' for consumer 'project_number:{number_of('p')}'."
    )
    info, links = answer["error"]["details"]
    assert info["reason"] == "RATE_LIMIT_EXCEEDED"
    assert info["metadata"]["quota_limit"] == "ReadRequestsPerMinutePerProject"
    assert info["metadata"]["quota_limit_value"] == "60"
    assert links["@type"] == "type.googleapis.com/google.rpc.Help"


def test_projects_and_kinds_of_requests_are_counted_separately_and_for_each_minute(limited):
    for _ in range(60):
        limited.ok("POST", "/v2/entries:list", LIST)
    limited.ok("POST", "/v2/entries:list", {"resourceNames": ["projects/other"]})
    limited.ok("GET", "/v2/projects/p/sinks")
    assert limited.send("POST", "/v2/entries:list", LIST)[0] == 429
    limited.clock.advance(timedelta(seconds=39).total_seconds())
    assert limited.send("POST", "/v2/entries:list", LIST)[0] == 429
    limited.clock.advance(1)
    limited.ok("POST", "/v2/entries:list", LIST)


def test_a_project_by_its_number_is_the_same_project(limited):
    limited.ok("GET", "/v2/projects/p/sinks")
    for name in ("projects/p", f"projects/{number_of('p')}") * 30:
        limited.ok("POST", "/v2/entries:list", {"resourceNames": [name]})
    assert limited.send("POST", "/v2/entries:list", LIST)[0] == 429


def test_grpc_is_counted_too(limited):
    """REST and gRPC both end in `invoke`."""
    method, _ = resolve("POST", "/v2/entries:list")

    async def ask(times):
        for _ in range(times):
            await limited.emulator.api.invoke(method, {}, {}, dict(LIST))

    asyncio.run(ask(60))
    with pytest.raises(ApiError, match="Quota exceeded"):
        asyncio.run(ask(1))


@pytest.mark.parametrize(
    ("method", "quota"),
    [
        ("logging.entries.list", READ),
        ("logging.entries.write", WRITE),
        ("logging.projects.sinks.create", CONTROL),
        ("monitoring.projects.timeSeries.list", None),
    ],
)
def test_what_a_request_counts_as(method, quota):
    assert quota_of(method) is quota


def test_without_the_option_no_request_is_counted(api):
    for _ in range(61):
        api.ok("POST", "/v2/entries:list", LIST)
