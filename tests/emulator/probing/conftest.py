"""Asynchronous tests run on asyncio, and what waits for a clock that they move looks at it often."""

import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vigil_emulator.clock.LOOK", 0.01)
