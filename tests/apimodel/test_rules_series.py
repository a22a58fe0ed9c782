"""Rules of aggregations, of labels in filters, and of PromQL, in policies and dashboards alike."""

import json

import pytest

from vigil_apimodel.rules import aggregations, promql_queries
from vigil_apimodel.rules.promql_queries import unmatched
from vigil_apimodel.tokens import ALERT_POLICY, DASHBOARD

CUSTOM = 'metric.type="custom.googleapis.com/x" AND resource.type="global"'
REQUESTS = 'metric.type="run.googleapis.com/request_count" AND resource.type="cloud_run_revision"'
LATENCIES = 'metric.type="run.googleapis.com/request_latencies" AND resource.type="cloud_run_revision"'
BALANCER = 'metric.type="loadbalancing.googleapis.com/https/request_count" AND resource.type="https_lb_rule"'
INSTANCES = 'metric.type="run.googleapis.com/container/instance_count" AND resource.type="cloud_run_revision"'
RATE = {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}
PLACE = "conditions[0].conditionThreshold"


def policy(*steps, series=CUSTOM, **fields):
    condition = {"filter": series, "comparison": "COMPARISON_GT", "aggregations": list(steps), **fields}
    return {"combiner": "OR", "conditions": [{"conditionThreshold": condition}]}


def promql(query, **fields):
    return {"combiner": "OR", "conditions": [{"conditionPrometheusQueryLanguage": {"query": query, **fields}}]}


def dashboard(**query):
    document = {"displayName": "d", "gridLayout": {"widgets": [{"scorecard": {"timeSeriesQuery": query}}]}}
    return {"dashboardJson": json.dumps(document)}


