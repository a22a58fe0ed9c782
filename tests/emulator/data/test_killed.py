"""A process that is killed while it writes has kept what it acknowledged, once."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

from vigil_emulator import data_methods
from vigil_emulator.calls import Call
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.logging.write import Batch
from vigil_emulator.resources import ResourceStore

KILLS = 49
"""Seven of each length of life."""
PER_REQUEST = 3

# Imports once, then is forked for each life, so that a life takes a tenth of a second. A line on its input begins one; the
# life tells its process, what it found on disk, and then each number that it has acknowledged.
WRITER = f"""
import os, sys
from pathlib import Path
from datetime import UTC, datetime
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.logging import event_index
from vigil_emulator.resources import ResourceStore

event_index.BEHIND = 50  # the index of events is brought up to date now and then

def live(folder):
    plane = DataPlane(resources=ResourceStore(folder / "resources.db"), clock=VirtualClock(datetime(2026, 3, 1, tzinfo=UTC)), database=folder / "data.db")
    first = plane.stats()["entries"]
    print("found", os.getpid(), first, flush=True)
    while True:
        numbers = range(first, first := first + {PER_REQUEST})
        plane.write({{"entries": [{{"logName": "projects/p/logs/l", "jsonPayload": {{"event": "e", "n": n}}, "insertId": str(n), "timestamp": "2026-03-01T00:00:00Z"}} for n in numbers]}})
        print(first, flush=True)

for _ in sys.stdin:
    if not os.fork():
        live(Path(sys.argv[1]))
    os.wait()
    print("dead", flush=True)
"""


def test_what_was_acknowledged_is_there_once_and_counted_once(tmp_path):
    resources = ResourceStore(tmp_path / "resources.db")
    resources.put("logging.metrics", "projects/p/metrics/all", {"name": "all", "filter": ""})
    resources.close()
    acknowledged = 0
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin
        assert writer.stdout
        for life in range(KILLS):
            writer.stdin.write("\n")
            writer.stdin.flush()
            word, process, found = writer.stdout.readline().split()
            assert word == "found"
            assert acknowledged <= int(found) <= acknowledged + PER_REQUEST, f"after {life} kills"
            for _ in range(1 + life % 7):  # a life that is killed at once, and longer ones
                acknowledged = int(writer.stdout.readline())
            os.kill(int(process), signal.SIGKILL)
            while (line := writer.stdout.readline()) != "dead\n":
                acknowledged = int(line)
        writer.stdin.close()
    plane = DataPlane(
        resources=ResourceStore(tmp_path / "resources.db"),
        clock=VirtualClock(datetime(2026, 3, 1, 0, 5, tzinfo=UTC)),
        database=tmp_path / "data.db",
    )
    numbers: list[int] = []
    token = ""
    while True:
        found = {"resourceNames": ["projects/p"], "filter": 'jsonPayload.event="e"'}
        body = {**found, "pageSize": 1000, "pageToken": token}
        listed = data_methods.handlers(plane)["logging.entries.list"](Call(method="", body=body))
        numbers += [int(entry["jsonPayload"]["n"]) for entry in listed["entries"]]
        if not (token := listed.get("nextPageToken", "")):
            break
    assert sorted(numbers) == list(range(len(numbers)))
    assert acknowledged <= len(numbers) <= acknowledged + PER_REQUEST
    assert len(numbers) > KILLS * PER_REQUEST
    (series,) = plane.series.of_metric("p", "logging.googleapis.com/user/all")
    assert sum(series.values) == len(numbers)


def test_a_batch_is_taken_once_also_by_an_emulator_that_was_started_again(tmp_path, make_world):
    world = make_world(database=tmp_path / "data.db", resources=ResourceStore(tmp_path / "resources.db"))
    batch = Batch("pump", 1)
    assert world.line("a line\nanother", batch=batch) == 2
    world.restart()
    world.clock.advance(1)
    assert world.line("a line\nanother", batch=batch) == 2
    assert world.line("a third", batch=Batch("pump", 2)) == 1
    assert [entry["textPayload"] for entry in world.entries()] == ["a line", "another", "a third"]
