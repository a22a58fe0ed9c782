"""The levels at which a condition begins to be true."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from vigil_emulator.alerting.conditions import ConditionEvaluator
from vigil_emulator.alerting.policy import PromQL, Threshold
from vigil_emulator.errors import ApiError
from vigil_emulator.metrics.objectives import ObjectiveSeries
from vigil_emulator.metrics.series import SeriesStore
from vigil_emulator.promql.frame import PromQLError
from vigil_emulator.resources import ResourceStore
from vigil_emulator.times import MINUTE
from vigil_proofs.unit._bench import put
from vigil_proofs.unit._run import feed_of
from vigil_proofs.unit.derive._inputs import COUNTED, Input, Level, Mode, interval_of, series
from vigil_proofs.unit.derive._reason import CannotInvertError

MARGIN = 0.04
"""How far beyond the boundary the firing level lies, and how far before it the near miss."""
STEEPER = 1.5
"""By how much a ramp is made steeper at a time, until a forecast of it holds for long enough."""
_MOST_STEEPER = 20
_BEGAN = 1_767_604_200 * 1_000_000_000
_GRID = (0.0, 1e-3, 0.01, 0.1, 1.0, 10.0, 100.0, 1e3, 1e4, 1e6, 1e9, 1e12)
_AROUND = (0.5, 0.9, 1.0, 1.1, 2.0)
_MOST_TRIED = 3000
_MOST_MINUTES = 60_000
"""Minutes of series that are tried, together."""
_HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Levels of the inputs: healthy ones, ones that make the condition true, and ones that nearly do."""

    healthy: tuple[Level, ...]
    firing: tuple[Level, ...]
    missing: tuple[Level, ...]


class NeverTrueError(CannotInvertError):
    """No levels make the condition true."""


class AlwaysTrueError(CannotInvertError):
    """No levels make the condition false."""


