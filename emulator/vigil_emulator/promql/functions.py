"""Functions of instant vectors, labels and time."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from vigil_emulator import regex
from vigil_emulator.numerals import count
from vigil_emulator.promql import budget
from vigil_emulator.promql.frame import Frame, Labels, Numbers, PromQLError, rows_of

_TO_RADIANS = np.pi / 180

ELEMENTWISE: dict[str, Callable[[Numbers], Numbers]] = {
    "abs": np.abs, "ceil": np.ceil, "floor": np.floor, "exp": np.exp, "sqrt": np.sqrt, "ln": np.log, "log2": np.log2,
    "log10": np.log10, "sgn": np.sign, "sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin,
    "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
    "acosh": np.arccosh, "atanh": np.arctanh, "deg": lambda values: values / _TO_RADIANS,
    "rad": lambda values: values * _TO_RADIANS,
}  # fmt: skip
"""Functions of each value."""


def _of_time(part: Callable[[datetime], int]) -> Callable[[Numbers], Numbers]:
    def mapped(values: Numbers) -> Numbers:
        out = np.full(values.shape, np.nan)
        for index in np.ndindex(values.shape):
            try:
                out[index] = part(datetime.fromtimestamp(float(values[index]), UTC))
            except (ValueError, OverflowError, OSError):
                out[index] = np.nan
        return out

    return mapped


CALENDAR: dict[str, Callable[[Numbers], Numbers]] = {
    "minute": _of_time(lambda t: t.minute),
    "hour": _of_time(lambda t: t.hour),
    "day_of_month": _of_time(lambda t: t.day),
    "day_of_week": _of_time(lambda t: t.isoweekday() % 7),
    "day_of_year": _of_time(lambda t: t.timetuple().tm_yday),
    "days_in_month": _of_time(lambda t: calendar.monthrange(t.year, t.month)[1]),
    "month": _of_time(lambda t: t.month),
    "year": _of_time(lambda t: t.year),
}
"""Functions of each value as seconds since 1970, or of the evaluation time."""


def rounded(frame: Frame, nearest: Numbers) -> Frame:
    """Evaluate `round`; ties go up."""
    with np.errstate(divide="ignore"):  # nearest 0: every value becomes NaN
        inverse = 1.0 / nearest
    return frame.mapped(lambda values: np.floor(values * inverse + 0.5) / inverse)


def clamped(frame: Frame, low: Numbers | None, high: Numbers | None) -> Frame:
    """Evaluate `clamp`, `clamp_min`, `clamp_max`; an empty vector where low is above high."""
    bounded = frame.values
    present = frame.present
    if high is not None:
        bounded = np.minimum(bounded, high)
    if low is not None:
        bounded = np.maximum(bounded, low)
    if low is not None and high is not None:
        present = present & (low <= high)
    return Frame.of(rows_of(frame.labels, bounded, present), frame.steps).unnamed()


def absent(selector_labels: Labels, frame: Frame) -> Frame:
    """Evaluate `absent`: one where the vector has no element."""
    missing = ~frame.somewhere()
    return Frame.of([(selector_labels, np.ones(frame.steps), missing)], frame.steps)


def to_scalar(frame: Frame) -> Numbers:
    """Evaluate `scalar`: the only element's value, NaN where there is not exactly one."""
    alone = frame.present.sum(axis=0) == 1
    total = np.sum(np.where(frame.present, frame.values, 0.0), axis=0)
    return np.where(alone, total, np.nan)


def label_replace(frame: Frame, target: str, replacement: str, source: str, pattern: str) -> Frame:
    """Evaluate `label_replace`: set a label from a match of another's whole value."""
    if not target:
        raise PromQLError("invalid destination label name in label_replace(): ")
    compiled = whole_value(pattern)
    parts = _template(replacement)
    labels: list[Labels] = []
    for row in frame.labels:
        match = compiled.fullmatch(row.get(source, ""))
        if match is None:
            labels.append(row)
            continue
        pieces = [part if isinstance(part, str) else _group(match, part[0]) for part in parts]
        budget.label(sum(map(len, pieces)))
        value = "".join(pieces)
        changed = {name: text for name, text in row.items() if name != target}
        if value:
            changed[target] = value
        labels.append(changed)
    return frame.relabelled(labels)


def label_join(frame: Frame, target: str, separator: str, sources: list[str]) -> Frame:
    """Evaluate `label_join`: set a label to others' values."""
    if not target:
        raise PromQLError("invalid destination label name in label_join(): ")
    labels: list[Labels] = []
    for row in frame.labels:
        pieces = [row.get(source, "") for source in sources]
        budget.label(sum(map(len, pieces)) + len(separator) * (len(pieces) - 1))
        value = separator.join(pieces)
        changed = {name: text for name, text in row.items() if name != target}
        if value:
            changed[target] = value
        labels.append(changed)
    return frame.relabelled(labels)


def whole_value(pattern: str) -> regex.Pattern:
    """Return an expression for whole values, whose dot matches newlines; raise PromQLError where it is not legal."""
    try:
        return regex.compiled(f"(?s:{pattern})")
    except regex.RegexError as error:
        raise PromQLError(f"invalid regular expression {pattern!r}: {error}") from error


def sorted_frame(frame: Frame, *, descending: bool) -> Frame:
    """Evaluate `sort` and `sort_desc`, which have an effect on instant queries only."""
    if frame.steps != 1:
        return frame
    values = frame.values[:, 0]
    order = np.lexsort((-values if descending else values, np.isnan(values)))
    return Frame([frame.labels[i] for i in order], frame.values[order], frame.present[order])


def _template(replacement: str) -> list[str | tuple[str]]:
    parts: list[str | tuple[str]] = []
    position = 0
    for match in re.finditer(r"\$(?:(\$)|\{(\w+)\}|(\w+))", replacement):
        parts.append(replacement[position : match.start()])
        parts.append("$" if match[1] else (match[2] or match[3],))
        position = match.end()
    return [*parts, replacement[position:]]


def _group(match: regex.Match, name: str) -> str:
    try:
        return match.group(name if (number := count(name)) is None else number) or ""
    except (IndexError, KeyError, ValueError):
        return ""
