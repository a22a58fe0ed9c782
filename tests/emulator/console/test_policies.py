"""The pages of alert policies and of data: what is watched, in words, what is declared, and what no process reports."""

import html
import re
from collections.abc import Iterator

import httpx
import pytest

from vigil_apimodel.json_values import JsonObject
from vigil_emulator import annotations
from vigil_emulator.alerting.policy import policy_of
from vigil_emulator.console import condition_words
from vigil_emulator.console.condition_chart import compared
from vigil_emulator.errors import ApiError
from vigil_emulator.resources.store import ResourceStore

ALIGNED: JsonObject = {
    "alignmentPeriod": "300s",
    "perSeriesAligner": "ALIGN_RATE",
    "crossSeriesReducer": "REDUCE_SUM",
    "groupByFields": ["resource.label.zone"],
}
CPU = 'metric.type="compute.googleapis.com/instance/cpu/utilization" AND resource.type="gce_instance"'


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60, trust_env=False) as client:
        yield client


def _policy(http: httpx.Client) -> str:
    return re.findall(r'href="(/console/alerts/[^"?]+)"', http.get("/console/alerts").text)[0]


def test_the_list_of_policies_says_what_each_watches_and_whether_it_is_open(http):
    page = html.unescape(http.get("/console/alerts").text)
    assert "Requests fail" in page
    assert '<span class="badge critical">open</span>' in page
    assert "value is above 0.05 for 1 min in a row. The query runs every minute." in page
    assert "1 channel ·" in page


def test_a_policy_has_its_query_its_runbook_its_channel_and_its_incidents(http):
    page = html.unescape(http.get(_policy(http)).text)
    assert 'sum(rate(logging_googleapis_com:user_requests{status="5xx"}[5m])) > 0.05' in page
    assert "<picture>" in page, "the query is drawn"
    assert "Threshold threshold: 0.05" in page
    assert 'href="https://example.com/runbook"' in page
    assert "webhook_tokenauth · http://127.0.0.1:9/hook" in page
    assert len(re.findall(r'href="/console/incidents/', page)) == 1
    assert "No timeline is known." in page


def test_a_policy_shows_the_timelines_of_its_proof(http, served):
    given = {"proofs": [{"alert": "api/errors", "cases": [{"case": "fires", "open": "2 to 18"}]}]}
    assert http.post("/vigil/v1/annotations", json=given).json() == {"events": 0, "proofs": 1}
    assert annotations.proof(served.emulator.store, "api", "errors") == [("fires", "2 to 18")]
    assert annotations.proof(served.emulator.store, "api", "latency") == []


def test_an_incident_leads_to_its_policy(http):
    incident = http.get("/vigil/v1/incidents").json()[0]["name"].rpartition("/")[2]
    assert _policy(http) in http.get(f"/console/incidents/{incident}").text


def test_the_log_has_bars_above_it_and_a_query_that_selects_nothing_has_none(http):
    page = http.get("/console/logs").text
    (alt,) = re.findall(r'alt="(Log entries over time:[^"]*)"', page)
    assert re.fullmatch(r"Log entries over time: 1 errors, 101 warnings, \d+ notices and info\.", alt)
    assert "Log entries over time" not in http.get("/console/logs", params={"q": "severity=EMERGENCY"}).text


def test_events_that_were_written_and_not_declared_say_so(http):
    page = http.get("/console/events").text
    assert re.search(r"http\.request\.completed</bdi><span class=\"badge warning\">not declared", page)
    assert re.search(r"\b601.</span><bdi class=\"name-of\">http\.request\.completed<", page)


def test_metrics_without_data_name_who_reads_them(http):
    page = html.unescape(http.get("/console/silent").text)
    assert re.search(r"<code>never_written</code>.*?never.*?dashboard Shop", page, re.DOTALL)
    assert "user_requests</code>" not in page, "it has data"


