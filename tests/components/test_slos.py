"""SLOs: exact goals, the Workbook's windows, alerts that reset after recovery."""

import json
from dataclasses import replace
from decimal import Decimal

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.components.shop import ORDERS, OrderReceived, OrderRejected
from vigil_apimodel.metrics import Kind, MetricLabel, ValueType, pubsub
from vigil_apimodel.metrics import load_balancing as lb
from vigil_apimodel.metrics.declared import declare
from vigil_components import (
    AlertSeverity,
    CounterAvailability,
    Email,
    GoodWindows,
    Latency,
    MonitoringContext,
    Quantity,
    Routing,
    RoutingArgs,
    Series,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Slo,
    Team,
    availability,
    days,
    good_windows,
    growth_ratio,
    latency,
    level,
    minutes,
    series_availability,
    series_latency,
)
from vigil_components.slos import PAGE_WINDOWS, TICKET_WINDOWS, Availability, goal, plain
from vigil_components.testing import record
from vigil_components.watches import url_map

ORDERS_SLO = availability(bad=OrderRejected, total=OrderReceived, at_least_good="99.5%", runbook="orders-slo")
FAST = latency(of=OrderReceived, measure="waited", at_most=0.5, at_least_good="99%", runbook="orders-slo")


@pytest.mark.parametrize(
    ("period", "page", "ticket"),
    [(30, ["14.4", "6"], ["3", "1"]), (28, ["13.44", "5.6"], ["2.8", "0.933333333333"])],
)
def test_burn_rates_are_those_of_the_sre_workbook(period, page, ticket):
    assert [plain(window.rate(days(period))) for window in PAGE_WINDOWS] == page
    assert [plain(window.rate(days(period))) for window in TICKET_WINDOWS] == ticket
    assert [window.short for window in PAGE_WINDOWS] == [minutes(5), minutes(30)]
    assert [window.short for window in TICKET_WINDOWS] == [minutes(120), minutes(360)]


def test_a_goal_is_exact():
    assert goal("99.9%") == Decimal("0.999") == goal("0.999")
    assert ORDERS_SLO.budget == Decimal("0.005")


@pytest.mark.parametrize("text", ["ninety", "", "99,5%"])
def test_a_goal_that_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match=r"write it as '99.5%' or '0.995'"):
        goal(text)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"goal": Decimal("0.99999")}, "give more than 0, at most 0.9999"),
        ({"goal": Decimal(0)}, "give more than 0"),
        ({"goal": Decimal("0.9")}, "can never open. Give a goal above 0.9256"),
        ({"period": days(31)}, "give whole days, 1 to 30"),
        ({"period": minutes(90)}, "give whole days"),
    ],
)
def test_an_objective_that_the_api_refuses_or_that_could_never_alert_is_refused(changed, message):
    given_ = {
        "name": "a",
        "indicator": Availability(bad=OrderRejected, total=OrderReceived),
        "goal": Decimal("0.99"),
        "runbook": "r",
    }
    with pytest.raises(ValueError, match=message):
        Slo(**(given_ | changed))


def test_the_fast_alert_needs_both_windows_of_a_pair_and_enough_traffic():
    fast, slow = ORDERS_SLO.alerts()
    assert (fast.severity, slow.severity) == (AlertSeverity.PAGE, AlertSeverity.TICKET)
    query = fast.condition.args(ORDERS, fast.name).condition_prometheus_query_language.query
    bad = 'logging_googleapis_com:user_orders_order_rejected{monitored_resource="cloud_run_revision"}'
    total = 'logging_googleapis_com:user_orders_order_received{monitored_resource="cloud_run_revision"}'
    first = (
        f"((sum(rate({bad}[1h])) / sum(rate({total}[1h]))) > 0.0672"
        f" and (sum(rate({bad}[5m])) / sum(rate({total}[5m]))) > 0.0672"
        f" and sum(increase({total}[1h])) >= 100)"
    )
    assert query.startswith(first + " or ((sum(rate(")
    assert "> 0.028 and" in query
    slow_query = slow.condition.args(ORDERS, slow.name).condition_prometheus_query_language.query
    assert "[3d]" in slow_query
    assert "[6h]" in slow_query


