"""Pages as the server makes them: what they say, their policy, and what they do with what is wrong."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import httpx
import pytest

from vigil_emulator.console.handler import mount
from vigil_emulator.rest.request import Request

POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"


@pytest.fixture
def http(served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=60, trust_env=False) as client:
        yield client


def _dashboard(http: httpx.Client) -> str:
    return http.get("/console/dashboards.json").json()["dashboards"][0]["name"].rpartition("/")[2]


def _incident(http: httpx.Client) -> str:
    return http.get("/vigil/v1/incidents").json()[0]["name"].rpartition("/")[2]


def test_a_browser_is_led_to_the_console_and_a_program_is_not(http):
    led = http.get("/", headers={"accept": "text/html,application/xhtml+xml"})
    assert (led.status_code, led.headers["location"]) == (303, "/console/")
    assert http.get("/").json()["console"].startswith("/console/")


@pytest.mark.parametrize(
    "path",
    [
        "/console/",
        "/console/dashboards",
        "/console/logs",
        "/console/trace",
        "/console/incidents",
        "/console/alerts",
        "/console/events",
        "/console/silent",
        "/console/nowhere",
    ],
)
def test_every_page_runs_nothing_and_loads_nothing_from_elsewhere(http, path):
    page = http.get(path)
    assert page.headers["content-security-policy"].startswith(POLICY)
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert not re.search(r'(src|href|srcset|action)="(https?:)?//', page.text)
    assert '<main id="main"' in page.text
    assert '<html lang="en">' in page.text


def test_the_overview_says_what_is_wrong_and_leads_on(http):
    page = http.get("/console/").text
    assert "Requests fail · opened" in page
    assert "Shop &lt;b&gt;one&lt;/b&gt;" in page
    assert "http.request.failed · ValueError: &lt;b&gt;" in page


def test_a_dashboard_shows_each_kind_of_tile(http):
    page = http.get(f"/console/dashboards/{_dashboard(http)}").text
    assert page.count("<picture>") == 6, "two charts, a spark line, a dial, a pie and a tree map"
    assert "Newest values:" in page
    assert "No data yet: nothing was ever written to never_written." in page
    assert 'class="score critical"' in page
    assert page.count("<meter") == 2
    assert '<details class="group">' in page, "the group is folded away"
    assert page.count('class="tab"') == 2
    assert "Requests fail · opened" in page
    assert "javascript:" not in page.replace("(javascript:alert(2))", "")
    assert "[x]" in page, "a picture of another host is named"


def test_a_tile_has_a_page_with_its_query_and_its_values(http):
    page = http.get(f"/console/dashboards/{_dashboard(http)}/tiles/1").text
    assert "sum by (status) (rate(logging_googleapis_com:user_requests[5m]))" in page
    assert re.search(r"5xx.*?1/s", page, re.DOTALL)


def test_tiles_are_placed_by_a_style_sheet_of_the_dashboards_own(http):
    sheet = http.get(f"/console/dashboards/{_dashboard(http)}/layout.css")
    assert sheet.headers["content-type"].startswith("text/css")
    assert ".t2{grid-column:25/span 24;grid-row:1/span 16}" in sheet.text


@pytest.mark.parametrize(("form", "magic"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_a_dashboard_is_one_picture(http, form, magic):
    picture = http.get(f"/console/dashboards/{_dashboard(http)}/picture.{form}")
    assert picture.content.startswith(magic)
    assert "sandbox" in picture.headers["content-security-policy"]
    if form == "svg":
        for words in (
            "Shop &lt;b&gt;one&lt;/b&gt;",
            "limit · 0.3 1/s",
            "nothing was ever written to",
            "&lt;script&gt;",
        ):
            assert words in picture.text
        assert "<script" not in picture.text


def test_a_picture_shows_the_requested_time(http):
    path = f"/console/dashboards/{_dashboard(http)}/picture.svg"
    shown = http.get(path, params={"since": "2026-11-24T12:00:00Z", "until": "2026-11-24T12:30:00Z"}).text
    assert "2026-11-24 12:00:00 to 2026-11-24 12:30:00 UTC" in shown
    assert ">5xx<" in shown
    before = http.get(path, params={"since": "2026-11-24T10:00:00Z", "until": "2026-11-24T11:00:00Z"}).text
    assert ">5xx<" not in before


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2026-11-24T12:30:00Z", "2026-11-24T12:00:00Z", "ends before it begins"),
        ("2026-11-24T12:30:00Z", "", "not a time in RFC 3339"),
        ("yesterday", "2026-11-24T12:30:00Z", "&#39;yesterday&#39; is not a time"),
    ],
)
def test_a_malformed_time_is_refused_with_the_reason(http, since, until, words):
    path = f"/console/dashboards/{_dashboard(http)}/picture.svg"
    answer = http.get(path, params={"since": since, "until": until})
    assert answer.status_code == 400
    assert words in answer.text


@pytest.mark.parametrize(("scale", "times"), [("", 2.0), ("1.5", 1.5), ("none", 2.0), ("0", 0.5), ("99", 4.0)])
def test_a_picture_has_as_many_pixels_as_requested_within_reason(http, scale, times):
    path = f"/console/dashboards/{_dashboard(http)}/picture"
    width = re.match(r'<svg [^>]*width="(\d+)"', http.get(f"{path}.svg").text)
    png = http.get(f"{path}.png", params={"scale": scale}).content
    assert int.from_bytes(png[16:20], "big") == int(width[1]) * times


def test_logs_are_paged_without_gap_or_repetition(http):
    seen: list[str] = []
    path = "/console/logs?" + urlencode({"q": 'jsonPayload.event="http.request.completed"', "range": "1h"})
    while path:
        page = http.get(path).text
        seen += re.findall(r"(?:amp;|[?])id=([0-9a-f]+)", page)
        older = re.search(r'href="([^"]*)" rel="next"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == len(set(seen)) == 601


def test_a_wrong_query_is_shown_with_a_mark_under_the_place(http):
    page = http.get("/console/logs?" + urlencode({"q": "severity=(ERROR"})).text
    assert "a parenthesis is not closed" in page
    assert re.search(r"severity=\(ERROR\n +\^", page)


def test_a_field_that_no_entry_has_is_named(http):
    assert "Field not found" in http.get("/console/logs?" + urlencode({"q": "sevrity=ERROR"})).text


def test_a_comment_at_a_querys_end_swallows_nothing(http):
    page = http.get("/console/logs?" + urlencode({"q": "severity=ERROR -- only these"})).text
    assert page.count('class="entry ') == 1


def test_the_least_severity_narrows_the_query(http):
    assert http.get("/console/logs?severity=ERROR").text.count('class="entry ') == 1


def test_an_entry_is_shown_whole(http):
    page = http.get("/console/logs?severity=ERROR").text
    link = re.search(r'href="(/console/logs/entry[^"]*)"', page)
    assert link is not None
    details = http.get(link[1].replace("&amp;", "&")).text
    assert "jsonPayload.stack_trace" in details
    assert "&lt;script&gt;document.title" in details
    assert "<script" not in details


def test_one_request_is_followed_through_all_parts_in_order(http):
    page = http.get("/console/trace?correlation_id=c0ffee11c0ffee11c0ffee11c0ffee11").text
    parts = ["workers · Workflow", "workers · Activity", "agents · LLM call", "api · API"]
    assert " → ".join(parts) in page
    assert page.count("<li class=") == 4
    assert "+500.0 ms" in page, "the request began half a second before the workflow"


def test_a_correlation_id_is_a_value_whatever_is_in_it(http):
    page = http.get("/console/trace?" + urlencode({"correlation_id": '" OR severity>=DEFAULT OR "'})).text
    assert "No entry has the correlation id" in page


def test_an_incident_has_its_story(http):
    page = http.get(f"/console/incidents/{_incident(http)}").text
    assert "5xx" in page
    assert ">Opened<" in page
    assert "Team: opening" in page
    assert 'href="https://example.com/runbook"' in page
    assert "<strong>Look</strong> at &lt;img src=x&gt; Requests fail" in page
    assert "Threshold threshold: 0.05" in page, "the picture's description has the threshold"


def test_unknown_things_are_not_found(http):
    for path in (
        "/console/dashboards/none",
        "/console/incidents/none",
        "/console/logs/entry?at=2026-01-01T00:00:00Z&id=x",
        "/console/charts/000000000000000000000000-100x100-light.svg",
        "/console/static/../console.css",
    ):
        assert http.get(path).status_code == 404, path
    assert http.post("/console/logs").status_code == 405


def test_a_name_of_another_site_that_leads_here_is_refused(http):
    assert http.get("/console/", headers={"host": "evil.example"}).status_code == 403


def test_the_parameters_of_a_request_are_never_markup(http):
    hostile = '"><script>alert(1)</script>'
    for path in (
        "/console/logs?q=",
        "/console/trace?correlation_id=",
        "/console/?project=",
        "/console/logs?range=",
        "/console/",
    ):
        page = http.get(path + quote(hostile))
        assert "<script" not in page.text


def test_without_its_libraries_the_console_says_what_to_install(served):
    import asyncio

    emulator = served.emulator
    absent = mount(
        data=emulator.data,
        store=emulator.store,
        projects=emulator.context.projects,
        clock=emulator.clock,
        find=lambda name: None if name == "vl_convert" else object(),
    )
    answer = asyncio.run(absent(Request(http="GET", path="/console/")))
    assert answer.status == 501
    assert b"pip install 'vigil-emulator[console]'" in answer.body
    assert b"vl_convert" in answer.body


def test_an_emulator_that_nobody_has_used_says_so(empty):
    with httpx.Client(base_url=empty.url, timeout=60, trust_env=False) as client:
        assert "No dashboard has been made" in client.get("/console/").text
        assert "No incident has been opened" in client.get("/console/incidents").text
        assert "No entry was written" in client.get("/console/logs").text
