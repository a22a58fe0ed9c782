"""A program as a customer writes it: its own events, a channel made by hand, its own source, small counts.

Its alerts are judged in spawned processes, which import what the program imported.
"""

import textwrap
from pathlib import Path

import pytest

from vigil_proofs import Suite
from vigil_proofs.declarations import Declarations
from vigil_runner.program import ProgramError
from vigil_runner.stacks import Stack
from vigil_telemetry import catalog, event

EVENTS = """
    from typing import ClassVar, Literal
    from vigil_telemetry import Event, Label, Severity

    class CartFilled(Event, tag="customer.cart.filled"):
        '''A cart was filled.'''

        kind: Label[Literal["new", "old"]]

    class CartLost(Event, tag="customer.cart.lost"):
        '''A cart was lost.'''

        severity: ClassVar = Severity.ERROR
        kind: Label[Literal["new", "old"]]
"""
SOURCES = """
    from dataclasses import dataclass
    from vigil_apimodel import lql
    from vigil_components.sources import Origin

    @dataclass(frozen=True, kw_only=True)
    class Gke:
        service: str = "carts"
        resource_type: str = "k8s_container"

        @property
        def entry_filter(self):
            kind = lql.eq("resource.type", "k8s_container")
            return lql.all_of(kind, lql.eq("resource.labels.container_name", self.service))

        def event_filter(self, event):
            return lql.eq("jsonPayload.event", event)

        def extractor(self, path):
            return f"EXTRACT({path})"

        @property
        def origin(self):
            labels = {"cluster_name": "c", "namespace_name": "shop", "pod_name": "carts-1", "location": "europe-west1"}
            return Origin(resource="k8s_container", labels={**labels, "container_name": "carts"}, writer="carts", log="stdout")
"""
PROGRAM = """
    from customer_events import CartFilled, CartLost
    from customer_sources import Gke
    from vigil_components import (
        AlertSeverity, CloudRunService, Email, ExistingChannel, Routing, RoutingArgs, ServiceMonitoring, ServiceMonitoringArgs,
        MonitoringContext, Team, count, minutes, ratio,
    )
    from vigil_telemetry import Event

    class Declared(Event, tag="customer.declared.in.the.program"):
        '''Declared where no other process can import it from.'''

    P = "acme-corner"
    slack = ExistingChannel(name=f"projects/{P}/notificationChannels/4711", wakes=True)
    team = Team(name="shop", channels={AlertSeverity.PAGE: (slack,), AlertSeverity.TICKET: (Email(address="a@acme.io"),)})
    routing = Routing("routing", RoutingArgs(project=P, environment="dev", pages=True, teams=[team]))
    shared = MonitoringContext(project=P, environment="dev", routing=routing, runbooks_url="https://acme.io/r")

    def watch(name, source, *alerts):
        args = ServiceMonitoringArgs(context=shared, source=source, team="shop", alerts=alerts)
        ServiceMonitoring(name, args)

    def few(event, name, threshold):
        signal = count(event, window=minutes(10))
        return signal.alert(above=threshold, lasting=minutes(1), name=name, severity=AlertSeverity.TICKET, summary="Some", runbook=name)

    lost = ratio(CartLost, of=CartFilled).alert(
        above=0.05, lasting=minutes(5), name="lost", severity=AlertSeverity.PAGE, summary="Carts are lost", runbook="lost"
    )
    run = CloudRunService(name="baskets", location="europe-west1")
    watch("baskets", run, lost, few(Declared, "declared", 3), few(CartLost, "one", 1), few(CartFilled, "many", 15))
    watch("carts", Gke(), few(CartLost, "gke", 7))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("customer")
    (folder / "Pulumi.yaml").write_text("name: corner\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config:\n  gcp:project: acme-corner\n")
    for file, text in (("customer_events", EVENTS), ("customer_sources", SOURCES), ("__main__", PROGRAM)):
        (folder / f"{file}.py").write_text(textwrap.dedent(text))
    return folder


def test_every_alert_of_a_customer_s_program_is_proven_in_worker_processes(project: Path) -> None:
    report = Suite.of("dev", root=project).run(jobs=2)

    assert [one.name for one in report.verdicts] == [
        "baskets-declared", "baskets-lost", "baskets-many", "baskets-one", "carts-gke",
    ]  # fmt: skip
    assert [one.explained() for one in report.failed] == []


MODULE = """
    import pulumi
    from pulumi_gcp import pubsub
    from vigil_telemetry import Event

    print("imported")
    topic = pubsub.Topic(pulumi.Config().require("topic"))

    class ParcelLost(Event, tag="customer.parcel.lost"):
        '''A parcel was lost.'''
"""


@pytest.mark.parametrize("module", ["customer_shop.parcels", "__main__"])
def test_a_module_that_makes_resources_while_it_is_imported_declares_its_events_to_a_worker(
    module: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name = f"customer.parcel.{module.strip('_').partition('.')[0].replace('_', '.')}"
    file = tmp_path / ("__main__.py" if module == "__main__" else "customer_shop/parcels.py")  # no __init__.py
    file.parent.mkdir(exist_ok=True)
    file.write_text(textwrap.dedent(MODULE).replace("customer.parcel.lost", name))
    config = {"gcp:project": "acme-corner", "corner:topic": "parcels"}
    stack = Stack(name="dev", project="corner", root=tmp_path, main=tmp_path, config=config, secrets=frozenset())
    Declarations(stack=stack, events=frozenset({name}), modules=(module,)).declare()
    assert name in {schema.name for schema in catalog()}
    assert capfd.readouterr() == ("", "imported\n")


TWICE = """
    from vigil_telemetry import Event

    class Sent(Event, tag="customer.parcel.{}"):
        '''A parcel was sent.'''
"""


def test_an_event_that_two_modules_declare_is_an_error_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event, "_declared", {})
    for name in ("first", "second"):
        exec(textwrap.dedent(TWICE).format("twice"), {"__name__": f"customer_{name}"})
    stack = Stack(name="dev", project="corner", root=tmp_path, main=tmp_path, config={}, secrets=frozenset())
    with pytest.raises(ProgramError, match=r"declared twice, by customer_first\.Sent and customer_second\.Sent"):
        Declarations.of(stack, ())
