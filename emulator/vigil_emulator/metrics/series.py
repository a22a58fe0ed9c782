"""The series store: points by series, kept as columns that numpy reads.

A series is a metric type with its labels on a monitored resource with its labels. Points come in the order of their
end time most of the time, so that adding one is an append; the columns are made when a query reads them and kept
until the next point.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.times import DAY, MINUTE

Labels: TypeAlias = tuple[tuple[str, str], ...]
Value: TypeAlias = float | bool | str | Distribution
Times: TypeAlias = npt.NDArray[np.int64]
Numbers: TypeAlias = npt.NDArray[np.float64]

IDLE = DAY
"""How long after its last entry a log-based series continues with zeros."""

RETENTION = 42 * DAY
"""How long points are kept: six weeks, as user-defined metrics at Monitoring are at full resolution."""


def label_tuple(labels: Mapping[str, str]) -> Labels:
    """Return labels in the form of a key."""
    return tuple(sorted(labels.items()))


@dataclass(frozen=True, slots=True)
class SeriesKey:
    """What makes a series one."""

    project: str
    metric: str
    metric_labels: Labels
    resource: str
    resource_labels: Labels


@dataclass(frozen=True, slots=True)
class Columns:
    """Points of a series in the order of time; `numbers` is empty for distributions and texts, `values` else."""

    starts: Times
    ends: Times
    numbers: Numbers
    values: list[Value]


@dataclass(slots=True, eq=False)
class Series:
    """One series. `filled` series (log-based) have a point for each minute from the first to a day after the last."""

    key: SeriesKey
    kind: str
    """GAUGE, DELTA or CUMULATIVE."""
    value_type: str
    """BOOL, INT64, DOUBLE, STRING or DISTRIBUTION."""
    unit: str = ""
    filled: bool = False
    identifier: int = 0
    """Row in the database, 0 before it has one."""
    starts: list[int] = field(default_factory=list[int])
    ends: list[int] = field(default_factory=list[int])
    values: list[Value] = field(default_factory=list[Value])
    version: int = 0
    """Grows with each change: what was computed from the series is valid while it stays."""
    derived: dict[str, tuple[Columns, list[tuple[Mapping[str, str], Times, Numbers]]]] = field(
        default_factory=dict[str, tuple[Columns, list[tuple[Mapping[str, str], Times, Numbers]]]]
    )
    """What others computed of the columns, by purpose; valid for these columns."""
    _columns: tuple[int, int, Columns] | None = None
    _all: tuple[int, Columns] | None = None

    def put(self, start: int, end: int, value: Value) -> None:
        """Set the point that ends then."""
        self.version += 1
        if not self.ends or end > self.ends[-1]:
            self.starts.append(start)
            self.ends.append(end)
            self.values.append(value)
            return
        index = bisect_left(self.ends, end)
        if self.ends[index] == end:
            self.starts[index], self.values[index] = start, value
        else:
            self.starts.insert(index, start)
            self.ends.insert(index, end)
            self.values.insert(index, value)

    def count(self, end: int, amount: float) -> None:
        """Add to the minute that ends then."""
        self.version += 1
        if self.ends and self.ends[-1] == end:
            self.values[-1] += amount  # type: ignore[operator] # a counter's points are numbers
            return
        index = bisect_left(self.ends, end)
        if index < len(self.ends) and self.ends[index] == end:
            self.values[index] += amount  # type: ignore[operator] # a counter's points are numbers
        else:
            self.put(end - MINUTE, end, amount)

    def record(self, end: int, value: float, bounds: tuple[float, ...]) -> None:
        """Add a value to the distribution of the minute that ends then."""
        self.version += 1
        index = bisect_left(self.ends, end)
        if index == len(self.ends) or self.ends[index] != end:
            self.put(end - MINUTE, end, Distribution(bounds))
        point = self.values[index]
        if isinstance(point, Distribution):
            point.add(value)

    def point(self, end: int) -> tuple[int, Value] | None:
        """Start and value of the point that ends then."""
        index = bisect_left(self.ends, end)
        if index == len(self.ends) or self.ends[index] != end:
            return None
        return self.starts[index], self.values[index]

    def drop_before(self, cutoff: int) -> None:
        """Forget points that ended before then."""
        index = bisect_left(self.ends, cutoff)
        if index:
            self.version += 1
            del self.starts[:index], self.ends[:index], self.values[:index]

    def columns(self, now: int) -> Columns:
        """Return points that have ended by `now` (ns)."""
        horizon = min(now // MINUTE * MINUTE, self.ends[-1] + IDLE) if self.filled and self.ends else now
        if self._columns is not None and self._columns[0] == self.version and self._columns[1] == horizon:
            return self._columns[2]
        columns = self._dense(horizon) if self.filled else self._sparse(horizon)
        self._columns = (self.version, horizon, columns)
        return columns

    def _sparse(self, horizon: int) -> Columns:
        if self._all is None or self._all[0] != self.version:
            plain = self.value_type in {"BOOL", "INT64", "DOUBLE"}
            whole = Columns(
                np.array(self.starts, dtype=np.int64),
                np.array(self.ends, dtype=np.int64),
                np.array(self.values, dtype=np.float64) if plain else np.zeros(0),
                [] if plain else list(self.values),
            )
            self._all = (self.version, whole)
        whole = self._all[1]
        size = int(np.searchsorted(whole.ends, horizon, side="right"))
        if size == len(whole.ends):
            return whole
        return Columns(whole.starts[:size], whole.ends[:size], whole.numbers[:size], whole.values[:size])

    def _dense(self, horizon: int) -> Columns:
        if not self.ends or horizon < self.ends[0]:
            return Columns(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), [])
        first = self.ends[0]
        size = (horizon - first) // MINUTE + 1
        ends = first + np.arange(size, dtype=np.int64) * MINUTE
        sparse = self._sparse(horizon)
        places = (sparse.ends - first) // MINUTE
        if self.value_type == "DISTRIBUTION":
            bounds = next(value.bounds for value in sparse.values if isinstance(value, Distribution))
            values: list[Value] = [Distribution(bounds)] * size
            for place, value in zip(places.tolist(), sparse.values, strict=True):
                values[place] = value
            return Columns(ends - MINUTE, ends, np.zeros(0), values)
        numbers = np.zeros(size)
        numbers[places] = sparse.numbers
        return Columns(ends - MINUTE, ends, numbers, [])


class SeriesStore:
    """All series, by key and by metric type."""

    def __init__(self) -> None:
        self._series: dict[SeriesKey, Series] = {}
        self._by_metric: dict[tuple[str, str], list[Series]] = {}
        self.changed: set[tuple[Series, int]] = set()
        """Points (series, end) changed since they were last saved."""
        self.forgotten: set[int] = set()
        """Identifiers of series removed since the last saving."""

    def __len__(self) -> int:
        return len(self._series)

    def get(self, key: SeriesKey) -> Series | None:
        """Return the series, if there is one."""
        return self._series.get(key)

    def add(self, series: Series) -> Series:
        """Keep a new series."""
        self._series[series.key] = series
        self._by_metric.setdefault((series.key.project, series.key.metric), []).append(series)
        return series

    def of_metric(self, project: str, metric: str) -> list[Series]:
        """Return the series of a metric type in a project."""
        return self._by_metric.get((project, metric), [])

    def metrics(self, project: str) -> list[str]:
        """Return the metric types with series in a project."""
        return [metric for owner, metric in self._by_metric if owner == project]

    def all(self) -> Iterable[Series]:
        """Return every series."""
        return self._series.values()

    def points(self) -> int:
        """Return how many points are kept."""
        return sum(len(series.ends) for series in self._series.values())

    def clear(self) -> None:
        """Forget all series."""
        self._series.clear()
        self._by_metric.clear()
        self.changed.clear()
        self.forgotten.clear()

    def forget(self, project: str, metric: str) -> list[Series]:
        """Remove a metric's series and return them."""
        gone = self._by_metric.pop((project, metric), [])
        for series in gone:
            del self._series[series.key]
            self.forgotten.add(series.identifier)
        self.changed = {(series, end) for series, end in self.changed if series.key in self._series}
        return gone
