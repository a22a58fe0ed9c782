"""What a query means: each test is a sentence of Google's page on the query language with its own example."""

import pytest

from vigil_apimodel.lql import (
    And,
    Call,
    Comparison,
    Everything,
    FieldPath,
    Not,
    Null,
    Operator,
    Or,
    Present,
    Restriction,
    Text,
    Variable,
    eq,
    has,
    matches,
    parse,
    present,
)


def word(text: str) -> Restriction:
    return Restriction(text)


def test_not_binds_tightest_then_or_then_and():
    assert parse('"a" OR NOT "b" AND NOT "c" OR "d"') == And(
        (Or((word("a"), Not(word("b")))), Or((Not(word("c")), word("d"))))
    )
    assert parse('("a" OR (NOT "b")) AND ((NOT "c") OR "d")') == parse('"a" OR NOT "b" AND NOT "c" OR "d"')


def test_and_may_be_left_out_and_minus_stands_for_not():
    assert parse('a="b" AND c="d" AND NOT e="f"') == parse('a="b" c="d" -e="f"')
    assert parse('a="b"\nc="d"') == And((eq("a", "b"), eq("c", "d")))


def test_an_omitted_and_binds_no_tighter_than_a_written_one():
    assert parse("x=1 y=2 OR z=3") == And((eq("x", 1), Or((eq("y", 2), eq("z", 3)))))


def test_lower_case_operators_are_search_terms():
    assert parse("x and y") == And((word("x"), word("and"), word("y")))


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("a = 1", Operator.EQUAL),
        ("a != 1", Operator.NOT_EQUAL),
        ("a > 1", Operator.GREATER),
        ("a >= 1", Operator.GREATER_OR_EQUAL),
        ("a < 1", Operator.LESS),
        ("a <= 1", Operator.LESS_OR_EQUAL),
        ("a : 1", Operator.HAS),
        ("a =~ 1", Operator.MATCHES),
        ("a !~ 1", Operator.NOT_MATCHES),
    ],
)
def test_every_comparison_operator(text, operator):
    assert parse(text) == Comparison(FieldPath(("a",)), operator, Text("1"))
    assert parse(text.replace(" ", "")) == parse(text)


def test_a_value_group_applies_field_and_operator_to_each_element():
    assert parse('jsonPayload.cat = ("longhair" OR "shorthair")') == Or(
        (eq("jsonPayload.cat", "longhair"), eq("jsonPayload.cat", "shorthair"))
    )
    assert parse('jsonPayload.animal : ("nice" AND "pet")') == And(
        (has("jsonPayload.animal", "nice"), has("jsonPayload.animal", "pet"))
    )
    assert parse("textPayload:(unicorn phoenix)") == And((has("textPayload", "unicorn"), has("textPayload", "phoenix")))


def test_within_a_value_group_precedence_and_negation_hold_too():
    assert parse("a = (x OR y AND NOT z)") == And((Or((eq("a", "x"), eq("a", "y"))), Not(eq("a", "z"))))
    assert parse("a = (x OR (y z))") == Or((eq("a", "x"), And((eq("a", "y"), eq("a", "z")))))
    assert parse("a = (x -y)") == And((eq("a", "x"), Not(eq("a", "y"))))


def test_parentheses_around_restrictions_change_nothing():
    assert parse('("cat" AND ("hat" OR "bat"))') == parse('"cat" AND "hat" OR "bat"')


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ('labels."compute.googleapis.com/resource_id" = 1', ("labels", "compute.googleapis.com/resource_id")),
        ('jsonPayload.":name":apple', ("jsonPayload", ":name")),
        ('jsonPayload."foo.bar":apple', ("jsonPayload", "foo.bar")),
        (r'jsonPayload."\"foo\"":apple', ("jsonPayload", '"foo"')),
        ("jsonPayload.@type = x", ("jsonPayload", "@type")),
        ("protoPayload.request.@type = x", ("protoPayload", "request", "@type")),
        ("jsonPayload.a-b = x", ("jsonPayload", "a-b")),
        ("jsonPayload.NOT = x", ("jsonPayload", "NOT")),
    ],
)
def test_paths_with_special_characters_in_quotes(text, segments):
    parsed = parse(text)
    assert isinstance(parsed, Comparison)
    assert parsed.field == FieldPath(segments)


def test_presence_null_and_the_words_themselves():
    assert parse("operation.id:*") == present("operation.id")
    assert parse("a:*") == Comparison(FieldPath(("a",)), Operator.HAS, Present())
    assert parse('a:"*"') == has("a", "*")
    assert parse("jsonPayload.field = NULL_VALUE") == Comparison(
        FieldPath(("jsonPayload", "field")), Operator.EQUAL, Null()
    )
    assert parse('jsonPayload.field = "NULL_VALUE"') == eq("jsonPayload.field", "NULL_VALUE")


def test_unquoted_values_numbers_and_dotted_texts():
    assert parse("severity >= ERROR") == Comparison(FieldPath(("severity",)), Operator.GREATER_OR_EQUAL, Text("ERROR"))
    assert parse("a = -3.2e-8") == eq("a", "-3.2e-8")
    assert parse("a > +5") == Comparison(FieldPath(("a",)), Operator.GREATER, Text("+5"))
    assert parse("protoPayload.serviceName = storage.googleapis.com") == eq(
        "protoPayload.serviceName", "storage.googleapis.com"
    )
    assert parse("logName = projects/p/logs/run.googleapis.com%2Fstdout") == eq(
        "logName", "projects/p/logs/run.googleapis.com%2Fstdout"
    )


