"""This repository's own stacks, applied once in a process for the proofs: tests only judge them."""

from functools import cache
from pathlib import Path

from tests.rendered import ROOT, described, of_description
from vigil_proofs import Suite
from vigil_proofs.suite import Change
from vigil_runner import stacks
from vigil_runner.stacks import Stack

_of = Suite.of


def suite(stack: str | Stack, *, root: Path | None = None, change: Change | None = None) -> Suite:
    """Do what `Suite.of` does; a stack of this repository without a change is applied once."""
    chosen = stacks.load(stack, root=root) if isinstance(stack, str) else stack
    if change is not None or chosen.root != ROOT:
        return _of(chosen, root=root, change=change)
    return _kept(described(chosen))


@cache
def _kept(text: str) -> Suite:
    return _of(of_description(text), root=ROOT)
