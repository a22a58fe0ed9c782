"""The README's code runs as it stands, and what it names is there."""

import re
import subprocess
from pathlib import Path

from vigil_components import Alarm, Email, Routing, RoutingArgs, Surroundings, Team
from vigil_components.testing import record

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_python_of_the_readme_runs_and_declares_what_the_text_says(capsysbinary):
    application, program = blocks("python")
    names: dict[str, object] = {}
    exec(compile(application, "README.md", "exec"), names)

    def declare() -> None:
        team = Team(name="backend", channels={Alarm.TICKET: (Email(address="backend@example.com"),)})
        routing = Routing("r", RoutingArgs(project="example-shop", environment="staging", pages=False, teams=[team]))
        names["surroundings"] = Surroundings(
            project="example-shop", environment="staging", routing=routing, runbooks_url="https://example.com"
        )
        exec(compile(program, "README.md", "exec"), names)

    counts = record(declare).counts()
    assert counts["gcp:logging/metric:Metric"] == 2
    assert counts["gcp:monitoring/alertPolicy:AlertPolicy"] == 1
    assert counts["gcp:monitoring/dashboard:Dashboard"] == 1


def test_every_make_target_and_every_file_that_the_readme_names_is_there():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", README)) - {"it"} <= targets
    for path in re.findall(r"\]\((docs/[^)]+)\)", README):
        assert (ROOT / path).exists(), path
    for folder in re.findall(r"^\| `([a-z]+)/`", README, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder


def test_shell_of_the_readme_is_valid_shell():
    for block in blocks("sh"):
        checked = subprocess.run(["bash", "-n"], input=block, text=True, capture_output=True, check=False)
        assert checked.returncode == 0, checked.stderr


def test_make_help_lists_every_target():
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("up", "serve", "test", "bench", "lock", "clean"):
        assert f"make {target} " in listed