BROKEN = {
    "alignment-period": [
        (policy({**RATE, "alignmentPeriod": "450s"}), f"{PLACE}.aggregations[0].alignmentPeriod", 'write "480s"'),
        (policy({**RATE, "alignmentPeriod": "30s"}), f"{PLACE}.aggregations[0].alignmentPeriod", "less than a minute"),
        (policy({**RATE, "alignmentPeriod": "90060s"}), f"{PLACE}.aggregations[0].alignmentPeriod", "25 hours"),
        (policy({**RATE, "alignmentPeriod": "1m"}), f"{PLACE}.aggregations[0].alignmentPeriod", "seconds with an s"),
    ],
    "alignment-period-required": [
        (policy({"perSeriesAligner": "ALIGN_RATE"}), f"{PLACE}.aggregations[0].alignmentPeriod", "needs a period")
    ],
    "reducer-needs-aligner": [
        (
            policy({"alignmentPeriod": "60s", "crossSeriesReducer": "REDUCE_SUM"}),
            f"{PLACE}.aggregations[0].perSeriesAligner",
            "works on aligned series",
        )
    ],
    "group-by-needs-reducer": [
        (
            policy({**RATE, "groupByFields": ["resource.labels.zone"]}),
            f"{PLACE}.aggregations[0].groupByFields",
            "set crossSeriesReducer",
        )
    ],
    "ratio-alignment": [
        (
            policy(RATE, denominatorFilter=CUSTOM, denominatorAggregations=[{**RATE, "alignmentPeriod": "300s"}]),
            f"{PLACE}.denominatorAggregations[0].alignmentPeriod",
            "the same period",
        )
    ],
    "aligner-legal": [
        (
            policy(RATE, series=LATENCIES),
            f"{PLACE}.aggregations[0].perSeriesAligner",
            "ALIGN_RATE cannot be applied to a metric of kind DELTA and value type DISTRIBUTION",
        ),
        (policy(RATE, series=INSTANCES), f"{PLACE}.aggregations[0].perSeriesAligner", "kind GAUGE"),
        (
            policy({**RATE, "perSeriesAligner": "ALIGN_PERCENTILE_99"}, series=REQUESTS),
            f"{PLACE}.aggregations[0].perSeriesAligner",
            "use ALIGN_NONE, ALIGN_DELTA, ALIGN_RATE",
        ),
        (
            policy({**RATE, "crossSeriesReducer": "REDUCE_COUNT_FALSE"}, series=REQUESTS),
            f"{PLACE}.aggregations[0].crossSeriesReducer",
            "REDUCE_COUNT_FALSE cannot be applied",
        ),
        (
            policy(
                {**RATE, "perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_PERCENTILE_99"},
                {**RATE, "perSeriesAligner": "ALIGN_PERCENTILE_99"},
                series=LATENCIES,
            ),
            f"{PLACE}.aggregations[1].perSeriesAligner",
            "value type DOUBLE",
        ),
    ],
    "filter-label": [
        (
            policy(RATE, series=f'{REQUESTS} AND metric.labels.response_code_class="500"'),
            f"{PLACE}.filter",
            "one of 1xx, 2xx, 3xx, 4xx, 5xx",
        ),
        (
            policy(RATE, series=f'{BALANCER} AND metric.labels.response_code_class="5xx"'),
            f"{PLACE}.filter",
            "one of 0, 100, 200, 300, 400, 500",
        ),
        (policy(RATE, series=f'{REQUESTS} AND metric.labels.status="5xx"'), f"{PLACE}.filter", "it has response_code"),
    ],
    "filter-resource-label": [
        (
            policy(RATE, series=f'{REQUESTS} AND resource.labels.service="api"'),
            f"{PLACE}.filter",
            "the resource cloud_run_revision has no label 'service': it has project_id, service_name",
        )
    ],
    "group-by-label": [
        (
            policy({**RATE, "crossSeriesReducer": "REDUCE_SUM", "groupByFields": [field]}, series=REQUESTS),
            f"{PLACE}.aggregations[0].groupByFields",
            message,
        )
        for field, message in (
            ("resource.labels.service", "the resource cloud_run_revision has no label 'service'"),
            ("resource.label.service", "the resource cloud_run_revision has no label 'service'"),
            ("metric.labels.status", "run.googleapis.com/request_count has no label 'status'"),
        )
    ]
    + [
        (
            policy(
                {**RATE, "crossSeriesReducer": "REDUCE_SUM", "groupByFields": ["resource.label.service_name"]},
                {**RATE, "perSeriesAligner": "ALIGN_MAX", "crossSeriesReducer": "REDUCE_MAX", "groupByFields": [field]},
                series=REQUESTS,
            ),
            f"{PLACE}.aggregations[1].groupByFields",
            "an earlier reducer drops metric.labels.route",
        )
        for field in ("metric.labels.route", "metric.label.route")
    ],
    "promql-parentheses": [
        (promql("sum(rate(x[5m])"), "conditions[0].conditionPrometheusQueryLanguage.query", "'(' is not closed"),
        (promql("sum(x{a='('}))"), "conditions[0].conditionPrometheusQueryLanguage.query", "closes nothing"),
    ],
    "promql-syntax": [
        (promql(query), "conditions[0].conditionPrometheusQueryLanguage.query", message)
        for query, message in (
            ("up >", "the query does not parse"),
            ("rate(up)", "the query does not parse"),
            ('{__name__=~"u.*"}', "must name one metric exactly"),
            ("mad_over_time(up[5m])", "unknown function with name 'mad_over_time'"),
            ("limitk(2, up)", "unknown function with name 'limitk'"),
            ("double_exponential_smoothing(up[5m], 0.5, 0.5)", "Google has it as holt_winters"),
        )
    ],
    "promql-no-comparison": [
        (promql(query), "conditions[0].conditionPrometheusQueryLanguage.query", message)
        for query, message in (
            ("sum(rate(up[5m]))", "nothing is compared"),
            ("up == bool 0", "remove `bool`"),
        )
    ],
    "promql-quantile-of-number": [
        (
            promql("histogram_quantile(0.9, rate(run_googleapis_com:request_count[5m]))"),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            "histogram_quantile() of it means nothing",
        )
    ],
    "promql-dotted-name": [
        (
            promql("rate(http.server.request.duration_count[5m])"),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            'write {"http.server.request.duration_count"} for a metric',
        ),
        (
            promql('sum by (error.type) ({"a.b"})'),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            'error.type has dots, which PromQL reads in quotes alone: write {"error.type"} for a metric, "error.type"',
        ),
    ],
    "promql-rate-of-gauge": [
        (
            promql("rate(temporal_cloud_v1_workflow_failed_count[5m]) > 0"),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            "is a gauge, rate() of it means nothing",
        ),
        (
            promql('increase({"run.googleapis.com/container/instance_count"}[5m]) > 0'),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            "run_googleapis_com:container_instance_count is a gauge",
        ),
        (
            promql("histogram_quantile(0.95, sum by (le) (temporal_cloud_v1_service_latency_p95))"),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            "is no histogram",
        ),
    ],
    "promql-burn-rate-cannot-fire": [
        (
            promql("errors:ratio5m > (14.4 * (1 - 0.9)) and errors:ratio1h > (14.4 * (1 - 0.9))"),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            "14.4 * (1 - 0.9) is 1.44",
        )
    ],
    "promql-retired-metric": [
        (
            promql("temporal_cloud_v0_workflow_failed_count > 0"),
            "conditions[0].conditionPrometheusQueryLanguage.query",
            "temporal_cloud_v1_",
        )
    ],
    "promql-validation": [
        (
            promql("rate(logging_googleapis_com:user_x[5m]) > 0"),
            "conditions[0].conditionPrometheusQueryLanguage.disableMetricValidation",
            "set disableMetricValidation to true",
        ),
        (
            promql('rate({"logging.googleapis.com/user/x"}[5m]) > 0'),
            "conditions[0].conditionPrometheusQueryLanguage.disableMetricValidation",
            "set disableMetricValidation",
        ),
    ],
}
ALLOWED = [
    policy(RATE, series=f'{REQUESTS} AND resource.labels.service_name="api" AND resource.labels.location="eu"'),
    policy(RATE, series=f'{BALANCER} AND resource.labels.url_map_name="web"'),
    promql("errors:ratio5m > (14.4 * (1 - 0.999)) and errors:ratio1h > (14.4 * (1 - 0.999))"),
    policy(RATE),
    policy({**RATE, "alignmentPeriod": "90000s"}),
    policy({**RATE, "alignmentPeriod": "${PERIOD}"}),
    policy({"alignmentPeriod": "30s", "perSeriesAligner": "ALIGN_NONE"}),
    policy({**RATE, "crossSeriesReducer": "REDUCE_SUM", "groupByFields": ["resource.labels.project_id"]}),
    policy(RATE, {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_MAX", "crossSeriesReducer": "REDUCE_MAX"}),
    policy({**RATE, "perSeriesAligner": "ALIGN_PERCENTILE_99", "crossSeriesReducer": "REDUCE_MAX"}, series=LATENCIES),
    policy({**RATE, "perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_PERCENTILE_99"}, series=LATENCIES),
    policy({**RATE, "perSeriesAligner": "ALIGN_MEAN"}, series=LATENCIES),
    policy(RATE, series=f'{REQUESTS} AND metric.labels.response_code_class="5xx"'),
    policy(RATE, series=f'{REQUESTS} AND metric.labels.response_code_class=monitoring.regex.full_match("[45]xx")'),
    policy(RATE, series=f'{REQUESTS} AND metric.labels.response_code_class="${{CLASS}}"'),
    policy(RATE, series=f'{BALANCER} AND metric.labels.response_code_class="500"'),
    policy(RATE, denominatorFilter=CUSTOM, denominatorAggregations=[RATE]),
    promql('sum(rate(run_googleapis_com:request_count{monitored_resource="cloud_run_revision", x=")"}[5m])) > 0 # (('),
    promql("rate(logging_googleapis_com:user_x[5m]) > 0", disableMetricValidation=True),
    promql("temporal_cloud_v1_workflow_failed_count * 60 > 1"),
    promql("rate(node_vmstat_oom_kill[5m]) > 0"),
    promql('sum(rate(x{cluster="${CLUSTER}"}[${WINDOW}])) > 0'),
]


def test_each_rule_has_a_case(rules_of):
    assert set(BROKEN) == rules_of(aggregations, promql_queries)


@pytest.mark.parametrize(
    ("rule", "inputs", "field", "words"), [(rule, *case) for rule in BROKEN for case in BROKEN[rule]]
)
def test_what_is_refused(broken, rule, inputs, field, words):
    found = broken(ALERT_POLICY, inputs)
    assert any(place == field and words in message for place, message in found.get(rule, [])), found


@pytest.mark.parametrize("inputs", ALLOWED)
def test_what_is_allowed(broken, inputs):
    assert broken(ALERT_POLICY, inputs) == {}


def test_charts_follow_the_same_rules(broken):
    plot = {"filter": LATENCIES, "aggregation": RATE}
    where = "gridLayout.widgets[0].scorecard.timeSeriesQuery"
    ((field, message),) = broken(DASHBOARD, dashboard(timeSeriesFilter=plot))["aligner-legal"]
    assert field == f"{where}.timeSeriesFilter.aggregation.perSeriesAligner"
    assert "ALIGN_RATE" in message
    ratio = {
        "numerator": {"filter": f'{REQUESTS} metric.labels.response_code_class="500"'},
        "denominator": {"filter": REQUESTS},
    }
    ((field, _),) = broken(DASHBOARD, dashboard(timeSeriesFilterRatio=ratio))["filter-label"]
    assert field == f"{where}.timeSeriesFilterRatio.numerator.filter"
    assert set(broken(DASHBOARD, dashboard(prometheusQuery="rate(temporal_cloud_v1_x[5m])"))) == {
        "promql-rate-of-gauge"
    }


def test_charts_may_align_to_any_period_of_a_minute_and_more_and_group_without_a_reducer(broken):
    plot = {
        "filter": REQUESTS,
        "aggregation": {**RATE, "alignmentPeriod": "90s", "groupByFields": ["metric.label.route"]},
    }
    assert broken(DASHBOARD, dashboard(timeSeriesFilter=plot)) == {}
    short = {"filter": REQUESTS, "aggregation": {**RATE, "alignmentPeriod": "30s"}}
    assert set(broken(DASHBOARD, dashboard(timeSeriesFilter=short))) == {"alignment-period"}


@pytest.mark.parametrize(
    "fields",
    [
        ["resource.labels.service_name", "resource.labels.project_id", "resource.type", "metadata.system_labels.name"],
        ["metric.labels.route"],
        ["04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        ["metric.labels.${label}"],
        ["resource.label.*", "metric.label.*"],
    ],
)
def test_a_second_grouping_may_have_what_the_first_kept_what_is_no_label_and_what_is_not_known_yet(fields, broken):
    first = {**RATE, "crossSeriesReducer": "REDUCE_SUM", "groupByFields": fields}
    second = {**first, "perSeriesAligner": "ALIGN_MAX", "crossSeriesReducer": "REDUCE_MAX"}
    assert broken(ALERT_POLICY, policy(first, second, series=REQUESTS)).get("group-by-label") is None


@pytest.mark.parametrize(
    ("query", "fine"),
    [
        ("sum by (a) (rate(x{b='c'}[5m]))", True),
        ('x{a="("}', True),
        ("x{a=`[`} # )", True),
        ("(x", False),
        ("x)", False),
        (")(", False),
    ],
)
def test_a_parenthesis_without_its_partner_is_found(query, fine):
    assert (unmatched(query) is None) == fine
