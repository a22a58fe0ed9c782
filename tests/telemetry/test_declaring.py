"""What a class says about its event, and what is refused."""

from __future__ import annotations

import sys
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Annotated, ClassVar, Literal, NewType

import msgspec
import pytest

from vigil_telemetry import (
    Bounded,
    Dropped,
    Event,
    Identifier,
    Label,
    Measure,
    Number,
    Pseudonym,
    Role,
    Seconds,
    Severity,
    SeverityBy,
    Text,
    Treatment,
    catalog,
    schema_of,
)


class Reason(StrEnum):
    OUT_OF_STOCK = "out_of_stock"
    UNPAID = "unpaid"


class Size(Enum):
    SMALL = "small"
    OTHER = (1, 2)


class Known(Enum):
    YES = True


class Empty(Enum):
    pass


class Access(Flag):
    READ = 1


class Priority(IntEnum):
    HIGH = 1


OrderNumber = NewType("OrderNumber", int)


class OrderRejected(Event, tag="declaring.order.rejected"):
    """The shop refused an order.

    More text follows here.
    """

    severity: ClassVar = Severity.WARNING
    message: ClassVar = "refused: {reason}"

    reason: Label[Reason]
    """Why it was refused."""
    waited: Measure[Seconds]
    customer: Pseudonym[str]
    note: Text
    order: Identifier[int] | None = None
    card: Dropped[str] | None = None


def test_the_schema_has_role_type_values_unit_place_and_text_of_each_field() -> None:
    schema = schema_of(OrderRejected)
    assert (schema.name, schema.severity, schema.version, schema.message) == (
        "declaring.order.rejected", Severity.WARNING, 1, "refused: {reason}",
    )  # fmt: skip
    assert schema.doc.splitlines() == ["The shop refused an order.", "", "More text follows here."]
    assert [(f.name, f.role, f.type, f.unit, f.required, f.treatment) for f in schema.fields] == [
        ("reason", Role.LABEL, Reason, None, True, None),
        ("waited", Role.MEASURE, float, "s", True, None),
        ("customer", Role.PERSONAL, str, None, True, Treatment.PSEUDONYM),
        ("note", Role.TEXT, str, None, True, None),
        ("order", Role.IDENTIFIER, int, None, False, None),
        ("card", Role.PERSONAL, str, None, False, Treatment.DROP),
    ]
    reason = schema.field("reason")
    assert (reason.values, reason.cardinality, reason.path, reason.doc) == (
        ("out_of_stock", "unpaid"),
        2,
        "jsonPayload.reason",
        "Why it was refused.",
    )
    assert [field.name for field in schema.labels] == ["reason"]
    assert [field.name for field in schema.measures] == ["waited"]


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    with pytest.raises(
        KeyError, match=r"'declaring.order.rejected' has no field 'reson'; it has reason, waited, customer"
    ):
        schema_of(OrderRejected).field("reson")


@pytest.mark.parametrize(
    ("kind", "values", "cardinality"),
    [
        (Label[bool], ("false", "true"), 2),
        (Label[Literal["a", "b", "c"]], ("a", "b", "c"), 3),
        (Label[Literal[1, 2]], ("1", "2"), 2),
        (Label[Annotated[str, Bounded(at_most=12, by="months")]], None, 12),
    ],
)
def test_labels_are_bounded_by_their_type_or_by_a_declared_bound(
    kind: object, values: tuple[str, ...] | None, cardinality: int
) -> None:
    field = schema_of(_event("declaring.bound", {"label": kind})).field("label")
    assert (field.values, field.cardinality) == (values, cardinality)


def test_severity_by_a_label_names_every_severity_that_a_line_can_have() -> None:
    class Answered(Event, tag="declaring.answered"):
        severity_by: ClassVar = SeverityBy("outcome", {"failed": Severity.ERROR, "slow": Severity.WARNING})
        outcome: Label[Literal["ok", "slow", "failed"]]

    assert schema_of(Answered).severities == (Severity.INFO, Severity.WARNING, Severity.ERROR)


