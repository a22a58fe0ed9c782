"""Log-based metrics follow from event types."""

import pytest

from tests.components.shop import ORDERS, OrderReceived, OrderRejected, Wide
from vigil_apimodel import lql
from vigil_components import CardinalityError, EventMetrics, EventMetricsArgs, ExplicitBuckets, MetricSpec
from vigil_components.metrics import bounds, default_buckets
from vigil_components.testing import record


def registered(*specs: MetricSpec):
    return record(lambda: EventMetrics("orders-metrics", EventMetricsArgs(project="example-staging", specs=specs)))


def test_a_counter_has_the_event_s_filter_labels_and_extractors():
    run = registered(MetricSpec(source=ORDERS, event=OrderRejected))
    metric = run.one("gcp:logging/metric:Metric").inputs
    assert metric["name"] == "orders/order.rejected"
    assert lql.parse(str(metric["filter"])) == lql.parse(
        'resource.type="cloud_run_revision" resource.labels.service_name="orders" '
        'resource.labels.location="europe-west1" jsonPayload.event="order.rejected"'
    )
    assert metric["labelExtractors"] == {"reason": "EXTRACT(jsonPayload.reason)"}
    assert metric["metricDescriptor"] == {
        "displayName": "orders/order.rejected",
        "metricKind": "DELTA",
        "valueType": "INT64",
        "unit": "1",
        "labels": [{"key": "reason", "valueType": "STRING"}],
    }
    assert "bucketOptions" not in metric
    assert metric["description"] == "The order service refused an order."


def test_a_distribution_takes_its_unit_from_the_measure():
    spec = MetricSpec(
        source=ORDERS, event=OrderReceived, measure="waited", buckets=ExplicitBuckets(bounds=(0.1, 1, 10))
    )
    metric = registered(spec).one("gcp:logging/metric:Metric").inputs
    assert metric["name"] == "orders/order.received/waited"
    assert metric["valueExtractor"] == "EXTRACT(jsonPayload.waited)"
    assert metric["bucketOptions"] == {"explicitBuckets": {"bounds": [0.1, 1, 10]}}
    assert metric["metricDescriptor"]["unit"] == "s"
    assert metric["metricDescriptor"]["valueType"] == "DISTRIBUTION"


def test_in_promql_it_has_google_s_name_and_names_the_resource():
    spec = MetricSpec(source=ORDERS, event=OrderRejected)
    assert spec.selector('reason="x"') == (
        'logging_googleapis_com:user_orders_order_rejected{monitored_resource="cloud_run_revision",reason="x"}'
    )


def test_a_metric_requested_twice_is_made_once():
    spec = MetricSpec(source=ORDERS, event=OrderRejected)
    assert registered(spec, spec).counts()["gcp:logging/metric:Metric"] == 1


def test_two_definitions_of_one_metric_are_refused():
    with pytest.raises(ValueError, match=r"two metrics named 'orders/order.received/waited' differ in buckets"):
        registered(
            MetricSpec(source=ORDERS, event=OrderReceived, measure="waited", buckets=ExplicitBuckets(bounds=(1,))),
            MetricSpec(source=ORDERS, event=OrderReceived, measure="waited", buckets=ExplicitBuckets(bounds=(2,))),
        )


def test_labels_over_the_budget_are_refused_before_anything_is_deployed():
    with pytest.raises(
        CardinalityError,
        match=r"order.wide make up to 100000 series .*\(shop 500, country 200\), over the budget of 1000",
    ):
        MetricSpec(source=ORDERS, event=Wide)
    assert MetricSpec(source=ORDERS, event=Wide, label_budget=100_000).series == 100_000


def test_a_label_is_no_measure():
    with pytest.raises(ValueError, match=r"order.rejected.reason is a label, not a measure.*its measures: none"):
        MetricSpec(source=ORDERS, event=OrderRejected, measure="reason")


@pytest.mark.parametrize(
    ("unit", "least", "value"),
    [("s", 0.005, 0.3), ("ms", 5, 300), ("1", 1 / 1024, 0.25), ("USD", 0.000001, 0.004), ("By", 1, 4096)],
)
def test_the_buckets_of_a_unit_tell_apart_what_is_usual_in_it(unit, least, value):
    known = bounds(default_buckets(unit))
    assert known[0] == least
    nearest = max(bound for bound in known if bound <= value)
    assert nearest > value / 2
    assert len(known) <= 199  # with the two open ones: google.api.Distribution takes 200


def test_buckets_without_a_measure_are_refused():
    with pytest.raises(ValueError, match="buckets belong to a distribution"):
        MetricSpec(source=ORDERS, event=OrderRejected, buckets=ExplicitBuckets(bounds=(1,)))


def test_a_metric_is_replaced_by_deleting_the_old_one_first():
    run = registered(MetricSpec(source=ORDERS, event=OrderRejected))
    metric = run.one("gcp:logging/metric:Metric")
    assert metric.options.delete_before_replace is True
    assert metric.parent == run.one("vigil:metrics:EventMetrics").urn
