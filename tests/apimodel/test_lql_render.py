"""Rendering and building: what is written can be read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel.lql import (
    And,
    Call,
    Comparison,
    Everything,
    Expr,
    FieldPath,
    Not,
    Null,
    Operator,
    Or,
    Present,
    QuerySyntaxError,
    Restriction,
    Text,
    Variable,
    all_of,
    any_of,
    eq,
    field,
    log_id,
    none_of,
    parse,
    present,
    quote,
    render,
)

texts = st.text(max_size=8)
identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True).filter(lambda name: name != "NULL_VALUE")
paths = st.builds(lambda first, rest: FieldPath((first, *rest)), identifiers, st.lists(texts.filter(bool), max_size=2))
predicates = st.one_of(
    texts.filter(bool).map(log_id),
    st.builds(lambda path, text: Call("search", (path, Text(text))), paths, texts.filter(bool)),
    st.sampled_from(
        [parse("source(projects/p)"), parse("sample(insertId, 0.25)"), parse('ip_in_net(a, "10.0.0.0/8")')]
    ),
)
computed = st.builds(lambda path: Call("cast", (path, Text("INT64"))), paths)
values = st.one_of(texts.map(Text), st.just(Null()), computed)
comparisons = st.one_of(
    st.builds(Comparison, st.one_of(paths, computed), st.sampled_from(Operator), values),
    st.builds(lambda path: Comparison(path, Operator.HAS, Present()), paths),
)
leaves = st.one_of(
    comparisons, texts.map(Restriction), predicates, st.from_regex(r"[a-z_]{1,6}", fullmatch=True).map(Variable)
)
expressions: st.SearchStrategy[Expr] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: And(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms))),
    ),
    max_leaves=8,
)


@given(expressions)
def test_what_is_rendered_is_read_back(expr):
    assert parse(render(expr)) == expr


@given(texts)
def test_any_text_can_be_quoted(text):
    assert parse(f"a={quote(text)}") == eq("a", text)
    assert parse(quote(text)) == Restriction(text)


@given(st.text(alphabet='ab"\\()=:<>!~-* \nANDORT.', max_size=20))
def test_any_text_is_parsed_or_refused_with_a_place(text):
    outcome = parsed_or_refused(text)
    if isinstance(outcome, QuerySyntaxError):
        assert 0 <= outcome.position <= len(text)
        assert outcome.message
    else:
        assert parse(render(outcome)) == outcome


def parsed_or_refused(text):
    try:
        return parse(text)
    except QuerySyntaxError as error:
        return error


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Everything(), ""),
        (eq("resource.type", "cloud_run_revision"), 'resource.type="cloud_run_revision"'),
        (eq('labels."x/y"', True), 'labels."x/y"="true"'),
        (eq("a", None), "a=NULL_VALUE"),
        (present("a.b"), "a.b:*"),
        (Not(eq("a", 1)), 'NOT a="1"'),
        (Not(Not(eq("a", 1))), 'NOT (NOT a="1")'),
        (any_of(eq("a", 1), eq("a", 2)), 'a=("1" OR "2")'),
        (any_of(eq("a", 1), eq("b", 2)), 'a="1" OR b="2"'),
        (all_of(eq("a", 1), any_of(eq("b", 2), eq("c", 3))), 'a="1" AND (b="2" OR c="3")'),
        (all_of(eq("a", 1), any_of(eq("b", 2), eq("b", 3))), 'a="1" AND b=("2" OR "3")'),
        (any_of(eq("a", 1), all_of(eq("b", 2), eq("c", 3))), 'a="1" OR (b="2" AND c="3")'),
        (none_of(eq("a", 1), eq("b", 2)), 'NOT (a="1" OR b="2")'),
        (parse("source(projects/p)"), "source(projects/p)"),
        (parse("sample(insertId,0.25)"), "sample(insertId, 0.25)"),
        (parse('search("x")'), 'SEARCH("x")'),
    ],
)
def test_the_written_form(expr, text):
    assert render(expr) == text


def test_builders_join_what_is_there():
    assert all_of() == Everything()
    assert all_of(eq("a", 1)) == eq("a", 1)
    assert all_of(Everything(), eq("a", 1)) == eq("a", 1)
    assert all_of([eq("a", 1), eq("b", 2)], eq("c", 3)) == And((eq("a", 1), eq("b", 2), eq("c", 3)))
    assert any_of(eq("a", 1), Everything()) == Everything()
    with pytest.raises(ValueError, match="needs at least one term"):
        any_of()


def test_a_path_is_read_as_a_query_writes_it():
    assert field('jsonPayload."a.b".c') == FieldPath(("jsonPayload", "a.b", "c"))
    with pytest.raises(ValueError, match="is not a field's path"):
        field("a b")
