"""Components work under the SDK's own way of testing too, as a user's tests would use them."""

import asyncio
import gc
from collections.abc import Callable, Iterator

import pulumi
import pytest
from pulumi.runtime import reset_options
from pulumi.runtime.stack import run_pulumi_func
from pulumi_gcp import logging

from vigil_components.testing import RecordingMonitor, RegistrationError, SyntheticMocks


class Toy(pulumi.ComponentResource):
    """One metric below a component."""

    def __init__(self, name: str, *, finish: bool = True) -> None:
        super().__init__("toy:index:Toy", name)
        self.metric = logging.Metric(
            f"{name}-metric", filter="severity>=ERROR", opts=pulumi.ResourceOptions(parent=self)
        )
        self.name = self.metric.name
        if finish:
            self.register_outputs({"name": self.name})


class StockMocks(pulumi.runtime.Mocks):
    """The mocks of Pulumi's documentation."""

    def new_resource(self, args):
        return f"{args.name}_id", args.inputs | {"name": f"{args.name}-1"}

    def call(self, args):
        return {}


@pytest.fixture
def run() -> Iterator[Callable[[Callable[[], None]], None]]:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    reset_options()

    def to_the_end(program: Callable[[], None]) -> None:
        try:
            loop.run_until_complete(run_pulumi_func(program))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())

    yield to_the_end
    loop.close()
    asyncio.set_event_loop(None)
    reset_options()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # the SDK's own monitor leaves a loop open on each thread
def test_stock_mocks_serve_a_component(run):
    pulumi.runtime.set_mocks(StockMocks(), project="vigil", stack="staging")
    names: list[str] = []

    run(lambda: Toy("orders").name.apply(names.append))

    gc.collect()
    assert names == ["orders-metric-1"]


def test_the_recording_monitor_serves_set_mocks(run):
    mocks = SyntheticMocks(project="shop")
    monitor = RecordingMonitor(mocks)
    pulumi.runtime.set_mocks(mocks, project="vigil", stack="staging", monitor=monitor)

    run(lambda: Toy("orders"))

    assert [each.urn for each in monitor.registrations] == [
        "urn:pulumi:staging::vigil::toy:index:Toy::orders",
        "urn:pulumi:staging::vigil::toy:index:Toy$gcp:logging/metric:Metric::orders-metric",
    ]
    assert monitor.registrations[1].outputs["project"] == "shop"
    assert set(monitor.get_registered_resources()) == {monitor.registrations[1].urn}


def test_under_set_mocks_too_a_component_must_register_its_outputs(run):
    mocks = SyntheticMocks()
    pulumi.runtime.set_mocks(mocks, monitor=RecordingMonitor(mocks))

    with pytest.raises(RegistrationError, match="component 'half'"):
        run(lambda: Toy("half", finish=False))
