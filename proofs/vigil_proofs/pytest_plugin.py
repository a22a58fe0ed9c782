"""Fixtures for a project's own tests; pytest finds them once `vigil-proofs` is installed.

`render_stack("staging")` runs the program and returns what it registers. `record_program(program)` does so for any
function that makes resources. `apply_stack("staging")` deploys to an emulator in memory, on a virtual clock.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:  # the Pulumi SDK takes a second to load: only tests that use a fixture pay for it
    from vigil_apimodel.json_values import JsonObject
    from vigil_components.testing import Recorded
    from vigil_emulator.server import Emulator
    from vigil_runner.program import Run

    RenderStack: TypeAlias = Callable[[str], Run]
    RecordProgram: TypeAlias = Callable[..., Recorded]
    ApplyStack: TypeAlias = Callable[[str], "AppliedStack"]


class AppliedStack:
    """A stack in an emulator in memory, whose virtual clock stands still until it is moved."""

    def __init__(self, run: "Run", emulator: "Emulator") -> None:
        """`run` is what the program registered, `emulator` holds it as the APIs do."""
        self.run = run
        self.emulator = emulator

    def resources(self, collection: str) -> "list[JsonObject]":
        """Return the bodies of a collection as the API names it, such as `alertPolicies` or `dashboards`."""
        store = self.emulator.store
        return [
            body
            for kind in store.kinds()
            for name in store.names(kind)
            if name.split("/")[-2:-1] == [collection] and (body := store.get(kind, name)) is not None
        ]


@pytest.fixture(scope="session")
def vigil_project(pytestconfig: pytest.Config) -> Path:
    """Return the folder of the Pulumi project, pytest's root folder. Override it for a project elsewhere."""
    from vigil_runner.project import find  # noqa: PLC0415 - loads the Pulumi SDK

    return find(pytestconfig.rootpath)


@pytest.fixture(scope="session")
def render_stack(vigil_project: Path) -> "RenderStack":
    """Return a function that runs the program for a stack, once each, and returns what it registers."""
    from vigil_runner import program  # noqa: PLC0415 - loads the Pulumi SDK

    found: dict[str, Run] = {}

    def render(stack: str) -> "Run":
        if stack not in found:
            found[stack] = program.run(stack, root=vigil_project)
        return found[stack]

    return render


@pytest.fixture
def record_program() -> "RecordProgram":
    """Return `vigil_components.testing.record`: runs a function and returns the resources that it makes."""
    from vigil_components.testing import record  # noqa: PLC0415 - loads the Pulumi SDK

    return record


@pytest.fixture
def apply_stack(vigil_project: Path) -> Iterator["ApplyStack"]:
    """Return a function that deploys a stack to an emulator in memory; the emulator ends with the test."""
    from vigil_proofs.inprocess import apply  # noqa: PLC0415 - loads the emulator

    started: list[Emulator] = []

    def deploy(stack: str) -> AppliedStack:
        run, emulator = apply(stack, root=vigil_project)
        started.append(emulator)
        return AppliedStack(run, emulator)

    yield deploy
    for emulator in started:
        emulator.store.close()
