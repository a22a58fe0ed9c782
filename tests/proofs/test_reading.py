"""A stage has the log-based metrics that its policies read, and no others."""

import pytest

from vigil_proofs.reading import read_by

OWN, OTHER = "projects/p/metrics/api/order.rejected", "projects/p/metrics/api/order.received"


def promql(query):
    return {"conditions": [{"conditionPrometheusQueryLanguage": {"query": query}}]}


def threshold(filter_text, **more):
    return {"conditions": [{"conditionThreshold": {"filter": filter_text, **more}}]}


def reads(body):
    read = read_by({"projects/p/alertPolicies/1": body})
    return {name for name in (OWN, OTHER) if read(name)}


@pytest.mark.parametrize(
    "body",
    [
        promql("sum(rate(logging_googleapis_com:user_api_order_rejected[5m])) > 1"),
        promql('sum(rate({"logging.googleapis.com/user/api/order.rejected"}[5m])) > 1'),
        promql("histogram_quantile(0.9, rate(logging_googleapis_com:user_api_order_rejected_bucket[5m])) > 1"),
        threshold('metric.type="logging.googleapis.com/user/api/order.rejected" AND resource.type="global"'),
        {
            "conditions": [
                {"conditionAbsent": {"filter": 'metric.type="logging.googleapis.com/user/api/order.rejected"'}}
            ]
        },
    ],
)
def test_a_metric_is_read_by_any_of_its_names(body):
    assert reads(body) == {OWN}


def test_a_ratio_reads_the_metrics_of_both_sides():
    kind = "logging.googleapis.com/user/api/order"
    both = threshold(f'metric.type="{kind}.rejected"', denominatorFilter=f'metric.type="{kind}.received"')
    assert reads(both) == {OWN, OTHER}


@pytest.mark.parametrize(
    "body",
    [
        promql("increase(logging_googleapis_com:logs_based_metrics_error_count[10m]) > 0"),
        threshold('metric.type="logging.googleapis.com/logs_based_metrics_error_count"'),
        threshold('select_slo_burn_rate("projects/p/services/s/serviceLevelObjectives/o", "1h")'),
        promql("sum("),
    ],
)
def test_a_condition_that_depends_on_all_metrics_keeps_all(body):
    assert reads(body) == {OWN, OTHER}


@pytest.mark.parametrize("filter_text", ["severity>=ERROR", 'jsonPayload.event="order.rejected"'])
def test_a_log_match_reads_none(filter_text):
    assert reads({"conditions": [{"conditionMatchedLog": {"filter": filter_text}}]}) == set()
