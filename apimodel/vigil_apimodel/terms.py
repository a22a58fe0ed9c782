"""The terms that the Logging query language and monitoring filters share: AND, OR, NOT, a dashboard's variable.

Both languages have one tree: what differs are the comparisons at its leaves. `And` and `Or` are flat: a conjunction
within a conjunction is the same conjunction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

Term = TypeVar("Term")


@dataclass(frozen=True, slots=True)
class Variable:
    """`${name}`: a dashboard's filter, put in place of the variable when a tile is shown. Only dashboards have them."""

    name: str


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty query, which everything matches."""


@dataclass(frozen=True, slots=True)
class Not(Generic[Term]):
    """Holds where the term does not."""

    term: Term


@dataclass(frozen=True, slots=True)
class And(Generic[Term]):
    """Holds where all terms do. Raises ValueError for fewer than two terms, and for the empty query among them."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _flat(And, self.terms))


@dataclass(frozen=True, slots=True)
class Or(Generic[Term]):
    """Holds where at least one term does. Raises ValueError as `And` does."""

    terms: tuple[Term, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", _flat(Or, self.terms))


def conjunction(terms: Iterable[Term]) -> Term | And[Term] | Everything:
    """Return the conjunction of the terms: the term itself for one, the empty query for none."""
    kept = tuple(term for term in terms if not isinstance(term, Everything))
    if not kept:
        return Everything()
    return kept[0] if len(kept) == 1 else And(kept)


def _flat(kind: type[And[Term]] | type[Or[Term]], terms: tuple[Term, ...]) -> tuple[Term, ...]:
    flat: list[Term] = []
    for term in terms:
        if isinstance(term, kind):
            flat.extend(cast("And[Term] | Or[Term]", term).terms)
        elif isinstance(term, Everything):
            message = f"{kind.__name__}.terms: the empty query cannot be part of another; leave it out"
            raise ValueError(message)  # noqa: TRY004 - of the right type, but without meaning here
        else:
            flat.append(term)
    if len(flat) < 2:  # noqa: PLR2004 - what makes it a combination
        raise ValueError(f"{kind.__name__}.terms needs at least two terms; use the term itself")
    return tuple(flat)
