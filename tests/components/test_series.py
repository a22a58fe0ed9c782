"""Signals over metrics of others: a wrong kind, label or resource is an error when the program runs."""

import promql_parser
import pytest

from tests.components.shop import ORDERS
from vigil_apimodel.metrics import (
    Kind,
    ValueType,
    cloud_run,
    cloud_sql,
    opentelemetry,
    supabase,
    temporal_cloud,
    temporal_sdk,
    uptime,
)
from vigil_components import (
    AlertSeverity,
    Series,
    UnknownLabelError,
    declare_metric,
    growth,
    growth_ratio,
    level,
    level_ratio,
    minutes,
    missing,
    series_quantile,
)
from vigil_components.queries import QueryError

ROUTE = temporal_sdk.Route.SCRAPE
UP = Series(metric=supabase.get("pg_up"))
POLLERS = Series(metric=temporal_sdk.NUM_POLLERS.at(ROUTE), where={"task_queue": "orders"})
FAILED = Series(metric=temporal_sdk.WORKFLOW_FAILED.at(ROUTE))
COMPLETED = Series(metric=temporal_sdk.WORKFLOW_COMPLETED.at(ROUTE))
LATENCY = Series(metric=temporal_sdk.ACTIVITY_EXECUTION_LATENCY.at(ROUTE))
FREE = Series(metric=supabase.get("node_filesystem_avail_bytes"), where={"mountpoint": "/data"})
SIZE = Series(metric=supabase.get("node_filesystem_size_bytes"), where={"mountpoint": "/data"})
SERVED = Series(metric=opentelemetry.HTTP_SERVER_REQUEST_DURATION.otlp, where={"error.type": "500"})
POOL = Series(metric=opentelemetry.DB_CLIENT_CONNECTION_COUNT.otlp)
CHECK = Series(metric=uptime.CHECK_PASSED, where={"check_id": "shop"}, resource="uptime_url")

SIGNALS = [
    (
        level(POLLERS, reduce="max", by=("task_queue",)),
        'max by (task_queue) (temporal_num_pollers{task_queue="orders"})',
    ),
    (level(UP, reduce="min", smooth=True), "min (avg_over_time(pg_up[5m]))"),
    (
        level_ratio(FREE, of=SIZE, rest=True),
        '1 - sum(node_filesystem_avail_bytes{mountpoint="/data"}) / sum(node_filesystem_size_bytes{mountpoint="/data"})',
    ),
    (
        level_ratio(FREE, of=SIZE, by=("device",), worst=True, window=minutes(30)),
        (
            'max by (device) (max_over_time(node_filesystem_avail_bytes{mountpoint="/data"}[30m])) / '
            'min by (device) (min_over_time(node_filesystem_size_bytes{mountpoint="/data"}[30m]))'
        ),
    ),
    (growth(FAILED, window=minutes(10)), "sum (increase(temporal_workflow_failed_total[10m]))"),
    (
        growth_ratio(FAILED, of=COMPLETED),
        "sum(rate(temporal_workflow_failed_total[5m])) / sum(rate(temporal_workflow_completed_total[5m]))",
    ),
    (
        series_quantile(0.99, LATENCY, by=("activity_type",)),
        "histogram_quantile(0.99, sum by (le, activity_type) (rate(temporal_activity_execution_latency_bucket[5m])))",
    ),
    (
        series_quantile(0.95, SERVED, by=("http.route", "job")),
        (
            'histogram_quantile(0.95, sum by (le, "http.route", job) '
            '(rate({"http.server.request.duration_bucket","error.type"="500"}[5m])))'
        ),
    ),
    (
        level(POOL, reduce="sum", by=("db.client.connection.state",)),
        'sum by ("db.client.connection.state") ({"db.client.connection.count"})',
    ),
    (missing(UP, window=minutes(10)), "absent_over_time(pg_up[10m])"),
    (
        missing(UP, window=minutes(10), before=minutes(60)),
        "(count(count_over_time(pg_up[1h] offset 10m)) unless count(count_over_time(pg_up[10m])))",
    ),
    (
        level(CHECK, reduce="avg", smooth=True),
        (
            "avg (avg_over_time(monitoring_googleapis_com:uptime_check_check_passed"
            '{check_id="shop",monitored_resource="uptime_url"}[5m]))'
        ),
    ),
]


@pytest.mark.parametrize(("signal", "promql"), SIGNALS, ids=lambda value: getattr(value, "title", None))
def test_each_signal_is_promql_that_parses(signal, promql):
    assert signal.promql(ORDERS) == promql
    promql_parser.parse(signal.condition(ORDERS, 0.5))
    promql_parser.parse(signal.condition(ORDERS, 0.5, below=True))


