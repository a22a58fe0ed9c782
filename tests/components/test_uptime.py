"""Uptime checks: what they request, from where, and what stays private."""

import pytest

from vigil_components import UptimeCheck, UptimeCheckArgs, minutes
from vigil_components.testing import record

TOKEN = "Bearer not-a-secret"


def registered(preview: bool = False, **changed):
    given = {"project": "example-shop", "display_name": "shop", "url": "https://shop.example/health?deep=1"} | changed
    run = record(lambda: UptimeCheck("shop", UptimeCheckArgs(**given)), preview=preview)
    return run.one("gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig")


@pytest.mark.parametrize("preview", [False, True])
def test_an_address_becomes_a_check_that_validates_the_certificate(preview):
    inputs = registered(preview).inputs
    assert inputs["monitoredResource"] == {
        "type": "uptime_url",
        "labels": {"host": "shop.example", "project_id": "example-shop"},
    }
    assert inputs["httpCheck"] == {
        "path": "/health?deep=1",
        "port": 443,
        "useSsl": True,
        "validateSsl": True,
        "acceptedResponseStatusCodes": [{"statusClass": "STATUS_CLASS_2XX"}],
    }
    assert (inputs["period"], inputs["timeout"]) == ("60s", "10s")


def test_all_options_reach_the_api():
    inputs = registered(
        url="http://shop.example:8080",
        period=minutes(5),
        content="ok",
        regions=("EUROPE", "USA_IOWA", "ASIA_PACIFIC"),
        statuses=("2xx", "3xx"),
        headers={"X-From": "uptime"},
        user_labels={"team": "shop"},
    ).inputs
    assert inputs["httpCheck"]["port"] == 8080
    assert inputs["httpCheck"]["path"] == "/"
    assert inputs["httpCheck"]["useSsl"] is False
    assert inputs["httpCheck"]["headers"] == {"X-From": "uptime"}
    assert inputs["contentMatchers"] == [{"content": "ok", "matcher": "CONTAINS_STRING"}]
    assert inputs["selectedRegions"] == ["EUROPE", "USA_IOWA", "ASIA_PACIFIC"]
    assert inputs["period"] == "300s"


def test_a_private_header_is_secret_and_masked():
    check = registered(secret_headers={"Authorization": TOKEN})
    assert check.inputs["httpCheck"]["maskHeaders"] is True
    assert any("headers" in path for path in check.secret_paths)
    assert TOKEN not in repr(
        UptimeCheckArgs(project="p", display_name="d", url="https://h.example", secret_headers={"A": TOKEN})
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"url": "shop.example"}, r"give an address that begins with https:// \(or http://\)"),
        ({"url": "https://user:pass@shop.example"}, r"give it in a field for secrets \(password, secret_headers"),
        ({"headers": {"A": "b"}, "secret_headers": {"C": "d"}}, "put all of them into secret_headers"),
    ],
)
def test_mistakes_are_refused_with_what_to_do(changed, message):
    with pytest.raises(ValueError, match=message):
        registered(**changed)
