"""`vigil live-check` and `vigil infer` as a person runs them."""

import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from vigil_cli.app import app

LINES = b'{"message": "took 12 ms", "severity": "INFO"}\n{"message": "took 7 ms", "severity": "INFO"}\n'


def vigil(*arguments, lines=LINES):
    return CliRunner().invoke(app, list(arguments), input=lines)


def process(*arguments, folder=None):
    """The command in its own process: the events that a module declares are the process's."""
    command = [sys.executable, "-m", "vigil_cli", *arguments]
    return subprocess.run(command, input=LINES, capture_output=True, check=False, timeout=100, cwd=folder)


def test_it_says_what_appeared_and_fails_for_what_is_wrong():
    done = process("live-check", "--package", "tests.components.shop", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["lines"], found["foreign"]) == (2, {"took … ms": 2})
    assert found["never"] == ["order.received", "order.rejected", "order.wide"]
    complete = process("live-check", "--package", "tests.components.shop", "--complete")
    assert complete.returncode == 1
    assert b"wrong: order.received never appeared" in complete.stdout
    personal = vigil("live-check", lines=b'{"message": "mail to jane@example.com"}\n')
    assert personal.exit_code == 1
    assert "personal data in (foreign): message" in personal.stdout
    assert "jane@" not in personal.output
    assert "Name a file of lines" in vigil("live-check", "/nowhere").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--emulator", "http://127.0.0.1:1", "--project", "p"), "nobody answers at http://127.0.0.1:1"),
        (("--emulator", "https://logging.googleapis.com", "--project", "p"), "is not on this machine"),
        (("--emulator", "http://127.0.0.1:1"), "--emulator needs a project"),
        (("--package", "nowhere_to_be_found"), "No module named"),
        (("--package", "broken"), "it raises SyntaxError when it is imported"),
        (("--package", "leaves"), "it raises SystemExit when it is imported"),
    ],
)
def test_what_cannot_be_read_is_an_error_in_words(tmp_path, monkeypatch, arguments, message):
    (tmp_path / "broken.py").write_text("x = (")
    (tmp_path / "leaves.py").write_text("raise SystemExit(0)")
    monkeypatch.chdir(tmp_path)
    done = vigil("infer" if "--package" in arguments else "live-check", *arguments)
    assert done.exit_code == 2, done.stdout
    assert message in " ".join(done.stderr.split())
    assert isinstance(done.exception, SystemExit), "no traceback"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("infer", "--package", "unfit"), "An event is not well-formed"),
        (("live-check", "--package", "json", "--complete"), "--package json: no event is declared there"),
    ],
)
def test_what_a_module_declares_or_does_not_is_an_error_in_words(tmp_path, arguments, message):
    (tmp_path / "unfit.py").write_text(
        "from vigil_telemetry import Event\n\nclass Unfit(Event, tag='a.b'):\n    note: str\n"
    )
    done = process(*arguments, folder=tmp_path)
    assert done.returncode == 2, done.stdout
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr


def test_it_proposes_event_types_as_python():
    done = process("infer", "-")
    assert done.returncode == 0, done.stderr
    assert b'class AppTookMs(Event, tag="app.took_ms"):' in done.stdout
