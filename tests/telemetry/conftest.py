from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from vigil_telemetry import configure, runtime
from vigil_telemetry.bridges._servers import ACCESS, SERVERS
from vigil_telemetry.context import _EMPTY, _current
from vigil_telemetry.counters import Counters, Counts, counters


class Recorded:
    """An output that keeps its lines: as bytes, and decoded."""

    direct = None

    def __init__(self) -> None:
        self.raw: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.raw.append(line)

    def write_many(self, lines: Sequence[bytes]) -> None:
        self.raw.extend(lines)

    def flush(self, deadline: float) -> None:
        pass

    @property
    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.raw]

    @property
    def last(self) -> dict[str, Any]:
        return self.entries[-1]


@pytest.fixture(autouse=True)
def _untouched() -> Iterator[None]:
    """Settings, context and counts are the process's: each test leaves them as it found them."""
    before, tell, mutes = runtime._settings, counters.tell, runtime._mutes[:]
    counters.tell = None
    _reset(counters)
    token = _current.set(_EMPTY)
    yield
    _current.reset(token)
    counters.tell = tell
    _reset(counters)
    runtime._mutes[:] = mutes
    if before is not None:
        runtime.replace(before)
    else:
        runtime._settings = None
        for listener in runtime._listeners:
            listener()


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """The root logger and those of servers are the process's too, and libraries set them up as they like."""
    logs = [logging.getLogger(name) for name in ["", *SERVERS, *ACCESS]]
    kept = [(log, log.handlers[:], log.level, log.propagate, log.filters[:]) for log in logs]
    yield
    for log, handlers, level, propagate, filters in kept:
        log.handlers[:], log.propagate, log.filters[:] = handlers, propagate, filters
        if log.level != level:  # to set it makes every logger forget what it looked up
            log.setLevel(level)


def _reset(of: Counters) -> None:
    for name in ("dropped", "failed", "repaired", "truncated", "redaction_failed"):
        setattr(of, name, 0)
    of.reported = Counts()


@pytest.fixture
def recorded() -> Recorded:
    output = Recorded()
    configure(
        service="orders",
        version="7",
        environment="test",
        project="shop",
        level="DEBUG",
        output=output,
        pseudonym_key="key",
    )
    return output


@pytest.fixture
def reconfigured(recorded: Recorded) -> Callable[..., Recorded]:
    def configured(**settings: Any) -> Recorded:
        configure(
            **{
                "service": "orders",
                "version": "7",
                "project": "shop",
                "level": "DEBUG",
                "output": recorded,
                "pseudonym_key": "key",
            }
            | settings
        )
        return recorded

    return configured
