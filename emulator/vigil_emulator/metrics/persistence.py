"""Series in the database: loaded at the start, changed points saved in the transaction of what changed them."""

import json
from typing import cast

from vigil_emulator.database import Cell, Database
from vigil_emulator.metrics.distribution import Distribution
from vigil_emulator.metrics.series import Series, SeriesKey, SeriesStore, Value, label_tuple


class SeriesPersistence:
    """Saves and loads a store's series."""

    def __init__(self, database: Database, store: SeriesStore) -> None:
        self._database = database
        self._store = store

    def save(self) -> None:
        """Write the points that changed; within a transaction."""
        if not self._database.durable:
            self._store.forgotten.clear()
            self._store.changed.clear()
            return
        if self._store.forgotten:
            gone = [(identifier,) for identifier in self._store.forgotten]
            self._database.write_many("DELETE FROM data_series WHERE id = ?", gone)
            # all in one pass: the points of a series do not stand beside each other
            self._database.write("DELETE FROM data_points WHERE series NOT IN (SELECT id FROM data_series)")
            self._store.forgotten.clear()
        rows: list[tuple[Cell, ...]] = []
        for series, end in self._store.changed:
            if not series.identifier:
                series.identifier = self._insert(series)
            point = series.point(end)
            if point is not None:
                start, value = point
                rows.append((series.identifier, end, start, _cell(value)))
        self._database.write_many(
            "INSERT INTO data_points (series, ended, started, value) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (series, ended) DO UPDATE SET started = excluded.started, value = excluded.value",
            rows,
        )
        self._store.changed.clear()

    def load(self) -> None:
        """Replace the store's series by the saved ones, if any are ever saved."""
        if not self._database.durable:
            return
        self._store.clear()
        by_id: dict[int, Series] = {}
        query = (
            "SELECT id, project, metric, metric_labels, resource, resource_labels, kind, value_type, unit, filled"
            " FROM data_series ORDER BY id"
        )
        for row in self._database.rows(query):
            identifier, project, metric, metric_labels, resource, resource_labels, kind, value_type, unit, filled = row
            key = SeriesKey(
                str(project),
                str(metric),
                label_tuple(json.loads(str(metric_labels))),
                str(resource),
                label_tuple(json.loads(str(resource_labels))),
            )
            series = Series(
                key, str(kind), str(value_type), str(unit), filled=bool(filled), identifier=int(str(identifier))
            )
            by_id[series.identifier] = self._store.add(series)
        for identifier, end, start, value in self._database.rows(
            "SELECT series, ended, started, value FROM data_points ORDER BY series, ended"
        ):
            series = by_id[int(str(identifier))]
            series.put(int(str(start)), int(str(end)), _value(series, value))

    def drop_before(self, cutoff: int) -> None:
        """Forget points that ended before then, in memory and on disk."""
        with self._database.transaction():
            self._database.write("DELETE FROM data_points WHERE ended < ?", (cutoff,))
        for series in self._store.all():
            series.drop_before(cutoff)

    def _insert(self, series: Series) -> int:
        key = series.key
        _, identifier = self._database.write(
            "INSERT INTO data_series"
            " (project, metric, metric_labels, resource, resource_labels, kind, value_type, unit, filled)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                key.project,
                key.metric,
                json.dumps(dict(key.metric_labels)),
                key.resource,
                json.dumps(dict(key.resource_labels)),
                series.kind,
                series.value_type,
                series.unit,
                int(series.filled),
            ),
        )
        return identifier


def _cell(value: Value) -> Cell:
    if isinstance(value, Distribution):
        return json.dumps([value.bounds, value.count, value.mean, value.deviation, value.counts])
    return value


def _value(series: Series, cell: Cell) -> Value:
    if series.value_type == "DISTRIBUTION":
        bounds, count, mean, deviation, counts = json.loads(str(cell))
        return Distribution(tuple(bounds), count, mean, deviation, counts)
    if series.value_type == "BOOL":
        return bool(cell)
    if series.value_type == "STRING":
        return str(cell)
    return cast("float", cell)
