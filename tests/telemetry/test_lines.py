"""One event, one line: what stands on it."""

from __future__ import annotations

import inspect
import json
import re
import threading
from datetime import UTC, datetime, timedelta
from enum import Enum, StrEnum
from typing import Annotated, Any, ClassVar, Literal

import msgspec
import pytest

from vigil_telemetry import (
    Bounded,
    Dropped,
    Event,
    HttpRequestCompleted,
    Identifier,
    Label,
    Measure,
    Number,
    Pseudonym,
    Redacted,
    Seconds,
    ServiceStarted,
    Severity,
    SeverityBy,
    Text,
    TraceContext,
    add_ids,
    bind,
    configure,
    counters,
    emit,
    emit_lazy,
    emitter,
    enabled,
    set_level,
    set_sampling,
)
from vigil_telemetry.location import encode_place
from vigil_telemetry.reserved import SOURCE_LOCATION
from vigil_telemetry.writers import Writer, compile_writer


class Reason(StrEnum):
    STOCK = "out_of_stock"


class Colour(Enum):
    RED = "red"


class OrderRejected(Event, tag="lines.order.rejected"):
    """An order was refused."""

    severity: ClassVar = Severity.WARNING
    message: ClassVar = "{items} items refused for {reason} after {waited:.2f} s"

    reason: Label[Reason]
    items: Measure[Number]
    waited: Measure[Seconds]


class Detailed(Event, tag="lines.detailed"):
    """Every kind of field."""

    message: ClassVar = "{colour} {note} {customer} {order} {name}"

    colour: Label[Colour]
    note: Text
    customer: Pseudonym[str]
    name: Redacted[str]
    card: Dropped[str]
    order: Identifier[int] | None = None
    tries: Measure[Number] = 3


class Debugged(Event, tag="lines.debug.detail"):
    """Detail."""

    severity: ClassVar = Severity.DEBUG
    count: Measure[Number]


class Answered(Event, tag="lines.answered"):
    """Answered."""

    severity_by: ClassVar = SeverityBy("outcome", {"failed": Severity.ERROR})
    outcome: Label[Literal["ok", "failed"]]


def _detailed(**changed: Any) -> Detailed:
    fields: dict[str, Any] = {
        "colour": Colour.RED,
        "note": "fine",
        "customer": "jane",
        "name": "Jane",
        "card": "4111111111111111",
    }
    return Detailed(**(fields | changed))


def test_a_line_has_all_that_cloud_logging_reads(recorded) -> None:
    before = datetime.now(UTC)
    with bind(request_id="r-1", user="jane", tenant="acme", trace=TraceContext("a" * 32, "b" * 16, sampled=True)):
        line_number = inspect.currentframe().f_lineno + 1
        emit(OrderRejected(reason=Reason.STOCK, items=3, waited=0.4567))
    entry = recorded.last
    time = datetime.fromisoformat(entry.pop("time"))
    assert before - timedelta(milliseconds=1) <= time <= datetime.now(UTC)
    function = f"{__name__}.test_a_line_has_all_that_cloud_logging_reads"
    assert entry == {
        "severity": "WARNING",
        "message": "3 items refused for out_of_stock after 0.46 s",
        "event": "lines.order.rejected",
        "service": "orders",
        "environment": "test",
        "serviceContext": {"service": "orders", "version": "7"},
        "function": function,
        "logging.googleapis.com/sourceLocation": {"file": __file__, "line": str(line_number), "function": function},
        "logging.googleapis.com/trace": f"projects/shop/traces/{'a' * 32}",
        "logging.googleapis.com/spanId": "b" * 16,
        "logging.googleapis.com/trace_sampled": True,
        "logging.googleapis.com/labels": {"tenant": "acme"},
        "request_id": "r-1",
        "user": entry["user"],
        "reason": "out_of_stock",
        "items": 3,
        "waited": 0.4567,
    }
    assert recorded.raw[0].endswith(b"}\n")
    assert recorded.raw[0].count(b"\n") == 1


