"""Series as promtool's test files write them: a selector, and values such as `0+60x10 _x5 stale`."""

import re
from dataclasses import dataclass, field

_VALUE = re.compile(
    r"""(?P<gap>_)(?:x(?P<gaps>\d+))?\Z|(?P<stale>stale)\Z
    |(?P<start>[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+|Inf|NaN))
     (?:(?P<step>[-+](?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+))?x(?P<times>\d+))?\Z""",
    re.VERBOSE | re.IGNORECASE,
)
_LABEL = re.compile(
    r"""\s*(?:"(?P<quoted>[^"]+)"|(?P<name>[A-Za-z_][\w.]*))\s*=\s*"(?P<value>(?:[^"\\]|\\.)*)"\s*(?:,|\Z)"""
)
_QUOTED_NAME = re.compile(r"""\s*"(?P<name>[^"=]+)"\s*(?:,|\Z)(?!\s*=)""")
MOST_VALUES = 100_000
"""Values of one series: ten weeks of minutes."""


class NotationError(ValueError):
    """A series or its values are not written as promtool writes them; the message says where."""


@dataclass(frozen=True, slots=True)
class Selector:
    """A metric's name and its labels; labels of the resource begin with `resource.`."""

    name: str
    labels: dict[str, str] = field(default_factory=dict[str, str])


def values(text: str) -> list[float | None]:
    """Return the values in order, None where there is none.

    `1 2 3` are three, `1x4` is 1 and four more of it, `0+5x3` is 0 5 10 15, `_` is a gap and `_x3` three of them,
    `stale` ends the series, which is a gap here. Raises NotationError for anything else.
    """
    found: list[float | None] = []
    for part in text.split():
        read = _VALUE.match(part)
        if read is None:
            raise NotationError(f"{part!r} is no value: write 5, 5x10, 0+5x10, _ or _x10")
        gap = bool(read["gap"] or read["stale"])
        times = int(read["gaps"] or 1) - 1 if gap else int(read["times"] or 0)
        if len(found) + times >= MOST_VALUES:
            raise NotationError(f"{part!r} makes more than {MOST_VALUES} values: shorten the series")
        if gap:
            found += [None] * (times + 1)
            continue
        start, step = float(read["start"]), float(read["step"] or 0)
        found += [start + step * index for index in range(times + 1)]
    if not found:
        raise NotationError("there are no values: write at least one, such as 0x10")
    return found


def selector(text: str) -> Selector:
    """Return the metric and labels of `name{label="value"}` or `{"name", label="value"}`.

    The name is a metric type of Google (`run.googleapis.com/request_count`) or a name of Prometheus. Raises
    NotationError.
    """
    outer, brace, inner = text.strip().partition("{")
    if not brace:
        if not outer:
            raise NotationError("the series has no name")
        return Selector(outer)
    if not inner.endswith("}"):
        raise NotationError(f"{text!r} does not end with a brace")
    inner = inner[:-1]
    name, at = outer.strip(), 0
    labels: dict[str, str] = {}
    while inner[at:].strip():
        if not name and (quoted := _QUOTED_NAME.match(inner, at)):
            name, at = quoted["name"], quoted.end()
            continue
        label = _LABEL.match(inner, at)
        if label is None:
            raise NotationError(f'{inner[at:]!r} is no label: write name="value"')
        labels[label["quoted"] or label["name"]] = label["value"].replace('\\"', '"').replace("\\\\", "\\")
        at = label.end()
    name = name or labels.pop("__name__", "")
    if not name:
        raise NotationError(f"{text!r} names no metric")
    return Selector(name, labels)


def written(values_: list[float | None]) -> str:
    """Return the values in the shortest notation: runs of one value and of gaps are written once."""
    parts: list[str] = []
    index = 0
    while index < len(values_):
        value, count = values_[index], 1
        while index + count < len(values_) and values_[index + count] == value:
            count += 1
        if value is None:
            parts.append("_" if count == 1 else f"_x{count}")
        else:
            count = max(count, 1)
            step = _ramp(values_, index)
            if count == 1 and step > 2:  # noqa: PLR2004 - a ramp is worth its notation from three steps on
                growth = (values_[index + 1] or 0.0) - value
                parts.append(f"{number(value)}{growth:+.12g}x{step}")
                count = step + 1
            else:
                parts.append(number(value) if count == 1 else f"{number(value)}x{count - 1}")
        index += count
    return " ".join(parts)


def number(value: float) -> str:
    """Return a number as short as it can be written without loss."""
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)  # noqa: PLR2004 - whole numbers


def _ramp(values_: list[float | None], index: int) -> int:
    """How many equal steps follow, to within rounding."""
    first = values_[index]
    second = values_[index + 1] if index + 1 < len(values_) else None
    if first is None or second is None:
        return 0
    growth, steps = float(f"{second - first:.12g}"), 1
    while index + steps + 1 < len(values_):
        following = values_[index + steps + 1]
        if following is None or following != first + growth * (steps + 1):
            break
        steps += 1
    return steps if second == first + growth else 0
