"""ServiceMonitoring: one call gives a service its metrics, alerts and dashboard."""

import gc
import json
import subprocess
import sys
import weakref
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from tests.components.shop import ORDERS, OrderReceived, OrderRejected
from vigil_components import (
    AlertSeverity,
    Chart,
    Email,
    MonitoringContext,
    PagerDuty,
    Routing,
    RoutingArgs,
    ServiceMonitoring,
    ServiceMonitoringArgs,
    Team,
    Webhook,
    minutes,
    rate,
    ratio,
)
from vigil_components.testing import record

REJECTED = ratio(OrderRejected, of=OrderReceived).alert(
    above=0.05,
    lasting=minutes(5),
    name="rejected",
    severity=AlertSeverity.PAGE,
    summary="Orders are refused",
    runbook="orders-rejected",
)
SHOP = Team(
    name="shop",
    channels={
        AlertSeverity.PAGE: (
            PagerDuty(service_key="not-a-secret"),
            Webhook(url="https://h.example/a", username="v", password="hunter2"),
        ),
        AlertSeverity.TICKET: (Email(address="shop@example.com"),),
    },
)


def program(*, environment: str = "prod", pages: bool = True, alerts=(REJECTED,)):
    def run() -> None:
        routing = Routing(
            "routing", RoutingArgs(project="example-prod", environment=environment, pages=pages, teams=[SHOP])
        )
        ServiceMonitoring(
            "orders",
            ServiceMonitoringArgs(
                context=MonitoringContext(
                    project="example-prod",
                    environment=environment,
                    routing=routing,
                    runbooks_url="https://example.com/runbooks/",
                ),
                source=ORDERS,
                team="shop",
                alerts=alerts,
                charts=(Chart(title="Rejections by reason", signals=(rate(OrderRejected, by=("reason",)),)),),
            ),
        )

    return run


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_a_service_gets_each_metric_its_alert_and_its_dashboard(preview):
    run = record(program(), preview=preview)
    counts = run.counts()
    assert counts["gcp:logging/metric:Metric"] == 2
    assert counts["gcp:monitoring/alertPolicy:AlertPolicy"] == 1
    assert counts["gcp:monitoring/dashboard:Dashboard"] == 1
    assert counts["gcp:monitoring/notificationChannel:NotificationChannel"] == 3


def test_the_policy_says_what_is_wrong_whose_it_is_and_what_to_do():
    policy = record(program()).one("gcp:monitoring/alertPolicy:AlertPolicy").inputs
    assert policy["displayName"] == "orders: rejected (prod)"
    assert policy["severity"] == "CRITICAL"
    assert policy["userLabels"] == {
        "alert": "rejected",
        "environment": "prod",
        "managed-by": "vigil",
        "service": "orders",
        "severity": "page",
        "team": "shop",
    }
    documentation = policy["documentation"]
    assert documentation["subject"] == "PAGE orders: Orders are refused (prod)"
    assert documentation["content"].startswith("**orders: Orders are refused** (prod)\n"), "what and where, first"
    assert "above 0.05 for 5 minutes" in documentation["content"]
    links = {link["displayName"]: link["url"] for link in documentation["links"]}
    assert links["Runbook"] == "https://example.com/runbooks/orders-rejected.md"
    assert "jsonPayload.event%3D%22order.rejected%22" in links["Logs"]
    assert links["Logs"].endswith("?project=example-prod")


def test_a_page_goes_to_the_team_s_pagers_and_is_repeated():
    run = record(program())
    policy = run.one("gcp:monitoring/alertPolicy:AlertPolicy").inputs
    assert len(policy["notificationChannels"]) == 2
    assert policy["alertStrategy"] == {
        "autoClose": "1800s",
        "notificationPrompts": ["OPENED", "CLOSED"],
        "notificationChannelStrategies": [
            {"notificationChannelNames": policy["notificationChannels"], "renotifyInterval": "1800s"}
        ],
    }


def test_staging_pages_nobody_and_does_not_even_create_the_pager():
    run = record(program(environment="staging", pages=False))
    kinds = {
        channel.inputs["type"] for channel in run.of_type("gcp:monitoring/notificationChannel:NotificationChannel")
    }
    assert kinds == {"webhook_basicauth", "email"}
    assert len(run.one("gcp:monitoring/alertPolicy:AlertPolicy").inputs["notificationChannels"]) == 1