def test_each_line_has_the_place_and_the_severity_of_its_own(recorded) -> None:
    """What a line begins with is kept by severity and place: each pair of them, in turn and again."""
    here = inspect.currentframe().f_lineno
    for outcome in ("ok", "failed", "ok"):
        emit(Answered(outcome=outcome))
        emit(Answered(outcome=outcome))
    emit(Answered(outcome="failed"), None, encode_place("/app/shop.py", 12, "shop.pay"))
    emit(Answered(outcome="ok"), None, encode_place("/app/shop.py", 12, "shop.pay"))
    emit(Answered(outcome="ok"), None, encode_place("/app/shop.py", 13, "shop.pay"))
    own = [("INFO", here + 2), ("INFO", here + 3), ("ERROR", here + 2), ("ERROR", here + 3)]
    given = [("ERROR", 12), ("INFO", 12), ("INFO", 13)]
    found = [(entry["severity"], int(entry[SOURCE_LOCATION]["line"])) for entry in recorded.entries]
    assert found == [*own, *own[:2], *given]
    assert {entry[SOURCE_LOCATION]["function"] for entry in recorded.entries[6:]} == {"shop.pay"}
    assert {entry["function"] for entry in recorded.entries[6:]} == {"shop.pay"}


def test_more_places_than_are_kept_have_each_their_own_line(recorded) -> None:
    lines = [*range(1, 1_100), 1]
    for line in lines:
        emit(Answered(outcome="ok"), None, encode_place("/app/shop.py", line, "shop.pay"))
    assert [int(entry[SOURCE_LOCATION]["line"]) for entry in recorded.entries] == lines


class Refunded(Event, tag="lines.refunded"):
    """A payment was given back."""

    reported: ClassVar = True


def test_error_reporting_is_told_the_place_of_a_line_without_an_exception(recorded) -> None:
    emit(Refunded(), None, encode_place("/app/shop.py", 12, "shop.pay"))
    where = {"filePath": "/app/shop.py", "lineNumber": 12, "functionName": "shop.pay"}
    assert recorded.last["context"] == {"reportLocation": where}


@pytest.mark.parametrize(
    "place", [["/app/shop.py"], {"line": 12}, 12, "shop.pay", b"shop.pay", bytearray(encode_place("/a.py", 1, "a.b"))]
)
def test_what_is_no_place_is_left_out_and_named(recorded, place: object) -> None:
    """A list has no hash: it was sought among the places, and the line was lost."""
    emit(Answered(outcome="ok"), None, place)
    here = inspect.currentframe().f_lineno - 1
    assert int(recorded.last[SOURCE_LOCATION]["line"]) == here
    assert (counters.failed, counters.repaired) == (0, 1)
    assert counters.reason == f"emit: place is a {type(place).__name__}; give what `location` encodes"


