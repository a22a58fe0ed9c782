"""This repository's own program, run once in a process for each stack and configuration.

A run takes a second of a core, and dozens of tests want the same one: they only read it.
"""

import json
from functools import cache
from pathlib import Path

from pulumi.runtime import Mocks

from vigil_runner import program, stacks
from vigil_runner.program import Run
from vigil_runner.stacks import Stack

ROOT = Path(__file__).resolve().parents[1]
_run = program.run


def run(
    stack: str | Stack,
    *,
    provider: Mocks | None = None,
    preview: bool = False,
    root: Path | None = None,
    parallel: int = 1,
) -> Run:
    """Do what `program.run` does; this repository's program without a provider runs once for the same arguments."""
    chosen = stacks.load(stack, root=root) if isinstance(stack, str) else stack
    if provider is not None or chosen.root != ROOT:
        return _run(chosen, provider=provider, preview=preview, root=root, parallel=parallel)
    return _kept(described(chosen), preview)


def described(stack: Stack) -> str:
    """Everything that a stack of this repository is, as a text."""
    return json.dumps([stack.name, stack.project, str(stack.main), dict(stack.config), sorted(stack.secrets)])


def of_description(text: str) -> Stack:
    """The stack of such a text."""
    name, project, main, config, secrets = json.loads(text)
    return Stack(name=name, project=project, root=ROOT, main=Path(main), config=config, secrets=frozenset(secrets))


@cache
def _kept(text: str, preview: bool) -> Run:
    return _run(of_description(text), preview=preview)
