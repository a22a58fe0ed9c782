"""An emulator on a virtual clock."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from vigil_emulator.clock import VirtualClock
from vigil_emulator.server import Emulator

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    made = Emulator(clock=VirtualClock(NOON), projects=("p",))
    yield made
    made.data._database.close()
    made.store.close()