def _event(tag: str, annotations: dict[str, object], **namespace: object) -> type[Event]:
    namespace["__qualname__"] = "_event.<locals>.Wrong"  # like any class in a function: in no catalog
    return msgspec.defstruct("Wrong", list(annotations.items()), bases=(Event,), tag=tag, namespace=namespace)


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (lambda: _event("d.a", {"x": Label[str]}), r"field 'x' of event 'd.a': a label needs bounded values"),
        (lambda: _event("d.b", {"x": str}), r"field 'x' of event 'd.b': declare it as exactly one of Label, Measure"),
        (lambda: _event("d.c", {"severity_x": Measure[str]}), r"a measure is an int or a float"),
        (
            lambda: _event("d.d", {"request_id": Identifier[str]}),
            r"field 'request_id' of event 'd.d': the name belongs to the line itself",
        ),
        (
            lambda: _event("d.e", {"x": Identifier[dict[str, int]]}),
            r"its type is dict\[str, int\]; a line has str, int, float, bool",
        ),
        (lambda: _event("d.f", {"version": Identifier[str]}), r"one of the class's own settings"),
        (
            lambda: _event("d.g", {"x": Measure[Number]}, message="{y}"),
            r"message of event 'd.g' uses \{y\}, which is not a field",
        ),
        (lambda: _event("d.h", {"x": Dropped[str]}, message="{x}"), r"uses \{x\}, which is dropped"),
        (
            lambda: _event("d.i", {"x": Label[bool]}, severity_by=SeverityBy("x", {"yes": Severity.ERROR})),
            r"'x' is never \['yes'\]",
        ),
        (lambda: _event("d.j", {"x": Text}, severity_by=SeverityBy("x", {"a": Severity.ERROR})), r"needs a label"),
        (
            lambda: _event(
                "d.l",
                {"x": Label[Annotated[int, Bounded(at_most=3, by="thirds")]]},
                severity_by=SeverityBy("x", {"1": Severity.ERROR, "many": Severity.ERROR}),
            ),
            r"'x' is never \['many'\]",
        ),
        (lambda: _event("d.m", {"x": Measure[Number]}, message="{x!r}"), r"\{x\} may only set decimals, as in \{x:.3f"),
        (lambda: _event("d.n", {"x": Measure[Number]}, message="{x:>9}"), r"\{x\} may only set decimals"),
        (lambda: _event("d.o", {"x": Text}, message="{x:.2f}"), r"x is no number, so write \{x\} without decimals"),
        (lambda: _event("d.p", {"x": Pseudonym[int]}, message="{x:.2f}"), r"x is no number"),
        (lambda: _event("d.k", {"x": Label[bool]}, version=2), r"its tag has to end with '.v2'"),
        (
            lambda: _event("d.q", {"x": Label[Size]}),
            r"'x' of event 'd.q': Size.OTHER is \(1, 2\), which is no value of",
        ),
        (lambda: _event("d.r", {"x": Pseudonym[Known]}), r"Known.YES is True, .* give each member a text or a whole"),
        (lambda: _event("d.s", {"x": Label[Empty]}), r"Empty has no members; give it one for each value"),
        (lambda: _event("d.t", {"x": Label[Access]}), r"Access is a Flag, whose members can be combined"),
        (
            lambda: _event("d.u", {"x": Label["Later"]}),
            r"event 'd.u': a field's type is 'Later', .* import or declare it at the top of the module, outside `if TYPE",
        ),
        (lambda: _event("Wrong", {"x": Label[bool]}), r"Wrong has no name: declare it as `class Wrong\(Event, tag="),
    ],
)
def test_what_is_not_well_formed_is_refused_with_field_and_remedy(cls, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        schema_of(cls())


@pytest.mark.skipif(
    sys.version_info < (3, 14), reason="it is Python 3.14 that evaluates annotations late: make PYTHON=python3.14 test"
)
def test_a_setting_is_no_field_though_its_type_is_declared_further_down() -> None:
    source = "class Early(Event, tag='declaring.early'):\n    severity: Label[Later]\n"
    with pytest.raises(TypeError, match="one of the class's own settings"):
        exec(compile(source, "early", "exec", dont_inherit=True), {"Event": Event, "Label": Label})


def test_the_catalog_has_every_event_once_in_order_and_with_all_its_texts() -> None:
    schemas = catalog()
    names = [schema.name for schema in schemas]
    assert names == sorted(set(names))
    own = [schema for schema in schemas if schema.cls.__module__.startswith("vigil_telemetry.")]
    assert {
        "http.request.completed",
        "service.started",
        "llm.call.failed",
        "temporal.activity.timed_out",
        "telemetry.line.dropped",
    } <= {s.name for s in own}
    assert [(schema.name, field.name) for schema in own for field in schema.fields if not field.doc] == []
    assert [schema.name for schema in own if not schema.doc] == []


def test_the_end_of_a_workflow_is_written_by_the_process_that_sees_it() -> None:
    emitters = {schema.name: schema.emitter.value for schema in catalog()}
    assert emitters["temporal.workflow.ended"] == "client"
    assert emitters["temporal.activity.timed_out"] == "workflow"
    assert emitters["temporal.child.ended"] == "workflow"
    assert emitters["temporal.workflow.failed"] == "worker"


def test_two_classes_of_one_name_are_refused() -> None:
    from vigil_telemetry import event

    one = msgspec.defstruct("One", [], bases=(Event,), tag="declaring.twice")
    two = msgspec.defstruct("Two", [], bases=(Event,), tag="declaring.twice")
    event._declared["x", "One"], event._declared["x", "Two"] = one, two
    try:
        with pytest.raises(
            TypeError,
            match=r"event 'declaring.twice' is declared twice, by .*One and .*Two: give one of them another tag",
        ):
            event.registered()
    finally:
        for key in [key for key, cls in event._declared.items() if cls in (one, two)]:
            del event._declared[key]


def test_a_plain_enum_is_a_label_by_its_values() -> None:
    class Colour(Enum):
        RED = "red"

    schema = schema_of(_event("d.enum", {"colour": Label[Colour], "priority": Label[Priority]}))
    assert (schema.field("colour").values, schema.field("priority").values) == (("red",), ("1",))


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="the `type` statement came with Python 3.12: make PYTHON=python3.12 test"
)
def test_an_alias_of_a_type_is_that_type() -> None:
    names: dict[str, object] = {}
    exec("type Plain = str", names)
    assert schema_of(_event("d.alias", {"x": Identifier[names["Plain"]]})).field("x").type is str


def test_a_new_type_is_the_type_that_it_names() -> None:
    field = schema_of(_event("d.new", {"order": Identifier[OrderNumber] | None})).field("order")
    assert (field.type, field.required) == (int, False)
