"""Relabelling does what Prometheus documents, for any labels."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigil_emulator.scraping.errors import ConfigurationError
from vigil_emulator.scraping.relabel import RelabelRule, relabelled

NAMES = st.from_regex(r"[a-c_]{1,3}", fullmatch=True)
VALUES = st.text(st.sampled_from("abAB;\n.1"), min_size=1, max_size=5)
LABELS = st.dictionaries(NAMES, VALUES, max_size=5)
PATTERNS = st.sampled_from(["a", "a.*", ".*", "(a|b)+", "[^a]*", "", ".+;.*", "A1?"])


def rule(action="replace", **fields):
    found = RelabelRule(action=action, **fields)
    found.check("rule")
    return found


@given(labels=LABELS, sources=st.lists(NAMES, max_size=3), pattern=PATTERNS)
def test_keep_and_drop_are_opposites_and_look_at_the_whole_text(labels, sources, pattern):
    kept = relabelled(labels, [rule("keep", source_labels=tuple(sources), regex=pattern)])
    dropped = relabelled(labels, [rule("drop", source_labels=tuple(sources), regex=pattern)])
    text = ";".join(labels.get(name, "") for name in sources)
    whole = re.fullmatch(f"(?s:{pattern})", text) is not None
    assert (kept, dropped) == ((labels, None) if whole else (None, labels))


@given(labels=LABELS, pattern=PATTERNS)
def test_labeldrop_and_labelkeep_share_the_labels_between_them(labels, pattern):
    dropped, kept = (relabelled(labels, [rule(action, regex=pattern)]) for action in ("labeldrop", "labelkeep"))
    assert dropped.keys() | kept.keys() == labels.keys()
    assert not dropped.keys() & kept.keys()
    assert all(re.fullmatch(pattern, name) for name in kept)


@given(labels=LABELS, source=NAMES, target=NAMES)
def test_replace_copies_by_default_and_a_label_that_becomes_empty_is_gone(labels, source, target):
    found = relabelled(labels, [rule(source_labels=(source,), target_label=target)])
    expected = {**labels, target: labels.get(source, "")}
    assert found == {name: value for name, value in expected.items() if value}


@given(labels=LABELS, source=NAMES)
def test_equal_labels_are_kept_or_dropped(labels, source):
    same = labels.get(source, "") == labels.get("a", "")
    assert (relabelled(labels, [rule("keepequal", source_labels=(source,), target_label="a")]) is None) == (not same)
    assert (relabelled(labels, [rule("dropequal", source_labels=(source,), target_label="a")]) is None) == same


@given(labels=LABELS)
def test_case_is_changed_into_another_label(labels):
    for action, change in (("lowercase", str.lower), ("uppercase", str.upper)):
        found = relabelled(labels, [rule(action, source_labels=("a",), target_label="b")])
        assert found.get("b", "") == change(labels.get("a", ""))


@pytest.mark.parametrize(
    ("fields", "labels", "expected"),
    [
        ({"source_labels": ("a", "b"), "regex": "(.*)-(?P<last>.*)", "target_label": "c", "replacement": "$last/${1}$$", "separator": "-"},
         {"a": "x", "b": "y"}, {"a": "x", "b": "y", "c": "y/x$"}),
        ({"source_labels": ("a",), "regex": "(x)", "target_label": "to_$1", "replacement": "fixed"}, {"a": "x"}, {"a": "x", "to_x": "fixed"}),
        ({"source_labels": ("a",), "regex": "(.*)", "target_label": "${1}", "replacement": "v"}, {"a": "no name"}, {"a": "no name"}),
        ({"source_labels": ("a",), "regex": "x(y)?", "target_label": "b", "replacement": "$1$9"}, {"a": "x", "b": "old"}, {"a": "x"}),
        ({"action": "labelmap", "regex": "meta_(.+)"}, {"meta_a": "1", "b": "2"}, {"meta_a": "1", "b": "2", "a": "1"}),
    ],
)  # fmt: skip
def test_templates_are_expanded_as_go_does(fields, labels, expected):
    assert relabelled(labels, [rule(**fields)]) == expected


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"action": "hashmod", "target_label": "a"}, r"rule\.action is 'hashmod', .* use one of replace, keep, drop"),
        ({}, r"rule\.target_label is missing: replace needs"),
        ({"action": "keep", "regex": "("}, r"rule\.regex: .*write it for RE2"),
        ({"action": "labeldrop", "regex": "a", "source_labels": ("a",)}, "rule: labeldrop looks at names alone"),
        ({"action": "lowercase", "target_label": "no name"}, r"rule\.target_label is 'no name'"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_field(fields, why):
    with pytest.raises(ConfigurationError, match=why):
        rule(**fields)
