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
    described = [chosen.name, chosen.project, str(chosen.main), dict(chosen.config), sorted(chosen.secrets)]
    return _kept(json.dumps(described), preview)


@cache
def _kept(described: str, preview: bool) -> Run:
    name, project, main, config, secrets = json.loads(described)
    stack = Stack(name=name, project=project, root=ROOT, main=Path(main), config=config, secrets=frozenset(secrets))
    return _run(stack, preview=preview)
