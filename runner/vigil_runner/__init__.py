"""The program without the Pulumi CLI: run in-process, rendered, and deployed to the emulator.

``program.run`` runs infra/ for a stack and returns what it registers; ``render`` makes one stable document of that,
which the commands read; ``deployment.deploy`` makes the emulator what it declares, ``deployment.destroy`` removes it;
``wire`` holds the requests of each resource type, equal to those of Google's provider.
"""

from vigil_runner.deployment import Progress, Step, Summary, deploy, destroy
from vigil_runner.errors import EngineError
from vigil_runner.operations import DeploymentError, Outcome
from vigil_runner.program import ProgramError, Run, run
from vigil_runner.stacks import Stack, StackError
from vigil_runner.state import StateError

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
