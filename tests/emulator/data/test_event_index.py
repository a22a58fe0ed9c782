"""Entries by event: the index follows the entries, and every query finds the same as without it."""

import sqlite3
from contextlib import closing

import pytest

from vigil_emulator.logging import event_index

EVENTS = ("a", "B", "c")


@pytest.fixture(autouse=True)
def _soon_behind(monkeypatch):
    monkeypatch.setattr(event_index, "BEHIND", 10)


def lines(world, first, last, **more):
    """Entries of three events in turn, some without one, not in the order of time."""
    return [
        {"jsonPayload": {"n": n, **({} if n % 7 == 0 else {"event": EVENTS[n % 3]})}, "timestamp": world.time(-(n * 7 % 40)), **more}
        for n in range(first, last)
    ]  # fmt: skip


def test_an_entry_is_found_by_each_event_of_a_list(world):
    world.write(
        *lines(world, 0, 8),
        {"jsonPayload": {"n": 100, "event": ["x", ["B"]]}},
        {"jsonPayload": {"n": 101, "event": [{"name": "b"}, "[]"]}},
        {"jsonPayload": {"n": 102, "event": "[]"}},
        {"jsonPayload": {"n": 103, "event": "ab"}},
    )
    assert same_as_without(world) == [n for n in (*range(8), 100) if n % 7]
    assert numbers(world.entries('jsonPayload.event="x"')) == [100]
    assert numbers(world.entries('jsonPayload.event="x" AND jsonPayload.event="b"')) == [100]
    assert numbers(world.entries('jsonPayload.event.name="B"')) == [101]
    assert sorted(numbers(world.entries('jsonPayload.event="[]"'))) == [101, 102]


def numbers(entries):
    return [entry["jsonPayload"]["n"] for entry in entries]


def same_as_without(world):
    """The numbers of all entries of an event; each query by event finds what a search through all entries finds."""
    since = f'timestamp>="{world.time(-20)}"'
    queries = ['jsonPayload.event="b"', f'jsonPayload.event="b" AND {since}', 'jsonPayload.event=("A" OR "c")']
    for query in queries:
        for order in ("timestamp asc", "timestamp desc"):
            found = numbers(world.entries(query, orderBy=order, pageSize=1000))
            assert found == numbers(world.entries(f"NOT (NOT ({query}))", orderBy=order, pageSize=1000)), query
    return sorted(numbers(world.entries('jsonPayload.event=("a" OR "b" OR "c")', pageSize=1000)))


def test_a_query_finds_what_is_indexed_and_what_is_not_yet(world):
    written = 0
    for size in (3, 6, 2, 25, 9, 1):
        world.write(*lines(world, written, written + size))
        written += size
        assert same_as_without(world) == [n for n in range(written) if n % 7]


def test_what_comes_after_a_deletion_is_found_and_what_was_deleted_is_not(world):
    world.write(*lines(world, 0, 12))
    world.write(*lines(world, 12, 31, logName="projects/p/logs/other"))
    world.plane.entries.delete_log("projects/p/logs/other")  # the newest: their numbers in the table are given again
    assert same_as_without(world) == [n for n in range(12) if n % 7]
    world.write(*lines(world, 31, 47))
    assert same_as_without(world) == [n for n in (*range(12), *range(31, 47)) if n % 7]


def test_what_retention_ends_is_gone_from_the_index(world):
    world.write(*lines(world, 0, 12))
    world.pass_time(30 * 86_400, every=86_400)
    world.write(*lines(world, 12, 30))
    world.pass_time(86_400, every=86_400)
    assert same_as_without(world) == [n for n in range(12, 30) if n % 7]


def test_a_transaction_that_failed_has_indexed_nothing(world, monkeypatch):
    world.write(*lines(world, 0, 8))

    def full() -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(world.plane.ingest, "_save_points", full)
        with pytest.raises(OSError, match="no space"):
            world.write(*lines(world, 8, 30))
    assert same_as_without(world) == [n for n in range(8) if n % 7]
    world.write(*lines(world, 30, 45))
    assert same_as_without(world) == [n for n in (*range(8), *range(30, 45)) if n % 7]


def test_a_folder_of_an_earlier_version_is_indexed_step_by_step(make_world, tmp_path):
    world = make_world(database=tmp_path / "data.db")
    world.write(*lines(world, 0, 60))
    world.restart()
    with closing(sqlite3.connect(tmp_path / "data.db")) as earlier:
        earlier.executescript(
            "DROP TABLE data_events; DELETE FROM data_documents WHERE kind = 'index';"
            "CREATE INDEX data_entries_event ON data_entries (event, time) WHERE event IS NOT NULL"
        )
    world.restart()
    world.write(*lines(world, 60, 61))
    with closing(sqlite3.connect(tmp_path / "data.db")) as seen:
        ((indexed,),) = seen.execute("SELECT max(seq) FROM data_events").fetchall()
    assert 0 < indexed <= 2 * event_index.BEHIND, "one request does not wait for all of it"
    assert same_as_without(world) == [n for n in range(61) if n % 7]


def test_what_an_earlier_version_wrote_into_an_indexed_folder_is_found(make_world, tmp_path):
    world = make_world(database=tmp_path / "data.db")
    world.write(*lines(world, 0, 30))
    assert same_as_without(world) == [n for n in range(30) if n % 7]
    world.restart()
    with closing(sqlite3.connect(tmp_path / "data.db")) as earlier:
        # which deletes the last twenty, and gives their numbers again
        earlier.executescript(
            "CREATE INDEX data_entries_event ON data_entries (event, time) WHERE event IS NOT NULL;"
            "CREATE TEMP TABLE more AS SELECT * FROM data_entries WHERE seq > 20; UPDATE more SET seq = seq - 10;"
            "DELETE FROM data_entries WHERE seq > 10; INSERT INTO data_entries SELECT * FROM more"
        )
    world.restart()
    assert same_as_without(world) == [n for n in (*range(10), *range(20, 30)) if n % 7]


def test_a_query_does_without_the_index_where_nothing_can_be_written(make_world, tmp_path):
    world = make_world(database=tmp_path / "data.db")
    world.write(*lines(world, 0, 6))
    world.plane._database._connection.execute("PRAGMA query_only = ON")
    assert same_as_without(world) == [n for n in range(6) if n % 7]
