"""The worked examples of docs/extend.md, run as they stand: the files written, the program rendered, alerts proven."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extend.md").read_text()
BLOCK = re.compile(r'^( *)```python(?: file=(\S+)| raises="([^"]+)")?\n(.*?)^\1```$', re.MULTILINE | re.DOTALL)
HERE = {"infra/parcels.py"}
"""Files of this repository's own program: test_extend_here.py writes them into a copy of it."""
BLOCKS = [(match[2], match[3], textwrap.dedent(match[4])) for match in BLOCK.finditer(PAGE)]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the files of the page."""
    folder = tmp_path_factory.mktemp("shop")
    for name, _, code in BLOCKS:
        if name and name not in HERE:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(code)
    for name, text in re.findall(r"^```yaml file=(\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        (folder / name).write_text(text)
    return folder


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(map(str, (repository, ROOT)))
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_block_of_python_is_a_file_or_an_error_that_is_run_here():
    assert all(name or error for name, error, _ in BLOCKS)
    here = len(HERE) + PAGE.count("```python into=")
    assert PAGE.count("```python") - here == len(BLOCKS) - len(HERE) == 7


def test_the_application_writes_the_events(repository):
    ran = run(repository, "shop/application.py")
    assert ran.returncode == 0, ran.stderr
    sent, lost = (json.loads(line) for line in ran.stdout.splitlines())
    assert (sent["event"], sent["waited"], sent["message"]) == ("parcel.sent", 12.5, "parcel sent by_sea")
    assert (lost["event"], lost["severity"], lost["service"]) == ("parcel.lost", "ERROR", "parcels")
    assert "customer-17" not in ran.stdout


def test_every_alert_of_the_service_is_proven(repository):
    test = repository / "tests" / "test_alerts.py"
    test.write_text(
        f"import pathlib\n{test.read_text()}".replace(
            'alert_tests("staging")', f'alert_tests("staging", root=pathlib.Path({str(repository)!r}))'
        )
    )
    ran = run(repository, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:langsmith_plugin", "-rA")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    proven = set(re.findall(r"PASSED .*\[staging-([^\]]+)\]", ran.stdout))
    names = {"parcels-lost", "lost-at-sea", "parcels-wait", "availability-burns-fast", "availability-burns-slowly"}
    assert proven == {f"parcels-{name}" for name in names}


def test_what_the_page_writes_is_strictly_typed(repository):
    (repository / "pyproject.toml").write_text(
        "[tool.basedpyright]\ntypeCheckingMode = 'strict'\nreportMissingTypeStubs = false\n"
        "reportUnknownMemberType = false\ninclude = ['shop', 'infra', 'tests']\n"
    )
    ran = run(repository, "-m", "basedpyright", "--level", "error", "--pythonpath", sys.executable)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 errors" in ran.stdout


def test_a_mistake_is_an_error_that_names_what_is_wrong(repository):
    for _, error, code in BLOCKS:
        if error:
            ran = run(repository, "-c", code)
            assert ran.returncode != 0
            assert error in ran.stderr
