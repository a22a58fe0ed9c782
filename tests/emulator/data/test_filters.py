"""Queries evaluated on entries, as Google's documentation of the query language says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_apimodel import lql
from vigil_emulator.logging.entry import Entry, severity_number
from vigil_emulator.logging.errors import FilterError
from vigil_emulator.logging.filters import compile_expression, compiled
from vigil_emulator.logging.index import FilterIndex, required
from vigil_emulator.logging.paths import elements, getter
from vigil_emulator.times import parse_time


def entry(**fields):
    body = {"logName": "projects/p/logs/run.googleapis.com%2Fstdout", "insertId": "i", "timestamp": "2026-03-01T12:00:00Z",
            "receiveTimestamp": "2026-03-01T12:00:01Z", "resource": {"type": "cloud_run_revision", "labels": {"service_name": "api"}}, **fields}  # fmt: skip
    return Entry(
        body,
        parse_time(body["timestamp"]),
        parse_time(body["receiveTimestamp"]),
        severity_number(body.get("severity")),
        body["logName"],
        body["insertId"],
    )


FULL = entry(
    severity="ERROR",
    labels={"tenant": "Blue", "k8s-pod/app": "web"},
    httpRequest={"status": 503, "latency": "1.500s", "remoteIp": "10.1.2.3", "requestUrl": "/orders"},
    trace="projects/p/traces/abc",
    jsonPayload={
        "event": "order.rejected", "message": "Payment refused: card 12", "count": 7, "ratio": 0.25, "text_number": "10",
        "flag": True, "nothing": None, "tags": ["red", "Green"], "items": [{"sku": "a1", "price": 3}, {"sku": "b2", "price": 9}],
        "nested": {"deep": {"value": "X", "deep": [{"value": "Y"}]}}, "levels": [1, None, 3], "rows": [["r1", "R2"], []],
        "groups": [{"names": ["ann", "Bob"], "at": "10.0.0.1"}, {"names": [], "at": ["10.9.0.1"]}], "a.b": "dotted", "ip": "192.168.1.7", "empty": "",
    },
)  # fmt: skip
BARE = entry(textPayload="The cat in the Hat")

TRUE_OF_FULL = [
    "", "severity>=ERROR", "severity=error", "severity>INFO", "severity!=INFO", "severity<=ERROR", "severity=500",
    'jsonPayload.event="ORDER.Rejected"', 'jsonPayload.event:"reject"', 'jsonPayload.event=~"^order\\.[a-z]+$"',
    'jsonPayload.event!~"^shipment"', "jsonPayload.count=7", "jsonPayload.count>6.5", "jsonPayload.count<=7", 'jsonPayload.count="7.0"',
    "jsonPayload.ratio<0.3", 'jsonPayload.text_number="10"', "jsonPayload.flag=true", "jsonPayload.flag!=false",
    "jsonPayload.nothing=NULL_VALUE", "jsonPayload.tags=red", 'jsonPayload.tags="green"', "jsonPayload.tags:ree",
    'jsonPayload.items.sku="b2"', "jsonPayload.items.price>8", "jsonPayload.items.price<4", 'jsonPayload.nested.deep.value="x"',
    "jsonPayload.nested:*", 'jsonPayload:"refused"', 'jsonPayload."a.b"=dotted', 'labels.tenant="blue"', 'labels."k8s-pod/app"=web',
    'resource.type="cloud_run_revision"', "resource.labels.service_name=api", "httpRequest.status>=500", "httpRequest.latency>1s",
    "httpRequest.latency<=1.5s", "http_request.STATUS=503", "httpRequest.status:*", "trace:*", 'logName:"stdout"',
    'log_id("run.googleapis.com/stdout")', "source(projects/p)", 'ip_in_net(jsonPayload.ip, "192.168.0.0/16")',
    'ip_in_net(httpRequest.remoteIp, "10.1.2.0/24")', 'timestamp>="2026-03-01T12:00:00Z"', 'timestamp<"2026-03-01T13:00:00+00:30"',
    'timestamp>"2026-03-01"', '"refused"', "REFUSED", 'payment AND "card 12"', "NOT textPayload:robot", "-jsonPayload.missing=1",
    'jsonPayload.event=("other" OR "order.rejected")', 'SEARCH("refused payment")', 'SEARCH(jsonPayload.message, "card")',
    'SEARCH("`Payment refused`")', "cast(jsonPayload.text_number, INT64)>9", 'cast(jsonPayload.count, STRING)="7"',
    'regexp_extract(jsonPayload.message, "card (\\\\d+)")="12"', 'textPayload=""', "traceSampled=false", "operation.first!=true",
    'cast(timestamp, STRING, TIMEZONE("Europe/Berlin"))=~"T13:00"', "sample(insertId, 1)", "httpRequest.cacheHit=false",
    "jsonPayload.levels>2", "jsonPayload.levels>=3", "jsonPayload.levels<2", "jsonPayload.levels<=1", "jsonPayload.levels!=1",
    "jsonPayload.levels=NULL_VALUE", "jsonPayload.levels!=NULL_VALUE", 'jsonPayload.tags=~"^r"', 'jsonPayload.tags!~"^r"', "jsonPayload.tags:*",
    "jsonPayload.tags=red AND jsonPayload.tags=green", 'jsonPayload.rows="r2"', 'jsonPayload.rows!="r1"', "jsonPayload.rows:r1",
    'jsonPayload.groups.names="bob"', "jsonPayload.groups.names:AN", 'jsonPayload.groups.names!="ann"', "jsonPayload.groups:bob",
    'ip_in_net(jsonPayload.groups.at, "10.9.0.0/16")', 'jsonPayload.nested.deep.deep.value="y"', 'SEARCH(jsonPayload.groups, "bob")',
    'jsonPayload =~ "refused"', "NOT (severity<ERROR OR jsonPayload.count=8)", 'jsonPayload.empty=""', 'severity=~"^ERR"',
]  # fmt: skip
FALSE_OF_FULL = [
    "severity<ERROR", "severity>ERROR", "severity=INFO", 'jsonPayload.event=~"ORDER"', 'jsonPayload.event="order"', "jsonPayload.count=8",
    "jsonPayload.missing=1", "jsonPayload.missing!=1", "jsonPayload.missing:*", 'jsonPayload.missing!~"x"', "labels.other!=x",
    "jsonPayload.missing=NULL_VALUE", "jsonPayload.event=NULL_VALUE", "jsonPayload.nothing:x", "jsonPayload.nothing=0",
    "jsonPayload.count:1", 'jsonPayload.count="seven"', "jsonPayload.nested=x", 'jsonPayload.nested.deep="X"', "jsonPayload.items.sku=c3",
    "httpRequest.status<500", "httpRequest.latency>2s", "httpRequest.userAgent:*", "spanId:*", 'log_id("stdout")', "source(projects/q)",
    'ip_in_net(jsonPayload.ip, "10.0.0.0/8")', 'ip_in_net(jsonPayload.event, "10.0.0.0/8")', 'timestamp>"2026-03-01T12:00:00Z"',
    "shipment", 'SEARCH("pay")', 'SEARCH(jsonPayload.event, "refused")', 'SEARCH("`payment refused`")', "sample(jsonPayload.missing, 1)",
    "cast(jsonPayload.event, INT64)>0", 'regexp_extract(jsonPayload.event, "card (\\\\d+)")!="12"', "traceSampled=true",
    "jsonPayload.tags=blue", "jsonPayload.levels>3", "jsonPayload.levels<1", 'jsonPayload.tags!~"e"', "jsonPayload.tags=re", "jsonPayload.rows=r3",
    "jsonPayload.groups.names=b", "jsonPayload.groups.missing!=x", "jsonPayload.tags=NULL_VALUE", "jsonPayload.groups=ann",
    "jsonPayload.items.sku=NULL_VALUE", 'ip_in_net(jsonPayload.groups.at, "10.8.0.0/16")', 'jsonPayload.nested.deep.deep.deep.value="y"', "NOT severity>=ERROR", 'trace=""', "jsonPayload.flag=1",
]  # fmt: skip


@pytest.mark.parametrize("query", TRUE_OF_FULL)
def test_a_query_that_holds_matches_the_entry(query):
    assert compiled(query)(FULL)


@pytest.mark.parametrize("query", FALSE_OF_FULL)
def test_a_query_that_does_not_hold_matches_nothing(query):
    assert not compiled(query)(FULL)


@pytest.mark.parametrize(
    "query",
    [
        "cat",
        'textPayload:"CAT IN"',
        "severity=DEFAULT",
        'trace=""',
        "httpRequest.status=0",
        "NOT jsonPayload.event:*",
        "NOT jsonPayload.a=1",
    ],
)
def test_fields_of_logentry_that_are_not_set_have_their_default(query):
    assert compiled(query)(BARE)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("thud=1", "Field not found: 'thud'"),
        ("operation.thud=1", "Field not found: 'operation.thud'"),
        ("severity>=LOUD", "Unknown severity"),
        ('timestamp>"soon"', "RFC 3339"),
        ("httpRequest.status=many", "a number is needed"),
        ('jsonPayload.a=~"("', "Invalid regular expression"),
        ("jsonPayload.a>", "Unparseable filter"),
        ("${variable}", "variable of a dashboard"),
        ("jsonPayload.a>NULL_VALUE", "NULL_VALUE has no order"),
        ('timestamp=~"2026"', "cast"),
        ("jsonPayload.a=cast(jsonPayload.b, STRING)", "cannot be evaluated"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error_and_never_matches_all(query, reason):
    with pytest.raises(FilterError, match=reason):
        compiled(query)


def test_a_sample_is_stable_and_of_its_size():
    kept = [e for e in (entry(insertId=str(i)) for i in range(2000)) if compiled("sample(insertId, 0.25)")(e)]
    assert 400 < len(kept) < 600
    assert all(compiled("sample(insertId, 0.5)")(e) for e in kept)


words = st.sampled_from(["a", "B", "ab", "A B", "1", "2.5", "true", ""])
comparisons = st.builds(
    lql.Comparison,
    st.sampled_from(
        [lql.field(f) for f in ("jsonPayload.x", "jsonPayload.y", "jsonPayload.x.y", "labels.z", "textPayload")]
    ),
    st.sampled_from([lql.Operator.EQUAL, lql.Operator.NOT_EQUAL, lql.Operator.HAS, lql.Operator.LESS]),
    words.map(lql.Text),
)
expressions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        inner.map(lql.Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: lql.And(tuple(terms))),
        st.lists(inner, min_size=2, max_size=3).map(lambda terms: lql.Or(tuple(terms))),
    ),
    max_leaves=6,
)
scalars = st.one_of(words, st.integers(0, 3), st.booleans(), st.none())
payloads = st.dictionaries(
    st.sampled_from(["x", "y"]),
    st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.just("y"), inner)),
        max_leaves=4,
    ),
)
entries = st.builds(
    lambda payload, labels: entry(jsonPayload=payload, labels=labels), payloads, st.dictionaries(st.just("z"), words)
)


@given(expressions, entries)
def test_negation_and_de_morgan(expr, found):
    holds = compile_expression(expr)(found)
    assert compile_expression(lql.Not(expr))(found) is not holds
    if isinstance(expr, (lql.And, lql.Or)):
        other = lql.Or if isinstance(expr, lql.And) else lql.And
        assert compile_expression(lql.Not(other(tuple(lql.Not(term) for term in expr.terms))))(found) is holds


@given(expressions, entries)
def test_a_rendered_query_means_the_same(expr, found):
    assert compiled(lql.render(expr))(found) is compile_expression(expr)(found)


@given(st.lists(expressions, max_size=6), entries)
def test_the_index_finds_what_trying_every_filter_finds(exprs, found):
    index = FilterIndex(list(enumerate(exprs)))
    assert sorted(index.matching(found)) == [n for n, expr in enumerate(exprs) if compile_expression(expr)(found)]


@given(expressions, entries)
def test_what_a_filter_requires_is_there_wherever_it_holds(expr, found):
    if not compile_expression(expr)(found):
        return
    for path, texts in required(expr).items():
        value = getter(path)(found)
        held = elements(value) if isinstance(value, list) else [value]
        assert {item.lower() for item in held if isinstance(item, str)} & texts


LISTS = ["a", ["a"], ["a", "b"], ["b", ["A"]], [], [None], [1, "c"], [{"x": "a"}], {"x": [{"x": "a"}]}, [["a"], ["b"]], None, "[]"]  # fmt: skip
TERMS = [
    'jsonPayload.event="a"', 'jsonPayload.event="b"', 'jsonPayload.event!="a"', 'jsonPayload.event:"a"', "jsonPayload.event=NULL_VALUE",
    'jsonPayload.event.x.x="a"', '(jsonPayload.event="a" OR jsonPayload.event="c")',
]  # fmt: skip


@pytest.mark.parametrize("held", LISTS, ids=str)
def test_the_index_of_filters_agrees_with_each_of_two_terms_about_a_list(held):
    """Each term alone decides by the elements, so both hold where each does, whatever the index looks up."""
    found = entry(jsonPayload={"event": held})
    pairs = [f"{one} AND {other}" for one in TERMS for other in TERMS]
    index = FilterIndex([(pair, lql.parse(pair)) for pair in pairs])
    met = [term for term in TERMS if compiled(term)(found)]
    assert sorted(index.matching(found)) == sorted(f"{one} AND {other}" for one in met for other in met)


def test_a_path_in_which_a_name_stands_twice_is_followed_from_where_the_list_is():
    held = compiled('jsonPayload.event.x.x="a"')
    assert held(entry(jsonPayload={"event": {"x": [{"x": "a"}]}}))
    assert held(entry(jsonPayload={"event": {"x": [{"x": "b"}, {"x": ["a"]}]}}))
    assert not held(entry(jsonPayload={"event": {"x": [{"x": {"x": "a"}}]}}))
