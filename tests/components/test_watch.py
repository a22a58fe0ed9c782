"""A packaged alert is adjusted without writing it again, and two services that Google takes for one are refused."""

import pulumi
import pytest

from tests.components.shop import OrderReceived, OrderRejected
from tests.components.test_arguments import CONTEXT
from vigil_components import (
    AlertArgs,
    AlertSeverity,
    CloudRunService,
    CloudRunWorkerPool,
    Email,
    MonitoringContext,
    Routing,
    RoutingArgs,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Source,
    Team,
    Watch,
    minutes,
    ratio,
)
from vigil_components.alerts import policy_args
from vigil_components.systems import HttpLimits, PartArgs, http_service
from vigil_components.testing import record

PACKAGED = http_service(HttpLimits(error_ratio=0.05, always_on=True))
ORDERS = CloudRunService(name="orders", location="europe-west1")


def named(watch: Watch, name: str):
    return next(one for one in watch.alerts if one.name == name)


def bad_part(watch: Watch) -> float:
    total, bad = named(watch, "error-ratio").condition.proof().stays_silent.emissions
    return bad.per_minute / total.per_minute


def test_a_threshold_a_duration_and_a_severity_are_changed_and_the_proof_follows():
    changed = PACKAGED.changed(
        "error-ratio", above=0.02, lasting=minutes(10), severity=AlertSeverity.TICKET, summary="Orders fail"
    )
    spec = named(changed, "error-ratio")
    condition = spec.condition.args(ORDERS, "error-ratio").condition_prometheus_query_language
    assert "> 0.02 and" in condition.query
    assert (condition.duration, spec.severity, spec.summary) == ("600s", AlertSeverity.TICKET, "Orders fail")
    assert spec.runbook == "error-ratio"
    assert bad_part(PACKAGED) == pytest.approx(0.05 * 0.93)
    assert bad_part(changed) == pytest.approx(0.02 * 0.93)
    assert [one.name for one in changed.alerts] == [one.name for one in PACKAGED.alerts]
    assert changed.charts == PACKAGED.charts


def test_an_alert_is_one_value_from_its_declaration_to_its_policy():
    """As docs/signals.md says: what carries it holds it, and none makes another of it."""
    adjusted = PACKAGED.without("latency").along_with(Watch())
    kept = [one for one in PACKAGED.alerts if one.name != "latency"]
    args = PartArgs(context=CONTEXT, source=ORDERS, team="shop", watch=adjusted, platform=Watch())
    assert all(one is other for one, other in zip(args.all_alerts, kept, strict=True))
    (policy,) = policy_args(AlertArgs(context=CONTEXT, source=ORDERS, spec=kept[0], team="shop")).conditions
    assert policy == kept[0].condition.args(ORDERS, kept[0].name)


def test_what_has_no_threshold_keeps_its_condition():
    assert named(PACKAGED.changed("no-traffic", runbook="quiet"), "no-traffic").runbook == "quiet"
    with pytest.raises(
        ValueError, match=r"alert 'no-traffic': above cannot be changed: the condition is not a threshold"
    ):
        PACKAGED.changed("no-traffic", above=3)


def test_a_change_is_refused_as_a_new_alert_would_be():
    with pytest.raises(
        ValueError, match=r"alert 'error-ratio': threshold is 5, but .* give a part such as 0.05 for 5 %"
    ):
        PACKAGED.changed("error-ratio", above=5)
    with pytest.raises(ValueError, match=r"auto_close is 0:01:00; give minutes\(30\) or more: the API takes 1800s"):
        PACKAGED.changed("error-ratio", auto_close=minutes(1))


def deploy(*sources: Source, preview: bool) -> None:
    def program() -> None:
        team = Team(name="shop", channels={AlertSeverity.TICKET: [Email(address="shop@example.com")]})
        routing = Routing("routing", RoutingArgs(project="p", environment="prod", pages=False, teams=[team]))
        context = MonitoringContext(
            project="p", environment="prod", routing=routing, runbooks_url="https://shop.example/runbooks"
        )
        alert = ratio(OrderRejected, of=OrderReceived).alert(
            above=0.1, name="rejected", severity=AlertSeverity.TICKET, summary="Orders are refused", runbook="r"
        )
        for index, source in enumerate(sources):
            ServiceMonitoring(
                f"service-{index}",
                ServiceMonitoringArgs(context=context, source=source, team="shop", alerts=[alert]),
                pulumi.ResourceOptions(),
            )

    record(program, preview=preview)


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize(
    ("other", "what"),
    [
        (CloudRunService(name="orders", location="us-east1"), "log-based metric: orders/order.received"),
        (CloudRunWorkerPool(name="orders", location="europe-west1"), "log-based metric: orders/order.received"),
        (CloudRunService(name="orders-a", location="us-east1", id="orders"), "log-based metric: orders/order.received"),
    ],
    ids=["two regions", "service and pool", "one id"],
)
def test_two_services_of_one_id_are_refused_naming_both(other, what, preview):
    with pytest.raises(
        ValueError, match=rf"'service-0-metrics' and 'service-1-metrics' have the same {what}; give one"
    ):
        deploy(ORDERS, other, preview=preview)


def test_names_that_promql_writes_alike_are_refused_naming_both():
    one, other = (CloudRunService(name=name, location="europe-west1") for name in ("a-b", "a_b"))
    with pytest.raises(ValueError, match=r"metric name in PromQL: a-b/order\.received and a_b/order\.received"):
        deploy(one, other, preview=True)


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_an_id_of_its_own_tells_them_apart(preview):
    deploy(ORDERS, CloudRunService(name="orders", location="us-east1", id="orders-us"), preview=preview)


def test_two_runs_in_one_process_never_meet():
    deploy(ORDERS, preview=False)
    deploy(ORDERS, preview=False)
