"""What is committed. Style, types and import contracts are `make check` and `make typecheck`, which CI runs first."""

import ast
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


SHARED = {"asyncio", "datetime", "os", "random", "socket", "threading", "time"}
"""Modules whose functions every thread of the process calls, those of servers that other tests started too."""
HARMLESS = {("os", "environ"), ("os", "cpu_count"), ("os", "getloadavg")}


def replaced(tree: ast.AST) -> list[str]:
    """Return `module.name` of each function of a shared module that a test replaces with `monkeypatch.setattr`."""
    found: list[str] = []
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "setattr":
            continue
        target, *rest = [ast.unparse(each).strip("'") for each in call.args]
        path = ".".join([target, rest[0].strip("'")] if len(rest) > 1 else [target]).split(".")
        found += [f"{one}.{path[-1]}" for one in path[:-1] if one in SHARED and (one, path[-1]) not in HARMLESS]
    return found


def test_no_test_replaces_what_other_threads_call() -> None:
    """A server in a thread that reads a replaced clock once may sleep for hours: replace the name in one's own module."""
    example = "monkeypatch.setattr(budget.time, 'monotonic', f); monkeypatch.setattr('time.sleep', f)"
    assert replaced(ast.parse(example)) == ["time.monotonic", "time.sleep"]
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert len(tests) > 200
    assert {
        str(file.relative_to(ROOT)): found for file in tests if (found := replaced(ast.parse(file.read_text())))
    } == {}
