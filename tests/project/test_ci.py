"""What `.ci/run` ends with never fails because the machine cannot run containers: it says why, and succeeds."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MISSING = {
    "another system": ({"uname": "echo Darwin"}, "they need Linux."),
    "no root": ({"uname": "echo Linux", "id": "echo 1000"}, "they need root."),
    "no namespaces": (
        {"uname": "echo Linux", "id": "echo 0", "unshare": "exit 1"},
        "the kernel gives this user no namespaces.",
    ),
}


@pytest.mark.parametrize("case", MISSING)
def test_where_containers_cannot_run_one_line_says_what_is_missing(case, tmp_path):
    programs, reason = MISSING[case]
    for name, does in programs.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", str(ROOT / ".ci" / "containers")],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    (line,) = ran.stdout.splitlines()
    assert line.startswith(f"Containers are not run: {reason} (")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_only_a_run_of_everything_ends_with_the_containers():
    text = (ROOT / ".ci" / "run").read_text()
    assert text.index('make "$target"') < text.index('if [ "$all" = 1 ]; then\n  .ci/containers')
