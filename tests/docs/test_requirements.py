"""The table of requirements is complete, and every test and file that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "requirements.md").read_text()
ROWS = re.findall(r"^\| (\d+(?:\.\d+)?) \| (.*?) \| (.*?) \| (.*) \|$", TABLE, re.MULTILINE)


def test_every_requirement_has_a_row():
    assert [int(number) for number, *_ in ROWS if "." not in number] == list(range(1, 27))
    assert [number for number, *_ in ROWS if "." in number] == [
        *(f"9.{line}" for line in range(1, 12)),
        *(f"10.{line}" for line in range(1, 16)),
    ]


def test_every_row_names_a_test_that_is_there():
    for number, _, _, proof in ROWS:
        named = re.findall(r"`(tests/[^`]+)`", proof)
        assert named, f"row {number} names no test"
        for path in named:
            assert (ROOT / path).exists(), f"row {number}: {path}"


def test_every_file_that_a_row_names_is_there():
    for number, _, where, _ in ROWS:
        for path in re.findall(r"`([a-zA-Z./_-]+/[a-zA-Z./_-]*)`", where):
            assert (ROOT / path).exists(), f"row {number}: {path}"


def test_every_clause_of_the_emulator_names_tests_that_are_there():
    clauses = (ROOT / "docs" / "emulator-clauses.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (`tests/.*) \|$", clauses, re.MULTILINE)
    assert len(rows) == clauses.count("\n| ") - 2
    for clause, proof in rows:
        for path, _, function in (name.partition("::") for name in re.findall(r"`(tests/[^`]+)`", proof)):
            text = (ROOT / path).read_text()
            assert f"def {function}(" in text if function else "def test_" in text, f"{clause}: {path}::{function}"
