"""1, 10, 100 and 500 services, and 100 of ten kinds: time and memory per resource, against the same ones bare.

Each round runs in its own process, all contestants in turn, under the SDK's own mocks, so that all pay the same for the
SDK. The bare program has the very arguments that the components make, and the same number of component resources around
them. Another process makes these arguments and writes them into a file: memory that making them leaves free would hide
growth. The bare program reads them before its time starts, but within its memory, because each program holds them at
its peak: the SDK makes a task of each registration, and none runs before the program's function has ended. Only a
resource's outermost arguments object is free by then, so the bare program gives it up as well. The contestant without a
goal makes the arguments while it runs, from the same events, and checks nothing: no component could take less. Times
are CPU time, so that what else runs on the machine does not count.
"""

import json
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bench.figures import Figure, figure, publish

if TYPE_CHECKING:
    from pulumi_gcp import logging, monitoring

    from vigil_components import MonitoringContext, ServiceMonitoringArgs

ROOT = Path(__file__).resolve().parents[2]
SIZES = (1, 10, 100, 500)
UNCHECKED = 100
"""Services of which the least that components could take is shown as well."""
ROUNDS = 5
TIME, MEMORY = 1.15, 1.2
"""The most that a resource may take beside a bare one."""
BARE = "the same resources bare"
Make = Callable[[int, "MonitoringContext"], "ServiceMonitoringArgs"]
"""What makes the arguments of one service of its number and the context."""


def services(make: Make, count: int) -> None:
    """Register `count` services."""
    from vigil_components import ServiceMonitoring

    around = context()
    for index in range(count):
        ServiceMonitoring(f"service-{index}", make(index, around))


def context() -> "MonitoringContext":
    """What all services share."""
    from vigil_components import AlertSeverity, Email, MonitoringContext, Routing, RoutingArgs, Team

    team = Team(name="shop", channels={AlertSeverity.TICKET: (Email(address="shop@example.com"),)})
    routing = Routing("routing", RoutingArgs(project="example-shop", environment="prod", pages=False, teams=[team]))
    return MonitoringContext(
        project="example-shop", environment="prod", routing=routing, runbooks_url="https://shop.example/runbooks"
    )


def of_one_kind(index: int, around: "MonitoringContext") -> "ServiceMonitoringArgs":
    """One service's monitoring: two metrics, an alert and a dashboard."""
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


def of_ten_kinds(index: int, around: "MonitoringContext") -> "ServiceMonitoringArgs":
    """One service of ten kinds, with all alerts of its watch."""
    from vigil_components import CloudRunJob, CloudRunService, GkeWorkload, ServiceMonitoringArgs, watches

    name, region = f"service-{index}", "europe-west1"
    kinds: tuple[Callable[[], tuple[object, object]], ...] = (
        lambda: _watched(CloudRunService(name=name, location=region), watches.cloud_run_service),
        lambda: _watched(CloudRunJob(name=name, location=region), watches.cloud_run_job),
        lambda: _watched(watches.sql_instance("example-shop", name), watches.cloud_sql),
        lambda: _watched(watches.subscription(name), watches.subscription_health),
        lambda: _watched(watches.url_map(name), watches.load_balancer),
        lambda: _watched(GkeWorkload(name=name, cluster="main", location=region), watches.gke_workload),
        lambda: _watched(watches.task_queue(name, location=region), watches.task_queue_health),
        lambda: _watched(watches.redis_instance("example-shop", name, region=region), watches.redis),
        lambda: _watched(watches.bucket(name), watches.bucket_health),
        lambda: _watched(watches.workflow(name, location=region), watches.workflow_health),
    )
    source, watch = kinds[index % len(kinds)]()
    return ServiceMonitoringArgs(context=around, source=source, team="shop", watch=watch)


def _watched(source: object, watch: Callable[[object], object]) -> tuple[object, object]:
    return source, watch(source)


def write_down(which: str, count: int, file: Path) -> None:
    """Write the arguments of the first service into a file, and then those of all."""
    with_events()
    with file.open("wb") as written:
        for number in (1, count):
            pickle.dump(arguments(MAKES[which], number), written)


