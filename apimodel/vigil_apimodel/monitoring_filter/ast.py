"""The parts of a monitoring filter: frozen values that compare by content."""

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


@dataclass(frozen=True, slots=True)
class Selector:
    """What is compared: `metric.type`, `resource.labels.zone`, `metadata.user_labels."a/b"`, `project`, `group.id`.

    The singular spellings `metric.label.x` and `resource.label.x` are kept as the plural ones.
    """

    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A value as written, without quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Function:
    """A comparison function: `starts_with("europe-")`, `one_of("a", "b")`, `monitoring.regex.full_match("5..")`."""

    name: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A selector compared with a value."""

    selector: Selector
    operator: Operator
    value: "Text | Function"


@dataclass(frozen=True, slots=True)
class Selection:
    """A time-series selector: `select_slo_burn_rate("projects/P/services/S/serviceLevelObjectives/L", "3600s")`."""

    name: str
    args: tuple[str, ...]


Expr: TypeAlias = And["Expr"] | Or["Expr"] | Not["Expr"] | Comparison | Selection | Variable | Everything
"""A filter, or a part of one."""
