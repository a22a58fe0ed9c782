"""Names in PromQL as Google maps them."""

import pytest

from vigil_apimodel.promql import grouping, label, metric_name, quote, selector


@pytest.mark.parametrize(
    ("metric_type", "name"),
    [
        ("logging.googleapis.com/user/x", "logging_googleapis_com:user_x"),
        (
            "logging.googleapis.com/user/http.request-completed/v1",
            "logging_googleapis_com:user_http_request_completed_v1",
        ),
        ("run.googleapis.com/request_count", "run_googleapis_com:request_count"),
        ("run.googleapis.com/container/cpu/utilizations", "run_googleapis_com:container_cpu_utilizations"),
        ("kubernetes.io/container/cpu/limit_utilization", "kubernetes_io:container_cpu_limit_utilization"),
        ("prometheus.googleapis.com/temporal_workflow_completed_total/counter", "temporal_workflow_completed_total"),
        ("prometheus.googleapis.com/http_request_duration_seconds/histogram", "http_request_duration_seconds"),
        ("prometheus.googleapis.com/x_sum/summary:counter", "x_sum"),
        ("prometheus.googleapis.com/node_vmstat_oom_kill/unknown", "node_vmstat_oom_kill"),
    ],
)
def test_a_metric_type_has_its_name_in_promql(metric_type, name):
    assert metric_name(metric_type) == name


def test_types_that_differ_only_in_separators_collide():
    assert metric_name("logging.googleapis.com/user/a.b") == metric_name("logging.googleapis.com/user/a-b")


def test_an_empty_type_is_refused():
    with pytest.raises(ValueError, match="give a metric type"):
        metric_name("")


def test_labels_and_strings():
    assert label("response_code") == "response_code"
    assert label("k8s-app/name") == '"k8s-app/name"'
    assert grouping(("le", "error.type")) == ' by (le, "error.type")'
    assert (grouping(("a",), after=" "), grouping((), after=" ")) == (" by (a) ", "")
    assert quote('a"b\\d\n') == r'"a\"b\\d\n"'


@pytest.mark.parametrize(
    ("name", "matchers", "text"),
    [
        ("pg_up", (), "pg_up"),
        ("job:up:sum", ('job="a"',), 'job:up:sum{job="a"}'),
        ("http.server.request.duration_count", (), '{"http.server.request.duration_count"}'),
        ("a.b", ('"error.type"!=""', 'job="x"'), '{"a.b","error.type"!="",job="x"}'),
        ("run.googleapis.com/request_count", (), '{"run.googleapis.com/request_count"}'),
        ("0to60", (), '{"0to60"}'),
    ],
)
def test_a_name_that_the_old_syntax_refuses_moves_into_the_braces(name, matchers, text):
    assert selector(name, matchers) == text
