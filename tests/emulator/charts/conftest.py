"""An emulator on a virtual clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from vigil_emulator.clock import VirtualClock
from vigil_emulator.server import Emulator

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@contextmanager
def made() -> Iterator[Emulator]:
    """Make an emulator for the length of a block."""
    emulator = Emulator(clock=VirtualClock(NOON), projects=("p",))
    yield emulator
    emulator.data._database.close()
    emulator.store.close()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with made() as emulator:
        yield emulator
