"""Objectives over metrics of others are proven: request-based over counters, window-based over any signal."""

from pathlib import Path

from tests.proofs.programs import failures, suite_of

PROGRAM = """
from vigil_apimodel.metrics import load_balancing as lb, pubsub
from vigil_apimodel.metrics import Kind, MetricLabel, ValueType
from vigil_components.watches import subscription, url_map

shop, orders = url_map("shop"), subscription("orders")
requests = Series(metric=lb.REQUEST_COUNT, resource="https_lb_rule", where_resource={"url_map_name": "shop"})
failed = Series(metric=lb.REQUEST_COUNT, resource="https_lb_rule", where={"response_code_class": "500"},
                where_resource={"url_map_name": "shop"})
age = Series(metric=pubsub.OLDEST_UNACKED, resource="pubsub_subscription", where_resource={"subscription_id": "orders"})
rows = declare_metric("prometheus.googleapis.com/etl_rows_total/counter", kind=Kind.CUMULATIVE, unit="1",
                      value_type=ValueType.DOUBLE, resources=["prometheus_target"], labels=[MetricLabel("result")])
oldest = written(
    'max(pubsub_googleapis_com:subscription_oldest_unacked_message_age{subscription_id="orders"})', what="oldest", unit="s",
    fires=Case(points=(age.points(900),), lasting=minutes(10)),
    stays_silent=Case(points=(age.points(500),), lasting=minutes(10)),
)
wrong = growth_ratio(Series(metric=rows, where={"result": "wrong"}), of=Series(metric=rows))
ServiceMonitoring("shop", ServiceMonitoringArgs(context=shared, source=shop, team="shop", slos=[
    series_availability(bad=failed, total=requests, at_least_good="99.5%", runbook="lb"),
]))
ServiceMonitoring("orders", ServiceMonitoringArgs(context=shared, source=orders, team="shop", slos=[
    good_windows(wrong, bad_above=0.01, at_least_good="99%", runbook="rows", name="correctness"),
    good_windows(oldest, bad_above=600, at_least_good="98%", runbook="late", name="oldest"),
]))
"""


def test_availability_correctness_and_promql_of_ones_own_are_proven(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, PROGRAM)
    assert failures(suite) == {}
