"""What holds for every component: names, parents, outputs, options, in preview and in update."""

import inspect
import pkgutil
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module

import pulumi
import pytest

import vigil_components
from tests.components.shop import ORDERS, OrderReceived, OrderRejected
from vigil_apimodel import lql
from vigil_apimodel.metrics import supabase
from vigil_components import (
    Alert,
    AlertArgs,
    AlertSeverity,
    Budget,
    BudgetArgs,
    ConsoleSlos,
    ConsoleSlosArgs,
    Dashboard,
    DashboardArgs,
    DefaultExclusions,
    DefaultExclusionsArgs,
    Email,
    EventMetrics,
    EventMetricsArgs,
    Exclusion,
    LogBucket,
    LogBucketArgs,
    LogMetric,
    LogMetricArgs,
    LogScope,
    LogScopeArgs,
    LogView,
    LogViewArgs,
    MetricSpec,
    MonitoringContext,
    NotificationChannel,
    NotificationChannelArgs,
    Policy,
    PolicyArgs,
    PromqlRule,
    RawDashboard,
    RawDashboardArgs,
    RawPolicy,
    RawPolicyArgs,
    RawResource,
    RawResourceArgs,
    Routing,
    RoutingArgs,
    SavedQueries,
    SavedQueriesArgs,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Sinks,
    SinksArgs,
    SinkSpec,
    Slo,
    StorageDestination,
    Team,
    TraceScope,
    TraceScopeArgs,
    UptimeCheck,
    UptimeCheckArgs,
    ratio,
)
from vigil_components.collector import MetricsCollector, MetricsCollectorArgs, SupabaseEndpoint
from vigil_components.dashboards import rows, text_panel
from vigil_components.drains import DrainService, DrainServiceArgs
from vigil_components.slos import Availability
from vigil_components.systems import Part, PartArgs, worker_pool
from vigil_components.testing import Recorded, Registration, record

P = "example-shop"
ERRORS = lql.compare("severity", lql.Operator.GREATER_OR_EQUAL, "ERROR")
TEAM = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
REJECTED = ratio(OrderRejected, of=OrderReceived).alert(
    above=0.05, name="rejected", severity=AlertSeverity.TICKET, summary="Orders are refused", runbook="r"
)
SLO = Slo(
    name="availability",
    indicator=Availability(bad=OrderRejected, total=OrderReceived),
    goal=Decimal("0.99"),
    runbook="r",
)
POLICY = {
    "displayName": "d",
    "combiner": "OR",
    "conditions": [
        {
            "displayName": "errors",
            "conditionThreshold": {
                "filter": 'resource.type="cloud_run_revision" AND metric.type="run.googleapis.com/request_count"',
                "comparison": "COMPARISON_GT",
                "thresholdValue": 5,
                "duration": "300s",
                "aggregations": [{"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_RATE"}],
            },
        }
    ],
}
Options = pulumi.ResourceOptions


def context() -> MonitoringContext:
    routing = Routing("routing", RoutingArgs(project=P, environment="staging", pages=False, teams=[TEAM]))
    return MonitoringContext(project=P, environment="staging", routing=routing, runbooks_url="https://example.com")