def test_a_latency_objective_cuts_its_distribution_at_a_bound():
    query = FAST.indicator.bad_part(ORDERS, minutes(5))
    assert 'le="0.5"' in query
    with pytest.raises(
        ValueError, match=r"at_most is 0.4, which is no bound of its buckets; the nearest are 0.1, 0.2, 0.3, 0.5"
    ):
        Latency(of=OrderReceived, measure="waited", at_most=0.4)


def test_windows_are_good_or_bad_as_a_whole():
    inner = Availability(bad=OrderRejected, total=OrderReceived)
    windows = GoodWindows(of=inner, bad_at_most=0.05, window=minutes(5))
    query = windows.bad_part(ORDERS, minutes(60))
    assert query == f"avg_over_time((({inner.bad_part(ORDERS, minutes(5))}) > bool 0.05)[1h:5m])"
    with pytest.raises(ValueError, match="divides a day evenly"):
        GoodWindows(of=inner, bad_at_most=0.05, window=minutes(7))


@pytest.mark.parametrize("slo", [ORDERS_SLO, FAST], ids=["availability", "latency"])
def test_every_query_parses_for_requests_and_for_windows(slo):
    for indicator in (slo.indicator, GoodWindows(of=slo.indicator, bad_at_most=0.05)):
        one = Slo(name="x", indicator=indicator, goal=Decimal("0.99"), runbook="r")
        promql_parser.parse(one.budget_left(ORDERS))
        for alert in one.alerts():
            promql_parser.parse(alert.condition.args(ORDERS, alert.name).condition_prometheus_query_language.query)


@given(st.decimals(min_value="0.94", max_value="0.9999", places=4))
def test_a_proof_fires_beyond_every_window_s_limit_and_its_near_miss_stays_within_all(value):
    slo = Slo(
        name="x",
        indicator=Availability(bad=OrderRejected, total=OrderReceived),
        goal=value,
        runbook="r",
    )
    for alert in slo.alerts():
        condition = alert.condition
        total, bad = condition.proof().fires.emissions
        assert bad.per_minute / total.per_minute > float(condition.limit(condition.windows[0]))
        total, bad = condition.proof().stays_silent.emissions
        assert bad.per_minute / total.per_minute < min(float(condition.limit(one)) for one in condition.windows)
        few = {one.name: one.case.emissions for one in condition.proof().extra_cases}
        for name in ("quick burn of too little", "quick burn of just enough"):  # only the number decides
            total, bad = few[name]
            assert bad.per_minute / total.per_minute > float(condition.limit(condition.windows[0]))


def monitored(*, console: bool):
    team = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})

    def program() -> None:
        routing = Routing("r", RoutingArgs(project="example-shop", environment="staging", pages=False, teams=[team]))
        around = MonitoringContext(
            project="example-shop", environment="staging", routing=routing, runbooks_url="https://example.com"
        )
        ServiceMonitoring(
            "orders",
            ServiceMonitoringArgs(
                context=around, source=ORDERS, team="shop", slos=[ORDERS_SLO, FAST], console_slos=console
            ),
        )

    return record(program)


def test_a_service_with_objectives_gets_their_alerts_and_budget_charts():
    run = monitored(console=False)
    assert {alert.inputs["alert"] for alert in run.of_type("vigil:alerts:Alert")} == {
        "availability-burns-fast",
        "availability-burns-slowly",
        "latency-burns-fast",
        "latency-burns-slowly",
    }
    titles = [
        tile["widget"].get("title", "")
        for tile in json.loads(run.one("gcp:monitoring/dashboard:Dashboard").inputs["dashboardJson"])["mosaicLayout"][
            "tiles"
        ]
    ]
    assert [title for title in titles if title.startswith("Error budget of")] == [
        "Error budget of availability: 99.5 % in 28 days",
        "Error budget of latency: 99 % in 28 days",
    ]
    assert "gcp:monitoring/slo:Slo" not in run.counts()


