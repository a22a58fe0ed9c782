"""However a process ends, it reports what it lost or cut, and its queue writes the lines that it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

_START = """
import logging, multiprocessing, os, sys
from vigil_telemetry import Event, Identifier, Text, configure, counters, emit
from vigil_telemetry.bridges import stdlib
from vigil_telemetry.outputs import QueueOutput, StreamOutput

class Noted(Event, tag="noted"):
    note: Text

def work(queue=True):
    configure(service="shop", output=QueueOutput(StreamOutput()) if queue else None)
    for _ in range(3):
        emit(Noted(note="word " * 4_000))
"""
_ENDS = {
    "it returns": "work(queue=False)",
    "it raises": "work(queue=False); raise ValueError",
    "it exits": "work(); sys.exit(3)",
    "a child exits": "if os.fork() == 0: work(); sys.exit()\nos.wait()",
    "a child of multiprocessing returns": (
        "one = multiprocessing.get_context('fork').Process(target=work); one.start(); one.join()"
    ),
    "it only bridges logging": (
        "configure(service='shop'); stdlib.capture()\nfor _ in range(3): logging.getLogger('a').error('word ' * 4_000)"
    ),
}


def lines_of(code: str) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-c", _START + code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "VIGIL_LINE_LIMIT": "15000"},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("end", _ENDS)
def test_what_was_cut_is_reported_whole(end: str) -> None:
    lines = lines_of(_ENDS[end])
    counts = [line["lines"] for line in lines if line["event"] == "telemetry.entry.truncated"]
    assert (len(lines), counts) == (5, [1, 2])


def test_a_child_does_not_report_what_its_parent_counted() -> None:
    code = "work()\nif os.fork() == 0: sys.exit()\nos.wait()"
    assert [line["lines"] for line in lines_of(code) if "lines" in line] == [1, 2]


def test_lost_lines_are_reported_once_the_output_writes_again() -> None:
    code = """
import threading
first, release = threading.Event(), threading.Event()

class Held(StreamOutput):
    batches = False

    def write(self, line):
        first.set()
        release.wait()
        super().write(line)

queue = QueueOutput(Held(), lines=2)
configure(service="shop", output=queue)
emit(Noted(note="written"))
first.wait()
for number in range(6):
    emit(Noted(note=str(number)))
release.set()
for _ in range(2):
    queue.flush(10)
os._exit(0)
"""
    lines = lines_of(code)
    assert [line.get("note") or line["lines"] for line in lines] == ["written", "0", "1", 4]
