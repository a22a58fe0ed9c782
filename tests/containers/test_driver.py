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
    pieces = until(lambda: _all(2, stage.lines(of("long"))), stage.engine.tail)
    longest = max(pieces, key=len)
    assert len(longest.encode()) == 16_384
    with pytest.raises(json.JSONDecodeError):
        json.loads(longest)


def test_bytes_that_are_no_utf_8_do_not_stop_the_lines_after_them(stage):
    program = r"import sys; sys.stdout.buffer.write(b'a \xff\xfe b\nafter\n')"
    stage.engine.docker("run", "--name", "bytes", PYTHON, "python", "-c", program)
    lines = until(lambda: _all(2, stage.lines(of("bytes"))), stage.engine.tail)
    assert "after" in lines
    assert any(line.startswith("a ") and line.endswith(" b") for line in lines)


def test_an_event_of_twenty_kilobytes_stays_one_entry_with_the_limit_of_compose_yaml(stage):
    program = (
        "import logging; from vigil_telemetry import configure; from vigil_telemetry.bridges import stdlib; "
        "configure(service='limited'); stdlib.capture(); logging.getLogger('a').error('x' * 20_000)"
    )
    service = stage.services["api"]
    limit = service.keys["environment"]["VIGIL_LINE_LIMIT"]
    words = ["run", "--name", "limited", "--env", f"VIGIL_LINE_LIMIT={limit}", "--entrypoint", "/app/bin/python"]
    stage.engine.docker(*words, service.image, "-c", program)
    lines = until(lambda: _all(2, stage.lines(of("limited"))), stage.engine.tail)
    assert max(len(line.encode()) for line in lines) < 16_384
    report, found = sorted((json.loads(line) for line in lines), key=lambda one: one["severity"], reverse=True)
    assert (found["severity"], found["cut_fields"]) == ("ERROR", ["message"])
    assert report["message"] == "1 lines cut to the limit of an entry"


def test_a_line_end_inside_a_text_is_one_entry_and_each_printed_line_is_one(stage):
    program = r"import json; print(json.dumps({'message': 'first\nsecond'})); print('Traceback:\n  line 7')"
    stage.engine.docker("run", "--name", "multiline", PYTHON, "python", "-c", program)
    lines = until(lambda: _all(3, stage.lines(of("multiline"))), stage.engine.tail)
    assert sorted(lines) == sorted([json.dumps({"message": "first\nsecond"}), "Traceback:", "  line 7"])


def _all(number, lines):
    return lines if len(lines) == number else []
