"""An exception that nobody catches is one redacted line, and standard error has none of it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

_START = """
import sys, threading
from vigil_telemetry import configure
from vigil_telemetry.bridges import uncaught

configure(service="shop", version="7", environment="prod")
uncaught.capture()

def refuse():
    raise ValueError("no customer ada@example.com")
"""


def _run(code: str, start: str = _START) -> tuple[list[dict[str, object]], subprocess.CompletedProcess[str]]:
    done = subprocess.run([sys.executable, "-c", start + code], capture_output=True, text=True, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done


def test_an_exception_that_ends_the_process_is_one_critical_line() -> None:
    (line,), done = _run("refuse()")
    assert (line["event"], line["severity"], line["service"]) == ("service.failed", "CRITICAL", "shop")
    assert line["message"] == "ended by ValueError: no customer [email]"
    assert line["error_type"] == "ValueError"
    assert (done.returncode, done.stderr) == (1, "")


def test_error_reporting_groups_it_by_its_traceback_and_the_place_that_raised() -> None:
    (line,), _ = _run("refuse()")
    trace = str(line["stack_trace"])
    assert trace.startswith("Traceback (most recent call last):")
    assert trace.rstrip().endswith("ValueError: no customer [email]")
    assert line["function"] == "__main__.refuse"
    place = line["logging.googleapis.com/sourceLocation"]
    assert isinstance(place, dict)
    assert place["line"] == str(_START.splitlines().index('    raise ValueError("no customer ada@example.com")') + 1)


def test_one_of_a_thread_is_an_error_and_the_process_continues() -> None:
    code = "one = threading.Thread(target=refuse, name='packer'); one.start(); one.join(); print('{\"alive\": true}')"
    (line, alive), done = _run(code)
    assert (line["event"], line["severity"], line["thread"]) == ("service.thread.failed", "ERROR", "packer")
    assert line["message"] == "thread packer ended by ValueError: no customer [email]"
    assert alive == {"alive": True}
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("sys.exit('no configuration')", 1),
        ("one = threading.Thread(target=sys.exit); one.start(); one.join()", 0),
        ("raise KeyboardInterrupt", -2),
    ],
)
def test_an_end_on_purpose_is_no_failure(code: str, status: int) -> None:
    lines, done = _run(code)
    assert lines == []
    assert done.returncode == status


def test_what_was_there_before_has_what_is_not_written() -> None:
    """The application's own hook, where the level of the events is off: no failure is silent."""
    own = """
import sys
sys.excepthook = lambda kind, error, trace: print("own", kind.__name__, file=sys.stderr)
"""
    off = "from vigil_telemetry import set_level\nset_level('EMERGENCY', 'service')\nrefuse()"
    lines, done = _run(off, own + _START)
    assert (lines, done.stderr) == ([], "own ValueError\n")


def test_an_exception_whose_text_cannot_be_made_is_still_a_line() -> None:
    code = """
class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError

raise Unspeakable
"""
    lines, done = _run(code)
    assert [line["event"] for line in lines] == ["telemetry.redaction.failed", "service.failed"]
    assert lines[1]["message"] == "ended by Unspeakable: [redaction failed]"
    assert done.stderr == ""
