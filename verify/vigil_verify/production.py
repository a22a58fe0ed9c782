"""Whether causing an alert in a stack notifies people who are on duty for production."""

from pathlib import Path
from typing import Final

from vigil_proofs.documents import ROUTING, SYSTEM
from vigil_runner import stacks
from vigil_runner.program import Run
from vigil_runner.stacks import Stack

NAMES: Final = frozenset({"prod", "production"})


def production(run: Run, project: str, *, root: Path | None = None) -> str:
    """Return why a run's stack counts as production, as the end of a sentence; empty where it does not.

    It is one whose environment is called so, whose settings let it wake people (`vigil:pages`), or whose `project`
    belongs to a stack for which one of these holds, whatever the stack is called.
    """
    environments = {str(one.inputs.get("environment")) for kind in (SYSTEM, ROUTING) for one in run.of_type(kind)}
    if named := sorted(environments & NAMES):
        return f"its environment is {named[0]}"
    if any(one.inputs.get("pages") is True for one in run.of_type(ROUTING)):
        return "its settings let it wake people (vigil:pages)"
    for name in stacks.names(root):
        other = stacks.load(name, root=root)
        if other.gcp_project == project and (name in NAMES or _pages(other)):
            return f"its project {project} is that of the stack {name}"
    return ""


def _pages(stack: Stack) -> bool:
    return str(stack.config.get(f"{stack.project}:pages")).lower() == "true"
