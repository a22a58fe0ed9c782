"""What a stream of lines says about the catalog, and the event types that are proposed for what is in none."""

from __future__ import annotations

import json
import sys
import types

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.components.shop import OrderReceived, OrderRejected, Reason
from vigil_telemetry import bind, emit
from vigil_telemetry.bridges.stdlib import BridgeHandler
from vigil_telemetry.event import registered
from vigil_telemetry.live_check import BROKEN, check, documents, lines_of, severity_of, template_of
from vigil_telemetry.outputs.otlp import record_of
from vigil_telemetry.proposals import infer, module
from vigil_telemetry.schema import schema_of

OWN = ["order.received", "order.rejected", "order.wide"]


def written(recorded):
    with bind(request_id="0123456789abcdef", user="jane@example.com"):
        emit(OrderReceived(waited=0.2))
        emit(OrderReceived(waited=0.3))
        emit(OrderRejected(reason=Reason.OUT_OF_STOCK, note="none left"))
    import logging

    BridgeHandler().handle(
        logging.makeLogRecord({"name": "lib", "levelno": 20, "levelname": "INFO", "msg": "took 12 ms"})
    )
    return recorded.raw


def as_entry(line):
    payload = json.loads(line)
    severity, time = payload.pop("severity"), payload.pop("time")
    return json.dumps(
        {"logName": "projects/p/logs/x", "severity": severity, "timestamp": time, "jsonPayload": payload}
    ).encode()


def as_otlp(line):
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record_of(line)]}]}]}).encode()


@pytest.mark.parametrize("form", [bytes, as_entry, as_otlp])
def test_what_appeared_and_what_did_not_whatever_form_it_came_in(recorded, form) -> None:
    report = check((form(line) for line in written(recorded)), expected=OWN)
    assert report.lines == 4
    assert {name: seen.count for name, seen in report.seen.items()} == {"order.received": 2, "order.rejected": 1}
    assert dict(report.seen["order.rejected"].fields) == {"reason": 1, "note": 1}
    assert report.never == ["order.wide"]
    assert dict(report.foreign) == {"took … ms": 1}
    assert report.personal == {}
    assert report.failures(complete=True) == ["order.wide never appeared"]


def test_undeclared_fields_other_types_and_personal_data_are_named_without_the_data(recorded) -> None:
    emit(OrderReceived(waited=0.2))
    line = json.loads(recorded.raw[0])
    broken = [
        line | {"waited": "soon"},
        line | {"customer": "jane@example.com"},
        {"message": "paid with 4111 1111 1111 1111", "severity": "INFO"},
    ]
    report = check((json.dumps(one).encode() for one in broken), expected=OWN)
    assert set(report.wrong) == {
        "order.received: waited: 'soon' is no float",
        "order.received: customer: not declared by order.received",
    }
    assert set(report.personal) == {"order.received: customer", "(foreign): message"}
    shown = json.dumps(report.document())
    assert "jane@example.com" not in shown
    assert "4111" not in shown


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  \n",
        b"plain text",
        b"[1,2]",
        b'"x"',
        b"\xff\xfe",
        b"{",
        b'{"resourceLogs": 3}',
        b"\xef\xbb\xbf{}",
        b"[{}, 3]",
        b'{"event": {"name": "x"}, "message": ["m"]}',
        b'{"event": ["x"]}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"intValue": "many"}}, {"body": {}}, {"body": 3}]}]}]}',
    ],
)
def test_anything_may_come(raw) -> None:
    list(lines_of(raw))
    check([raw])
    infer([raw])


def test_lines_that_say_the_same_are_one_proposal() -> None:
    def line(number, user, gateway):
        return json.dumps(
            {
                "severity": "ERROR",
                "logger": "shop.pay",
                "message": f"payment {number} of {user} failed",
                "extra": {"amount": number, "gateway": gateway, "payer": user, "retry": number % 2 == 0},
            }
        ).encode()

    stream = [line(n, f"user{n}@example.com", ("adyen", "stripe")[n % 2]) for n in range(8)]
    (proposal,) = infer([*stream, b'{"message": "once"}'])
    assert (proposal.count, proposal.tag) == (8, "shop_pay.payment_of_failed")
    source = proposal.source()
    assert 'class ShopPayPaymentOfFailed(Event, tag="shop_pay.payment_of_failed"):' in source
    assert "severity: ClassVar = Severity.ERROR" in source
    assert "gateway: Label[Literal['adyen', 'stripe']]" in source
    assert "amount: Measure[Number]" in source
    assert "retry: Label[bool]" in source
    assert "payer: Pseudonym[str]" in source
    assert "user1@example.com" not in source
    compile(source, "proposal", "exec")


