"""Public data for these tests: read in place, and skipped with the reason where it is absent."""

from pathlib import Path

import pytest

from tests.corpus import present


@pytest.fixture(scope="session")
def corpus() -> Path:
    return present()
