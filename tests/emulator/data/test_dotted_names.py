"""Metrics and labels that keep their dots, as those that arrive over OTLP do: found by their quoted names alone."""

import pytest

from tests.emulator.data.conftest import call
from vigil_apimodel.metrics import opentelemetry
from vigil_emulator import data_methods

TARGET = {
    "type": "prometheus_target",
    "labels": {
        "project_id": "p",
        "location": "europe-west1",
        "cluster": "",
        "namespace": "",
        "job": "shop",
        "instance": "1",
    },
}
REQUESTS = "prometheus.googleapis.com/shop.requests/counter"


@pytest.fixture
def counted(world):
    """A counter of two error types that grows by 30 and 60 a minute."""
    start = world.time(-60)
    for minute in range(11):
        series = [
            {
                "metric": {"type": REQUESTS, "labels": labels},
                "resource": TARGET,
                "metricKind": "CUMULATIVE",
                "valueType": "DOUBLE",
                "points": [
                    {"interval": {"startTime": start, "endTime": world.time()}, "value": {"doubleValue": each * minute}}
                ],
            }
            for labels, each in (
                ({"error.type": "timeout", "http.route": "/a"}, 30),
                ({"http.route": "/b"}, 60),
            )
        ]
        call_ = call("monitoring.projects.timeSeries.create", path={"name": "projects/p"}, body={"timeSeries": series})
        data_methods.handlers(world.plane)["monitoring.projects.timeSeries.create"](call_)
        world.pass_time(60)
    return world


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ('{"shop.requests"}', 2),
        ('{__name__="shop.requests"}', 2),
        ('{"shop.requests","error.type"!=""}', 1),
        ('{"shop.requests","error.type"=~"time.*"}', 1),
        ('{"shop.requests","error.type"=""}', 1),
        ('sum by ("error.type") ({"shop.requests"})', 2),
        ('sum without ("http.route") ({"shop.requests"})', 2),
        ('{"shop.requests"} * on ("http.route") group_left () {"shop.requests"}', 2),
        ('count_values("a.b", {"shop.requests"})', 2),
        ("shop_requests", 0),
        ('{"shop.requests",error_type!=""}', 0),
    ],
)
def test_a_quoted_name_finds_the_label_with_its_dots(counted, query, found):
    assert len(counted.query(query)) == found


def test_labels_come_back_as_they_were_written(counted):
    timeout = next(one for one in counted.query('{"shop.requests"}') if "error.type" in one["metric"])
    assert timeout["metric"]["error.type"] == "timeout"
    assert timeout["metric"]["__name__"] == "shop.requests"
    assert [one["value"][1] for one in counted.query('sum(increase({"shop.requests","error.type"!=""}[5m]))')] == [
        "150"
    ]


def test_a_policy_fires_for_the_series_of_a_quoted_label(counted):
    query = 'sum by ("error.type") (rate({"shop.requests","error.type"!=""}[5m])) > 0.1'
    counted.policy({"conditionPrometheusQueryLanguage": {"query": query, "duration": "0s"}})
    counted.pass_time(120)
    assert [one["labels"] for one in counted.open_incidents()] == [{"error.type": "timeout"}]


def test_a_filter_and_its_groups_take_the_quoted_key(counted):
    found = counted.time_series(
        f'metric.type="{REQUESTS}" AND metric.labels."error.type"="timeout"',
        **{
            "aggregation.alignmentPeriod": "60s",
            "aggregation.perSeriesAligner": "ALIGN_RATE",
            "aggregation.crossSeriesReducer": "REDUCE_SUM",
            "aggregation.groupByFields": 'metric.label."http.route"',
        },
    )
    assert [one["metric"]["labels"] for one in found] == [{"http.route": "/a"}]


def test_each_constant_is_selected_by_the_name_that_its_type_has():
    for one in opentelemetry.CONVENTIONS:
        assert one.otlp.promql == one.name
        assert "." not in one.exporter.promql
