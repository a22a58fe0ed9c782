"""`vigil catalog`: a pull request that would break deployed metrics fails, and says what to do."""

import json
import subprocess
import sys
from pathlib import Path

from tests.checkout import bytecode
from vigil_telemetry.lockfile import render, snapshot

ROOT = Path(__file__).resolve().parents[2]
EVENTS = """
from typing import ClassVar, Literal
from vigil_telemetry import Event, Label

class OrderRejected(Event, tag="order.rejected"):
    \"\"\"Refused.\"\"\"

    {label}: Label[Literal["stock", "card"]]
"""


def vigil(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vigil_cli", *arguments],
        cwd=ROOT,
        env={"PYTHONPATH": f"{path}:{ROOT}", "PATH": "/usr/bin:/bin", "COLUMNS": "200", **bytecode()},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_committed_lock_file_is_what_the_command_writes(tmp_path):
    """With the demo's events, whose metrics this repository's program deploys."""
    lock = tmp_path / "lock.json"
    ran = vigil("catalog", "lock", "--package", "demo.shop.events", "--lock", str(lock), path=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    committed = ROOT / "catalog.lock.json"
    assert committed.read_text() == lock.read_text(), "run `vigil catalog check`, then `vigil catalog lock`"
    assert {"http.request.completed", "order.refused"} <= set(json.loads(committed.read_text())["events"])


def test_a_catalog_that_only_grows_breaks_nothing(tmp_path):
    ran = vigil("catalog", "check", path=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "No change of the catalog breaks a deployed metric." in ran.stdout


def test_an_event_leaves_the_file_by_hand_once_no_stack_has_its_metric(tmp_path):
    lock = tmp_path / "lock.json"
    module = tmp_path / "shop_events.py"
    module.write_text(EVENTS.format(label="reason"))
    options = ("--package", "shop_events", "--lock", str(lock))
    assert vigil("catalog", "lock", *options, path=tmp_path).returncode == 0
    module.write_text("")
    refused = vigil("catalog", "lock", *options, path=tmp_path)
    assert refused.returncode == 2
    assert "order.rejected: the event is gone" in refused.stderr
    assert "then delete its entry in the lock file" in " ".join(refused.stderr.split())

    document = json.loads(lock.read_text())
    del document["events"]["order.rejected"]
    lock.write_text(json.dumps(document))
    assert vigil("catalog", "lock", *options, path=tmp_path).returncode == 0


def test_a_renamed_label_of_the_program_s_own_event_fails_with_the_remedy(tmp_path):
    lock = tmp_path / "lock.json"
    module = tmp_path / "shop_events.py"
    module.write_text(EVENTS.format(label="reason"))
    options = ("--package", "shop_events", "--lock", str(lock))
    assert vigil("catalog", "lock", *options, path=tmp_path).returncode == 0
    before = lock.read_text()
    module.write_text(EVENTS.format(label="cause"))

    checked = vigil("catalog", "check", *options, path=tmp_path)
    assert checked.returncode == 1
    assert "order.rejected, reason: the label was renamed to 'cause'" in checked.stdout
    assert 'tag="order.rejected.v2"' in checked.stdout

    broken = json.loads(vigil("catalog", "check", "--json", *options, path=tmp_path).stdout)
    assert {one["event"] for one in broken} == {"order.rejected"}
    assert vigil("catalog", "lock", *options, path=tmp_path).returncode == 2
    assert lock.read_text() == before


def test_a_missing_or_broken_file_is_reported_with_the_remedy(tmp_path):
    missing = vigil("catalog", "check", "--lock", str(tmp_path / "none.json"), path=tmp_path)
    assert missing.returncode == 2
    assert "vigil catalog lock" in missing.stderr
    (tmp_path / "bad.json").write_text("{}")
    broken = vigil("catalog", "check", "--lock", str(tmp_path / "bad.json"), path=tmp_path)
    assert broken.returncode == 2
    assert "bad.json" in broken.stderr


def test_a_module_that_is_not_there_is_named(tmp_path):
    ran = vigil("catalog", "check", "--package", "no_such_events", path=tmp_path)
    assert ran.returncode == 2
    assert "no_such_events" in ran.stderr


def test_the_lock_s_text_is_the_library_s(tmp_path):
    import vigil_telemetry

    vigil("catalog", "lock", "--lock", str(tmp_path / "own.json"), path=tmp_path)
    own = (schema for schema in vigil_telemetry.catalog() if schema.cls.__module__.startswith("vigil_telemetry."))
    assert (tmp_path / "own.json").read_text() == render(snapshot(own))
