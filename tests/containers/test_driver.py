"""Lines of containers that Docker's own `gcplogs` driver delivers to the emulator."""

import json

import pytest

from demo.containers.bases import PYTHON
from demo.containers.stage import PROJECT, until
from tests.containers.numbered import arrived, of, write

pytestmark = pytest.mark.timeout(900)


def test_a_line_arrives_with_the_containers_label_and_the_hosts_place(stage):
    write(stage, "one", 1, "--label", "part=shop", "--log-opt", "labels=part")
    (entry,) = until(lambda: stage.entries(of("one")), stage.engine.tail)
    assert entry["logName"] == f"projects/{PROJECT}/logs/gcplogs-docker-driver"
    assert entry["resource"]["type"] == "gce_instance"
    assert entry["resource"]["labels"].items() >= {"instance_id": "1234567890", "zone": "europe-west1-b"}.items()
    assert json.loads(entry["jsonPayload"]["message"]) == {"service": "one", "number": 0, "pad": ""}
    assert entry["jsonPayload"]["container"]["metadata"] == {"part": "shop"}
    assert "severity" not in entry


def test_thousands_of_lines_written_at_once_arrive_once_each(stage):
    write(stage, "burst", 5000)
    assert arrived(stage, "burst", 5000).describe() == "5000 written, 5000 arrived, none missing, none twice"


def test_docker_splits_a_line_at_sixteen_kibibytes(stage):
    write(stage, "long", 1, size=20_000)
    pieces = until(lambda: _two(stage.lines(of("long"))), stage.engine.tail)
    longest = max(pieces, key=len)
    assert len(longest.encode()) == 16_384
    with pytest.raises(json.JSONDecodeError):
        json.loads(longest)


def test_bytes_that_are_no_utf_8_do_not_stop_the_lines_after_them(stage):
    program = r"import sys; sys.stdout.buffer.write(b'a \xff\xfe b\nafter\n')"
    stage.engine.docker("run", "--name", "bytes", PYTHON, "python", "-c", program)
    lines = until(lambda: _two(stage.lines(of("bytes"))), stage.engine.tail)
    assert "after" in lines
    assert any(line.startswith("a ") and line.endswith(" b") for line in lines)


def _two(lines):
    return lines if len(lines) == 2 else []
