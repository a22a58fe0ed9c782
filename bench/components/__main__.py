"""1, 10, 100 and 500 services: time and memory per resource, against the same resources registered bare.

Each round runs in a process of its own, components and bare in turn, under the SDK's own mocks, so that both pay the
same for the SDK. The bare program has the very arguments that the components make, written down before it starts, and
the same number of component resources around them.
"""

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigil_components import MonitoringContext, ServiceMonitoringArgs

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "bench" / "components.json"
SIZES = (1, 10, 100, 500)
ROUNDS = 5
TIME, MEMORY = 1.15, 1.2
"""The most that a resource may take beside a bare one."""


def services(count: int) -> None:
    """Register ``count`` services, each with two metrics, an alert and a dashboard."""
    from vigil_components import ServiceMonitoring

    around = context()
    for index in range(count):
        ServiceMonitoring(f"service-{index}", arguments(index, around))


def context() -> "MonitoringContext":
    """What all services share."""
    from vigil_components import AlertSeverity, Email, MonitoringContext, Routing, RoutingArgs, Team

    team = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
    routing = Routing("routing", RoutingArgs(project="example-shop", environment="prod", pages=False, teams=[team]))
    return MonitoringContext(
        project="example-shop", environment="prod", routing=routing, runbooks_url="https://shop.example/runbooks"
    )


def arguments(index: int, around: "MonitoringContext") -> "ServiceMonitoringArgs":
    """One service's monitoring."""
    from bench_shop import OrderReceived, OrderRejected

    from vigil_components import AlertSeverity, Chart, CloudRunService, ServiceMonitoringArgs, minutes, rate, ratio

    alert = ratio(OrderRejected, of=OrderReceived).alert(
        above=0.05,
        lasting=minutes(5),
        name="rejected",
        severity=AlertSeverity.PAGE,
        summary="Orders are refused",
        runbook="r",
    )
    return ServiceMonitoringArgs(
        context=around,
        source=CloudRunService(name=f"service-{index}", location="europe-west1"),
        team="shop",
        alerts=[alert],
        charts=[Chart(title="Rejections", signals=(rate(OrderRejected, by=("reason",)),))],
    )


def bare(count: int) -> Callable[[], None]:
    """The same resources, their arguments written down before: what somebody without components would have typed."""
    import asyncio

    import pulumi
    from pulumi.runtime.stack import run_pulumi_func
    from pulumi_gcp import logging, monitoring

    from vigil_components.alerts import AlertArgs, policy_args
    from vigil_components.dashboards import DashboardArgs, document
    from vigil_components.service import metric_specs, sections

    kept: list[object] = []
    asyncio.get_event_loop().run_until_complete(run_pulumi_func(lambda: kept.append(context())))
    (around,) = kept
    made: list[tuple[list[object], object, object]] = []
    for index in range(count):
        args = arguments(index, around)
        metrics = [(spec.id, spec.args(around.project)) for spec in metric_specs(args)]
        policy = policy_args(
            AlertArgs(
                context=around,
                source=args.source,
                spec=args.alerts[0],
                team="shop",
                channels=[],
            )
        )
        body = document(
            DashboardArgs(
                project=around.project,
                title=f"service-{index} (prod)",
                sections=sections(args),
                labels={"managed-by-vigil": "", f"service-service-{index}": ""},
            )
        )
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        made.append((metrics, policy, monitoring.DashboardArgs(project=around.project, dashboard_json=text)))

    class Group(pulumi.ComponentResource):
        def __init__(self, kind: str, name: str, inputs: dict[str, object], opts: pulumi.ResourceOptions | None = None):
            super().__init__(kind, name, inputs, opts)

    def program() -> None:
        routing = Group("bare:index:Routing", "routing", {"teams": ["shop"]})
        holder = Group("bare:index:Channel", "channel", {}, pulumi.ResourceOptions(parent=routing))
        monitoring.NotificationChannel(
            "email",
            type="email",
            labels={"email_address": "shop@example.com"},
            opts=pulumi.ResourceOptions(parent=holder),
        )
        holder.register_outputs({})
        routing.register_outputs({})
        for index, (metrics, policy, dashboard) in enumerate(made):
            name = f"service-{index}"
            service = Group("bare:index:Service", name, {"service": name, "team": "shop"})
            inside = pulumi.ResourceOptions(parent=service)
            group = Group("bare:index:Metrics", f"{name}-metrics", {"ids": [id_ for id_, _ in metrics]}, inside)
            for id_, args in metrics:
                logging.Metric(f"{name}-{id_}", args, opts=pulumi.ResourceOptions(parent=group))
            group.register_outputs({})
            alert = Group("bare:index:Alert", f"{name}-alert", {"alert": "rejected"}, inside)
            monitoring.AlertPolicy(f"{name}-policy", policy, opts=pulumi.ResourceOptions(parent=alert))
            alert.register_outputs({})
            page = Group("bare:index:Dashboard", f"{name}-page", {"title": name}, inside)
            monitoring.Dashboard(f"{name}-dashboard", dashboard, opts=pulumi.ResourceOptions(parent=page))
            page.register_outputs({})
            service.register_outputs({})

    return program


