"""The state on disk: whole and journal, whatever is cut off."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_runner import StateError
from vigil_runner.deployment import in_order_of_removal
from vigil_runner.state import Record, State


def record(name: str, *, depends_on=(), **more) -> Record:
    return Record(
        urn=urn(name), type="t", id=f"id-{name}", inputs={"n": name}, depends_on=tuple(map(urn, depends_on)), **more
    )


def urn(name: str) -> str:
    return f"urn:pulumi:s::p::t::{name}"


def opened(path) -> State:
    return State(path, stack="s")


def test_what_was_put_is_there_after_closing(tmp_path):
    path = tmp_path / "folder" / "deployment.json"
    with opened(path) as state:
        state.put(record("a"))
        state.put(record("b"))
        state.drop(record("a"))

    with opened(path) as state:
        assert state.records() == (record("b"),)
    assert sorted(file.name for file in path.parent.iterdir()) == ["deployment.json", "deployment.json.lock"]


@given(cut=st.integers(0, 4000), names=st.lists(st.sampled_from("abc"), max_size=6))
def test_a_journal_cut_off_anywhere_gives_the_state_before_the_cut_line(tmp_path_factory, cut, names):
    path = tmp_path_factory.mktemp("state") / "deployment.json"
    state = opened(path)
    states = [{}]
    for name in names:
        if name in states[-1]:
            state.drop(record(name))
            states.append({key: value for key, value in states[-1].items() if key != name})
        else:
            state.put(record(name))
            states.append({**states[-1], name: record(name)})
    journal = path.with_name("deployment.json.journal")
    left = journal.read_bytes()[:cut]
    state.close()
    path.unlink()
    journal.write_bytes(left)

    with opened(path) as again:
        assert {each.name: each for each in again.records()} == states[left.count(b"\n")]
        again.put(record("z"))
    with opened(path) as once_more:
        assert "z" in {each.name for each in once_more.records()}


def test_a_replaced_record_makes_room_under_its_urn(tmp_path):
    with opened(tmp_path / "deployment.json") as state:
        state.put(record("a"))
        state.depose(record("a"))

        assert state.get(urn("a")) is None
        assert [(each.id, each.deposed) for each in state.records()] == [("id-a", True)]


def test_only_one_may_have_it_open(tmp_path):
    path = tmp_path / "deployment.json"
    with opened(path), pytest.raises(StateError, match="another deployment is running here"):
        opened(path)
    opened(path).close()


def test_a_damaged_file_says_so(tmp_path):
    path = tmp_path / "deployment.json"
    path.write_text('{"version": 1, "resour')

    with pytest.raises(StateError, match=r"deployment\.json .*is damaged.*Remedy"):
        opened(path)


def test_a_state_of_a_later_version_is_refused(tmp_path):
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps({"version": 2, "stack": "s", "resources": []}))

    with pytest.raises(StateError, match="version 2"):
        opened(path)


GRAPHS = st.lists(st.sets(st.integers(0, 7)), min_size=1, max_size=8)


@given(GRAPHS)
def test_dependents_are_removed_before_what_they_depend_on(graph):
    records = [
        record(str(index), depends_on=[str(other) for other in below if other < index])
        for index, below in enumerate(graph)
    ]

    order = [each.urn for each in in_order_of_removal(records)]

    assert sorted(order) == sorted(each.urn for each in records)
    for each in records:
        for other in each.depends_on:
            assert order.index(each.urn) < order.index(other)