def test_a_rate_over_a_gauge_is_an_error():
    """Temporal Cloud's metrics are gauges that hold rates already."""
    gauge = Series(metric=temporal_cloud.get("workflow_failed_count"))
    with pytest.raises(QueryError, match=r"temporal_cloud_v1_workflow_failed_count/gauge is a gauge: use level"):
        growth(gauge)
    assert level(gauge).unit == "1/s"


def test_the_level_of_a_counter_and_the_quantile_of_a_gauge_are_errors():
    with pytest.raises(QueryError, match="is a counter: use growth"):
        level(FAILED)
    with pytest.raises(QueryError, match="is a gauge: use level"):
        series_quantile(0.95, UP)
    with pytest.raises(QueryError, match="is a distribution: use series_quantile"):
        growth(LATENCY)


def test_a_label_value_or_resource_that_does_not_exist_is_an_error():
    with pytest.raises(UnknownLabelError, match=r"has no label 'host'; there are: check_id"):
        Series(metric=uptime.CHECK_PASSED, where={"host": "x"}, resource="uptime_url")
    with pytest.raises(QueryError, match=r"is not written against 'prometheus_target'"):
        Series(metric=uptime.CHECK_PASSED)
    with pytest.raises(UnknownLabelError, match=r"service_type is never 'postgres'; its values: db"):
        Series(metric=supabase.get("pg_up"), where={"service_type": "postgres"})


def test_both_series_of_a_part_have_the_labels_that_tell_its_lines_apart():
    kinds = {"kind": Kind.CUMULATIVE, "value_type": ValueType.DOUBLE, "unit": "1", "resources": ["prometheus_target"]}
    lost = declare_metric("prometheus.googleapis.com/parcels_lost/counter", labels=["depot"], **kinds)
    sent = declare_metric("prometheus.googleapis.com/parcels_sent/counter", labels=["depot", "carrier"], **kinds)
    part, whole = Series(metric=lost), Series(metric=sent)
    assert growth_ratio(part, of=whole, by=("depot",)).grouped_by == ("depot",)
    with pytest.raises(UnknownLabelError, match=r"parcels_lost/counter has no label 'carrier'"):
        growth_ratio(part, of=whole, by=("carrier",))


@pytest.mark.parametrize(("signal", "threshold", "below"), [(SIGNALS[0][0], 1, True), (SIGNALS[3][0], 0, False)])
def test_a_proof_s_points_lie_on_both_sides(signal, threshold, below):
    proof = signal.proof(threshold, minutes(5), below=below)
    fires, silent = proof.fires.points[0].value, proof.stays_silent.points[0].value
    assert (fires < threshold <= silent) if below else (silent <= threshold < fires)
    assert proof.fires.lasting > proof.opens_within


CPU = Series(metric=cloud_sql.CPU_UTILIZATION, resource="cloudsql_database")
BUSY = Series(metric=cloud_run.CPU_UTILIZATIONS, resource="cloud_run_revision")


@pytest.mark.parametrize("signal", [level(CPU), level(CPU, smooth=True, reduce="avg"), series_quantile(0.99, BUSY)])
@pytest.mark.parametrize("side", ["above", "below"])
def test_a_threshold_in_percent_of_a_metric_of_which_1_is_100_percent_is_an_error(signal, side):
    named = {"name": "cpu", "summary": "CPU", "severity": AlertSeverity.PAGE, "runbook": "r", "lasting": minutes(5)}
    with pytest.raises(ValueError, match=r"threshold is 80, .* is a share, of which 1 is 100 %; give 0\.8 for 80 %"):
        signal.alert(**{side: 80}, **named)
    signal.alert(**{side: 1.2}, **named)  # a burst
    level(CPU, reduce="sum").alert(**{side: 80}, **named)  # of a hundred instances


def test_an_alert_below_a_threshold_says_so():
    spec = level(POLLERS).alert(
        below=1,
        name="no-pollers",
        summary="Nobody asks for work",
        severity=AlertSeverity.PAGE,
        runbook="r",
        lasting=minutes(5),
    )
    assert spec.condition.title == "max temporal_num_pollers below 1 for 5 minutes"
    query = spec.condition.args(ORDERS, "no-pollers").condition_prometheus_query_language.query
    assert query == '(max (temporal_num_pollers{task_queue="orders"})) < 1'
    assert spec.condition.event is None


def test_a_missing_series_fires_when_its_points_stop():
    proof = missing(UP, window=minutes(10)).proof(0, minutes(0))
    assert proof.fires.then_silent > minutes(10)
    assert proof.stays_silent.then_silent == minutes(0)
