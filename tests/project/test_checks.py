"""What is committed. Style, types and import contracts are `make check` and `make typecheck`, which CI runs first."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_no_lock_file_records_where_packages_were_downloaded_from() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: clone the repository to check what is committed")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"uv.lock", "pylock.toml", "package-lock.json"} & {Path(name).name for name in tracked}
    assert "http" not in " ".join(
        line for line in (ROOT / "requirements.lock").read_text().splitlines() if "://" in line
    )