def test_a_template_has_no_values() -> None:
    line = {"message": "order 7 of 'x' at 3.5 by 5b8efff798038103d269b633813fc60c for jane@example.com"}
    assert "7" not in template_of(line).replace("…", "")
    assert "jane" not in template_of(line)


def test_a_template_does_nothing_to_a_terminal() -> None:
    assert template_of({"message": "a\x1b[31mred\x07 \u202ename\r\nend"}) == "a [ mred name end".replace("[ m", "[…m")


PRETTY = json.dumps([{"logName": "projects/p/logs/x", "textPayload": "one"}, {"textPayload": "two"}], indent=2)
ONE_AFTER_THE_OTHER = json.dumps({"message": "one"}, indent=2) + "\n" + json.dumps({"message": "two"}, indent=2)


@pytest.mark.parametrize("text", [PRETTY, ONE_AFTER_THE_OTHER, "\ufeff" + PRETTY, json.dumps(json.loads(PRETTY))])
def test_documents_over_several_lines_and_arrays_are_read(text) -> None:
    stream = text.encode().splitlines(keepends=True)
    assert [line["message"] for raw in documents(stream) for line in lines_of(raw)] == ["one", "two"]


def test_text_that_only_begins_like_a_document_stays_lines() -> None:
    assert list(documents([b"[worker] up\n", b"[worker] down\n"])) == [b"[worker] up\n", b"[worker] down\n"]


def test_attributes_and_labels_are_searched_for_personal_data() -> None:
    pair = {"key": "payer", "value": {"stringValue": "jane@example.com"}}
    otlp = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"severityNumber": 17, "attributes": [pair]}]}]}]}
    spans = {"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "GET", "attributes": [pair]}]}]}]}
    entry = {"logName": "projects/p/logs/x", "textPayload": "paid", "labels": {"payer": "jane@example.com"}}
    report = check(json.dumps(one).encode() for one in (otlp, spans, entry))
    assert len(report.personal) == 2, report.personal
    assert report.personal["(foreign): logging.googleapis.com/labels.payer"] == 2
    assert "jane@example.com" not in json.dumps(report.document())
    (line,) = lines_of(json.dumps(otlp).encode())
    assert line["severity"] == "ERROR", "by its number"


def declared_by(source: str) -> list[type]:
    """The events of a module of this source, as an application would import it."""
    made = types.ModuleType("vigil_proposed")
    sys.modules[made.__name__] = made
    try:
        exec(compile(source, "vigil_proposed.py", "exec"), made.__dict__)
        found = [one for one in vars(made).values() if isinstance(one, type) and one.__module__ == made.__name__]
        for one in found:
            schema_of(one)
        return found
    finally:
        del sys.modules[made.__name__]
        forget(made.__name__)


def forget(name: str) -> None:
    """Take the module's events out of the catalog, which other tests look at."""
    from vigil_telemetry import event

    for key in [key for key in event._declared if key[0] == name]:
        del event._declared[key]


KEYS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            "version",
            "since",
            "message",
            "Message",
            "severity_by",
            "class",
            "self",
            "1st",
            "a-b",
            "a_b",
            "A.B",
            "event",
            "__x__",
        ]
    ),
)
VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=9)
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=6,
)
LINES = st.fixed_dictionaries(
    {"message": st.one_of(st.text(max_size=12), st.sampled_from(["C:\\new\\x", 'say "no"', "\\", '"""', "{a} {}"]))},
    optional={"logger": st.sampled_from(["", "3rd.party", "event", "class", "Ünï"]), "extra": VALUES, "event": VALUES},
)


@given(
    st.lists(
        st.builds(lambda line, more: {**more, **line}, LINES, st.dictionaries(KEYS, VALUES, max_size=4)), max_size=6
    )
)
def test_whatever_is_proposed_is_a_module_of_well_formed_events(lines) -> None:
    stream = [json.dumps(line).encode() for line in lines]
    check(stream)
    proposals = infer(stream, at_least=1)
    before = set(registered())
    assert len(declared_by(module(proposals))) == len(proposals)
    assert set(registered()) == before


