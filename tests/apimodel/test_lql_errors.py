"""A refused query says where and what to write instead."""

import pytest

from vigil_apimodel.lql import And, Comparison, Everything, FieldPath, Operator, Present, QuerySyntaxError, eq, parse
from vigil_apimodel.syntax import MAXIMUM_DEPTH


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("insertId = abc:def", 11, 'write "abc:def" in double quotes'),
        ("timestamp >= 2016-11-29T23:00:00Z", 13, 'write "2016-11-29T23:00:00Z"'),
        ('a = "x', 4, "is not closed: add a double quote"),
        ("(a=1", 4, "a parenthesis is not closed"),
        ("a=1)", 3, "closes nothing"),
        ("a=", 2, "write FIELD:*"),
        ("a= AND b=1", 3, 'write "AND"'),
        ("a=1 AND", 7, "something must follow AND"),
        ("OR b=1", 0, "nothing stands before OR"),
        ("NOT NOT a=1", 4, "NOT (NOT ...)"),
        ("a == 1", 3, "equality is one '='"),
        ("a = *", 2, "field:*"),
        ("a = 'x'", 4, "double quotes"),
        ("= 5", 0, "there is no field before"),
        ("a = .x", 4, "double quotes"),
        ("a = -x", 4, "double quotes"),
        ("()", 1, "empty"),
        ('a = "x".y', 4, "one pair of double quotes"),
        (r"a = foo\t", 7, "within double quotes"),
        ("has_ip(x)", 0, "there is no function 'has_ip'"),
        ("log_id()", 0, 'write log_id("LOG_ID")'),
        ("log_id(stdout, stderr)", 0, 'write log_id("LOG_ID")'),
        ("sample(insertId, 2)", 0, "no greater than 1.0"),
        ("sample(insertId, 0)", 0, "greater than 0.0"),
        ('ip_in_net(x, "10.0.0.0/99")', 0, "legal IP address"),
        ("source(nowhere)", 0, "projects/PROJECT_ID"),
        ("cast(x, NUMBER) > 1", 0, "STRING, INT64"),
        ("cast(x, STRING)", 0, "compare it"),
        ('log_id("x") = true', 0, "leave out the comparison"),
        ('regexp_extract(a, "x") = "y"', 0, "exactly one capture group"),
        ('regexp_extract(a, "(x)(y)") = "y"', 0, "not 2"),
        ('SEARCH("a", "b")', 0, "a field's name is expected"),
    ],
)
def test_the_message_points_and_names_a_remedy(text, position, words):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.message


def test_the_text_shows_line_column_and_place():
    with pytest.raises(QuerySyntaxError) as caught:
        parse('severity>=ERROR\nAND insertId = abc:def OR "x"')
    error = caught.value
    assert (error.line, error.column) == (2, 16)
    assert str(error).splitlines()[1:] == [
        '  AND insertId = abc:def OR "x"',
        "                 ^",
    ]


def test_deep_nesting_is_refused_before_it_can_hurt():
    assert parse("(" * MAXIMUM_DEPTH + "a=1" + ")" * MAXIMUM_DEPTH) == eq("a", 1)
    deep = "(" * 50_000 + "a=1" + ")" * 50_000
    with pytest.raises(QuerySyntaxError, match="nest deeper than 100"):
        parse(deep)
    assert parse('a="' + "(" * 500 + '"') == eq("a", "(" * 500)


def test_parts_that_mean_nothing_cannot_be_made():
    with pytest.raises(ValueError, match="at least two terms"):
        And((eq("a", 1),))
    with pytest.raises(ValueError, match="cannot be part of another"):
        And((eq("a", 1), Everything()))
    with pytest.raises(ValueError, match=r"FieldPath.segments is empty"):
        FieldPath(())
    with pytest.raises(ValueError, match="presence is tested"):
        Comparison(FieldPath(("a",)), Operator.EQUAL, Present())
