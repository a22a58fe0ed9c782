"""Label values of an event as PromQL matchers, checked against the event's declaration."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeAlias

from vigil_apimodel import promql
from vigil_components._labels import refuse_unknown_label, refuse_unknown_value
from vigil_components.arguments import refuse_twice, unknown_name
from vigil_components.logged import Logged, declared, measures_of
from vigil_telemetry import FieldSchema

Where = Mapping[str, "str | tuple[str, ...]"]
"""Label values that an event must have: one value, or one of several."""
Value: TypeAlias = str | bool | float | Enum
"""A value of a field, in the type that the event declares, or as the line has it."""
Wanted: TypeAlias = Mapping[str, Value | tuple[Value, ...]]
"""Values that an event must have, as a program writes them."""


def as_written(wanted: Wanted | None) -> dict[str, str | tuple[str, ...]]:
    """Return the values as the line has them: `True` is `true`, and a member of an enum its value."""
    return {
        name: tuple(text(one) for one in value) if isinstance(value, tuple) else text(value)
        for name, value in (wanted or {}).items()
    }


def text(value: Value) -> str:
    """Return one value as the line has it."""
    plain = value.value if isinstance(value, Enum) else value
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def matchers(event: Logged, where: Where, argument: str = "where") -> str:
    """Return `where` as PromQL label matchers. `argument` is what it is called where it was given, for the error.

    Raises UnknownLabelError for what the event does not declare.
    """
    schema = declared(event)
    labels = {label.name: label for label in schema.metric_labels}
    parts: list[str] = []
    for name, wanted in sorted(where.items()):
        remark = "; they are the labels of the event that its metric_labels name"
        refuse_unknown_label(f"{argument}: a metric over {schema.name}", name, labels, remark)
        values = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        refuse_twice(f"{argument}: {name}", values)
        if not values and argument == "where":
            raise ValueError(f"{argument}: {name} has no value; give at least one, or leave the label out")
        for value in values:
            refuse_unknown_value(f"{schema.name}.{name}", value, labels[name].values)
        parts.append(matcher(name, values))
    return ",".join(parts)


def matcher(name: str, wanted: str | tuple[str, ...]) -> str:
    """Return the PromQL matcher of a label that has one value, or one of several."""
    values = (wanted,) if isinstance(wanted, str) else wanted
    if len(values) == 1:
        return f"{name}={promql.quote(values[0])}"
    return f"{name}=~{promql.quote('|'.join(literal(value) for value in values))}"


def refuse_part_of_itself(argument: str, part: object, whole: object, title: str) -> None:
    """Refuse a part of a whole that is the whole: it is always 1. Raises ValueError."""
    if part == whole:
        raise ValueError(
            f"{argument} and the whole are both {title}, so that the part is always 1; give another event or series, "
            "or narrow one of them to label values"
        )


def literal(value: str) -> str:
    """Return `value` as a regular expression that matches it alone (RE2)."""
    return "".join(f"\\{one}" if one in r"\.+*?()|[]{}^$" else one for one in value)


def pinned(where: Where) -> dict[str, str | float]:
    """Return the label values that an event of the proof must have."""
    return {name: wanted if isinstance(wanted, str) else wanted[0] for name, wanted in where.items()}


def measure_of(where: str, event: Logged, measure: str) -> FieldSchema:
    """Return a measure of an event. Raises ValueError naming the measures there are."""
    schema = declared(event)
    for one in measures_of(schema):
        if one.name == measure:
            return one
    raise ValueError(
        unknown_name(f"{where}: event {schema.name} has no measure", measure, [one.name for one in measures_of(schema)])
    )