def test_a_field_that_some_lines_lack_may_stand_before_one_that_all_have() -> None:
    stream = [b'{"message": "m", "z": 1, "http": {"status": 500}}', b'{"message": "m", "z": 2, "a": "x"}']
    (proposal,) = infer(stream)
    source = module([proposal])
    assert "a: Label[Literal['x']] | None = None" in source
    assert "http_status: Measure[Number] | None = None" in source
    assert "z: Measure[Number]  # say its unit" in source
    assert "kw_only=True" in source
    (made,) = declared_by(source)
    assert [field.name for field in schema_of(made).fields] == ["a", "http_status", "z"]


def test_without_a_proposal_there_is_a_module_all_the_same() -> None:
    assert declared_by(module(infer([b'{"message": "once"}']))) == []


def test_messages_and_levels_of_other_libraries_are_read() -> None:
    """As pino, zap, structlog, Serilog and Docker write them."""
    stream = [
        b'{"level": 50, "msg": "payment failed", "time": 1, "amount_s": 2.5}',
        b'{"level": "error", "msg": "payment failed", "ts": 1.5, "amount_s": 3}',
        b'{"lvl": "warn", "event": "cache is cold", "size_bytes": 7}',
        b'{"@l": "Fatal", "@m": "disk is full", "took_ms": 3, "n_tokens": 1.5}',
        b'{"log": "started\\n", "stream": "stdout"}',
        b'{"size": 1, "colour": "red"}',
    ]
    found = {one.template: one for one in infer(stream, at_least=1)}
    assert set(found) == {"payment failed", "cache is cold", "disk is full", "started", "colour, size"}
    severities = [next(iter(one.severities)) for one in found.values()]
    assert severities == ["ERROR", "WARNING", "CRITICAL", "INFO", "INFO"]
    assert found["payment failed"].fields.keys() == {"amount_s"}, "what says severity and time is no field"
    source = module(list(found.values()))
    for declared in (
        "amount_s: Measure[Seconds]\n",
        "size_bytes: Measure[Bytes]\n",
        "took_ms: Measure[Milliseconds]\n",
        "n_tokens: Measure[Share]  # say its unit\n",
    ):
        assert declared in source
    assert len(declared_by(source)) == 5


def test_a_line_that_names_its_event_is_found_and_proposed_by_that_name() -> None:
    stream = [b'{"event": "oven.baked", "message": "loaf %d"}' % n for n in (1, 2)]
    stream += [b'{"event": "oven.baked", "message": "another text"}', b'{"event": "oven.burnt"}', b'{"event": "Oven"}']
    assert check(stream).foreign == {
        "oven.baked: loaf …": 2,
        "oven.baked: another text": 1,
        "oven.burnt": 1,
        "Oven": 1,
    }
    proposals = infer(stream, at_least=1)
    assert [(one.tag, one.name, one.count) for one in proposals] == [
        ("oven.baked", "OvenBaked", 3),
        ("oven.burnt", "OvenBurnt", 1),
        ("app.oven", "AppOven", 1),
    ]
    assert len(declared_by(module(proposals))) == 3


def test_broken_json_is_named_and_not_proposed_but_searched() -> None:
    stream = [
        b'{"message": "cut',
        b'{ "to": "jane@example.com", ',
        b"{a} is text",
        b'{"a": NaN, "b": -Infinity}',
        b'{"b": "\xff"}',
    ]
    report = check(stream)
    assert report.foreign == {BROKEN: 2, "{a} is text": 1, "a, b": 1, "b": 1}
    assert report.personal == {"(foreign): message": 1}
    assert [one.template for one in infer(stream, at_least=1)] == ["{a} is text", "a, b", "b"]


def test_what_a_nested_object_holds_is_proposed_also_where_its_name_is_one_of_ours() -> None:
    (proposal,) = infer([b'{"msg": "in", "user": {"id": 7, "email": "jane@example.com"}, "request_id": "x"}'] * 2)
    assert proposal.fields.keys() == {"user_id", "user_email"}
    assert "user_email: Pseudonym[str]" in proposal.source()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ({"level": 30}, "INFO"),
        ({"level": "trace"}, "DEBUG"),
        ({"severity": "NOTICE", "level": "error"}, "NOTICE"),
        ({}, "INFO"),
    ],
)
def test_a_severity_has_cloud_logging_s_name(line, expected) -> None:
    assert severity_of(line) == expected
