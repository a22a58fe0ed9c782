"""The program without the Pulumi CLI: run in-process, rendered, and deployed to the emulator.

``program.run`` runs infra/ for a stack and returns what it registers; ``render`` makes one stable document of that,
which the commands read; ``deployment.deploy`` makes the emulator what it declares, ``deployment.destroy`` removes it;
``wire`` holds the requests of each resource type, equal to those of Google's provider.
"""

from engine.deployment import Progress, Step, Summary, deploy, destroy
from engine.errors import EngineError
from engine.operations import DeploymentError, Outcome
from engine.program import ProgramError, Run, run
from engine.stacks import Stack, StackError
from engine.state import StateError

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
