"""The time line of a played case: each compared value with its threshold, whether the condition held, the incidents."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vigil_apimodel.json_values import JsonObject
from vigil_apimodel.promql import Comparison, comparisons
from vigil_emulator.alerting.conditions import ConditionEvaluator, Track
from vigil_emulator.alerting.policy import Absence, PromQL, Threshold, policy_of
from vigil_emulator.dataplane import DataPlane
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.objectives import ObjectiveSeries
from vigil_emulator.metrics.series import Times
from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import MINUTE
from vigil_proofs.documents import Emission
from vigil_proofs.play import PlayedCase

POINTS = 720
"""How many points of a curve are listed, at most."""
_COMMON = re.compile(r'logging_googleapis_com:user_|\{monitored_resource="\w+"\}|(?<=\{)monitored_resource="\w+",')
_WHOLE = re.compile(r"\(.*\)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A compared value over time, None where there is none; of several series the one furthest on the bad side."""

    comparison: Comparison
    values: tuple[float | None, ...]

    @property
    def extreme(self) -> tuple[float, int] | None:
        """The value furthest beyond (or nearest to) the threshold, and its place."""
        there = [(value, index) for index, value in enumerate(self.values) if value is not None]
        if not there:
            return None
        sign = -1 if self.comparison.operator.startswith("<") else 1
        return max(there, key=lambda pair: (sign * pair[0], -pair[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLine:
    """A case over its minutes. `holds` is whether the whole condition held; `incidents` (opened, closed)."""

    title: str
    minutes: tuple[float, ...]
    curves: tuple[Curve, ...]
    holds: tuple[bool, ...]
    incidents: tuple[tuple[float, float | None], ...]
    ended: int
    lasting: float
    fed: str

    def words(self) -> str:
        """Return the time line in words, a line for each thing."""
        return "\n".join(self._words())

    def _words(self) -> Iterator[str]:
        yield f"{self.title}: {self.fed}"
        for curve in self.curves:
            required = f"{curve.comparison.operator} {curve.comparison.threshold:.6g}"
            extreme = curve.extreme
            if extreme is None:
                yield f"  {short(curve.comparison.text)} (required: {required}): never a value"
                continue
            value, place = extreme
            which = "lowest" if curve.comparison.operator.startswith("<") else "highest"
            what = short(curve.comparison.text)
            yield (
                f"  {what} (required: {required}): {which} {value:.6g} at minute {self.minutes[place]:g}, "
                f"{spans_of(self.minutes, [beyond(curve.comparison, one) for one in curve.values], 'beyond')}"
            )
        yield f"  condition (to hold for {self.lasting:g} minutes): {spans_of(self.minutes, self.holds, 'holds')}"
        for opened, closed in self.incidents:
            yield f"  incident: opened at minute {opened:g}, " + (
                "still open" if closed is None else f"closed at minute {closed:g}"
            )
        if not self.incidents:
            yield "  incident: none"
        yield f"  the cause ended at minute {self.ended}"


class Watched(Protocol):
    """An emulator in which something was played."""

    data: DataPlane
    store: ResourceStore
    project: str
    began: int


def timeline(title: str, policy: JsonObject, played: PlayedCase, *, name: str) -> TimeLine:
    """Return the time line of a case under a policy (`name`), evaluated again minute by minute."""
    return watched(
        title,
        policy,
        played.stage,
        name=name,
        until=played.until,
        incidents=tuple((one.opened, one.closed) for one in played.of(name)),
        ended=played.ended,
        fed=_fed(played),
    )


def watched(
    title: str,
    policy: JsonObject,
    stage: Watched,
    *,
    name: str,
    until: int,
    incidents: tuple[tuple[float, float | None], ...],
    ended: int,
    fed: str,
) -> TimeLine:
    """Return the time line of a policy's first condition up to a minute; `fed` says in words what was played."""
    step = max(1, until // POINTS)
    minutes = np.arange(1, until + 1, step, dtype=np.int64)
    times = stage.began + minutes * MINUTE
    (condition, *_) = policy_of(name, policy).conditions
    curves: list[Curve] = []
    holds: Sequence[bool] = [False] * len(minutes)
    match condition.test:
        case PromQL(query=query) as test:
            for one in comparisons(query):
                values = values_of(stage, one.text, times, lowest=one.operator.startswith("<"))
                curves.append(Curve(comparison=one, values=values))
            holds = [value is not None for value in values_of(stage, query, times)]
            lasting = test.duration
        case Threshold() as test:
            tracks = _evaluator(stage).threshold(stage.project, test, times)
            operator = "<" if test.comparison.endswith(("LT", "LE")) else ">"
            compared = Comparison(test.filter, operator, test.value)
            curves.append(Curve(comparison=compared, values=_furthest(tracks, len(times), lowest=operator == "<")))
            holds = _any([track.met for track in tracks], len(times))
            lasting = test.duration
        case Absence() as test:
            tracks = _evaluator(stage).absence(stage.project, test, times)
            compared = Comparison(f"seconds without {test.filter}", ">=", test.duration / 1e9)
            curves.append(Curve(comparison=compared, values=_furthest(tracks, len(times), lowest=False)))
            holds = _any([track.met for track in tracks], len(times))
            lasting = 0
        case _:
            lasting = 0
    return TimeLine(
        title=title,
        minutes=tuple(float(one) for one in minutes),
        curves=tuple(curves),
        holds=tuple(holds),
        incidents=incidents,
        ended=ended,
        lasting=lasting / MINUTE,
        fed=fed,
    )


def short(query: str) -> str:
    """Return a query for people: without what all queries of a stack share, and without brackets around it."""
    found = _COMMON.sub("", query)
    while _WHOLE.fullmatch(found) and _closes_last(found):
        found = found[1:-1]
    return found


def _closes_last(text: str) -> bool:
    """Whether the first bracket is closed by the last."""
    depth = 0
    for index, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return index == len(text) - 1
    return False


def _fed(played: PlayedCase) -> str:
    """Return what the case feeds, in words."""
    case = played.case
    parts = [emitted(one) for one in case.emissions]
    parts += [
        f"{one.metric} at {one.value:.6g}{f' {one.unit}' if one.unit not in {'', '1'} else ''}" for one in case.points
    ]
    silence = f", then nothing for {case.then_silent}" if case.then_silent else ""
    return f"{' and '.join(parts) or 'nothing'} for {case.lasting} minutes{silence}"


def emitted(one: Emission) -> str:
    """Return an emission in words."""
    fields = ", ".join(
        f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}" for name, value in one.fields.items()
    )
    return f"{one.per_minute:.6g} {one.event}{f' ({fields})' if fields else ''} a minute"


def _evaluator(stage: Watched) -> ConditionEvaluator:
    series = stage.data.series
    return ConditionEvaluator(series, ObjectiveSeries(series, stage.store))


def values_of(stage: Watched, query: str, times: Times, *, lowest: bool = False) -> tuple[float | None, ...]:
    """Return a query's value at each time, of several series the highest (or lowest); None where there is none."""
    test = PromQL(query=query, labels={}, interval=MINUTE, duration=0, rule="")
    try:
        tracks = _evaluator(stage).promql(stage.project, test, times)
    except (PromQLError, ApiError):
        return (None,) * len(times)
    return _furthest(tracks, len(times), lowest=lowest)


def _furthest(tracks: Sequence[Track], size: int, *, lowest: bool) -> tuple[float | None, ...]:
    found: list[float | None] = [None] * size
    for track in tracks:
        for index in np.flatnonzero(track.present & ~np.isnan(track.values)):
            value, before = float(track.values[index]), found[index]
            if before is None or (value < before if lowest else value > before):
                found[index] = value
    return tuple(found)


def _any(masks: Sequence[object], size: int) -> list[bool]:
    whole = np.zeros(size, dtype=np.bool_)
    for mask in masks:
        whole |= np.asarray(mask, dtype=np.bool_)
    return [bool(one) for one in whole]


def beyond(comparison: Comparison, value: float | None) -> bool:
    """Return whether a value meets a comparison; None meets none."""
    tests: Mapping[str, bool] = (
        {}
        if value is None
        else {
            ">": value > comparison.threshold,
            "<": value < comparison.threshold,
            ">=": value >= comparison.threshold,
            "<=": value <= comparison.threshold,
            "==": value == comparison.threshold,
            "!=": value != comparison.threshold,
        }
    )
    return tests.get(comparison.operator, False)


def spans_of(minutes: Sequence[float], flags: Sequence[bool], word: str) -> str:
    """Return `holds in minutes 2-16 and 20-21`, or `never holds`."""
    shown = ranges(minutes, flags)
    return f"{word} in minute(s) {shown}" if shown else f"never {word}"


def ranges(minutes: Sequence[float], flags: Sequence[bool]) -> str:
    """Return the minutes that are flagged: `2-16, 20`; empty where none is."""
    spans: list[str] = []
    start: int | None = None
    for index, flag in enumerate([*flags, False]):
        if flag and start is None:
            start = index
        elif not flag and start is not None:
            first, last = minutes[start], minutes[index - 1]
            spans.append(f"{first:g}" if first == last else f"{first:g}-{last:g}")
            start = None
    shown = spans if len(spans) <= 4 else [*spans[:3], "...", spans[-1]]  # noqa: PLR2004 - a line's worth
    return ", ".join(shown)
