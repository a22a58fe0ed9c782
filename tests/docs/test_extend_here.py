"""The worked example of docs/extend.md, carried out in a copy of this repository: that copy's checks and tests pass.

Of the copy's suite those tests run, for staging, that failed when the page left something out: the committed files,
where to look, the runbooks. The whole suite would take as long as it takes here.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extend.md").read_text()
BLOCK = re.compile(r"^(`{3,4})(?:python|toml|markdown|text) (file|into)=(\S+)\n(.*?)^\1$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[2], match[3], match[4]) for match in BLOCK.finditer(PAGE)]
ELSEWHERE = {"infra/__main__.py", "tests/test_alerts.py", "tests/test_program.py"}
"""Files of the page that are another repository's: this one has its own program and its own proofs."""
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "build", "dist", "site")
SEEING = ("tests/project/test_goldens.py", "tests/docs/test_runbooks.py", "tests/docs/test_where_to_look.py")
GOLDENS = """
from typer.testing import CliRunner
from vigil_cli.app import app

def run(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, (arguments, result.output)

run("render", "-s", "staging", "--write", "infra/goldens")
run("docs", "-s", "staging", "--write", "docs/where-to-look")
"""
"""What `make goldens` does for staging; the proofs, which take longest, are in test_extend.py."""
pytestmark = pytest.mark.timeout(900)  # three processes, each of which imports or reads the whole tree


def below(copy: Path, file: str, block: str) -> None:
    """Put the lines of a block below its first one, which is there once."""
    there, _, new = block.partition("\n")
    lines = (copy / file).read_text().splitlines(keepends=True)
    assert lines.count(f"{there}\n") == 1, (file, there)
    at = lines.index(f"{there}\n") + 1
    (copy / file).write_text("".join([*lines[:at], new, *lines[at:]]))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository in which the page has been followed, up to `make goldens`."""
    folder = tmp_path_factory.mktemp("extended") / "repository"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    for how, file, block in BLOCKS:
        if how == "into":
            below(folder, file, block)
        elif file not in ELSEWHERE:
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(block)
    lost = folder / "docs/runbooks/parcels-lost.md"
    wait = lost.read_text().replace("# parcels-lost: parcels get lost", "# parcels-wait: parcels wait too long")
    (folder / "docs/runbooks/parcels-wait.md").write_text(wait)
    ran = run(folder, "-c", GOLDENS)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**environment, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_copy_s_tests_pass_with_the_new_package(copy: Path) -> None:
    only = "(parcels or committed or every) and not prod"
    ran = run(copy, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "-k", only, "-rA", *SEEING)
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr
    for name in ("[staging]", "[parcels-lost]", "[parcels-wait]"):
        assert name in ran.stdout, name


def test_the_new_package_is_in_the_contracts_and_they_hold(copy: Path) -> None:
    code = "from importlinter.cli import lint_imports_command as main; main(['--no-cache'])"
    ran = run(copy, "-c", code)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " 0 broken" in ran.stdout
    settings = tomllib.loads((copy / "pyproject.toml").read_text())["tool"]
    assert "shop" in settings["importlinter"]["root_packages"]
    assert any("shop" in one.get("forbidden_modules", []) for one in settings["importlinter"]["contracts"])


def test_the_new_package_is_in_the_type_check_and_passes_it(copy: Path) -> None:
    settings = tomllib.loads((copy / "pyproject.toml").read_text())["tool"]
    assert "shop" in settings["basedpyright"]["include"]
    (copy / "shop" / "wrong.py").write_text('number: int = "text"\n')
    files = ["shop", "infra/parcels.py", "infra/parts.py"]
    ran = run(copy, "-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable, *files)
    (copy / "shop" / "wrong.py").unlink()
    assert re.findall(r"^ +(\S+):\d+:\d+ - error", ran.stdout, re.MULTILINE) == [str(copy / "shop" / "wrong.py")]
