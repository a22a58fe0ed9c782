"""The README's code runs as it stands, and what it names is there."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


DECLARE = """
import json
from vigil_components import AlertSeverity, Email, Routing, RoutingArgs, MonitoringContext, Team
from vigil_components.testing import record

def declare():
    team = Team(name="backend", channels={AlertSeverity.TICKET: (Email(address="backend@example.com"),)})
    routing = Routing("r", RoutingArgs(project="example-shop", environment="staging", pages=False, teams=[team]))
    globals()["context"] = MonitoringContext(
        project="example-shop", environment="staging", routing=routing, runbooks_url="https://example.com"
    )
    exec(PROGRAM, globals())

print(json.dumps(record(declare).counts()))
"""


def test_the_python_of_the_readme_runs_and_declares_what_the_text_says(tmp_path):
    application, program = blocks("python")
    script = tmp_path / "readme.py"
    script.write_text(f"{application}\nPROGRAM = {program!r}\n{DECLARE}")
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    line, counts = (json.loads(text) for text in ran.stdout.splitlines())
    assert (line["event"], line["severity"], line["reason"]) == ("order.rejected", "WARNING", "out_of_stock")
    assert "user-1" not in ran.stdout
    assert counts["gcp:logging/metric:Metric"] == 2
    assert counts["gcp:monitoring/alertPolicy:AlertPolicy"] == 1
    assert counts["gcp:monitoring/dashboard:Dashboard"] == 1


def test_every_make_target_and_every_file_that_the_readme_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) - {"it"} <= targets
    for path in re.findall(r"\]\((docs/[^)#]+)", README):
        assert (ROOT / path).exists(), path
    for folder in re.findall(r"^\| `([a-z]+)/`", README, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder


def test_make_help_lists_every_target():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("up", "serve", "test", "bench", "lock", "clean"):
        assert f"make {target} " in listed


def test_a_python_that_is_named_gets_a_new_environment_where_there_is_one_of_another_version(tmp_path):
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho Python 3.99.1\n")
    other.chmod(0o755)
    clears = {
        python: "-m venv --clear .venv"
        in subprocess.run(
            ["make", "-n", f"PYTHON={python}", "setup"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        for python in (str(other), sys.executable)
    }
    assert clears == {str(other): True, sys.executable: False}
