"""Signals: one object makes the condition, the chart's line and the proof."""

from typing import Literal

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.components.shop import ORDERS, OrderReceived, OrderRejected, Reason
from vigil_components import AlertSeverity, UnknownLabelError, count, log_match, minutes, quantile, rate, ratio
from vigil_telemetry import Event, Label, Measure

REJECTED = 'logging_googleapis_com:user_orders_order_rejected{monitored_resource="cloud_run_revision"}[5m]'
RECEIVED = 'logging_googleapis_com:user_orders_order_received{monitored_resource="cloud_run_revision"}[5m]'


def alert(threshold: float = 0.05, *, lasting_minutes: float = 5):
    return ratio(OrderRejected, of=OrderReceived, at_least=20).alert(
        above=threshold,
        lasting=minutes(lasting_minutes),
        name="rejected",
        severity=AlertSeverity.PAGE,
        summary="Orders are refused",
        runbook="orders-rejected",
    )


def test_a_ratio_is_judged_only_where_there_is_traffic():
    args = alert().condition.args(ORDERS, "rejected")
    condition = args.condition_prometheus_query_language
    assert condition.query == (
        f"(sum(rate({REJECTED})) / sum(rate({RECEIVED}))) > 0.05 and sum(increase({RECEIVED})) >= 20"
    )
    assert (condition.duration, condition.evaluation_interval) == ("300s", "60s")
    assert condition.disable_metric_validation is True
    assert (condition.rule_group, condition.alert_rule) == ("orders", "Rejected")


def test_a_count_can_be_narrowed_to_label_values():
    signal = count(OrderRejected, window=minutes(10), where={"reason": Reason.OUT_OF_STOCK})
    assert signal.promql(ORDERS) == (
        "sum(increase(logging_googleapis_com:user_orders_order_rejected"
        '{monitored_resource="cloud_run_revision",reason="out_of_stock"}[10m]))'
    )


def test_a_label_that_the_event_does_not_have_is_an_error_when_the_program_runs():
    with pytest.raises(
        UnknownLabelError, match=r"a metric over order.rejected has no label 'resaon'; did you mean 'reason'"
    ):
        count(OrderRejected, where={"resaon": "out_of_stock"}).promql(ORDERS)
    with pytest.raises(UnknownLabelError, match=r"no label 'color'"):
        rate(OrderRejected, by=("color",)).promql(ORDERS)


def test_a_value_that_the_label_never_has_is_an_error():
    with pytest.raises(
        UnknownLabelError, match=r"order.rejected.reason is never 'sold_out'; its values: out_of_stock, card_declined"
    ):
        count(OrderRejected, where={"reason": "sold_out"}).promql(ORDERS)


def test_a_quantile_reads_the_buckets_of_its_distribution():
    signal = quantile(0.95, OrderReceived, "waited")
    assert signal.unit == "s"
    assert signal.promql(ORDERS).startswith("histogram_quantile(0.95, sum by (le) (rate(")
    assert "user_orders_order_received_waited_bucket{" in signal.promql(ORDERS)
    assert [spec.id for spec in signal.metrics(ORDERS)] == ["orders/order.received/waited"]


class Resized(Event, tag="image.resized"):
    """An image was resized."""

    cold: Label[bool]
    code: Label[Literal[200, 500]]
    reason: Label[Reason]
    pixels: Measure[int]


def test_a_value_of_a_label_has_the_type_of_the_label_or_is_as_the_line_has_it():
    typed = {"cold": True, "code": (200, 500), "reason": Reason.OUT_OF_STOCK}
    written = {"cold": "true", "code": ("200", "500"), "reason": "out_of_stock"}
    assert count(Resized, where=typed) == count(Resized, where=written)
    assert ratio(Resized, of=Resized, bad_where={"cold": False}).bad_where == {"cold": "false"}
    assert log_match(Resized, where={"cold": False, "pixels": 5}).where == {"cold": "false", "pixels": "5"}
    with pytest.raises(UnknownLabelError, match=r"image\.resized\.cold is never 'True'; its values: false, true"):
        count(Resized, where={"cold": "True"})
    with pytest.raises(TypeError, match="a text or True or False or a number or a member of an enum"):
        count(Resized, where={"cold": None})  # pyright: ignore[reportArgumentType] - the point


@pytest.mark.parametrize(
    "signal",
    [
        ratio(OrderRejected, of=OrderReceived),
        count(OrderRejected, where={"reason": ("out_of_stock", "card_declined")}),
        rate(OrderRejected, by=("reason",)),
        quantile(0.99, OrderReceived, "waited", window=minutes(60)),
    ],
    ids=lambda signal: type(signal).__name__,
)
def test_every_query_parses(signal):
    promql_parser.parse(signal.promql(ORDERS))
    promql_parser.parse(signal.condition(ORDERS, 0.1))


@given(st.floats(min_value=1e-6, max_value=0.9))
def test_a_threshold_is_written_so_that_it_reads_back_as_the_same_number(threshold):
    query = alert(threshold).condition.args(ORDERS, "a").condition_prometheus_query_language.query
    written = query.split(" > ")[1].split(" and ")[0]
    assert float(written) == pytest.approx(threshold, rel=1e-11)


@given(st.floats(min_value=0.001, max_value=0.6))
def test_a_proof_s_case_is_beyond_the_threshold_and_its_near_miss_within_a_tenth_below(threshold):
    proof = alert(threshold).condition.proof()

    def share(case):
        total, bad = case.emissions
        return bad.per_minute / total.per_minute

    assert threshold < share(proof.fires) < 1
    assert 0.9 * threshold <= share(proof.stays_silent) < threshold
    for case in (proof.fires, proof.stays_silent):
        assert case.emissions[0].per_minute * 5 > 20
        assert case.lasting > proof.opens_within
    assert proof.fires.lasting == proof.stays_silent.lasting


def test_a_duration_of_part_of_a_minute_is_refused():
    with pytest.raises(ValueError, match="give whole minutes"):
        alert(lasting_minutes=1.5)


def test_an_alert_without_summary_or_runbook_is_refused():
    signal = count(OrderRejected)
    with pytest.raises(ValueError, match="has no summary"):
        signal.alert(above=1, name="a", severity=AlertSeverity.TICKET, summary=" ", runbook="r")
    with pytest.raises(ValueError, match="has no runbook"):
        signal.alert(above=1, name="a", severity=AlertSeverity.TICKET, summary="s", runbook="")
    with pytest.raises(ValueError, match="use lower-case words joined by dashes"):
        signal.alert(above=1, name="Error Ratio", severity=AlertSeverity.TICKET, summary="s", runbook="r")