COMPONENTS: dict[str, Callable[[Options | None], pulumi.ComponentResource]] = {
    "Alert": lambda opts: Alert(
        "thing",
        AlertArgs(context=context(), source=ORDERS, spec=REJECTED, team="shop", channels=[]),
        opts,
    ),
    "ConsoleSlos": lambda opts: ConsoleSlos(
        "thing", ConsoleSlosArgs(project=P, environment="staging", source=ORDERS, slos=[SLO]), opts
    ),
    "Dashboard": lambda opts: Dashboard(
        "thing", DashboardArgs(project=P, title="T", sections=[rows("a", [text_panel("b", "c")])]), opts
    ),
    "Budget": lambda opts: Budget(
        "thing",
        BudgetArgs(context=context(), billing_account="012345-6789AB-CDEF01", team="shop", amount=10, currency="EUR"),
        opts,
    ),
    "DefaultExclusions": lambda opts: DefaultExclusions(
        "thing", DefaultExclusionsArgs(project=P, exclusions=[Exclusion(name="e", filter=ERRORS)]), opts
    ),
    "DrainService": lambda opts: DrainService(
        "thing",
        DrainServiceArgs(project=P, location="europe-west1", environment="staging", image="i:1", kind="vercel"),
        opts,
    ),
    "EventMetrics": lambda opts: EventMetrics(
        "thing", EventMetricsArgs(project=P, specs=[MetricSpec(source=ORDERS, event=OrderRejected)]), opts
    ),
    "LogMetric": lambda opts: LogMetric(
        "thing", LogMetricArgs(project=P, metric_id="orders/failed", filter="severity>=ERROR"), opts
    ),
    "LogBucket": lambda opts: LogBucket(
        "thing", LogBucketArgs(project=P, bucket_id="b", location="europe-west1"), opts
    ),
    "TraceScope": lambda opts: TraceScope(
        "thing", TraceScopeArgs(project=P, scope_id="s", resource_names=["projects/example-shop"]), opts
    ),
    "LogScope": lambda opts: LogScope(
        "thing", LogScopeArgs(project=P, scope_id="s", resource_names=["projects/example-shop"]), opts
    ),
    "LogView": lambda opts: LogView(
        "thing",
        LogViewArgs(
            project=P,
            location="europe-west1",
            bucket_id="b",
            bucket="projects/p/b",
            view_id="v",
            readers=["group:a@example.com"],
        ),
        opts,
    ),
    "MetricsCollector": lambda opts: MetricsCollector(
        "thing",
        MetricsCollectorArgs(
            project=P,
            location="europe-west1",
            environment="staging",
            image="i:1",
            endpoints=[SupabaseEndpoint(project="shop", secret="key")],
            metrics={supabase.get("pg_up")},
        ),
        opts,
    ),
    "NotificationChannel": lambda opts: NotificationChannel(
        "thing", NotificationChannelArgs(project=P, display_name="d", channel=Email(address="a@example.com")), opts
    ),
    "Part": lambda opts: Part(
        "thing", PartArgs(context=context(), source=ORDERS, team="shop", watch=worker_pool()), opts
    ),
    "Policy": lambda opts: Policy(
        "thing", PolicyArgs(project=P, title="Errors", condition=PromqlRule(query="vector(1) > 2")), opts
    ),
    "RawDashboard": lambda opts: RawDashboard(
        "thing", RawDashboardArgs(project=P, definition={"displayName": "d", "gridLayout": {"widgets": []}}), opts
    ),
    "RawPolicy": lambda opts: RawPolicy("thing", RawPolicyArgs(project=P, definition=POLICY), opts),
    "RawResource": lambda opts: RawResource(
        "thing", RawResourceArgs(project=P, definition={"name": "errors", "filter": "severity>=ERROR"}), opts
    ),
    "Routing": lambda opts: Routing(
        "thing", RoutingArgs(project=P, environment="staging", pages=False, teams=[TEAM]), opts
    ),
    "SavedQueries": lambda opts: SavedQueries("thing", SavedQueriesArgs(project=P, queries={"Errors": ERRORS}), opts),
    "ServiceMonitoring": lambda opts: ServiceMonitoring(
        "thing",
        ServiceMonitoringArgs(context=context(), source=ORDERS, team="shop", alerts=[REJECTED], slos=[SLO]),
        opts,
    ),
    "Sinks": lambda opts: Sinks(
        "thing",
        SinksArgs(project=P, sinks=[SinkSpec(sink_id="s", destination=StorageDestination(bucket="b"), filter=ERRORS)]),
        opts,
    ),
    "UptimeCheck": lambda opts: UptimeCheck(
        "thing", UptimeCheckArgs(project=P, display_name="d", url="https://shop.example"), opts
    ),
}


def run(name: str, *, preview: bool = False, with_options: bool = False) -> Recorded:
    def program() -> None:
        opts = None
        if with_options:
            above, before = (
                NotificationChannel(
                    other, NotificationChannelArgs(project=P, display_name="d", channel=Email(address="b@example.com"))
                )
                for other in ("above", "before")
            )
            opts = Options(parent=above, protect=True, aliases=[pulumi.Alias(name="once")], depends_on=[before])
        COMPONENTS[name](opts)

    return record(program, preview=preview)


def thing(recorded: Recorded) -> Registration:
    return next(one for one in recorded.registrations if one.name == "thing" and not one.custom)


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
@pytest.mark.parametrize("name", COMPONENTS)
def test_without_options_it_registers_children_of_its_own_name_below_itself(name, preview):
    recorded = run(name, preview=preview)
    component = thing(recorded)
    children = [one for one in recorded.registrations if one.parent == component.urn]
    assert children
    for child in children:
        assert child.name.startswith("thing")
    assert component.outputs is not None


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_caller_s_options_stay_with_the_component_and_do_not_leak_into_its_children(name):
    recorded = run(name, with_options=True)
    component = thing(recorded)
    above = next(one for one in recorded.registrations if one.name == "above" and not one.custom)
    assert component.parent == above.urn
    assert component.options.protect is True
    for child in recorded.registrations:
        if child.parent == component.urn and child.custom:
            assert child.options.protect in {True, None}
            assert "before" not in str(child.options.depends_on)


def test_every_component_of_the_package_is_tried_here_or_has_its_own_test():
    known = set(COMPONENTS) | {"Everything", "FrontendDrains"}
    found: set[str] = set()
    for module in pkgutil.walk_packages(vigil_components.__path__, "vigil_components."):
        for name, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            ours = kind.__module__.startswith("vigil_components.")
            if ours and issubclass(kind, pulumi.ComponentResource) and not issubclass(kind, Part):
                found.add(name)
                assert getattr(kind, "TYPE", "").startswith("vigil:"), name
                assert kind.TYPE.count(":") == 2, name
    assert found | {"Part"} == known
