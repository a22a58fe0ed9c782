"""Dashboards as values: widgets of all kinds, sections, one canonical document."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel import dashboards as normal_form
from vigil_apimodel.metrics import cloud_run
from vigil_components import Dashboard, DashboardArgs, RuleViolationError
from vigil_components.dashboards import (
    DIGEST_LABEL,
    Filter,
    Group,
    LayoutError,
    Line,
    Section,
    Threshold,
    alert_chart,
    blank,
    document,
    error_panel,
    filter_control,
    gauge,
    incident_list,
    logs_panel,
    mosaic,
    pie,
    rows,
    scorecard,
    table,
    text_panel,
    treemap,
    xy_chart,
)
from vigil_components.queries import Query
from vigil_components.testing import record

CPU = Line(
    query=Query(
        metric=cloud_run.CPU_UTILIZATIONS,
        resource="cloud_run_revision",
        aligner="ALIGN_PERCENTILE_99",
        reducer="REDUCE_MAX",
        group_by=("resource.service_name",),
    ),
    legend="${resource.labels.service_name}",
)
UP = Line(query="vector(1)", unit="1")
ALL_KINDS = [
    xy_chart("chart", [UP], thresholds=[Threshold(label="limit", value=0.5)], axis="s"),
    xy_chart("heat", [Line(query="vector(1)", plot="HEATMAP")]),
    scorecard("card", UP),
    gauge("gauge", UP, lowest=0, highest=1),
    table("table", [CPU], bars=True),
    pie("pie", CPU, donut=True),
    treemap("map", CPU, hierarchy=["service_name"]),
    text_panel("note", "# hello"),
    logs_panel("logs", "severity>=ERROR"),
    incident_list("incidents", resource_types=["cloud_run_revision"]),
    error_panel("errors", services=["api"]),
    alert_chart("alert", "projects/example-shop/alertPolicies/1"),
    filter_control("service"),
    blank(),
]


def built(*sections: Section, **changed: object) -> dict[str, object]:
    return document(DashboardArgs(project="example-shop", title="Shop", sections=sections, **changed))


def discovery() -> dict[str, dict[str, dict[str, dict[str, object]]]]:
    import googleapiclient

    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    return json.loads((folder / "monitoring.v1.json").read_text())["schemas"]


def unknown_fields(value: object, schema: str, path: str = "") -> list[str]:
    """Fields of `value` that the published schema does not have, walked by its references."""
    schemas = discovery()
    found: list[str] = []
    for key, item in value.items():
        declared = schemas[schema]["properties"].get(key)
        if declared is None:
            found.append(f"{path}.{key}")
            continue
        inner = declared.get("$ref") or (declared.get("items") or {}).get("$ref")
        if inner:
            for one in item if isinstance(item, list) else [item]:
                found += unknown_fields(one, inner, f"{path}.{key}")
        elif "enum" in declared:
            assert item in declared["enum"], f"{path}.{key}: {item}"
    return found


@pytest.mark.parametrize("widget", ALL_KINDS, ids=lambda widget: next(key for key in widget if key != "title"))
def test_every_widget_has_only_fields_and_values_of_the_published_schema(widget):
    assert unknown_fields(widget, "Widget") == []


def test_there_is_a_function_for_every_kind_of_widget_that_the_api_has():
    kinds = set(discovery()["Widget"]["properties"]) - {"id", "title", "visibilityCondition", "timeRange"}
    made = {key for widget in ALL_KINDS for key in widget} | {"sectionHeader", "collapsibleGroup", "singleViewGroup"}
    assert kinds <= made


def test_a_whole_dashboard_is_registered_with_every_kind_of_widget():
    args = DashboardArgs(
        project="example-shop",
        title="All",
        sections=[rows("all", *[[one] for one in ALL_KINDS])],
        filters=[Filter(label="service_name", variable="service", value="api")],
        labels={"team": "shop"},
    )
    inputs = record(lambda: Dashboard("all", args)).one("gcp:monitoring/dashboard:Dashboard").inputs
    body = json.loads(inputs["dashboardJson"])
    assert unknown_fields(body, "Dashboard") == []
    assert body["dashboardFilters"] == [
        {
            "filterType": "RESOURCE_LABEL",
            "labelKey": "service_name",
            "stringValue": "api",
            "templateVariable": "service",
        }
    ]
    assert [mark["eventType"] for mark in body["annotations"]["eventAnnotations"]] == [
        "CLOUD_RUN_DEPLOYMENT",
        "CLOUD_ALERTING_ALERT",
    ]
    assert body["labels"]["team"] == "shop"


def test_a_typed_query_becomes_filter_and_aggregation():
    assert CPU.time_series_query() == {
        "timeSeriesFilter": {
            "filter": 'metric.type = "run.googleapis.com/container/cpu/utilizations" AND '
            'resource.type = "cloud_run_revision"',
            "aggregation": {
                "alignmentPeriod": "60s",
                "perSeriesAligner": "ALIGN_PERCENTILE_99",
                "crossSeriesReducer": "REDUCE_MAX",
                "groupByFields": ["resource.label.service_name"],
            },
        }
    }


def test_the_document_is_its_own_normal_form():
    body = built(rows("a", [UP and text_panel("x", "y")]))
    assert normal_form.canonical(body) == body


def test_taking_something_away_changes_the_digest_although_the_provider_does_not_see_the_key_go():
    with_line = built(rows("a", [xy_chart("c", [UP], thresholds=[Threshold(label="l", value=1)])]))
    without = built(rows("a", [xy_chart("c", [UP])]))
    assert with_line["labels"][DIGEST_LABEL] != without["labels"][DIGEST_LABEL]


def test_the_component_registers_an_outline_so_that_pulumi_names_the_tile_that_changes():
    def outlined(value: float) -> list[str]:
        chart = xy_chart("Requests fail", [UP], thresholds=[Threshold(label="limit", value=value)])
        args = DashboardArgs(project="p", title="Shop", sections=[rows("Traffic", [chart, text_panel("Note", "hi")])])
        board = record(lambda: Dashboard("shop", args)).one(Dashboard.TYPE)
        assert set(board.inputs) == {"title", "tiles"}
        return str(board.inputs["tiles"]).splitlines()

    before, after = outlined(0.05), outlined(0.02)
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert [old.strip().rpartition(",")[0] or old.strip() for old, _ in changed] == [
        "Traffic / Requests fail (xy chart, 24 x 16",
        "thresholds[0].value = 0.05",
    ]
    assert changed[1][1] == "  thresholds[0].value = 0.02"
    assert not any(DIGEST_LABEL in line for line in before)


def test_more_widgets_than_a_dashboard_takes_are_refused_with_the_rule():
    sections = [rows(f"section {index}", *[[blank()] for _ in range(40)]) for index in range(3)]
    with pytest.raises(RuleViolationError, match="dashboard-widget-count"):
        record(lambda: Dashboard("big", DashboardArgs(project="example-shop", title="Big", sections=sections)))


def test_widgets_that_do_not_share_a_row_evenly_are_refused():
    with pytest.raises(LayoutError, match=r"section 'a', row 1: 5 widgets do not share 48 columns evenly; use 1, 2, 3"):
        rows("a", [blank()] * 5)


sections_of_rows = st.lists(
    st.tuples(st.lists(st.sampled_from([1, 2, 3, 4, 6, 8]), max_size=4), st.sampled_from(list(Group))), max_size=5
)


@given(sections_of_rows)
def test_tiles_never_overlap_and_stay_on_the_page(shape):
    sections = []
    for index, (counts, group) in enumerate(shape):
        section = rows(f"s{index}", *[[blank()] * count for count in counts])
        sections.append(Section(title=section.title, tiles=section.tiles, group=group))
    taken: set[tuple[int, int]] = set()
    for tile in mosaic(sections)["tiles"]:
        assert tile["xPos"] + tile["width"] <= 48
        if {"collapsibleGroup", "singleViewGroup"} & set(tile["widget"]):
            continue
        cells = {
            (x, y)
            for x in range(tile["xPos"], tile["xPos"] + tile["width"])
            for y in range(tile["yPos"], tile["yPos"] + tile["height"])
        }
        assert not cells & taken
        taken |= cells


@given(sections_of_rows)
def test_a_folding_group_encloses_its_tiles(shape):
    sections = []
    for index, (counts, _) in enumerate(shape):
        section = rows(f"s{index}", *[[blank()] * count for count in counts])
        sections.append(Section(title=section.title, tiles=section.tiles, group=Group.FOLDED))
    bottom = 0
    for tile in mosaic(sections)["tiles"]:
        if "collapsibleGroup" in tile["widget"]:
            assert tile["yPos"] >= bottom
            bottom = tile["yPos"] + tile["height"]
        else:
            assert tile["yPos"] + tile["height"] <= bottom
