"""Time never goes back when an emulator is started again, also where its clock ran ahead of the wall's."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vigil_emulator.clock import RealClock
from vigil_emulator.database import Database
from vigil_emulator.resume import clock_of, last_time
from vigil_emulator.times import nanoseconds

AHEAD = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)


def stored(path: Path, *, evaluated: datetime | None = None, ended: datetime | None = None) -> Path:
    database = Database(path)
    if evaluated is not None:
        body = f'{{"at": {nanoseconds(evaluated)}}}'
        database.write("INSERT INTO data_documents (kind, name, body) VALUES ('state', 'evaluated', ?)", (body,))
    if ended is not None:
        row = (nanoseconds(ended), nanoseconds(ended) - 1)
        database.write("INSERT INTO data_points (series, ended, started, value) VALUES (1, ?, ?, 1)", row)
    database.close()
    return path


@pytest.mark.parametrize("kind", ["evaluated", "ended"])
@pytest.mark.parametrize("speed", [1, 60])
def test_a_database_of_the_future_is_where_time_goes_on(kind: str, speed: float, tmp_path: Path) -> None:
    clock = clock_of(speed, stored(tmp_path / "emulator.db", **{kind: AHEAD}))
    assert AHEAD <= clock.now() < AHEAD + timedelta(hours=1)
    assert clock.speed == speed


def test_the_later_of_both_counts(tmp_path: Path) -> None:
    earlier = AHEAD - timedelta(minutes=1)
    assert last_time(stored(tmp_path / "a.db", evaluated=earlier, ended=AHEAD)) == AHEAD
    assert last_time(stored(tmp_path / "b.db", evaluated=AHEAD, ended=earlier)) == AHEAD


def test_a_database_of_the_past_changes_nothing(tmp_path: Path) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    database = stored(tmp_path / "emulator.db", evaluated=past, ended=past)
    assert isinstance(clock_of(1, database), RealClock)
    assert abs(clock_of(60, database).now() - datetime.now(UTC)) < timedelta(hours=1)


def test_with_an_anchor_the_clock_continues_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    wall = datetime.now(UTC) - timedelta(minutes=2)
    for database in (None, tmp_path / "missing.db", stored(tmp_path / "past.db", ended=AHEAD)):
        clock = clock_of(60, database, anchor=(wall, AHEAD))
        assert AHEAD + timedelta(hours=2) <= clock.now() < AHEAD + timedelta(hours=4)


def test_what_is_stored_is_never_in_the_future_of_an_anchor(tmp_path: Path) -> None:
    database = stored(tmp_path / "emulator.db", ended=AHEAD)
    assert clock_of(60, database, anchor=(datetime.now(UTC), AHEAD - timedelta(minutes=5))).now() >= AHEAD


def test_without_a_database_time_is_the_walls(tmp_path: Path) -> None:
    for database in (None, tmp_path / "missing.db", stored(tmp_path / "empty.db")):
        assert isinstance(clock_of(1, database), RealClock)
    assert not (tmp_path / "missing.db").exists()
