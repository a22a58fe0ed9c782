"""Any Pulumi program without the Pulumi CLI: run in-process, rendered, and deployed to the emulator.

`program.run` runs a project's program for a stack and returns what it registers. `render` makes one stable document of
that, which the commands read. `deployment` applies it to the emulator and removes it again, by the requests of `wire`,
which equal those of Google's provider. `check` reads files that any tool wrote; it needs no Pulumi, so the names here
are imported when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vigil_runner.deployment import Progress, Step, Summary, deploy, destroy
    from vigil_runner.errors import EngineError
    from vigil_runner.operations import DeploymentError, Outcome
    from vigil_runner.program import ProgramError, Run, run
    from vigil_runner.stacks import Stack, StackError
    from vigil_runner.state import StateError

_HOMES = {
    "deployment": ("Progress", "Step", "Summary", "deploy", "destroy"),
    "errors": ("EngineError",),
    "operations": ("DeploymentError", "Outcome"),
    "program": ("ProgramError", "Run", "run"),
    "stacks": ("Stack", "StackError"),
    "state": ("StateError",),
}
"""The module of each public name."""

__all__ = [
    "DeploymentError",
    "EngineError",
    "Outcome",
    "ProgramError",
    "Progress",
    "Run",
    "Stack",
    "StackError",
    "StateError",
    "Step",
    "Summary",
    "deploy",
    "destroy",
    "run",
]


if not TYPE_CHECKING:  # a type checker would take every name for one of the module's

    def __getattr__(name: str) -> object:
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(f"{__name__}.{home}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