def test_time_is_rfc_3339_in_utc_with_microseconds(recorded) -> None:
    emit(Answered(outcome="ok"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", recorded.last["time"])


def test_personal_data_leaves_as_its_declaration_says(recorded) -> None:
    emit(_detailed(note="write to jane@example.com", order=7))
    entry = recorded.last
    assert re.fullmatch("hmac:[0-9a-f]{32}", entry["customer"])
    assert entry["name"] == "[redacted]"
    assert "card" not in entry
    assert entry["note"] == "write to [email]"
    assert entry["message"] == f"red write to [email] {entry['customer']} 7 [redacted]"
    assert "jane" not in recorded.raw[0].decode().replace(__name__, "").lower()


def test_pseudonyms_agree_where_the_key_does_and_are_not_hashed_twice(reconfigured) -> None:
    output = reconfigured(pseudonym_key="one")
    emit(_detailed())
    first = output.last["customer"]
    emit(_detailed(customer=first))
    assert output.last["customer"] == first
    with bind(user="jane"):
        emit(Answered(outcome="ok"))
    assert output.last["user"] == first
    reconfigured(pseudonym_key="another")
    emit(_detailed())
    assert output.last["customer"] != first


def test_without_a_key_pseudonyms_are_still_no_plain_hash(reconfigured) -> None:
    import hashlib

    output = reconfigured(pseudonym_key=None)
    emit(_detailed())
    assert hashlib.sha256(b"jane").hexdigest()[:32] not in output.last["customer"]


def test_optional_fields_without_a_value_are_left_out_and_defaults_are_written(recorded) -> None:
    emit(_detailed())
    assert "order" not in recorded.last
    assert recorded.last["tries"] == 3
    assert recorded.last["message"].endswith("- [redacted]")
    emit(ServiceStarted(runtime="python 3.11"))
    assert {"revision", "startup"} & recorded.last.keys() == set()


def test_severity_follows_the_label(recorded) -> None:
    emit(Answered(outcome="ok"))
    emit(Answered(outcome="failed"))
    assert [entry["severity"] for entry in recorded.entries] == ["INFO", "ERROR"]


def test_levels_by_family_change_while_the_process_runs(reconfigured) -> None:
    output = reconfigured(level="INFO", levels={"lines.debug": "DEBUG"})
    emit(Debugged(count=1))
    set_level("INFO", "lines.debug.detail")
    emit(Debugged(count=2))
    assert not enabled(Debugged)
    set_level(Severity.ERROR)
    emit(Answered(outcome="ok"))
    emit(Answered(outcome="failed"))
    assert [entry["event"] for entry in output.entries] == ["lines.debug.detail", "lines.answered"]
    assert output.last["outcome"] == "failed"


@pytest.mark.parametrize(
    "first", [enabled, lambda kind: emit(kind(count=1)), lambda kind: emit_lazy(kind, lambda: kind(count=1))]
)
def test_a_level_that_another_thread_sets_holds_for_an_event_whose_writer_is_being_made(
    reconfigured, monkeypatch, first
) -> None:
    output = reconfigured()
    made: list[type[Event]] = []

    def overtaken(kind: type[Event]) -> Writer:
        writer = compile_writer(kind)
        if not made:
            other = threading.Thread(target=set_level, args=("INFO",))
            other.start()
            other.join()
        made.append(kind)
        return writer

    monkeypatch.setattr(emitter, "compile_writer", overtaken)
    first(Debugged)
    assert made == [Debugged, Debugged]
    assert not enabled(Debugged)
    emit(Debugged(count=2))
    emit_lazy(Debugged, lambda: Debugged(count=3))
    assert output.raw == []


class Base(Event, tag="lines.base"):
    """The base of another event."""

    count: Measure[Number]


class Derived(Base, tag="lines.derived"):
    """An event with the fields of another, and one more."""

    severity: ClassVar = Severity.ERROR

    tries: Measure[Number]


def test_an_event_that_is_derived_from_another_is_written_as_itself_whichever_comes_first(reconfigured) -> None:
    for events in ([Base(count=1), Derived(count=2, tries=3)], [Derived(count=2, tries=3), Base(count=1)]):
        output = reconfigured()
        output.raw.clear()
        for event in events * 2:
            emit(event)
        assert [(entry["event"], entry["severity"], entry.get("tries")) for entry in output.entries] == [
            ("lines.derived", "ERROR", 3) if isinstance(event, Derived) else ("lines.base", "INFO", None)
            for event in events * 2
        ]


def test_an_event_that_is_derived_from_one_written_before_is_written_as_itself(recorded) -> None:
    emit(Base(count=1))

    class Later(Base, tag="lines.later"):
        """Declared after its base was written."""

        tries: Measure[Number]

    emit(Later(count=2, tries=3))
    assert (recorded.last["event"], recorded.last["tries"]) == ("lines.later", 3)


@pytest.mark.parametrize(
    ("environment", "written"), [("prod", False), ("production", False), ("dev", True), (None, True)]
)
def test_the_environment_decides_the_level_where_none_is_given(recorded, monkeypatch, environment, written) -> None:
    monkeypatch.delenv("VIGIL_LOG_LEVEL", raising=False)
    configure(environment=environment, output=recorded)
    assert enabled(Debugged) is written


def test_an_unknown_level_is_refused_with_the_levels_there_are() -> None:
    with pytest.raises(ValueError, match="level 'LOUD' is not one of DEFAULT, DEBUG, INFO"):
        configure(level="LOUD")


def test_the_lazy_form_builds_nothing_where_the_level_is_off(reconfigured) -> None:
    output = reconfigured(level="INFO")
    built: list[int] = []

    def build() -> Debugged:
        built.append(1)
        return Debugged(count=1)

    emit_lazy(Debugged, build)
    emit_lazy(Debugged, build)
    assert (built, output.raw) == ([], [])
    set_level("DEBUG")
    emit_lazy(Debugged, build)
    assert built == [1]
    assert output.last["function"].endswith("test_the_lazy_form_builds_nothing_where_the_level_is_off")


def test_sampled_lines_carry_their_rate_and_trouble_is_never_sampled(recorded, monkeypatch) -> None:
    drawn = iter([0.05, 0.2, 0.09, 0.1])
    monkeypatch.setattr("vigil_telemetry.writers.random", lambda: next(drawn))
    set_sampling(0.1, "lines.answered")
    for _ in range(4):
        emit(Answered(outcome="ok"))
    emit(Answered(outcome="failed"))
    assert [(entry["outcome"], entry.get("sample_rate")) for entry in recorded.entries] == [
        ("ok", 0.1),
        ("ok", 0.1),
        ("failed", None),
    ]
    with pytest.raises(ValueError, match=r"rate is 2; a share of lines"):
        set_sampling(2, "x")


def test_http_events_make_up_the_request_of_the_entry(recorded) -> None:
    emit(
        HttpRequestCompleted(
            method="GET",
            route="/orders/{id}",
            status=404,
            status_class="4xx",
            duration=0.012,
            request_size=0,
            response_size=31,
        )
    )
    assert recorded.last["httpRequest"] == {
        "requestMethod": "GET", "requestUrl": "/orders/{id}", "status": 404, "latency": "0.012000s", "requestSize": "0", "responseSize": "31",
    }  # fmt: skip
    assert (recorded.last["severity"], recorded.last["status_class"], recorded.last["duration"]) == (
        "WARNING",
        "4xx",
        0.012,
    )


def test_what_a_type_does_not_allow_is_left_out_and_named(recorded) -> None:
    secret = {"password": "hunter2"}
    emit(OrderRejected(reason=secret, items=True, waited=1.0))
    entry = recorded.last
    assert (entry["event"], entry["dropped_fields"], entry["waited"]) == (
        "lines.order.rejected",
        ["reason", "items"],
        1.0,
    )
    assert "hunter2" not in recorded.raw[0].decode()
    assert counters.repaired == 1


def test_a_field_with_another_name_in_the_line_is_kept_and_named_by_it(recorded) -> None:
    class Renamed(Event, tag="lines.renamed", rename="camel"):
        order_id: Identifier[str]
        it_was: Label[bool]
        how: Label[Literal["fast", "slow"]] = msgspec.field(name="the way")

    emit(Renamed(order_id="o-1", it_was="yes", how=3))
    entry = recorded.last
    assert (entry["orderId"], entry["dropped_fields"]) == ("o-1", ["itWas", "the way"])


@pytest.mark.parametrize(("field", "value"), [("colour", "red"), ("note", None), ("name", None), ("tries", "3")])
def test_a_line_that_lost_a_field_has_all_others_as_they_always_are(recorded, field: str, value: object) -> None:
    for changed in ({}, {field: value}):
        emit(_detailed(**changed))
    whole, entry = recorded.entries
    whole["message"], whole["dropped_fields"] = "lines.detailed", [field]
    del whole[field], whole["time"], entry["time"]
    assert entry == whole
    assert counters.reason.startswith(f"lines.detailed: {field} is of type {type(value).__name__}; give ")


def test_half_a_character_costs_nothing_but_itself(recorded) -> None:
    """Browsers cut texts in the middle of an emoji, and JSON carries what is left."""
    emit(_detailed(note="so good \ud83d", order=7))
    assert (recorded.last["note"], recorded.last["customer"]) == ("so good ?", recorded.last["customer"])
    assert recorded.last["message"] == f"red so good ? {recorded.last['customer']} 7 [redacted]"
    assert "dropped_fields" not in recorded.last


@pytest.mark.parametrize("value", [5, b"hunter2", {"password": "hunter2"}, ["hunter2"], ValueError("hunter2")])
def test_what_is_no_text_shows_its_type_and_nothing_of_it(recorded, value: object) -> None:
    emit(_detailed(note=value))
    assert recorded.last["note"] == f"<{type(value).__name__}>"
    assert "hunter2" not in recorded.raw[0].decode()
    assert (counters.repaired, counters.redaction_failed) == (1, 0)


@pytest.mark.parametrize(("value", "written"), [(2**53, 2**53), (2**53 + 1, 2.0**53), (10**400, None)])
def test_a_whole_number_for_a_float_is_the_double_that_cloud_logging_keeps(recorded, value: int, written) -> None:
    emit(OrderRejected(reason=Reason.STOCK, items=1, waited=value))
    assert recorded.last.get("waited") == written
    assert ("dropped_fields" in recorded.last) is (written is None)


class NotHashed(str):
    __slots__ = ()

    def __hash__(self) -> int:
        raise KeyboardInterrupt


@pytest.mark.parametrize(("outcome", "level"), [("ok", 1), ("failed", 2)])
def test_a_label_that_names_its_values_is_one_of_them(recorded, outcome: str, level: int) -> None:
    class Ended(Event, tag="lines.ended"):
        outcome: Label[Literal["ok", "failed"]]
        level: Label[Literal[1, 2]]

    emit(Ended(outcome=outcome, level=level))
    assert (recorded.last["outcome"], recorded.last["level"]) == (outcome, level)
    for wrong, reason in (
        ({"outcome": "jane@example.com"}, "outcome is not one of ok, failed"),
        ({"outcome": [outcome]}, "outcome is of type list; give str"),
        ({"level": 3}, "level is not one of 1, 2"),
        ({"level": True}, "level is of type bool; give int"),
        ({"level": float(level)}, "level is of type float; give int"),
    ):
        emit(Ended(**{"outcome": outcome, "level": level, **wrong}))
        assert recorded.last["dropped_fields"] == list(wrong)
        assert counters.reason == f"lines.ended: {reason}"
    assert "jane" not in b"".join(recorded.raw).decode()


@pytest.mark.parametrize("wrong", [["bad"], {"bad": 1}, NotHashed("bad")])
def test_an_event_whose_label_cannot_choose_the_severity_is_written(recorded, wrong: object) -> None:
    emit(Answered(outcome=wrong))
    assert (recorded.last["event"], recorded.last["severity"]) == ("lines.answered", "INFO")
    assert counters.repaired == 1


def test_a_label_of_any_kind_chooses_the_severity(recorded) -> None:
    class Shared(Event, tag="lines.shared"):
        severity_by: ClassVar = SeverityBy("share", {"0.5": Severity.ERROR})
        share: Label[Annotated[float, Bounded(at_most=3, by="thirds")]]

    for share in (0.5, 0.25):
        emit(Shared(share=share))
    assert [one["severity"] for one in recorded.entries] == ["ERROR", "INFO"]


def test_a_whole_number_does_for_a_float(recorded) -> None:
    emit(OrderRejected(reason=Reason.STOCK, items=1, waited=2))
    assert recorded.last["waited"] == 2
    assert counters.repaired == 0


def test_what_is_no_event_is_counted_and_not_raised(recorded) -> None:
    for thing in (None, object(), "text", OrderRejected):
        emit(thing)
    assert (recorded.raw, counters.failed) == ([], 4)


def test_an_output_that_raises_does_not_reach_the_application(reconfigured) -> None:
    class Broken:
        def write(self, line: bytes) -> None:
            raise OSError("gone")

        def flush(self, deadline: float) -> None: ...

    reconfigured(output=Broken())
    emit(Answered(outcome="ok"))
    emit(Debugged(count=1))
    assert counters.failed + counters.dropped == 2


def test_a_line_over_the_limit_is_cut_and_stays_valid(recorded) -> None:
    emit(_detailed(note='"\\\n\u00e4\U0001f600 ' * 60_000))
    assert len(recorded.raw[0]) <= 256 * 1024
    assert recorded.last["note"].endswith("… [cut]")
    assert set(recorded.last["cut_fields"]) == {"message", "note"}
    assert recorded.last["colour"] == "red"
    assert counters.truncated == 1


def test_the_message_follows_the_template_through_text_that_looks_like_one(recorded) -> None:
    class Odd(Event, tag="lines.odd"):
        message: ClassVar = "100% {{literal}} %s {note}"
        note: Text

    emit(Odd(note="{note} %d"))
    assert recorded.last["message"] == "100% {literal} %s {note} %d"


def test_a_service_is_named_by_cloud_run(recorded, monkeypatch) -> None:
    monkeypatch.delenv("K_SERVICE", raising=False)
    monkeypatch.setenv("CLOUD_RUN_WORKER_POOL", "workers")
    monkeypatch.setenv("CLOUD_RUN_REVISION", "workers-3")
    configure(output=recorded)
    emit(Answered(outcome="ok"))
    assert recorded.last["serviceContext"] == {"service": "workers", "version": "workers-3"}


def test_ids_added_outside_any_block_hold_for_the_task(recorded) -> None:
    add_ids(correlation_id="c-1")
    emit(Answered(outcome="ok"))
    assert recorded.last["correlation_id"] == "c-1"


def test_a_line_has_the_service_and_the_ids_of_its_own_moment(recorded) -> None:
    with bind(request_id="r-1"):
        emit(Answered(outcome="ok"))
        add_ids(correlation_id="c-1")
        emit(Answered(outcome="ok"))
        configure(service='pay"ments', output=recorded)
        emit(Answered(outcome="ok"))
    emit(Answered(outcome="ok"))
    seen = [tuple(line.get(name) for name in ("service", "request_id", "correlation_id")) for line in recorded.entries]
    assert seen == [
        ("orders", "r-1", None), ("orders", "r-1", "c-1"), ('pay"ments', "r-1", "c-1"), ('pay"ments', None, None),
    ]  # fmt: skip


def test_the_line_is_the_same_json_for_any_reader(recorded) -> None:
    emit(Answered(outcome="ok"))
    pairs = json.loads(recorded.raw[0], object_pairs_hook=list)
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), "no member stands twice"
