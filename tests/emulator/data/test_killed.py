"""A process that is killed while it writes has kept what it acknowledged, once."""

import json
import signal
import subprocess
import sys

from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.resources import ResourceStore

WRITER = """
import sys
from pathlib import Path
from datetime import UTC, datetime
from vigil_emulator.clock import VirtualClock
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.resources import ResourceStore
folder = Path(sys.argv[1])
plane = DataPlane(resources=ResourceStore(folder / "resources.db"), clock=VirtualClock(datetime(2026, 3, 1, tzinfo=UTC)), database=folder / "data.db")
first = plane.stats()["entries"]
for number in range(first, first + 100_000):
    plane.write({"entries": [{"logName": "projects/p/logs/l", "textPayload": str(number), "insertId": str(number), "timestamp": "2026-03-01T00:00:00Z"}]})
    print(number, flush=True)
"""


def test_what_was_acknowledged_is_there_once_and_counted_once(tmp_path):
    resources = ResourceStore(tmp_path / "resources.db")
    resources.put("logging.metrics", "projects/p/metrics/all", {"name": "all", "filter": ""})
    resources.close()
    acknowledged = -1
    for round_ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            for _ in range(3 + round_ * 7):
                acknowledged = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().split()
        acknowledged = int(rest[-1]) if rest else acknowledged
    from datetime import UTC, datetime

    plane = DataPlane(
        resources=ResourceStore(tmp_path / "resources.db"),
        clock=VirtualClock(datetime(2026, 3, 1, 0, 5, tzinfo=UTC)),
        database=tmp_path / "data.db",
    )
    from vigil_emulator.calls import Call

    listed = plane.handlers()["logging.entries.list"](
        Call(method="", body={"resourceNames": ["projects/p"], "pageSize": 1000})
    )
    numbers = sorted(int(entry["textPayload"]) for entry in listed["entries"])
    assert numbers == list(range(len(numbers)))
    assert acknowledged in (numbers[-1], numbers[-1] - 1)
    (series,) = plane.series.of_metric("p", "logging.googleapis.com/user/all")
    assert sum(series.values) == len(numbers)
    json.dumps(listed)
