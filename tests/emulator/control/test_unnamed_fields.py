"""Fields of dashboards that the API serves but does not describe: kept, with a note; slips of the pen are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.control.dashboard_fields import described
from vigil_apimodel.dashboards import FIELDS, SEEN, WHOLE, accepted, unnamed
from vigil_apimodel.rules import Severity, check

DASHBOARD = "gcp:monitoring/dashboard:Dashboard"


def board(widget=None, **more):
    return {"displayName": "d", "gridLayout": {"widgets": [widget or {"text": {"content": "x"}}]}, **more}


def rules(dashboard):
    return check(DASHBOARD, {"dashboardJson": json.dumps(dashboard)})


def test_the_table_of_fields_is_the_discovery_document_s():
    assert {message: dict(fields) for message, fields in FIELDS.items()} == described()


@pytest.mark.parametrize(
    "dashboard",
    [
        board(category="CUSTOM"), board({"pieChart": {"chartType": "DONUT", "showTotal": True, "dataSets": []}}),
        board({"xyChart": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": "up"}, "secondary": True, "breakdowns": []}]}}),
        board({"timeSeriesTable": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": "up"}, "breakdowns": [{"column": "a"}]}]}}),
        board({"newKindOfWidget": {"a": 1}}), board({"title": "t", "text": {"content": "x", "hue": "RED"}}),
    ],
)  # fmt: skip
def test_what_google_may_serve_is_kept_and_read_back(api, dashboard):
    created = api.ok("POST", "/v1/projects/p/dashboards", dashboard)
    read = api.ok("GET", f"/v1/{created['name']}")
    expected = {"displayName": "d"} | ({"category": "CUSTOM"} if "category" in dashboard else {})
    assert {key: read[key] for key in expected} == expected
    widget, sent = read["gridLayout"]["widgets"][0], dashboard["gridLayout"]["widgets"][0]
    for kind, content in sent.items():
        for key, value in content.items() if isinstance(content, dict) else ():
            assert key in widget[kind] or value in (False, [], 0)
    noted = [found for found in rules(dashboard) if found.severity is Severity.ERROR]
    assert noted == []


def test_the_note_names_each_field_that_nobody_describes(api):
    dashboard = board({"text": {"content": "x", "hue": "RED"}}, mood="bright", category="CUSTOM")
    created = api.ok("POST", "/v1/projects/p/dashboards", dashboard)
    (name,) = [key for key in api.emulator.data.problems() if "dashboards" in key]
    assert name.endswith(created["name"].rpartition("/")[2])
    note = api.emulator.data.problems()[name]
    assert "gridLayout.widgets[0].text.hue" in note
    assert "mood" in note
    assert "category" not in note
    broken = {(found.rule, found.field) for found in rules(dashboard)}
    assert {
        ("dashboard-unnamed-field", "mood"),
        ("dashboard-unnamed-field", "gridLayout.widgets[0].text.hue"),
    } <= broken


@pytest.mark.parametrize(
    ("dashboard", "meant"),
    [
        (board(dispalyName="x"), "displayName"), (board({"titel": "t", "text": {}}), "title"), (board({"xyChart": {"dataSet": []}}), "dataSets"),
        (board({"text": {"contents": "x"}}), "content"), (board({"xy_charts": {}, "text": {}}), "xyChart"), (board({"text": {}}, lables={}), "labels"),
        (board({"xyChart": {"dataSets": [{"timeSeriesFilter": {}}]}}), "write it in timeSeriesQuery"),
        (board({"text": {"content": "x", "title": "t"}}), "write it beside text, one level up"),
    ],
)  # fmt: skip
def test_a_slip_of_the_pen_is_refused_and_a_rule_says_what_was_meant(api, dashboard, meant):
    code, status, message = api.refused("POST", "/v1/projects/p/dashboards", dashboard)
    assert (code, status) == (400, "INVALID_ARGUMENT")
    assert "Unknown name" in message
    errors = [found for found in rules(dashboard) if found.severity is Severity.ERROR]
    assert any(meant in found.message for found in errors)


@pytest.mark.parametrize("layout", ["gridLayout", "mosaicLayout", "rowLayout", "columnLayout"])
def test_layouts_have_their_published_fields_only(api, layout):
    dashboard = {"displayName": "d", layout: {"legacyRows": 1}}
    assert "legacyRows" in api.refused("POST", "/v1/projects/p/dashboards", dashboard)[2]
    assert any(found.rule == "dashboard-unknown-field" for found in rules(dashboard))


@given(message=st.sampled_from(sorted(FIELDS)), name=st.from_regex(r"[a-z][a-zA-Z]{0,12}", fullmatch=True))
def test_known_fields_are_never_mistakes_and_whole_messages_take_nothing_else(message, name):
    for known in (*FIELDS[message], *SEEN.get(message, ())):
        assert not [found for found in unnamed({known: 1}) if found.refused and known in FIELDS["Dashboard"]]
    assert not accepted(message, name) or message not in WHOLE


def test_the_other_apis_take_no_field_that_is_not_described(api):
    assert (
        api.refused(
            "POST", "/v2/projects/p/sinks", {"name": "s", "destination": "storage.googleapis.com/b", "mood": "x"}
        )[0]
        == 400
    )
