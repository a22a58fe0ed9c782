"""Series are called by the widget's template, else by what tells them apart."""

from vigil_emulator.charts.names import filled, names_of, short_metric

SERIES = [
    {"__name__": "m", "service": "api", "status": "2xx"},
    {"__name__": "m", "service": "api", "status": "5xx"},
]


def test_both_ways_of_writing_a_template_are_filled() -> None:
    labels = {"status": "5xx", "zone": "a"}
    assert filled("{{status}} in ${resource.labels.zone}", labels) == "5xx in a"
    assert filled("${metric.labels.absent}", labels) == ""


def test_without_a_template_only_what_differs_is_named() -> None:
    assert names_of(SERIES) == ["2xx", "5xx"]


def test_a_template_without_placeholders_gets_what_differs_appended() -> None:
    assert names_of(SERIES, "requests") == ["requests · 2xx", "requests · 5xx"]
    assert names_of(SERIES[:1], "requests") == ["requests"]


def test_a_series_without_the_label_of_the_others_is_told_apart() -> None:
    assert names_of([*SERIES, {"__name__": "m", "service": "api"}])[-1] == "(none)"


def test_a_single_series_without_labels_is_called_by_its_metric() -> None:
    assert names_of([{"__name__": "logging_googleapis_com:user_orders"}]) == ["orders"]
    assert short_metric("prometheus.googleapis.com/http_requests/counter") == "http_requests"
