"""Series are named by the widget's template, otherwise by the labels that distinguish them."""

from vigil_emulator.charts.names import filled, names_of, short_metric

SERIES = [
    {"__name__": "m", "service": "api", "status": "2xx"},
    {"__name__": "m", "service": "api", "status": "5xx"},
]


def test_both_ways_of_writing_a_template_are_filled() -> None:
    labels = {"status": "5xx", "zone": "a"}
    assert filled("{{status}} in ${resource.labels.zone}", labels) == "5xx in a"
    assert filled("${metric.labels.absent}", labels) == ""
    assert filled("${metric.labels.absent}: ${metric.labels.other}", labels) == ""
    assert filled("{{status}}: {{absent}}", labels) == "5xx"
    assert filled("{{status}}:", labels) == "5xx:"


def test_without_a_template_only_what_differs_is_named() -> None:
    assert names_of(SERIES) == ["2xx", "5xx"]


def test_a_template_without_placeholders_gets_what_differs_appended() -> None:
    assert names_of(SERIES, "requests") == ["requests · 2xx", "requests · 5xx"]
    assert names_of(SERIES[:1], "requests") == ["requests"]


def test_a_series_without_the_label_of_the_others_is_distinguished() -> None:
    assert names_of([*SERIES, {"__name__": "m", "service": "api"}])[-1] == "(none)"


def test_series_that_differ_by_project_resource_or_metric_alone_are_distinguished() -> None:
    for key, values in (
        ("project_id", ("shop", "bank")),
        ("monitored_resource", ("global", "gce_instance")),
        ("__name__", ("a", "b")),
    ):
        series = [{**SERIES[0], "__name__": "m", key: value} for value in values]
        for template in ("", "requests", "${metric.labels.service}"):
            names = names_of(series, template)
            assert len(set(names)) == 2, (key, template, names)
            assert all(name.endswith(f" · {value}") for name, value in zip(names, values, strict=True))
    assert names_of([{**one, "project_id": "shop"} for one in SERIES]) == ["2xx", "5xx"]


def test_a_project_stands_only_where_it_is_needed() -> None:
    series = [
        {"status": "2xx", "project_id": "a"},
        {"status": "2xx", "project_id": "b"},
        {"status": "5xx", "project_id": "a"},
    ]
    assert names_of(series) == ["2xx · a", "2xx · b", "5xx"]


def test_a_template_that_leaves_out_what_differs_gets_it_appended() -> None:
    assert names_of(SERIES, "${metric.labels.service}") == ["api · 2xx", "api · 5xx"]


def test_a_single_series_without_labels_is_called_by_its_metric() -> None:
    assert names_of([{"__name__": "logging_googleapis_com:user_orders"}]) == ["orders"]
    assert short_metric("prometheus.googleapis.com/http_requests/counter") == "http_requests"
