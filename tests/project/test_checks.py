"""The project's own rules of form, as tests: style, types, who imports whom."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent


def check(*command: str) -> None:
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout[-8000:]}{ran.stderr[-2000:]}"


def test_the_code_is_in_the_project_s_style() -> None:
    check(str(BIN / "ruff"), "format", "--check", "--quiet", ".")
    check(str(BIN / "ruff"), "check", "--quiet", ".")


@pytest.mark.timeout(600)
def test_the_packages_are_strictly_typed() -> None:
    check(str(BIN / "basedpyright"), "--level", "error")


def test_each_folder_imports_only_what_it_may() -> None:
    check(str(BIN / "lint-imports"), "--no-cache")


def test_no_lock_file_records_where_packages_were_downloaded_from() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: clone the repository to check what is committed")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"uv.lock", "pylock.toml", "package-lock.json"} & {Path(name).name for name in tracked}
    assert "http" not in " ".join(
        line for line in (ROOT / "requirements.lock").read_text().splitlines() if "://" in line
    )
