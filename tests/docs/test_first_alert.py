"""docs/first-alert.md, followed as a reader would: its commands run in a new project, its code is written there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "first-alert.md").read_text()
STEP = re.compile(r"^```(?:sh (project)|python file=(\S+))\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Do what the page says, in its order. Return the output of each command; a later one of the same name counts."""
    folder = tmp_path_factory.mktemp("tutorial") / "shop"
    folder.mkdir()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    found: dict[str, str] = {}
    for _, file, text in STEP.findall(PAGE):
        if file:
            (folder / file).write_text(text)
            continue
        for command in text.splitlines():
            ran = subprocess.run(
                ["bash", "-c", command], cwd=folder, env={**os.environ, "PATH": path, "NO_COLOR": "1"},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
            found[command] = ran.stdout + ran.stderr
    found["files"] = " ".join(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())
    return found


def test_every_file_that_the_page_names_is_written(outputs: dict[str, str]) -> None:
    for name in ("events.py", "__main__.py", "orders.py", "runbooks/orders-rejected.md", "Pulumi.staging.yaml"):
        assert name in outputs["files"].split()
    assert "thirteen files" in PAGE
    assert "13 files" in outputs["vigil init"]


def test_the_alert_of_the_reader_is_proven_beside_the_first(outputs: dict[str, str]) -> None:
    assert "2 of 2 alerts of staging proven" in outputs["vigil test -s staging"]


def test_the_tests_of_the_project_cover_the_new_alert(outputs: dict[str, str]) -> None:
    assert re.search(r"\b6 passed", outputs["pytest -q"]), outputs["pytest -q"]
