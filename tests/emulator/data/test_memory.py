"""Remembered decisions about earlier entries are those of deciding each entry again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.emulator.data.test_filters import BARE, FULL, TRUE_OF_FULL, entries, entry, expressions
from vigil_apimodel import lql
from vigil_emulator.logging import memory, placements
from vigil_emulator.logging.entry import MonitoredResource
from vigil_emulator.logging.filters import compile_expression, parsed
from vigil_emulator.logging.logmetrics import MonitoredResources
from vigil_emulator.logging.memory import FilterMemory, fields
from vigil_emulator.logging.paths import getter

monitored = MonitoredResources()


def concerned(remembering, found):
    """The items that an entry concerns, remembered where it was seen before."""
    key = remembering.key(found, monitored.of(found.body["resource"]))
    tried = remembering.tried(found)
    decided = remembering.recall(key) if key is not None else None
    if decided is None:
        decided = remembering.decided(found)
        if key is not None:
            remembering.remember(key, decided)
    return sorted([*decided, *tried])


@given(st.lists(expressions, max_size=6), st.lists(entries, min_size=2, max_size=12))
def test_a_remembered_decision_is_what_trying_every_filter_finds(exprs, several):
    remembering = FilterMemory([(number, expr, ()) for number, expr in enumerate(exprs)])
    for found in [*several, *several]:
        assert concerned(remembering, found) == [n for n, expr in enumerate(exprs) if compile_expression(expr)(found)]


@pytest.mark.parametrize("query", TRUE_OF_FULL)
def test_every_kind_of_filter_distinguishes_two_entries(query):
    remembering = FilterMemory([(0, parsed(query), ())])
    holds = compile_expression(parsed(query))
    for found in (FULL, BARE, FULL, BARE):
        assert concerned(remembering, found) == ([0] if holds(found) else [])


@given(expressions, entries, entries)
def test_entries_that_agree_in_the_fields_of_a_filter_agree_in_the_filter(expr, one, other):
    reads = fields(expr)
    assert reads is not None
    found = [(type(getter(path)(e)), getter(path)(e)) for e in (one, other) for path in sorted(reads)]
    if found[: len(reads)] == found[len(reads) :]:
        assert compile_expression(expr)(one) is compile_expression(expr)(other)


@pytest.mark.parametrize("query", ['"refused"', 'SEARCH("card")', 'NOT ("refused" OR severity>INFO)'])
def test_a_filter_of_the_whole_entry_is_tried_with_each(query):
    assert fields(parsed(query)) is None
    assert FilterMemory([(0, parsed(query), ())]).tries


def test_resources_are_distinguished_by_type_and_labels():
    queries = (
        "resource.type=gce_instance",
        "resource.labels.zone=a",
        "NOT resource.labels.zone:*",
        "resource.labels:a",
    )
    remembering = FilterMemory([(number, parsed(query), ()) for number, query in enumerate(queries)])
    resources = [
        {"type": kind, "labels": labels}
        for kind in ("gce_instance", "global")
        for labels in ({"zone": "a"}, {"zone": "b"}, {})
    ]
    found = [concerned(remembering, entry(resource=resource)) for resource in [*resources, *resources]]
    assert found == [[0, 1, 3], [0], [0, 2], [1, 3], [], [2]] * 2


def test_true_differs_from_one_and_null_from_a_missing_field():
    remembering = FilterMemory([(0, parsed("jsonPayload.x=true"), ()), (1, parsed("jsonPayload.x=NULL_VALUE"), ())])
    payloads = ({"x": True}, {"x": 1}, {"x": 0}, {"x": False}, {"x": None}, {}, {"x": "true"}, {"x": "None"})
    found = [concerned(remembering, entry(jsonPayload=payload)) for payload in payloads]
    assert found == [[0], [], [], [], [1], [], [0], []]


def test_an_exclusion_s_fields_are_part_of_the_key():
    remembering = FilterMemory([(0, lql.Everything(), (parsed("jsonPayload.route=a"),))])
    keys = {remembering.key(entry(jsonPayload={"route": route}), monitored.named("global", {})) for route in "abab"}
    assert len(keys) == 2


def test_a_field_without_bound_leaves_the_key(monkeypatch):
    monkeypatch.setattr(memory, "LIMIT", 50)
    monkeypatch.setattr(memory, "MANY", 40)
    rules = [(0, parsed('jsonPayload.user="7"'), ()), (1, parsed('jsonPayload.event="a"'), ())]
    remembering = FilterMemory(rules)
    assert not remembering.tries
    for number in range(120):
        found = entry(jsonPayload={"user": str(number), "event": "ab"[number % 2]})
        expected = ([0] if number == 7 else []) + ([1] if number % 2 == 0 else [])
        assert concerned(remembering, found) == expected
    assert remembering.tries
    same = [entry(jsonPayload={"user": user, "event": "a"}) for user in ("x", "y")]
    assert len({remembering.key(found, monitored.named("global", {})) for found in same}) == 1


@pytest.mark.parametrize("value", [["a"], {"a": "b"}, 0.5, "long" * 100])
def test_what_is_no_short_scalar_leaves_the_key_and_is_still_decided(value):
    remembering = FilterMemory([(0, parsed('jsonPayload.x:"a"'), ())])
    found = entry(jsonPayload={"x": value})
    expected = [0] if compile_expression(parsed('jsonPayload.x:"a"'))(found) else []
    assert remembering.key(found, monitored.named("global", {})) is None
    assert concerned(remembering, found) == expected
    assert concerned(remembering, entry(jsonPayload={"x": "a"})) == [0]


def test_a_resource_is_one_object_whatever_the_order_of_its_labels():
    known = MonitoredResources()
    one = known.of({"type": "k8s_pod", "labels": {"a": "1", "b": "2"}})
    assert known.of({"type": "k8s_pod", "labels": {"b": "2", "a": "1"}}) is one
    assert known.of({"type": "k8s_pod", "labels": {"a": "1", "b": "2"}}) is one
    assert (one.type, one.labels, one.whole) == ("k8s_pod", (("a", "1"), ("b", "2")), True)
    assert known.of({"type": "k8s_pod", "labels": {"a": "2", "b": "1"}}) is not one


def test_a_resource_that_says_more_is_remembered_by_nobody():
    known = MonitoredResources()
    odd = known.of({"type": "global", "labels": {"a": "1", "n": 2}})
    assert (odd.labels, odd.whole) == ((("a", "1"),), False)
    assert FilterMemory([]).key(entry(), odd) is None
    assert FilterMemory([]).key(entry(), MonitoredResource("global", ())) is not None


def test_the_way_of_entries_is_the_same_the_second_time_and_after_a_rule_changed(world):
    bucket = "projects/p/locations/global/buckets/mine"
    world.resources.put("logging.buckets", bucket, {"name": bucket})
    world.resources.put("logging.sinks", "projects/p/sinks/mine", {
        "name": "mine", "destination": f"logging.googleapis.com/{bucket}", "filter": "severity>=ERROR",
        "exclusions": [{"name": "sampled", "filter": 'textPayload:"noise"'}],
    })  # fmt: skip
    world.resources.put("logging.sinks", "projects/p/sinks/topic", {"name": "topic", "destination": "pubsub.googleapis.com/t", "filter": 'SEARCH("order")'})  # fmt: skip
    world.counter("errors", "severity>=ERROR")
    lines = [
        {"textPayload": "order 1", "severity": "ERROR"}, {"textPayload": "noise", "severity": "ERROR"},
        {"textPayload": "order 2"}, {"textPayload": "other", "severity": "ERROR"},
    ]  # fmt: skip
    for repeated in range(1, 4):
        world.write(*lines)
        assert len(world.entries(resourceNames=[bucket])) == 2 * repeated
        assert len(world.plane.queues()["pubsub.googleapis.com/t"]) == 2 * repeated
    (series,) = world.plane.series.of_metric("p", "logging.googleapis.com/user/errors")
    assert sum(series.values) == 9
    world.resources.put("logging.sinks", "projects/p/sinks/mine", {"name": "mine", "destination": f"logging.googleapis.com/{bucket}", "filter": "severity<ERROR"})  # fmt: skip
    world.write(*lines)
    assert len(world.entries(resourceNames=[bucket])) == 7


def test_an_entry_is_known_again_whether_it_is_among_the_newest_or_not(world, monkeypatch):
    monkeypatch.setattr(placements, "NEWEST", 10)
    lines = [{"textPayload": str(n), "insertId": f"i{n}", "timestamp": world.time(-n)} for n in range(40)]
    for line in lines:
        world.write(line)
    world.write(*lines)
    world.write(*reversed(lines))
    assert len(world.entries(pageSize=1000)) == 40


def test_an_entry_that_came_without_an_insert_id_is_known_again_by_the_one_that_it_got(world):
    world.write({"textPayload": "x"})
    (entry,) = world.entries()
    world.write(entry)
    world.write({"textPayload": "y"}, entry, {**entry, "logName": "projects/p/logs/other"})
    assert sorted(each["textPayload"] for each in world.entries()) == ["x", "x", "y"]


def test_a_deleted_log_s_entries_may_be_written_again(world):
    line = {"textPayload": "x", "insertId": "one", "timestamp": world.time()}
    world.write(line)
    world.plane.entries.delete_log(world.entries()[0]["logName"])
    assert world.entries() == []
    world.write(line, line)
    assert len(world.entries()) == 1


def test_a_filter_of_texts_is_tried_with_an_entry_that_has_one_and_remembered_for_those_without():
    remembering = FilterMemory([(0, parsed('textPayload=~"^refused"'), ()), (1, parsed('NOT textPayload:"card"'), ())])
    without, other = entry(jsonPayload={"event": "paid"}), entry(textPayload="refused: a card")
    assert (remembering.decided(without), remembering.tried(without)) == ([1], [])
    assert (remembering.decided(other), remembering.tried(other)) == ([], [0])
