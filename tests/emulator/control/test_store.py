"""The store: durable, all or nothing, and it reports every change."""

import gc
import sqlite3

import pytest

from vigil_emulator.database import Database
from vigil_emulator.resources import ResourceStore, StorageError

SINKS = "logging.sinks"


def test_what_is_put_is_there_after_a_restart_in_the_order_of_creation(tmp_path):
    store = ResourceStore(tmp_path / "resources.db")
    for name in ("projects/p/sinks/b", "projects/p/sinks/a", "projects/q/sinks/c"):
        store.put(SINKS, name, {"name": name})
    store.put(SINKS, "projects/p/sinks/b", {"name": "b", "description": "changed"})
    store.delete(SINKS, "projects/q/sinks/c")
    store.close()

    again = ResourceStore(tmp_path / "resources.db")
    assert again.names(SINKS) == ["projects/p/sinks/b", "projects/p/sinks/a"]
    assert again.get(SINKS, "projects/p/sinks/b") == {"name": "b", "description": "changed"}
    assert again.get(SINKS, "projects/q/sinks/c") is None
    again.close()


@pytest.mark.parametrize("kind", [ResourceStore, lambda: Database(None)])
def test_a_store_in_memory_is_released_with_its_owner(kind):
    owner = kind()
    connection = owner._connection
    del owner
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_a_parent_selects_at_any_depth_and_not_by_a_shared_beginning():
    store = ResourceStore()
    for name in ("projects/p/locations/global/buckets/b", "projects/p2/locations/global/buckets/b"):
        store.put("logging.buckets", name, {"name": name})
    assert store.list("logging.buckets", "projects/p") == [{"name": "projects/p/locations/global/buckets/b"}]
    assert store.list("logging.buckets", "projects/p/locations/global") == store.list("logging.buckets", "projects/p")


def test_bodies_are_copies_both_ways():
    store = ResourceStore()
    body = {"labels": {"a": "1"}}
    store.put(SINKS, "projects/p/sinks/s", body)
    body["labels"]["a"] = "2"
    store.get(SINKS, "projects/p/sinks/s")["labels"]["a"] = "3"
    assert store.get(SINKS, "projects/p/sinks/s") == {"labels": {"a": "1"}}


def test_subscribers_get_each_change_after_it_and_nothing_else():
    store, changes = ResourceStore(), []
    store.subscribe(lambda kind, name, body: changes.append((kind, name, body, store.get(kind, name))))
    store.put(SINKS, "s", {"n": 1})
    store.delete(SINKS, "absent")
    store.delete(SINKS, "s")
    assert changes == [(SINKS, "s", {"n": 1}, {"n": 1}), (SINKS, "s", None, None)]


def test_a_transaction_that_fails_leaves_nothing_and_notifies_nobody(tmp_path):
    store, changes = ResourceStore(tmp_path / "resources.db"), []
    store.put(SINKS, "kept", {"n": 1})
    store.subscribe(lambda *change: changes.append(change))

    def change_and_fail():
        with store.transaction():
            store.put(SINKS, "new", {})
            store.put(SINKS, "kept", {"n": 2})
            store.delete(SINKS, "kept")
            raise KeyError

    with pytest.raises(KeyError):
        change_and_fail()
    assert (store.names(SINKS), store.get(SINKS, "kept"), changes) == (["kept"], {"n": 1}, [])
    store.close()


def test_a_full_disk_is_resource_exhausted_changes_nothing_and_passes(tmp_path):
    store = ResourceStore(tmp_path / "resources.db")
    store.put(SINKS, "small", {"n": 1})
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own way to fill a disk
    with pytest.raises(StorageError, match="disk is full") as caught:
        store.put(SINKS, "large", {"text": "x" * 100_000})
    assert (caught.value.status, caught.value.code) == ("RESOURCE_EXHAUSTED", 429)
    assert store.names(SINKS) == ["small"]
    assert "disk is full" in store.failure

    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.put(SINKS, "large", {"text": "x" * 100_000})
    assert store.failure is None
    store.close()


def test_a_file_that_is_no_database_is_named_as_such(tmp_path):
    (tmp_path / "resources.db").write_text("not a database, but long enough to have no SQLite header" * 20)
    with pytest.raises(StorageError, match="file is not a database"):
        ResourceStore(tmp_path / "resources.db")


def test_a_locked_file_refuses_writes_clearly(tmp_path):
    store = ResourceStore(tmp_path / "resources.db")
    store._connection.execute("PRAGMA busy_timeout = 0")
    other = sqlite3.connect(tmp_path / "resources.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="locked"):
        store.put(SINKS, "s", {})
    other.execute("ROLLBACK")
    other.close()
    store.put(SINKS, "s", {})
    store.close()