def derived(make: Make, count: int) -> None:
    """The same resources, their arguments made of the same events while it runs, and not checked."""
    registered(arguments(make, count))


Made: TypeAlias = "list[tuple[list[tuple[str, logging.MetricArgs]], list[tuple[str, monitoring.AlertPolicyArgs]], str]]"
"""For each service the metrics and policies by name, and the dashboard's document."""


def arguments(make: Make, count: int) -> "Made":
    """Return the arguments of all resources of `count` services."""
    from vigil_components import MonitoringContext
    from vigil_components.alerts import AlertArgs, policy_args
    from vigil_components.dashboards import DashboardArgs, document
    from vigil_components.service import metric_specs, sections

    class OneChannel:
        """A routing without resources: what is written down before does not know the channel's name yet."""

        def channels(self, team: str, severity: object) -> tuple[str, ...]:  # noqa: ARG002 - a protocol
            return ("named in the run",)

    around = MonitoringContext(
        project="example-shop", environment="prod", routing=OneChannel(), runbooks_url="https://shop.example/runbooks"
    )
    made: Made = []
    for index in range(count):
        args = make(index, around)
        metrics = [(spec.id, spec.args(around.project)) for spec in metric_specs(args)]
        policies = [
            (spec.name, policy_args(AlertArgs(context=around, source=args.source, spec=spec, team="shop")))
            for spec in args.all_alerts
        ]
        body = document(
            DashboardArgs(
                project=around.project,
                title=f"service-{index} (prod)",
                sections=sections(args),
                labels={"managed-by-vigil": "", f"service-service-{index}": ""},
            )
        )
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        made.append((metrics, policies, text))
    return made


def registered(made: "Made") -> None:
    """Register the resources with these arguments, below as many component resources as Vigil's."""
    import pulumi
    from pulumi_gcp import logging, monitoring

    class Group(pulumi.ComponentResource):
        def __init__(self, kind: str, name: str, inputs: dict[str, object], opts: pulumi.ResourceOptions | None = None):
            super().__init__(kind, name, inputs, opts)

    routing = Group("bare:index:Routing", "routing", {"teams": ["shop"]})
    holder = Group("bare:index:Channel", "channel", {}, pulumi.ResourceOptions(parent=routing))
    channel = monitoring.NotificationChannel(
        "email",
        type="email",
        labels={"email_address": "shop@example.com"},
        opts=pulumi.ResourceOptions(parent=holder),
    )
    holder.register_outputs({})
    routing.register_outputs({})
    for index in range(len(made)):
        metrics, policies, dashboard = made.pop(0)  # now only the SDK holds what it needs of them
        name = f"service-{index}"
        service = Group("bare:index:Service", name, {"service": name, "team": "shop"})
        inside = pulumi.ResourceOptions(parent=service)
        group = Group("bare:index:Metrics", f"{name}-metrics", {"ids": [id_ for id_, _ in metrics]}, inside)
        for id_, args in metrics:
            logging.Metric(f"{name}-{id_}", args, opts=pulumi.ResourceOptions(parent=group))
        group.register_outputs({})
        for title, policy in policies:
            alert = Group("bare:index:Alert", f"{name}-{title}", {"alert": title}, inside)
            policy.notification_channels = [channel.name]
            for repeated in policy.alert_strategy.notification_channel_strategies or ():
                repeated.notification_channel_names = [channel.name]
            monitoring.AlertPolicy(f"{name}-{title}-policy", policy, opts=pulumi.ResourceOptions(parent=alert))
            alert.register_outputs({})
        page = Group("bare:index:Dashboard", f"{name}-page", {"title": name}, inside)
        monitoring.Dashboard(
            f"{name}-dashboard",
            monitoring.DashboardArgs(project="example-shop", dashboard_json=dashboard),
            opts=pulumi.ResourceOptions(parent=page),
        )
        page.register_outputs({})
        service.register_outputs({})


MAKES: dict[str, Make] = {"one": of_one_kind, "ten": of_ten_kinds}
"""How services are made, by what is measured."""


