"""How much one query may take: series by steps, text in labels, work, wall time, points of the answer.

A query of a few hundred characters can ask for more memory than there is (a label that doubles in each of sixty nested
calls) or for hours (a quantile of a year at each of 11,000 steps). Prometheus bounds samples and time
(`--query.max-samples`, `--query.timeout`); Google publishes no numbers. These are the emulator's own.
"""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from vigil_emulator.promql.frame import PromQLError

MOST_SAMPLES: Final = 5_000_000
"""Series times steps of a part of a query: 450 series at 11,000 steps."""

MOST_POINTS: Final = 1_000_000
"""Points of an answer."""

MOST_TEXT: Final = 50_000_000
"""Characters that all `label_replace` and `label_join` of a query write."""

MOST_LABEL: Final = 65_536
"""Characters of one label's value."""

MOST_WORK: Final = 500_000_000
"""Samples that a query reads or makes, each as often as it is read."""

MOST_SECONDS: Final = 30.0
"""Wall seconds of a query; Prometheus takes two minutes, but here one query holds up all others."""


@dataclass(slots=True)
class Budget:
    """What is left for a query."""

    work: int = MOST_WORK
    text: int = MOST_TEXT
    until: float = field(default_factory=lambda: monotonic() + MOST_SECONDS)


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def bounded() -> Generator[Budget]:
    """Bound the evaluation within the block; without it nothing is counted."""
    budget = Budget()
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)


def samples(rows: int, steps: int) -> None:
    """Count a part of a query; raise PromQLError where it has more than MOST_SAMPLES."""
    fits(rows, steps)
    work(rows * steps)


def fits(rows: int, steps: int) -> None:
    """Raise PromQLError for a part of a query that would have more than MOST_SAMPLES, before it is made."""
    if rows * steps > MOST_SAMPLES:
        raise PromQLError(
            "query processing would load too many samples into memory in query execution:"
            f" {rows} series at {steps} steps; at most {MOST_SAMPLES} samples are taken: ask for fewer steps or series"
        )


def work(amount: int) -> None:
    """Count samples that are read or made; raise PromQLError beyond MOST_WORK and MOST_SECONDS."""
    budget = _current.get()
    if budget is None:
        return
    budget.work -= amount
    if budget.work < 0:
        raise PromQLError(f"query timed out in expression evaluation: it reads more than {MOST_WORK} samples")
    if monotonic() > budget.until:
        raise PromQLError(f"query timed out in expression evaluation: it takes more than {MOST_SECONDS:.0f} seconds")


def label(characters: int) -> None:
    """Count a label's new value, before it is made; raise PromQLError beyond MOST_LABEL and MOST_TEXT."""
    if characters > MOST_LABEL:
        raise PromQLError(f"a label's value would have {characters} characters; at most {MOST_LABEL} are taken")
    budget = _current.get()
    if budget is None:
        return
    budget.text -= characters
    if budget.text < 0:
        raise PromQLError(f"the labels of this query would have more than {MOST_TEXT} characters")


def points(amount: int) -> None:
    """Raise PromQLError for an answer of more than MOST_POINTS."""
    if amount > MOST_POINTS:
        raise PromQLError(
            f"the answer would have {amount} points; at most {MOST_POINTS} are given: ask for fewer steps or series"
        )
