"""The canonical form: what the API would serve, nothing of meaning lost, the same however often it is made."""

import copy
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel.dashboards import canonical, defaults, digest_of_form, outline, tiles


def chart(**fields):
    return {
        "displayName": "d",
        "gridLayout": {"widgets": [{"xyChart": {"dataSets": [{"plotType": "LINE"}], **fields}}]},
    }


def xy(document):
    return canonical(document)["gridLayout"]["widgets"][0]["xyChart"]


@pytest.mark.parametrize(
    "fields",
    [
        {"thresholds": []},
        {"timeshiftDuration": "0s"},
        {"timeshiftDuration": None},
        {"chartOptions": {"displayHorizontal": False, "showLegend": False, "mode": "MODE_UNSPECIFIED"}},
        {"yAxis": {"label": "", "scale": "SCALE_UNSPECIFIED"}},
    ],
)
def test_api_defaults_are_left_out(fields):
    assert xy(chart(**fields)) == {"dataSets": [{"plotType": "LINE", "targetAxis": "Y1"}]}


@pytest.mark.parametrize(
    "fields",
    [
        {"timeshiftDuration": "3600s"},
        {"chartOptions": {"mode": "COLOR"}},
        {"yAxis": {"label": "requests", "scale": "LINEAR"}},
        {"thresholds": [{"value": 0.5, "label": "slow", "color": "RED", "direction": "ABOVE"}]},
        {"unknownToday": 0, "unknownFlag": False, "unknownText": "", "unknownMessage": {}},
    ],
)
def test_everything_else_stays(fields):
    assert xy(chart(**fields)) == {"dataSets": [{"plotType": "LINE", "targetAxis": "Y1"}], **fields}


