"""The parts of a monitoring filter: frozen values that compare by content."""

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Variable:
    """`${name}`: a dashboard's filter, put in place of the variable when a chart is shown. Only charts have them."""

    name: str


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty filter."""


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where the term does not."""

    term: "Expr"


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all terms do; flat."""

    terms: "tuple[Expr, ...]"

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _flat(And, self.terms))


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where at least one term does; flat."""

    terms: "tuple[Expr, ...]"

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _flat(Or, self.terms))


Expr = And | Or | Not | Comparison | Selection | Variable | Everything


def _flat(kind: type[And] | type[Or], terms: "tuple[Expr, ...]") -> "tuple[Expr, ...]":
    flat: list[Expr] = []
    for term in terms:
        if isinstance(term, kind):
            flat.extend(term.terms)
        elif isinstance(term, Everything):
            message = f"{kind.__name__}.terms: the empty filter cannot be part of another; leave it out"
            raise ValueError(message)  # noqa: TRY004 - of the right type, but without meaning here
        else:
            flat.append(term)
    if len(flat) < 2:  # noqa: PLR2004 - what makes it a combination
        raise ValueError(f"{kind.__name__}.terms needs at least two terms; use the term itself")
    return tuple(flat)
