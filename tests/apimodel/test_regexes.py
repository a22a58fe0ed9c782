"""Capture groups of a regular expression, counted without an engine."""

import pytest

from vigil_apimodel.regexes import capture_groups


@pytest.mark.parametrize(
    ("pattern", "groups"),
    [
        ("", 0),
        ("abc", 0),
        ("(a)", 1),
        ("(a)(b)", 2),
        ("((a)b)", 2),
        ("(?:a)(b)", 1),
        ("(?P<name>a)", 1),
        ("(?i)(a)", 1),
        (r"\(a\)", 0),
        (r"[(](a)", 1),
        (r"[]()](a)", 1),
        (r"[^]()](a)", 1),
        (r"\Q(a)\E(b)", 1),
        (r"[[:alpha:](](a)", 1),
    ],
)
def test_the_groups_of_an_expression_are_counted(pattern, groups):
    assert capture_groups(pattern) == groups