def measured(kind: str, count: int) -> dict[str, float]:
    """One run in this process: seconds, resources, and the growth of the peak resident set in bytes."""
    import asyncio
    import runpy

    import pulumi
    from pulumi.runtime import mocks
    from pulumi.runtime.stack import run_pulumi_func

    from vigil_components.testing import SyntheticMocks

    shop = type(sys)("bench_shop")
    shop.__dict__.update(runpy.run_path(str(ROOT / "examples" / "another-repository" / "telemetry" / "__init__.py")))
    sys.modules["bench_shop"] = shop
    asyncio.set_event_loop(asyncio.new_event_loop())

    def set_up() -> None:
        pulumi.runtime.reset_options()
        mocks.set_mocks(SyntheticMocks(project="example-shop"))

    def register(number: int) -> Callable[[], None]:
        return (lambda: services(number)) if kind == "components" else bare(number)

    set_up()
    asyncio.get_event_loop().run_until_complete(run_pulumi_func(register(1)))
    program = register(count)
    set_up()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    asyncio.get_event_loop().run_until_complete(run_pulumi_func(program))
    seconds = time.perf_counter() - start
    resources = len(pulumi.runtime.settings.get_monitor().get_registered_resources())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"seconds": seconds, "resources": resources, "bytes": grown}


def run(kind: str, count: int) -> dict[str, float]:
    """One run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.components", kind, str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Run all sizes in interleaved rounds and write the report."""
    entries: list[dict[str, object]] = []
    per_resource: dict[tuple[str, int], float] = {}
    for count in SIZES:
        rounds = ROUNDS if count < 500 else 3
        runs: dict[str, list[dict[str, float]]] = {"components": [], "bare": []}
        for _ in range(rounds):
            for kind, results in runs.items():
                results.append(run(kind, count))
        assert {one["resources"] for one in runs["components"]} == {one["resources"] for one in runs["bare"]}
        for kind, results in runs.items():
            per_resource[kind, count] = statistics.median(one["seconds"] / one["resources"] for one in results)
        ours, theirs = per_resource["components", count], per_resource["bare", count]
        entries.append(_entry(f"time per resource, {count} services", ours * 1e3, theirs * 1e3, "ms"))
        memory = {
            kind: statistics.median(one["bytes"] / one["resources"] for one in results)
            for kind, results in runs.items()
        }
        if count >= 100:
            entries.append(_entry(f"memory per resource, {count} services", memory["components"], memory["bare"], "B"))
        print(entries[-1])
    entries.append(
        {
            "name": "growth of time per resource, 500 services against 10",
            "value": per_resource["components", 500] / per_resource["components", 10],
            "unit": "1",
            "peer": "the same resources bare",
            "peer_value": per_resource["bare", 500] / per_resource["bare", 10],
            "ratio": (per_resource["components", 500] / per_resource["components", 10])
            / (per_resource["bare", 500] / per_resource["bare", 10]),
            "goal": TIME,
            "met": per_resource["components", 500] / per_resource["components", 10]
            <= TIME * per_resource["bare", 500] / per_resource["bare", 10],
        }
    )
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(entries, indent=2) + "\n")
    print(f"written to {OUT.relative_to(ROOT)}")


def _entry(name: str, value: float, peer: float, unit: str) -> dict[str, object]:
    ratio, goal = value / peer, MEMORY if unit == "B" else TIME
    return {
        "name": name,
        "value": value,
        "unit": unit,
        "peer": "the same resources bare",
        "peer_value": peer,
        "ratio": ratio,
        "goal": goal,
        "met": ratio <= goal,
    }


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(measured(sys.argv[1], int(sys.argv[2]))))
    else:
        main()