class Search:
    """A condition over inputs, evaluated at levels of them."""

    def __init__(
        self,
        test: PromQL | Threshold,
        inputs: Sequence[Input],
        *,
        history: int,
        window: int,
        project: str,
        lasting: int = 0,
    ) -> None:
        """`history` minutes pass at the levels before, then `window` minutes at the given levels.

        A ramp that fires must do so for the last `lasting` of these.
        """
        self._test = test
        self._inputs = tuple(inputs)
        self._history, self._window, self._lasting = history, window, min(lasting, window)
        self._project = project
        self._resources = ResourceStore()
        self._most = min(_MOST_TRIED, _MOST_MINUTES // (history + window))
        self._cut = False
        """Whether there were more levels to try than time for them."""
        self._known: dict[tuple[tuple[Level, ...], tuple[Level, ...], int], bool] = {}

    def levels(self, literals: Sequence[float]) -> Levels:
        """Return healthy, firing and near levels. Raises NeverTrueError, AlwaysTrueError, CannotInvertError."""
        base: tuple[Level, ...] = tuple(float(each.mode is not Mode.RAMP) for each in self._inputs)
        candidates = [_candidates(each, literals) for each in self._inputs]
        at_base = self.holds(base, base)
        other = self._other(base, candidates, wanted=not at_base)
        if other is None and self._cut:
            raise CannotInvertError(f"its window is too long to try more than {self._most} levels of its series")
        if other is None:
            error = AlwaysTrueError if at_base else NeverTrueError
            raise error("no values of its series were found that make it " + ("false" if at_base else "true"))
        quiet, loud = (other, base) if at_base else (base, other)
        for place in range(len(self._inputs)):  # leave one input that decides
            if quiet[place] == loud[place]:
                continue
            moved = _with(quiet, place, loud[place])
            if self.holds(quiet, moved):
                return self._narrowed(quiet, moved, place)
            quiet = moved
        if not self.holds(quiet, quiet) and self.holds(quiet, loud):
            return Levels(healthy=quiet, firing=loud, missing=quiet)
        raise CannotInvertError("it depends on its own past in a way that is not inverted")

    def _other(
        self, base: tuple[Level, ...], candidates: Sequence[Sequence[Level]], *, wanted: bool
    ) -> tuple[Level, ...] | None:
        for tried, levels in enumerate(_variants(base, candidates)):
            if tried == self._most:
                self._cut = True
                return None
            if not wanted and all(map(_no_data, self._inputs, levels)):
                continue  # no data at all is nothing healthy
            history = base if wanted else levels
            if self.holds(history, levels) is wanted:
                return levels
        return None

    def _narrowed(self, quiet: tuple[Level, ...], loud: tuple[Level, ...], place: int) -> Levels:
        """Firing and nearly firing levels around the boundary between the two, which differ in one place."""
        low, high = quiet[place], loud[place]
        if low is None or high is None:
            return Levels(healthy=quiet, firing=loud, missing=quiet)
        whole = self._inputs[place].mode in {*COUNTED, Mode.POINTS}
        before, after = low, high
        for _ in range(_HALVINGS):
            middle = (before * after) ** 0.5 if before > 0 < after else (before + after) / 2
            if whole:
                middle = float(round((before + after) / 2))
            if middle in {before, after}:
                break
            if self.holds(quiet, _with(quiet, place, middle)):
                after = middle
            else:
                before = middle
        if whole:
            return Levels(healthy=quiet, firing=_with(quiet, place, after), missing=_with(quiet, place, before))
        direction = 1 if high > low else -1
        ramp = self._inputs[place].mode is Mode.RAMP
        firing = self._steep(quiet, place, after) if ramp else _beyond(after, direction * MARGIN, high)
        missing = _beyond(before, -direction * MARGIN, low)
        if not self.holds(quiet, _with(quiet, place, firing)):
            firing = after
        if self.holds(quiet, _with(quiet, place, missing)):
            missing = before
        return Levels(
            healthy=self._clear(quiet, place, before, direction),
            firing=_with(quiet, place, firing),
            missing=_with(quiet, place, missing),
        )

    def _steep(self, quiet: tuple[Level, ...], place: int, slope: float) -> float:
        """Return a ramp that is steep enough for the condition to hold as long as it must, from one that just holds."""
        for _ in range(_MOST_STEEPER):
            slope = float(f"{slope * STEEPER:.6g}")
            if self.holds(quiet, _with(quiet, place, slope), before=self._lasting):
                break
        return slope

    def _clear(self, quiet: tuple[Level, ...], place: int, boundary: float, direction: int) -> tuple[Level, ...]:
        """Healthy levels that keep a distance from the boundary, where rounding could decide."""
        level = quiet[place]
        if level is None or abs(level - boundary) > 2 * MARGIN * abs(boundary):
            return quiet
        moved = _with(quiet, place, boundary - direction * abs(boundary) / 2)
        return quiet if self.holds(moved, moved) else moved

    def holds(self, history: tuple[Level, ...], levels: tuple[Level, ...], *, before: int = 0) -> bool:
        """Return whether the condition holds so many minutes before the end of a window at these levels.

        Raises CannotInvertError.
        """
        found = self._known.get((history, levels, before))
        if found is None:
            found = self._known[history, levels, before] = self._evaluated(history, levels, before)
        return found

    def _evaluated(self, history: tuple[Level, ...], levels: tuple[Level, ...], before: int) -> bool:
        store = SeriesStore()
        step = interval_of(self._inputs)
        for one in series(self._inputs, [(self._history, history), (self._window + 1, levels)]):
            put(store, self._project, _BEGAN, feed_of(one, step))
        objectives = ObjectiveSeries(store, self._resources)
        evaluator = ConditionEvaluator(store, objectives)
        times = np.array([_BEGAN + (self._history + self._window - before) * MINUTE], dtype=np.int64)
        test = self._test
        try:
            tracks = (
                evaluator.promql(self._project, test, times)
                if isinstance(test, PromQL)
                else evaluator.threshold(self._project, test, times)
            )
        except (ApiError, PromQLError) as error:
            raise CannotInvertError(f"the emulator does not evaluate it: {error}") from error
        return any(bool(track.met[-1]) and bool(track.present[-1]) for track in tracks)


def _beyond(value: float, share: float, limit: float) -> float:
    """The value moved by a share of itself, not beyond the limit; from 0 it goes all the way."""
    if abs(value) < 1e-9:  # noqa: PLR2004 - nothing
        return limit if share * (limit - value) > 0 else value
    moved = value + share * abs(value)
    moved = min(moved, limit) if limit > value else max(moved, limit)
    return float(f"{moved:.6g}")


def _no_data(each: Input, level: Level) -> bool:
    return level is None or (each.mode is Mode.SERIES and not level)


def _candidates(each: Input, literals: Sequence[float]) -> list[Level]:
    if each.mode is Mode.POINTS:
        return [float(number) for number in range(13)]
    if each.mode in COUNTED:
        near = [float(round(one) + step) for one in literals for step in (-1, 0, 1, 2) if 0 <= round(one) + step < 500]  # noqa: PLR2004 - series
        return [*dict.fromkeys([0.0, 1.0, 2.0, 10.0, *near])]
    if each.wanted.value_type == "BOOL":
        return [0.0, 1.0]
    near = [one * factor for one in literals for factor in _AROUND]
    minutely = [one * 60 * factor for one in literals for factor in _AROUND] if each.wanted.kind != "GAUGE" else []
    less = [one - 1 for one in literals]
    signed = [-value for value in _GRID if value] if each.wanted.kind == "GAUGE" else []
    found = [0.0, *near, *minutely, *_GRID, *less, *signed]
    if each.wanted.kind != "GAUGE":
        found = [value for value in found if value >= 0]
    return [*dict.fromkeys(float(value) for value in found), None]


def _variants(base: tuple[Level, ...], candidates: Sequence[Sequence[Level]]) -> Iterator[tuple[Level, ...]]:
    """Levels that differ from the base in one place, then in two, then all together."""
    for place, values in enumerate(candidates):
        for value in values:
            yield _with(base, place, value)
    for first in range(len(base)):
        for second in range(first + 1, len(base)):
            for one, two in product(candidates[first], candidates[second]):
                yield _with(_with(base, first, one), second, two)
    for values in zip(*candidates, strict=False):
        yield values


def _with(levels: tuple[Level, ...], place: int, value: Level) -> tuple[Level, ...]:
    return (*levels[:place], value, *levels[place + 1 :])