def with_events() -> None:
    """Import the events that the services emit."""
    import runpy

    shop = type(sys)("bench_shop")
    shop.__dict__.update(runpy.run_path(str(ROOT / "examples" / "another-repository" / "telemetry" / "__init__.py")))
    sys.modules["bench_shop"] = shop


def measured(kind: str, which: str, count: int) -> dict[str, float]:
    """One run in this process: seconds, resources, and the growth of the peak resident set in bytes."""
    if kind != "bare":
        make = MAKES[which]
        with_events()
        program = services if kind == "components" else derived
        return _measured(lambda number: lambda: program(make, number), count)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "arguments"
        subprocess.run(_process("arguments", which, str(count), str(file)), cwd=ROOT, check=True)
        with file.open("rb") as written:

            def read(_number: int) -> Callable[[], None]:
                made: Made = pickle.load(written)
                return lambda: registered(made)

            return _measured(read, count)


def _measured(register: Callable[[int], Callable[[], None]], count: int) -> dict[str, float]:
    """Run what `register` returns: for one service first, so that all is imported, and then for as many as `count`."""
    import asyncio
    import gc

    import pulumi
    from pulumi.runtime import mocks
    from pulumi.runtime.stack import run_pulumi_func

    from vigil_components.testing import SyntheticMocks

    asyncio.set_event_loop(asyncio.new_event_loop())

    def set_up() -> None:
        pulumi.runtime.reset_options()
        mocks.set_mocks(SyntheticMocks(project="example-shop"))

    set_up()
    asyncio.get_event_loop().run_until_complete(run_pulumi_func(register(1)))
    set_up()
    gc.collect()  # what was imported and made so far: looking through it falls into one run of ten services, or not
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    program = register(count)
    start = time.process_time()
    asyncio.get_event_loop().run_until_complete(run_pulumi_func(program))
    seconds = time.process_time() - start
    resources = len(pulumi.runtime.settings.get_monitor().get_registered_resources())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    return {"seconds": seconds, "resources": resources, "bytes": grown}


def _process(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "bench.components", *arguments]


def run(kind: str, which: str, count: int) -> dict[str, float]:
    """One run in its own process."""
    done = subprocess.run(
        _process(kind, which, str(count)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Run all sizes in interleaved rounds and write the report."""
    found: list[Figure] = []
    per_resource: dict[tuple[str, str, int], float] = {}
    for which, count in (*(("one", size) for size in SIZES), ("ten", 100)):
        of = "services" if which == "one" else "services of ten kinds"
        rounds = ROUNDS if count < 500 else 3
        runs: dict[str, list[dict[str, float]]] = {"components": [], "bare": [], "derived": []}
        for _ in range(rounds):
            for kind, results in runs.items():
                results.append(run(kind, which, count))
        assert len({one["resources"] for results in runs.values() for one in results}) == 1
        for kind, results in runs.items():
            per_resource[kind, which, count] = statistics.median(one["seconds"] / one["resources"] for one in results)
        ours, theirs = per_resource["components", which, count], per_resource["bare", which, count]
        found.append(figure(f"time per resource, {count} {of}", ours * 1e3, "ms", BARE, theirs * 1e3, goal=TIME))
        if count == UNCHECKED:
            least = per_resource["derived", which, count]
            unchecked = f"their arguments made of the events, unchecked, {count} {of}"
            found.append(figure(unchecked, least * 1e3, "ms", BARE, theirs * 1e3))
        memory = {
            kind: statistics.median(one["bytes"] / one["resources"] for one in results)
            for kind, results in runs.items()
        }
        if count >= 100:
            name = f"memory per resource, {count} {of}"
            found.append(figure(name, memory["components"], "B", BARE, memory["bare"], goal=MEMORY))
        print(found[-1])
    growth = {kind: per_resource[kind, "one", 500] / per_resource[kind, "one", 10] for kind in ("components", "bare")}
    name = "growth of time per resource, 500 services against 10"
    found.append(figure(name, growth["components"], "1", BARE, growth["bare"], goal=TIME))
    publish("components", found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["arguments"]:
        write_down(sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
    elif len(sys.argv) == 4:
        print(json.dumps(measured(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main()
