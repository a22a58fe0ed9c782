"""What to write instead of a field that no description names."""

import pytest

from vigil_apimodel.misnamed import remedy

MESSAGES = {
    "Policy": {"displayName": "", "userLabels": "", "conditions": "Condition", "documentation": "Documentation"},
    "Either": {"threshold": "Condition", "promql": "Query"},
    "Query": {"query": "", "evaluationInterval": ""},
    "Condition": {"thresholdValue": "", "aggregations": "Aggregation", "duration": "", "comparison": ""},
    "Documentation": {"content": "", "subject": ""},
    "Aggregation": {"perSeriesAligner": "", "crossSeriesReducer": "", "groupByFields": "", "alignmentPeriod": ""},
}


@pytest.mark.parametrize(
    ("message", "name", "expected"),
    [
        ("Policy", "dispalyName", "write displayName"),
        ("Policy", "display_names", "write displayName"),
        ("Policy", "DISPLAYNAME", "write displayName"),
        ("Policy", "thresholdValue", "write it in conditions"),
        ("Aggregation", "threshold_value", "write it beside aggregations, one level up"),
        ("Aggregation", "aligner", "write perSeriesAligner"),
        ("Aggregation", "alinger", "write perSeriesAligner"),
        ("Aggregation", "series_aligner", "write perSeriesAligner"),
        ("Aggregation", "Reducers", "write crossSeriesReducer"),
        ("Aggregation", "groupBy", "write groupByFields"),
        ("Aggregation", "series", "write perSeriesAligner or crossSeriesReducer"),
        ("Condition", "treshold", "write thresholdValue"),
        ("Policy", "labels", "write userLabels"),
        ("Condition", "for", "write duration"),
        ("Condition", "Window", "write duration"),
        ("Condition", "comparator", "write comparison"),
        ("Aggregation", "window", "write alignmentPeriod"),
        ("Condition", "retest_window", "write duration"),
        ("Aggregation", "rollingWindow", "write alignmentPeriod"),
        ("Aggregation", "alignmentDuration", "write alignmentPeriod"),
        ("Aggregation", "alignment_window", "write alignmentPeriod"),
        ("Condition", "aligner", "write perSeriesAligner in aggregations"),
        ("Condition", "groupBy", "write groupByFields in aggregations"),
        ("Condition", "alignmentDuration", "write alignmentPeriod in aggregations"),
        ("Condition", "evaluationInterval", "remove it, threshold has none: it is of promql"),
        ("Documentation", "text", "write content"),
        ("Documentation", "title", "write subject"),
    ],
)
def test_a_field_that_is_close_to_a_known_one_or_a_part_of_it_or_elsewhere_is_a_mistake(message, name, expected):
    assert remedy(MESSAGES, message, name) == expected


@pytest.mark.parametrize(
    ("message", "name"),
    [
        ("Policy", "rota"),
        ("Policy", "displayNamePrefix"),
        ("Aggregation", "alignerSeries"),
        ("Policy", ""),
        ("Policy", "_"),
        ("Policy", "名前"),
        ("Policy", "window" * 50),
        ("Policy", "Window" * 50),
    ],
)
def test_any_other_field_may_be_newer_than_the_description(message, name):
    assert remedy(MESSAGES, message, name) == ""
