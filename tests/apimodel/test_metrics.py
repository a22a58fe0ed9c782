"""Metrics as constants: each with a source, each found by its type and by its name in PromQL."""

import re

import pytest

from vigil_apimodel import metrics
from vigil_apimodel.metrics import (
    RESOURCES,
    Kind,
    MetricLabel,
    Source,
    UnknownLabelError,
    UnknownMetricError,
    ValueType,
    cloud_run,
    logging,
    opentelemetry,
    supabase,
    temporal_cloud,
    temporal_sdk,
    uptime,
    user_metric,
)
from vigil_apimodel.metrics.prometheus import RESERVED_LABELS
from vigil_apimodel.metrics.prometheus import metric as scraped
from vigil_apimodel.metrics.temporal_sdk import Route


def test_each_constant_names_its_source_and_version():
    assert len(metrics.METRICS) > 200
    for metric in metrics.METRICS.values():
        assert re.match(r"https://\S+$", metric.source.url), metric.type
        assert metric.source.version, metric.type
        assert metrics.lookup(metric.type) is metric


def test_every_resource_type_of_vigil_is_known():
    written = {kind for metric in metrics.METRICS.values() for kind in metric.resources}
    others = {"aws_ec2_instance", "gae_app", "k8s_service", "servicedirectory_service"}
    without_metrics = {"cloud_scheduler_job"}  # it writes log entries alone
    assert written - others == set(RESOURCES) - without_metrics


def test_labels_of_a_metric_are_distinct_and_resources_are_types():
    for metric in metrics.METRICS.values():
        keys = [label.key for label in metric.labels]
        assert len(keys) == len(set(keys)), metric.type
        if metric.type.startswith("prometheus.googleapis.com/"):
            assert metric.resources == ("prometheus_target",)
            assert not RESERVED_LABELS & set(keys), metric.type


def test_a_name_in_promql_is_one_metric():
    shared = {}
    for metric in metrics.METRICS.values():
        shared.setdefault(metric.promql, []).append(metric.type)
    assert {name: types for name, types in shared.items() if len(types) > 1} == {}


def test_an_unknown_metric_or_label_names_what_there_is():
    with pytest.raises(UnknownMetricError, match=r"did you mean run\.googleapis\.com/request_count"):
        metrics.get("run.googleapis.com/request_counts")
    with pytest.raises(UnknownLabelError, match="it has response_code, response_code_class, route"):
        cloud_run.REQUEST_COUNT.label("status")
    with pytest.raises(UnknownLabelError, match="it has project_id, service_name"):
        RESOURCES["cloud_run_revision"].label("service")
    assert RESOURCES["https_lb_rule"].label("url_map_name") == "url_map_name", "not all of its labels were read"
    assert metrics.lookup("custom.googleapis.com/mine") is None


def test_cloud_run_answers_by_class_of_code():
    assert cloud_run.REQUEST_COUNT.label("response_code_class").values == ("1xx", "2xx", "3xx", "4xx", "5xx")
    assert (cloud_run.REQUEST_LATENCIES.kind, cloud_run.REQUEST_LATENCIES.unit) == (Kind.DELTA, "ms")
    assert cloud_run.CPU_UTILIZATIONS.value_type is ValueType.DISTRIBUTION


def test_a_certificate_expires_in_days():
    assert uptime.TIME_UNTIL_SSL_CERT_EXPIRES.unit == "d"
    assert uptime.CHECK_PASSED.value_type is ValueType.BOOL


def test_sinks_and_throttling():
    assert logging.EXPORTS_ERROR_COUNT.resources == ("logging_sink",)
    assert logging.EXPORTS_ERROR_COUNT.delay == 420
    assert logging.METRIC_THROTTLED.value_type is ValueType.BOOL
    assert "logs_based_metrics_error_count" in logging.DROPPED_LOG_ENTRY_COUNT.deprecated


def test_a_metric_made_from_logs():
    made = user_metric("orders/rejected", labels=(MetricLabel("reason"),), resources=("cloud_run_revision",))
    assert made.type == "logging.googleapis.com/user/orders/rejected"
    assert made.promql == "logging_googleapis_com:user_orders_rejected"
    assert [label.key for label in made.labels] == ["reason", "log"]
    assert made.kind is Kind.DELTA
    with pytest.raises(ValueError, match="INT64 or DISTRIBUTION"):
        user_metric("x", value_type=ValueType.BOOL)


@pytest.mark.parametrize(
    ("route", "counter", "histogram", "unit"),
    [
        (
            Route.SCRAPE,
            "prometheus.googleapis.com/temporal_workflow_completed_total/counter",
            "prometheus.googleapis.com/temporal_workflow_endtoend_latency/histogram",
            "ms",
        ),
        (
            Route.SCRAPE_SECONDS,
            "prometheus.googleapis.com/temporal_workflow_completed_total/counter",
            "prometheus.googleapis.com/temporal_workflow_endtoend_latency_seconds/histogram",
            "s",
        ),
        (
            Route.OTLP,
            "prometheus.googleapis.com/temporal_workflow_completed_total/counter",
            "prometheus.googleapis.com/temporal_workflow_endtoend_latency_milliseconds/histogram",
            "ms",
        ),
        (
            Route.OTLP_SECONDS,
            "prometheus.googleapis.com/temporal_workflow_completed_total/counter",
            "prometheus.googleapis.com/temporal_workflow_endtoend_latency_seconds/histogram",
            "s",
        ),
    ],
)
def test_a_temporal_metric_has_its_name_by_the_route(route, counter, histogram, unit):
    assert temporal_sdk.WORKFLOW_COMPLETED.at(route).type == counter
    assert temporal_sdk.WORKFLOW_ENDTOEND_LATENCY.at(route).type == histogram
    assert temporal_sdk.WORKFLOW_ENDTOEND_LATENCY.at(route).unit == unit