def test_a_team_that_could_only_be_woken_is_refused_where_nobody_is():
    team = Team(name="night", channels={AlertSeverity.PAGE: (PagerDuty(service_key="k"),)})
    with pytest.raises(
        ValueError, match=r"team 'night' would get no notification in staging.*Give it a ticket channel"
    ):
        record(
            lambda: Routing(
                "r", RoutingArgs(project="example-staging", environment="staging", pages=False, teams=[team])
            )
        )


def test_secrets_of_channels_stay_secret():
    run = record(program())
    for channel in run.of_type("gcp:monitoring/notificationChannel:NotificationChannel"):
        text = json.dumps(channel.inputs.get("labels"), default=str)
        assert "hunter2" not in text
        assert "not-a-secret" not in text
        if channel.inputs["type"] in {"pagerduty", "webhook_basicauth"}:
            assert any("sensitiveLabels" in path for path in channel.secret_paths)
            assert any(key.endswith("Wo") for key in channel.inputs["sensitiveLabels"])


def test_the_alert_component_carries_what_tools_look_for():
    alert = record(program()).one("vigil:alerts:Alert").inputs
    assert (alert["event"], alert["team"], alert["runbook"], alert["service"]) == (
        "order.rejected",
        "shop",
        "orders-rejected",
        "orders",
    )
    assert alert["proof"]["fires"]["emissions"][1]["event"] == "order.rejected"
    assert alert["proof"]["staysSilent"]["lastingSeconds"] == alert["proof"]["fires"]["lastingSeconds"]


def test_the_dashboard_is_plain_text_in_a_preview_and_draws_the_alert_s_own_threshold():
    dashboard = record(program(), preview=True).one("gcp:monitoring/dashboard:Dashboard").inputs
    assert isinstance(dashboard["dashboardJson"], str)
    document = json.loads(dashboard["dashboardJson"])
    charts = [tile["widget"]["xyChart"] for tile in document["mosaicLayout"]["tiles"] if "xyChart" in tile["widget"]]
    assert charts[0]["thresholds"][0]["value"] == 0.05
    assert "thresholds" not in charts[1]
    assert charts[1]["dataSets"][0]["legendTemplate"] == "{{reason}}"


def test_incidents_and_errors_come_first_on_the_dashboard_and_tiles_never_overlap():
    document = json.loads(record(program()).one("gcp:monitoring/dashboard:Dashboard").inputs["dashboardJson"])
    tiles = document["mosaicLayout"]["tiles"]
    contents = [next(key for key in tile["widget"] if key != "title") for tile in tiles]
    assert contents[:3] == ["sectionHeader", "incidentList", "errorReportingPanel"]
    assert tiles[1]["widget"] == {"title": "Incidents of all parts", "incidentList": {}}
    taken: set[tuple[int, int]] = set()
    for tile in tiles:
        x, y = tile.get("xPos", 0), tile.get("yPos", 0)
        cells = {(column, row) for column in range(x, x + tile["width"]) for row in range(y, y + tile["height"])}
        assert not cells & taken
        assert x + tile["width"] <= 48
        taken |= cells


def test_any_change_of_a_dashboard_changes_its_digest():
    first = json.loads(record(program()).one("gcp:monitoring/dashboard:Dashboard").inputs["dashboardJson"])
    other = json.loads(record(program(alerts=())).one("gcp:monitoring/dashboard:Dashboard").inputs["dashboardJson"])
    assert first["labels"]["vigil-digest"] != other["labels"]["vigil-digest"]


def test_two_alerts_of_one_name_are_refused():
    with pytest.raises(ValueError, match="more than one alert named rejected"):
        record(program(alerts=(REJECTED, REJECTED)))


def test_children_hang_below_their_component():
    run = record(program())
    by_urn = {registration.urn: registration for registration in run.registrations}
    for registration in run.registrations:
        if registration.type.startswith("gcp:"):
            assert registration.parent is not None
            assert by_urn[registration.parent].type.startswith("vigil:")
            assert registration.name.startswith(by_urn[registration.parent].name)