def test_the_console_gets_them_on_request():
    run = monitored(console=True)
    slo = run.one("gcp:monitoring/slo:Slo", "orders-slos-availability").inputs
    assert slo["goal"] == 0.995
    assert slo["rollingPeriodDays"] == 28
    assert slo["requestBasedSli"]["goodTotalRatio"]["badServiceFilter"] == (
        'metric.type="logging.googleapis.com/user/orders/order.rejected" resource.type="cloud_run_revision"'
    )
    cut = run.one("gcp:monitoring/slo:Slo", "orders-slos-latency").inputs["requestBasedSli"]["distributionCut"]
    assert cut["range"] == {"min": 0, "max": 0.5}


SHOP = url_map("shop")
REQUESTS = Series(metric=lb.REQUEST_COUNT, resource="https_lb_rule", where_resource={"url_map_name": "shop"})
FAILED = replace(REQUESTS, where={"response_code_class": "500"})


def test_counters_of_others_have_an_availability_where_nothing_failed_is_good():
    slo = series_availability(bad=FAILED, total=REQUESTS, at_least_good="99.5%", runbook="lb")
    failed, all_ = FAILED.text(window=minutes(60)), REQUESTS.text(window=minutes(60))
    assert slo.indicator.bad_part(SHOP, minutes(60)) == f"(sum(rate({failed})) or vector(0)) / sum(rate({all_}))"
    fast, _ = slo.alerts()
    assert f"sum(increase({all_})) >= 100" in fast.condition.promql(SHOP)
    points = fast.condition.proof().fires.points
    assert {one.labels.get("response_code_class") for one in points} == {"500", None}
    with pytest.raises(ValueError, match="leave by out, since an objective is one number"):
        CounterAvailability(ratio=growth_ratio(FAILED, of=REQUESTS, by=("response_code_class",)))


TIMED = Series(
    metric=declare(
        "prometheus.googleapis.com/quote_duration_seconds/histogram",
        kind=Kind.CUMULATIVE,
        value_type=ValueType.DISTRIBUTION,
        unit="s",
        resources=["prometheus_target"],
        labels=[MetricLabel("carrier")],
    ),
    where={"carrier": "dhl"},
    where_resource={"job": "quote"},
)
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5)


def test_samples_of_others_are_quick_or_slow_by_a_bound_of_their_buckets():
    slo = series_latency(
        of=TIMED, at_most=Quantity(value=0.5, unit="s"), bounds=BOUNDS, at_least_good="99%", runbook="slow"
    )
    name, labels = "quote_duration_seconds", 'carrier="dhl",job="quote"'
    assert slo.title == "99 % of quote_duration_seconds where carrier=dhl at most 0.5 s, 28 days"
    assert slo.indicator.bad_part(SHOP, minutes(60)) == (
        f'1 - (sum(rate({name}_bucket{{{labels},le="0.5"}}[1h])) or vector(0)) / sum(rate({name}_count{{{labels}}}[1h]))'
    ), "a bound that no bucket has makes all samples bad, so that the alert opens and somebody notices"
    fast, slow = slo.alerts()
    assert f"sum(increase({name}_count{{{labels}}}[1h])) >= 100" in fast.condition.promql(SHOP)
    (point,) = fast.condition.proof().fires.points
    assert (point.value, point.other_value, point.bounds, point.labels) == (0.25, 1.0, BOUNDS, {"carrier": "dhl"})
    assert point.other_samples / (point.samples + point.other_samples) == pytest.approx(0.2016, abs=0.01)
    (near,) = slow.condition.proof().stays_silent.points
    assert 0 < near.other_samples / (near.samples + near.other_samples) < 0.0093
    cut = slo.indicator.native(SHOP)["request_based_sli"].distribution_cut
    assert (cut.range.min, cut.range.max) == (0, 0.5)
    assert cut.distribution_filter == (
        'metric.type="prometheus.googleapis.com/quote_duration_seconds/histogram" resource.type="prometheus_target" '
        'metric.label."carrier"="dhl" resource.label."job"="quote"'
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"at_most": 0.3}, "at_most is 0.3, which is not one of the bounds of .*; the nearest are 0.1, 0.25, 0.5, 1"),
        ({"at_most": Quantity(value=1, unit="By")}, "at_most is 1 in 'By', but it is compared with a value in 's'"),
        ({"bounds": ()}, "bounds are empty; give the bounds of the buckets, rising"),
        ({"bounds": (0.5, 0.5)}, "bounds are 0.5, 0.5; give the bounds of the buckets, rising"),
        ({"of": REQUESTS}, "is no distribution"),
    ],
)
def test_limits_that_no_bucket_can_separate_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        series_latency(
            **{"of": TIMED, "at_most": 0.5, "bounds": BOUNDS, "at_least_good": "99%", "runbook": "slow"} | wrong
        )