def test_temporals_namespace_is_reserved_by_the_exporter():
    assert temporal_sdk.NUM_POLLERS.at(Route.OTLP).label("exported_namespace")
    assert temporal_sdk.LOCAL_ACTIVITY_TOTAL.at(Route.OTLP).promql == "temporal_local_activity_total"


def test_temporal_cloud_serves_gauges_and_spells_differently_by_family():
    assert {metric.kind for metric in temporal_cloud.METRICS} == {Kind.GAUGE}
    assert temporal_cloud.get("workflow_failed_count").type == (
        "prometheus.googleapis.com/temporal_cloud_v1_workflow_failed_count/gauge"
    )
    assert temporal_cloud.get("activity_fail_count").unit == "1/s"
    with pytest.raises(LookupError, match="Temporal Cloud has no metric temporal_cloud_v1_activity_failed_count"):
        temporal_cloud.get("activity_failed_count")


def test_supabases_metrics_have_kind_type_and_unit():
    assert supabase.get("pg_up").kind is Kind.GAUGE
    assert supabase.get("pg_stat_database_deadlocks_total").kind is Kind.CUMULATIVE
    assert supabase.get("supavisor_client_queries_count").type.endswith("/unknown")
    assert supabase.get("node_disk_io_time_seconds_total").unit == "s"
    assert supabase.get("node_memory_MemAvailable_bytes").unit == "By"
    with pytest.raises(LookupError, match="pg_uptime"):
        supabase.get("pg_uptime")


@pytest.mark.parametrize(
    ("name", "exported"),
    [
        ("temporal_sticky_cache_total_forced_eviction", "temporal_sticky_cache_forced_eviction_total"),
        ("pg_ls_archive_statusdir_wal_pending_count", "pg_ls_archive_statusdir_wal_pending_count_total"),
        ("http_status_codes_total", "http_status_codes_total"),
        ("total_of__odd_names", "of_odd_names_total"),
    ],
)
def test_a_counter_ends_in_total_once_whatever_it_is_called_where_it_is_scraped(name, exported):
    found = scraped(name, "counter", Source("https://example.com", "1"))
    assert (found.origin, found.type) == (name, f"prometheus.googleapis.com/{exported}/counter")
    assert scraped(name, "gauge", Source("https://example.com", "1")).type.endswith(f"/{name}/gauge")


def test_the_catalog_has_the_names_that_the_exporter_writes():
    assert temporal_sdk.STICKY_CACHE_TOTAL_FORCED_EVICTION.at(temporal_sdk.Route.SCRAPE).promql == (
        "temporal_sticky_cache_forced_eviction_total"
    )
    assert {supabase.get(name).promql for name in supabase.MISTYPED} == {f"{name}_total" for name in supabase.MISTYPED}


def test_a_metric_of_the_conventions_has_two_spellings():
    served = opentelemetry.HTTP_SERVER_REQUEST_DURATION
    assert served.otlp.type == "prometheus.googleapis.com/http.server.request.duration/histogram"
    assert served.exporter.type == "prometheus.googleapis.com/http_server_request_duration_seconds/histogram"
    assert (served.otlp.promql, served.exporter.promql) == (
        "http.server.request.duration",
        "http_server_request_duration_seconds",
    )
    assert served.otlp.label("error.type").key.replace(".", "_") == served.exporter.label("error_type").key
    assert served.otlp.unit == served.exporter.unit == "s"
    assert opentelemetry.VERSION in served.otlp.source.url


@pytest.mark.parametrize(
    ("name", "instrument", "unit", "exported"),
    [
        ("cpython.gc.collections", "counter", "{collection}", "cpython_gc_collections_total"),
        ("process.cpu.time", "counter", "s", "process_cpu_time_seconds_total"),
        ("process.cpu.utilization", "gauge", "1", "process_cpu_utilization_ratio"),
        ("process.memory.usage", "updowncounter", "By", "process_memory_usage_bytes"),
        ("orders.total.value", "counter", "1", "orders_value_total"),
        ("queue.wait_seconds", "histogram", "s", "queue_wait_seconds"),
    ],
)
def test_the_exporter_spells_a_metric_with_its_unit_and_its_kind(name, instrument, unit, exported):
    assert opentelemetry.exported_name(name, instrument, unit) == exported


def test_the_constants_are_those_of_the_installed_conventions():
    """What the version in the source says is read again from the package of that version."""
    from opentelemetry.semconv._incubating.metrics import (
        cpython_metrics,
        db_metrics,
        gen_ai_metrics,
        http_metrics,
        messaging_metrics,
        process_metrics,
    )
    from opentelemetry.semconv.metrics import db_metrics as stable_db
    from opentelemetry.semconv.metrics import http_metrics as stable_http
    from opentelemetry.semconv.schemas import Schemas

    modules = (cpython_metrics, db_metrics, gen_ai_metrics, http_metrics, messaging_metrics, process_metrics)
    known = {
        value
        for module in (*modules, stable_db, stable_http)
        for value in vars(module).values()
        if isinstance(value, str)
    }
    assert {one.name for one in opentelemetry.CONVENTIONS} <= known
    assert f"https://opentelemetry.io/schemas/{opentelemetry.VERSION}" in {schema.value for schema in Schemas}