def test_a_minus_before_a_term_negates_and_before_a_number_belongs_to_it():
    assert parse("a > -5 -b=1") == And((Comparison(FieldPath(("a",)), Operator.GREATER, Text("-5")), Not(eq("b", 1))))


@pytest.mark.parametrize(
    ("literal", "text"),
    [
        (r'"a\"b"', 'a"b'),
        (r'"a\\b"', "a\\b"),
        (r'"a\tb\n"', "a\tb\n"),
        (r'"\x41\101\u00e9\U0001F600"', "AAé😀"),
        (r'"\d+\.\d"', r"\d+\.\d"),
        (r'"\\d+\\.\\d"', r"\d+\.\d"),
        (r'"\bword\b"', r"\bword\b"),
        ('"line\nbreak"', "line\nbreak"),
    ],
)
def test_escapes_in_strings(literal, text):
    assert parse(f"a = {literal}") == eq("a", text)


def test_comments_at_the_beginning_between_terms_and_at_the_end():
    query = """
    -- All of our target users are emitted by Compute Engine instances.
    resource.type = "gce_instance"
    -- jsonPayload.targetUser = "alex"
    jsonPayload.targetUser = "kiran" -- jsonPayload.targetUser = "sasha"
    """
    assert parse(query) == And((eq("resource.type", "gce_instance"), eq("jsonPayload.targetUser", "kiran")))


def test_two_dashes_within_a_string_or_a_word_are_no_comment():
    assert parse('a = "x -- y"') == eq("a", "x -- y")
    assert parse("a = x--y") == eq("a", "x--y")


@pytest.mark.parametrize("text", ["", "   ", "-- nothing\n"])
def test_the_empty_query_matches_everything(text):
    assert parse(text) == Everything()


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ('log_id("cloudaudit.googleapis.com/activity")', Call("log_id", (Text("cloudaudit.googleapis.com/activity"),))),
        ("source(projects/my-project)", Call("source", (Text("projects/my-project"),))),
        ("source(folders/folder_123)", Call("source", (Text("folders/folder_123"),))),
        ("sample(insertId, 0.25)", Call("sample", (FieldPath(("insertId",)), Text("0.25")))),
        ("sample(insertId, 1)", Call("sample", (FieldPath(("insertId",)), Text("1")))),
        (
            'ip_in_net(jsonPayload.realClientIP, "10.1.2.0/24")',
            Call("ip_in_net", (FieldPath(("jsonPayload", "realClientIP")), Text("10.1.2.0/24"))),
        ),
        (
            'ip_in_net(jsonPayload.ip, "1:2::/48")',
            Call("ip_in_net", (FieldPath(("jsonPayload", "ip")), Text("1:2::/48"))),
        ),
        ('SEARCH("`hello world`")', Call("search", (Text("`hello world`"),))),
        (
            'SEARCH(textPayload, "hello world")',
            Call("search", (FieldPath(("textPayload",)), Text("hello world"))),
        ),
        ('LOG_ID("stdout")', Call("log_id", (Text("stdout"),))),
        ('SEARCH ("hello")', Call("search", (Text("hello"),))),
    ],
)
def test_every_published_function_that_is_true_or_false(text, call):
    assert parse(text) == call


def test_functions_that_give_a_value_are_compared():
    assert parse('cast(timestamp, STRING, TIMEZONE("America/New_York")) =~ "^2023-01-02.*"') == Comparison(
        Call(
            "cast",
            (FieldPath(("timestamp",)), Text("STRING"), Call("timezone", (Text("America/New_York"),))),
        ),
        Operator.MATCHES,
        Text("^2023-01-02.*"),
    )
    chained = r'CAST(REGEXP_EXTRACT(CAST(timestamp, STRING), "\\d+:\\d+:\\d+\\.(\\d+)"), INT64) < 500'
    assert parse(chained) == Comparison(
        Call(
            "cast",
            (
                Call(
                    "regexp_extract",
                    (Call("cast", (FieldPath(("timestamp",)), Text("STRING"))), Text(r"\d+:\d+:\d+\.(\d+)")),
                ),
                Text("INT64"),
            ),
        ),
        Operator.LESS,
        Text("500"),
    )


def test_a_regular_expression_may_be_a_group():
    assert parse('labels.env =~ ("^prod.*server" OR "^staging.*server")') == Or(
        (matches("labels.env", "^prod.*server"), matches("labels.env", "^staging.*server"))
    )


def test_a_parenthesis_after_a_word_and_a_space_is_a_separate_term():
    assert parse("unicorn (x OR y)") == And((word("unicorn"), Or((word("x"), word("y")))))
    assert parse("NOT(x OR y)") == Not(Or((word("x"), word("y"))))
    assert parse("x AND(y OR z)") == And((word("x"), Or((word("y"), word("z")))))


def test_variables_of_panels_are_no_search_terms():
    assert parse('resource.type="x"\n${endpoint_id} ${location.value}') == And(
        (eq("resource.type", "x"), Variable("endpoint_id"), Variable("location.value"))
    )
    assert parse('a="${NAME}"') == eq("a", "${NAME}")


def test_a_conjunction_within_a_conjunction_is_the_same_conjunction():
    assert parse("a=1 (b=2 c=3)") == And((eq("a", 1), eq("b", 2), eq("c", 3)))
    assert And((eq("a", 1), And((eq("b", 2), eq("c", 3))))).terms == (eq("a", 1), eq("b", 2), eq("c", 3))
