"""The Google project of a stack's alerts: the stack file and the program must name the same."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from vigil_proofs.documents import Subject
from vigil_runner.stacks import StackError

_SHOWN = 3
"""Alerts that an error names."""


def elsewhere(policies: Iterable[tuple[str, Mapping[str, object]]], project: str) -> dict[str, list[str]]:
    """Return the names of the policies that are in other Google projects than this one, by project."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, inputs in policies:
        other = inputs.get("project")
        if isinstance(other, str) and other != project:
            found[other].append(name)
    return dict(sorted(found.items()))


def refuse_another_project(subject: Subject) -> None:
    """Refuse alerts whose policies are in another Google project than the stack. Raises StackError naming both.

    Lines of one project say nothing about alerts in another, so that no proof of them would mean anything.
    """
    stack, project = subject.stack, subject.project
    others = elsewhere(((alert.name, alert.policy_inputs) for alert in subject.alerts), project)
    if not others:
        return
    named = "; ".join(f"{other}: {_listed(names)}" for other, names in others.items())
    raise StackError(
        f"stack {stack!r} is of the Google project {project!r} (gcp:project of Pulumi.{stack}.yaml; without one, the "
        f"name in Pulumi.yaml), and the program puts alerts into another project ({named}). The lines of {project!r} "
        f"never reach those alerts. Remedy: `pulumi config set gcp:project {min(others)} --stack {stack}`, or let the "
        'program read it: project=pulumi.Config("gcp").require("project").'
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
