"""Programs of a few lines, applied and proven as a separate stack."""

from pathlib import Path

from vigil_proofs import Suite
from vigil_runner.stacks import Stack

HEAD = """
from vigil_components import *
from vigil_components.systems import *
from vigil_apimodel import lql

mail = Email(address="team@example.com")
routing = Routing("routing", RoutingArgs(project="p-1", environment="test", pages=True, teams=[
    Team(name="shop", channels={AlertSeverity.PAGE: (mail,), AlertSeverity.TICKET: (mail,)})
]))
shared = MonitoringContext(project="p-1", environment="test", routing=routing, runbooks_url="https://example.com/runbooks")
"""


def suite_of(folder: Path, program: str) -> Suite:
    """The alerts of a program that has `shared` surroundings and the team `shop`."""
    main = folder / "program.py"
    main.write_text(HEAD + program, encoding="utf-8")
    stack = Stack(
        name="test", project="test", root=folder, main=main, config={"gcp:project": "p-1"}, secrets=frozenset()
    )
    return Suite.of(stack, root=folder)


def failures(suite: Suite, *names: str) -> dict[str, str]:
    """Which alerts (all, where none is named) are not proven, explained; empty where all are."""
    report = suite.run(names, jobs=1)
    assert report.verdicts, "the program declares no alert"
    return {one.alert: one.explained() for one in report.failed}