def test_what_the_api_fills_in_is_written_so_that_no_preview_shows_it_come_and_go():
    assert xy(chart(yAxis={"label": "requests"}))["yAxis"] == {"label": "requests", "scale": "LINEAR"}
    assert xy({"gridLayout": {"widgets": [{"xyChart": {"dataSets": [{"targetAxis": "Y2"}]}}]}})["dataSets"] == [
        {"targetAxis": "Y2"}
    ]
    table = {"timeSeriesTable": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": "up"}}]}}
    [written] = canonical({"gridLayout": {"widgets": [table]}})["gridLayout"]["widgets"][0]["timeSeriesTable"][
        "dataSets"
    ]
    assert written["minAlignmentPeriod"] == "0s"
    tile = {"width": 1, "height": 1, "widget": {"text": {"content": "c"}}}
    [placed] = canonical({"mosaicLayout": {"tiles": [tile]}})["mosaicLayout"]["tiles"]
    assert placed["widget"]["text"] == {"content": "c", "format": "MARKDOWN", "style": {}}


def test_aggregations_that_do_nothing_are_left_out_and_others_stay():
    query = {
        "timeSeriesFilter": {
            "filter": 'metric.type="x"',
            "aggregation": {
                "alignmentPeriod": "60s",
                "perSeriesAligner": "ALIGN_RATE",
                "crossSeriesReducer": "REDUCE_NONE",
                "groupByFields": [],
            },
            "secondaryAggregation": {"perSeriesAligner": "ALIGN_NONE", "crossSeriesReducer": "REDUCE_NONE"},
        },
        "unitOverride": "",
        "outputFullDuration": False,
    }
    document = {"displayName": "d", "gridLayout": {"widgets": [{"scorecard": {"timeSeriesQuery": query}}]}}
    assert canonical(document)["gridLayout"]["widgets"][0]["scorecard"] == {
        "timeSeriesQuery": {
            "timeSeriesFilter": {
                "filter": 'metric.type="x"',
                "aggregation": {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"},
            }
        }
    }


def test_presence_that_says_something_stays():
    widgets = [
        {"blank": {}},
        {"scorecard": {"blankView": {}}},
        {"singleViewGroup": {}},
        {"collapsibleGroup": {"collapsed": False}},
        {"incidentList": {}},
        {"logsPanel": {"filter": "", "resourceNames": []}},
        {"text": {"content": "", "style": {}}},
    ]
    kept = [
        {"blank": {}},
        {"scorecard": {"blankView": {}}},
        {"singleViewGroup": {}},
        {"collapsibleGroup": {}},
        {"incidentList": {}},
        {"logsPanel": {}},
        {"text": {"format": "MARKDOWN", "style": {}}},
    ]
    assert canonical({"gridLayout": {"widgets": widgets}}) == {"gridLayout": {"widgets": kept}}


def test_members_of_a_oneof_stay_even_when_empty():
    document = {"dashboardFilters": [{"labelKey": "zone", "stringValue": "", "templateVariable": ""}]}
    assert canonical(document) == {"dashboardFilters": [{"labelKey": "zone", "stringValue": ""}]}


def test_labels_are_the_users_whatever_their_value():
    document = {"labels": {"team": "", "columns": "0", "alert": "0s", "empty": "REDUCE_NONE"}}
    assert canonical(document) == document
    assert canonical({"labels": {}}) == {}


def test_zero_positions_and_zero_numbers_are_what_the_api_leaves_out():
    tile = {"xPos": 0, "yPos": 0, "width": 24, "height": 16, "widget": {"scorecard": {"gaugeView": {"lowerBound": 0}}}}
    assert canonical({"mosaicLayout": {"columns": 48, "tiles": [tile]}}) == {
        "mosaicLayout": {
            "columns": 48,
            "tiles": [{"width": 24, "height": 16, "widget": {"scorecard": {"gaugeView": {}}}}],
        }
    }


def test_a_threshold_of_zero_is_the_threshold_that_the_api_serves_without_a_value(sample_dashboards):
    """Dashboards that Google exported have thresholds without a value: the API serves a value of 0 as none."""
    served = [
        threshold
        for document in sample_dashboards.values()
        for threshold in re.findall(r'"thresholds": \[\{[^]]*', json.dumps(document))
        if '"value"' not in threshold
    ]
    assert served, "no sample has a threshold without a value any more: look again at what the API serves"
    assert xy(chart(thresholds=[{"value": 0, "color": "RED"}])) == xy(chart(thresholds=[{"color": "RED"}]))
    assert len(xy(chart(thresholds=[{"value": 0}]))["thresholds"]) == 1


def test_what_the_server_sets_is_left_out_at_the_top_only():
    document = {
        "name": "projects/1/dashboards/2",
        "etag": "x",
        "gridLayout": {"widgets": [{"alertChart": {"name": "n"}}]},
    }
    assert canonical(document) == {"gridLayout": {"widgets": [{"alertChart": {"name": "n"}}]}}


def test_numbers_are_written_as_the_api_writes_them():
    assert canonical({"gridLayout": {"columns": 2, "widgets": []}}) == {"gridLayout": {"columns": "2"}}
    assert canonical({"columnLayout": {"columns": [{"weight": 3}]}}) == {"columnLayout": {"columns": [{"weight": "3"}]}}
    assert canonical({"mosaicLayout": {"columns": 48.0}}) == {"mosaicLayout": {"columns": 48}}
    assert isinstance(canonical({"mosaicLayout": {"columns": 48.0}})["mosaicLayout"]["columns"], int)


def test_keys_are_sorted_and_the_argument_is_untouched():
    document = {"gridLayout": {"widgets": [{"title": "t", "blank": {}}]}, "displayName": "d", "etag": "e"}
    before = copy.deepcopy(document)
    form = canonical(document)
    assert json.dumps(form) == json.dumps(form, sort_keys=True)
    assert document == before


def test_the_digest_changes_with_the_dashboard_and_with_nothing_else():
    plain, spelled, other = (
        digest_of_form(canonical(one))
        for one in (chart(), chart(thresholds=[], timeshiftDuration="0s"), chart(thresholds=[{"value": 1}]))
    )
    assert plain == spelled
    assert plain != other
    assert re.fullmatch(r"[0-9a-f]{12}", plain)


def page(*widgets, size=(24, 16)):
    """A page of a heading and widgets below each other."""
    width, height = size
    heading = {"title": "Traffic", "sectionHeader": {}}
    placed = [
        {"yPos": 4 + height * row, "width": width, "height": height, "widget": one} for row, one in enumerate(widgets)
    ]
    return {"mosaicLayout": {"tiles": [{"width": 48, "height": 4, "widget": heading}, *placed]}}


def line(title, query="up", **fields):
    return {"title": title, "xyChart": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": query}}], **fields}}


def differing(before, after):
    """The lines of two outlines that only one of them has: (gone, new)."""
    old, new = outline(before).splitlines(), outline(after).splitlines()
    return [one for one in old if one not in new], [one for one in new if one not in old]


FAILED, SLOW, LOGS = line("Share that failed"), line("Latency: p95"), {"title": "Log", "logsPanel": {}}


ROW = r"\(xy chart, 24 x 16, \w{8}\)"


@pytest.mark.parametrize(
    ("after", "gone", "new"),
    [
        pytest.param(page(FAILED, SLOW, LOGS), [], [], id="nothing"),
        pytest.param(
            page(FAILED, SLOW), [r"Traffic / Log \(logs panel, 24 x 16, \w{8}\)", "  logsPanel = {}"], [], id="removed"
        ),
        pytest.param(
            page(FAILED, line("New", "new"), SLOW, LOGS),
            [],
            [f"Traffic / New {ROW}", r"  dataSets\[0\].timeSeriesQuery.prometheusQuery = new"],
            id="added",
        ),
        pytest.param(
            page(FAILED, line("Latency: p95", "down"), LOGS),
            [f"Traffic / Latency: p95 {ROW}"],
            [f"Traffic / Latency: p95 {ROW}", r"  dataSets\[0\].timeSeriesQuery.prometheusQuery = down"],
            id="another query",
        ),
        pytest.param(
            page(line("Share that failed", thresholds=[{"label": "limit", "value": 0.02}]), SLOW, LOGS),
            [f"Traffic / Share that failed {ROW}"],
            [
                f"Traffic / Share that failed {ROW}",
                r"  thresholds\[0\].label = limit",
                r"  thresholds\[0\].value = 0.02",
            ],
            id="a threshold",
        ),
        pytest.param(
            page(FAILED, SLOW, {"logsPanel": {}}),
            [r"Traffic / Log .*"],
            [r"Traffic / untitled logs panel \(logs panel, 24 x 16, \w{8}\)"],
            id="without a title",
        ),
        pytest.param(
            {**page(FAILED, SLOW, LOGS), "dashboardFilters": [{"labelKey": "zone"}]},
            [],
            [r"dashboardFilters\[0\].labelKey = zone"],
            id="beside the tiles",
        ),
    ],
)
def test_an_outline_names_the_tile_that_changes_and_what_changes_in_it(after, gone, new):
    found = differing(page(FAILED, SLOW, LOGS), after)
    for lines, patterns in zip(found, (gone, new), strict=True):
        assert len(lines) == len(patterns), lines
        assert all(re.fullmatch(pattern, text) for pattern, text in zip(patterns, lines, strict=True)), lines


def test_an_outline_has_the_order_of_the_page_and_the_size_of_each_tile():
    before, moved = outline(page(FAILED, SLOW)), outline(page(SLOW, FAILED))
    assert sorted(before.splitlines()) == sorted(moved.splitlines())
    assert before != moved
    assert outline(page(FAILED, SLOW, size=(48, 8))).count("48 x 8") == 2


def test_no_line_of_an_outline_is_longer_than_the_engine_shows(sample_dashboards):
    for name, document in sample_dashboards.items():
        known = canonical(document)
        lines = outline(known).splitlines()
        named = [text for text in lines if re.search(r", \w{8}\)$", text) and not text.startswith(" ")]
        assert len(named) == len(list(tiles(known))), name
        assert all(len(text) <= 110 for text in lines if text not in named), name
    query = " + ".join(f"metric_{number}" for number in range(40))
    changed = differing(page(line("Sum", query)), page(line("Sum", f"{query} + last")))
    assert any("last" in text for text in changed[1])


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.floats(-2, 2), st.sampled_from(["", "0s", "0", "a"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["thresholds", "value", "labels", "yAxis", "blank", "columns", "label", "scale", "tiles", "new", "etag"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["gridLayout", "labels", "displayName", "mosaicLayout"]), json_values))
def test_the_canonical_form_of_a_canonical_form_is_itself(document):
    form = canonical(document)
    assert canonical(form) == form


# What Google documents and users report of its normalisation, written a second time and differently: over the text of
# the document's leaves instead of field by field.
def leaves(value, path=()):
    if isinstance(value, dict):
        if not value:
            yield (path, "{}")
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        if not value:
            yield (path, "[]")
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield (path, value)


def vanishes(leaf):
    _, value = leaf
    if value in (None, "", 0, "0s", "{}", "[]") or value is False:
        return True
    return isinstance(value, str) and re.fullmatch(r"[A-Z]+_(?:[A-Z_]+_)?(?:NONE|UNSPECIFIED)", value) is not None


def normalised(document):
    return {leaf for leaf in leaves(document) if not vanishes(leaf)}


def test_nothing_is_lost_on_any_sample_dashboard(sample_dashboards):
    assert len(sample_dashboards) > 100
    for name, document in sample_dashboards.items():
        form = canonical(document)
        assert normalised(document) <= normalised(form), name
        added = {(leaf[0][-1], leaf[1]) for leaf in normalised(form) - normalised(document)}
        assert added <= {("targetAxis", "Y1"), ("scale", "LINEAR"), ("format", "MARKDOWN")}, name
        assert canonical(form) == form, name


def test_no_default_is_left_on_any_sample_dashboard(sample_dashboards):
    """What is still default-like in the samples' canonical forms are members of a oneof, which say something."""
    left = {
        leaf[0][-1] for document in sample_dashboards.values() for leaf in leaves(canonical(document)) if vanishes(leaf)
    }
    assert left <= {
        "blank",
        "blankView",
        "singleViewGroup",
        "collapsibleGroup",
        "stringValue",
        "incidentList",
        "text",
    } | {
        "logsPanel",
        "sectionHeader",
        "gaugeView",
        "errorReportingPanel",
        "filterControl",
    } | {"style", "minAlignmentPeriod"}, left  # which the API writes too


def exchanges(text):
    for part in re.split(r"^---$", text, flags=re.MULTILINE):
        request, _, response = part.partition("\n200 OK\n")
        method = request.strip().split(" ", 1)[0]
        bodies = [re.search(r"^\{.*^\}", side, flags=re.DOTALL | re.MULTILINE) for side in (request, response)]
        if method in ("POST", "PATCH") and all(bodies):
            yield tuple(json.loads(body[0]) for body in bodies)


def without_what_the_server_added(served, sent):
    """As Google's provider compares: keys that were not sent are not looked at."""
    if isinstance(served, dict) and isinstance(sent, dict):
        return {key: without_what_the_server_added(served[key], sent[key]) for key in served if key in sent}
    if served == 1 and sent == "Y1":  # recorded with enumerations as numbers
        return sent
    if isinstance(served, list) and isinstance(sent, list) and len(served) == len(sent):
        return [without_what_the_server_added(*pair) for pair in zip(served, sent, strict=True)]
    return served


def test_what_the_server_answers_is_no_change_to_the_canonical_form(corpus):
    """The recorded answers, compared as the provider does, equal what was sent in canonical form."""
    seen = 0
    for path in sorted((corpus / "recorded-http").glob("*dashboard*")):
        for sent, served in exchanges(path.read_text()):
            ours = canonical(sent)
            assert without_what_the_server_added(served, ours) == ours, path.name
            seen += 1
    assert seen >= 6


def schema_fields(api):
    fields = {}
    for schema in api["schemas"].values():
        for name, field in schema.get("properties", {}).items():
            fields.setdefault(name, []).append(field)
    return fields


def test_the_listed_defaults_are_those_of_the_api_description(dashboards_api):
    """Fields that the description names have the type and the first enumeration value that the list relies on."""
    fields = schema_fields(dashboards_api)
    served_without_description = {"displayColumnType", "showFilterBar", "showLegend", "useReservedSlots"}
    for name in defaults.FALSE - served_without_description:
        assert any(field.get("type") == "boolean" for field in fields[name]), name
    for name in defaults.ZERO - {"sliceAggregatedThreshold"}:
        kinds = {field.get("type") for field in fields[name]} | {field.get("format") for field in fields[name]}
        assert kinds & {"integer", "number", "int64"}, name
    for name in defaults.EMPTY_TEXT - {"description", "queryHandle", "savedQueryId"}:
        assert any(field.get("type") == "string" and "enum" not in field for field in fields[name]), name
    for name, values in defaults.ENUMS.items():
        if name == "groupBy":
            continue
        assert values == {field["enum"][0] for field in fields[name] if "enum" in field}, name
    for name in defaults.ZERO_DURATION:
        assert any(field.get("format") == "google-duration" for field in fields[name]), name
