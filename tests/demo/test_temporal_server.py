"""A missing Temporal server is left out; one that exists and does not start is reported as a fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from demo.stand_ins.temporal import BrokenServerError, MissingServerError, TemporalServer, require, server


def program(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_a_server_that_ends_is_reported_with_its_last_words(tmp_path: Path) -> None:
    broken = program(tmp_path / "temporal", "#!/bin/sh\necho no space left >&2\nexit 3\n")
    with pytest.raises(BrokenServerError, match="no space left") as raised, TemporalServer(broken):
        pass
    assert str(broken) in str(raised.value)
    assert not isinstance(raised.value, MissingServerError)


def test_a_file_that_is_no_program_is_reported(tmp_path: Path) -> None:
    with pytest.raises(BrokenServerError, match="Remedy"), TemporalServer(program(tmp_path / "temporal", "half of it")):
        pass


def test_a_missing_server_is_reported_with_the_way_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(server, "TOOLS", tmp_path / "tools")
    with pytest.raises(MissingServerError, match="install Go"):
        require()


def test_the_command_that_runs_one_ends_with_the_reason(tmp_path: Path) -> None:
    program(tmp_path / "temporal", "#!/bin/sh\necho broken\nexit 1\n")
    done = subprocess.run(
        [sys.executable, "-m", "demo.stand_ins.temporal", "run"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("the Temporal server ")
    assert len(done.stderr.splitlines()) == 1
