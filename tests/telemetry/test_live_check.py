"""What a stream of lines says about the catalog, and the event types that are proposed for what is in none."""

from __future__ import annotations

import json

import pytest

from tests.components.shop import OrderReceived, OrderRejected, Reason
from vigil_telemetry import bind, emit
from vigil_telemetry.bridges.stdlib import BridgeHandler
from vigil_telemetry.live_check import check, infer, lines_of, template_of
from vigil_telemetry.outputs.otlp import record_of

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
    "raw", [b"", b"  \n", b"plain text", b"[1,2]", b'"x"', b"\xff\xfe", b"{", b'{"resourceLogs": 3}']
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
