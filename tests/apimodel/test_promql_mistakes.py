"""Messages about queries that do not parse, and about comparisons that nothing or everything meets."""

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel import promql


def refused(query):
    with pytest.raises(promql.QueryError) as error:
        promql.parse(query)
    return str(error.value)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("x => 1", "PromQL has no =>: write >="),
        ("x =< 1", "PromQL has no =<: write <="),
        ("x <> 1", "PromQL has no <>: write !="),
        ("x > 1 && y > 2", "PromQL has no &&: write and"),
        ("x > 1 || y > 2", "PromQL has no ||: write or"),
        ("not x > 1", "PromQL has no not: turn the comparison round, or write A unless B"),
        ("!x", "PromQL has no ! before an expression: turn the comparison round, or write A unless B"),
        ("x > 1;", "PromQL has no semicolon: remove it"),
        ("fetch x | metric 'y'", "PromQL has no pipe, MQL and LogQL have: write the query in PromQL"),
        ("SELECT x FROM y", "this is SQL: write the query in PromQL"),
        ("x > 5%", "a number has no per cent sign: write 5, or 0.05 of a share of 1"),
        ("x > 1,000", "a number has no commas: write its digits alone"),
        ("x > 1 for 5m", "a query has no `for`: write it as the condition's duration"),
        ("sum(x) by job > 1", "labels stand in parentheses: write by (job)"),
        ("x >", "nothing stands after >: write the other side"),
        ("> 1", "nothing stands before >: write what it compares or changes"),
        ("x > and y", "nothing stands between > and the next operator: remove one"),
        ("x{a=b}", 'the value of a label stands in quotes: write "b"'),
        ('x{a=>"b"}', "a matcher is =, !=, =~ or !~: write one of these"),
        ('x{a="=>" c="d"}', "matchers stand apart by commas: write a comma between them"),
        ("x{a='b'", "a brace is not closed: write a closing brace"),
        ("x{a=\u201cb\u201d}", 'typographic quotes do not quote: write "..."'),
        ("x \u2013 1 > 2", "a dash is no minus: write -"),
        ("x\u00a0> 1", "a no-break space is no space: write a plain one"),
        ("rate(x[5]) > 1", "missing unit character in duration '5': write 5s or 5m"),
        ("x offset 5 > 1", "missing unit character in duration '5': write 5s or 5m"),
        ("a b > 1", "'b' cannot stand after 'a': write an operator between them"),
        ('x{a="not b"} y', "'y' cannot stand after 'x{a=\"not b\"}': write an operator between them"),
    ],
)
def test_a_query_that_does_not_parse_says_what_is_wrong_and_what_to_write(query, message):
    assert refused(query) == message


@pytest.mark.parametrize(
    ("query", "words", "remedy"),
    [
        ("rate(x) > 1", "got vector", "such as [5m]"),
        ("x[5m] > 1", "instant vector types", "such as rate()"),
        ("rate(x, 5m)", "expected 1 argument(s)", "write that many"),
        ("", "no expression found", "write a query"),
    ],
)
def test_what_the_parser_says_keeps_its_words_and_gets_a_remedy(query, words, remedy):
    message = refused(query)
    assert words in message
    assert remedy in message.rpartition(": ")[2]


@pytest.mark.parametrize(
    "query",
    [
        'x{a="=> b && c; d | e"} > 1  # not 5% => 1,000 for 5m',
        "x * on (a) group_left y > 1",
        "x[5m:1m] offset 5m",
        "x offset -5m > 1",
        "x % 5 > 1",
        "-x > -1",
        "sum without (a) (x) != bool 1",
    ],
)
def test_what_looks_like_a_mistake_in_a_text_a_comment_or_another_place_is_none(query):
    promql.parse(query if "[5m:1m]" not in query else f"max_over_time({query})")


@given(st.text(alphabet="xy15mby()[]{}=!<>~&|+-*/%^,;\"#'` ", max_size=40))
def test_any_text_parses_or_is_refused_with_a_reason(query):
    message = ""
    try:
        promql.parse(query)
    except promql.QueryError as error:
        message = str(error)
    else:
        message = "it parses"
    assert message


FAILED, ALL = 'sum(rate(x{code="5xx", a="b"}[5m]))', 'sum(rate(x{a="b"}[5m]))'
SHARE = f"{FAILED} / {ALL}"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"{SHARE} > 5", "makes this 0 to 1, > 5 cannot be reached: write 0.05"),
        (f"({SHARE}) >= 2", "write 0.02"),
        (f"5 < {SHARE}", "> 5 cannot be reached"),
        (f"1 - {SHARE} < 99.5", "< 99.5 is met by every value: write 0.995"),
        (f"100 * {SHARE} > 100", "makes this 0 to 100, > 100 cannot be reached: write a number between 0 and 100"),
        (f"({SHARE}) * 100 > 250 and y > 1", "> 250 cannot be reached"),
        (f"{SHARE} >= 0", ">= 0 is met by every value: write a number between 0 and 1"),
        (f"{SHARE} < 0", "< 0 cannot be reached"),
        (f"{FAILED} * 100 / {ALL} > 100", "makes this 0 to 100"),
        ('count(x{a="b"}) / count(x) > 1', "> 1 cannot be reached"),
    ],
)
def test_a_share_is_compared_with_a_number_that_it_can_cross(query, words):
    (message,) = promql.unreachable(promql.parse(query))
    assert words in message


@pytest.mark.parametrize(
    "query",
    [
        f"{SHARE} > 0.05",
        f"{SHARE} == 0",
        f"100 * {SHARE} > 5",
        f"{SHARE} > bool 5",
        f"{ALL} / {FAILED} > 5",
        'sum(rate(x{code="5xx"}[5m])) / sum(rate(y[5m])) > 5',
        'sum(rate(x{code="5xx"}[5m])) / sum(rate(x[1h])) > 5',
        'avg(rate(x{code="5xx"}[5m])) / avg(rate(x[5m])) > 5',
        'sum(x{code="5xx"}) / sum(x) > 5',
        'sum by (a) (rate(x{code="5xx"}[5m])) / sum(rate(x[5m])) > 5',
        f"{SHARE} / 0 > 5",
        "vector(1) > 2",
    ],
)
def test_what_can_be_crossed_or_is_no_share_is_not_reported(query):
    assert list(promql.unreachable(promql.parse(query))) == []


@given(
    st.integers(-9, 9).filter(bool),
    st.integers(-99, 99),
    st.integers(-120, 120),
    st.sampled_from([">", ">=", "<", "<="]),
)
def test_a_comparison_is_reported_where_no_share_or_every_share_meets_it(factor, added, number, compared):
    query = f"{factor} * ({SHARE}) + {added} {compared} {number}"
    meets = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}[compared]
    met = {meets(factor * share / 64 + added, number) for share in range(65)}
    assert bool(list(promql.unreachable(promql.parse(query)))) is (len(met) == 1)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("up == 0", True),
        ("sum(rate(x[5m])) > 1 or vector(0)", True),
        ('absent(up{job="x"})', True),
        ("x unless y", True),
        ("x and on (a) y", True),
        ("count(x > 1)", True),
        ("sum(rate(x[5m]))", False),
        ("up == bool 0", False),
        ("x or y", False),
        ("x + 1", False),
    ],
)
def test_a_query_leaves_something_out_by_a_comparison_a_set_operator_or_absence(query, found):
    assert promql.compares(promql.parse(query)) is found
