"""What a line costs where standard output is a pipe with a reader, as in a container."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Generator
from typing import NamedTuple

from bench.telemetry import contestants as c
from bench.telemetry import record

WRITERS, LINES = 4, 1_500
SIZES = {"0.8 kB": 0, "2 kB": 1_200, "20 kB": 19_200}
"""Bytes that are added to the record's own 800."""


class Crowd(NamedTuple):
    """What four processes on one pipe cost."""

    nanoseconds: float
    """CPU time of the writers for each line."""
    torn: int
    """Lines that did not arrive whole."""


@contextlib.contextmanager
def drained() -> Generator[int]:
    """A pipe whose other end a process reads and throws away."""
    out, end = os.pipe()
    reader = os.fork()
    if reader == 0:
        os.close(end)
        while os.read(out, 1 << 20):
            pass
        os._exit(0)
    os.close(out)
    try:
        yield end
    finally:
        os.close(end)
        with contextlib.suppress(ProcessLookupError):
            os.kill(reader, 9)
        os.waitpid(reader, 0)


def crowd(contestant: c.Contestant, padding: int) -> Crowd:
    """Four processes write to one pipe; this one reads and looks at each line."""
    out, end = os.pipe()
    times, times_in = os.pipe()
    writers = [_writer(contestant, padding, out, end, times_in) for _ in range(WRITERS)]
    os.close(end)
    os.close(times_in)
    read: list[bytes] = []
    while data := os.read(out, 1 << 16):
        read.append(data)  # checked afterwards: no writer waits for that
    whole = sum(map(_is_whole, b"".join(read).split(b"\n")))
    for writer in writers:
        os.waitpid(writer, 0)
    spent = [int(text) for text in os.read(times, 1_000).split()]
    if len(spent) != WRITERS:
        raise SystemExit("a writer failed: the comparison means nothing")
    os.close(out)
    os.close(times)
    return Crowd(sum(spent) / (WRITERS * LINES), WRITERS * LINES - whole)


def _writer(contestant: c.Contestant, padding: int, out: int, end: int, times_in: int) -> int:
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            record.pad(padding)
            write = contestant(end)
            started = time.process_time_ns()
            for _ in range(LINES):
                write()
            os.write(times_in, b"%d " % (time.process_time_ns() - started))
        finally:
            os._exit(0)
    return child


def _is_whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False