def test_declared_events_stay_until_others_are_given() -> None:
    store = ResourceStore()
    event: JsonObject = {"name": "order.refused", "description": "The shop refused an order."}
    assert annotations.take(store, {"events": [event]}) == {"events": 1, "proofs": 0}
    assert annotations.take(store, {"proofs": []}) == {"events": 1, "proofs": 0}
    assert annotations.events(store) == [event]
    assert annotations.take(store, {"events": []}) == {"events": 0, "proofs": 0}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"event": []}, "Unknown field 'event': give events or proofs."),
        ({"events": {}}, "a list of objects"),
        ({"events": [{"description": "no name"}]}, "each with the text 'name'"),
        ({"proofs": ["api/errors"]}, "each with the text 'alert'"),
    ],
)
def test_a_wrong_annotation_is_refused_and_nothing_of_it_kept(body: JsonObject, words: str) -> None:
    store = ResourceStore()
    with pytest.raises(ApiError, match=re.escape(words)):
        annotations.take(store, body)
    assert annotations.events(store) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("up < 1", ("up", "<", 1.0)),
        ("1 > up", ("up", "<", 1.0)),
        ("(0.5 <= rate(x[5m]))", ("rate(x[5m])", ">=", 0.5)),
        ("up == 0 and on() (z > 2)", ("up", "==", 0.0)),
        ("up > z", None),
        ("absent(up)", None),
        ("up >", None),
    ],
)
def test_the_comparison_of_a_query_reads_the_same_from_both_sides(query: str, found: object) -> None:
    assert compared(query) == found


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (
            {"conditionPrometheusQueryLanguage": {"query": "up < 1 and z > 2", "duration": "120s"}},
            (
    "Opens an incident for each series whose value is below 1 for 2 min in a row, while the rest of the query "
                "also holds. The query runs every 30 s."
            ),
        ),
        (
            {"conditionPrometheusQueryLanguage": {"query": "absent(up)", "evaluationInterval": "60s"}},
            "Opens an incident for each series that the query returns once. The query runs every minute.",
        ),
        (
            {"conditionThreshold": {"filter": CPU, "comparison": "COMPARISON_LT", "thresholdValue": 0.9, "duration": "600s", "aggregations": [ALIGNED]}},
            (
    "Opens an incident for each series of `compute_googleapis_com:instance_cpu_utilization` (rate over 5 min, "
                "sum by zone) that is below 0.9 for 10 min in a row."
            ),
        ),
        (
            {"conditionAbsent": {"filter": CPU, "duration": "3600s"}},
            (
    "Opens an incident for each series of `compute_googleapis_com:instance_cpu_utilization` that had data, and "
                "then has none for 1 h."
            ),
        ),
        (
            {"conditionMatchedLog": {"filter": "severity>=ERROR"}},
            "Opens an incident when a log entry matches the filter. It notifies once in 5 min, and 20 times a day, at most.",
        ),
    ],
)  # fmt: skip
def test_a_condition_in_words(condition: JsonObject, words: str) -> None:
    policy = policy_of("projects/p/alertPolicies/1", {"conditions": [condition]})
    assert condition_words.opens(policy.conditions[0]) == words


@pytest.mark.parametrize(
    ("strategy", "channels", "words"),
    [
        ({}, ["c"], "Notifies when an incident opens and when it closes. An incident closes by itself 7 d"),
        ({"notificationPrompts": ["OPENED"], "autoClose": "1800s"}, [], "Notifies when an incident opens. An incident closes by itself 30 min after its last data. No channel"),
        ({"notificationChannelStrategy": [{"notificationChannelNames": ["c"], "renotifyInterval": "1800s"}]}, ["c"], "It notifies again every 30 min while"),
    ],
)  # fmt: skip
def test_when_a_policy_notifies_in_words(strategy: JsonObject, channels: list[str], words: str) -> None:
    body: JsonObject = {"alertStrategy": strategy, "notificationChannels": [*channels]}
    assert words in condition_words.notifies(policy_of("projects/p/alertPolicies/1", body), body)
