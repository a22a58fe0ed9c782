"""Standard input and output as they are elsewhere: another locale, a full disk, closed."""

import json
import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vigil_cli import standard_input
from vigil_cli.app import app
from vigil_cli.errors import CommandError

POLICY = '{"displayName": "Größe", "combiner": "OR", "conditions": []}'
ASCII = {
    "LC_ALL": "POSIX",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
    "PYTHONUNBUFFERED": "",
}


def vigil(*arguments: str, given: bytes = b"", **how: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "vigil_cli", *arguments]
    how = {"input": given, "stdout": subprocess.PIPE, **how}
    return subprocess.run(command, stderr=subprocess.PIPE, check=False, env={**os.environ, **ASCII}, **how)  # type: ignore[call-overload] # any way to start it


def test_a_letter_that_the_locale_does_not_have_is_escaped_for_people() -> None:
    done = vigil("check", "-", given=POLICY.encode())
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"Gr\\xf6\\xdfe: conditions" in done.stdout


def test_a_document_is_utf_8_in_each_locale() -> None:
    done = vigil("check", "-", "--json", given=POLICY.encode())
    assert json.loads(done.stdout)["findings"][0]["resource"] == "Größe"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full: run this on Linux")
@pytest.mark.parametrize(
    ("command", "given"),
    [
        (["check", "-"], POLICY),
        (["check", "-", "--json"], POLICY),
        (["infer", "-"], '{"message": "order 1 failed"}\n' * 9),
        (["signal", "from-entry", "-"], '{"textPayload": "order 1 failed", "severity": "ERROR"}'),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_a_full_disk_is_one_sentence(command: list[str], given: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = vigil(*command, given=given.encode(), stdout=full)
    assert done.returncode == 2
    assert done.stderr.decode() == (
        "Error The output cannot be written: No space left on device. Free some space, or write elsewhere.\n"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (POLICY.encode("latin-1"), "Standard input is not UTF-8 text. Give it in UTF-8."),
        (b"", "standard input is empty. Give"),
        (b"{", "standard input, line 1: this is not JSON"),
    ],
)
def test_what_is_wrong_with_standard_input_is_reported_by_its_name(given: bytes, message: str) -> None:
    done = CliRunner().invoke(app, ["check", "-"], input=given)
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())


def test_the_formats_of_a_check_exclude_each_other() -> None:
    done = CliRunner().invoke(app, ["check", "-", "--json", "--format", "text"], input=POLICY)
    assert done.exit_code == 2
    said = json.loads(done.output)["error"]
    assert said["message"] == "--json and --format exclude each other."
    assert said["remedy"] == "Leave one of them out."


def test_a_mark_of_byte_order_is_no_part_of_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(b"\xef\xbb\xbf{}")))
    assert standard_input.text() == "{}"


def test_a_process_without_standard_input_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CommandError, match="There is no standard input"):
        standard_input.text()


def test_a_folder_that_cannot_be_written_is_a_sentence_in_each_command(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    into = tmp_path / "file" / "renders"  # below a file: not even root can make it
    done = CliRunner().invoke(app, ["render", "-s", "staging", "--write", str(into), "--json"])
    assert done.exit_code == 2
    error = json.loads(done.stdout)["error"]
    assert str(tmp_path / "file") in error["message"]
    assert "Not a directory" in error["message"]
    assert error["remedy"] == "Name a file or folder that you may read and write, or run this in one."


def test_files_that_a_render_writes_are_listed_in_its_document(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["render", "-s", "staging", "--write", str(tmp_path), "--json"])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["ok"] is True
    files = {file for file in tmp_path.rglob("*") if file.is_file()}
    assert {Path(file) for file in document["files"]} == files
    assert tmp_path / "staging" / "urns.txt" in files
