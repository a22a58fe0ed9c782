"""Binary operators between scalars and vectors, with vector matching.

Rules: prometheus.io/docs/prometheus/latest/querying/operators: arithmetic and `bool` comparisons drop the metric's
name, other comparisons filter; a match group may have one series on the "one" side.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vigil_emulator.promql import budget
from vigil_emulator.promql.frame import NAME, Frame, Labels, Mask, Numbers, PromQLError, label_key, label_text, rows_of


def _power(left: Numbers, right: Numbers) -> Numbers:
    return np.power(left, right)


def _modulo(left: Numbers, right: Numbers) -> Numbers:
    return np.fmod(left, right)


ARITHMETIC: dict[str, Callable[[Numbers, Numbers], Numbers]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": _modulo,
    "^": _power,
    "atan2": np.arctan2,
}
COMPARISONS: dict[str, Callable[[Numbers, Numbers], Mask]] = {
    "==": np.equal,
    "!=": np.not_equal,
    ">": np.greater,
    "<": np.less,
    ">=": np.greater_equal,
    "<=": np.less_equal,
}
SETS = {"and", "or", "unless"}


@dataclass(frozen=True, slots=True)
class Matching:
    """`on`/`ignoring` and `group_left`/`group_right`."""

    labels: Sequence[str] = ()
    on: bool = False
    many: str = ""
    """`left`, `right`, or empty for one to one."""
    include: Sequence[str] = ()

    def signature(self, labels: Labels) -> frozenset[tuple[str, str]]:
        """Return what must be equal on both sides."""
        if self.on:
            return frozenset((name, labels[name]) for name in self.labels if labels.get(name))
        return frozenset(
            (name, value) for name, value in labels.items() if value and name != NAME and name not in self.labels
        )


def scalars(operator: str, left: Numbers, right: Numbers) -> Numbers:
    """Evaluate an operator between two scalars; comparisons give 0 or 1."""
    with np.errstate(all="ignore"):
        if operator in ARITHMETIC:
            return ARITHMETIC[operator](left, right)
        return COMPARISONS[operator](left, right).astype(np.float64)


def with_scalar(operator: str, frame: Frame, scalar: Numbers, *, swapped: bool, as_bool: bool) -> Frame:
    """Evaluate an operator between a vector and a scalar; `swapped` if the scalar stands on the left."""
    row = np.broadcast_to(scalar, (len(frame.labels), frame.steps))
    left, right = (row, frame.values) if swapped else (frame.values, row)
    with np.errstate(all="ignore"):
        if operator in ARITHMETIC:
            return Frame(frame.labels, ARITHMETIC[operator](left, right), frame.present).unnamed()
        holds = COMPARISONS[operator](left, right)
    if as_bool:
        return Frame(frame.labels, holds.astype(np.float64), frame.present).unnamed()
    kept = frame.present & holds
    return Frame.of(rows_of(frame.labels, frame.values, kept), frame.steps)


def sets(operator: str, left: Frame, right: Frame, matching: Matching) -> Frame:
    """Evaluate `and`, `or`, `unless`."""
    steps = left.steps
    if operator == "or":
        seen = _any_by_signature(left, matching)
        rows = rows_of(left.labels, left.values, left.present)
        for i, labels in enumerate(right.labels):
            taken = seen.get(matching.signature(labels))
            kept = right.present[i] if taken is None else right.present[i] & ~taken
            rows.append((labels, right.values[i], kept))
        return _joined(rows, steps)
    seen = _any_by_signature(right, matching)
    nowhere = np.zeros(steps, dtype=np.bool_)
    rows: list[tuple[Labels, Numbers, Mask]] = []
    for i, labels in enumerate(left.labels):
        there = seen.get(matching.signature(labels), nowhere)
        rows.append((labels, left.values[i], left.present[i] & (there if operator == "and" else ~there)))
    return Frame.of(rows, steps)


def vectors(operator: str, left: Frame, right: Frame, matching: Matching, *, as_bool: bool) -> Frame:
    """Evaluate an operator between two vectors; raise PromQLError where a match is not unique."""
    swapped = matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    side = "left" if swapped else "right"
    groups = _groups(one, matching, side)
    rows: list[tuple[Labels, Numbers, Mask]] = []
    used: dict[frozenset[tuple[str, str]], Mask] = {}
    names_kept = operator not in ARITHMETIC and not as_bool
    for i, labels in enumerate(many.labels):
        signature = matching.signature(labels)
        for j in groups.get(signature, ()):
            both = many.present[i] & one.present[j]
            if not both.any():
                continue
            budget.fits(len(rows) + 1, left.steps)
            values, kept = _combined(operator, many.values[i], one.values[j], both, swapped=swapped, as_bool=as_bool)
            if not matching.many:
                taken = used.setdefault(signature, np.zeros(left.steps, dtype=np.bool_))
                if (taken & both).any():
                    raise PromQLError(
                        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    )
                taken |= both
            rows.append((_result_labels(labels, one.labels[j], matching, names_kept=names_kept), values, kept))
    return _joined(rows, left.steps, "multiple matches for labels: grouping labels must ensure unique matches")


def _combined(
    operator: str, many: Numbers, one: Numbers, both: Mask, *, swapped: bool, as_bool: bool
) -> tuple[Numbers, Mask]:
    left, right = (one, many) if swapped else (many, one)
    with np.errstate(all="ignore"):
        if operator in ARITHMETIC:
            return ARITHMETIC[operator](left, right), both
        holds = COMPARISONS[operator](left, right)
    return (holds.astype(np.float64), both) if as_bool else (left, both & holds)


def _result_labels(many: Labels, one: Labels, matching: Matching, *, names_kept: bool) -> Labels:
    labels = dict(many)
    if not names_kept:
        labels.pop(NAME, None)
    if not matching.many:
        if matching.on:
            return {name: value for name, value in labels.items() if name in matching.labels}
        return {name: value for name, value in labels.items() if name not in matching.labels}
    for name in matching.include:
        if one.get(name):
            labels[name] = one[name]
        else:
            labels.pop(name, None)
    return labels


def _groups(one: Frame, matching: Matching, side: str) -> dict[frozenset[tuple[str, str]], list[int]]:
    groups: dict[frozenset[tuple[str, str]], list[int]] = {}
    for j, labels in enumerate(one.labels):
        signature = matching.signature(labels)
        for other in groups.get(signature, ()):
            if (one.present[other] & one.present[j]).any():
                raise PromQLError(
                    f"found duplicate series for the match group {label_text(dict(signature))} on the {side} hand-side "
                    f"of the operation: [{label_text(one.labels[j])}, {label_text(one.labels[other])}];"
                    "many-to-many matching not allowed: matching labels must be unique on one side"
                )
        groups.setdefault(signature, []).append(j)
    return groups


def _any_by_signature(frame: Frame, matching: Matching) -> dict[frozenset[tuple[str, str]], Mask]:
    seen: dict[frozenset[tuple[str, str]], Mask] = {}
    for i, labels in enumerate(frame.labels):
        signature = matching.signature(labels)
        if signature in seen:
            seen[signature] = seen[signature] | frame.present[i]
        else:
            seen[signature] = frame.present[i]
    return seen


def _joined(
    rows: list[tuple[Labels, Numbers, Mask]],
    steps: int,
    complaint: str = "vector cannot contain metrics with the same labelset",
) -> Frame:
    joined: dict[frozenset[tuple[str, str]], tuple[Labels, Numbers, Mask]] = {}
    for labels, values, present in rows:
        key = label_key(labels)
        if key not in joined:
            joined[key] = (labels, values, present)
            continue
        first, before, there = joined[key]
        if (there & present).any():
            raise PromQLError(complaint)
        joined[key] = (first, np.where(present, values, before), there | present)
    return Frame.of(list(joined.values()), steps)
