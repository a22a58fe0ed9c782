"""Incidents are marked on the charts that show what they are about, and on no other."""

import pytest

from vigil_emulator.charts.model import Band
from vigil_emulator.console.sources import Marked, bands_on, metrics_of


def promql(query: str) -> dict[str, object]:
    return {"xyChart": {"dataSets": [{"timeSeriesQuery": {"prometheusQuery": query}}]}}


def by_filter(metric: str) -> dict[str, object]:
    return {
        "xyChart": {"dataSets": [{"timeSeriesQuery": {"timeSeriesFilter": {"filter": f'metric.type = "{metric}"'}}}]}
    }


FAILED = "logging.googleapis.com/user/api/failed"
IN_PROMQL = "logging_googleapis_com:user_api_failed"


@pytest.mark.parametrize(
    ("condition", "widget", "marked"),
    [
        ({"conditionPrometheusQueryLanguage": {"query": f"sum(rate({IN_PROMQL}[5m])) > 3"}}, by_filter(FAILED), True),
        ({"conditionThreshold": {"filter": f'metric.type="{FAILED}"'}}, promql(f"rate({IN_PROMQL}[1m])"), True),
        ({"conditionPrometheusQueryLanguage": {"query": "histogram_quantile(0.9, rate(x_bucket[5m])) > 1"}}, promql("rate(x_count[5m])"), True),
        ({"conditionPrometheusQueryLanguage": {"query": f"{IN_PROMQL} > 3"}}, promql("rate(other[1m])"), False),
        ({"conditionPrometheusQueryLanguage": {"query": "vector(1)"}}, promql(f"rate({IN_PROMQL}[1m])"), False),
        ({"conditionMatchedLog": {"filter": "severity=ERROR"}}, promql(f"rate({IN_PROMQL}[1m])"), False),
    ],
)  # fmt: skip
def test_a_chart_is_marked_when_the_condition_reads_what_it_draws(condition, widget, marked) -> None:
    incident = Marked(Band(start=10, end=20), metrics_of(condition))
    assert bands_on([incident], widget) == ([Band(start=10, end=20)] if marked else [])


def test_incidents_that_overlap_are_one_mark() -> None:
    metrics = frozenset({"m"})
    incidents = [Marked(Band(start=start, end=end), metrics) for start, end in ((0, 10), (5, 20), (30, 40))]
    assert bands_on(incidents, promql("m")) == [Band(start=0, end=20), Band(start=30, end=40)]
