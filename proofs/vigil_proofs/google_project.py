"""Which Google project a stack's alerts are in: that of the stack's configuration, and of the program."""

from collections import defaultdict

from vigil_proofs.documents import ALERT, POLICY
from vigil_runner.program import Run
from vigil_runner.stacks import Stack, StackError

_SHOWN = 3
"""Alerts that an error names."""


def google_project_of(run: Run, stack: Stack) -> str:
    """Return the Google project that the alerts of a run are in.

    Where the stack file names none, it is the one that the program gives. Raises StackError where the two differ, or
    where the program gives several: log lines and metrics of one project say nothing about alerts in another.
    """
    alerts: defaultdict[str, list[str]] = defaultdict(list)
    for alert in run.of_type(ALERT):
        for policy in run.children(alert):
            project = policy.inputs.get("project")
            if policy.type == POLICY and isinstance(project, str):
                alerts[project].append(alert.name)
    expected = stack.gcp_project or (next(iter(alerts)) if len(alerts) == 1 else None)
    others = sorted(alerts.keys() - {expected})
    if expected is not None and not others:
        return expected
    if not alerts:
        return expected or stack.project
    named = "; ".join(f"{project}: {_listed(alerts[project])}" for project in others)
    if expected is None:
        raise StackError(
            f"the program puts its alerts into {len(others)} Google projects ({named}), and Pulumi.{stack.name}.yaml "
            "has no gcp:project. Remedy: give each project its own stack, and name it there: "
            "`pulumi config set gcp:project PROJECT`."
        )
    raise StackError(
        f"gcp:project of Pulumi.{stack.name}.yaml is {expected!r}, and the program puts alerts into another project "
        f"({named}). The lines of {expected!r} never reach those alerts. Remedy: "
        f"`pulumi config set gcp:project {others[0]} --stack {stack.name}`, or let the program read it: "
        'project=pulumi.Config("gcp").require("project").'
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
