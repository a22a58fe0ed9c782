"""Public data that tests read beside the repository, and what a skipped test says about it."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"


def missing(folder: Path) -> str:
    """The reason of a skip: the folder that is not there, and where to read how to get it."""
    return f"no {folder}: tests/README.md, 'Public data', says how to get it"


def present(folder: Path = CORPUS) -> Path:
    """The folder; skips the test, or the module that calls it, where it is absent."""
    if not folder.is_dir():
        pytest.skip(missing(folder), allow_module_level=True)
    return folder
