"""Series with levels: what a condition reads, in phases of some minutes at some level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from vigil_apimodel import promql
from vigil_proofs.unit._file import SeriesInput
from vigil_proofs.unit._notation import written
from vigil_proofs.unit.derive._series import Wanted, placed

Level: TypeAlias = "float | None"
"""How high a series is; None where it is not there."""
Phase: TypeAlias = "tuple[int, tuple[Level, ...]]"
"""Minutes, and the level of each input during them."""


class Mode(StrEnum):
    """What an input's level means."""

    LEVEL = "level"
    """The value; of a counter what it grows by in a minute."""
    RAMP = "ramp"
    """What the value grows by in a minute."""
    SERIES = "series"
    """How many series there are."""
    TRUE = "true"
    """How many of the series are true."""
    FALSE = "false"
    """How many of the series are false."""
    POINTS = "points"
    """How many points come in a minute."""


COUNTED = frozenset({Mode.SERIES, Mode.TRUE, Mode.FALSE})
"""Modes whose level is a number of series."""
POINTS_INTERVAL = 5
"""Seconds between points where their number matters: twelve a minute at most."""
_STEPS = (60, 30, 15, 10, 5)
_POINTS = 3
"""Points that a window needs to be judged at any time."""


def step_for(window: int) -> int:
    """Return the seconds between points of a series that is looked at through a window of so many seconds."""
    return next((step for step in _STEPS if step * _POINTS <= window), _STEPS[-1])


@dataclass(frozen=True, slots=True)
class Input:
    """A series that a condition reads, and what its level means."""

    wanted: Wanted
    mode: Mode = Mode.LEVEL
    step: int = 60
    """Seconds between two points."""
    copies: int = 1
    """How many such series there are, for a condition that wants several of them to be true."""


def interval_of(inputs: Sequence[Input]) -> int:
    """Return the seconds between two values of a test."""
    points = any(each.mode is Mode.POINTS for each in inputs)
    return POINTS_INTERVAL if points else min((each.step for each in inputs), default=60)


def series(inputs: Sequence[Input], phases: Sequence[Phase]) -> list[SeriesInput]:
    """Return the series of a test file, as they are in the phases."""
    step = interval_of(inputs)
    return [one for place, each in enumerate(inputs) for one in _members(each, place, phases, step)]


def _members(each: Input, place: int, phases: Sequence[Phase], step: int) -> Iterator[SeriesInput]:
    wanted = each.wanted
    if each.mode in COUNTED:
        within, beyond = {Mode.SERIES: (1.0, None), Mode.TRUE: (1.0, 0.0), Mode.FALSE: (0.0, 1.0)}[each.mode]
        most = int(max((levels[place] or 0) for _, levels in phases))
        for number in range(max(most, int(each.mode is not Mode.SERIES))):
            values = [
                within if number < (levels[place] or 0) else beyond
                for minutes, levels in phases
                for _ in range(minutes * 60 // step)
            ]
            yield _input(wanted, _numbered(placed(wanted, "a"), number), values)
        return
    values = list(_values(each, place, phases, step))
    if each.copies > 1:
        for number in range(each.copies):
            yield _input(wanted, _numbered(placed(wanted, f"m{number}"), number), values)
        return
    for member in ("a", "b") if wanted.group else ("a",):
        yield _input(wanted, placed(wanted, member), values)


def _numbered(labels: dict[str, str], number: int) -> dict[str, str]:
    return {**labels, "member": f"m{number}"}


def _values(each: Input, place: int, phases: Sequence[Phase], step: int) -> Iterator[float | None]:
    total = 0.0
    per_minute = 60 // step
    running = each.wanted.kind == "CUMULATIVE" and each.wanted.value_type != "DISTRIBUTION"
    for minutes, levels in phases:
        level = levels[place]
        total = 0.0 if each.mode is Mode.RAMP else total  # a ramp restarts in each phase
        for slot in range(minutes * per_minute):
            if each.mode is Mode.POINTS:
                yield 1.0 if slot % per_minute < (level or 0) else None
            elif level is None:
                yield None
            elif running or each.mode is Mode.RAMP:
                total += level / per_minute
                yield float(f"{total:.12g}")
            else:
                grows = each.wanted.kind == "DELTA" and each.wanted.value_type != "DISTRIBUTION"
                yield level / per_minute if grows else level


def _input(wanted: Wanted, labels: dict[str, str], values: list[float | None]) -> SeriesInput:
    pairs = ", ".join(f"{_key(key)}={promql.quote(value)}" for key, value in sorted(labels.items()))
    name = wanted.metric
    return SeriesInput(
        series=f"{name}{{{pairs}}}" if pairs else name,
        values=written(values),
        resource=wanted.resource,
        kind=wanted.kind,
        type=wanted.value_type,
    )


def _key(key: str) -> str:
    return key if key.replace(".", "_").replace("_", "a").isalnum() and not key[0].isdigit() else f'"{key}"'
