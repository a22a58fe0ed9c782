"""The parts of a query: frozen values that compare by content.

A value group, `field = ("a" OR "b")`, is not a separate part: Google defines it as the comparison applied to each
element, and that is what `parse` returns.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from vigil_apimodel.terms import And, Everything, Not, Or, Variable


class Operator(StrEnum):
    """The comparison operators."""

    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    HAS = ":"
    """Holds where the field contains the text, in any letter case; with `Present`, where the field is there at all."""
    MATCHES = "=~"
    """A regular expression (RE2, case-sensitive) is found in the field."""
    NOT_MATCHES = "!~"


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A field of a log entry by its segments: `jsonPayload."a.b"` is `("jsonPayload", "a.b")`."""

    segments: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.segments:
            raise ValueError("FieldPath.segments is empty: name a field, for example ('severity',)")


@dataclass(frozen=True, slots=True)
class Text:
    """A value as written, without quotes; it is converted to the field's type when compared."""

    text: str


@dataclass(frozen=True, slots=True)
class Null:
    """`NULL_VALUE`: the field is there and is JSON's null."""


@dataclass(frozen=True, slots=True)
class Present:
    """The `*` of `field:*`: the field is there, whatever its value."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in lower case: `log_id("run.googleapis.com/stdout")`."""

    name: str
    args: "tuple[Argument, ...]"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field (or what a function makes of it) compared with a value."""

    field: FieldPath | Call
    operator: Operator
    value: "Value"

    def __post_init__(self) -> None:
        if isinstance(self.value, Present) and self.operator is not Operator.HAS:
            raise ValueError("Comparison.value: presence is tested with the operator ':' only (field:*)")


@dataclass(frozen=True, slots=True)
class Restriction:
    """A global restriction: any field of the entry contains the text."""

    text: str


Value = Text | Null | Present | Call
Argument = Text | Null | FieldPath | Call
Expr: TypeAlias = And["Expr"] | Or["Expr"] | Not["Expr"] | Comparison | Restriction | Call | Variable | Everything
"""A query, or a part of one."""
