"""The list of rules: complete, explained, and on the page as it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from vigil_apimodel.rules import MODULES, PROGRAM_RULES, RULES, page
from vigil_apimodel.rules.model import rule

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_page_is_current():
    assert PAGE.read_text() == page(), "run: python -m vigil_apimodel.rules > docs/rules.md"


def test_the_command_prints_the_page():
    printed = subprocess.run([sys.executable, "-m", "vigil_apimodel.rules"], capture_output=True, text=True, check=True)
    assert printed.stdout == page()


def test_each_rule_says_what_it_asks_and_where_it_is_from():
    for known in (*RULES.values(), *PROGRAM_RULES.values()):
        assert known.summary
        assert known.source, known.id
        assert f"| `{known.id}` | {known.severity} |" in page()


def test_each_rule_lives_in_a_listed_module():
    modules = {module.__name__ for module in MODULES}
    assert {known.check.__module__ for known in (*RULES.values(), *PROGRAM_RULES.values())} == modules


def test_an_identifier_stands_for_one_rule():
    with pytest.raises(ValueError, match="exists already"):
        rule("alert-duration", "x", source="y")(lambda _inputs: iter(()))
