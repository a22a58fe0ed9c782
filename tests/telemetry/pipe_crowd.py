"""Processes that write lines of all sizes to one pipe, for `test_gate`: the pipe's size, lines of each, how many are killed.

It writes, as JSON, how many whole lines arrived, and those that were neither whole nor the start of a killed writer's.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import signal
import sys
from collections import Counter

from vigil_telemetry.outputs import stream

SIZES = (50, 200, 900, 2_000, 4_000, 4_097, 20_000, 70_000)
WRITERS = 4


def write(fd: int, name: int, lines: int) -> None:
    """Write the lines of one process: its letter, each line's number, and as many letters as its size."""
    chosen = random.Random(name)
    output = stream.StreamOutput(fd)
    for number in range(lines):
        size = chosen.choice(SIZES[5:] if number // 10 % 2 else SIZES if number % 5 == 0 else SIZES[:3])
        output.write(b"%d %d %d %s\n" % (name, number, size, bytes([97 + name]) * size))


def started(fd: int, out: int, name: int, lines: int) -> int:
    child = os.fork()
    if child == 0:
        os.close(out)
        write(fd, name, lines)
        sys.exit(0)
    return child


def is_whole(line: bytes) -> bool:
    parts = line.split(b" ")
    return len(parts) == 4 and parts[3] == bytes([97 + int(parts[0])]) * int(parts[2])


def is_start(line: bytes) -> bool:
    """Whether a line is what a killed process has begun: nothing at all, or one process's letters alone."""
    return len(set(line) - set(b"0123456789 ")) <= 1 and line.count(b" ") <= 3


def main() -> None:
    capacity, lines, killed = (int(text) for text in sys.argv[1:])
    stream._WANTED = 0  # else each writer makes the pipe as large as it can
    out, end = os.pipe()
    fcntl.fcntl(end, stream._F_SETPIPE_SZ, capacity)
    writers = [started(end, out, name, lines) for name in range(WRITERS)]
    whole: Counter[int] = Counter()
    torn: list[str] = []
    starts = 0
    rest = b""
    while writers:
        data = os.read(out, 65_536)
        *full, rest = (rest + data).split(b"\n")
        for line in full:
            if is_whole(line):
                whole[int(line[:1])] += 1
            elif killed and is_start(line):
                starts += 1
            else:
                torn.append(repr(line[:80]))
        if killed and starts + whole.total() > 20 * (WRITERS - len(writers) + 1) and len(writers) > 1:
            os.kill(writers.pop(), signal.SIGKILL)
        if end >= 0 and (not killed or len(writers) == 1):
            os.close(end)  # the last writer's end is the last
            end = -1
        if not data:
            break
    if killed and rest and is_start(rest):
        starts, rest = starts + 1, b""  # no process wrote after the killed one
    sys.stdout.write(json.dumps({"whole": dict(whole), "torn": torn, "starts": starts, "rest": len(rest)}))


main()
