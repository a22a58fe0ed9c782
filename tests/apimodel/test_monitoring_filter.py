"""Monitoring filters: meaning, mistakes, round trip."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel.monitoring_filter import (
    And,
    Comparison,
    Everything,
    Function,
    Not,
    Operator,
    Or,
    QuerySyntaxError,
    Selection,
    Selector,
    Text,
    Variable,
    all_of,
    metric,
    metric_label,
    metric_types,
    parse,
    render,
    resource,
    resource_label,
    resource_types,
    selections,
    selects,
)

SLO = "projects/p/services/s/serviceLevelObjectives/l"


def test_and_may_be_left_out_and_singular_labels_are_the_plural_ones():
    written = 'metric.type="a/b" resource.type="x" metric.label."code"="5xx" resource.label.zone="z"'
    assert parse(written) == And(
        (metric("a/b"), resource("x"), metric_label("code", "5xx"), resource_label("zone", "z"))
    )
    assert parse(written) == parse(
        'metric.type = "a/b" AND resource.type = "x" AND metric.labels.code = "5xx" AND resource.labels.zone = "z"'
    )


def test_or_binds_tighter_than_and():
    assert parse('metric.type="a" OR metric.type="b" AND resource.type="c"') == And(
        (Or((metric("a"), metric("b"))), resource("c"))
    )
    assert parse('NOT metric.type="a" OR metric.type="b"') == Or((Not(metric("a")), metric("b")))
    assert parse('-metric.type="a"') == Not(metric("a"))


@pytest.mark.parametrize(
    ("written", "function"),
    [
        ('starts_with("europe-")', Function("starts_with", ("europe-",))),
        ('ends_with("-a")', Function("ends_with", ("-a",))),
        ('has_substring("gke")', Function("has_substring", ("gke",))),
        ("one_of(\"a\", 'b')", Function("one_of", ("a", "b"))),
        (r'monitoring.regex.full_match("5\\d\\d")', Function("monitoring.regex.full_match", (r"5\d\d",))),
    ],
)
def test_every_comparison_function(written, function):
    assert parse(f"metric.labels.x = {written}") == metric_label("x", function)
    assert parse(f"metric.labels.x != {written}") == metric_label("x", function, Operator.NOT_EQUAL)


@pytest.mark.parametrize(
    ("written", "selection"),
    [
        (f'select_slo_burn_rate("{SLO}", "3600s")', Selection("select_slo_burn_rate", (SLO, "3600s"))),
        (f'select_slo_burn_rate("{SLO}","60m")', Selection("select_slo_burn_rate", (SLO, "60m"))),
        (f'select_slo_health("{SLO}")', Selection("select_slo_health", (SLO,))),
        (f'select_slo_compliance("{SLO}")', Selection("select_slo_compliance", (SLO,))),
        (f'select_slo_budget("{SLO}")', Selection("select_slo_budget", (SLO,))),
        (f'select_slo_counts("{SLO}")', Selection("select_slo_counts", (SLO,))),
        (f'select_slo_budget_fraction("{SLO}")', Selection("select_slo_budget_fraction", (SLO,))),
        (f'select_slo_budget_total("{SLO}")', Selection("select_slo_budget_total", (SLO,))),
        (
            'select_process_count("command=python3", "user=root")',
            Selection("select_process_count", ("command=python3", "user=root")),
        ),
    ],
)
def test_every_time_series_selector(written, selection):
    assert parse(written) == selection
    assert list(selections(parse(f'{written} AND resource.type="x"'))) == [selection]


def test_every_other_selector():
    assert parse('metadata.user_labels."a.b/c"="x"') == Comparison(
        Selector(("metadata", "user_labels", "a.b/c")), Operator.EQUAL, Text("x")
    )
    assert parse('metadata.system_labels.state=" x"') == Comparison(
        Selector(("metadata", "system_labels", "state")), Operator.EQUAL, Text(" x")
    )
    assert selects(parse('group.id = "123"'), "group", "id")
    assert selects(parse('project = "p"'), "project")
    assert parse("metric.labels.code >= 500") == metric_label("code", "500", Operator.GREATER_OR_EQUAL)
    assert parse('metric.type:"logging"') == Comparison(Selector(("metric", "type")), Operator.HAS, Text("logging"))
    assert parse('metric.type="a" ${cluster}') == And((metric("a"), Variable("cluster")))
    assert parse("  ") == Everything()


def test_facts_of_a_filter():
    expr = parse('(metric.type="a" OR metric.type="b") NOT resource.type="x" metric.type=starts_with("c")')
    assert metric_types(expr) == ("a", "b")
    assert resource_types(expr) == ("x",)
    assert not selects(expr, "group", "id")


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ('foo.bar="x"', 0, "the published ones are metric.type"),
        ('user_labels.team="x"', 0, "metadata.user_labels.KEY"),
        ('metric.name="x"', 0, "write metric.type or metric.labels"),
        ('metric.labels.a.b="c"', 0, 'metric.labels."a.b"'),
        ('metric.type.x="c"', 0, "write metric.type"),
        ('metric.type=contains("x")', 12, "there is no function 'contains'"),
        ('metric.type=starts_with("x","y")', 12, 'write starts_with("TEXT")'),
        ('metric.type:starts_with("x")', 11, "compared with '=' or '!=' only"),
        ('select_slo_burn("x")', 0, "select_slo_burn_rate"),
        (f'select_slo_burn_rate("{SLO}")', 0, "takes 2 argument(s), not 1"),
        (f'select_slo_burn_rate("{SLO}", 60m)', 71 - 0, "in double quotes"),
        (f'select_slo_burn_rate("{SLO}", 3600)', 71 - 0, "in double quotes"),
        ('select_slo_health("my-slo")', 18, "projects/P/services/S/serviceLevelObjectives/L"),
        ('metric.type="x', 12, "is not closed"),
        ('(metric.type="x"', 16, "a parenthesis is not closed"),
        ("metric.type", 11, "a comparison is expected"),
        ('metric.type =~ "x"', 13, "a value is expected"),
        ('metric.type="x" AND', 19, "something must follow AND"),
        ('metric.type="x" )', 16, ""),
    ],
)
def test_mistakes_point_and_name_a_remedy(text, position, words):
    with pytest.raises(QuerySyntaxError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in caught.value.message


texts = st.text(max_size=8)
functions = st.one_of(
    st.builds(lambda name, text: Function(name, (text,)), st.sampled_from(["starts_with", "has_substring"]), texts),
    st.lists(texts, min_size=1, max_size=3).map(lambda values: Function("one_of", tuple(values))),
)
comparisons = st.one_of(
    texts.map(metric),
    texts.map(resource),
    st.builds(metric_label, texts.filter(bool), st.one_of(texts, functions)),
    st.builds(resource_label, texts.filter(bool), texts, st.sampled_from(Operator)),
)
expressions = st.recursive(
    st.one_of(comparisons, st.just(Selection("select_slo_burn_rate", (SLO, "3600s"))), st.just(Variable("v"))),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: And(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms))),
    ),
    max_leaves=6,
)


@given(expressions)
def test_what_is_rendered_is_read_back(expr):
    assert parse(render(expr)) == expr


@given(st.text(alphabet='metric.type=labs"\\()<>!:- ANDOR', max_size=24))
def test_any_text_is_parsed_or_refused_with_a_place(text):
    outcome = parsed_or_refused(text)
    if isinstance(outcome, QuerySyntaxError):
        assert 0 <= outcome.position <= len(text)
    else:
        assert parse(render(outcome)) == outcome


def parsed_or_refused(text):
    try:
        return parse(text)
    except QuerySyntaxError as error:
        return error


def test_a_filter_from_code_is_rendered_as_text():
    built = all_of(metric("run.googleapis.com/request_count"), resource("cloud_run_revision"), metric_label("c", "5xx"))
    assert render(built) == (
        'metric.type = "run.googleapis.com/request_count" AND resource.type = "cloud_run_revision" '
        'AND metric.labels.c = "5xx"'
    )
    assert all_of() == Everything()
