"""What an event's field means: a label, a measure with a unit, text, an identifier, or personal data.

The words are `Annotated` aliases, so that a field keeps its own Python type for the type checker:
`reason: Label[Reason]`, `waited: Measure[Seconds]`, `customer: Pseudonym[str]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from vigil_telemetry.arguments import Constraint, UnitCode, validated
from vigil_telemetry.arguments import Text as NotEmpty


class Role(StrEnum):
    """What may be done with a field."""

    LABEL = "label"
    """Bounded values: may become a metric label, a group on a chart, a term of a filter."""
    MEASURE = "measure"
    """A number with a unit: may become a distribution."""
    TEXT = "text"
    """Free text: scanned for personal data before it leaves the process."""
    IDENTIFIER = "identifier"
    """Unbounded and not personal (an order's number): may be searched for, never a metric label."""
    PERSONAL = "personal"
    """Personal data: never leaves the process as it is."""


class Treatment(StrEnum):
    """What happens to personal data before it leaves the process."""

    PSEUDONYM = "pseudonym"
    """Replaced by a keyed hash: lines of one person can be joined, the person cannot be read."""
    REDACT = "redact"
    """Replaced by a fixed mark: that there was a value is all that shows."""
    DROP = "drop"
    """Left out of the line."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The mark behind the aliases below."""

    role: Role
    treatment: Treatment | None = None


@validated
@dataclass(frozen=True, slots=True)
class Unit:
    """Unit of a measure."""

    code: UnitCode
    """UCUM text that Cloud Monitoring understands: `s`, `ms`, `By`, `1`, `{token}`."""


@validated
@dataclass(frozen=True, slots=True)
class Bounded:
    """Bounds a label whose type does not."""

    at_most: Annotated[
        int, Constraint(lambda value: value > 0, "give 1 or more: how many values the label has at most")
    ]
    """How many values it has at most."""
    by: NotEmpty
    """What bounds it, in a few words: `the shops`."""


T = TypeVar("T")
UNSTATED = T
"""The type of a field that says none, such as `Label` without brackets."""

Label = Annotated[T, Declared(Role.LABEL)]
Measure = Annotated[T, Declared(Role.MEASURE)]
Text = Annotated[str, Declared(Role.TEXT)]
Identifier = Annotated[T, Declared(Role.IDENTIFIER)]
Pseudonym = Annotated[T, Declared(Role.PERSONAL, Treatment.PSEUDONYM)]
Redacted = Annotated[T, Declared(Role.PERSONAL, Treatment.REDACT)]
Dropped = Annotated[T, Declared(Role.PERSONAL, Treatment.DROP)]

Seconds = Annotated[float, Unit("s")]
"""How long, in seconds."""
Milliseconds = Annotated[float, Unit("ms")]
"""How long, in milliseconds."""
Bytes = Annotated[int, Unit("By")]
"""How large, in bytes."""
Tokens = Annotated[int, Unit("{token}")]
"""How many tokens of a language model."""
Dollars = Annotated[float, Unit("USD")]
"""What it costs, in US dollars."""
Number = Annotated[int, Unit("1")]
"""How many things: a whole number."""
Share = Annotated[float, Unit("1")]
"""A part of the whole, between 0 and 1, or another number without a unit."""
