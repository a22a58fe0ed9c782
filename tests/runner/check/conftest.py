"""Public data for these tests: read in place, and skipped with the reason where it is absent."""

from pathlib import Path

import pytest

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"


@pytest.fixture(scope="session")
def corpus() -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the public data at ../shared/corpus is absent")
    return CORPUS
