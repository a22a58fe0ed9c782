"""The Temporal server that tests run: one that is there. None is built or downloaded inside a test, which takes minutes."""

import shutil
from pathlib import Path

import pytest

from demo.stand_ins.temporal import find

REMEDY = "no Temporal server: `make tools` builds one with Go, or put `temporal` on PATH (https://docs.temporal.io/cli)"


def binary() -> Path:
    """The server's program; where there is none, the test is skipped with how to get it."""
    found = find()
    if found is None:
        pytest.skip(REMEDY)
    return found


def not_while_built() -> None:
    """Skip a test whose command would build the server first."""
    if find() is None and shutil.which("go") is not None:
        pytest.skip(REMEDY)
