"""``vigil live-check`` and ``vigil infer`` as a person runs them."""

import json
import subprocess
import sys

LINES = b'{"message": "took 12 ms", "severity": "INFO"}\n{"message": "took 7 ms", "severity": "INFO"}\n'


def vigil(*arguments, lines=LINES):
    return subprocess.run(
        [sys.executable, "-m", "vigil_cli", *arguments], input=lines, capture_output=True, check=False, timeout=100
    )


def test_it_says_what_appeared_and_fails_for_what_is_wrong():
    done = vigil("live-check", "--package", "tests.components.shop", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["lines"], found["foreign"]) == (2, {"took … ms": 2})
    assert found["never"] == ["order.received", "order.rejected", "order.wide"]
    complete = vigil("live-check", "--package", "tests.components.shop", "--complete")
    assert complete.returncode == 1
    assert b"wrong: order.received never appeared" in complete.stdout
    personal = vigil("live-check", lines=b'{"message": "mail to jane@example.com"}\n')
    assert personal.returncode == 1
    assert b"personal data in (foreign): message" in personal.stdout
    assert b"jane@" not in personal.stdout
    assert b"Name a file of lines" in vigil("live-check", "/nowhere").stderr


def test_it_proposes_event_types_as_python():
    done = vigil("infer", "-")
    assert done.returncode == 0, done.stderr
    assert b'class AppTookMs(Event, tag="app.took_ms"):' in done.stdout