def test_windows_of_any_signal_are_good_or_bad_and_too_little_traffic_is_neither():
    age = level(Series(metric=pubsub.OLDEST_UNACKED, resource="pubsub_subscription"))
    fresh = good_windows(age, bad_above=600, at_least_good="99%", runbook="late", name="freshness")
    query = fresh.indicator.bad_part(SHOP, minutes(60))
    assert query == f"avg_over_time(max(({age.promql(SHOP)}) > bool 600)[1h:5m])"
    assert ">= 100" not in fresh.alerts()[0].condition.promql(SHOP), "a gauge has no number of events"
    ratio = growth_ratio(FAILED, of=REQUESTS)
    correct = good_windows(ratio, bad_above=0.01, at_least_good="99%", runbook="rows", name="correctness")
    guard = ratio.guard(SHOP)
    judged = f"((({ratio.promql(SHOP)}) > bool 0.01) and ({guard})) or ({guard}) * 0"
    assert correct.indicator.bad_part(SHOP, minutes(1)) == f"avg_over_time(max({judged})[5m:5m])"
    busy = good_windows(age, bad_below=1, at_least_good="99%", runbook="late", name="traffic", window=minutes(10))
    assert busy.indicator.bad_part(SHOP, minutes(5)).endswith("< bool 1)[10m:10m])")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "give bad_above or bad_below, one of them"),
        ({"bad_above": 1, "bad_below": 1}, "give bad_above or bad_below, one of them"),
        ({"bad_above": Quantity(value=1, unit="By")}, "bad_above is 1 in 'By', but it is compared with a value in 's'"),
        ({"bad_above": -1}, "give a number that the signal can pass"),
        ({"bad_above": 1, "window": minutes(7)}, "divides a day evenly"),
    ],
)
def test_windows_that_say_nothing_are_refused(wrong, message):
    age = level(Series(metric=pubsub.OLDEST_UNACKED, resource="pubsub_subscription"))
    with pytest.raises(ValueError, match=message):
        good_windows(age, **wrong, at_least_good="99%", runbook="late", name="freshness")


def test_counters_of_others_are_for_the_consoles_own_objectives_where_its_filters_can_say_them():
    slo = series_availability(bad=FAILED, total=REQUESTS, at_least_good="99.5%", runbook="lb")
    ratio = slo.indicator.native(SHOP)["request_based_sli"].good_total_ratio
    whole = 'metric.type="loadbalancing.googleapis.com/https/request_count" resource.type="https_lb_rule" '
    assert ratio.total_service_filter == whole + 'resource.label."url_map_name"="shop"'
    assert ratio.bad_service_filter == (
        whole + 'metric.label."response_code_class"="500" resource.label."url_map_name"="shop"'
    )
    several = replace(REQUESTS, where_resource={"url_map_name": ("shop", "stock")})
    for bad, total in (
        (replace(REQUESTS, unless={"response_code_class": "200"}), REQUESTS),
        (replace(several, where={"response_code_class": "500"}), several),
    ):
        slo = series_availability(bad=bad, total=total, at_least_good="99.5%", runbook="lb")
        with pytest.raises(ValueError, match="leave console_slos off"):
            slo.indicator.native(SHOP)