class StockMocks(pulumi.runtime.Mocks):
    """The setting of a user's own tests: the SDK's mocks, with nothing of Vigil."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs):
        self.made.append(args.typ)
        return f"{args.name}-id", {"name": args.name, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs):
        return {}, []


@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_it_passes_under_the_sdk_s_own_mocks_too(preview):
    """In a separate process: the SDK's mocks belong to the process, and stay."""
    code = (
        "import pulumi, asyncio, tests.components.test_service as t\n"
        "asyncio.set_event_loop(asyncio.new_event_loop())\n"
        "mocks = t.StockMocks()\n"
        f"pulumi.runtime.set_mocks(mocks, preview={preview})\n"
        "pulumi.runtime.test(t.program())()\n"
        "from collections import Counter\n"
        "made = Counter(mocks.made)\n"
        "assert made['gcp:logging/metric:Metric'] == 2, made\n"
        "assert made['gcp:monitoring/alertPolicy:AlertPolicy'] == 1, made\n"
    )
    root = Path(__file__).resolve().parents[2]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def test_a_signal_that_an_alert_watches_is_drawn_once_with_all_its_thresholds():
    signal = ratio(OrderRejected, of=OrderReceived)
    page, ticket = (
        signal.alert(
            above=above,
            lasting=minutes(5),
            name=name,
            severity=severity,
            summary=f"Orders are refused: {name}",
            runbook="orders-rejected",
        )
        for above, name, severity in ((0.2, "many", AlertSeverity.PAGE), (0.05, "some", AlertSeverity.TICKET))
    )
    routing = RoutingArgs(project="example-prod", environment="prod", pages=True, teams=[SHOP])

    def run() -> None:
        ServiceMonitoring(
            "orders",
            ServiceMonitoringArgs(
                context=MonitoringContext(
                    project="example-prod",
                    environment="prod",
                    routing=Routing("routing", routing),
                    runbooks_url="https://example.com/runbooks/",
                ),
                source=ORDERS,
                team="shop",
                alerts=(page, ticket),
                charts=(
                    Chart(title="Refused again", signals=(signal,)),
                    Chart(title="By reason", signals=(rate(OrderRejected, by=("reason",)),)),
                ),
            ),
        )

    inputs = record(run).one("gcp:monitoring/dashboard:Dashboard").inputs
    tiles = json.loads(str(inputs["dashboardJson"]))["mosaicLayout"]["tiles"]
    charts = {one["widget"]["title"]: one["widget"]["xyChart"] for one in tiles if "xyChart" in one["widget"]}
    assert list(charts) == ["Orders are refused: many", "By reason"]
    drawn = charts["Orders are refused: many"]
    assert [one["value"] for one in drawn["thresholds"]] == [0.2, 0.05]
    assert drawn["dataSets"][0]["legendTemplate"] == "share of orders that were rejected"


def test_a_service_keeps_two_charts_for_a_dashboard_over_several_and_not_all_its_arguments():
    kept, drawn = [], []

    def run() -> None:
        alert, charts = (
            replace(REJECTED),
            [Chart(title=f"{number}", signals=(rate(OrderRejected),)) for number in (1, 2)],
        )
        args = ServiceMonitoringArgs(
            context=MonitoringContext(
                project="example-prod",
                environment="prod",
                routing=Routing(
                    "routing", RoutingArgs(project="example-prod", environment="prod", pages=True, teams=[SHOP])
                ),
                runbooks_url="https://example.com/runbooks/",
            ),
            source=ORDERS,
            team="shop",
            alerts=[alert],
            charts=charts,
        )
        kept.extend(weakref.ref(one) for one in (args, alert, *charts))
        service = ServiceMonitoring("orders", args)
        del args, alert, charts
        gc.collect()
        kept[:] = [one() for one in kept]
        drawn.extend(service.first_charts())

    record(run)
    assert [one and one.title for one in kept] == [None, None, "1", None]
    assert [one["title"] for one in drawn] == ["Orders are refused", "1"]
    assert [one["xyChart"]["thresholds"][0]["value"] for one in drawn[:1]] == [0.05]
    assert "thresholds" not in drawn[1]["xyChart"]
