"""What evaluation works on: series over steps, as one matrix of values and one of presence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from promql_parser import Matcher

Labels: TypeAlias = Mapping[str, str]
Numbers: TypeAlias = npt.NDArray[np.float64]
Mask: TypeAlias = npt.NDArray[np.bool_]
Times: TypeAlias = npt.NDArray[np.int64]

NAME = "__name__"


class PromQLError(ValueError):
    """A query that cannot be evaluated, in Prometheus' words where it has some."""


@dataclass(frozen=True, slots=True)
class Samples:
    """One stored series: times in milliseconds, ascending; kind and value type of its metric, where it has one."""

    labels: Labels
    times: Times
    values: Numbers
    kind: str = ""
    value_type: str = ""


class Source(Protocol):
    """Where selectors find their series."""

    def select(self, matchers: Sequence[Matcher], start: int, end: int) -> Sequence[Samples]:
        """Return the series that satisfy all matchers, with at least their samples in [start, end], in milliseconds."""
        ...


@dataclass(slots=True)
class Frame:
    """Instant vectors at all steps: row i has `labels[i]` and a value at step t where `present[i, t]`."""

    labels: list[Labels]
    values: Numbers
    present: Mask

    @classmethod
    def empty(cls, steps: int) -> "Frame":
        """Return a frame without series."""
        return cls([], np.zeros((0, steps)), np.zeros((0, steps), dtype=np.bool_))

    @classmethod
    def of(cls, rows: Sequence[tuple[Labels, Numbers, Mask]], steps: int) -> "Frame":
        """Return the rows put together; those that are nowhere present are left out."""
        kept = [row for row in rows if row[2].any()]
        if not kept:
            return cls.empty(steps)
        return cls([row[0] for row in kept], np.stack([row[1] for row in kept]), np.stack([row[2] for row in kept]))

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.values.shape[1]

    def somewhere(self) -> Mask:
        """Return the steps at which any series has a value."""
        return somewhere(self.present)

    def mapped(self, function: Callable[[Numbers], Numbers]) -> "Frame":
        """Return the values changed, names dropped."""
        with np.errstate(all="ignore"):
            return Frame(self.labels, function(self.values), self.present).unnamed()

    def unnamed(self) -> "Frame":
        """Return it without metric names; raise PromQLError where two rows become the same series at a step."""
        return self.relabelled([without_name(labels) for labels in self.labels])

    def relabelled(self, labels: list[Labels]) -> "Frame":
        """Return it with other labels; rows that became one series are joined, an error where both have a value."""
        seen: dict[frozenset[tuple[str, str]], int] = {}
        keys = [label_key(item) for item in labels]
        if len(set(keys)) == len(keys):
            return Frame(labels, self.values, self.present)
        rows: list[tuple[Labels, Numbers, Mask]] = []
        for index, key in enumerate(keys):
            if key not in seen:
                seen[key] = len(rows)
                rows.append((labels[index], self.values[index].copy(), self.present[index].copy()))
                continue
            _, values, present = rows[seen[key]]
            mine = self.present[index]
            if (present & mine).any():
                raise PromQLError("vector cannot contain metrics with the same labelset")
            values[mine] = self.values[index][mine]
            present |= mine
        return Frame.of(rows, self.steps)


def somewhere(present: Mask) -> Mask:
    """Return the columns in which any row is true."""
    return np.asarray(np.any(present, axis=0), dtype=np.bool_)


def rows_of(labels: Sequence[Labels], values: Numbers, present: Mask) -> list[tuple[Labels, Numbers, Mask]]:
    """Return a frame's rows."""
    return [(row, values[index], present[index]) for index, row in enumerate(labels)]


def label_key(labels: Labels) -> frozenset[tuple[str, str]]:
    """Return a label set as a key; empty values are the same as none."""
    return frozenset((name, value) for name, value in labels.items() if value)


def without_name(labels: Labels) -> Labels:
    """Return labels without the metric's name."""
    if NAME not in labels:
        return labels
    return {name: value for name, value in labels.items() if name != NAME}


def only(labels: Labels, names: Iterable[str]) -> Labels:
    """Return the named labels that are there."""
    return {name: labels[name] for name in names if labels.get(name)}


def without(labels: Labels, names: Iterable[str]) -> Labels:
    """Return labels without the named ones and without the metric's name."""
    dropped = {*names, NAME}
    return {name: value for name, value in labels.items() if name not in dropped}


def label_text(labels: Labels) -> str:
    """Return `{a="b", c="d"}`, as error messages show a label set."""
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}"
